"""A base that a shallow clone lacks, fetched by its name: only that one commit, and never into the clone."""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.basics import Diagnostic
from reconciler.effects.git import process
from reconciler.effects.git import revision as module
from reconciler.effects.git.revision import RevisionFiles, revision
from reconciler.effects.world import Context
from tests.support.git_server import GitServer, git_server
from tests.support.repository import Git

ABSENT = "there is no such commit in this clone"
ENVIRON = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"}
TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    """A repository with three commits, each with a folder of its own below another."""
    git = Git(tmp_path / "origin")
    for number, folder in enumerate(("", "shops/north/", "")):
        path = git.root / folder / "profiles" / "berlin.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{folder}{number}")
        git.commit()
    return git


@pytest.fixture
def clone(origin: Git, tmp_path: Path) -> Path:
    """A shallow clone of it, as a runner has it."""
    origin("clone", "-q", "--depth", "1", origin.root.as_uri(), str(tmp_path / "clone"))
    return tmp_path / "clone"


@pytest.fixture
def server(origin: Git, clone: Path, tmp_path: Path) -> Iterator[GitServer]:
    """A server that wants the token, and is where the clone came from."""
    with git_server(tmp_path) as running:
        running.header = f"Basic {b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}"
        Git(clone)("remote", "set-url", "origin", f"{running.origin}/origin/.git")
        yield running


def read(root: Path, name: str, *, seconds: float = process.SECONDS, **environ: str) -> dict[str, str] | str:
    """Return the files of a revision, or why it cannot be read; each call of git may take so many `seconds`."""
    with revision(Context(root, environ={**ENVIRON, **environ}), name, git=process.Git(seconds)) as found:
        if isinstance(found, Diagnostic):
            return found.summary.partition(" cannot be read: ")[2]
        assert found.commit == name
        paths = sorted(path for path in found.folder.rglob("*") if path.is_file())
        return {path.relative_to(found.folder).as_posix(): path.read_text() for path in paths}


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_commit_that_a_shallow_clone_lacks_is_fetched_and_the_clone_stays_as_it_is(origin: Git, clone: Path) -> None:
    first, before = origin("rev-parse", "HEAD~2"), everything(clone)
    assert read(clone, first) == {"profiles/berlin.yaml": "0"}
    assert everything(clone) == before


def test_of_a_folder_inside_the_repository_its_own_profiles_are_read(origin: Git, clone: Path) -> None:
    second, first = (origin("rev-parse", name) for name in ("HEAD~1", "HEAD~2"))
    assert read(clone / "shops" / "north", second) == {"profiles/berlin.yaml": "shops/north/1"}
    assert read(clone / "shops" / "north", first) == {}


def test_a_commit_that_is_here_is_not_fetched(origin: Git, clone: Path) -> None:
    head = origin("rev-parse", "HEAD")
    origin.root.rename(origin.root.parent / "gone")
    assert read(clone, head) == {"profiles/berlin.yaml": "2"}


def test_a_repository_with_long_names_gives_its_commits_too(tmp_path: Path) -> None:
    git = Git(tmp_path / "long")
    git.root.mkdir()
    git("init", "-q", "--object-format=sha256")
    (git.root / "profiles").mkdir()
    (git.root / "profiles" / "berlin.yaml").write_text("long")
    first = git.commit()
    git.commit()
    git("clone", "-q", "--depth", "1", git.root.as_uri(), str(tmp_path / "clone"))
    assert len(first) == 64
    assert read(tmp_path / "clone", first) == {"profiles/berlin.yaml": "long"}


def test_a_temporary_folder_may_be_called_anything(
    origin: Git, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / 'a:b "ü'
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert read(clone, origin("rev-parse", "HEAD~2")) == {"profiles/berlin.yaml": "0"}
    assert list(folder.iterdir()) == []


def test_a_name_that_is_no_commit_at_origin_says_why(clone: Path) -> None:
    name = "0123456789" * 4
    said = read(clone, name)
    assert isinstance(said, str)
    assert said.startswith(f"{ABSENT}, and origin does not give it: ")
    assert f"not our ref {name}" in said


def test_without_a_remote_nothing_can_be_fetched(origin: Git) -> None:
    said = "it cannot be fetched: the repository has no remote origin: git remote add origin ADDRESS"
    assert read(origin.root, "0123456789" * 4) == f"{ABSENT}, and {said}"


def test_the_name_of_something_else_at_origin_is_no_commit(origin: Git, clone: Path) -> None:
    tree = origin("rev-parse", "HEAD~2:profiles")
    assert str(read(clone, tree)).startswith(ABSENT)


# A server


def test_the_token_opens_it_and_only_that_commit_is_asked_for(origin: Git, clone: Path, server: GitServer) -> None:
    first = origin("rev-parse", "HEAD~2")
    assert read(clone, first, RECONCILER_LEDGER_TOKEN=TOKEN) == {"profiles/berlin.yaml": "0"}
    assert [path for path, _ in server.seen if "receive" in path] == []


def test_the_memory_elsewhere_is_not_where_the_base_comes_from(origin: Git, clone: Path, server: GitServer) -> None:
    first, elsewhere = origin("rev-parse", "HEAD~2"), "https://127.0.0.1:1/ledger.git"
    found = read(clone, first, RECONCILER_LEDGER_TOKEN=TOKEN, RECONCILER_LEDGER_REMOTE=elsewhere)
    assert found == {"profiles/berlin.yaml": "0"}


def test_without_a_token_git_says_so_and_asks_for_none(origin: Git, clone: Path, server: GitServer) -> None:
    said = str(read(clone, origin("rev-parse", "HEAD~2")))
    assert said.startswith(f"{ABSENT}, and origin does not give it: could not read Username")


@pytest.mark.parametrize("status", [403, 500])
def test_a_server_that_refuses_is_quoted_without_the_token(
    origin: Git, clone: Path, server: GitServer, status: int
) -> None:
    server.instead = {"POST git-upload-pack": status}
    said = str(read(clone, origin("rev-parse", "HEAD~2"), RECONCILER_LEDGER_TOKEN=TOKEN))
    assert f"The requested URL returned error: {status}" in said
    assert TOKEN not in said


def test_a_server_that_gives_only_its_branches_refuses(origin: Git, clone: Path, server: GitServer) -> None:
    server.protocol = False
    said = str(read(clone, origin("rev-parse", "HEAD~2"), RECONCILER_LEDGER_TOKEN=TOKEN))
    assert said.startswith(f"{ABSENT}, and origin does not give it: ")
    assert "unadvertised object" in said


# In time


def test_a_server_that_does_not_answer_is_not_waited_for(origin: Git, clone: Path, server: GitServer) -> None:
    """Git is given longer than the calls before need, wherever they run; they come first, and are not what is late."""
    over = threading.Event()

    def wait() -> None:
        over.wait(60)

    server.meanwhile = wait
    first = origin("rev-parse", "HEAD~2")
    try:
        said = str(read(clone, first, seconds=5.0, RECONCILER_LEDGER_TOKEN=TOKEN))
        assert f"{ABSENT}, and origin did not answer within 5 seconds" in said
    finally:
        over.set()


def test_who_is_told_to_hurry_waits_no_longer(origin: Git, clone: Path, server: GitServer) -> None:
    asked, over, git = threading.Event(), threading.Event(), process.Git(600.0)

    def wait() -> None:
        asked.set()
        over.wait(120)

    server.meanwhile = wait
    context = Context(clone, environ={**ENVIRON, "RECONCILER_LEDGER_TOKEN": TOKEN})
    answers: list[RevisionFiles | Diagnostic] = []

    def look() -> None:
        with revision(context, origin("rev-parse", "HEAD~2"), git=git) as found:
            answers.append(found)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        assert asked.wait(60)
        git.hurry(0)
        thread.join(timeout=60)
        assert not thread.is_alive()
        assert [type(found) for found in answers] == [Diagnostic]
    finally:
        over.set()


def test_what_git_gives_instead_of_the_commit_is_not_taken(
    origin: Git, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "looking_into", lambda _: {})
    said = read(clone, origin("rev-parse", "HEAD~2"))
    assert said == f"{ABSENT}, and what origin gives for it is none"

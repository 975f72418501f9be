from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git import process
from reconciler.effects.git.checkout import edits
from reconciler.forge.runs.propose import NotProposed, Pushed, committer, propose, refuse_others
from reconciler.forge.vocabulary import GITHUB
from tests.support.git_server import git_server
from tests.support.proposing import BRANCH, Desk

TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
PUSH = "POST git-receive-pack"


def refused(clone: Desk) -> str:
    """Return why nothing is proposed."""
    with pytest.raises(NotProposed) as raised:
        clone.propose()
    assert raised.value.exit_code == 6
    return str(raised.value)


def hook(clone: Desk, *lines: str) -> None:
    """Let the remote run a script before it takes a push."""
    script = clone.folder / "origin.git/hooks/pre-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text("\n".join(("#!/bin/sh", *lines, "")))
    script.chmod(0o755)


def test_the_branch_is_one_commit_on_top_of_what_is_checked_out(clone: Desk) -> None:
    clone.write("profiles/new.png", b"\x89\0")
    pushed = clone.propose("Adopt\n\n2 files")
    assert pushed == Pushed(clone.pushed(), fresh=True)
    assert clone.remote("rev-parse", f"{BRANCH}^") == clone.git("rev-parse", "HEAD")
    assert clone.changed() == {"profiles/berlin.yaml": "M", "profiles/new.png": "A"}
    assert clone.remote("log", "-1", "--format=%an <%ae>|%cn|%ct|%B", BRANCH) == (
        "reconciler <41898282+github-actions[bot]@users.noreply.github.com>|reconciler|1785672000|"
        "Adopt\n\n2 files\n\nProposed-By: reconciler github propose"
    )


def test_nothing_of_the_user_takes_part(clone: Desk, tmp_path: Path) -> None:
    for name in ("pre-commit", "commit-msg", "pre-push", "post-commit"):
        clone.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (clone.root / ".git/hooks" / name).chmod(0o755)
    clone.git("config", "commit.gpgSign", "true")
    clone.git("config", "user.name", "Somebody")
    before = clone.git("for-each-ref"), clone.git("status", "--porcelain")
    clone.propose()
    assert (clone.git("for-each-ref"), clone.git("status", "--porcelain")) == before
    assert not (tmp_path / "ran").exists()


def test_the_same_again_is_not_pushed_again(clone: Desk) -> None:
    first = clone.propose()
    hook(clone, "exit 1")
    assert clone.propose("Other words") == Pushed(first.commit, fresh=False)


def test_what_differs_otherwise_takes_the_place_of_what_was_there(clone: Desk) -> None:
    clone.propose()
    clone.write("profiles/berlin.yaml", "again")
    assert clone.propose() == Pushed(clone.pushed(), fresh=True)
    assert clone.remote("rev-parse", f"{BRANCH}^") == clone.git("rev-parse", "HEAD")
    assert clone.remote("show", f"{BRANCH}:profiles/berlin.yaml") == "again"


def test_the_same_on_top_of_a_newer_commit_is_pushed(clone: Desk) -> None:
    first = clone.propose()
    clone.git("commit", "-q", "--allow-empty", "-m", "Something else")
    clone.git("push", "-q", "origin", "main")
    assert clone.propose().commit != first.commit
    assert clone.remote("rev-parse", f"{BRANCH}^") == clone.git("rev-parse", "HEAD")


@pytest.mark.parametrize("moved", [False, True])
def test_a_shallow_clone_pushes_too_also_when_the_base_went_on(clone: Desk, moved: bool) -> None:
    runner = clone.shallow()
    runner.write("profiles/munich.yaml")
    if moved:
        clone.git.commit()
        clone.git("push", "-q", "origin", "main")
    assert runner.propose() == Pushed(clone.pushed(), fresh=True)
    assert clone.changed() == {"profiles/munich.yaml": "M"}
    assert runner.propose().fresh is False


@pytest.mark.parametrize("how", ["on top", "amended", "forged"])
def test_a_branch_with_another_authors_commit_is_left_alone(clone: Desk, how: str) -> None:
    commit = clone.propose().commit
    clone.git("fetch", "-q", "origin", BRANCH)
    clone.git("stash", "-q")
    clone.git("checkout", "-q", "--detach", "FETCH_HEAD")
    match how:
        case "on top":
            clone.git("commit", "-q", "--allow-empty", "-m", "Mine\n\nProposed-By: reconciler github propose")
        case "amended":
            clone.git("commit", "-q", "--allow-empty", "--amend", "--no-edit")
        case _:
            name = ("-c", "user.name=reconciler", "-c", "user.email=x@example.org")
            clone.git(*name, "commit", "-q", "--allow-empty", "-m", "Not by us")
    theirs = clone.git("rev-parse", "HEAD")
    clone.git("push", "-q", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    clone.git("checkout", "-q", "main")
    clone.git("stash", "pop", "-q")
    assert refused(clone) == (
        f"{BRANCH} holds a commit of another author, {theirs[:12]}, and is left alone: merge or close its pull "
        "request, delete the branch, and run this again"
    )
    assert clone.pushed() == theirs != commit


def test_another_push_in_between_is_not_overwritten(clone: Desk) -> None:
    clone.propose()
    clone.write("profiles/berlin.yaml", "again")
    main = clone.git("rev-parse", "HEAD")
    found = clone.edits()
    moved: list[str] = []

    class Meddled(process.Git):
        def run(self, *words: str, **more: Any) -> process.Ran:
            if "push" in words and not moved:
                moved.append(clone.remote("update-ref", f"refs/heads/{BRANCH}", main))
            return super().run(*words, **more)

    found.origin.bare._git = Meddled()
    with pytest.raises(NotProposed, match="was pushed to elsewhere, or the connection was lost; try again"):
        propose(clone.context, found, branch=BRANCH, message="Adopt", git=process.Git())
    assert clone.pushed() == main


def test_a_rule_of_the_server_is_quoted_with_what_to_do(clone: Desk) -> None:
    hook(clone, "echo 'error: GH013: Cannot create ref due to creations being restricted.' >&2", "exit 1")
    said = refused(clone)
    assert said.startswith(f"{BRANCH} cannot be pushed to {clone.folder}/origin.git: pre-receive hook declined: ")
    assert "GH013: Cannot create ref due to creations being restricted" in said
    assert said.endswith(
        "(at GitHub the token needs `contents: write`, and a ruleset for reconciler/* must let it force-push)"
    )


def test_a_reply_that_is_lost_after_the_push_arrived_is_looked_after(clone: Desk) -> None:
    script = clone.folder / "origin.git/hooks/post-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text("#!/bin/sh\nkill -9 $PPID\n")
    script.chmod(0o755)
    assert clone.propose() == Pushed(clone.pushed(), fresh=True)


def test_a_remote_that_cannot_be_looked_up_is_said(clone: Desk) -> None:
    (clone.folder / "origin.git").rename(clone.folder / "gone.git")
    assert refused(clone).startswith(f"origin/{BRANCH} cannot be looked up: ")


def test_who_is_told_to_hurry_pushes_nothing(clone: Desk) -> None:
    git, found = process.Git(), clone.edits()
    git.hurry(0)
    with pytest.raises(NotProposed, match="may not hold what differs: origin did not answer within"):
        propose(clone.context, found, branch=BRANCH, message="Adopt", git=git)
    assert clone.pushed() == ""


@pytest.mark.parametrize("status", [None, 403])
def test_the_token_is_in_no_message_and_opens_the_server(clone: Desk, tmp_path: Path, status: int | None) -> None:
    with git_server(tmp_path) as server:
        server.header = f"Basic {b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}"
        server.instead = {PUSH: status} if status else {}
        clone.git("remote", "set-url", "origin", f"{server.origin}/origin.git")
        context = replace(clone.context, environ={**clone.context.environ, "RECONCILER_LEDGER_TOKEN": TOKEN})
        found = edits(context, process.Git(), author=committer(context.now(), email=GITHUB.email))
        if status:
            with pytest.raises(NotProposed) as raised:
                propose(context, found, branch=BRANCH, message="Adopt", git=process.Git())
            assert "error: 403" in str(raised.value)
            assert TOKEN not in str(raised.value)
        else:
            assert propose(context, found, branch=BRANCH, message="Adopt", git=process.Git()).commit == clone.pushed()


@pytest.mark.parametrize("name", ["reconciler/adopt", "reconciler/a.b", "reconciler/north/adopt-2", "reconciler/x_y"])
def test_a_branch_of_our_own_may_be_written_anew(name: str) -> None:
    refuse_others(name, base="main")


@pytest.mark.parametrize(
    "name",
    [
        *("main", "adopt", "reconciler-ledger", "reconciler/", "reconciler/-x", "reconciler/.x", "reconciler/a..b"),
        *(
            "reconciler/a/",
            "reconciler/a.",
            "reconciler/a.lock",
            "reconciler/a.lock/b",
            "reconciler/a//b",
            "reconciler/a/.b",
        ),
        *(
            "reconciler/a b",
            "reconciler/a\n",
            "reconciler/a:b",
            "reconciler/a~1",
            "reconciler/ä",
            "reconciler/base",
            "",
        ),
    ],
)
def test_any_other_branch_is_refused(name: str) -> None:
    with pytest.raises(EnvironmentProblem, match="is no branch to propose on: it is written anew each time"):
        refuse_others(name, base="reconciler/base")

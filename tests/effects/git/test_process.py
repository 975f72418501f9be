"""How git is run: with what it needs and nothing else, and for no longer than is said."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.process import BYTES_A_SECOND, Bare, Git, Late, _bytes_in, alone, users
from tests.support.processes import ended

PATH = {"PATH": os.environ["PATH"]}
SECRETS = {
    "META_TOKEN": "s3cret",
    "GITHUB_TOKEN": "s3cret",
    "RECONCILER_LEDGER_TOKEN": "s3cret",
    "D360_API_KEY": "s3cret",
}


@pytest.fixture
def fake(tmp_path: Path) -> dict[str, str]:
    """An environment in which git is a program that hangs, after it has started another one that does."""
    script = tmp_path / "git"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script.write_text(f"#!/bin/sh\nexec 3> {pipe}\nsleep 600 &\necho here >&3\nsleep 600\n")
    script.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


@pytest.mark.parametrize("surroundings", [alone, users])
def test_git_gets_what_it_needs_to_reach_a_server_and_no_secret(surroundings: type[dict[str, str]]) -> None:
    needed = {"HOME": "/h", "SSH_AUTH_SOCK": "/s", "https_proxy": "p", "HTTPS_PROXY": "P", "SSL_CERT_FILE": "c"}
    astray = {"GIT_DIR": "d", "GIT_WORK_TREE": "w", "GIT_INDEX_FILE": "i", "GIT_TRACE_CURL": "1", "GIT_ASKPASS": "a"}
    found = surroundings(PATH | needed | astray | SECRETS)
    assert found.items() >= (PATH | needed).items()
    assert "s3cret" not in found.values()
    assert not [name for name in astray if found.get(name)]


# Git's own list of what it reads, but for its own tests' variables; a later one is none of those that are kept.
VARIABLES = """
ALLOC_LIMIT ALLOW_PROTOCOL ALTERNATE_OBJECT_DIRECTORIES ASKPASS ATTR_NOSYSTEM ATTR_SOURCE AUTHOR_DATE AUTHOR_EMAIL
AUTHOR_NAME COMMITTER_DATE COMMITTER_EMAIL COMMITTER_NAME COMMON_DIR CONFIG CURL_VERBOSE DEFAULT_HASH DIFF_OPTS DIR
DISCOVERY_ACROSS_FILESYSTEM EDITOR EXEC_PATH EXTERNAL_DIFF EXT_SERVICE FLUSH FORCE_UNTRACKED_CACHE GRAFT_FILE
HTTP_PROXY_AUTHMETHOD HTTP_USER_AGENT ICASE_PATHSPECS IMPLICIT_WORK_TREE INDEX_FILE INDEX_VERSION
INTERNAL_SUPER_PREFIX LITERAL_PATHSPECS MERGE_AUTOEDIT NAMESPACE NOGLOB_PATHSPECS NOTES_REF NO_LAZY_FETCH
NO_REPLACE_OBJECTS OBJECT_DIRECTORY OPTIONAL_LOCKS PAGER PREFIX PROTOCOL PROTOCOL_FROM_USER PROXY_COMMAND
QUARANTINE_PATH REDIRECT_STDOUT REFLOG_ACTION REF_PARANOIA REPLACE_REF_BASE SEQUENCE_EDITOR SHALLOW_FILE SSH_VARIANT
SSL_CERT SSL_KEY SSL_NO_VERIFY SSL_VERSION TEMPLATE_DIR TERMINAL_PROMPT TEXTDOMAINDIR TRACE TRACE2 TRACE2_EVENT
TRACE_CURL TRACE_PACKET TRACE_SETUP USER_AGENT WORK_TREE
"""


@pytest.mark.parametrize("surroundings", [alone, users])
def test_no_other_variable_of_git_s_reaches_it(surroundings: type[dict[str, str]]) -> None:
    astray = {f"GIT_{name}": "astray" for name in VARIABLES.split()}
    assert [name for name, value in surroundings(PATH | astray).items() if value == "astray"] == []


@pytest.mark.parametrize("surroundings", [alone, users])
def test_git_is_not_looked_for_in_the_folder_at_hand(surroundings: type[dict[str, str]]) -> None:
    """An empty part of PATH is that folder, and it may be a checkout with a program named git."""
    found = surroundings({"PATH": ":/usr/bin:.:bin::/bin:./x:"})
    assert found["PATH"] == "/usr/bin:/bin"


def test_only_the_look_into_the_users_clone_is_by_the_users_configuration(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[a]\nb = theirs\n")
    environ = PATH | {
        "HOME": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "a.c",
        "GIT_CONFIG_VALUE_0": "x",
        # As an alias of git's that runs the program hands it down.
        "GIT_CONFIG_PARAMETERS": "'a.d'='y'",
    }

    def said(name: str, environ: dict[str, str]) -> bytes:
        return Git().run("-C", str(tmp_path), "config", name, environ=environ).out

    assert [said(name, users(environ)) for name in ("a.b", "a.c", "a.d")] == [b"theirs\n", b"x\n", b"y\n"]
    assert [said(name, alone(environ)) for name in ("a.b", "a.c", "a.d")] == [b"", b"", b""]


@pytest.mark.parametrize("surroundings", [alone, users])
def test_git_asks_no_person_and_goes_by_no_replacement(surroundings: type[dict[str, str]]) -> None:
    told = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GIT_NO_REPLACE_OBJECTS": "1"}
    astray = dict.fromkeys(told, "/bin/theirs")
    assert surroundings(PATH | astray).items() >= told.items()


def test_in_our_own_repository_nothing_of_the_machine_takes_part(tmp_path: Path) -> None:
    """No hook, no helper, no upkeep, and no redirect, along which the credential would go."""
    machines = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
    assert alone(PATH).items() >= machines.items()
    assert Git().run("-C", str(tmp_path), "config", "--list", environ=alone(PATH)).out.decode().splitlines() == [
        f"core.hookspath={os.devnull}",
        "credential.helper=",
        "gc.auto=0",
        "maintenance.auto=false",
        "http.followredirects=false",
    ]


def test_our_own_repository_is_made_of_no_template(tmp_path: Path) -> None:
    """Its hooks and its config would be the machine's."""
    (tmp_path / "template" / "info").mkdir(parents=True)
    (tmp_path / "template" / "info" / "attributes").write_text("* filter=theirs\n")
    own = Bare(Git(), alone(PATH, [("init.templateDir", str(tmp_path / "template"))]))
    assert not (own.folder / "info").exists()


def test_what_git_is_told_besides_is_told_by_the_environment() -> None:
    found = Git().run("config", "--get-all", "x.y", environ=alone(PATH, [("x.y", "1"), ("x.y", "2=3\n")]))
    assert (found.code, found.out) == (0, b"1\n2=3\n\n")


def test_a_long_input_arrives_also_where_git_is_slow_to_read_it() -> None:
    found = Git(look=0.0005).run("hash-object", "--stdin", environ=alone(PATH), given=b"x" * 10**7)
    assert found.out == b"05c26e778d4c6a26e58f7a758dc9a2f69963dbb3\n"


def test_how_git_ended_and_what_it_said_come_back() -> None:
    found = Git().run("hash-object", "--stdin", environ=alone(PATH), given=b"x" * 10**6)
    assert (found.code, len(found.out), found.err) == (0, 41, "")
    failed = Git().run("nonsense", environ=alone(PATH))
    assert (failed.code, failed.out) == (1, b"")
    assert "'nonsense' is not a git command" in failed.err


def test_git_s_words_are_without_the_passwords_of_addresses(tmp_path: Path) -> None:
    """It repeats an address as it is configured, also one that no variable of ours holds."""
    (tmp_path / "git").write_text("#!/bin/sh\necho 'fatal: unable to access https://me:hush@h.example/o/' >&2\n")
    (tmp_path / "git").chmod(0o755)
    said = Git().run("fetch", environ={"PATH": f"{tmp_path}:/bin:/usr/bin"}).err
    assert said == "fatal: unable to access https://⟨secret⟩:⟨secret⟩@h.example/o/\n"


def test_a_call_that_takes_too_long_is_ended(fake: dict[str, str]) -> None:
    """Nobody reads the pipe, so git waits there if nowhere else."""
    with pytest.raises(Late):
        Git(0.1).run("fetch", environ=fake)


@pytest.mark.parametrize(
    ("sizes", "looks"), [([5, 5], 2), ([0, 1, 2, 2], 4), ([5, 4], 2), (list(range(100)), 22)], ids=str
)
def test_a_call_that_still_brings_something_is_given_more_time(
    fake: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sizes: list[int], looks: int
) -> None:
    """As often as it brought something, and not forever."""
    left = iter(sizes)
    monkeypatch.setattr("reconciler.effects.git.process._bytes_in", lambda _: next(left))
    with pytest.raises(Late):
        Git(0.005, look=0.001).run("fetch", environ=fake, grows=tmp_path)
    assert len(sizes) - len(list(left)) == looks


def test_what_a_call_has_brought_is_all_below_its_folder(tmp_path: Path) -> None:
    (tmp_path / "objects/pack").mkdir(parents=True)
    before = _bytes_in(tmp_path)
    (tmp_path / "objects/pack/tmp").write_bytes(b"12345")
    assert (_bytes_in(tmp_path) - before, _bytes_in(None)) == (5, 0)


def test_a_call_with_many_bytes_may_take_longer() -> None:
    with pytest.raises(Late):
        Git(0.0).run("version", environ=PATH)
    assert Git(0.0).run("version", environ=PATH, size=60 * BYTES_A_SECOND).code == 0


def test_who_is_told_to_hurry_ends_a_call_that_runs_already_with_all_that_it_started(
    fake: dict[str, str], tmp_path: Path
) -> None:
    git = Git(600.0)
    late: list[bool] = []

    def call() -> None:
        try:
            git.run("fetch", environ=fake)
        except Late:
            late.append(True)

    thread = threading.Thread(target=call)
    thread.start()
    with (tmp_path / "pipe").open("rb", buffering=0) as pipe:
        assert pipe.readline() == b"here\n"
        git.hurry(0)
        thread.join(timeout=60)
        assert late == [True]
        assert ended(pipe)


def test_a_run_that_hurries_cannot_be_given_more_time() -> None:
    git = Git()
    git.hurry(0)
    git.hurry(60)
    with pytest.raises(Late):
        git.run("version", environ=PATH)


def test_without_git_it_is_said() -> None:
    with pytest.raises(EnvironmentProblem, match="git cannot be run: No such file"):
        Git().run("version", environ={"PATH": "/nonexistent"})


def test_without_a_temporary_folder_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(EnvironmentProblem, match="git needs a temporary folder: No such file"):
        Bare(Git(), alone(PATH))


def test_a_git_that_makes_no_repository_is_said(tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\necho 'fatal: no room' >&2\nexit 128\n")
    (tmp_path / "git").chmod(0o755)
    with pytest.raises(EnvironmentProblem, match="temporary repository cannot be made: fatal: no room"):
        Bare(Git(), alone({"PATH": f"{tmp_path}:/bin:/usr/bin"}))


def test_an_answer_that_was_cut_short_is_none() -> None:
    """As an empty memory, everything in it would be newly adopted."""
    bare = Bare(Git(), alone(PATH))
    with pytest.raises(EnvironmentProblem, match="temporary repository cannot be used: fatal: "):
        bare.ask("cat-file", "-p", "c" * 40)
    with pytest.raises(EnvironmentProblem, match="temporary repository cannot be used: a part of a commit is missing"):
        bare.trees(["c" * 40 + "^{tree}"], most=1000)


def test_what_is_in_objects_is_asked_for_all_at_once() -> None:
    bare = Bare(Git(), alone(PATH))
    texts = [b"", b"one\n", b"two\nblob 3 missing\n", b"\xff\x00"]
    names = [bare.ask("hash-object", "-w", "--stdin", given=text).decode().strip() for text in texts]
    assert bare.contents([names[2], "c" * 40, *names]) == [texts[2], None, *texts]
    assert bare.contents([]) == []


class _Counted(bytes):
    """Bytes that count how many of them were copied."""

    copied = 0

    def __getitem__(self, part: Any, /) -> Any:
        found = super().__getitem__(part)
        type(self).copied += len(found) if isinstance(found, bytes) else 0
        return found


def test_reading_eight_times_as_many_objects_copies_eight_times_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the rest of the answer copied for each object, it would be sixty-four times as much."""
    bare = Bare(Git(), alone(PATH))

    def copied(objects: int) -> int:
        told = b"".join(b"%040d blob 100\n%s\n" % (number, b"x" * 100) for number in range(objects))
        monkeypatch.setattr(bare, "ask", lambda *_, **__: _Counted(told))
        _Counted.copied = 0
        assert bare.contents(["any"]) == [b"x" * 100] * objects
        return _Counted.copied

    assert copied(8000) == 8 * copied(1000)

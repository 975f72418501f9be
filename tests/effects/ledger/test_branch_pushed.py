"""What becomes of a push: where the server refuses it, the connection is lost, or the time is over."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Batch, Snapshot, record_entries, store_batch
from reconciler.effects.ledger.git import GitLedger, Races, late
from reconciler.effects.world import Context
from tests.support.processes import ended
from tests.support.stores import commit, git, lease, problem, remembered, run_record

BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")
BRANCH = "reconciler-ledger"


@pytest.fixture
def ledger(root: Path) -> GitLedger:
    return GitLedger(Context(root=root))


def hook(remote: Path, name: str, *lines: str) -> None:
    """Let the remote run a script when it is pushed to."""
    (remote / "hooks").mkdir(exist_ok=True)
    script = remote / "hooks" / name
    script.write_text("\n".join(("#!/bin/sh", *lines, "")))
    script.chmod(0o755)


# The server


RULES = (
    "error: GH013: Repository rule violations found for refs/heads/reconciler-ledger.",
    "",
    "- Cannot create ref due to creations being restricted.",
)


def test_a_protected_branch_is_said_with_the_servers_words_and_what_to_do(remote: Path, ledger: GitLedger) -> None:
    hook(remote, "pre-receive", *(f"echo '{line}' >&2" for line in RULES), "exit 1")
    assert problem(lambda: record_entries(ledger, [BERLIN], note="run 1")) == (
        f"the ledger, {BRANCH} at {remote}, cannot be written: pre-receive hook declined: "
        f"{RULES[0][7:-1]}; {RULES[2][:-1]}; "
        "see that this folder is there and is a git repository that this user may read and write, and that none of its "
        "hooks refuses the branch"
    )
    assert ledger.read().entries == {}


def test_a_server_that_lets_the_branch_grow_only_forward_takes_all_that_the_ledger_does(
    root: Path, remote: Path, ledger: GitLedger
) -> None:
    git(remote, "config", "receive.denyNonFastForwards", "true")
    git(remote, "config", "receive.denyDeletes", "true")
    git(remote, "config", "receive.fsckObjects", "true")
    for one in (ledger, GitLedger(Context(root=root))):
        commit(one, batch=Batch("run", (BERLIN, MUNICH), lease=lease(), record=run_record()))
        commit(one, batch=Batch("run", lease=lease().ended))
    assert GitLedger(Context(root=root)).read().entries == {BERLIN.key: BERLIN, MUNICH.key: MUNICH}


def test_a_reply_that_is_lost_after_the_push_arrived_doubles_nothing(remote: Path, ledger: GitLedger) -> None:
    hook(remote, "post-receive", "kill -9 $PPID")
    after = store_batch(ledger, Batch("run 1", (BERLIN,), lease=lease(), record=run_record()))
    assert after == ledger.read() == Snapshot(after.version, {BERLIN.key: BERLIN}, lease(), run_record())
    assert git(remote, "rev-list", "--count", BRANCH) == "1"


def test_a_push_that_was_lost_before_it_arrived_is_made_again(remote: Path, ledger: GitLedger, tmp_path: Path) -> None:
    hook(remote, "pre-receive", f"test -e {tmp_path}/once || {{ touch {tmp_path}/once; kill -9 $PPID; }}")
    after = store_batch(ledger, Batch("run 1", (BERLIN,), record=run_record()))
    assert after == ledger.read() == Snapshot(after.version, {BERLIN.key: BERLIN}, None, run_record())
    assert (ledger.runs(), git(remote, "rev-list", "--count", BRANCH)) == ((run_record(),), "1")


def test_a_branch_that_stays_locked_is_not_tried_forever(root: Path, remote: Path) -> None:
    ledger = GitLedger(Context(root=root), races=Races(most=3))
    commit(ledger, BERLIN)
    (remote / "refs/heads/reconciler-ledger.lock").touch()
    said = problem(lambda: record_entries(ledger, [MUNICH], note="run 2"))
    assert said.endswith("cannot be written: others write all the time; try again later")
    (remote / "refs/heads/reconciler-ledger.lock").unlink()
    assert record_entries(ledger, [MUNICH], note="run 2").entries == {BERLIN.key: BERLIN, MUNICH.key: MUNICH}


def test_a_remote_that_is_not_there_is_said(root: Path, remote: Path, ledger: GitLedger) -> None:
    remote.rename(remote.parent / "moved.git")
    said = problem(ledger.read)
    assert said.startswith(f"the ledger, {BRANCH} at {remote}, cannot be read: '{remote}' does not appear to be a git ")
    assert problem(ledger.runs) == said


# In time


def test_who_is_told_to_hurry_ends_what_another_thread_has_begun_and_all_that_git_started(
    root: Path, remote: Path, tmp_path: Path
) -> None:
    git = Git(600.0)
    ledger = GitLedger(Context(root=root), git=git)
    os.mkfifo(tmp_path / "waiting")
    hook(remote, "pre-receive", f"exec 3> {tmp_path}/waiting", "echo here >&3", "exec sleep 600")
    answers: list[str] = []
    thread = threading.Thread(
        target=lambda: answers.append(problem(lambda: record_entries(ledger, [BERLIN], note="run 1")))
    )
    thread.start()
    with (tmp_path / "waiting").open("rb", buffering=0) as waiting:
        assert waiting.readline() == b"here\n"
        ledger.hurry(0)
        thread.join(timeout=60)
        assert answers == [late(git)]
        assert ended(waiting)


def test_a_push_that_takes_too_long_is_cut_off_and_looked_after(root: Path, remote: Path, tmp_path: Path) -> None:
    ledger = GitLedger(Context(root=root), git=Git(5.0))
    hook(remote, "pre-receive", f"test -e {tmp_path}/once || {{ touch {tmp_path}/once; exec sleep 600; }}")
    assert record_entries(ledger, [BERLIN], note="run 1").entries == {BERLIN.key: BERLIN}
    assert git(remote, "rev-list", "--count", BRANCH) == "1"


def test_a_hurried_push_does_not_pause(root: Path) -> None:
    ledger = GitLedger(Context(root=root, chance=lambda: 1.0), races=Races(first_pause=600.0, longest_pause=600.0))
    stale = ledger.read()
    commit(GitLedger(Context(root=root)), BERLIN)
    thread = threading.Thread(target=lambda: ledger.commit(Batch("run 2", (MUNICH,)), version=stale.version))
    thread.start()
    ledger.hurry(60)
    thread.join(timeout=60)
    assert not thread.is_alive()


def test_when_the_time_is_over_nothing_is_begun_any_more(remote: Path, ledger: GitLedger) -> None:
    ledger.hurry(0)
    for do in (ledger.read, ledger.runs, lambda: ledger.commit(Batch("run", (BERLIN,)), version="")):
        assert problem(do) == late(Git())
    assert git(remote, "branch") == ""

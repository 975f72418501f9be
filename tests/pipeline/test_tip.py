"""`--require-tip`: only the newest commit of the branch is applied; an older one is superseded, any other is stale."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler.core.basics import EnvironmentProblem, exit_code
from reconciler.core.memory.upkeep import LedgerRepair
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.process import Git as Plumbing
from reconciler.effects.git.process import Ran
from reconciler.effects.ledger import Batch, store_batch
from reconciler.effects.signals import Stop
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.ledger import ledger_check_run, ledger_repair_run
from reconciler.pipeline.readings import Scope
from reconciler.render.json import apply_json
from reconciler.render.text.apply import apply_text
from reconciler.render.text.ledger import ledger_check_text
from tests.support.fleet import YES, Fleet
from tests.support.processes import ended
from tests.support.repository import Git
from tests.support.stores import local


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A clone with one profile, pushed."""
    Git(tmp_path)("init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git"))
    fleet = Fleet(tmp_path / "clone", environ={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"})
    fleet.profile(about="Fresh bread")
    git = Git(fleet.root)
    git.commit()
    git("remote", "add", "origin", "../origin.git")
    git("push", "-q", "origin", "main")
    return fleet


def push(fleet: Fleet, about: str) -> str:
    fleet.profile(about=about)
    commit = Git(fleet.root).commit()
    Git(fleet.root)("push", "-q", "--force", "origin", "HEAD:main")
    return commit


def tipped(fleet: Fleet, ref: str = "origin/main") -> ApplyReport:
    """Apply if what is checked out is the newest commit of `ref`."""
    fleet.clock.seconds += 60
    return fleet.run(lambda context: apply_run(context, ApplyRequest(Scope(), YES, ref), stop=Stop()))


def test_the_newest_commit_is_applied(fleet: Fleet) -> None:
    report = tipped(fleet)
    assert (report.superseded, report.stale, report.reasons) == ("", "", frozenset())
    assert [outcome.status for outcome in report.outcomes] == ["applied"]


def test_an_older_commit_is_superseded_and_writes_nothing(fleet: Fleet) -> None:
    older = Git(fleet.root)("rev-parse", "HEAD")
    newer = push(fleet, "Fresh rolls")
    Git(fleet.root)("checkout", "-q", older)
    report = tipped(fleet)
    assert (report.superseded, exit_code(report.reasons), fleet.requests()) == (newer, 0, [])
    assert apply_text(report) == (
        f"Superseded by {newer[:12]}: nothing was written here, for the newer commit's own run does it."
    )
    assert apply_json(report)["superseded"] == newer


@pytest.mark.parametrize("name", ["origin.git", "or igin%20ü?#.git"])
def test_a_repository_on_this_machine_may_leave_out_files(fleet: Fleet, tmp_path: Path, name: str) -> None:
    """Git cannot name a remote by a plain path where it leaves files out."""
    (tmp_path / "origin.git").rename(tmp_path / name)
    Git(tmp_path / name)("config", "uploadpack.allowFilter", "true")
    Git(fleet.root)("remote", "set-url", "origin", f"../{name}")
    older = Git(fleet.root)("rev-parse", "HEAD")
    assert [outcome.status for outcome in tipped(fleet).outcomes] == ["applied"]
    newer = push(fleet, "Fresh rolls")
    Git(fleet.root)("checkout", "-q", older)
    assert tipped(fleet).superseded == newer


def test_what_a_superseded_commit_asked_for_first_is_adopted_by_the_newer_run(fleet: Fleet) -> None:
    """Two merges in a row: the base of the newer one holds the profile already, and no run ever sent it."""
    address = fleet.profile(about="Fresh bread")
    fleet.edit(address, about="By hand")
    older = Git(fleet.root)("rev-parse", "HEAD")
    fleet.write("unrelated.txt", "a second merge")
    newer = push(fleet, "Fresh bread")
    Git(fleet.root)("checkout", "-q", older)
    assert tipped(fleet).superseded == newer
    Git(fleet.root)("checkout", "-q", "main")
    request = ApplyRequest(Scope(base=older), YES, "origin/main")
    report = fleet.run(lambda context: apply_run(context, request, stop=Stop()))
    ((_, change),) = report.plan.changes
    assert (change.origin, change.note.split(": ")[1]) == ("adopted", f"commit {newer[:12]} was newer")
    assert fleet.live(address)["about"] == "Fresh bread"


def test_an_edit_that_was_superseded_is_not_remembered_for_it_is_pending_anyway(fleet: Fleet) -> None:
    """An old run that is started again long after says nothing of a value that others sent since."""
    fleet.apply()
    older = push(fleet, "Fresh rolls")
    newer, before = push(fleet, "Fresh cake"), fleet.entries()
    Git(fleet.root)("checkout", "-q", older)
    assert (tipped(fleet).superseded, fleet.entries()) == (newer, before)


def test_a_shallow_clone_knows_what_superseded_it(fleet: Fleet, tmp_path: Path) -> None:
    """As a runner has it that was queued behind a merge: one commit, and nothing of what came after."""
    Git(tmp_path)("clone", "-q", "--depth=1", f"file://{tmp_path}/origin.git", "shallow")
    shallow = Fleet(tmp_path / "shallow", environ=fleet.environ)
    shallow.profile(about="Fresh bread")
    assert (
        shallow.run(lambda context: asyncio.sleep(0, BranchTip(context, "origin/main", git=Plumbing()).superseded))
        is False
    )
    newer = push(fleet, "Fresh rolls")
    assert tipped(shallow).superseded == newer


def test_a_commit_that_is_not_on_the_branch_is_stale(fleet: Fleet) -> None:
    Git(fleet.root)("checkout", "-q", "-b", "aside")
    fleet.profile(about="Nobody approved this")
    head = Git(fleet.root).commit()
    report = tipped(fleet)
    assert report.stale.startswith(f"the commit {head[:12]} is not on origin/main, whose tip is ")
    assert (exit_code(report.reasons), fleet.requests()) == (4, [])
    assert click.unstyle(apply_text(report)) == f"Nothing was written: {report.stale}."


def test_after_a_rewritten_history_nothing_is_written_until_a_person_says_so(fleet: Fleet) -> None:
    tipped(fleet)
    applied = Git(fleet.root)("rev-parse", "HEAD")
    Git(fleet.root)("checkout", "-q", "--orphan", "anew")
    push(fleet, "Fresh cake")
    fleet.forget()
    report = tipped(fleet)
    assert report.stale == (
        f"the last apply was of commit {applied[:12]}, which did not come before this one; "
        "if the branch was rewritten, or the record is forged: `reconciler ledger repair --require-tip origin/main`"
    )
    assert (exit_code(report.reasons), fleet.requests("POST")) == (4, [])
    assert fleet.apply().reasons == frozenset()
    fleet.clock.seconds += 60
    assert tipped(fleet).reasons == frozenset()


def test_a_forged_record_is_found_and_the_one_before_it_is_put_back(fleet: Fleet) -> None:
    """It stops every apply of the workflow, where no person can leave --require-tip out."""
    tipped(fleet)
    ledger = local(fleet.root)
    (honest,) = ledger.runs()
    forged = replace(honest, run="9", commit="c" * 40, started="2026-08-03T12:00:00Z")
    store_batch(ledger, Batch("forged", record=forged))
    push(fleet, "Fresh rolls")
    assert exit_code(tipped(fleet).reasons) == 4
    found = ledger_check_run(fleet.context, tip="origin/main")
    assert (exit_code(found.reasons), found.last) == (4, forged)
    assert "No run with --require-tip applies: the last apply was of commit cccccccccccc" in click.unstyle(
        ledger_check_text(found, verbose=False)
    )
    assert ledger_check_run(fleet.context).sound
    entries = ledger.read().entries
    repaired = ledger_repair_run(fleet.context, tip="origin/main", agreed=lambda _: True)
    assert (repaired.done, repaired.restored, ledger.read().last) == (True, honest, honest)
    assert ledger.read().entries == entries
    assert [outcome.status for outcome in tipped(fleet).outcomes] == ["applied"]


def test_where_no_record_counts_no_last_run_is_known_after_a_repair(fleet: Fleet) -> None:
    tipped(fleet)
    Git(fleet.root)("checkout", "-q", "--orphan", "anew")
    push(fleet, "Fresh cake")
    ledger = local(fleet.root)
    repaired = ledger_repair_run(fleet.context, tip="origin/main", agreed=lambda _: True)
    assert (repaired.done, repaired.restored, ledger.read().last) == (True, None, None)
    fleet.forget()
    assert [outcome.status for outcome in tipped(fleet).outcomes] == ["applied"]


def test_a_repair_that_another_run_overtakes_changes_nothing(fleet: Fleet) -> None:
    tipped(fleet)
    ledger = local(fleet.root)
    (honest,) = ledger.runs()
    forged = replace(honest, run="9", commit="c" * 40, started="2026-08-03T12:00:00Z")
    store_batch(ledger, Batch("forged", record=forged))

    def meanwhile(_: LedgerRepair) -> bool:
        store_batch(ledger, Batch("another", record=replace(forged, run="10")))
        return True

    with pytest.raises(EnvironmentProblem, match="another run wrote to the ledger meanwhile"):
        ledger_repair_run(fleet.context, tip="origin/main", agreed=meanwhile)
    assert ledger.read().last == replace(forged, run="10")


@pytest.mark.parametrize("commit", ["a\0b", "\ud800", "refs/tip", "HEAD", "--help", ""])
def test_what_a_forged_record_says_of_its_commit_is_no_word_for_git(fleet: Fleet, commit: str) -> None:
    tipped(fleet)
    ledger = local(fleet.root)
    (forged,) = ledger.runs()
    store_batch(ledger, Batch("forged", record=replace(forged, commit=commit)))
    fleet.forget()
    report = tipped(fleet)
    assert report.stale.startswith(f"the last apply was of commit {commit or 'unknown'}, which did not come before")
    assert (exit_code(report.reasons), fleet.requests("POST")) == (4, [])


def test_git_is_not_waited_for_longer_than_a_signal_allows(fleet: Fleet) -> None:
    standing = BranchTip(fleet.context, "origin/main", git=Plumbing())
    standing.hurry(0)
    with pytest.raises(EnvironmentProblem, match="origin/main could not be fetched in time; try again"):
        standing.went_before(standing.head)


@pytest.mark.parametrize("name", ["berlin.yaml", "new.yaml", "ignored/new.yml", "pictures/new.png"])
def test_what_no_commit_holds_is_not_applied(fleet: Fleet, name: str) -> None:
    (fleet.root / ".git" / "info" / "exclude").write_text("ignored/\n")
    fleet.write(name, "edited")
    report = tipped(fleet)
    head = Git(fleet.root)("rev-parse", "HEAD")
    assert report.stale == f"the files are not those of the commit {head[:12]}: profiles/{name}; see `git status`"
    assert (exit_code(report.reasons), fleet.requests()) == (4, [])


def test_of_many_files_that_no_commit_holds_the_first_are_named(fleet: Fleet) -> None:
    for number in range(5):
        fleet.write(f"new-{number}.yaml", "")
    assert "profiles/new-0.yaml, profiles/new-1.yaml, profiles/new-2.yaml and 2 more; see" in tipped(fleet).stale


def test_what_no_profile_is_made_of_keeps_nothing_from_being_applied(fleet: Fleet) -> None:
    fleet.write(".berlin.yaml.swp", "")
    (fleet.root / "plan.json").write_text("{}")
    assert [outcome.status for outcome in tipped(fleet).outcomes] == ["applied"]


def test_where_git_does_not_say_what_was_edited_nothing_is_written(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.effects.git.checkout.edited_paths", lambda *_, **__: None)
    report = tipped(fleet)
    assert report.stale.startswith("git does not say whether the files are those of the commit ")
    assert (exit_code(report.reasons), fleet.requests()) == (4, [])


@pytest.mark.parametrize("ref", ["", "origin/main"])
def test_an_apply_that_is_interrupted_does_not_wait_for_a_git_that_looks_at_the_files(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ref: str
) -> None:
    os.mkfifo(tmp_path / "waiting")
    (tmp_path / "bin").mkdir()
    hangs = f"exec 3> {tmp_path}/waiting; echo here >&3; exec sleep 600"
    real = shutil.which("git")
    (tmp_path / "bin/git").write_text(f'#!/bin/sh\ncase "$*" in *" status "*) {hangs};; esac\nexec {real} "$@"\n')
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")

    async def main() -> None:
        run = asyncio.ensure_future(apply_run(fleet.context, ApplyRequest(Scope(), YES, ref), stop=Stop()))
        with await asyncio.to_thread((tmp_path / "waiting").open, "rb", buffering=0) as waiting:
            assert await asyncio.to_thread(waiting.readline) == b"here\n"
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            assert await asyncio.to_thread(ended, waiting)

    asyncio.run(main())
    assert {request["method"] for request in fleet.requests()} <= {"GET"}


def test_an_older_apply_of_the_same_history_is_no_reason_to_stop(fleet: Fleet) -> None:
    tipped(fleet)
    push(fleet, "Fresh rolls")
    assert [outcome.status for outcome in tipped(fleet).outcomes] == ["applied"]


@pytest.mark.parametrize("ref", ["main", "upstream/main", "origin/", "origin/-x", "origin/a..b", "origin/a.lock", ""])
def test_what_is_no_branch_at_origin_is_refused(fleet: Fleet, ref: str) -> None:
    with pytest.raises(EnvironmentProblem, match="is no branch that can be looked up: name one at origin"):
        BranchTip(fleet.context, ref, git=Plumbing())


def test_a_branch_that_is_not_there_is_said_to_be_so(fleet: Fleet) -> None:
    why = "so whether this commit is still the one to apply is unknown: couldn't find remote ref refs/heads/nowhere"
    with pytest.raises(EnvironmentProblem, match=f"origin/nowhere cannot be looked up, {why}"):
        BranchTip(fleet.context, "origin/nowhere", git=Plumbing())


def test_a_fetch_that_does_not_end_is_given_up(fleet: Fleet) -> None:
    git = Plumbing()
    git.hurry(0)
    with pytest.raises(EnvironmentProblem, match="origin/main could not be fetched in time; try again"):
        BranchTip(fleet.context, "origin/main", git=git)


def test_a_signal_reaches_every_git_that_is_asked(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one that says which commit is checked out: on a network share it can hang."""
    asked: list[Plumbing] = []
    run = Plumbing.run

    def noted(git: Plumbing, *words: str, **more: Any) -> Ran:
        asked.append(git)
        return run(git, *words, **more)

    monkeypatch.setattr(Plumbing, "run", noted)
    git = Plumbing()
    BranchTip(fleet.context, "origin/main", git=git)
    assert {id(one) for one in asked} == {id(git)}


def test_without_a_commit_there_is_no_tip(tmp_path: Path) -> None:
    bare = Fleet(tmp_path / "no-repository")
    with pytest.raises(EnvironmentProblem, match="git names no commit that is checked out here"):
        BranchTip(bare.context, "origin/main", git=Plumbing())

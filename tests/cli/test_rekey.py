"""`ledger rekey`: what no mark vouches for is shown first, and then marked."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

from reconciler.cli import main
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.ledger import Answer, Batch, Committed, Unsure
from reconciler.effects.ledger.git import GitLedger
from reconciler.pipeline.ledger import ledger_rekey_run
from tests.support.fleet import Fleet
from tests.support.forging import Shared, entry_path, shared_ledger

KEY, NEW_KEY = "k" * 40, "n" * 40


@pytest.fixture
def shared(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Shared:
    """A ledger from before the key: nothing in it has a mark."""
    found = shared_ledger(fleet)
    fleet.profile(about="Fresh bread")
    fleet.apply()
    monkeypatch.setenv("RECONCILER_LEDGER_KEY", KEY)
    return found


def rekey(shared: Shared, *words: str) -> int:
    return main(["-C", str(shared.fleet.root), "ledger", "rekey", *words])


ADDRESS = "106540352242000"


def test_everything_is_shown_and_nothing_is_marked_before_a_yes(
    shared: Shared, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rekey(shared) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "No mark vouches for this; each part may be forged:"
    assert lines[1:4] == [
        f"  berlin (meta, sandbox, {ADDRESS})",
        "    about:",
        "      settled, recorded at commit unknown",
    ]
    assert '      "Fresh bread"' in lines
    assert lines[-2].startswith("  the last run that wrote: run local-20260802T120000.000 of commit unknown")
    assert lines[-1] == "Nothing was marked yet: --yes marks 1 target and the record of the last run."
    assert "mark" not in shared.stored(entry_path(ADDRESS))


def test_after_a_yes_no_run_doubts_it_and_a_forgery_is_shown_again(
    shared: Shared, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rekey(shared, "--yes", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["done"], found["entries"], len(found["unvouched"])) == (True, 1, 1)
    shared.fleet.environ["RECONCILER_LEDGER_KEY"] = KEY
    assert shared.fleet.plan().plan.diagnostics == ()
    shared.forge((entry_path(ADDRESS), lambda document: document.update(profile="munich")))
    assert rekey(shared) == 3
    assert capsys.readouterr().out.splitlines()[1] == f"  munich (meta, sandbox, {ADDRESS})"


def test_the_number_that_a_credential_opens_is_reviewed_too(shared: Shared, capsys: pytest.CaptureFixture[str]) -> None:
    shared.forge((entry_path(ADDRESS), lambda document: document.update(identity="42", profile="")))
    rekey(shared)
    assert capsys.readouterr().out.splitlines()[1:3] == [
        f"  a profile (meta, sandbox, {ADDRESS})",
        "    opens the number 42",
    ]


def test_a_new_key_marks_everything_so_that_the_old_one_can_go(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rekey(shared, "--yes")
    monkeypatch.setenv("RECONCILER_LEDGER_KEY", f"{NEW_KEY} {KEY}")
    capsys.readouterr()
    assert rekey(shared, "--yes") == 0
    assert capsys.readouterr().out == "Marked: 1 target and the record of the last run.\n"
    shared.fleet.environ["RECONCILER_LEDGER_KEY"] = NEW_KEY
    assert shared.fleet.plan().plan.diagnostics == ()


@pytest.mark.parametrize(
    ("environ", "words", "said"),
    [
        ("", (), "RECONCILER_LEDGER_KEY is not set, so nothing can be marked"),
        ("short", (), "RECONCILER_LEDGER_KEY has 5 bytes, 27 fewer than the 32 that it must have"),
        (KEY, ("--ledger", "local"), "the local ledger has no marks: it is on this machine and counts as vouched for"),
    ],
)
def test_what_keeps_it_from_marking_is_said(
    shared: Shared,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    environ: str,
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setenv("RECONCILER_LEDGER_KEY", environ)
    assert rekey(shared, "--yes", *words) == 1
    assert said in capsys.readouterr().err


def test_an_empty_ledger_has_nothing_to_mark(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = shared_ledger(fleet)
    monkeypatch.setenv("RECONCILER_LEDGER_KEY", KEY)
    assert rekey(shared, "--yes") == 0
    assert capsys.readouterr().out == "The ledger is empty: there is nothing to mark.\n"


def test_what_another_run_wrote_while_a_person_reviewed_is_not_marked_with_it(shared: Shared) -> None:
    shared.fleet.environ["RECONCILER_LEDGER_KEY"] = KEY

    def meanwhile(_: object) -> bool:
        shared.forge((entry_path(ADDRESS), lambda document: document["fields"]["about"].update(sent="Forged")))
        return True

    with pytest.raises(EnvironmentProblem, match="another run wrote to the ledger meanwhile, and nothing was marked"):
        ledger_rekey_run(shared.fleet.context, agreed=meanwhile)
    assert "mark" not in shared.stored(entry_path(ADDRESS))


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_lost_reply_the_ledger_says_whether_it_is_marked(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, *, arrived: bool
) -> None:
    shared.fleet.environ["RECONCILER_LEDGER_KEY"] = KEY
    commit = GitLedger.commit

    def lost(self: GitLedger, batch: Batch, *, version: str) -> Answer:
        answer = commit(self, batch, version=version) if arrived else Committed("f" * 40)
        assert isinstance(answer, Committed)
        return Unsure(answer.version)

    monkeypatch.setattr(GitLedger, "commit", lost)
    with nullcontext() if arrived else pytest.raises(EnvironmentProblem, match="nothing was marked"):
        assert ledger_rekey_run(shared.fleet.context, agreed=lambda _: True).done
    assert ("mark" in shared.stored(entry_path(ADDRESS))) is arrived


def test_a_ledger_without_a_run_that_wrote_is_marked_too(shared: Shared) -> None:
    """Only looking recorded something: there is no record of a run."""
    shared.fleet.environ["RECONCILER_LEDGER_KEY"] = KEY
    shared.forge()
    (shared.forger / "run.json").unlink()
    shared.forge((entry_path(ADDRESS), lambda _: None))
    report = ledger_rekey_run(shared.fleet.context, agreed=lambda _: True)
    assert (report.done, report.last) == (True, None)

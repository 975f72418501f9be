"""A ledger in git that others forge: with its key, no forged entry hides drift or opens a gate, as runs see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.core.basics import InvalidInput, Reason
from reconciler.core.memory.runs import FieldStatus
from reconciler.core.safety.decision import Approval
from reconciler.render.text.drift import drift_text
from tests.support.fleet import Fleet
from tests.support.forging import Shared, entry_path, shared_ledger
from tests.support.stores import git

KEY, OTHER_KEY = "k" * 40, "o" * 40
AUTO = Approval(auto=True)
ANYTHING = Approval(auto=True, allowed=frozenset({"first-contact", "unrecorded", "drifted", "conflict"}))
OURS, HACKED, ELSE = "Fresh bread", "Free bread!", "Fresh rolls"


@pytest.fixture
def shared(fleet: Fleet) -> Shared:
    return shared_ledger(fleet, key=KEY)


def about(**parts: Any) -> Callable[[dict[str, Any]], object]:
    """Return a forgery of the record of `about`; a part that is None goes."""

    def change(document: dict[str, Any]) -> None:
        kept = {**document["fields"]["about"], **parts}
        document["fields"]["about"] = {name: value for name, value in kept.items() if value is not None}

    return change


ASKED = {"at": "2026-08-02T12:00:00Z", "run": "1", "commit": "", "why": "it was refused", "value": OURS}
KINDS: dict[str, dict[str, Any]] = {
    "altered": {"shown": HACKED},
    "ignored": {"state": "ignored", "before": HACKED, "attempts": 2, "shown": None},
    "another value": {"sent": ELSE, "shown": HACKED},
    "not shown yet": {"state": "unconverged", "before": HACKED, "attempts": 1, "shown": None},
    "open": {"state": "unsettled", "intent": OURS, "sent": None, "shown": None},
    "asked": {"sent": ELSE, "shown": ELSE, "asked": {**ASKED, "over": HACKED}},
}


def test_none_of_six_kinds_of_forged_entries_hides_drift_or_has_it_overwritten(shared: Shared) -> None:
    fleet = shared.fleet
    addresses = {kind: fleet.profile(f"p{n}", n, about=OURS) for n, kind in enumerate(KINDS)}
    fleet.apply()
    assert fleet.drift().reasons == frozenset()
    for address in addresses.values():
        fleet.edit(address, about=HACKED)
    shared.forge(*((entry_path(addresses[kind]), about(**parts)) for kind, parts in KINDS.items()))
    report = fleet.drift()
    found = {planned.target.profile for planned, _ in (*report.drifted, *report.unexplained)}
    assert found == {f"p{n}" for n in range(len(KINDS))}
    assert report.reasons == {Reason.CHANGES}
    assert "6 entries of the ledger have no mark of RECONCILER_LEDGER_KEY" in drift_text(report)
    applied = fleet.apply(approval=AUTO)
    assert applied.stopped == "the gate first-contact stopped it"
    assert {fleet.live(address)["about"] for address in addresses.values()} == {HACKED}


def test_a_forged_entry_does_not_open_the_first_contact(shared: Shared) -> None:
    """The value is another tool's: an entry that calls it ours is no reason to overwrite it."""
    fleet = shared.fleet
    known, new = fleet.profile("known", 0, about=OURS), fleet.profile("new", 1)
    fleet.edit(new, about=HACKED)
    fleet.apply()
    fleet.profile("new", 1, about=OURS)
    entry = shared.stored(entry_path(known))
    entry["key"][2] = new
    entry["fields"]["about"] |= {"sent": HACKED, "shown": HACKED}
    shared.forge((entry_path(known), lambda _: (shared.forger / entry_path(new)).write_text(json.dumps(entry))))
    git(shared.forger, "add", "--all")
    git(shared.forger, "commit", "-qm", "forged")
    git(shared.forger, "push", "-q")
    assert fleet.apply(approval=AUTO).stopped == "the gate first-contact stopped it"
    assert fleet.live(new)["about"] == HACKED


def test_what_a_forged_entry_calls_the_providers_form_is_not_what_a_write_came_to(shared: Shared) -> None:
    """The write has no effect, so live still shows what was forged: no run may vouch that it is made of our value."""
    fleet = shared.fleet
    address = fleet.profile(about=OURS)
    fleet.apply()
    fleet.edit(address, about=HACKED)
    shared.forge((entry_path(address), about(shown=HACKED)))
    fleet.faults({"kind": "swallow"})
    applied = fleet.apply(approval=ANYTHING)
    assert [one.status for one in applied.outcomes[0].fields] == [FieldStatus.UNCONVERGED]
    stored = shared.stored(entry_path(address))
    assert "unvouched" not in stored
    assert (stored["fields"]["about"]["state"], "shown" in stored["fields"]["about"]) == ("unconverged", False)


def test_memory_is_marked_in_whole_and_a_second_apply_is_empty(shared: Shared) -> None:
    fleet = shared.fleet
    address = fleet.profile(about=OURS, email="a@b.example")
    fleet.apply()
    assert {len(shared.stored(name)["mark"]) for name in (entry_path(address), "run.json")} == {64}
    report = fleet.plan()
    assert (report.plan.has_changes, report.plan.diagnostics) == (False, ())
    fleet.edit(address, about=HACKED)
    (drifted,) = fleet.drift().drifted
    assert not drifted[1].by_memory


def test_what_a_run_sees_itself_it_marks_and_leaves_the_rest_unvouched(shared: Shared) -> None:
    """The first runs after the key came, or after a machine without it wrote: nothing is taken over unseen."""
    fleet = shared.fleet
    address = fleet.profile(about=OURS, email="a@b.example")
    key = fleet.environ.pop("RECONCILER_LEDGER_KEY")
    fleet.apply()
    assert "mark" not in shared.stored(entry_path(address))
    fleet.edit(address, email="c@d.example")
    fleet.environ["RECONCILER_LEDGER_KEY"] = key
    fleet.clock.seconds += 3600
    first, second = fleet.drift(), fleet.drift()
    for report in (first, second):
        ((_, change),) = report.drifted
        assert (change.field, change.by_memory) == ("email", True)
        assert [one.code for one in report.plan.diagnostics] == ["ledger-unmarked"]
    assert shared.stored(entry_path(address))["unvouched"] == ["email"]
    fleet.edit(address, email="a@b.example")
    assert "ledger-unmarked" in [one.code for one in fleet.drift().plan.diagnostics]
    assert fleet.drift().plan.diagnostics == ()


def test_a_machine_without_the_key_writes_nothing_new_by_looking(shared: Shared) -> None:
    fleet = shared.fleet
    address = fleet.profile(about=OURS)
    fleet.apply()
    before = shared.stored(entry_path(address))
    del fleet.environ["RECONCILER_LEDGER_KEY"]
    assert fleet.drift().reasons == frozenset()
    assert shared.stored(entry_path(address)) == before


def test_keys_are_replaced_without_a_run_that_doubts(shared: Shared) -> None:
    fleet = shared.fleet
    address = fleet.profile(about=OURS)
    fleet.apply()
    fleet.environ["RECONCILER_LEDGER_KEY"] = f"{OTHER_KEY} {KEY}"
    assert fleet.plan().plan.diagnostics == ()
    fleet.profile(about=ELSE)
    fleet.apply()
    fleet.environ["RECONCILER_LEDGER_KEY"] = OTHER_KEY
    assert fleet.plan().plan.diagnostics == ()
    assert fleet.live(address)["about"] == ELSE
    fleet.environ["RECONCILER_LEDGER_KEY"] = KEY
    assert {one.code for one in fleet.plan().plan.diagnostics} == {"ledger-unmarked"}


@pytest.mark.parametrize("forged", [{"run": "forged", "commit": "f" * 40}, {"commit": "f" * 40}])
def test_a_forged_record_of_a_run_gives_way_to_the_newest_that_is_marked(
    shared: Shared, forged: dict[str, str]
) -> None:
    fleet = shared.fleet
    fleet.profile(about=OURS)
    fleet.apply()
    true = shared.stored("run.json")
    fleet.profile(about=ELSE)
    shared.forge(("run.json", lambda document: document.update(**forged)))
    (said,) = fleet.plan().plan.diagnostics
    no_mark = "the record of the last run has no mark of RECONCILER_LEDGER_KEY"
    assert said.summary == f"{no_mark}: that of run {true['run']} counts in its place"
    assert not fleet.drift().no_apply


def test_a_forged_record_is_no_trace_of_an_apply(shared: Shared) -> None:
    """Where every true record is gone, drift counts what no memory explains, whatever a forged one claims."""
    fleet = shared.fleet
    address = fleet.profile(about=OURS)
    fleet.apply()
    git(fleet.root.parent / "remote.git", "update-ref", "-d", "refs/heads/reconciler-ledger")
    del fleet.environ["RECONCILER_LEDGER_KEY"]
    fleet.profile("other", 1, about=ELSE)
    fleet.apply("profiles/other.yaml")
    fleet.environ["RECONCILER_LEDGER_KEY"] = KEY
    fleet.edit(address, about=HACKED)
    report = fleet.drift()
    assert report.no_apply
    assert {change.field for _, change in report.unexplained} == {"about"}


def test_a_key_that_is_too_short_stops_every_run_that_would_use_it(shared: Shared) -> None:
    shared.fleet.profile(about=OURS)
    shared.fleet.environ["RECONCILER_LEDGER_KEY"] = f"{KEY} short"
    with pytest.raises(InvalidInput) as found:
        shared.fleet.plan()
    (problem,) = found.value.diagnostics
    assert problem.summary == "RECONCILER_LEDGER_KEY has 5 bytes, 27 fewer than the 32 that it must have"

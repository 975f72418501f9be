"""What the files asked for and a run did not send is known to the next run, whatever kept it from being sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from reconciler.core.basics import EnvironmentProblem, InvalidInput, Reason, error, exit_code
from reconciler.core.memory.records import FieldRecord
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Origin
from reconciler.effects.ledger import Batch
from reconciler.effects.ledger.sqlite import SqliteLedger
from reconciler.effects.signals import Interrupted
from reconciler.pipeline.readings import ChosenProfiles
from reconciler.render.json import dumps, plan_json
from tests.pipeline.test_failures import rejection
from tests.support import asked, record
from tests.support.fleet import YES, Fleet
from tests.support.keeping import FULL, statuses
from tests.support.stores import commit, local

MAIL = "a@b.example"
BERLIN = "106540352242000"
UNANSWERED = Approval(auto=True)


@pytest.fixture
def address(fleet: Fleet) -> str:
    """A new profile. Of its number, the e-mail is as the file has it, and another hand wrote the about line."""
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.edit(address, about="By hand", email=MAIL)
    return address


def about(fleet: Fleet) -> FieldRecord | None:
    """Return what the ledger has of the about line."""
    (kept,) = fleet.entries().values()
    return kept.get("about")


def why(fleet: Fleet) -> str:
    """Return why the about line was asked for and not sent."""
    kept = about(fleet)
    assert kept is not None
    assert kept.asked is not None
    assert (kept.asked.value, kept.sent, kept.intent) == ("Fresh bread", None, None)
    return kept.asked.why


def stopped_by_a_gate(fleet: Fleet) -> None:
    assert fleet.apply(approval=UNANSWERED).stopped == "the gate first-contact stopped it"


def not_approved(fleet: Fleet) -> None:
    assert fleet.apply(approval=Approval(ask=lambda _: False)).stopped == "it was not approved"


def in_no_approved_plan(fleet: Fleet) -> None:
    fleet.profile(about="Fresh rolls", email=MAIL)
    other = approved(dumps(plan_json(fleet.plan())).encode(), file="plan.json")
    assert isinstance(other, ApprovedPlan)
    fleet.profile(about="Fresh bread", email=MAIL)
    report = fleet.apply(approval=replace(YES, plan=other))
    assert report.stopped.startswith("1 change is not in the approved plan")


def refused(fleet: Fleet) -> None:
    fleet.faults(rejection("(#100) This text is refused"))
    assert statuses(fleet.apply()) == {"berlin": OutcomeStatus.FAILED}
    fleet.faults()


def forbidden(fleet: Fleet) -> None:
    fleet.faults({**rejection("(#10) Application does not have permission", 10, 403), "method": "GET"})
    assert exit_code(fleet.apply().reasons) == 6
    fleet.faults()


def blocked(fleet: Fleet) -> None:
    fleet.edit(BERLIN, is_on_biz_app=True)
    assert exit_code(fleet.apply().reasons) == 6
    fleet.edit(BERLIN, is_on_biz_app=False)


def _raises(problem: Exception) -> Callable[..., NoReturn]:
    def ask(*_: object, **__: object) -> NoReturn:
        raise problem

    return ask


def interrupted_at_the_question(fleet: Fleet) -> None:
    with pytest.raises(Interrupted):
        fleet.apply(approval=Approval(ask=_raises(Interrupted(2))))


def without_a_secret(fleet: Fleet) -> None:
    missing = InvalidInput((error("secret", "WEBHOOK_VERIFY is not set"),))
    with pytest.raises(InvalidInput):
        fleet.apply(approval=Approval(ask=_raises(missing)))


def interrupted_at_the_record(fleet: Fleet) -> None:
    """The plan is shown and decided; git says which files were edited."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reconciler.pipeline.apply._begin_record", _raises(Interrupted(15)))
        with pytest.raises(Interrupted):
            fleet.apply()


def without_a_certificate(fleet: Fleet) -> None:
    """The machine stops the plan before anything was read."""

    def connect(_: object, __: object, profiles: ChosenProfiles, **___: object) -> dict[str, object]:
        if profiles.no_calls:
            return {}
        raise EnvironmentProblem("SSL_CERT_FILE cannot be used: it holds no certificate")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reconciler.pipeline.planning.open_accounts", connect)
        with pytest.raises(EnvironmentProblem):
            fleet.apply()


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (stopped_by_a_gate, "the gate first-contact stopped it"),
        (not_approved, "it was not approved"),
        (in_no_approved_plan, "1 change is not in the approved plan"),
        (refused, "(#100) This text is refused"),
        (forbidden, "it could not be read: (#10) Application does not have permission"),
        (blocked, "Business app"),
        (interrupted_at_the_question, "the run was interrupted"),
        (without_a_secret, "WEBHOOK_VERIFY is not set"),
        (interrupted_at_the_record, "the run was interrupted"),
        (without_a_certificate, "SSL_CERT_FILE cannot be used: it holds no certificate"),
    ],
)
def test_a_first_apply_that_came_to_nothing_is_not_forgotten(
    fleet: Fleet, address: str, end: Callable[[Fleet], None], reason: str
) -> None:
    """A look in between finds the e-mail in sync, so the number is no stranger to the ledger any more."""
    end(fleet)
    assert fleet.live(address)["about"] == "By hand"
    assert reason in why(fleet)
    fleet.drift()
    report = fleet.plan()
    ((_, change),) = report.plan.changes
    assert (change.origin, [gate.gate for gate in report.tripped]) == (Origin.ADOPTED, ["first-contact"])
    assert change.note.startswith("asked for 2026-08-02T12:")
    assert reason in change.note
    assert fleet.apply(approval=UNANSWERED).stopped == "the gate first-contact stopped it"
    fleet.apply()
    kept = about(fleet)
    assert kept is not None
    assert (fleet.live(address)["about"], kept.sent, kept.asked) == ("Fresh bread", "Fresh bread", None)


def test_a_run_that_sends_what_it_can_remembers_what_it_could_not_read(fleet: Fleet, address: str) -> None:
    """The reason of each is its own, and the other profile is written."""
    other = fleet.profile("munich", 1, about="Fresh cake")
    gone = {**rejection("(#10) Application does not have permission", 10, 403), "method": "GET", "path": address}
    fleet.faults(gone)
    report = fleet.apply()
    assert (fleet.live(other)["about"], fleet.live(address)["about"]) == ("Fresh cake", "By hand")
    assert exit_code(report.reasons) == 6
    fleet.faults()
    ((_, change),) = fleet.plan().plan.changes
    assert (change.origin, "could not be read" in change.note) == (Origin.ADOPTED, True)


def test_a_run_without_a_credential_remembers_what_it_never_tried(fleet: Fleet) -> None:
    """It cannot plan: what the files and the ledger tell is kept all the same."""
    fleet.settings(endpoint="default")
    settings = fleet.root / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text().replace("endpoint: default, ", ""))
    fleet.profile(about="Fresh bread")
    with pytest.raises(InvalidInput):
        fleet.apply()
    assert "META_TOKEN" in why(fleet)
    fleet.write("berlin.yaml", "account: [")
    before = fleet.entries()
    with pytest.raises(InvalidInput):
        fleet.apply()
    assert fleet.entries() == before


@pytest.mark.parametrize("mode", ["observe", "paused"])
def test_what_is_only_observed_or_paused_is_not_asked_for(fleet: Fleet, mode: str) -> None:
    fleet.edit(fleet.profile("berlin", 0, mode=mode, about="Fresh bread"), about="By hand")
    fleet.edit(fleet.profile("munich", 1, about="Fresh bread"), about="By hand")
    stopped_by_a_gate(fleet)
    assert [entry.profile for entry in fleet.entries().values()] == ["munich"]
    fleet.faults({**rejection("(#10) Application does not have permission", 10, 403), "method": "GET"})
    fleet.apply()
    assert [entry.profile for entry in fleet.entries().values()] == ["munich"]


def test_what_was_changed_elsewhere_is_not_asked_for_by_a_run_that_stops(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.apply()
    before = fleet.entries()
    fleet.edit(address, about="By hand")
    fleet.apply(approval=Approval(ask=lambda _: False))
    assert fleet.entries() == before


def test_asked_again_for_the_same_reason_nothing_is_stored(fleet: Fleet, address: str) -> None:
    stopped_by_a_gate(fleet)
    version = local(fleet.root).read().version
    fleet.clock.seconds += 3600
    stopped_by_a_gate(fleet)
    assert local(fleet.root).read().version == version
    assert fleet.live(address)["about"] == "By hand"


def test_a_field_that_left_its_file_is_asked_for_no_more(fleet: Fleet, address: str) -> None:
    stopped_by_a_gate(fleet)
    fleet.profile(email=MAIL)
    fleet.apply()
    assert about(fleet) is None
    fleet.profile(about="Fresh bread", email=MAIL)
    ((_, change),) = fleet.plan().plan.changes
    assert (change.origin, fleet.live(address)["about"]) == (Origin.UNRECORDED, "By hand")


def test_a_stopped_run_whose_ledger_cannot_be_written_says_so_and_stays_stopped(
    fleet: Fleet, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: SqliteLedger, batch: Batch, *, version: str) -> NoReturn:
        raise EnvironmentProblem(FULL)

    monkeypatch.setattr(SqliteLedger, "commit", full)
    report = fleet.apply(approval=UNANSWERED)
    assert (report.unrecorded, set(report.reasons)) == (FULL, {Reason.STOPPED, Reason.INCOMPLETE})
    assert (exit_code(report.reasons), fleet.live(address)["about"]) == (3, "By hand")


def test_a_forged_question_supplies_no_value_and_opens_no_gate(fleet: Fleet, address: str) -> None:
    """Whoever can write the ledger can have a reviewed value asked about, and nothing more."""
    fleet.drift()
    forged = replace(record("about"), asked=asked("FORGED", over="By hand"))
    commit(local(fleet.root), next(iter(fleet.entries().values())).with_records((forged,)))
    stopped_by_a_gate(fleet)
    fleet.apply()
    assert fleet.live(address)["about"] == "Fresh bread"
    assert "FORGED" not in str([entry["body"] for entry in fleet.requests()])

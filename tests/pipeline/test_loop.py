"""The whole loop on the sandbox: plan, apply, plan again, drift."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from reconciler.core.basics import Reason, exit_code
from reconciler.core.memory.runs import FieldStatus, OutcomeStatus
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Origin
from reconciler.effects.signals import Stop
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from tests.support.fleet import YES, Fleet

LOGO = Path(__file__).parents[2] / "profiles" / "pictures" / "logo.png"
CAFE = LOGO.with_name("cafe.png")
WEBHOOK = {"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}}


def everything(fleet: Fleet) -> str:
    """Write a profile that manages every field."""
    (fleet.root / "profiles" / "pictures").mkdir(exist_ok=True)
    shutil.copy(LOGO, fleet.root / "profiles" / "pictures" / "logo.png")
    return fleet.profile(
        about="Fresh bread",
        address="Main Street 1",
        description="A bakery.",
        email="a@b.example",
        industry="RESTAURANT",
        websites=["https://a.example"],
        picture="pictures/logo.png",
        webhook=WEBHOOK,
    )


def test_everything_is_applied_and_the_second_plan_is_empty(fleet: Fleet) -> None:
    address = everything(fleet)
    assert {change.origin for _, change in fleet.plan().plan.changes} == {Origin.ADOPTED}
    report = fleet.apply()
    assert [outcome.status for outcome in report.outcomes] == [OutcomeStatus.APPLIED]
    assert report.reasons == frozenset()
    again = fleet.plan()
    assert (again.plan.changes, again.reasons) == ((), frozenset())
    live = fleet.live(address)
    assert (live["about"], live["vertical"], live["webhook"]) == (
        "Fresh bread",
        "RESTAURANT",
        "https://hooks.example/wa",
    )


def test_looking_never_touches(fleet: Fleet) -> None:
    """Plan, drift and show send nothing but GET, whatever there is to do."""
    everything(fleet)
    fleet.plan()
    fleet.drift()
    assert {entry["method"] for entry in fleet.requests()} == {"GET"}


def test_one_edited_field_is_one_change_and_one_field_on_the_wire(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", email="a@b.example", websites=["https://a.example"])
    fleet.apply()
    fleet.profile(about="Fresh bread", email="new@b.example", websites=["https://a.example"])
    (planned, change) = fleet.plan().plan.changes[0]
    assert len(fleet.plan().plan.changes) == 1
    assert (planned.target.address, change.field, change.origin) == (address, "email", Origin.EDITED)
    fleet.forget()
    fleet.apply()
    (write,) = fleet.requests("POST")
    assert write["path"] == f"/v23.0/{address}/whatsapp_business_profile"
    assert write["body"] == {"messaging_product": "whatsapp", "email": "new@b.example"}


def test_a_profile_that_is_in_sync_is_not_written(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.forget()
    report = fleet.apply()
    assert report.outcomes == ()
    assert fleet.requests("POST") == []


def test_an_outside_edit_is_drift_and_nothing_else_is(fleet: Fleet) -> None:
    first = fleet.profile("berlin", 0, about="Fresh bread", email="a@b.example")
    fleet.profile("munich", 1, about="More bread")
    fleet.apply()
    fleet.edit(first, about="Hacked")
    drift = fleet.drift()
    assert [(p.target.profile, c.field, c.origin) for p, c in drift.drifted] == [("berlin", "about", Origin.DRIFTED)]
    assert (drift.pending, drift.unknown_since, drift.observed) == ((), (), ())
    assert drift.reasons == {Reason.CHANGES}


def test_an_apply_leaves_drift_alone_unless_it_is_allowed(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.edit(address, about="Hacked")
    report = fleet.apply(approval=Approval(auto=True))
    assert [f.status for o in report.outcomes for f in o.fields] == [FieldStatus.LEFT_ALONE]
    assert (report.reasons, fleet.live(address)["about"]) == (frozenset(), "Hacked")
    fleet.apply(approval=Approval(auto=True, allowed=frozenset({"drifted"})))
    assert fleet.live(address)["about"] == "Fresh bread"


def test_what_was_found_in_sync_is_remembered_and_a_later_move_is_drift(fleet: Fleet) -> None:
    """The tool never sent this value; it saw it, and that is enough to know that it moved."""
    address = fleet.profile(about="Hey there! I am using WhatsApp.")
    fleet.drift()
    fleet.edit(address, about="Hacked")
    assert [change.origin for _, change in fleet.drift().drifted] == [Origin.DRIFTED]


def test_a_swallowed_write_is_pending_then_ignored_and_never_in_sync(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults({"kind": "swallow"})
    first = fleet.apply()
    assert [f.status for o in first.outcomes for f in o.fields] == [FieldStatus.UNCONVERGED]
    assert first.reasons == {Reason.INCOMPLETE}
    assert [change.origin for _, change in fleet.plan().plan.changes] == [Origin.PENDING]
    assert fleet.apply().reasons == {Reason.INCOMPLETE}
    third = fleet.plan()
    assert third.plan.changes == ()
    assert [(f.field, f.reason) for f in third.plan.targets[0].unchanged] == [("about", "ignored by the provider")]
    assert fleet.apply().reasons == {Reason.INCOMPLETE}


def showing(**fields: Any) -> dict[str, Any]:
    """Return a fault: whatever was written, this is what the profile shows."""
    body = {"data": [{"messaging_product": "whatsapp", **fields}]}
    return {"kind": "reply", "method": "GET", "path": "whatsapp_business_profile", "status": 200, "body": body}


def altering(fleet: Fleet, **fields: Any) -> Approval:
    """Say yes to an apply whose writes come to `fields`, whatever they hold."""

    def ask(_: Any) -> bool:
        fleet.faults(showing(**fields))
        return True

    return Approval(ask=ask)


def test_a_text_that_the_provider_cut_is_never_applied_and_not_sent_again_until_something_moves(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread, every day", email="a@b.example")
    cut = {"about": "Fresh bread", "email": "a@b.example"}
    first = fleet.apply(approval=altering(fleet, **cut))
    assert {f.field: (f.status, f.detail) for o in first.outcomes for f in o.fields} == {
        "about": (FieldStatus.ALTERED, 'live: "Fresh bread"'),
        "email": (FieldStatus.APPLIED, ""),
    }
    assert exit_code(first.reasons) == 6
    for _ in range(2):
        assert [exit_code(found.reasons) for found in (fleet.plan(), fleet.drift(), fleet.apply())] == [2, 2, 6]
        (told,) = fleet.plan().plan.diagnostics
        assert told.summary == 'about of berlin: the provider altered it after it was sent; live: "Fresh bread"'
        assert (told.location.file, told.profile) == ("profiles/berlin.yaml", "berlin")
    assert len(fleet.requests("POST")) == 1
    fleet.faults(showing(**cut | {"about": "Hacked"}))
    assert [change.origin for _, change in fleet.drift().drifted] == [Origin.DRIFTED]
    fleet.faults(showing(**cut))
    fleet.profile(about="Fresh bread", email="a@b.example")
    assert [exit_code(found.reasons) for found in (fleet.plan(), fleet.drift(), fleet.apply())] == [0, 0, 0]
    assert len(fleet.requests("POST")) == 1


def test_a_spelling_of_what_is_live_already_is_sent_once_and_all_three_agree_from_then_on(fleet: Fleet) -> None:
    """The provider trims: what is live before and after the write is the same, and it is what was asked for."""
    fleet.profile(address="Main Street 1\n")
    fleet.faults(showing(address="Main Street 1"))
    ((_, change),) = fleet.plan().plan.changes
    assert change.note == "differs only in white space at the ends"
    (outcome,) = fleet.apply().outcomes
    spelled = 'shown as "Main Street 1"; differs only in white space at the ends'
    assert [(f.status, f.detail) for f in outcome.fields] == [(FieldStatus.APPLIED, spelled)]
    assert fleet.clock.slept == []
    for _ in range(2):
        assert [exit_code(found.reasons) for found in (fleet.plan(), fleet.drift(), fleet.apply())] == [0, 0, 0]
        assert [field.note for _, field in fleet.drift().shown_otherwise] == [spelled]
    assert len(fleet.requests("POST")) == 1


def test_an_altered_value_is_sent_once_more_where_a_person_asks_for_it(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread, every day")
    fleet.apply(approval=altering(fleet, about="Fresh bread"))
    resend = ApplyRequest(Scope(resend=("about",)), YES)
    again = fleet.run(lambda context: apply_run(context, resend, stop=Stop()))
    assert [f.status for o in again.outcomes for f in o.fields] == [FieldStatus.ALTERED]
    assert (len(fleet.requests("POST")), exit_code(fleet.plan().reasons)) == (2, 2)


def test_a_slow_provider_is_waited_for(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults({"kind": "stale", "reads": 2})
    report = fleet.apply()
    assert [outcome.status for outcome in report.outcomes] == [OutcomeStatus.APPLIED]
    assert fleet.clock.slept == [0.5, 1.0]


def test_clearing_is_an_explicit_empty_value(fleet: Fleet) -> None:
    address = fleet.profile(address="Main Street 1", websites=["https://a.example"], webhook=WEBHOOK)
    fleet.apply()
    fleet.profile(address="", websites=[], webhook={})
    assert {change.action for _, change in fleet.plan().plan.changes} == {"clear"}
    fleet.apply()
    live = fleet.live(address)
    assert not any(live.get(name) for name in ("address", "websites", "webhook"))
    assert fleet.plan().plan.changes == ()


def test_a_field_that_is_not_mentioned_is_not_touched(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.edit(address, email="owner@b.example", address="Somewhere")
    fleet.apply()
    assert (fleet.live(address)["email"], fleet.live(address)["address"]) == ("owner@b.example", "Somewhere")


def test_another_picture_is_a_change_and_the_same_one_is_not(fleet: Fleet) -> None:
    everything(fleet)
    fleet.apply()
    shutil.copy(CAFE, fleet.root / "profiles" / "pictures" / "logo.png")
    assert [(c.field, c.origin) for _, c in fleet.plan().plan.changes] == [("picture", Origin.EDITED)]
    fleet.forget()
    fleet.apply()
    assert fleet.plan().plan.changes == ()
    fields = [entry["body"] for entry in fleet.requests("POST") if entry["path"].endswith("whatsapp_business_profile")]
    assert [sorted(body) for body in fields] == [["messaging_product", "profile_picture_handle"]]


def test_a_lost_picture_is_drift(fleet: Fleet) -> None:
    address = everything(fleet)
    fleet.apply()
    fleet.edit(address, picture=None)
    assert [(c.field, c.origin) for _, c in fleet.drift().drifted] == [("picture", Origin.DRIFTED)]


def test_an_interrupted_upload_goes_on_where_it_stopped(fleet: Fleet) -> None:
    everything(fleet)
    fleet.faults({"kind": "upload_cut", "bytes": 1000, "times": 1})
    assert [outcome.status for outcome in fleet.apply().outcomes] == [OutcomeStatus.APPLIED]
    lengths = [entry["body"]["length"] for entry in fleet.requests("POST") if "upload:" in entry["path"]]
    assert lengths == [LOGO.stat().st_size, LOGO.stat().st_size - 1000]


def test_an_observed_profile_is_read_and_never_written(fleet: Fleet) -> None:
    fleet.profile(mode="observe", about="Fresh bread")
    plan = fleet.plan()
    assert (plan.plan.changes, plan.plan.targets[0].status) == ((), TargetStatus.OBSERVED)
    assert fleet.apply().outcomes == ()
    assert [change.field for _, change in fleet.drift().observed] == ["about"]
    assert fleet.requests("POST") == []


def test_a_paused_profile_is_neither_read_nor_incomplete(fleet: Fleet) -> None:
    fleet.profile("berlin", 0, about="Fresh bread")
    paused = fleet.profile("stand", 1, mode="paused", about="Closed")
    plan = fleet.plan().plan
    assert [(p.target.profile, p.status) for p in plan.targets] == [
        ("berlin", TargetStatus.PLANNED),
        ("stand", TargetStatus.PAUSED),
    ]
    assert plan.complete
    assert not any(paused in entry["path"] for entry in fleet.requests())


def test_with_a_business_account_id_one_list_replaces_the_nodes_and_one_read_proves_it(fleet: Fleet) -> None:
    fleet.settings(more=', waba_id: "102290129340398"')
    for index in range(3):
        fleet.profile(f"shop{index}", index, about="Fresh bread")
    fleet.plan()
    paths = [entry["path"].partition("?")[0].rpartition("/")[2] for entry in fleet.requests()]
    assert sorted(paths) == ["phone_numbers", "whatsapp_business_profile"]


def test_a_field_that_is_added_to_a_known_profile_is_sent_where_nothing_is_lost(fleet: Fleet) -> None:
    """Somebody else's e-mail is not overwritten without a word; an address where there is none is simply set."""
    address = fleet.profile(about="Fresh bread")
    fleet.apply(approval=Approval(auto=True))
    fleet.edit(address, email="owner@b.example")
    fleet.profile(about="Fresh bread", email="a@b.example", address="Main Street 1")
    origins = {change.field: change.origin for _, change in fleet.plan().plan.changes}
    assert origins == {"address": Origin.ADOPTED, "email": Origin.UNRECORDED}
    report = fleet.apply(approval=Approval(auto=True))
    assert report.reasons == {Reason.STOPPED}
    live = fleet.live(address)
    assert (live["address"], live["email"]) == ("Main Street 1", "owner@b.example")

"""What is no longer managed is history from the next apply on, and not memory; live stays as it is."""

from __future__ import annotations

import pytest

from reconciler.core.memory.records import FieldRecord, RecordState
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Origin
from tests.support.fleet import Fleet
from tests.support.keeping import statuses

MAIL = "a@b.example"


def states(fleet: Fleet, address: str) -> dict[str, RecordState]:
    return {one.field: one.state for one in records(fleet, address)}


def records(fleet: Fleet, address: str) -> tuple[FieldRecord, ...]:
    return fleet.entries()["meta", "sandbox", address].records


@pytest.mark.parametrize("about", ["Fresh bread", "Fresh cake"], ids=["nothing else to do", "beside a change"])
def test_a_field_that_left_its_file_is_released_by_the_next_apply(fleet: Fleet, about: str) -> None:
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.apply()
    fleet.profile(about=about)
    fleet.plan()
    fleet.drift()
    assert states(fleet, address)["email"] is RecordState.SETTLED
    fleet.apply()
    assert states(fleet, address) == {"about": RecordState.SETTLED, "email": RecordState.RELEASED}
    assert fleet.live(address)["email"] == MAIL


def test_a_profile_whose_file_is_gone_is_released_by_the_next_apply(fleet: Fleet) -> None:
    gone = fleet.profile("berlin", 0, about="Fresh bread", email=MAIL)
    kept = fleet.profile("munich", 1, about="Fresh cake")
    fleet.apply()
    (fleet.root / "profiles" / "berlin.yaml").unlink()
    fleet.apply("munich")
    assert set(states(fleet, gone).values()) == {RecordState.SETTLED}
    fleet.apply()
    assert set(states(fleet, gone).values()) == {RecordState.RELEASED}
    assert (states(fleet, kept), fleet.live(gone)["about"]) == ({"about": RecordState.SETTLED}, "Fresh bread")


def test_what_was_released_is_not_released_again(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.apply()
    fleet.profile(about="Fresh bread")
    fleet.apply()
    before = records(fleet, address)
    assert fleet.plan().plan.released == ()
    fleet.clock.seconds += 3600
    fleet.apply()
    assert records(fleet, address) == before


def test_a_profile_that_comes_back_is_adopted(fleet: Fleet) -> None:
    """What it once had sent is no reason to call an edit of the meantime drift."""
    fleet.profile("berlin", 0, about="Fresh bread")
    fleet.profile("munich", 1, about="Fresh cake")
    fleet.apply()
    (fleet.root / "profiles" / "berlin.yaml").unlink()
    fleet.apply()
    address = fleet.profile("berlin", 0, about="Fresh bread")
    fleet.edit(address, about="Somebody else's")
    assert [(c.field, c.origin) for _, c in fleet.plan().plan.changes] == [("about", Origin.ADOPTED)]
    assert statuses(fleet.apply()) == {"berlin": OutcomeStatus.APPLIED}
    assert states(fleet, address) == {"about": RecordState.SETTLED}


def test_a_field_that_comes_back_is_adopted_where_nothing_is_lost(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.apply()
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.edit(address, email=None)
    fleet.profile(about="Fresh bread", email=MAIL)
    assert [(c.field, c.origin) for _, c in fleet.plan().plan.changes] == [("email", Origin.ADOPTED)]
    assert statuses(fleet.apply(approval=Approval(auto=True))) == {"berlin": OutcomeStatus.APPLIED}
    assert states(fleet, address) == {"about": RecordState.SETTLED, "email": RecordState.SETTLED}


def test_a_field_that_comes_back_over_a_foreign_value_is_not_called_drift(fleet: Fleet) -> None:
    """Of a known profile it is as any field that is added: what stands there is not overwritten without a word."""
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.apply()
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.edit(address, email="theirs@b.example")
    fleet.profile(about="Fresh bread", email=MAIL)
    assert [(c.field, c.origin) for _, c in fleet.plan().plan.changes] == [("email", Origin.UNRECORDED)]


def test_a_field_that_comes_back_as_it_still_is_is_remembered_again(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.apply()
    fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.profile(about="Fresh bread", email=MAIL)
    assert fleet.apply().outcomes == ()
    assert states(fleet, address) == {"about": RecordState.SETTLED, "email": RecordState.SETTLED}
    fleet.edit(address, email="theirs@b.example")
    assert [(c.field, c.origin) for _, c in fleet.drift().drifted] == [("email", Origin.DRIFTED)]


def test_an_intent_of_a_field_that_is_no_longer_managed_is_dropped(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", email=MAIL)
    fleet.faults({"kind": "reply", "method": "POST", "status": 502, "body": "<html>"})
    fleet.apply()
    assert [one.intent for one in records(fleet, address)] == ["Fresh bread", MAIL]
    fleet.faults()
    fleet.profile(about="Fresh bread")
    fleet.apply()
    assert states(fleet, address) == {"about": RecordState.SETTLED}

"""What of a plan is to be written into the files as live has it, and what not, each with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.authoring.edits import FileChanges, adoption, as_written
from reconciler.core.basics import Location
from reconciler.core.fields import Header, Value, Webhook
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.target import Assumed, Before, Change, Origin
from tests.support import Unknown, change, desired, picture, planned

HOOK = Webhook(url="https://hooks.example/wa", headers=(Header(name="X-Key"),))
ADOPTABLE = (TargetStatus.PLANNED, TargetStatus.BLOCKED)


def revised(*changes: Change, status: TargetStatus = TargetStatus.PLANNED) -> FileChanges | None:
    """Return what is to be done with one profile, None where that is nothing."""
    profile = desired(about="Fresh bread")
    found = adoption(Plan(targets=(planned(*changes, status=status),)), [profile])
    assert all(one.desired is profile for one in found)
    return found[0] if found else None


def reason(one: Change, *, status: TargetStatus = TargetStatus.PLANNED) -> str:
    """Return why a difference is not adopted; empty where it is."""
    found = revised(one, status=status)
    assert found is not None
    assert len(found.wanted) + len(found.left) == 1
    return found.left[0].reason if found.left else ""


@pytest.mark.parametrize("status", ADOPTABLE)
@pytest.mark.parametrize("value", ["Hacked", "", (), ("https://a.example",), picture()])
def test_what_moved_elsewhere_is_adopted_whatever_it_is_now(status: TargetStatus, value: Value) -> None:
    """Whether the files can say it shows when they are resolved."""
    found = revised(change(before=value, origin=Origin.DRIFTED), status=status)
    assert found is not None
    assert ([(one.field, one.value) for one in found.wanted], found.left) == ([("about", value)], ())


@pytest.mark.parametrize("origin", Origin)
def test_of_what_is_only_observed_every_difference_is_adopted(origin: Origin) -> None:
    assert reason(change(before="Theirs", origin=origin), status=TargetStatus.OBSERVED) == ""


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (Origin.CONFLICT, "changed in the files and elsewhere: a person must decide which of the two it is to be"),
        (Origin.UNRECORDED, "nothing says since when it differs: a person must decide"),
    ],
)
def test_what_a_person_must_decide_is_left_to_them(origin: Origin, told: str) -> None:
    assert reason(change(before="Theirs", origin=origin)) == told


@pytest.mark.parametrize("origin", [Origin.ADOPTED, Origin.EDITED, Origin.PENDING, Origin.UNSETTLED, Origin.RESENT])
def test_what_the_files_ask_for_is_neither_adopted_nor_spoken_of(origin: Origin) -> None:
    assert revised(change(before="Old", origin=origin)) is None


@pytest.mark.parametrize("status", [TargetStatus.PLANNED, TargetStatus.OBSERVED])
def test_a_webhook_is_never_adopted(status: TargetStatus) -> None:
    told = "a webhook is never adopted: its secrets are not shown, and customers' messages go where it says"
    assert reason(change("webhook", before=HOOK, after=HOOK, origin=Origin.DRIFTED), status=status) == told


@pytest.mark.parametrize("status", [TargetStatus.PLANNED, TargetStatus.OBSERVED])
def test_accepted_drift_is_not_adopted(status: TargetStatus) -> None:
    accepted = replace(change(before="Ho ho ho", origin=Origin.DRIFTED), acknowledged="Christmas, until x")
    assert reason(accepted, status=status) == "accepted: Christmas, until x"


@pytest.mark.parametrize(
    ("before", "told"),
    [(Assumed(value="Sent", since="2026-08-02", run="12"), "it cannot be read back"), (Unknown(), None)],
)
def test_what_cannot_be_read_is_not_adopted_and_what_was_never_known_is_not_spoken_of(
    before: Before, told: str | None
) -> None:
    found = revised(change(before=before, origin=Origin.EDITED), status=TargetStatus.OBSERVED)
    assert (found.left[0].reason if found else None) == told


def test_half_of_a_character_cannot_stand_in_a_file() -> None:
    assert reason(change(before="half \ud83d", origin=Origin.DRIFTED)) == "it holds half of a character"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("profiles/berlin.yaml", ""),
        ("", ""),
        ("profiles/templates/shop.yaml", "overrides profiles/templates/shop.yaml:4"),
        ("profiles/reconciler.yaml", "overrides profiles/reconciler.yaml:4"),
    ],
)
def test_a_value_that_comes_from_elsewhere_is_said_to_be_overridden(file: str, told: str) -> None:
    drifted = change(before="Hacked", origin=Origin.DRIFTED)
    moved = replace(drifted, source=Location(file=file, line=4, column=3))
    found = revised(moved)
    assert found is not None
    assert [one.detail for one in found.wanted] == [told]


def test_a_link_that_stays_is_spelled_as_the_files_have_it() -> None:
    moved = change(
        "websites",
        before=("https://b.example/", "https://c.example/"),
        after=("https://a.example", "https://b.example"),
        origin=Origin.DRIFTED,
    )
    found = revised(moved)
    assert found is not None
    assert [one.value for one in found.wanted] == [("https://b.example", "https://c.example/")]


def test_profiles_that_are_as_desired_are_not_spoken_of() -> None:
    assert adoption(Plan(targets=(planned(),)), [desired(about="Fresh bread")]) == ()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("costs ${x}", "costs $${x}"),
        (("https://a.example/${x}",), ["https://a.example/$${x}"]),
        (picture(file="pictures/a.png"), "pictures/a.png"),
        (Webhook(url="https://a.example/${x}"), {"url": "https://a.example/$${x}"}),
    ],
)
def test_a_value_as_a_file_says_it(value: Value, written: object) -> None:
    assert as_written(value) == written

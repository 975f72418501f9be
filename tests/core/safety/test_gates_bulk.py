"""The arithmetic of `bulk`, at its borders."""

from __future__ import annotations

import pytest

from reconciler.core.fields import UNTOUCHED
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.safety.gates import Tripped, gates
from reconciler.core.settings import Bulk, Policy, Rule
from reconciler.core.target import Assumed, Before, Change, Known, Origin, Unknown
from tests.support import change, picture, planned, target

REPLACED = change(before="Old", after="New")


def fleet(hit: int, total: int, one: Change = REPLACED, *, rest: TargetStatus = TargetStatus.PLANNED) -> Plan:
    """Return a plan for `total` profiles, the first `hit` of which have the change."""
    places = [target(f"shop-{n:03}", address=str(n)) for n in range(total)]
    return Plan(
        targets=tuple(planned(one, to=to) if n < hit else planned(to=to, status=rest) for n, to in enumerate(places))
    )


def names(plan: Plan, bulk: Bulk | None = None) -> list[str]:
    policy = Policy(bulk=bulk or Bulk())
    return [one.gate for one in gates(plan, policy, sending=plan.changes)]


@pytest.mark.parametrize(
    ("hit", "total", "stops"),
    [
        (0, 1, False),
        (5, 5, False),
        (6, 6, True),
        (6, 19, True),
        (6, 20, False),
        (6, 21, False),
        (30, 100, False),
        (31, 100, True),
        (100, 334, False),
        (100, 333, True),
        (101, 10_000, True),
    ],
)
def test_more_than_so_many_profiles_and_percent_or_more_than_the_most_of_all_stop(
    hit: int, total: int, *, stops: bool
) -> None:
    assert names(fleet(hit, total)) == (["bulk"] if stops else [])


@pytest.mark.parametrize(
    ("bulk", "stops"),
    [
        (Bulk(profiles=2, percent=29, never_above=9), True),
        (Bulk(profiles=2, percent=30, never_above=9), False),
        (Bulk(profiles=3, percent=0, never_above=9), False),
        (Bulk(profiles=3, percent=0, never_above=3), False),
        (Bulk(profiles=9, percent=100, never_above=2), True),
        (Bulk(profiles=0, percent=0, never_above=9), True),
        (Bulk(profiles=0, percent=100, never_above=0), True),
    ],
)
def test_three_of_ten_profiles_stop_by_the_numbers_of_the_settings(bulk: Bulk, *, stops: bool) -> None:
    assert names(fleet(3, 10), bulk) == (["bulk"] if stops else [])


@pytest.mark.parametrize("rest", [status for status in TargetStatus if status is not TargetStatus.PAUSED])
def test_the_share_is_of_all_that_was_selected(rest: TargetStatus) -> None:
    """What is only observed or could not be read was selected all the same."""
    assert names(fleet(6, 20, rest=rest)) == []


def test_what_is_paused_is_no_part_of_the_share() -> None:
    """Or a fleet with many paused profiles could lose all the others in one run."""
    plan = fleet(6, 20, rest=TargetStatus.PAUSED)
    (found,) = gates(plan, Policy(), sending=plan.changes)
    assert found.summary.startswith("6 of 6 profiles (100 %) would lose a value that is live or was last sent;")


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        (REPLACED, True),
        (change(before="Old", after=""), True),
        (change("websites", before=("https://a.example",), after=("https://b.example",)), True),
        (change("picture", before=picture("a"), after=picture("b")), True),
        (change(before="", after="New"), False),
        (change("websites", before=(), after=("https://b.example",)), False),
        (change("picture", before="", after=picture("b")), False),
        (change(before=UNTOUCHED["about"], after="New"), False),
        (change(before=UNTOUCHED["about"], after=""), False),
        (change("description", before=UNTOUCHED["about"], after="New"), True),
        (change(before=Assumed(value="Old", since="2026-08-02")), True),
        (change(before=Assumed(value="Old", since="2026-08-02"), after=""), True),
        (change(before=Assumed(value="", since="2026-08-02")), False),
        (change(before=Unknown()), False),
    ],
)
def test_only_a_known_or_remembered_value_that_is_not_the_default_and_goes_counts(one: Change, *, counts: bool) -> None:
    assert ("bulk" in names(fleet(1, 1, one), Bulk(profiles=0, percent=0))) is counts


@pytest.mark.parametrize("origin", Origin)
def test_the_origin_does_not_matter(origin: Origin) -> None:
    assert "bulk" in names(fleet(1, 1, change(before="Old", origin=origin)), Bulk(profiles=0, percent=0))


def test_a_profile_counts_once_however_many_of_its_fields_change() -> None:
    before: Before = Known(value="Old")
    plan = Plan(targets=(planned(*(change(field, before=before) for field in ("about", "address", "email"))),))
    assert names(plan, Bulk(profiles=1, percent=0)) == []


def test_the_gate_says_the_numbers_the_limits_and_what_lets_it_pass() -> None:
    plan = fleet(6, 7)
    assert gates(plan, Policy(), sending=plan.changes) == (
        Tripped(
            gate="bulk",
            rule=Rule.ASK,
            summary=(
                "6 of 7 profiles (86 %) would lose a value that is live or was last sent; "
                "the limits are 5 profiles and 30 %, and never more than 100"
            ),
            hint=(
                "--allow bulk lets this one run pass; to let every run pass, "
                "raise the limits under `policy: {bulk: …}` in profiles/reconciler.yaml"
            ),
            profiles=tuple(f"shop-{n:03}" for n in range(6)),
        ),
    )


def test_nothing_selected_is_no_share_of_anything() -> None:
    assert names(Plan(targets=()), Bulk(profiles=0, percent=0, never_above=0)) == ["empty"]

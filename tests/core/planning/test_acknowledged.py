"""What somebody accepts, and what wakes it up again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import Reason
from reconciler.core.comparing.kinds import is_same
from reconciler.core.fields import Header, Picture, Value, Webhook
from reconciler.core.planning.acknowledged import acceptable, acknowledge, acknowledged, fingerprint
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.reading.acknowledgements import Acknowledgement
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.target import Assumed, Change, Known, Origin, Unknown
from tests.support import change, picture, planned, target
from tests.support.laws import tried
from tests.support.reports import values

LAST = date(2026, 12, 27)
DAY = timedelta(days=1)
ELSEWHERE = (Origin.DRIFTED, Origin.CONFLICT, Origin.UNRECORDED)
OBSERVED, BLOCKED = TargetStatus.OBSERVED, TargetStatus.BLOCKED
DRIFTED = change(before="Free bread!", origin=Origin.DRIFTED)
PICTURES = st.sampled_from("ab").map(picture)
VALUES = PICTURES | values(st.text(max_size=3)).filter(lambda value: not isinstance(value, Picture))


def entry(
    value: Value = "Free bread!",
    profile: str = "berlin",
    *,
    field: str = "about",
    reason: str = "campaign",
    until: date = LAST,
) -> Acknowledgement:
    """Return an acknowledgement of a live value."""
    return Acknowledgement(profile=profile, field=field, value=fingerprint(value), reason=reason, until=until)


def one(
    made: Change, *entries: Acknowledgement, today: date = LAST, status: TargetStatus = TargetStatus.PLANNED
) -> Change:
    """Return the one change of berlin as it is after `entries`."""
    plan = acknowledge(Plan(targets=(planned(made, status=status),)), entries, today=today)
    return plan.targets[0].differences[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("We are closed!", '"We are closed!"'),
        ("Straße\n\ud800", '"Straße\\n\ud800"'),
        (("https://a.example/", "https://b.example/"), '["https://a.example/","https://b.example/"]'),
        (
            Webhook(url="https://h.example", headers=(Header(name="A"),)),
            '{"headers":{"A":null},"url":"https://h.example"}',
        ),
    ],
)
def test_a_value_is_named_by_the_hash_of_its_canonical_json(value: Value, text: str) -> None:
    expected = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert fingerprint(value) == f"sha256:{expected}"


def test_a_picture_is_named_by_its_own_hash() -> None:
    assert fingerprint(picture("b", grid="AAAA", file="")) == fingerprint(picture("b")) == f"sha256:{'b' * 64}"


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("status", [TargetStatus.PLANNED, OBSERVED, BLOCKED])
def test_what_was_changed_elsewhere_can_be_accepted_and_any_difference_of_what_is_only_watched(
    origin: Origin, status: TargetStatus
) -> None:
    made = change(before="Free bread!", origin=origin)
    can = origin in ELSEWHERE or status is OBSERVED
    assert acceptable(planned(made, status=status), made) == (fingerprint("Free bread!") if can else "")
    assert one(made, entry(), status=status).acknowledged == ("campaign, until 2026-12-27" if can else "")


@pytest.mark.parametrize("before", [Assumed(value="Free bread!", since="2026-08-02"), Unknown()])
def test_a_value_that_cannot_be_read_cannot_be_accepted(before: Assumed | Unknown) -> None:
    made = change(before=before, origin=Origin.CONFLICT)
    assert one(made, entry()) == made
    assert acknowledged([entry()], "berlin", change=made, today=LAST) == ""


@pytest.mark.parametrize(
    ("today", "holds"), [(LAST - DAY, True), (LAST, True), (LAST + DAY, False), (date(2030, 1, 1), False)]
)
def test_it_holds_until_its_last_day_has_passed(today: date, holds: bool) -> None:
    found = one(DRIFTED, entry(), today=today)
    assert found.acknowledged == ("campaign, until 2026-12-27" if holds else "")
    assert found.note == ("" if holds else "no longer accepted: it was until 2026-12-27 (campaign)")


def test_another_value_wakes_it_up_and_says_so_beside_what_else_there_is_to_say() -> None:
    made = replace(DRIFTED, note="last sent yesterday")
    assert one(made, entry("Old bread!")) == replace(
        made,
        note="last sent yesterday; no longer accepted: this is another value than the accepted one (campaign)",
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((entry(field="email"),), ""),
        ((entry(profile="munich"),), ""),
        ((entry(until=LAST - DAY), entry("Old bread!")), "it was until 2026-12-26 (campaign)"),
        (
            (entry("A", reason="first", until=LAST - DAY), entry("B", reason="last")),
            "this is another value than the accepted one (last)",
        ),
    ],
)
def test_the_last_word_about_this_value_and_field_is_what_is_said(
    entries: tuple[Acknowledgement, ...], said: str
) -> None:
    found = one(DRIFTED, *entries)
    assert (found.acknowledged, found.note) == ("", f"no longer accepted: {said}" if said else "")


def test_of_several_that_hold_the_one_that_holds_longest_counts() -> None:
    entries = (entry(reason="short", until=LAST), entry(reason="long", until=LAST + DAY), entry("Other"))
    assert one(DRIFTED, *entries).acknowledged == "long, until 2026-12-28"


def test_only_the_profile_that_is_named_is_accepted_and_the_plan_is_bound_to_the_same_changes() -> None:
    """Nothing that changes from day to day is in the digest."""
    plan = Plan(targets=(planned(DRIFTED), planned(DRIFTED, to=target("munich", address="2"))))
    found = acknowledge(plan, [entry()], today=LAST)
    assert [bool(made.acknowledged) for _, made in found.changes] == [True, False]
    assert found.digest == plan.digest
    assert acknowledge(plan, [], today=LAST) == plan


def test_what_is_accepted_is_shown_apart_and_is_no_drift() -> None:
    plan = Plan(targets=(planned(DRIFTED), planned(DRIFTED, to=target("munich", address="2"), status=OBSERVED)))
    both = [entry(), entry(profile="munich")]
    report = DriftReport(plan=acknowledge(plan, both, today=LAST))
    assert [planned.target.profile for planned, _ in report.acknowledged] == ["berlin", "munich"]
    assert (report.drifted, report.observed, report.unknown_since, report.reasons) == ((), (), (), frozenset())
    awake = DriftReport(plan=acknowledge(plan, both, today=LAST + DAY))
    assert (awake.acknowledged, len(awake.drifted), len(awake.observed)) == ((), 1, 1)
    assert awake.reasons == {Reason.CHANGES}


@given(accepted=VALUES, live=VALUES, after=VALUES, origin=st.sampled_from(ELSEWHERE), days=st.integers(-400, 0))
@tried(150)
def test_an_accepted_value_wakes_up_for_any_other_value(
    accepted: Value, live: Value, after: Value, origin: Origin, days: int
) -> None:
    made = Change(field="about", before=Known(value=live), after=after, origin=origin, source=DRIFTED.source)
    found = one(made, entry(accepted), today=LAST + days * DAY)
    if not is_same(accepted, live):
        assert found.acknowledged == ""
    assert bool(found.acknowledged) is (fingerprint(accepted) == fingerprint(live))
    # Whatever is accepted, what would be sent stays what it was.
    assert replace(found, acknowledged="", note="") == made


@given(live=VALUES, days=st.integers(-400, 400))
@tried(60)
def test_the_same_value_is_accepted_for_as_long_as_was_said_and_no_longer(live: Value, days: int) -> None:
    made = Change(field="about", before=Known(value=live), after="New", origin=Origin.DRIFTED)
    assert bool(one(made, entry(live), today=LAST + days * DAY).acknowledged) is (days <= 0)


@given(value=VALUES)
@tried(60)
def test_every_hash_can_be_written_into_the_file(value: Value) -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", fingerprint(value))

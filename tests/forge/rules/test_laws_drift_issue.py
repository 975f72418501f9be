"""The law of the one issue, over worlds in which anything differs, comes back, or cannot be read, in any order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reports.handover import HandoverKind
from reconciler.forge.rules import issue
from reconciler.forge.rules.issue import DriftIssueState, EachField, roll_drift_issue
from tests.support.conversing import page

PLACES = [(profile, field) for profile in ("berlin", "munich") for field in ("about", "email")]
SOME = st.sets(st.sampled_from(PLACES))
# What differs, what cannot be read, whether whole profiles cannot be, and whether the look ends early.
LOOK = st.tuples(SOME, st.just(set()) | SOME, st.booleans(), st.integers(0, 9).map(lambda number: number == 0))


@pytest.mark.parametrize("most", [issue.STATE_BYTES, 200, 140])
@given(looks=st.lists(LOOK, max_size=30))
def test_what_was_last_known_to_differ_keeps_the_issue_open_and_a_clean_look_closes_it(
    most: int, looks: list[tuple[set[tuple[str, str]], set[tuple[str, str]], bool, bool]]
) -> None:
    """Also where only some fields can be remembered, or none."""
    was: DriftIssueState = EachField()
    is_open, known = False, dict.fromkeys(PLACES, False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(issue, "STATE_BYTES", most)
        for differs, unread, wholly, errored in looks:
            hidden = {
                place for place in PLACES if place in unread or (wholly and place[0] in {name for name, _ in unread})
            }
            read = set() if errored else set(PLACES) - hidden
            told = [(name, "") for name, _ in unread] if wholly else unread
            complete = not (unread or errored)
            what = page(
                HandoverKind.DRIFT,
                moved=sorted(differs & read),
                unread=sorted(told),
                errored=errored,
                complete=complete,
            )
            rolled = roll_drift_issue(was, what, is_open=is_open, looked="then", now="now")
            known |= {place: place in differs for place in read}
            was, is_open = rolled.standing, rolled.open
            assert is_open or not any(known.values())
            if complete:
                assert is_open is bool(differs)
                assert was.count == len(differs)
            if isinstance(was, EachField):
                assert {one.place for one in was.fields} == {place for place in PLACES if known[place]}


@given(differs=SOME)
def test_the_same_look_twice_is_no_news(differs: set[tuple[str, str]]) -> None:
    look = page(HandoverKind.DRIFT, moved=sorted(differs))
    first = roll_drift_issue(EachField(), look, is_open=False, looked="", now="Monday")
    again = roll_drift_issue(first.standing, look, is_open=first.open, looked="Monday", now="Tuesday")
    assert (first.open, again.open) == (bool(differs), bool(differs))
    assert (again.standing, again.news) == (first.standing, None)

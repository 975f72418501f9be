"""Pictures are two questions: did we change it (the file's bytes), and did live move (what is served, by likeness)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.comparing.kinds import Equality, equality
from reconciler.core.fields import Picture, Value
from reconciler.core.memory.records import FieldRecord, RecordState
from reconciler.core.planning.comparison import diff
from reconciler.core.planning.origin import Attribution, BaseValue, Movement, SameReason, Unchanged, attribute
from reconciler.core.target import Origin
from tests.support import desired, observed, picture, record
from tests.support.planning import grid

FILE = picture("a", grid=grid(100))
OTHER_FILE = picture("b", grid=grid(200))
SAME_LOOK = picture("c", grid=grid(101))
SERVED = picture("d", grid=grid(102), file="")
SERVED_AGAIN = picture("e", grid=grid(103), file="")
A_LITTLE_OFF = picture("f", grid=grid(122), file="")
ELSEWHERE = picture("0", grid=grid(30), file="")
UNTOLD = picture("1", file="")
SEE_THROUGH = picture("2", grid=grid(250), alpha=True)

IN_SYNC = Unchanged(reason=SameReason.IN_SYNC)
LOOKS_THE_SAME = Unchanged(reason=SameReason.LOOKS_THE_SAME)
NOTICE = Unchanged(
    reason=SameReason.CANNOT_TELL, note="the picture served now differs a little from the one served before"
)
DRIFTED = Movement(origin=Origin.DRIFTED, note="last in sync 2026-08-02T09:30:00Z")
EDITED, CONFLICT = Movement(origin=Origin.EDITED), Movement(origin=Origin.CONFLICT)
ADOPTED, UNRECORDED = Movement(origin=Origin.ADOPTED), Movement(origin=Origin.UNRECORDED)


def found(want: Value, live: Value, kept: FieldRecord | None, *, target_known: bool = False) -> Attribution:
    (comparison,) = diff(desired(picture=want), observed(picture=live))
    return attribute(comparison, kept, target_known=target_known)


def sent(file: Picture, shown: Value | None) -> FieldRecord:
    return record("picture", sent=file, shown=shown)


def test_the_pictures_of_these_tests_are_as_alike_as_their_names_say() -> None:
    alike = {name: equality(FILE, other) for name, other in (("look", SAME_LOOK), ("off", A_LITTLE_OFF))}
    assert alike == {"look": Equality.SAME, "off": Equality.CANNOT_TELL}
    assert equality(SERVED, A_LITTLE_OFF) is Equality.CANNOT_TELL
    assert equality(FILE, ELSEWHERE) is equality(SERVED, ELSEWHERE) is Equality.DIFFERENT
    assert equality(FILE, SEE_THROUGH) is equality(FILE, UNTOLD) is Equality.CANNOT_TELL


@pytest.mark.parametrize(
    ("live", "finding"),
    [
        (FILE, IN_SYNC),
        (SERVED, LOOKS_THE_SAME),
        (A_LITTLE_OFF, ADOPTED),
        (UNTOLD, ADOPTED),
        (ELSEWHERE, ADOPTED),
        ("", ADOPTED),
    ],
)
def test_without_a_record_the_file_and_live_are_compared_and_doubt_is_a_change(
    live: Value, finding: Attribution
) -> None:
    """What looks the same is never said to be in sync."""
    assert found(FILE, live, None) == finding


def test_without_a_record_in_a_known_target_doubt_is_a_change_too() -> None:
    assert found(FILE, A_LITTLE_OFF, None, target_known=True) == UNRECORDED


@pytest.mark.parametrize(
    ("live", "finding"),
    [
        (SERVED, IN_SYNC),
        (SERVED_AGAIN, IN_SYNC),
        (FILE, IN_SYNC),
        (A_LITTLE_OFF, NOTICE),
        (UNTOLD, NOTICE),
        (ELSEWHERE, DRIFTED),
        ("", DRIFTED),
    ],
)
def test_with_a_record_live_moved_by_what_it_showed_after_our_apply_and_doubt_is_a_notice(
    live: Value, finding: Attribution
) -> None:
    assert found(FILE, live, sent(FILE, SERVED)) == finding


@pytest.mark.parametrize("file", [OTHER_FILE, SAME_LOOK])
def test_a_different_file_is_a_change_even_when_it_looks_the_same(file: Picture) -> None:
    assert found(file, SERVED, sent(FILE, SERVED)) == EDITED


@pytest.mark.parametrize("live", [ELSEWHERE, A_LITTLE_OFF])
def test_a_different_file_over_a_live_picture_that_may_have_moved_is_for_a_person_to_see(live: Picture) -> None:
    assert found(OTHER_FILE, live, sent(FILE, SERVED)) == CONFLICT


def test_a_different_file_that_is_live_to_the_byte_needs_no_change() -> None:
    assert found(OTHER_FILE, OTHER_FILE, sent(FILE, SERVED)) == IN_SYNC


@pytest.mark.parametrize("shown", [None, ELSEWHERE, A_LITTLE_OFF])
def test_our_own_file_that_looks_as_live_does_is_no_drift_whatever_was_shown_before(shown: Value | None) -> None:
    assert found(FILE, SERVED, sent(FILE, shown)) == LOOKS_THE_SAME


def test_a_see_through_file_cannot_be_told_from_what_is_served_until_it_was_sent() -> None:
    """The provider puts it on a ground of its own choice."""
    assert found(SEE_THROUGH, SERVED, None) == ADOPTED
    assert found(SEE_THROUGH, SERVED, sent(SEE_THROUGH, SERVED)) == IN_SYNC
    assert found(SEE_THROUGH, ELSEWHERE, sent(SEE_THROUGH, SERVED)) == DRIFTED


def test_a_file_that_only_moved_is_the_same_file() -> None:
    moved = replace(FILE, file="pictures/elsewhere.png")
    assert found(moved, SERVED, sent(FILE, SERVED)) == IN_SYNC


@pytest.mark.parametrize(
    ("state", "finding"),
    [
        (RecordState.UNCONVERGED, Origin.PENDING),
        (RecordState.IGNORED, SameReason.IGNORED),
    ],
)
def test_a_picture_that_the_provider_swallowed_is_never_in_sync(
    state: RecordState, finding: Origin | SameReason
) -> None:
    kept = record("picture", state=state, sent=FILE, before=ELSEWHERE, attempts=1)
    result = found(FILE, ELSEWHERE, kept)
    assert (result.origin if isinstance(result, Movement) else result.reason) is finding


def test_an_open_intent_for_a_different_file_is_unsettled_even_when_it_looks_like_live() -> None:
    """Live is none of what the record knows, so that it tells nothing of what became of the write."""
    kept = record("picture", state=RecordState.UNSETTLED, sent=UNTOLD, shown=ELSEWHERE, intent=OTHER_FILE)
    assert found(SAME_LOOK, SERVED, kept) == Movement(
        origin=Origin.UNSETTLED, note="sent 2026-08-02T09:30:00Z by run 12, and whether it arrived is not known"
    )


def test_an_echo_of_an_edited_file_is_live_already() -> None:
    (comparison,) = diff(desired(picture=SEE_THROUGH), observed(picture=SERVED))
    base = BaseValue(value=OTHER_FILE)
    assert attribute(comparison, sent(SEE_THROUGH, SERVED), base=base) == Unchanged(reason=SameReason.ALREADY_LIVE)

"""What became of a write, by its reply and by what is live after it."""

from __future__ import annotations

import pytest

from reconciler.core.fields import Value
from reconciler.core.memory.records import RecordState
from reconciler.core.memory.runs import FieldStatus, Reason, Status
from reconciler.core.provider import Failure, FailureKind
from reconciler.core.target import Known
from reconciler.effects.outcomes import Applied, Work, summed_up
from tests.support import STAMP, change, picture
from tests.support.planning import grid, seen, wanted

LOST = Failure(kind=FailureKind.UNREACHABLE, summary="no reply")
LONG = "Sourdough, rye and cakes. " * 13
CUT = 'live: 256 characters, ends with "…. Sourdough, rye and cak"'
ENDS = "differs only in white space at the ends"
FILE, OURS, OTHER = (picture(mark, grid=grid(level)) for mark, level in (("a", 100), ("b", 101), ("c", 200)))


def became(
    field: str, *, before: Value, after: Value, shown: Value, lost: bool = False
) -> tuple[FieldStatus, str, Applied]:
    """Return what a write of one field comes to."""
    work = Work(wanted({field: after}), (change(field, before=Known(before), after=after),))
    if lost:
        work.failures[field] = LOST
    else:
        work.acknowledged.add(field)
    applied = summed_up(work, seen({field: shown}), STAMP, why="")
    (outcome,) = applied.outcome.fields
    return outcome.status, outcome.detail, applied


@pytest.mark.parametrize(
    ("field", "before", "after", "shown", "detail"),
    [
        ("about", "Old", "New", "New", ""),
        ("address", "Torstr. 1", "Torstr. 1\n", "Torstr. 1", f'shown as "Torstr. 1"; {ENDS}'),
        ("address", "", "Torstr. 1\n", "Torstr. 1", f'shown as "Torstr. 1"; {ENDS}'),
        ("websites", (), ("https://a.example",), ("https://a.example/",), ""),
        ("picture", "", FILE, OURS, ""),
    ],
)
def test_a_write_that_shows_as_a_spelling_of_what_was_sent_is_applied(
    field: str, before: Value, after: Value, shown: Value, detail: str
) -> None:
    """Even where that is what was there before it: the provider keeps its own spelling."""
    status, told, applied = became(field, before=before, after=after, shown=shown)
    assert (status, told) == (FieldStatus.APPLIED, detail)
    assert (applied.outcome.status, applied.outcome.reasons) == (Status.APPLIED, ())
    (kept,) = applied.records
    assert (kept.state, kept.sent, kept.shown) == (RecordState.SETTLED, after, shown)


@pytest.mark.parametrize(
    ("field", "before", "after", "shown", "detail"),
    [
        ("description", "", LONG, LONG[:256], CUT),
        ("about", "Ice", "Tom & Jerry", "Tom &amp; Jerry", 'live: "Tom &amp; Jerry"'),
        ("websites", (), ("http://a.example/",), ("https://a.example/",), 'live: "https://a.example/"'),
        ("picture", "", FILE, OTHER, "live: another picture, 640 x 640"),
    ],
)
def test_a_write_that_shows_as_something_else_is_altered_and_never_applied(
    field: str, before: Value, after: Value, shown: Value, detail: str
) -> None:
    status, told, applied = became(field, before=before, after=after, shown=shown)
    assert (status, told) == (FieldStatus.ALTERED, detail)
    assert (applied.outcome.status, applied.outcome.reasons) == (Status.ALTERED, (Reason.INCOMPLETE,))
    (kept,) = applied.records
    assert (kept.state, kept.shown, kept.altered) == (RecordState.SETTLED, shown, True)


@pytest.mark.parametrize(
    ("before", "shown", "status", "detail"),
    [
        ("Old", "New", FieldStatus.APPLIED, "the reply was lost (no reply); the live value shows it"),
        (
            "Old",
            "New ",
            FieldStatus.APPLIED,
            f'the reply was lost (no reply); the live value shows it, shown as "New "; {ENDS}',
        ),
        ("New ", "New ", FieldStatus.UNKNOWN, "no reply"),
        ("Old", "Ne", FieldStatus.UNKNOWN, "no reply"),
        ("Old", "Old", FieldStatus.UNKNOWN, "no reply"),
    ],
)
def test_a_lost_reply_is_made_good_by_a_spelling_that_was_not_there_before(
    before: str, shown: str, status: FieldStatus, detail: str
) -> None:
    found, told, _ = became("about", before=before, after="New", shown=shown, lost=True)
    assert (found, told) == (status, detail)

"""What became of a write, by its reply and by what is live after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.basics import Reason
from reconciler.core.fields import Value, Webhook
from reconciler.core.memory.records import FieldRecord, RecordState, Stamp
from reconciler.core.memory.runs import FieldStatus, OutcomeStatus
from reconciler.core.provider import Failure, FailureKind
from reconciler.core.target import Known, Live, Unreadable, WriteOnly
from reconciler.effects.outcomes import Applied, Work, found_there, summed_up
from tests.support import STAMP, change, entry, observed, picture, record
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
    assert (applied.outcome.status, applied.outcome.reasons) == (OutcomeStatus.APPLIED, ())
    (kept,) = applied.records
    assert (kept.state, kept.sent, kept.shown) == (RecordState.SETTLED, after, shown)


@pytest.mark.parametrize(
    ("field", "before", "after", "shown", "detail"),
    [
        ("description", "", LONG, LONG[:256], CUT),
        ("about", "Ice", "Tom & Jerry", "Tom &amp; Jerry", 'live: "Tom &amp; Jerry"'),
        ("websites", (), ("http://a.example/",), ("https://a.example/",), 'live: "https://a.example/"'),
        ("picture", "", FILE, OTHER, "live: another picture, 640 × 640"),
    ],
)
def test_a_write_that_shows_as_something_else_is_altered_and_never_applied(
    field: str, before: Value, after: Value, shown: Value, detail: str
) -> None:
    status, told, applied = became(field, before=before, after=after, shown=shown)
    assert (status, told) == (FieldStatus.ALTERED, detail)
    assert (applied.outcome.status, applied.outcome.reasons) == (OutcomeStatus.ALTERED, (Reason.INCOMPLETE,))
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


# What another run has sent meanwhile

HOOK = Webhook(url="https://hook.example/")
SENT = record("about", sent="New")


@pytest.mark.parametrize(
    ("field", "after", "live", "remembered", "there"),
    [
        ("about", "New", seen({"about": "New"}), None, True),
        ("address", "Torstr. 1\n", seen({"address": "Torstr. 1"}), None, True),
        ("about", "New", seen({"about": "Old"}), SENT, False),
        ("about", "New", seen({}), SENT, False),
        ("about", "New", Unreadable(reason="the network"), SENT, False),
        ("about", "New", replace(seen({"about": "New"}), blocked="it is another number"), None, False),
        # What cannot be read back is there if another run has sent it, and nothing is open.
        ("about", "New", observed(about=WriteOnly()), SENT, True),
        ("about", "New", observed(about=WriteOnly()), None, False),
        ("about", "New", observed(about=WriteOnly()), record("email", sent="New"), False),
        ("about", "New", observed(about=WriteOnly()), record("about", sent="Old"), False),
        ("about", "New", observed(about=WriteOnly()), record("about", sent="New", intent="Newer"), False),
        ("about", "New", observed(about=WriteOnly()), replace(SENT, vouched=False), False),
        ("about", "New", observed(about=WriteOnly()), replace(SENT, state=RecordState.UNCONVERGED), False),
        # No live value shows the secrets of a webhook.
        ("webhook", HOOK, seen({"webhook": HOOK}), None, False),
        ("webhook", HOOK, seen({"webhook": HOOK}), record("webhook", sent=HOOK), False),
        ("webhook", HOOK, seen({"webhook": HOOK}), replace(record("webhook", sent=HOOK), mark="m"), True),
    ],
)
def test_what_another_run_has_sent_is_there_only_if_it_shows(
    field: str, after: Value, live: Live, *, remembered: FieldRecord | None, there: bool
) -> None:
    known = entry(remembered) if remembered is not None else None
    work = Work(wanted({field: after}), (change(field, before=Known("Old"), after=after),), mark="m")
    found = found_there(work, live, known, STAMP)
    assert (found is not None) == there
    if found is not None:
        assert (found.outcome.status, found.outcome.reasons) == (OutcomeStatus.UNCHANGED, ())
        assert found.outcome.fields == ()


def test_a_record_that_was_known_when_the_plan_was_made_is_of_no_other_run() -> None:
    """As with --resend: the value is the one that was sent before, and is to be sent again."""
    work = Work(wanted({"about": "New"}), (change("about", before=Known("Old"), after="New"),), previous=entry(SENT))
    live = observed(about=WriteOnly())
    assert found_there(work, live, entry(SENT), STAMP) is None
    other = replace(SENT, stamp=Stamp(at="2026-08-03T00:00:00Z", run="2"))
    assert found_there(work, live, entry(other), STAMP) is not None


def test_a_target_without_a_change_is_no_find() -> None:
    assert found_there(Work(wanted({"about": "New"}), ()), seen({"about": "New"}), None, STAMP) is None

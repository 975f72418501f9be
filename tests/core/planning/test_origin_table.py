"""The table of origins, row by row, over every pattern of equal and unequal values.

The rows below are written from the documented table alone and know nothing of the code: letters stand for values, the
same letter for the same value, and None for what is not there. Each row says what unvouched memory makes of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from reconciler.core.comparing.kinds import is_empty
from reconciler.core.fields import Value, Webhook
from reconciler.core.memory.records import Asked, FieldRecord, RecordState
from reconciler.core.planning.comparison import Comparison, diff
from reconciler.core.planning.origin import BaseValue, Movement, SameReason, attribute
from reconciler.core.target import WriteOnly
from tests.support import STAMP, record
from tests.support.planning import seen, wanted

LETTERS = "abcdefg"
NO_BASE = "no --base"
NOT_MANAGED = "not managed at the base"
WORDS = {
    SameReason.IN_SYNC: "no change",
    SameReason.ECHO: "no change",
    SameReason.ALREADY_LIVE: "already live",
    SameReason.ASSUMED: "assumed",
    SameReason.ALTERED: "altered",
}
KINDS: dict[str, tuple[str, Mapping[str, Value]]] = {
    "text": ("about", {letter: f"Bread {letter}" for letter in LETTERS}),
    "text, a being empty": ("about", {"a": ""} | {letter: f"Bread {letter}" for letter in LETTERS[1:]}),
    "links, b being empty": ("websites", {"b": ()} | {letter: (f"https://{letter}.example",) for letter in "acdefg"}),
    "webhook": ("webhook", {letter: Webhook(url=f"https://hooks.example/{letter}") for letter in LETTERS}),
}


@dataclass(frozen=True)
class Case:
    """H, L (`live`; None: write-only), B, and what A remembers; without `sent` there is no A.

    `asked` is Q: asked for while L was `asked_over`, and not sent. `bare` is the letter of the empty value, if there is
    one. `secretive` values hold something that no provider shows. `offline` says that live was not read.
    """

    h: str
    live: str | None
    b: str
    target_known: bool
    bare: str = ""
    sent: str | None = None
    shown: str | None = None
    intent: str | None = None
    over: str | None = None
    asked: str | None = None
    asked_over: str | None = None
    secretive: bool = False
    offline: bool = False
    vouched: bool = True

    @property
    def a(self) -> bool:
        """A exists."""
        return self.sent is not None

    @property
    def b_given(self) -> bool:
        """`--base` is given and the field was managed there."""
        return self.b not in {NO_BASE, NOT_MANAGED}

    @property
    def b_is_h(self) -> bool:
        """B is given and B = H."""
        return self.b_given and self.b == self.h

    @property
    def b_is_not_h(self) -> bool:
        """B is given and B ≠ H."""
        return self.b_given and self.b != self.h

    @property
    def loses(self) -> bool:
        """L holds something, or may."""
        return self.live is None or self.live != self.bare

    @property
    def write_only(self) -> bool:
        """L can never be read."""
        return self.live is None

    def live_is(self, *values: str | None) -> bool:
        """L is known, and one of `values`."""
        return self.live is not None and self.live in values

    @property
    def echoes(self) -> bool:
        """A with H = sent and L = shown."""
        return self.a and self.h == self.sent and self.live_is(self.shown)

    @property
    def hidden(self) -> bool:
        """An intent is open that was to change only what nobody shows: no L tells what became of it."""
        return self.secretive and self.intent is not None and self.intent == self.over

    def settled(self) -> Case:
        """Close the intent where L tells: it arrived, or L still is what it was before, and it was only asked for."""
        before = self.over or self.shown
        if self.hidden:
            return self
        if self.intent is not None and self.live_is(self.intent) and not (self.secretive and self.intent == before):
            return replace(self, sent=self.intent, shown=self.live, intent=None, asked=None)
        lost = replace(self, intent=None, asked=self.intent, asked_over=self.over)
        return lost if self.intent is not None and self.live_is(self.sent, self.shown, self.over) else self


@dataclass(frozen=True)
class Row:
    """When the row holds, what it says, and when it holds if A is not vouched for: None where that is no matter."""

    number: int
    holds: Callable[[Case], bool]
    says: Callable[[Case], str]
    unvouched: Callable[[Case], bool] | None = None


ROWS = (
    Row(1, lambda c: c.intent is not None and (c.hidden or not c.live_is(c.h)), lambda _: "unsettled"),
    Row(
        2,
        lambda c: c.live_is(c.h) or c.echoes,
        lambda c: "altered" if not c.live_is(c.h) else "already live" if c.b_is_not_h else "no change",
        unvouched=lambda c: c.live_is(c.h),
    ),
    Row(
        3,
        lambda c: c.write_only and c.a and c.h == c.sent,
        lambda _: "assumed",
        unvouched=lambda c: c.write_only and c.a and c.h == c.sent and not c.b_is_not_h,
    ),
    Row(
        4,
        lambda c: c.a and c.h != c.sent and (c.live_is(c.shown, c.sent) or c.write_only),
        lambda c: "pending" if c.b_is_h else "edited",
    ),
    Row(5, lambda c: c.a and c.b_is_not_h and c.live_is(c.b), lambda _: "edited"),
    Row(
        6,
        lambda c: c.a and c.h != c.sent and c.asked == c.h and c.live_is(c.asked_over),
        lambda c: "edited" if c.b_is_not_h else "pending",
        unvouched=lambda _: False,
    ),
    Row(7, lambda c: c.a and c.h == c.sent and (c.b == NO_BASE or c.b_is_h), lambda _: "drifted"),
    Row(8, lambda c: c.a, lambda _: "conflict"),
    Row(
        9,
        lambda c: not c.a and (c.b == NOT_MANAGED or (c.b == NO_BASE and not (c.target_known and c.loses))),
        lambda _: "adopted",
    ),
    Row(
        10,
        lambda c: not c.a and c.asked is not None and c.loses and not (c.b_given and c.live_is(c.b)),
        lambda _: "adopted",
    ),
    Row(
        11,
        lambda c: not c.a and ((c.b_is_not_h and (c.live_is(c.b) or c.write_only)) or (c.b_given and not c.loses)),
        lambda c: "pending" if c.b_is_h else "edited",
    ),
    Row(12, lambda c: not c.a and c.b_is_not_h, lambda _: "conflict"),
    Row(13, lambda _: True, lambda c: "assumed" if c.offline and c.b_is_h else "unrecorded"),
)


def by_the_table(case: Case) -> tuple[int, str]:
    """Return the first row that holds, and what it says."""
    settled = case.settled()
    unseen = settled.write_only and settled.a and settled.h == settled.sent and settled.b_is_not_h
    alone = (settled.echoes and not settled.live_is(settled.h)) or unseen
    if not case.vouched and alone and settled.intent is None:
        # In sync by unvouched memory alone: as if there were no A.
        settled = replace(settled, sent=None)
    holding = (row for row in ROWS if (row.holds if case.vouched else row.unvouched or row.holds)(settled))
    row = next(holding)
    return row.number, row.says(settled)


def by_the_code(case: Case, kind: str) -> str:
    """Return what the code says of `case`, its letters made values of `kind`."""
    field, values = KINDS[kind]
    comparison = _compared(kind, case.h, case.live)
    base, kept = _base(case, values), _record(case, field, values)
    found = attribute(comparison, kept, base=base, target_known=case.target_known, offline=case.offline)
    return found.origin.value if isinstance(found, Movement) else WORDS[found.reason]


@cache
def _compared(kind: str, h: str, live: str | None) -> Comparison:
    """Return what H is beside L; of all cases few differ in these two."""
    field, values = KINDS[kind]
    (found,) = diff(wanted({field: values[h]}), seen({field: WriteOnly() if live is None else values[live]}))
    return found


def _base(case: Case, values: Mapping[str, Value]) -> BaseValue | None:
    return None if case.b == NO_BASE else BaseValue(value=values[case.b] if case.b_given else None)


def _record(case: Case, field: str, values: Mapping[str, Value]) -> FieldRecord | None:
    """Return A and Q, None where there is neither."""
    names = (case.sent, case.shown, case.intent, case.over, case.asked, case.asked_over)
    sent, shown, intent, over, asked, asked_over = (values[x] if x is not None else None for x in names)
    state = RecordState.SETTLED if intent is None else RecordState.UNSETTLED
    kept = record(field, state=state, sent=sent, shown=shown, intent=intent)
    stopped = Asked(asked, STAMP, "the gate clear stopped it", over=asked_over) if asked is not None else None
    kept = replace(kept, over=over, asked=stopped, vouched=case.vouched)
    return kept if kept.says_anything else None


def patterns(length: int) -> Iterator[str]:
    """Yield one word for every way in which `length` values can be equal to one another."""
    if length == 0:
        yield ""
        return
    for shorter in patterns(length - 1):
        used = len(set(shorter))
        yield from (shorter + letter for letter in LETTERS[: used + 1])


def cases(memory: tuple[str, ...], base: str, *, live: str, **more: Any) -> Iterator[Case]:
    """Yield every case whose record holds the values named in `memory`; without a `base` it is one of the values."""
    names = ["h", *(["live"] if live == READABLE else []), *memory, *([] if base else ["b"])]
    known_and_vouched = itertools.product((False, True), (False, True) if memory else (True,))
    for word, (target_known, vouched) in itertools.product(list(patterns(len(names))), list(known_and_vouched)):
        at = dict(zip(names, word, strict=True))
        remembered: dict[str, Any] = {name: at.get(name) for name in REMEMBERED} | more
        offline = live == OFFLINE
        yield Case(
            at["h"], at.get("live"), at.get("b", base), target_known, offline=offline, vouched=vouched, **remembered
        )


REMEMBERED = ("sent", "shown", "intent", "over", "asked", "asked_over")
MEMORIES = (
    *((), ("sent",), ("sent", "shown")),
    *(("asked",), ("asked", "asked_over"), ("sent", "asked"), ("sent", "shown", "asked", "asked_over")),
    *(("intent",), ("sent", "intent"), ("sent", "shown", "intent")),
    *(("intent", "over"), ("sent", "intent", "over"), ("sent", "shown", "intent", "over")),
)
BASES = (NO_BASE, NOT_MANAGED, "")
READABLE, WRITE_ONLY, OFFLINE = LIVES = ("readable", "write-only", "offline")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("live", LIVES)
@pytest.mark.parametrize("base", BASES, ids=lambda base: base or "base given")
@pytest.mark.parametrize("memory", MEMORIES, ids=lambda memory: "+".join(memory) or "no record")
def test_every_pattern_of_values_has_the_origin_of_its_row(
    memory: tuple[str, ...], base: str, live: str, kind: str
) -> None:
    bare = next((letter for letter, value in KINDS[kind][1].items() if is_empty(value)), "")
    every = list(cases(memory, base, live=live, bare=bare, secretive=kind == "webhook"))
    assert every
    said = ((case, by_the_code(case, kind), by_the_table(case)[1]) for case in every)
    assert [(case, code, table) for case, code, table in said if code != table] == []


def test_an_offline_plan_never_says_that_anything_is_in_sync_or_was_changed_elsewhere() -> None:
    """It cannot know: nobody looked."""
    said = {
        by_the_code(case, "text") for m, b in itertools.product(MEMORIES, BASES) for case in cases(m, b, live=OFFLINE)
    }
    assert said == {"unsettled", "assumed", "edited", "pending", "adopted", "unrecorded"}


def test_every_row_of_the_table_is_met_by_some_case() -> None:
    everything = itertools.product(MEMORIES, BASES, LIVES)
    met = {by_the_table(case) for m, b, live in everything for case in cases(m, b, live=live)}
    assert met == {
        (1, "unsettled"),
        (2, "no change"),
        (2, "altered"),
        (2, "already live"),
        (3, "assumed"),
        (4, "edited"),
        (4, "pending"),
        (5, "edited"),
        (6, "edited"),
        (6, "pending"),
        (7, "drifted"),
        (8, "conflict"),
        (9, "adopted"),
        (10, "adopted"),
        (11, "edited"),
        (12, "conflict"),
        (13, "unrecorded"),
        (13, "assumed"),
    }


def test_a_field_that_was_asked_for_is_never_unrecorded() -> None:
    """Whatever commits lie between, and whether or not the memory is vouched for."""
    asked = (case for b, live in itertools.product(BASES, LIVES) for case in cases(("asked",), b, live=live))
    assert {by_the_code(case, "text") for case in asked} == {"no change", "already live", "adopted", "edited"}


def test_unvouched_memory_alone_hides_no_difference() -> None:
    """Assume that it is forged: what live shows is in sync by the files, or it is a change."""
    everything = itertools.product(MEMORIES, BASES)
    forged = (case for m, b in everything for case in cases(m, b, live=READABLE) if not case.vouched)
    quiet = {case for case in forged if by_the_code(case, "text") in {"no change", "already live"}}
    assert quiet
    assert all(case.live == case.h for case in quiet)


def test_the_patterns_are_all_ways_to_be_equal() -> None:
    assert [len(list(patterns(length))) for length in range(8)] == [1, 1, 2, 5, 15, 52, 203, 877]

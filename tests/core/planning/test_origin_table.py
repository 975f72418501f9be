"""The table of origins, row by row, over every pattern of equal and unequal values.

The rows below are written from the documented table alone and know nothing of the code: letters stand for values, the
same letter for the same value, and None for what is not there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reconciler.core.comparison import diff
from reconciler.core.fields import Value, Webhook
from reconciler.core.kinds import is_empty
from reconciler.core.memory.records import RecordState
from reconciler.core.planning.origin import BaseValue, Movement, SameReason, attribute
from reconciler.core.target import WriteOnly
from tests.support import record
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

    `bare` is the letter of the empty value, where one of them is. `secretive` values hold something that no provider
    shows. `offline` says that nobody looked.
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
    secretive: bool = False
    offline: bool = False

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
    def hidden(self) -> bool:
        """An intent is open that was to change only what nobody shows: no L tells what became of it."""
        return self.secretive and self.intent is not None and self.intent == self.over

    def settled(self) -> Case:
        """Close the intent where L tells: it arrived, or L still is what it was before."""
        before = self.over or self.shown
        if self.hidden:
            return self
        if self.intent is not None and self.live_is(self.intent) and not (self.secretive and self.intent == before):
            return replace(self, sent=self.intent, shown=self.live, intent=None)
        return replace(self, intent=None) if self.live_is(self.sent, self.shown, self.over) else self


ROWS: tuple[tuple[int, Callable[[Case], bool], Callable[[Case], str]], ...] = (
    (1, lambda c: c.intent is not None and (c.hidden or not c.live_is(c.h)), lambda _: "unsettled"),
    (
        2,
        lambda c: c.live_is(c.h) or (c.a and c.h == c.sent and c.live_is(c.shown)),
        lambda c: "altered" if not c.live_is(c.h) else "already live" if c.b_is_not_h else "no change",
    ),
    (3, lambda c: c.write_only and c.a and c.h == c.sent, lambda _: "assumed"),
    (
        4,
        lambda c: c.a and c.h != c.sent and (c.live_is(c.shown, c.sent) or c.write_only),
        lambda c: "pending" if c.b_is_h else "edited",
    ),
    (5, lambda c: c.a and c.b_is_not_h and c.live_is(c.b), lambda _: "edited"),
    (6, lambda c: c.a and c.h == c.sent and (c.b == NO_BASE or c.b_is_h), lambda _: "drifted"),
    (7, lambda c: c.a, lambda _: "conflict"),
    (
        8,
        lambda c: not c.a and (c.b == NOT_MANAGED or (c.b == NO_BASE and not (c.target_known and c.loses))),
        lambda _: "adopted",
    ),
    (
        9,
        lambda c: not c.a and ((c.b_is_not_h and (c.live_is(c.b) or c.write_only)) or (c.b_given and not c.loses)),
        lambda c: "pending" if c.b_is_h else "edited",
    ),
    (10, lambda c: not c.a and c.b_is_not_h, lambda _: "conflict"),
    (11, lambda _: True, lambda c: "assumed" if c.offline and c.b_is_h else "unrecorded"),
)


def by_the_table(case: Case) -> tuple[int, str]:
    """Return the first row that holds, and what it says."""
    settled = case.settled()
    return next((row, says(settled)) for row, holds, says in ROWS if holds(settled))


def by_the_code(case: Case, kind: str) -> str:
    """Return what the code says of `case`, its letters made values of `kind`."""
    field, values = KINDS[kind]
    live = WriteOnly() if case.live is None else values[case.live]
    (comparison,) = diff(wanted({field: values[case.h]}), seen({field: live}))
    names = (case.sent, case.shown, case.intent, case.over)
    sent, shown, intent, over = (values[x] if x is not None else None for x in names)
    state = RecordState.SETTLED if intent is None else RecordState.UNSETTLED
    remembers = sent is not None or intent is not None
    kept = record(field, state=state, sent=sent, shown=shown, intent=intent) if remembers else None
    kept = replace(kept, over=over) if kept is not None else None
    base = None if case.b == NO_BASE else BaseValue(value=values[case.b] if case.b_given else None)
    found = attribute(comparison, kept, base=base, target_known=case.target_known, offline=case.offline)
    return found.origin.value if isinstance(found, Movement) else WORDS[found.reason]


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
    for word, target_known in itertools.product(patterns(len(names)), (False, True)):
        at = dict(zip(names, word, strict=True))
        remembered: dict[str, Any] = {name: at.get(name) for name in ("sent", "shown", "intent", "over")}
        offline = live == OFFLINE
        yield Case(at["h"], at.get("live"), at.get("b", base), target_known, offline=offline, **remembered, **more)


MEMORIES = (
    *((), ("sent",), ("sent", "shown")),
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
    assert {case: by_the_code(case, kind) for case in every} == {case: by_the_table(case)[1] for case in every}


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
        (6, "drifted"),
        (7, "conflict"),
        (8, "adopted"),
        (9, "edited"),
        (10, "conflict"),
        (11, "unrecorded"),
        (11, "assumed"),
    }


def test_the_patterns_are_all_ways_to_be_equal() -> None:
    assert [len(list(patterns(length))) for length in range(8)] == [1, 1, 2, 5, 15, 52, 203, 877]

"""cards: (a plan report, desired, live) → each profile that differs, as the card that a customer sees.

A card has a line for each field that the file manages, whether it changes or not. A plan holds only what differs, so
the other values come from what was read, and from the file where nothing could be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.core.fields import FIELD_NAMES, Picture, Value
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.plan import TargetPlan
from reconciler.core.planning.treatment import Consent, Treatment, treated
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Change, Desired, DesiredField, Known, Live, Observed


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture: its type and its bytes."""

    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CardField:
    """One line of a card. `now` is None where the value is not known; `unread` is why it could not be read.

    `way` is what an apply does with the `change`.
    """

    name: str
    now: Value | None
    change: Change | None = None
    way: Treatment | None = None
    unread: str = ""

    @property
    def after(self) -> Value | None:
        """The file's value where it differs, else the live value."""
        return self.change.after if self.change is not None else self.now


# A profile is sorted by the first of these that one of its differences has.
_ORDER = (Treatment.SENT, Treatment.FOR_A_PERSON, Treatment.LEFT_ALONE, Treatment.BLOCKED, Treatment.OBSERVED)


@dataclass(frozen=True, slots=True)
class Card:
    """One profile, now and after. Only one that differs has a `way`."""

    planned: TargetPlan
    fields: tuple[CardField, ...]

    @property
    def changed(self) -> tuple[tuple[CardField, Change], ...]:
        """The fields that differ."""
        return tuple((one, one.change) for one in self.fields if one.change is not None)

    @property
    def way(self) -> Treatment:
        """What an apply does with the profile: it is sent if any of its fields is."""
        return min((one.way for one in self.fields if one.way is not None), key=_ORDER.index)


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """A plan with the cards of what differs in it, and small pictures by the SHA-256 of the large ones."""

    report: PlanReport
    cards: tuple[Card, ...] = ()
    thumbnails: Mapping[str, Thumbnail] = field(default_factory=dict)


def cards(report: PlanReport, desired: Iterable[Desired], live: Mapping[TargetKey, Live]) -> tuple[Card, ...]:
    """Return a card for each profile of the plan that differs, in the order of what an apply does with them."""
    found = (card for card in every_card(report, desired, live) if card.changed)
    return tuple(sorted(found, key=lambda card: _ORDER.index(card.way)))


def every_card(report: PlanReport, desired: Iterable[Desired], live: Mapping[TargetKey, Live]) -> tuple[Card, ...]:
    """Return a card for each profile of the plan, in its order, whether or not it differs."""
    by_key = {one.target.key: one for one in desired}
    return tuple(
        Card(planned, tuple(_fields(planned, by_key[planned.target.key], live, report.consent)))
        for planned in report.plan.targets
    )


def pictures(found: Iterable[Card]) -> dict[str, Picture]:
    """Return every picture on the cards, each content once."""
    values = (value for card in found for one in card.fields for value in (one.now, one.after))
    return {value.sha256: value for value in values if isinstance(value, Picture)}


def _fields(
    planned: TargetPlan, desired: Desired, live: Mapping[TargetKey, Live], consent: Consent
) -> Iterator[CardField]:
    """Yield the managed fields in the order of the table of fields."""
    changes = {change.field: change for change in planned.differences}
    unread = {one.field: one.reason for one in planned.unreadable}
    read = live.get(planned.target.key)
    for name in FIELD_NAMES:
        wanted, change = desired.get(name), changes.get(name)
        if change is not None:
            yield CardField(name, change.before_value, change, way=treated(planned, change, consent))
        elif name in unread:
            yield CardField(name, None, unread=unread[name])
        elif wanted is not None:
            yield CardField(name, _now(wanted, read))


def _now(wanted: DesiredField, read: Live | None) -> Value:
    """Return what is there now; the file's value stands for one that cannot be read back."""
    there = read.get(wanted.name) if isinstance(read, Observed) else None
    return there.value if isinstance(there, Known) else wanted.value

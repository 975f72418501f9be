"""explanations: what each origin means, as one table: what apply does with it, what drift calls it, and its words.

A new origin is a word in `target`, a rule in `planning/origin` and a row here. No other file lists origins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.target import Origin


class DriftSection(StrEnum):
    """Under which heading `drift` shows a difference."""

    MOVED = "moved"  # changed elsewhere: it is drift
    UNKNOWN_SINCE = "unknown-since"  # it differs, and no record says since when
    PENDING = "pending"  # the files ask for it, and the next apply sends it


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginMeaning:
    """One row: `words` say why the change exists, `page` says it to readers who think of WhatsApp.

    `setting` is the key under `policy` that lets apply send it; empty where the files asked for it, so that apply sends
    it unasked. `review` is true where a person must look at what apply left alone. `first_contact` is true where no
    record of the field exists. `undecided` is why `drift --adopt` leaves it out, empty where it adopts it.
    `unseen` takes the place of `words` where the current value cannot be read, `forgotten` where it was not read.
    `applying` is added where the effect of an apply is not plain.
    """

    section: DriftSection
    words: str
    page: str
    setting: str = ""
    review: bool = False
    first_contact: bool = False
    undecided: str = ""
    unseen: str = ""
    forgotten: str = ""
    applying: str = ""


_SINCE_WHEN = "nothing says since when it differs: somebody must decide"

ORIGINS: dict[Origin, OriginMeaning] = {
    Origin.EDITED: OriginMeaning(
        section=DriftSection.PENDING, words="changed in the files", page="changed in the files"
    ),
    Origin.PENDING: OriginMeaning(
        section=DriftSection.PENDING,
        words="asked for before, not live yet",
        page="asked for before, not on WhatsApp yet",
    ),
    Origin.ADOPTED: OriginMeaning(
        section=DriftSection.UNKNOWN_SINCE,
        words="newly managed",
        page="newly managed",
        first_contact=True,
        undecided=_SINCE_WHEN,
        unseen="newly managed: it cannot be read back, and was never sent from here",
        forgotten="newly managed: nobody looked, and nothing is remembered of it",
        applying=": the live value shown here will be overwritten",
    ),
    Origin.UNSETTLED: OriginMeaning(
        section=DriftSection.PENDING,
        words="the last run ended before it knew",
        page="the last apply ended before it knew whether this arrived",
        applying="; what the file says now will be sent",
    ),
    Origin.DRIFTED: OriginMeaning(
        section=DriftSection.MOVED,
        words="changed elsewhere, not in the files",
        page="changed on WhatsApp since the last apply",
        setting="on_drift",
    ),
    Origin.CONFLICT: OriginMeaning(
        section=DriftSection.MOVED,
        words="changed in the files and elsewhere",
        page="changed here and on WhatsApp",
        setting="on_conflict",
        review=True,
        undecided="changed in the files and elsewhere: somebody must decide which of the two it is to be",
        applying="; applying overwrites the live value",
    ),
    Origin.UNRECORDED: OriginMeaning(
        section=DriftSection.UNKNOWN_SINCE,
        words="differs, and nothing says since when",
        page="no record of this field yet",
        setting="on_unrecorded",
        review=True,
        first_contact=True,
        undecided=_SINCE_WHEN,
        unseen="nothing is recorded of it: it cannot be read back, and was never sent from here",
        forgotten="nobody looked, and nothing is remembered of it",
    ),
    Origin.RESENT: OriginMeaning(
        section=DriftSection.PENDING, words="sent again, as --resend says", page="sent again, as somebody asked"
    ),
}

# What apply sends only when a setting, a flag or a person says so.
FINDINGS = tuple(origin for origin in Origin if ORIGINS[origin].setting)


def origins_of(*sections: DriftSection) -> frozenset[Origin]:
    """Return the origins that `drift` shows under `sections`."""
    return frozenset(origin for origin, meaning in ORIGINS.items() if meaning.section in sections)

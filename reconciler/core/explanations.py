"""explanations: what each origin means, as one table: what apply does with it, what drift calls it, and its words.

A new origin is a word in `target`, a rule in `planning/origin`, a row here, and what `explain` says of it in
`explaining/rule_words`. No other file lists origins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.target import Origin


class DriftSection(StrEnum):
    """Under which heading `drift` shows a difference."""

    MOVED = "moved"  # changed elsewhere: it is drift
    UNKNOWN_SINCE = "unknown-since"  # it differs, and no record says since when
    NEW = "new"  # nothing was sent yet, as far as is remembered; the next apply sends it
    PENDING = "pending"  # the files ask for it, and the next apply sends it


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a difference that apply does not send: `what` it does, and the `command` or the words for it.

    `{names}` in a command stands for a space before each profile's name. `sends` is true of a command that writes: at a
    forge a label does the same, so that no person needs the credential that writes.
    """

    what: str
    command: str
    sends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginMeaning:
    """One row: `words` say why the change exists, `page` says it to readers who think of WhatsApp.

    `title` stands above differences of this origin that are not simply sent, and `ways` are what a person can do then.
    `setting` is the key under `policy` that lets apply send it; empty where the files asked for it, so that apply sends
    it unasked. `review` is true where a person must look at what apply left alone. `first_contact` is true where no
    record of the field exists. `undecided` is why `drift --adopt` leaves out what a person must decide.
    `unseen` takes the place of `words` where the current value cannot be read, `forgotten` where it was not read.
    `applying` is added where the effect of an apply is not plain.
    """

    section: DriftSection
    words: str
    page: str
    title: str = ""
    ways: tuple[Way, ...] = ()
    setting: str = ""
    review: bool = False
    first_contact: bool = False
    undecided: str = ""
    unseen: str = ""
    forgotten: str = ""
    applying: str = ""


_KEEP = Way("keep what WhatsApp shows", "write it into the file")

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
        section=DriftSection.NEW,
        words="newly managed",
        page="newly managed",
        title="Newly managed, and different from its file",
        first_contact=True,
        unseen="newly managed: it cannot be read back, and was never sent from here",
        forgotten="newly managed: it was not looked at, and nothing is remembered of it",
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
        title="Changed on WhatsApp since the last apply",
        ways=(
            Way("take it over", "reconciler drift --adopt{names}"),
            Way("put it back", "reconciler apply{names} --allow drifted", sends=True),
        ),
        setting="on_drift",
    ),
    Origin.CONFLICT: OriginMeaning(
        section=DriftSection.MOVED,
        words="changed in the files and elsewhere",
        page="changed here and on WhatsApp",
        title="Changed in the files and on WhatsApp",
        ways=(_KEEP, Way("send what the file says", "reconciler apply{names} --allow conflict", sends=True)),
        setting="on_conflict",
        review=True,
        undecided="changed in the files and elsewhere: a person must decide which of the two it is to be",
        applying="; applying overwrites the live value",
    ),
    Origin.UNRECORDED: OriginMeaning(
        section=DriftSection.UNKNOWN_SINCE,
        words="differs, and nothing says since when",
        page="no record of this field yet",
        title="No record of these fields yet",
        ways=(_KEEP, Way("send what the file says", "reconciler apply{names} --allow unrecorded", sends=True)),
        setting="on_unrecorded",
        review=True,
        first_contact=True,
        undecided="nothing says since when it differs: a person must decide",
        unseen="nothing is recorded of it: it cannot be read back, and was never sent from here",
        forgotten="it was not looked at, and nothing is remembered of it",
    ),
    Origin.RESENT: OriginMeaning(
        section=DriftSection.PENDING, words="sent again, as --resend says", page="sent again, as was asked"
    ),
}

# What apply sends only when a setting, a flag or a person says so.
FINDINGS = tuple(origin for origin in Origin if ORIGINS[origin].setting)


def origins_of(*sections: DriftSection) -> frozenset[Origin]:
    """Return the origins that `drift` shows under `sections`."""
    return frozenset(origin for origin, meaning in ORIGINS.items() if meaning.section in sections)

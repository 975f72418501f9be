"""plan_field: (a field beside its live value, the ledger's entry, the base) → a change, or why there is none.

altered_warnings: (a profile, its fields without a change) → a warning for each that is not as it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import assert_never

from reconciler.core.basics import Cause, Diagnostic, warning
from reconciler.core.comparing.kinds import is_identical, is_same
from reconciler.core.comparing.spellings import is_benign, only_in
from reconciler.core.fields import Value
from reconciler.core.memory.records import FieldRecord, LedgerEntry
from reconciler.core.planning.comparison import Comparison
from reconciler.core.planning.origin import NOT_AS_SENT, BaseValue, Movement, SameReason, Unchanged, attribute
from reconciler.core.target import (
    Assumed,
    Before,
    Change,
    Desired,
    Known,
    Linked,
    Origin,
    Unknown,
    Unreadable,
    WriteOnly,
)


@dataclass(frozen=True, slots=True)
class UnchangedField:
    """A managed field that needs no change, and why; for an assumed one, also since when and by which run.

    `by_memory` says that only unvouched memory says so.
    """

    field: str
    reason: SameReason
    note: str = ""
    since: str = ""
    run: str = ""
    by_memory: bool = False


@dataclass(frozen=True, slots=True)
class UnreadableField:
    """A managed field whose live value is not known because its read failed; `cause` holds the parts of the reason."""

    field: str
    reason: str
    cause: Cause | None = None


def stand_ins(desired: Desired, entry: LedgerEntry | None, base: Callable[[str], BaseValue | None]) -> dict[str, Value]:
    """Return what a field is held against that cannot be read: the value that was sent, or else that of the base."""
    found: dict[str, Value] = {}
    for field in desired.fields:
        record = entry.memory(field.name) if entry is not None else None
        was = base(field.name)
        sent = record.sent if record is not None else None
        value = sent if sent is not None or was is None else was.value
        if value is not None:
            found[field.name] = value
    return found


@dataclass(frozen=True, slots=True)
class FieldInputs:
    """What a field is planned by, besides live and memory; `marks` are of the secrets in it, one for each key.

    With `resend` it is sent even if nothing differs. `keyless` says that no key of the ledger is here, so that git
    vouches for what the base asked for and a run recorded.
    """

    base: BaseValue | None = None
    marks: tuple[str, ...] = ()
    offline: bool = False
    resend: bool = False
    keyless: bool = False


def plan_field(
    comparison: Comparison, entry: LedgerEntry | None, given: FieldInputs
) -> Change | UnchangedField | UnreadableField:
    """Plan one managed field."""
    if isinstance(comparison.live, Unreadable):
        unread = comparison.live
        return UnreadableField(field=comparison.field.name, reason=unread.reason, cause=unread.cause)
    record = entry.memory(comparison.field.name) if entry is not None else None
    target_known = entry is not None and entry.managed
    base, offline = given.base, given.offline
    finding = attribute(comparison, record, base=base, target_known=target_known, marks=given.marks, offline=offline)
    kept = entry.get(comparison.field.name) if entry is not None else None
    known = kept is None or kept.vouched or _git_vouches(comparison, record, base, keyless=given.keyless)
    if isinstance(finding, Unchanged) and not given.resend:
        return _unchanged(comparison.field.name, finding, by_memory=not known and finding.reason is SameReason.ASSUMED)
    if isinstance(finding, Unchanged):
        finding = Movement(origin=Origin.RESENT)
    before = _before(comparison, record, trusted=known)
    # Without a reading and a record that can be trusted, only the base tells that it was edited, and from which value.
    unseen = not isinstance(before, Known) and finding.origin is Origin.EDITED
    told = unseen and (offline if isinstance(before, Unknown) else is_identical(before.value, comparison.field.value))
    if told and base is not None and base.value is not None:
        before = Assumed(value=base.value, since="")
    return _change(comparison, finding, before, by_memory=not known)


# Said of every difference, and of every assumed value, that a forged record could explain as well.
BY_MEMORY = "by memory: no mark vouches for what the ledger says of it"


@cache
def _without_words(name: str, reason: SameReason) -> UnchangedField:
    """Return an unchanged field with only its reason. Nearly every field of a fleet is one of these few."""
    return UnchangedField(name, reason)


def _unchanged(name: str, why: Unchanged, *, by_memory: bool) -> UnchangedField:
    if not (why.note or why.since or why.run or by_memory):
        return _without_words(name, why.reason)
    note = "; ".join(filter(None, (why.note, BY_MEMORY if by_memory else "")))
    return UnchangedField(name, why.reason, note=note, since=why.since, run=why.run, by_memory=by_memory)


def _git_vouches(comparison: Comparison, record: FieldRecord | None, base: BaseValue | None, *, keyless: bool) -> bool:
    """True if the base says as much as an unvouched record does.

    It does if live is a spelling of what the base asked for. For a value that cannot be read, the record must hold what
    the base or the file asks for; with a key of the ledger here, only a marked record counts.
    """
    asked, live, name = base.value if base is not None else None, comparison.live, comparison.field.name
    if asked is None:
        return False
    if isinstance(live, Known) and (is_same(live.value, asked) or is_benign(name, asked, live.value)):
        return True
    unseen = isinstance(live, WriteOnly) or (isinstance(live, Known) and bool(live.doubt))
    sent = record.sent if record is not None else None
    return (
        keyless and unseen and sent is not None and any(is_identical(sent, x) for x in (asked, comparison.field.value))
    )


def _change(comparison: Comparison, finding: Movement, before: Before, *, by_memory: bool = False) -> Change:
    value = None if isinstance(before, Unknown) else before.value
    doubt = comparison.live.doubt if isinstance(comparison.live, Known) else ""
    spelling = only_in(comparison.field.name, value, comparison.field.value) if value is not None else ""
    said = BY_MEMORY if by_memory else ""
    notes = (finding.note, doubt, f"differs only in {spelling}" if spelling else "", said)
    return Change(
        field=comparison.field.name,
        before=before,
        after=comparison.field.value,
        origin=finding.origin,
        source=comparison.field.source,
        details=comparison.details if value is not None else (),
        note="; ".join(filter(None, notes)),
        limit=comparison.field.limit,
        via=comparison.field.via,
        by_memory=by_memory,
    )


def _before(comparison: Comparison, record: FieldRecord | None, *, trusted: bool) -> Before:
    live = comparison.live
    match live:
        case Known() if trusted and record is not None and record.sent is not None:
            # It was sent from here before, so setting it again is not a first contact.
            return replace(live, doubt="")
        case Known():
            return live
        case WriteOnly() if record is not None and record.sent is not None:
            return Assumed(value=record.sent, since=record.stamp.at, run=record.stamp.run)
        case WriteOnly():
            return Unknown()
        case Unreadable() | Linked():
            raise AssertionError("only what was read, or can never be, is planned")
        case _:
            assert_never(live)


_WHAT = {
    SameReason.ALTERED: "the provider altered it after it was sent",
    SameReason.IGNORED: "the provider does not take this value",
}
_HINT = (
    "nothing is sent again until the file or the live value moves: write in the file what the provider can keep, or "
    "send it once more with `--resend {field}`"
)


def altered_warnings(desired: Desired, found: Iterable[UnchangedField]) -> Iterator[Diagnostic]:
    """Yield a warning, at its line, for each field that shows something else than what was sent."""
    for field in desired.fields:
        for one in found:
            if one.field == field.name and one.reason in NOT_AS_SENT:
                what = f"{field.name} of {desired.target.profile}: {_WHAT[one.reason]}; {one.note}"
                hint = _HINT.format(field=field.name)
                yield replace(
                    warning("not-as-sent", what, hint=hint, location=field.source), profile=desired.target.profile
                )

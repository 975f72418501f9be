"""The ledger's records: what was last sent for each field, what it then showed, and how each run changes that.

record_seen, record_written, record_intent, record_withdrawn, record_asked, release: an event → the field's new record.
settle: (a record, the live value) → the record with its open intent closed, if the live value tells the outcome.
keyed_mark: (secrets, a key from outside the repository) → a mark by which the same secrets are recognised.

Memory, never truth: for a readable field the live value always wins. `sent` means acknowledged by the provider; a value
with an unknown outcome is an `intent` beside it. `shown` is recorded only from a read-back that is a spelling of the
sent value or has moved away from the value before it. So a write that the provider swallowed is never taken for its
echo. A `shown` that is no spelling of `sent` means that the provider altered it: such a field is never in sync.

A value that the files asked for and no run sent is kept as `asked`. It explains a later plan, and supplies no value.

The ledger keeps no secret. Its HMAC needs a key that is not stored beside it. The mark says whether a secret is still
the one that was sent, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as member
from enum import StrEnum

from reconciler.core.basics import Model
from reconciler.core.comparing.kinds import is_identical, is_same
from reconciler.core.comparing.spellings import is_benign, is_lossy
from reconciler.core.explanations import FINDINGS
from reconciler.core.fields import Value, Webhook, canonical_json
from reconciler.core.target import Change, Known, LiveField, Unreadable, WriteOnly

_GIVE_UP_AFTER = 2
# A provider's words can be long, and each entry is read before each run.
_LONGEST_REASON = 300


class RecordState(StrEnum):
    """What is known about the last write of a field."""

    SETTLED = "settled"
    UNCONVERGED = "unconverged"
    IGNORED = "ignored"
    UNSETTLED = "unsettled"
    RELEASED = "released"


class Stamp(Model):
    """When (ISO 8601, UTC), by which run and at which commit something was recorded."""

    at: str
    run: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that the files asked for and that was not sent: which run asked, and `why` it did not send it.

    `over` is the live value then, None if it is not known.
    """

    value: Value
    stamp: Stamp
    why: str
    over: Value | None = None


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One field's memory. `before` and `attempts` belong to a write that has not shown any effect yet.

    `stamp` is the run that established `sent`. `tried` is the run that was about to send the `intent`, and `over` the
    live value then, if it can be read. `consented` says that the files alone did not ask for the intent: a person let
    it overwrite what was changed elsewhere. `mark` is of the secrets that were sent with it, if there was a key for it.
    `vouched` is for the reader of a store to say, and no part of what is remembered. Unvouched memory may be forged.
    """

    field: str
    state: RecordState
    stamp: Stamp
    sent: Value | None = None
    shown: Value | None = None
    intent: Value | None = None
    over: Value | None = None
    tried: Stamp | None = None
    before: Value | None = None
    attempts: int = 0
    mark: str = ""
    asked: Asked | None = None
    consented: bool = False
    vouched: bool = member(default=True, compare=False)

    @property
    def altered(self) -> bool:
        """True if the provider showed something else than a spelling of what was sent."""
        return self.sent is not None and self.shown is not None and is_lossy(self.field, self.sent, self.shown)

    @property
    def says_anything(self) -> bool:
        """True if anything was ever sent, seen, tried or asked for; an empty record is not kept."""
        return self.sent is not None or self.intent is not None or self.asked is not None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The memory of one target, keyed by provider, endpoint and address. `profile` is the name it last had.

    `identity` is the id of the number that its credential opened, where no call names the number, and `vouched` says
    whether that is vouched for. Each record says so of itself.
    """

    key: tuple[str, str, str]
    profile: str = ""
    records: tuple[FieldRecord, ...] = ()
    identity: str = ""
    vouched: bool = member(default=True, compare=False)

    @property
    def managed(self) -> bool:
        """True if a field was sent or seen and is not released; what was only tried or asked for does not count."""
        return any(record.sent is not None and record.state is not RecordState.RELEASED for record in self.records)

    def get(self, name: str) -> FieldRecord | None:
        """Return the record of field `name`, if there is one."""
        return next((record for record in self.records if record.field == name), None)

    def memory(self, name: str) -> FieldRecord | None:
        """Return the record of field `name`, unless it is released."""
        record = self.get(name)
        return record if record is not None and record.state is not RecordState.RELEASED else None

    def with_records(self, records: tuple[FieldRecord, ...], *, profile: str = "", identity: str = "") -> LedgerEntry:
        """Return the entry with `records` in place of those of the same fields; an empty record removes its field.

        `profile` is the profile's present name, and `identity` what its credential opens now, if they are known.
        """
        merged = {record.field: record for record in (*self.records, *records)}
        kept = tuple(merged[name] for name in sorted(merged) if merged[name].says_anything)
        return LedgerEntry(
            key=self.key,
            profile=profile or self.profile,
            records=kept,
            identity=identity or self.identity,
            vouched=self.vouched or bool(identity),
        )

    def with_news(self, news: LedgerEntry) -> LedgerEntry:
        """Return the entry with what `news` of the same target adds to it."""
        return self.with_records(news.records, profile=news.profile, identity=news.identity)


def record_seen(name: str, desired: Value, *, shown: Value, stamp: Stamp) -> FieldRecord:
    """Record a field whose live value was read and is in sync, whether or not it was ever sent."""
    return FieldRecord(field=name, state=RecordState.SETTLED, sent=desired, shown=shown, stamp=stamp)


def record_written(
    change: Change, shown: LiveField, *, previous: FieldRecord | None, stamp: Stamp, keyless: bool = False
) -> FieldRecord:
    """Record an acknowledged write by what was read back after it.

    A record that no mark vouches for tells nothing of it, unless no key is here: the new record will carry a mark.
    """
    believed = previous if previous is not None and (previous.vouched or keyless) else None
    fresh = FieldRecord(field=change.field, state=RecordState.SETTLED, sent=change.after, stamp=stamp)
    match shown:
        case WriteOnly():
            return fresh
        case Known(value=value):
            unmoved = isinstance(change.before, Known) and is_same(value, change.before.value)
            settled = not unmoved or _answers(change, value, believed)
            return replace(fresh, shown=value) if settled else _stuck(fresh, value, believed)
        case Unreadable():
            return record_intent(change, previous=previous, stamp=stamp)
        case _:
            raise AssertionError("a link is made a value before it is recorded")


def _answers(change: Change, value: Value, previous: FieldRecord | None) -> bool:
    """True if a live value that did not move is all the same what the provider makes of the sent one."""
    if is_same(value, change.after) or is_benign(change.field, value, change.after):
        return True
    known = previous if previous is not None and not has_not_converged(previous) else None
    shown = known.shown if known is not None and is_identical(known.sent or "", change.after) else None
    return shown is not None and is_same(value, shown)


def _stuck(fresh: FieldRecord, value: Value, previous: FieldRecord | None) -> FieldRecord:
    """Record a value that the provider took without showing it; after the second time, the provider ignores it."""
    again = previous is not None and has_not_converged(previous) and is_identical(previous.sent or "", fresh.sent or "")
    attempts = 1 + (previous.attempts if previous is not None and again else 0)
    return replace(fresh, state=_attempted(attempts), before=value, attempts=attempts)


def record_intent(change: Change, *, previous: FieldRecord | None, stamp: Stamp) -> FieldRecord:
    """Record a write that is about to happen, or one whose outcome is not known.

    The known value stays, and the intent is open beside it.
    """
    known = _known(change.field, previous, stamp)
    intended = replace(known, intent=change.after, over=_shown_before(change), tried=stamp)
    return replace(intended, state=RecordState.UNSETTLED, consented=change.origin in FINDINGS)


def record_withdrawn(change: Change, *, previous: FieldRecord | None, stamp: Stamp, why: str) -> FieldRecord:
    """Record that an intended write was certainly not done: the record before it counts again, and what was asked."""
    if change.origin in FINDINGS:
        return previous or _known(change.field, None, stamp)
    return record_asked(change, previous=previous, stamp=stamp, why=why)


def record_asked(change: Change, *, previous: FieldRecord | None, stamp: Stamp, why: str) -> FieldRecord:
    """Record that the files ask for `change`, and why it is not sent. A record that says so already stays as it is."""
    known = _known(change.field, previous, stamp)
    asked = Asked(change.after, stamp, why[:_LONGEST_REASON], over=_shown_before(change))
    same_again = known.asked is not None and replace(known.asked, stamp=stamp) == asked
    return known if same_again else replace(known, asked=asked)


def _known(field: str, previous: FieldRecord | None, stamp: Stamp) -> FieldRecord:
    """Return what is remembered of a field; a released record is history, so an empty one takes its place."""
    if previous is not None and previous.state is not RecordState.RELEASED:
        return previous
    return FieldRecord(field=field, state=RecordState.SETTLED, stamp=stamp)


def _shown_before(change: Change) -> Value | None:
    return change.before.value if isinstance(change.before, Known) else None


def release(entry: LedgerEntry, fields: Collection[str]) -> tuple[FieldRecord, ...]:
    """Return the records of `fields`, which are no longer managed: history from now on, not memory."""
    closed = (_closed(record) for record in entry.records if record.field in fields)
    return tuple(replace(record, state=RecordState.RELEASED, asked=None) for record in closed)


def has_not_converged(record: FieldRecord) -> bool:
    """True if the last write of the field was acknowledged and never showed."""
    return record.state in (RecordState.UNCONVERGED, RecordState.IGNORED)


def settle(record: FieldRecord, live: LiveField) -> FieldRecord:
    """Close an open intent if the live value tells its outcome; else return the record as it is.

    If it never arrived, the state before counts again, "ignored by the provider" included.
    """
    if record.intent is None or not isinstance(live, Known) or cannot_settle(record):
        return record
    if has_arrived(record.field, live.value, record.intent, record.over if record.over is not None else record.shown):
        stamp = record.tried or record.stamp
        sent = replace(_closed(record), sent=record.intent, shown=live.value, stamp=stamp, asked=None)
        return replace(sent, state=RecordState.SETTLED, before=None, attempts=0)
    if any(known is not None and is_same(live.value, known) for known in (record.over, record.shown, record.sent)):
        lost = Asked(record.intent, record.tried or record.stamp, "it never arrived", over=record.over)
        asked = record.asked if record.consented else lost
        return replace(_closed(record), state=_attempted(record.attempts), asked=asked)
    return record


def _closed(record: FieldRecord) -> FieldRecord:
    """Return the record without its open intent."""
    return replace(record, intent=None, over=None, tried=None, consented=False)


def _attempted(attempts: int) -> RecordState:
    """Return the state of a field after `attempts` acknowledged writes of one value that never showed."""
    if attempts >= _GIVE_UP_AFTER:
        return RecordState.IGNORED
    return RecordState.UNCONVERGED if attempts else RecordState.SETTLED


def cannot_settle(record: FieldRecord) -> bool:
    """True if an open intent has an outcome that no live value tells."""
    return record.intent is not None and _invisible(record.intent, record.over)


def _invisible(intent: Value, over: Value | None) -> bool:
    """True if only secrets were to change: no provider shows them, so no live value tells the outcome."""
    return isinstance(intent, Webhook) and over is not None and is_same(intent, over)


def has_arrived(field: str, live: Value, intent: Value, before: Value | None) -> bool:
    """True if live is the intended value, or a spelling of it where nothing of the kind was there before.

    A new picture can look like the present one, so bytes decide between them.
    """
    if _invisible(intent, before):
        return False
    if is_same(live, intent):
        still_there = before is not None and is_identical(live, before)
        return is_identical(live, intent) or not still_there
    return before is not None and not is_same(live, before) and is_benign(field, live, intent)


# A shorter key could be found by trying.
KEY_BYTES = 32


def keyed_mark(secrets: Mapping[str, str], key: bytes) -> str:
    """Return the mark of `secrets`, each under the name of its use."""
    return hmac.new(key, canonical_json(dict(secrets)).encode(), hashlib.sha256).hexdigest()

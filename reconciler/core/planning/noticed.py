"""What a plan adds to its result: notices about accounts that were not asked, and new memory.

skipped_accounts: (profiles, where a missing credential may be) → a notice for each account that was not asked.
without_skipped: a plan → the plan of the targets that were read, and the targets that were not.
noticed_entry: (a planned target, what was read) → what is new in the ledger: the fields that were found in sync.
looks_at: (a plan, what drifted in it, today) → for each account that was read whole, how much was found there.
asked_for: (a planned target, why it is not sent) → records of the values that the files still ask for.

A missing credential is not an error: such a plan is good for reading, and says that it does not know the live values.

Reading adds to the memory too. A field in sync is recorded whether or not it was ever sent, so that a later move of the
live value is known to be drift. An intent that a crash left open is closed as soon as the live value tells its outcome;
otherwise a later move would be taken for its trace. Only records with news are returned.

A run that sends nothing adds to the memory as well. Otherwise a later commit, which asks for nothing new, would find a
value that differs and no record of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from reconciler.core.basics import Diagnostic, count, notice
from reconciler.core.explanations import FINDINGS
from reconciler.core.fields import Mode, SecretRef
from reconciler.core.memory.records import FieldRecord, LedgerEntry, Stamp, record_asked, record_seen, settle
from reconciler.core.memory.spending import AccountKey, AccountRecord
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, PlanInputs, TargetPlan, TargetStatus, plan_target
from reconciler.core.target import (
    Change,
    Desired,
    DesiredField,
    Known,
    Live,
    LiveField,
    Observed,
    Target,
    opened_identity,
)


def skipped_accounts(
    desired: Iterable[Desired], places: Mapping[TargetKey, Sequence[SecretRef]], *, shard: str = ""
) -> Iterator[Diagnostic]:
    """Yield a notice for each account with a target in `places`; a paused profile needs no credential.

    A run of a `shard` counts its own, and says so.
    """
    accounts: dict[str, list[Desired]] = {}
    part = f" in shard {shard}" if shard else ""
    for one in desired:
        if one.mode is not Mode.PAUSED:
            accounts.setdefault(one.target.account, []).append(one)
    for name, mine in sorted(accounts.items()):
        if blind := [one for one in mine if one.target.key in places]:
            refs = list(dict.fromkeys(tuple(places[one.target.key]) for one in blind))
            yield notice("no-credential", _what(name, len(blind), of=len(mine), part=part), hint=_hint(refs))


def without_skipped(plan: Plan) -> tuple[Plan, tuple[Target, ...]]:
    """Return the plan of the targets that were read, and the targets that were not; paused ones are in neither list."""
    targets = tuple(planned for planned in plan.targets if not planned.offline)
    unasked = tuple(p.target for p in plan.targets if p.offline and p.status is not TargetStatus.PAUSED)
    return replace(plan, targets=targets), unasked


def _what(account: str, number: int, *, of: int, part: str) -> str:
    one = number == 1
    if number == of:
        whose, them = f"account {account}", f"its {count(number, 'profile')}"
    else:
        whose, them = f"{number} of the {of} profiles of account {account}", "it" if one else "them"
    tail = "so nothing that was changed elsewhere is seen"
    return f"no credential of {whose} is here: this run did not look at {them}{part}, {tail}"


def _hint(refs: Sequence[Sequence[SecretRef]]) -> str:
    """Say where the first one is looked for; the others are looked for in the same way."""
    more = "; the others' are looked for likewise" if len(refs) > 1 else ""
    return f"to see what is live, set {' or '.join(map(str, refs[0]))}{more}"


_SEEN = frozenset({SameReason.IN_SYNC, SameReason.ALREADY_LIVE, SameReason.ECHO})


def remembered(
    desired: Desired,
    planned: TargetPlan,
    live: Live | None,
    *,
    entry: LedgerEntry | None,
    stamp: Stamp,
    keyless: bool = False,
) -> tuple[FieldRecord, ...]:
    """Return a record for each field of `planned` that was read, is in sync, and is not yet remembered so.

    A run that is not `keyless` also replaces a record that no mark vouches for: what it saw itself, it may vouch for.
    """
    if not isinstance(live, Observed):
        return ()
    in_sync = {
        unchanged.field
        for unchanged in planned.unchanged
        if unchanged.reason in _SEEN
        or (unchanged.reason is SameReason.LOOKS_THE_SAME and _sent(entry, unchanged.field))
    }
    found = (
        _record(
            field,
            live.get(field.name),
            known=entry.memory(field.name) if entry is not None else None,
            stamp=stamp if field.name in in_sync else None,
            keyless=keyless,
        )
        for field in desired.fields
    )
    return tuple(record for record in found if record is not None)


def noticed_entry(
    desired: Desired,
    planned: TargetPlan,
    live: Live | None,
    *,
    entry: LedgerEntry | None,
    stamp: Stamp,
    keyless: bool = False,
) -> LedgerEntry | None:
    """Return what looking at one target adds to its entry, or None.

    The number's identity is kept beside records and never alone: it was at least in sync, or sent, once. That the files
    asked for something says nothing of the number.
    """
    records = remembered(desired, planned, live, entry=entry, stamp=stamp, keyless=keyless)
    known = entry or LedgerEntry(key=desired.target.key)
    written = any(record.sent is not None or record.intent is not None for record in known.records)
    identity = opened_identity(live) if records or written else ""
    if not records and identity in ("", known.identity):
        return None
    return LedgerEntry(key=known.key, profile=desired.target.profile, records=records, identity=identity)


def _record(
    field: DesiredField, live: LiveField, *, known: FieldRecord | None, stamp: Stamp | None, keyless: bool
) -> FieldRecord | None:
    """Return the news about one field; `stamp` is given if it is in sync."""
    if not isinstance(live, Known):
        return None
    if stamp is not None:
        record = record_seen(field.name, field.value, shown=live.value, stamp=stamp)
        # Reading shows no secret, so the mark of the sent secrets stays, unless it may be forged.
        record = replace(record, mark=known.mark if known is not None and (known.vouched or keyless) else "")
        return None if _says_so(known, record, keyless=keyless) else record
    settled = settle(known, live) if known is not None else None
    return settled if settled != known else None


def _sent(entry: LedgerEntry | None, name: str) -> bool:
    """True if it is vouched that we sent the field: a picture that only looks the same is never recorded as in sync."""
    known = entry.memory(name) if entry is not None else None
    return known is not None and known.sent is not None and known.vouched


def _says_so(known: FieldRecord | None, record: FieldRecord, *, keyless: bool) -> bool:
    """True if `known` differs from `record` only in its stamp, and no mark could be added to it."""
    return known is not None and (known.vouched or keyless) and replace(known, stamp=record.stamp) == record


def looks_at(plan: Plan, found: Iterable[tuple[TargetPlan, Change]], today: date) -> tuple[AccountRecord, ...]:
    """Return what a look at everything found, for each account of which every number was read, and any can be."""
    accounts: dict[AccountKey, list[TargetPlan]] = {}
    for planned in plan.targets:
        if planned.status is not TargetStatus.PAUSED:
            accounts.setdefault(_account(planned.target), []).append(planned)
    numbers = Counter(_account(planned.target) for planned, _ in found)
    return tuple(
        AccountRecord(key, looks=((today, numbers[key]),))
        for key, mine in accounts.items()
        if any(one.seen for one in mine)
        and not any(one.status is TargetStatus.UNREADABLE or one.unreadable for one in mine)
    )


def _account(target: Target) -> AccountKey:
    return (target.provider, target.endpoint, target.account)


def asked_for(
    desired: Desired, planned: TargetPlan, unread: PlanInputs, *, entry: LedgerEntry | None, stamp: Stamp, why: str
) -> tuple[FieldRecord, ...]:
    """Return a record for each field that the files ask for and the run does not send, if that is news.

    `why` says why the run sends nothing; empty if it sends what it can. Then only the fields of a target that is
    blocked, and those that could not be read, are not sent. `unread` are the inputs of a plan that reads nothing.
    """
    previous = {record.field: record for record in (entry.records if entry is not None else ())}
    found = (
        (change, record_asked(change, previous=previous.get(change.field), stamp=stamp, why=reason))
        for change, reason in _unsent(desired, planned, unread, why=why)
        if change.origin not in FINDINGS
    )
    return tuple(record for change, record in found if record != previous.get(change.field))


def _unsent(desired: Desired, planned: TargetPlan, unread: PlanInputs, *, why: str) -> Iterator[tuple[Change, str]]:
    """Yield each change that is not sent, and why; what differs in a field that was not read is told without live."""
    if desired.mode is not Mode.MANAGED:
        return
    reason = planned.reason if planned.status is TargetStatus.BLOCKED else why
    if reason:
        yield from ((change, reason) for change in planned.differences)
    blind = {one.field: one.reason for one in planned.unreadable}
    if planned.status is TargetStatus.UNREADABLE:
        blind = {field.name: planned.reason for field in desired.fields}
    if blind:
        wanted = plan_target(desired, unread).differences
        yield from ((one, f"it could not be read: {blind[one.field]}") for one in wanted if one.field in blind)

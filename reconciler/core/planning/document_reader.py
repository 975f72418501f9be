"""A plan document becomes the plan that it was written from.

target_from_document: (a target of the document) → its changes, which an approval compares, or all of it. A part that
cannot be read, or whose digest is not its own, is named among the problems.
change_from_document: (a change in another document) → the change.
plan_from_document: (the whole document) → the plan, as far as people see it.

A document is foreign: no value in it is ever sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from reconciler.core.basics import Cause, Diagnostic, Location, Severity, checked
from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.comparing.kinds import from_json
from reconciler.core.fields import Mode
from reconciler.core.planning.base import Unmanaged
from reconciler.core.planning.digest import change_digest
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan
from reconciler.core.planning.treatment import Treatment
from reconciler.core.roster import NO_BUSINESS, Business
from reconciler.core.target import Assumed, Before, Binding, Change, Known, Target, Unknown

if TYPE_CHECKING:
    from reconciler.core.planning.document import ChangeDocument, PlanDocument, TargetDocument

_T = TypeVar("_T")
_Data = Mapping[str, Any]


def target_from_document(target: TargetDocument, problems: list[str], *, whole: bool = False) -> TargetPlan:
    """Return one target as it was planned, `whole` or only its changes; add what is wrong to `problems`."""
    where = Target(
        provider=target.provider,
        endpoint=target.endpoint,
        address=target.address,
        account=target.account,
        profile=target.profile,
        number=target.number,
    )
    found = [(one, _change(one, whole=whole)) for one in (*target.changes, *target.not_applied)]
    problems += (f"{where.profile!r:.80}: {why}" for one, change in found for why in _wrong(where, one, change))
    changes = tuple(change for _, change in found if change is not None)
    planned = TargetPlan(
        target=where, status=target.status, file=target.file, differences=changes, offline=target.offline
    )
    return _with_rest(planned, target, problems) if whole else planned


def _with_rest(planned: TargetPlan, target: TargetDocument, problems: list[str]) -> TargetPlan:
    unchanged = _all(target.unchanged, _unchanged, problems)
    unreadable = _all(target.unreadable, _unreadable, problems)
    cause = _all([target.cause] if target.cause is not None else [], _cause, problems)
    rest = replace(planned, reason=target.reason, unchanged=unchanged, unreadable=unreadable, notes=target.notes)
    business = _all([target.business] if target.business is not None else [], _business, problems)
    shown = replace(rest, business=next(iter(business), NO_BUSINESS), line=target.line)
    return replace(shown, cause=next(iter(cause), None))


def _wrong(where: Target, written: ChangeDocument, change: Change | None) -> Iterator[str]:
    if change is None:
        yield f"{written.field!r:.40} is not a field, or what stands there is not a value of it"
    elif change_digest(where, change) != written.digest:
        yield f"it was altered: the digest of {written.field} is not that of the change"


def _change(written: ChangeDocument, *, whole: bool) -> Change | None:
    """Return the change that is written, or None if its parts do not belong to its field."""
    before, after = _before(written), from_json(written.field, written.after)
    if before is None or after is None:
        return None
    change = Change(
        field=written.field,
        before=before,
        after=after,
        origin=written.origin,
        via=tuple(Binding(name=name, value=value) for name, value in written.via.items()),
        acknowledged=written.acknowledged,
        by_memory=written.by_memory,
    )
    if not whole:
        return change
    problems: list[str] = []
    details = _all(written.details, _detail, problems)
    at = Location(written.source.file, written.source.line, written.source.column)
    return None if problems else replace(change, details=details, note=written.note, source=at)


def change_from_document(data: _Data) -> Change:
    """Return the change in `data`, a part of another document than a plan; raises ValueError if it is not a change."""
    from reconciler.core.planning.document import ChangeDocument

    found = _change(ChangeDocument.model_validate({"treatment": Treatment.SENT.value, **data}), whole=True)
    if found is None:
        raise ValueError("it is no change of a field")
    return found


def _before(written: ChangeDocument) -> Before | None:
    if written.before_is == "unknown":
        return Unknown() if written.before is None else None
    value = from_json(written.field, written.before)
    if value is None:
        return None
    if written.before_is == "known":
        return Known(value=value, doubt=written.before_doubt)
    return Assumed(value=value, since=written.before_since or "", run=written.before_run or "")


def plan_from_document(document: PlanDocument, problems: list[str]) -> Plan:
    """Return the plan in `document`, as people see it; add what is wrong to `problems`."""
    return Plan(
        targets=tuple(target_from_document(target, problems, whole=True) for target in document.targets),
        diagnostics=_all(document.diagnostics, _diagnostic, problems),
        released=_all(document.released, _released, problems),
        base=document.base or "",
        head=document.head or "",
        offline=document.offline,
        fields=document.fields,
        shard=document.shard,
        selection=document.selection,
        program=document.program,
    )


def _all(parts: tuple[_Data, ...] | list[_Data], read: Callable[[_Data], _T], problems: list[str]) -> tuple[_T, ...]:
    """Return what `read` makes of each part. A part that it refuses is a problem, whose text is not repeated."""
    found: list[_T] = []
    for part in parts:
        try:
            found.append(read(part))
        except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
            problems.append(
                f"what stands in its {read.__name__.strip('_')} parts is not what `plan --out` writes there"
            )
    return tuple(found)


def _unchanged(data: _Data) -> UnchangedField:
    return checked(UnchangedField, {**data, "reason": SameReason(data["reason"])})


def _unreadable(data: _Data) -> UnreadableField:
    cause = data["cause"]
    return checked(UnreadableField, {**data, "cause": _cause(cause) if cause is not None else None})


def _cause(data: _Data) -> Cause:
    return checked(Cause, dict(data))


def _business(data: _Data) -> Business:
    return checked(Business, dict(data))


def _detail(data: _Data) -> Detail:
    pieces = tuple(checked(Piece, {**one, "became": Became(one["became"])}) for one in data["pieces"])
    return checked(Detail, {**data, "became": Became(data["became"]), "pieces": pieces})


def _diagnostic(data: _Data) -> Diagnostic:
    location = checked(Location, dict(data["location"]))
    return checked(Diagnostic, {**data, "severity": Severity(data["severity"]), "location": location})


def _released(data: _Data) -> Unmanaged:
    key = tuple(data[name] for name in ("provider", "endpoint", "address"))
    told = {"key": key, "profile": data["profile"], "fields": tuple(data["fields"]), "whole": data["whole"]}
    return checked(Unmanaged, {**told, "mode": Mode(data["mode"])})

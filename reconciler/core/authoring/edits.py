"""What is to be written into people's files, and what came of it: for `drift --adopt` and for `rollback`.

adoption: (a plan, the desired profiles) → for each profile the live values that its file should say, and the rest.
rollback: (a run's record, the desired profiles) → for each profile the values that its file should say again.
objections: a run's record → everything in it that no apply would have written.

Adoption takes only values that are known to have moved elsewhere. A person decides about a difference without a date,
and about one that moved on both sides. Whether `validate` accepts a live value shows when the changed file is resolved.

Rollback puts back only what that run sent, or may have sent, and only if the files still ask for exactly that: a later
edit stays. A record is foreign: its values are checked by field, and its names are only shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.core.basics import Location
from reconciler.core.explanations import ORIGINS, DriftSection
from reconciler.core.fields import FIELD, Json, Picture, Value, Webhook, canonical_url
from reconciler.core.kinds import brief, from_json, identical
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, Reason, RunRecord
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reading.layers import literal
from reconciler.core.target import Change, Desired, DesiredField, Known, Placed


@dataclass(frozen=True, slots=True)
class Authored(Placed):
    """A field that a profile's own file now says; `detail` adds what a reviewer should know."""

    profile: str
    file: str
    field: str
    detail: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut(Placed):
    """A field that was not written, and why. `failed` if it should have been and the machine prevented it."""

    profile: str
    file: str
    field: str
    reason: str
    failed: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class WantedField:
    """A value that a profile's own file should say."""

    field: str
    value: Value
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileChanges:
    """One profile's part: the values that its file should say, and those that it should not, each with its reason."""

    desired: Desired
    wanted: tuple[WantedField, ...] = ()
    left: tuple[LeftOut, ...] = ()


def left_out(desired: Desired, field: str, reason: str, *, failed: bool = False) -> LeftOut:
    """Return the value for a field of a profile that is not written."""
    profile = desired.target.profile
    return LeftOut(profile, file=desired.file, field=field, reason=reason, failed=failed, line=desired.line)


def overrides(source: Location, desired: Desired) -> str:
    """Return what the profile's own file then overrides, if the field is written elsewhere; else ""."""
    return f"overrides {source.file}:{source.line}" if source.file not in ("", desired.file) else ""


def spelled(value: Value, desired: Value) -> Value:
    """Return a value whose links are spelled as in the files: a provider rewrites the spelling of live links."""
    if not isinstance(value, tuple) or not isinstance(desired, tuple):
        return value
    known = {canonical_url(link): link for link in desired}
    return tuple(known.get(canonical_url(link), link) for link in value)


def as_written(value: Value, *, picture: str = "") -> Json:
    """Return a value as YAML writes it: a literal `${` is doubled, and a picture is its path."""
    match value:
        case Picture():
            return picture or value.file
        case str():
            return literal(value)
        case tuple():
            return [literal(link) for link in value]
        case Webhook():
            return {"url": literal(value.url)}
        case _:
            assert_never(value)


def is_text(data: Json) -> bool:
    """True if all of `data` can stand in a file; half of a surrogate pair cannot."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


_WEBHOOK = "a webhook is never adopted: its secrets are not shown, and customers' messages go where it says"


def adoption(plan: Plan, desired: Sequence[Desired]) -> tuple[FileChanges, ...]:
    """Return what to do with each profile that differs from live, in the plan's order."""
    by_key = {one.target.key: one for one in desired}
    found = (_of(planned, by_key[planned.target.key]) for planned in plan.targets if planned.differences)
    return tuple(one for one in found if one.wanted or one.left)


def _of(planned: TargetPlan, desired: Desired) -> FileChanges:
    found = [*_adoption_verdicts(planned, desired)]
    return FileChanges(
        desired=desired,
        wanted=tuple(one for one in found if isinstance(one, WantedField)),
        left=tuple(one for one in found if isinstance(one, LeftOut)),
    )


def _adoption_verdicts(planned: TargetPlan, desired: Desired) -> Iterator[WantedField | LeftOut]:
    """Yield a verdict on each difference, except those that wait for an apply: the files ask for them."""
    for change in planned.differences:
        observed, meaning = planned.status is TargetStatus.OBSERVED, ORIGINS[change.origin]
        moved = observed or meaning.section is DriftSection.MOVED or meaning.undecided
        live = change.before_value
        if not moved or live is None:
            continue
        if why := _why_not_adopted(change, live, observed=observed):
            yield left_out(desired, change.field, why)
        else:
            detail = overrides(change.source, desired)
            yield WantedField(field=change.field, value=spelled(live, change.after), detail=detail)


def _why_not_adopted(change: Change, live: Value, *, observed: bool) -> str:
    """Return why a live value is not taken, or ""."""
    if not isinstance(change.before, Known):
        return "it cannot be read back"
    if isinstance(live, Webhook):
        return _WEBHOOK
    if change.acknowledged:
        return f"accepted: {change.acknowledged}"
    if not observed and (undecided := ORIGINS[change.origin].undecided):
        return undecided
    return "" if is_text(as_written(live)) else "it holds half of a character"


# The statuses of changes that may have reached the provider, each with a remark.
_SENT: Mapping[FieldStatus, str] = {
    FieldStatus.APPLIED: "",
    FieldStatus.ACKNOWLEDGED: "",
    FieldStatus.ALTERED: "the provider altered what that run sent",
    FieldStatus.UNCONVERGED: "what that run sent had not shown when it ended",
    FieldStatus.UNKNOWN: "whether what that run sent arrived was not known when it ended",
}
_STRANGER = "no profile is applied to its number any more"
_CHANGED = "it was changed since that run, and is left alone"

FindPicture = Callable[[Picture], Picture | None]


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What was put back into the files of a run's changes, what was not, and how many fields say so already."""

    run: str
    started: str
    written: tuple[Authored, ...] = ()
    left: tuple[LeftOut, ...] = ()
    already: int = 0

    @property
    def reasons(self) -> frozenset[Reason]:
        """Left-out fields make it incomplete, and so does a run that sent nothing; a failed write is an error."""
        if any(one.failed for one in self.left):
            return frozenset({Reason.ERROR})
        return frozenset() if not self.left and (self.written or self.already) else frozenset({Reason.INCOMPLETE})


@dataclass(frozen=True, slots=True)
class Rollback:
    """What to do with each profile, which changes belong to no profile, and how many fields say so already."""

    revisions: tuple[FileChanges, ...]
    strangers: tuple[LeftOut, ...]
    already: int


def objections(record: RunRecord) -> tuple[str, ...]:
    """Return everything in a record that no apply would have written."""
    seen: set[tuple[object, ...]] = set()
    found: list[str] = []
    for outcome in record.outcomes:
        for field in outcome.fields:
            where = f"{field.field!r:.40} of {outcome.target.profile!r:.80}"
            if field.field not in FIELD:
                found.append(f"{where}: there is no such field")
            elif (outcome.target.key, field.field) in seen:
                found.append(f"{where} stands twice")
            elif not _sound(field):
                found.append(f"{where}: what it says of before and after are no values of it")
            seen.add((outcome.target.key, field.field))
    return tuple(found)


def _sound(field: FieldOutcome) -> bool:
    before = from_json(field.field, field.before)
    known = before is not None if field.before_is in ("known", "assumed") else field.before is None
    return (
        known and field.before_is in ("known", "assumed", "unknown") and from_json(field.field, field.after) is not None
    )


def rollback(record: RunRecord, desired: Sequence[Desired], *, find: FindPicture) -> Rollback:
    """Return what is to be put back; `find` returns a picture with the file below profiles/ that holds it."""
    by_key = {one.target.key: one for one in desired}
    revisions: list[FileChanges] = []
    strangers: list[LeftOut] = []
    already = 0
    for outcome in record.outcomes:
        one = by_key.get(outcome.target.key)
        if one is None:
            strangers += _strangers(outcome)
            continue
        found = [*_rollback_verdicts(outcome, one, find)]
        wanted = tuple(verdict for verdict in found if isinstance(verdict, WantedField))
        left = tuple(verdict for verdict in found if isinstance(verdict, LeftOut))
        already += found.count(None)
        revisions += [FileChanges(desired=one, wanted=wanted, left=left)] if wanted or left else []
    return Rollback(tuple(revisions), tuple(strangers), already)


def _strangers(outcome: Outcome) -> Iterator[LeftOut]:
    for field in outcome.fields:
        if field.status in _SENT:
            yield LeftOut(profile=outcome.target.profile, file="", field=field.field, reason=_STRANGER)


def _rollback_verdicts(outcome: Outcome, desired: Desired, find: FindPicture) -> Iterator[WantedField | LeftOut | None]:
    """Yield a verdict on each field that was sent; None if the file says so already."""
    for field in outcome.fields:
        now = desired.get(field.field)
        if field.status not in _SENT:
            continue
        if now is None:
            yield left_out(desired, field.field, "the profile does not manage it any more")
            continue
        before, after = from_json(field.field, field.before), from_json(field.field, field.after)
        if before is not None and identical(now.value, before):
            yield None
        elif after is None or not identical(now.value, after):
            yield left_out(desired, field.field, _CHANGED)
        elif before is None:
            yield left_out(desired, field.field, "what was there before is not known")
        elif why := _why_not_rolled_back(before):
            yield left_out(desired, field.field, why)
        else:
            yield _again(field, before, now, desired, find)


def _why_not_rolled_back(before: Value) -> str:
    """Return why a value from before cannot be written, or ""."""
    if isinstance(before, Webhook):
        was = f"it was {before.url}" if before.url else "there was none"
        return f"a webhook is put back by hand, for its secrets are in no record; {was}"
    return "" if is_text(as_written(before)) else "it held half of a character"


def _again(
    field: FieldOutcome, before: Value, now: DesiredField, desired: Desired, find: FindPicture
) -> WantedField | LeftOut:
    value: Value | None = find(before) if isinstance(before, Picture) else spelled(before, now.value)
    if value is None:
        return left_out(desired, field.field, f"no file in profiles/ holds what was there, {brief(before)}")
    assumed = "as it was last sent, for it cannot be read back" if field.before_is == "assumed" else ""
    details = (_SENT[field.status], assumed, overrides(now.source, desired))
    return WantedField(field=field.field, value=value, detail="; ".join(filter(None, details)))

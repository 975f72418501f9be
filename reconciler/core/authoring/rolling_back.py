"""rollback: (a run's record, the desired profiles) → for each profile the values that its file should say again.

objections: a run's record → everything in it that no apply would have written.

Rollback puts back only what that run sent, or may have sent, and only if the files still ask for exactly that: a later
edit stays. A record is foreign: its values are checked by field, and its names are only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.authoring.edits import (
    Authored,
    FileChanges,
    LeftOut,
    WantedField,
    as_written,
    is_text,
    left_out,
    overrides,
    spelled,
)
from reconciler.core.basics import Reason
from reconciler.core.comparing.kinds import brief, from_json, is_identical
from reconciler.core.fields import FIELD, Picture, Value, Webhook
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.target import Desired, DesiredField

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
        if before is not None and is_identical(now.value, before):
            yield None
        elif after is None or not is_identical(now.value, after):
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

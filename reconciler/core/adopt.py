"""adopt: (a plan, the desired profiles) → for each profile what its file is to say as live has it, and what not.

Only what is known to have moved elsewhere is taken: what nobody can date, or what moved on both sides, is for somebody
to decide. Whether `validate` takes a live value shows when the file that says it is resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.authoring import (
    FileChanges,
    LeftOut,
    WantedFields,
    as_written,
    is_text,
    left_out,
    overrides,
    spelled,
)
from reconciler.core.change import Change, Origin
from reconciler.core.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.target import Desired, Known
from reconciler.core.value import Value, Webhook

_UNDECIDED = {
    Origin.CONFLICT: "changed in the files and elsewhere: somebody must decide which of the two it is to be",
    Origin.UNRECORDED: "nothing says since when it differs: somebody must decide",
    Origin.ADOPTED: "nothing says since when it differs: somebody must decide",
}
_WEBHOOK = "a webhook is never adopted: its secrets are not shown, and customers' messages go where it says"


def adoption(plan: Plan, desired: Sequence[Desired]) -> tuple[FileChanges, ...]:
    """Return what is to be done with each profile that differs from live, in the plan's order."""
    by_key = {one.target.key: one for one in desired}
    found = (_of(planned, by_key[planned.target.key]) for planned in plan.targets if planned.differences)
    return tuple(one for one in found if one.wanted or one.left)


def _of(planned: TargetPlan, desired: Desired) -> FileChanges:
    found = [*_verdicts(planned, desired)]
    return FileChanges(
        desired=desired,
        wanted=tuple(one for one in found if isinstance(one, WantedFields)),
        left=tuple(one for one in found if isinstance(one, LeftOut)),
    )


def _verdicts(planned: TargetPlan, desired: Desired) -> Iterator[WantedFields | LeftOut]:
    """Yield what becomes of each difference; what the files ask for and live does not have yet is none of it."""
    for change in planned.differences:
        observed = planned.status is TargetStatus.OBSERVED
        moved = observed or change.origin in (Origin.DRIFTED, *_UNDECIDED)
        live = change.before_value
        if not moved or live is None:
            continue
        if why := _why_not(change, live, observed=observed):
            yield left_out(desired, change.field, why)
        else:
            detail = overrides(change.source, desired)
            yield WantedFields(field=change.field, value=spelled(live, change.after), detail=detail)


def _why_not(change: Change, live: Value, *, observed: bool) -> str:
    """Return why a live value is not taken, or an empty text."""
    if not isinstance(change.before, Known):
        return "it cannot be read back"
    if isinstance(live, Webhook):
        return _WEBHOOK
    if change.acknowledged:
        return f"acknowledged: {change.acknowledged}"
    if not observed and change.origin in _UNDECIDED:
        return _UNDECIDED[change.origin]
    return "" if is_text(as_written(live)) else "it holds half of a character"

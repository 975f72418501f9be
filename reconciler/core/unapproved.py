"""unapproved: (what would be sent now, an approved plan) → what of it nobody approved, beside what was approved.

A change is approved where provider, endpoint, address, account, field, before and after are all those of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.approved import ApprovedPlan, permit
from reconciler.core.change import Change
from reconciler.core.model import Model
from reconciler.core.plan import TargetPlan
from reconciler.core.target import Target

_PLACE = ("provider", "endpoint", "address", "account")


class Unapproved(Model):
    """A change that would be sent now. `approved` is what was approved for its field, None where nothing was.

    `approved_for` is the target that the approved plan has in its place, None where it has none.
    """

    target: Target
    file: str
    now: Change
    approved_for: Target | None = None
    approved: Change | None = None

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What of the place that it would be sent to is another one than the approved plan's."""
        if self.approved_for is None:
            return ()
        return tuple(name for name in _PLACE if getattr(self.target, name) != getattr(self.approved_for, name))


def unapproved(sending: Iterable[tuple[TargetPlan, Change]], plan: ApprovedPlan) -> tuple[Unapproved, ...]:
    """Return every change of `sending` that `plan` does not permit."""
    permits = plan.permits
    # Whichever name a profile has by now, its address is the same; one that moved is known by its name.
    known: dict[object, TargetPlan] = {one.target.profile: one for one in plan.plan.targets}
    known |= {one.target.key: one for one in plan.plan.targets}
    return tuple(
        _beside(planned, change, known.get(planned.target.key) or known.get(planned.target.profile))
        for planned, change in sending
        if permit(planned.target, change) not in permits
    )


def _beside(planned: TargetPlan, change: Change, approved: TargetPlan | None) -> Unapproved:
    changes = approved.changes if approved is not None else ()
    return Unapproved(
        target=planned.target,
        file=planned.file,
        now=change,
        approved_for=approved.target if approved is not None else None,
        approved=next((one for one in changes if one.field == change.field), None),
    )

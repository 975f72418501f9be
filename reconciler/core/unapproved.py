"""unapproved: (what would be sent now, an approved plan) → what of it nobody approved, beside what was approved.

A change is approved where provider, endpoint, address, account, field, before, after and whatever else decides where it
goes are all those of the plan. Of what was planned offline nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.approved import ApprovedPlan, permit
from reconciler.core.change import Change
from reconciler.core.model import Model
from reconciler.core.plan import TargetPlan
from reconciler.core.target import Target

_PLACE = ("provider", "endpoint", "address", "account")


class Rerouted(Model):
    """Something that decides where a change goes, and is another now than was approved; empty where there is none."""

    name: str
    approved: str
    now: str


class Unapproved(Model):
    """A change that would be sent now. `approved` is what was approved for its field, None where nothing was.

    `approved_for` is the target that the approved plan has in its place, None where it has none. `planned_offline` says
    that nobody looked at it when that plan was made.
    """

    target: Target
    file: str
    now: Change
    approved_for: Target | None = None
    approved: Change | None = None
    planned_offline: bool = False

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What of the place that it would be sent to is another one than the approved plan's."""
        if self.approved_for is None:
            return ()
        return tuple(name for name in _PLACE if getattr(self.target, name) != getattr(self.approved_for, name))

    @property
    def rerouted(self) -> tuple[Rerouted, ...]:
        """What else decides where it goes, and is not as it was approved."""
        if self.approved is None:
            return ()
        was, now = ({via.name: via.value for via in change.via} for change in (self.approved, self.now))
        found = (Rerouted(name=name, approved=was.get(name, ""), now=now.get(name, "")) for name in {**was, **now})
        return tuple(one for one in found if one.approved != one.now)


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
    blind = approved is not None and approved.offline
    changes = approved.changes if approved is not None and not blind else ()
    return Unapproved(
        target=planned.target,
        file=planned.file,
        now=change,
        approved_for=approved.target if approved is not None else None,
        approved=next((one for one in changes if one.field == change.field), None),
        planned_offline=blind,
    )

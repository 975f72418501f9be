"""Approved plans: which changes an approval covers, and which of a new run it does not.

approved: (the bytes of a plan document) → the plan that was approved | diagnostics.
unapproved: (the changes to send now, an approved plan) → those it does not hold, beside what it holds in their place.

The document is foreign: a file from an artifact, a mail, a pull request. It can only permit changes that the
checked-out files ask for. Its values are compared and shown, and never sent. A document that is not exactly what `plan
--out` writes is refused, and so is one whose digests do not match its contents.

A change is approved if provider, endpoint, address, account, field, before, after and all its bindings are those of the
plan. Changes that were planned offline are never approved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic import ValidationError

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.formats import PLAN_FORMAT
from reconciler.core.memory.stored import loaded
from reconciler.core.planning.digest import change_digest
from reconciler.core.planning.document_reader import target_from_document
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import LEFT
from reconciler.core.reading.parsing import dotted
from reconciler.core.roster import NO_BUSINESS, Business
from reconciler.core.shards import MERGE
from reconciler.core.target import Change, Placed, Target

if TYPE_CHECKING:
    from reconciler.core.planning.document import PlanDocument

# A plan that sets every field of ten thousand profiles has about half of this.
LARGEST_PLAN: Final = 128 * 1024 * 1024
# As many problems as a person reads before making the plan again.
_MOST = 10
# Any minor version of this major one. A key that this program does not know is refused all the same.
_MINOR = re.compile(rf"{PLAN_FORMAT.partition('.')[0]}\.[0-9]{{1,4}}\Z", re.ASCII)
ALTERED = "it was altered: its digest is not that of its changes"
_AGAIN = "plan again with `plan --out FILE`, and have that plan approved"

# The expected content of a place in the document, by pydantic's name for the error there.
_WANTED: Final = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}

Permit: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """An approved plan. It permits its own changes, each only while the live value is still the one that it shows.

    It permits no change of a target that was planned offline, because its live value was not known. `left` are the
    permits whose changes it shows as left: sending them takes more than this approval.
    """

    plan: Plan
    left: frozenset[Permit] = frozenset()

    @property
    def profiles(self) -> frozenset[str]:
        """The profiles that it was made for, including those without a change."""
        return frozenset(planned.target.profile for planned in self.plan.targets)

    @property
    def unread(self) -> frozenset[str]:
        """The profiles that it did not read, because reading them would have changed nothing."""
        targets = self.plan.targets
        return frozenset(one.target.profile for one in targets if one.status is TargetStatus.NOT_READ)

    @property
    def permits(self) -> frozenset[Permit]:
        """The digest of each change that it permits, and the account to send it with."""
        return frozenset(permit(planned.target, change) for planned, change in self._looked_at)

    @property
    def accepted(self) -> frozenset[Permit]:
        """The permits whose changes the plan shows as accepted, and so as left alone: sending them was not approved."""
        return frozenset(permit(planned.target, c) for planned, c in self._looked_at if c.acknowledged)

    @property
    def _looked_at(self) -> Iterator[tuple[TargetPlan, Change]]:
        return ((planned, change) for planned, change in self.plan.changes if not planned.offline)


def permit(target: Target, change: Change) -> Permit:
    """Return the identity of a change in an approved plan: its digest, and the account to send it with."""
    return change_digest(target, change), target.account


def approved(content: bytes, *, file: str) -> ApprovedPlan | tuple[Diagnostic, ...]:
    """Return the plan in `content`; `file` is the name that problems are reported under."""
    document = read_document(content, file=file)
    if isinstance(document, tuple):
        return document
    if document.offline:
        return _refused(["it is an offline plan, which says nothing of what is live, so it cannot be applied"], file)
    if document.shard:
        summary = f"it is the plan of shard {document.shard:.10} alone"
        return (error("plan-document", summary, hint=MERGE, location=Location(file=file)),)
    problems: list[str] = []
    plan = Plan(tuple(target_from_document(target, problems) for target in document.targets), fields=document.fields)
    if not problems and plan.digest != document.digest:
        problems.append(ALTERED)
    read = (target for target in document.targets if not target.offline)
    written = ((target.account, one) for target in read for one in target.changes)
    left = frozenset((one.digest, account) for account, one in written if one.treatment in LEFT)
    return _refused(problems, file) if problems else ApprovedPlan(plan=plan, left=left)


def read_document(content: bytes, *, file: str) -> PlanDocument | tuple[Diagnostic, ...]:
    """Return the plan document in `content`. Its digests are not compared yet."""
    data = loaded(content, "plan", most=LARGEST_PLAN)
    return _refused([data], file) if isinstance(data, str) else checked_document(data, file=file)


def checked_document(data: dict[str, Any], *, file: str) -> PlanDocument | tuple[Diagnostic, ...]:
    """Return the plan document in `data`. Its digests are not compared yet."""
    # Nearly every run has no approved plan, and its models are a tenth of what all others take to be made.
    from reconciler.core.planning.document import PlanDocument

    at = Location(file=file)
    version = data.get("format_version")
    if not isinstance(version, str) or not _MINOR.match(version):
        said = f"version {version!r:.40}" if isinstance(version, str) else "no version"
        summary = f"its format has {said}, and this program reads {PLAN_FORMAT!r}"
        return (error("plan-version", summary, hint="use the program that made the plan, or plan again", location=at),)
    try:
        document = PlanDocument.model_validate(data)
    except ValidationError as problem:
        return _refused([_said(item) for item in problem.errors(include_url=False, include_input=False)], file)
    unknown = [f"{name!r:.40} is not a field" for name in document.fields if name not in FIELD_NAMES]
    return _refused(unknown, file) if unknown else document


def _refused(found: list[str], file: str) -> tuple[Diagnostic, ...]:
    more = (f"and {len(found) - _MOST} more problems",) if len(found) > _MOST else ()
    at = Location(file=file)
    return tuple(error("plan-document", what, hint=_AGAIN, location=at) for what in (*found[:_MOST], *more))


def _said(item: Any) -> str:
    """Describe pydantic's finding without the value that it found."""
    path = f"{dotted(item['loc']):.80}"
    match item["type"]:
        case "extra_forbidden":
            return f"unknown key {path}"
        case "missing":
            return f"{path} is missing"
        case "enum" | "literal_error":
            return f"{path} should be {item['ctx']['expected']}"
        case kind:
            return f"{path} should be {_WANTED.get(kind, 'what `plan --out` writes there')}"


_PLACE = ("provider", "endpoint", "address", "account")


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A binding of a change that differs from the approved one; a missing side is empty."""

    name: str
    approved: str
    now: str


@dataclass(frozen=True, slots=True)
class Unapproved(Placed):
    """A change that would be sent now. `approved` is the approved change of its field, None if there is none.

    `approved_for` is the approved plan's target in its place, None if it has none. `planned_offline` says that this
    target was not read when that plan was made.
    """

    target: Target
    file: str
    now: Change
    approved_for: Target | None = None
    approved: Change | None = None
    planned_offline: bool = False
    business: Business = NO_BUSINESS
    line: int = 0

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The parts of the target that differ from the approved plan's."""
        if self.approved_for is None:
            return ()
        return tuple(name for name in _PLACE if getattr(self.target, name) != getattr(self.approved_for, name))

    @property
    def rerouted(self) -> tuple[Rerouted, ...]:
        """The bindings that differ from the approved ones."""
        if self.approved is None:
            return ()
        was, now = ({via.name: via.value for via in change.via} for change in (self.approved, self.now))
        found = (Rerouted(name=name, approved=was.get(name, ""), now=now.get(name, "")) for name in {**was, **now})
        return tuple(one for one in found if one.approved != one.now)


def unapproved(sending: Iterable[tuple[TargetPlan, Change]], plan: ApprovedPlan) -> tuple[Unapproved, ...]:
    """Return every change of `sending` that `plan` does not permit."""
    permits = plan.permits
    # A renamed profile is found by its address, and a moved one by its name.
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
        line=planned.line,
        now=change,
        approved_for=approved.target if approved is not None else None,
        approved=next((one for one in changes if one.field == change.field), None),
        planned_offline=blind,
        business=planned.business,
    )

"""judge_gates: (a plan's gates, what the labels of its pull request let through) → which gates still stop its apply.

newest_plan: (an open pull request, runs of the plan's workflow) → the run whose plan counts, or why there is none yet.
tripped_in: (the bytes of a plan document) → its gates and its base | why they cannot be read.

This is for people who look before the merge. A pull request can change the plan that its own run leaves, so nothing is
let through because of it: the apply plans anew, and judges gates and labels again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from reconciler.core.basics import Model
from reconciler.core.memory.stored import loaded
from reconciler.core.safety.approval import LARGEST_PLAN
from reconciler.core.settings import Rule
from reconciler.forge.port import Pull, PullEvent, WorkflowRun, has_ended, is_same_name
from reconciler.forge.rules.labels import LABEL_PREFIX, AllowedByLabels, IgnoredLabel, is_of_branch

# Seconds. GitHub lists a run a moment after its push, or never; one that goes on ends within its own time.
_UNLISTED: Final = 120.0
_GOES_ON: Final = 7200.0


class TrippedGate(Model):
    """One gate in a plan document."""

    gate: str
    rule: Annotated[Rule, Field(strict=False)]
    summary: str
    hint: str
    profiles: Annotated[tuple[str, ...], Field(strict=False)] = ()


class _Document(Model):
    """What is used of a plan document; it is foreign, and the rest of it does not matter here."""

    gates: Annotated[tuple[TrippedGate, ...], Field(strict=False)]
    base: str | None
    complete: bool
    errored: bool
    targets: tuple[dict[str, Any], ...] = Field(strict=False)
    offline: bool = False


@dataclass(frozen=True, slots=True)
class PlanGates:
    """The gates that a plan trips. `base` is the commit that it compares with, "" if there was none.

    `partly` says that the plan may not know all of them: something was planned offline, or could not be read.
    """

    tripped: tuple[TrippedGate, ...]
    base: str = ""
    partly: bool = False


@dataclass(frozen=True, slots=True)
class NoPlan:
    """There is no plan to judge, and why. It may come: it is worth waiting for it `patience` seconds."""

    why: str
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class JudgedGate:
    """A gate, the labels `by` which it is open, and those for it that do not count. Without a label it is closed.

    No label opens a gate that the settings deny.
    """

    tripped: TrippedGate
    by: tuple[PullEvent, ...] = ()
    ignored: tuple[IgnoredLabel, ...] = ()

    @property
    def stands(self) -> bool:
        """True if an apply would stop here."""
        return self.tripped.rule is Rule.DENY or (self.tripped.rule is Rule.ASK and not self.by)


@dataclass(frozen=True, slots=True)
class GatesResult:
    """What the check comes to for the pull request `pull`, whose newest commit is `commit`.

    `run` made the plan. Without one, `why` says why; with `settled` there is nothing to be judged. `patience` is how
    many seconds it is worth to wait for a plan. `base` is the commit that the plan compares with, and `tip` the newest
    one of `branch`, "" if it is not known.
    """

    pull: int
    commit: str = ""
    run: int = 0
    gates: tuple[JudgedGate, ...] = ()
    allowed: AllowedByLabels = field(default_factory=AllowedByLabels)
    why: str = ""
    settled: bool = False
    patience: float = 0.0
    partly: bool = False
    branch: str = ""
    base: str = ""
    tip: str = ""

    @property
    def passes(self) -> bool:
        """True if nothing that is known stops the apply of it."""
        return self.settled or (bool(self.run) and not any(gate.stands for gate in self.gates))

    @property
    def moved(self) -> bool:
        """True if the branch went on after the plan was made."""
        return bool(self.base and self.tip) and self.base != self.tip


def newest_plan(pull: Pull, runs: Iterable[WorkflowRun], *, repository: str, workflow: str) -> WorkflowRun | NoPlan:
    """Return the newest run for the pull request's last commit, if it came to its end."""
    if not is_same_name(pull.head_repository, repository):
        return NoPlan("it comes from a fork, whose plan asks no provider; push its branch to this repository")
    at_head = [one for one in runs if one.head == pull.head]
    ours = [one for one in at_head if is_of_branch(one, pull, repository=repository, workflow=workflow)]
    if not ours:
        return NoPlan(f"no run of {workflow} is known for its last commit {pull.head[:7]}", patience=_UNLISTED)
    newest = max(ours, key=lambda one: (one.created, one.id))
    if not newest.conclusion:
        why = f"the plan of its last commit {pull.head[:7]}, run {newest.id}, goes on"
        return NoPlan(why, patience=_GOES_ON)
    ended = f"run {newest.id} of {workflow} ended with {newest.conclusion}; run it again, and then this check"
    return newest if has_ended(newest) else NoPlan(ended)


def tripped_in(plan: bytes) -> PlanGates | str:
    """Return the gates of a plan document, or why they cannot be read."""
    data = loaded(plan, "plan", most=LARGEST_PLAN)
    if isinstance(data, str):
        return data
    wanted = {name: data[name] for name in _Document.model_fields if name in data}
    try:
        found = TypeAdapter(_Document).validate_python(wanted)
    except ValidationError:
        return "it is no whole plan; the comment and the run's summary say what is wrong"
    if found.errored:
        return "its files have errors; the comment and the run's summary name them"
    offline = found.offline or any(target.get("offline") for target in found.targets)
    return PlanGates(found.gates, found.base or "", partly=offline or not found.complete)


def judge_gates(tripped: Sequence[TrippedGate], allowed: AllowedByLabels) -> tuple[JudgedGate, ...]:
    """Return each gate with the labels that are for it."""
    return tuple(
        JudgedGate(
            gate,
            tuple(event for event in allowed.given if event.label == f"{LABEL_PREFIX}{gate.gate}"),
            tuple(one for one in allowed.ignored if one.label == f"{LABEL_PREFIX}{gate.gate}"),
        )
        for gate in tripped
    )

"""labels: (a merged pull request, what happened to it, who may write) → the rules that its labels let through.

A label `allow-RULE` stands for `apply --allow RULE`. It counts only if a person who may write put it on, after the last
push, and not the author of the pull request; whatever is ignored is said, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from reconciler.core.decide import ALLOWABLE
from reconciler.core.github import Event, Pull, WorkflowRun
from reconciler.core.model import Model
from reconciler.core.workflow import same_name

PREFIX: Final = "allow-"
_MAY_WRITE: Final = ("admin", "maintain", "write")
# Whoever can push a branch can have a workflow there put on a label; no person's login ends so.
_BOT: Final = "[bot]"
# What changes that which is merged: a push that rewrites, and another branch to merge into. Other pushes start a run.
_MOVES: Final = ("head_ref_force_pushed", "base_ref_changed", "base_ref_force_pushed")


class Ignored(Model):
    """A label that lets nothing through, and why."""

    label: str
    actor: str
    why: str


class Allowed(Model):
    """What the labels of a merged pull request let through; without a pull request, nothing."""

    pull: int = 0
    rules: tuple[str, ...] = ()
    given: tuple[Event, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()


def put_on(pull: Pull, events: Iterable[Event]) -> tuple[Event, ...]:
    """Return how each label `allow-…` that was on at the merge came there, in the order of their names."""
    on: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: event.at):
        if pull.merged_at is None or event.at > pull.merged_at or not event.label.casefold().startswith(PREFIX):
            continue
        if event.kind == "labeled":
            on[event.label] = event
        elif event.kind == "unlabeled":
            on.pop(event.label, None)
    return tuple(on[label] for label in sorted(on))


def runs_of(runs: Iterable[WorkflowRun], pull: Pull, *, repository: str, workflow: str) -> tuple[WorkflowRun, ...]:
    """Return the runs of this repository's own workflow for what was merged, the newest first.

    The same commit on another branch, or in a fork, was pushed there at another time.
    """
    found = (
        run
        for run in runs
        if (run.head, run.branch, run.event) == (pull.head, pull.head_ref, "pull_request")
        and run.path.partition("@")[0] == f".github/workflows/{workflow}"
        and same_name(run.repository, repository)
        and same_name(run.head_repository, pull.head_repository)
    )
    return tuple(sorted(found, key=lambda run: (run.created, run.id), reverse=True))


def pushed(runs: Sequence[WorkflowRun], events: Iterable[Event]) -> datetime | None:
    """Return when what was merged was last pushed, or None where nobody knows; `runs` are those of what was merged.

    The time of a commit is no help: whoever makes it chooses that. A push starts a run, and GitHub says when.
    """
    if not runs:
        return None
    return max([run.created for run in runs] + [event.at for event in events if event.kind in _MOVES])


def allowed(
    pull: Pull, events: Sequence[Event], *, pushed: datetime | None, permissions: Mapping[str, str], self_label: bool
) -> Allowed:
    """Judge the labels. `permissions` are by login, as GitHub says them; `self_label` is what the policy says."""
    given: list[Event] = []
    ignored: list[Ignored] = []
    for event in put_on(pull, events):
        why = _ignored(event, pull, pushed=pushed, permissions=permissions, self_label=self_label)
        if why:
            ignored.append(Ignored(label=event.label, actor=event.actor, why=why))
        else:
            given.append(event)
    rules = tuple(event.label.removeprefix(PREFIX) for event in given)
    return Allowed(pull=pull.number, rules=rules, given=tuple(given), ignored=tuple(ignored))


def _ignored(
    event: Event, pull: Pull, *, pushed: datetime | None, permissions: Mapping[str, str], self_label: bool
) -> str:
    """Return why a label does not count, or an empty text."""
    if event.label.removeprefix(PREFIX) not in ALLOWABLE:
        return f"it names nothing that can be let through; that is one of {', '.join(ALLOWABLE)}"
    if not event.actor:
        return "nobody knows who put it on"
    if event.actor.endswith(_BOT):
        return "a program put it on, and not a person who looked at the plan"
    if permissions.get(event.actor, "none") not in _MAY_WRITE:
        return "who put it on may not write to this repository"
    if same_name(event.actor, pull.author) and not self_label:
        return "the author of the pull request put it on; somebody else has to, or `policy: {self_label: allow}`"
    if pushed is None:
        return "nobody knows when the pull request was last pushed to: no run of the plan's workflow says so"
    if event.at <= pushed:
        return "it was put on before the last push: take it off and put it on again after looking at the new plan"
    return ""

"""judge_labels: (a merged pull request, its events, who may write) → the rules that its labels let through.

A label `allow-RULE` stands for `apply --allow RULE`. It counts only if a person who may write put it on, after the last
push, and not the author of the pull request; whatever is ignored is said, with the reason. If the time of
that push is not known, no label counts (H-8 to H-12 in forge/github/APIS.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.core.safety.decision import ALLOWABLE
from reconciler.forge.port import Pull, PullEvent, WorkflowRun, same_name

LABEL_PREFIX: Final = "allow-"
_MAY_WRITE: Final = ("admin", "maintain", "write")
# Every person who can push a branch can have a workflow there put on a label; no person's login ends like this.
_BOT: Final = "[bot]"
# Only such a push leads back to a commit that had a run before; an older run says nothing about the time since.
_BACK: Final = "head_ref_force_pushed"
# Events that change what is merged without a push: another branch to merge into.
_MOVES: Final = ("base_ref_changed", "base_ref_force_pushed", "automatic_base_change_succeeded")
_NO_RUN: Final = "nobody knows when the pull request was last pushed to: no run of the plan's workflow says so"
_QUIETLY: Final = "what was merged was pushed last by something that starts no run: nobody knows when"


@dataclass(frozen=True, slots=True)
class IgnoredLabel:
    """A label that lets nothing through, and why."""

    label: str
    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class PushUnknown:
    """The time of the push of what was merged is not known; `why` says why."""

    why: str


@dataclass(frozen=True, slots=True)
class AllowedByLabels:
    """What the labels of a merged pull request let through; without a pull request, nothing."""

    pull: int = 0
    rules: tuple[str, ...] = ()
    given: tuple[PullEvent, ...] = ()
    ignored: tuple[IgnoredLabel, ...] = ()
    notes: tuple[str, ...] = ()


def put_on(pull: Pull, events: Iterable[PullEvent]) -> tuple[PullEvent, ...]:
    """Return the event that put on each label `allow-…` of the merge, in the order of their names."""
    on: dict[str, PullEvent] = {}
    for event in sorted(events, key=lambda event: event.at):
        if pull.merged_at is None or event.at > pull.merged_at or not event.label.casefold().startswith(LABEL_PREFIX):
            continue
        if event.kind == "labeled":
            on[event.label] = event
        elif event.kind == "unlabeled":
            on.pop(event.label, None)
    return tuple(on[label] for label in sorted(on))


def of_branch(run: WorkflowRun, pull: Pull, *, repository: str, workflow: str) -> bool:
    """True if a run is of this repository's own workflow, for the branch that the pull request came from.

    A branch of that name in a fork is another one. A push after the merge was not merged.
    """
    return (
        (run.branch, run.event) == (pull.head_ref, "pull_request")
        and run.path.partition("@")[0] == f".github/workflows/{workflow}"
        and same_name(run.repository, repository)
        and same_name(run.head_repository, pull.head_repository)
        and (pull.merged_at is None or run.created <= pull.merged_at)
    )


def last_push(pull: Pull, newest: WorkflowRun | None, events: Sequence[PullEvent]) -> datetime | PushUnknown:
    """Return when the merged commits were last pushed; `newest` is the newest run of their branch.

    The time of a commit is no help, because its author chooses it. A push starts a run, and GitHub says when. But a
    push with a workflow's own token starts none, nor does a commit that asks for none. So the newest run must be of
    what was merged, and no older than the last push that could lead back to a commit that had a run before.
    """
    if newest is None:
        return PushUnknown(why=_NO_RUN)
    back = (event.at for event in events if event.kind == _BACK)
    if newest.head != pull.head or newest.created < max(back, default=newest.created):
        return PushUnknown(why=_QUIETLY)
    return max([newest.created, *(event.at for event in events if event.kind in _MOVES)])


def judge_labels(
    pull: Pull,
    events: Sequence[PullEvent],
    *,
    pushed: datetime | PushUnknown,
    permissions: Mapping[str, str],
    self_label: bool,
) -> AllowedByLabels:
    """Judge the labels. `permissions` are by login, in GitHub's words; `self_label` is the policy's rule."""
    given: list[PullEvent] = []
    ignored: list[IgnoredLabel] = []
    for event in put_on(pull, events):
        why = _ignored(event, pull, pushed=pushed, permissions=permissions, self_label=self_label)
        if why:
            ignored.append(IgnoredLabel(label=event.label, actor=event.actor, why=why))
        else:
            given.append(event)
    rules = tuple(event.label.removeprefix(LABEL_PREFIX) for event in given)
    return AllowedByLabels(pull=pull.number, rules=rules, given=tuple(given), ignored=tuple(ignored))


def _ignored(
    event: PullEvent, pull: Pull, *, pushed: datetime | PushUnknown, permissions: Mapping[str, str], self_label: bool
) -> str:
    """Return why a label does not count, or ""."""
    if event.label.removeprefix(LABEL_PREFIX) not in ALLOWABLE:
        return f"it names nothing that can be let through; that is one of {', '.join(ALLOWABLE)}"
    if not event.actor:
        return "nobody knows who put it on"
    if event.actor.endswith(_BOT):
        return "a program put it on, and not a person who looked at the plan"
    if permissions.get(event.actor, "none") not in _MAY_WRITE:
        return "who put it on may not write to this repository"
    if same_name(event.actor, pull.author) and not self_label:
        return "the author of the pull request put it on; somebody else has to, or `policy: {self_label: allow}`"
    if isinstance(pushed, PushUnknown):
        return pushed.why
    if event.at <= pushed:
        return "it was put on before the last push: take it off and put it on again after looking at the new plan"
    return ""

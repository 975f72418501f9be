"""Which labels of a pull request count. PURE.

last_push: (a pull request, the runs of its branch, its events) → what was pushed last, or why that is not known.
judge_labels: (a pull request, its events, its last push, who may write) → the rules that its labels let through.
in_all: (what the labels of several pull requests let through) → what those of all of them do.

A label `allow-RULE` stands for `apply --allow RULE`. It counts if a person who may write put it on when the plan of the
last push had ended. A person who opened the pull request, or pushed last to it, has no say there. Each label that does
not count has a `LabelDoubt`, and `reconciler/forge/text/labels.py` words it: for the job that applies, and for each
other place that tells people about labels (H-8 to H-12, H-15 to H-17 in forge/github/APIS.md).

The rules are the same before and after the merge. What is on before the merge can still be taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Final

from reconciler.core.safety.decision import ALLOWABLE
from reconciler.forge.port import BranchPush, Pull, PullEvent, WorkflowRun, has_ended, is_same_name

LABEL_PREFIX: Final = "allow-"
_MAY_WRITE: Final = ("admin", "maintain", "write")
# Each person who can push a branch can have a program there put on a label. At GitHub no person's login ends like the
# first; at GitLab the account of a project's token, or a group's, is called like the second (G-11).
_PROGRAM: Final = re.compile(r".*\[bot\]|(?:project|group)_[0-9]+_bot(?:_?[0-9a-z]*)|service_account_.*", re.IGNORECASE)
# Only such a push leads back to a commit that had a run before; an older run says nothing about the time since.
_BACK: Final = "head_ref_force_pushed"
# Only GitLab has an event of each push, and of each other branch to merge into; it does not say who made it (G-13).
_NEW: Final = (_BACK, "pushed")
# Events that change what is merged without a push: another branch to merge into.
_MOVES: Final = ("base_ref_changed", "base_ref_force_pushed", "automatic_base_change_succeeded")


class LabelDoubt(StrEnum):
    """Why a label does not count; the words are those of the command's JSON."""

    NO_RULE = "no-rule"
    ACTOR_UNKNOWN = "actor-unknown"
    PROGRAM = "program"
    NOT_A_WRITER = "not-a-writer"
    AUTHOR = "author"
    PUSHER = "pusher"
    PUSHER_UNKNOWN = "pusher-unknown"
    PUSH_UNKNOWN = "push-unknown"
    QUIET_PUSH = "quiet-push"
    PLAN_NOT_ENDED = "plan-not-ended"
    PLANNED_AGAIN = "planned-again"
    BEFORE_PLAN = "before-plan"
    OTHER_PULL = "other-pull"


@dataclass(frozen=True, slots=True)
class IgnoredLabel:
    """A label of the pull request `pull` that lets nothing through, and why.

    `run` is the plan's run, if there is one. It ended at `ended`, if the doubt is about that. `other` is the pull
    request whose labels do not say the same.
    """

    label: str
    actor: str
    doubt: LabelDoubt
    pull: int = 0
    run: int = 0
    ended: datetime | None = None
    other: int = 0


@dataclass(frozen=True, slots=True)
class LastPush:
    """The last push: the accounts that made it, and when the plan of it had `ended`, by which `run`."""

    by: tuple[str, ...]
    ended: datetime
    run: int = 0


@dataclass(frozen=True, slots=True)
class PushInDoubt:
    """What was pushed last, by which account, or whether its plan was there, is not known; so no label counts."""

    doubt: LabelDoubt
    run: int = 0


@dataclass(frozen=True, slots=True)
class AllowedByLabels:
    """What the labels of a pull request let through; without a pull request, nothing.

    `pulls` are all those that the commit merged, the first of them `pull`.
    """

    pull: int = 0
    rules: tuple[str, ...] = ()
    given: tuple[PullEvent, ...] = ()
    ignored: tuple[IgnoredLabel, ...] = ()
    notes: tuple[str, ...] = ()
    pulls: tuple[int, ...] = ()


def put_on(pull: Pull, events: Iterable[PullEvent]) -> tuple[PullEvent, ...]:
    """Return the event that put on each label `allow-…`, in the order of their names: as they are, or at the merge."""
    on: dict[str, PullEvent] = {}
    for event in sorted(events, key=lambda event: event.at):
        late = pull.merged_at is not None and event.at > pull.merged_at
        if late or not event.label.casefold().startswith(LABEL_PREFIX):
            continue
        if event.kind == "labeled":
            on[event.label] = event
        elif event.kind == "unlabeled":
            on.pop(event.label, None)
    return tuple(on[label] for label in sorted(on))


def is_of_branch(run: WorkflowRun, pull: Pull, *, repository: str, workflow: str) -> bool:
    """True if a run is of this repository's own workflow, for the branch that the pull request came from.

    At GitLab a job of that name planned. A branch of that name in a fork is another one. A push after the merge was
    not merged.
    """
    return (
        (run.branch, run.event) == (pull.head_ref, "pull_request")
        and run.path.partition("@")[0] in (f".github/workflows/{workflow}", workflow)
        and is_same_name(run.repository, repository)
        and is_same_name(run.head_repository, pull.head_repository)
        and (pull.merged_at is None or run.created <= pull.merged_at)
    )


def last_push(
    pull: Pull, runs: Iterable[WorkflowRun], events: Sequence[PullEvent], pushes: Iterable[BranchPush]
) -> LastPush | PushInDoubt:
    """Return the last push of what is merged.

    `runs` are those of its branch, down to one of another commit at least. `pushes` are those to its branch, none if
    that is a fork's. The time of a commit is no help, because its author chooses it. A push starts a run, and GitHub
    says when. But a push with a workflow's own token starts none, nor does a commit that asks for none. So the newest
    run must be of what is merged, and no older than the last push that could lead back to a commit that had a run
    before.
    """
    newest_first = sorted(runs, key=lambda run: (run.created, run.id), reverse=True)
    if not newest_first:
        return PushInDoubt(LabelDoubt.PUSH_UNKNOWN)
    of_push = tuple(takewhile(lambda run: run.head == pull.head, newest_first))
    back = [event for event in events if event.kind == _BACK]
    news = (event.at for event in events if event.kind in _NEW)
    if not of_push or of_push[0].created < max(news, default=of_push[0].created):
        return PushInDoubt(LabelDoubt.QUIET_PUSH, run=newest_first[0].id)
    newest, first = of_push[0], of_push[-1]
    by = _pushers(pull, first, back, pushes)
    if not all(by):
        return PushInDoubt(LabelDoubt.PUSHER_UNKNOWN, run=first.id)
    if not has_ended(newest):
        return PushInDoubt(LabelDoubt.PLAN_NOT_ENDED, run=newest.id)
    if pull.merged_at is not None and newest.updated > pull.merged_at:
        return PushInDoubt(LabelDoubt.PLANNED_AGAIN, run=newest.id)
    moves = (event.at for event in events if event.kind in _MOVES)
    return LastPush(by=by, ended=max([newest.updated, *moves]), run=newest.id)


def _pushers(
    pull: Pull, first: WorkflowRun, back: Iterable[PullEvent], pushes: Iterable[BranchPush]
) -> tuple[str, ...]:
    """Return the accounts that pushed what is merged, "" for one that is not known.

    Of the runs of one commit in a row the `first` was started by its push, or by the opening of the pull request, and
    the others by a reopening. A program that opens it says nothing about the account that pushed.
    """
    of_head = [push for push in pushes if push.head == pull.head and push.at <= (pull.merged_at or push.at)]
    pushed = [push.actor for push in sorted(of_head, key=lambda push: push.at)[-1:]]
    unknown = [""] if _PROGRAM.fullmatch(first.actor) and not pushed else []
    forced = (event.actor for event in back if event.at >= first.created)
    return tuple(dict.fromkeys([first.actor, *pushed, *unknown, *forced]))


def judge_labels(
    pull: Pull,
    events: Sequence[PullEvent],
    *,
    push: LastPush | PushInDoubt,
    permissions: Mapping[str, str],
    self_label: bool,
) -> AllowedByLabels:
    """Judge the labels. `permissions` are by login, in GitHub's words; `self_label` is the policy's rule."""
    given: list[PullEvent] = []
    ignored: list[IgnoredLabel] = []
    for event in put_on(pull, events):
        doubt = _of_person(event, pull, push=push, permissions=permissions, self_label=self_label)
        doubt = doubt or _of_time(event, push)
        if doubt is None:
            given.append(event)
            continue
        ended = push.ended if isinstance(push, LastPush) and doubt is LabelDoubt.BEFORE_PLAN else None
        ignored.append(IgnoredLabel(event.label, event.actor, doubt, pull=pull.number, run=push.run, ended=ended))
    rules = tuple(event.label.removeprefix(LABEL_PREFIX) for event in given)
    return AllowedByLabels(pull.number, rules, tuple(given), tuple(ignored), pulls=(pull.number,))


def _of_person(
    event: PullEvent,
    pull: Pull,
    *,
    push: LastPush | PushInDoubt,
    permissions: Mapping[str, str],
    self_label: bool,
) -> LabelDoubt | None:
    """Return why a label is none that this person can open a gate with."""
    if event.label.removeprefix(LABEL_PREFIX) not in ALLOWABLE:
        return LabelDoubt.NO_RULE
    if not event.actor:
        return LabelDoubt.ACTOR_UNKNOWN
    if _PROGRAM.fullmatch(event.actor):
        return LabelDoubt.PROGRAM
    if permissions.get(event.actor, "none") not in _MAY_WRITE:
        return LabelDoubt.NOT_A_WRITER
    if self_label:
        return None
    if is_same_name(event.actor, pull.author):
        return LabelDoubt.AUTHOR
    pushers = push.by if isinstance(push, LastPush) else ()
    return LabelDoubt.PUSHER if any(is_same_name(event.actor, login) for login in pushers) else None


def _of_time(event: PullEvent, push: LastPush | PushInDoubt) -> LabelDoubt | None:
    """Return why a label was put on by a person who cannot have seen the plan of what is merged."""
    if isinstance(push, PushInDoubt):
        return push.doubt
    return LabelDoubt.BEFORE_PLAN if event.at <= push.ended else None


def in_all(judged: Sequence[AllowedByLabels]) -> AllowedByLabels:
    """Return what the labels of every pull request let through; `judged` has one entry at least.

    One commit can merge several, and each brings changes that the people at the others did not see.
    """
    shared = frozenset(judged[0].rules).intersection(*(one.rules for one in judged))
    ignored = [label for one in judged for label in one.ignored]
    for one in judged:
        for event in one.given:
            rule = event.label.removeprefix(LABEL_PREFIX)
            if rule not in shared:
                other = next(other.pull for other in judged if rule not in other.rules)
                doubt = LabelDoubt.OTHER_PULL
                ignored.append(IgnoredLabel(event.label, event.actor, doubt, pull=one.pull, other=other))
    return replace(
        judged[0],
        rules=tuple(rule for rule in judged[0].rules if rule in shared),
        given=tuple(event for one in judged for event in one.given if event.label.removeprefix(LABEL_PREFIX) in shared),
        ignored=tuple(ignored),
        pulls=tuple(one.pull for one in judged),
    )

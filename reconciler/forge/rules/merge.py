"""What counts at a merge: the labels of its pull request, and the plan that was reviewed.

judge_labels: (a merged pull request, its events, who may write) → the rules that its labels let through.
reviewed_runs: (a merged pull request, runs of the plan's workflow) → the runs whose plan was reviewed, or why none.
artifact_of, one_file_of: a run's artifacts → the newest one before the merge, and the one file of it that is needed.
Proposal: the result for the pull request that brings adopted values into the files.

A label `allow-RULE` stands for `apply --allow RULE`. It counts only if a person who may write put it on, after the last
push, and not the author of the pull request; whatever is ignored is said, with the reason. If the time of
that push is not known, no label counts (H-8 to H-12 in forge/github/APIS.md).

Every person who may run a workflow can make an artifact. Nothing of it is unpacked: one plain file is read, within a
bound.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from reconciler.core.safety.decision import ALLOWABLE
from reconciler.forge.port import Artifact, Pull, PullEvent, WorkflowRun, same_name

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


# Runs with another conclusion were stopped half way, or still go on.
_ENDED: Final = ("success", "failure")


@dataclass(frozen=True, slots=True)
class NotReviewed:
    """No plan of what was merged can be trusted to be the reviewed one; `why` says why."""

    why: str


@dataclass(frozen=True, slots=True)
class ReviewedRun:
    """The run that made the reviewed plan, and the plan in its artifact."""

    pull: int
    run: WorkflowRun
    artifact: Artifact
    plan: bytes


def reviewed_runs(
    pull: Pull, runs: Iterable[WorkflowRun], *, repository: str, workflow: str
) -> tuple[WorkflowRun, ...] | NotReviewed:
    """Return the finished runs for the pull request's last commit, the newest first.

    A run that failed may have failed at something else than its plan. A plan for a fork's pull request asked no
    provider, and a stranger wrote its code.
    """
    of_ours = (run for run in runs if of_branch(run, pull, repository=repository, workflow=workflow))
    found = sorted(of_ours, key=lambda run: (run.created, run.id), reverse=True)
    at_head = [run for run in found if run.head == pull.head]
    if not at_head:
        return NotReviewed(why=f"no run of {workflow} is known for its last commit {pull.head[:7]}")
    if not same_name(pull.head_repository, repository):
        return NotReviewed(why="it came from a fork, and what runs there is a stranger's")
    ended = tuple(run for run in at_head if run.conclusion in _ENDED)
    newest = at_head[0]
    return ended or NotReviewed(why=f"run {newest.id} of {workflow} ended with {newest.conclusion or 'no result yet'}")


def artifact_of(
    run: WorkflowRun, artifacts: Sequence[Artifact], *, name: str, merged: datetime | None
) -> Artifact | NotReviewed:
    """Return the newest artifact of that name that still exists; one made after the merge was not reviewed."""
    named = sorted((one for one in artifacts if one.name == name), key=lambda one: one.id, reverse=True)
    if not named:
        return NotReviewed(why=f"run {run.id} has no artifact {name}")
    made = [one for one in named if merged and one.created and one.created <= merged]
    if not made:
        return NotReviewed(why=f"the artifact {name} of run {run.id} was made after the merge")
    found = next((one for one in made if not one.expired), None)
    gone = f"the artifact {name} of run {run.id} has expired, and nothing else holds what was looked at"
    return found or NotReviewed(why=gone)


def one_file_of(content: bytes, name: str, *, most: int) -> bytes | str:
    """Return the content of the file `name`, or why the archive is not used; `most` is in bytes."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            why = next((why for entry in entries if (why := _odd(entry))), "") or _missing(entries, name, most=most)
            # Reading to the end checks its checksum.
            return why or archive.read(name)
    except (BadZipFile, struct.error, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return "it is no sound zip archive"


def _odd(entry: ZipInfo) -> str:
    """Return why the workflow's own upload cannot have written an entry, or ""."""
    if "/" in entry.filename or "\\" in entry.filename or entry.filename in ("", ".", ".."):
        return "it holds folders"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "it is packed in a way that no upload uses"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return "it holds something that is no plain file" if kind not in (0, stat.S_IFREG) else ""


def _missing(entries: list[ZipInfo], name: str, *, most: int) -> str:
    found = [entry for entry in entries if entry.filename == name]
    if len(found) != 1:
        return f"it holds {len(found)} files {name}, and one is needed"
    return f"its {name} is larger than {most // 1024**2} MiB" if found[0].file_size > most else ""


class ProposalAction(StrEnum):
    """What was done about the pull request; nothing if nothing differs."""

    NOTHING = "nothing"
    OPENED = "opened"
    UPDATED = "updated"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The files that differ, the branch's commit with them, and its pull request; `url` is GitHub's."""

    branch: str
    base: str
    became: ProposalAction = ProposalAction.NOTHING
    files: tuple[str, ...] = ()
    commit: str = ""
    pull: int = 0
    url: str = ""

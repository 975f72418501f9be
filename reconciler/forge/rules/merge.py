"""The plan that was reviewed before a merge, and what became of a proposal.

reviewed_runs: (a merged pull request, runs of the plan's workflow) → the runs whose plan was reviewed, or why none.
artifact_of, one_file_of: a run's artifacts → the newest one before the merge, and the one file of it that is needed.
Proposal: the result for the pull request that brings adopted values into the files.

Every person who may run a workflow can make an artifact. Nothing of it is unpacked: one plain file is read, within a
bound.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from reconciler.forge.port import Artifact, Pull, WorkflowRun, has_ended, is_same_name
from reconciler.forge.rules.labels import is_of_branch


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
    of_ours = (run for run in runs if is_of_branch(run, pull, repository=repository, workflow=workflow))
    found = sorted(of_ours, key=lambda run: (run.created, run.id), reverse=True)
    at_head = [run for run in found if run.head == pull.head]
    if not at_head:
        return NotReviewed(why=f"no run of {workflow} is known for its last commit {pull.head[:7]}")
    if not is_same_name(pull.head_repository, repository):
        return NotReviewed(why="it came from a fork, and what runs there is a stranger's")
    ended = tuple(run for run in at_head if has_ended(run))
    newest = at_head[0]
    return ended or NotReviewed(why=f"run {newest.id} of {workflow} ended with {newest.conclusion or 'no result yet'}")


def artifact_of(
    run: WorkflowRun, artifacts: Sequence[Artifact], *, name: str, merged: datetime | None
) -> Artifact | NotReviewed:
    """Return the newest artifact of that name that still exists; one made after the merge was not reviewed.

    Before the merge each one counts.
    """
    named = sorted((one for one in artifacts if one.name == name), key=lambda one: one.id, reverse=True)
    if not named:
        return NotReviewed(why=f"run {run.id} has no artifact {name}")
    made = [one for one in named if merged is None or (one.created and one.created <= merged)]
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

"""included_jobs: (the data of `include` in `.gitlab-ci.yml`) → each place where it includes the tool's jobs. PURE.

include_alone: (a pipeline's file) → its part `include`, which can be read apart from the rest.
include_findings: (the places here, and on the default branch) → whether they are there and name one commit.

Facts are in forge/gitlab/APIS.md (G-21 to G-26).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.core.authoring.forge_files import PIPELINE_FILE
from reconciler.forge.repository_answers import Hidden
from reconciler.forge.rules.finding import SetupFinding, SetupState, unseen_finding

_TEMPLATE: Final = "templates/reconciler.yml"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}\Z")
# The key `include`, with all lines that do not begin another key.
_BLOCK: Final = re.compile(rb"^include:[^\n]*(?:\n(?:[ \t#\r-][^\n]*|(?=\n|\Z)))*", re.MULTILINE)
_ANCHOR: Final = re.compile(rb"(?<=: )&([\w-]+)[ \t]+(\"[^\"\n]*\"|'[^'\n]*'|[\w./-]+)")
_ALIAS: Final = re.compile(rb"(?<=: )\*([\w-]+)")
_INIT: Final = "reconciler init --runs-at gitlab"


@dataclass(frozen=True, slots=True)
class IncludedJobs:
    """One place that includes the tool's jobs, at `ref`. A text that is not given is empty."""

    tool: str
    ref: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The folder of the profiles, "" at the top of the project."""
        written = self.inputs.get("directory", "").removeprefix("./").strip("/")
        return "" if written == "." else written


def include_alone(content: bytes) -> bytes:
    """Return the part `include` of a pipeline's file, as YAML without anchors: a word stands in the place of its alias.

    The rest of the file may use what only GitLab reads, such as `!reference`.
    """
    block = found[0] if (found := _BLOCK.search(content)) else b"{}"
    words = dict(_ANCHOR.findall(block))
    return _ALIAS.sub(lambda alias: words.get(alias[1], alias[0]), _ANCHOR.sub(rb"\2", block))


def included_jobs(data: object) -> tuple[IncludedJobs, ...]:
    """Return the places in one file, whose data are foreign."""
    entries = _mapping(data).get("include")
    found = []
    for entry in map(_mapping, entries if isinstance(entries, list) else [entries]):
        files = entry.get("file")
        if _TEMPLATE in [_text(one).lstrip("/") for one in (files if isinstance(files, list) else [files])]:
            inputs = {key: _text(value) for key, value in _mapping(entry.get("inputs")).items()}
            found.append(IncludedJobs(_text(entry.get("project")), _text(entry.get("ref")), inputs))
    return tuple(found)


def include_findings(
    here: Sequence[IncludedJobs] | None, there: Sequence[IncludedJobs] | Hidden | None, *, folder: str, branch: str
) -> Iterator[SetupFinding]:
    """Yield whether the file here, and that `there` on the default `branch`, include the jobs for `folder` alike.

    None stands for a file that cannot be read.
    """
    yield from _included("include here", here, folder)
    about = f"include of {branch}"
    if isinstance(there, Hidden) and there.status != 404:
        yield unseen_finding(about, there, PIPELINE_FILE, forge="GitLab")
        return
    found = () if isinstance(there, Hidden) else there
    moved = [*_moved(about, here or (), found or (), folder)]
    yield from (one for one in _included(about, found, folder) if not moved or one.state is not SetupState.OK)
    yield from moved


def _included(about: str, found: Sequence[IncludedJobs] | None, folder: str) -> Iterator[SetupFinding]:
    """Yield whether a file includes the tool's jobs for the folder, and at one commit."""
    if found is None:
        yield SetupFinding(about, SetupState.UNSEEN, f"{PIPELINE_FILE} cannot be read as YAML that this program takes")
        return
    mine = [one for one in found if one.folder == folder]
    if not mine:
        where = f" for {folder}/" if folder else ""
        yield SetupFinding(about, SetupState.MISSING, f"{PIPELINE_FILE} includes no jobs of the tool{where}", _INIT)
    for one in mine:
        commit, tool = one.inputs.get("commit", ""), one.inputs.get("tool", "")
        if not _COMMIT.match(one.ref):
            said = f"the ref is {one.ref or 'not given'}: only a commit, by its 40 characters, cannot be moved"
        elif commit != one.ref:
            said = f"the input commit is {commit[:7] or 'not given'}, and the ref {one.ref[:7]}: both must be the same"
        elif tool != one.tool:
            said = f"the input tool is {tool or 'not given'}, and the project {one.tool}: both must be the same"
        else:
            yield SetupFinding(about, SetupState.OK, f"the jobs of {one.tool} at {one.ref[:7]}")
            continue
        yield SetupFinding(about, SetupState.WRONG, said, f"change it in {PIPELINE_FILE}, as docs/gitlab.md shows")


def _moved(
    about: str, here: Sequence[IncludedJobs], there: Sequence[IncludedJobs], folder: str
) -> Iterator[SetupFinding]:
    """Yield that the default branch names other commits than the file here: its pipelines run those."""
    ours, theirs = ({one.ref for one in found if one.folder == folder} for found in (here, there))
    if ours and theirs and ours != theirs:
        said = f"it names {_refs(theirs)}, and the file here {_refs(ours)}: its pipelines run the former until a merge"
        yield SetupFinding(about, SetupState.WRONG, said, "bring the file here and that of the default branch together")


def _refs(found: set[str]) -> str:
    return " and ".join(sorted(one[:7] for one in found))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

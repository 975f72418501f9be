"""pinned_uses: (a workflow of the repository) → where it uses the tool, at which commit, and with which inputs. PURE.

pinned_findings: (all of them) → whether the callers are there and name one commit.

The tool is found by the paths of what is called. Another program's workflow of the same name may be called too, so the
repository that most of the four names come from is the tool's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.core.authoring.github_commands import pin_command
from reconciler.core.basics import count
from reconciler.forge.rules.finding import SetupFinding, SetupState

CALLED: Final = ("plan", "gates", "apply", "drift")
_WORKFLOW: Final = re.compile(r"([\w.-]+/[\w.-]+)/\.github/workflows/(plan|gates|apply|drift)\.ya?ml@(\S+)\Z")
_ACTION: Final = re.compile(r"([\w.-]+/[\w.-]+)/\.github/actions/reconciler@(\S+)\Z")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}\Z")
_PLAIN_REF: Final = re.compile(r"[\w./-]+\Z")
_ABOUT: Final = "workflows"
_INIT: Final = "reconciler init --runs-at github"


@dataclass(frozen=True, slots=True)
class PinnedUse:
    """One place that uses the tool. `workflow` is the name of what it calls, "" for the action.

    `job` is what the checks of a called workflow begin with. `branches` are those that a push to starts it.
    """

    file: str
    tool: str
    ref: str
    workflow: str = ""
    job: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    branches: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder of the profiles, "" at the top of the repository."""
        written = self.inputs.get("directory", "").removeprefix("./").strip("/")
        return "" if written == "." else written


def pinned_uses(file: str, data: object) -> Iterator[PinnedUse]:
    """Yield the places in one file, whose data are foreign."""
    document = _mapping(data)
    push = _mapping(_mapping(document.get("on")).get("push"))
    branches = tuple(one for one in _listed(push.get("branches")) if isinstance(one, str))
    for key, job in _mapping(document.get("jobs")).items():
        called, name = _mapping(job), _mapping(job).get("name")
        if found := _WORKFLOW.match(_text(called.get("uses"))):
            inputs = {one: _text(value) for one, value in _mapping(called.get("with")).items()}
            yield PinnedUse(file, found[1], found[3], found[2], _text(name) or key, inputs, branches)
        for step in _listed(called.get("steps")):
            if found := _ACTION.match(_text(_mapping(step).get("uses"))):
                yield PinnedUse(file, found[1], found[2])


def of_tool(uses: Iterable[PinnedUse]) -> tuple[PinnedUse, ...]:
    """Return the uses of the tool alone."""
    found = tuple(uses)
    counted = Counter(one.tool for one in found)
    tool = max(counted, key=lambda name: (counted[name], name), default="")
    return tuple(one for one in found if one.tool == tool)


def pinned_findings(uses: Sequence[PinnedUse], *, folder: str) -> Iterator[SetupFinding]:
    """Yield whether the four workflows of a folder are called, and whether all uses are of one commit."""
    mine = {one.workflow for one in uses if one.workflow and one.folder == folder}
    lacking = [name for name in CALLED if name not in mine]
    if lacking:
        where = f" for {folder}/" if folder else ""
        what = f"no workflow calls {_and(lacking)} of the tool{where}"
        yield SetupFinding(_ABOUT, SetupState.MISSING, what, _INIT)
    if not uses:
        return
    tool, pinned = uses[0].tool, Counter(one.ref for one in uses if _COMMIT.match(one.ref))
    newest = max(pinned, key=lambda ref: (pinned[ref], ref), default="")
    wrong = sorted({one.ref for one in uses} - {newest})
    for ref in wrong:
        files = sorted({one.file for one in uses if one.ref == ref})
        yield SetupFinding(_ABOUT, SetupState.WRONG, *_other(tool, ref, newest, files))
    if not wrong:
        said = f"{_and(sorted(mine, key=CALLED.index)) or count(len(uses), 'step')} of {tool} at {newest[:7]}"
        yield SetupFinding(_ABOUT, SetupState.OK, said)


def _other(tool: str, ref: str, newest: str, files: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with a reference, and the command that mends it, if one can."""
    names, verb = _and([one.rpartition("/")[2] for one in files]), "names" if len(files) == 1 else "name"
    if _COMMIT.match(ref):
        said = f"{names} {verb} {ref[:7]} of {tool}, and most name {newest[:7]}"
    else:
        said = f"{names} {verb} {ref} of {tool}: only a commit cannot be moved"
    return said, pin_command(tool, ref, newest, files) if _PLAIN_REF.match(ref) else ""


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

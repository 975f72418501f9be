"""read_base_revision: (a repository, its base) → what the files asked for there, and what the settings are held to.

A base that cannot be read, or is older than the files here, explains less and opens nothing. It never stops a run.
The same holds for the last apply's commit, but only its rules are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reconciler.core.basics import Diagnostic, errors_of, notice
from reconciler.core.memory.runs import RunRecord
from reconciler.core.planning.base import BaseRevision, base
from reconciler.core.provider import Provider
from reconciler.core.safety.policy import (
    NO_BASE,
    BasePolicy,
    KnownBase,
    KnownRules,
    LastApply,
    UnknownBase,
    UnknownRules,
)
from reconciler.core.target import Desired
from reconciler.effects.files.repository import Repository, Resolutions, read_base_policy, read_repository
from reconciler.effects.git.clone import is_commit_name
from reconciler.effects.git.process import Git
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context

# The code of the notice that no profile changed: a run that then plans nothing has not gone wrong.
UNMOVED = "nothing-changed"
# The code of the repository's own error: a base without settings holds no later settings, and is no mistake.
_NO_SETTINGS = "no-settings"
_ALL_ZERO = re.compile(r"0{40}(?:0{24})?\Z")


@dataclass(frozen=True, slots=True)
class BaseReading:
    """What is known of the base; `base` is None if none is named, or it cannot be read.

    `resolutions` are what its sound profiles came to, so that the same files are not resolved again.
    """

    base: BaseRevision | None = None
    base_policy: BasePolicy = NO_BASE
    diagnostics: tuple[Diagnostic, ...] = ()
    resolutions: Resolutions | None = None

    def read_now(self, context: Context, providers: Mapping[str, type[Provider]]) -> Repository:
        """Read the repository as it is now, its settings held to the base's."""
        said, earlier = self.diagnostics, self.resolutions
        return read_repository(context, providers, base_policy=self.base_policy, said=said, earlier=earlier)

    def moved(self, desired: Sequence[Desired]) -> tuple[Desired, ...]:
        """Return the profiles that ask for something else than at the base; all of them if the base is not known."""
        return tuple(one for one in desired if self.base is None or not self.base.asked(one))

    def said_of(self, desired: Sequence[Desired]) -> tuple[Diagnostic, ...]:
        """Return the notices about planning only the moved profiles: why all are planned, or that none moved."""
        if not desired or self.moved(desired):
            return self.diagnostics
        return (*self.diagnostics, notice(UNMOVED, "no profile asks for anything else than it did then"))


async def read_base_revision(
    context: Context, providers: Mapping[str, type[Provider]], name: str | None
) -> BaseReading:
    """Read the files as they were at the revision `name`, which may have to be fetched; None reads nothing."""
    if name is None:
        return BaseReading()
    git = Git()
    return await run_in_thread(partial(_at_revision, context, providers, name, git=git), hurry=git.hurry)


def _at_revision(context: Context, providers: Mapping[str, type[Provider]], name: str, *, git: Git) -> BaseReading:
    """Read the files at a revision. Git is asked, and may ask origin, so the call may block."""
    if _ALL_ZERO.match(name):
        hint = "where each change comes from is told by the ledger alone, and the settings count as they are written"
        return BaseReading(
            diagnostics=(notice("no-base", "the base is the commit before a new branch: none", hint=hint),)
        )
    # Most runs have no base, and need nothing that reads one.
    from reconciler.effects.git.revision import revision

    with revision(context, name, git=git) as found:
        if isinstance(found, Diagnostic):
            return BaseReading(base_policy=UnknownBase(), diagnostics=(found,))
        files = read_repository(replace(context, root=found.folder), providers, keep=True)
        commit = found.commit
    wrong = [problem for problem in errors_of(files.diagnostics) if problem.code != _NO_SETTINGS]
    whole = not wrong and len(files.desired) == len(files.names)
    diagnostics = (_broken(wrong),) if wrong else ()
    return BaseReading(base(commit, files.desired, whole=whole), files.base_policy, diagnostics, files.resolutions)


def rules_of_last_apply(
    context: Context, providers: Mapping[str, type[Provider]], last: RunRecord | None, *, reading: BaseReading, git: Git
) -> LastApply:
    """Return the rules at the commit of the run that wrote `last`; where that is the base, `reading` has them.

    None is a record that was there and cannot be read.

    The record may be forged: its commit counts only where it is the full name of one. Git is asked as for a base.
    """
    if last is None:
        return UnknownRules("its record cannot be read")
    if not is_commit_name(last.commit):
        return UnknownRules("its record names no commit")
    if last.edited:
        return UnknownRules("its files were not those of its commit")
    if reading.base is not None and reading.base.commit == last.commit:
        return _ruled(last.commit, reading.base_policy)
    from reconciler.effects.git.revision import revision

    with revision(context, last.commit, git=git) as found:
        if isinstance(found, Diagnostic):
            return UnknownRules(found.summary)
        return _ruled(last.commit, read_base_policy(replace(context, root=found.folder), providers))


def _ruled(commit: str, base_policy: BasePolicy) -> LastApply:
    if isinstance(base_policy, KnownBase):
        return KnownRules(commit, base_policy.settings.policy)
    return UnknownRules(f"the settings of commit {commit[:12]} are missing or wrong")


def _broken(wrong: Sequence[Diagnostic]) -> Diagnostic:
    first, more = wrong[0], len(wrong) - 1
    summary = "some files at the base are wrong, so what they asked for there is unknown"
    rest = f", and {more} more" if more else ""
    return notice("base-broken", summary, hint=f"{first.location}: {first.summary}{rest}")

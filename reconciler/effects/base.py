"""earlier: (a repository, its base revision) → what the files asked for there, and what the settings are held to.

That a base cannot be read, or is older than what is read here, explains less and opens nothing: it never stops a run.
The same holds of the last apply's commit, of which the rules are all that is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
from reconciler.effects.files.repository import read_base_policy, read_repository
from reconciler.effects.git.clone import is_commit_name
from reconciler.effects.git.process import Git
from reconciler.effects.git.revision import revision
from reconciler.effects.world import Context

# The code of the notice that says so: who selects nothing by it has not selected nothing by mistake.
UNMOVED = "nothing-changed"
# As `files` says it: a base without settings holds nobody to anything, and is no mistake.
_NO_SETTINGS = "no-settings"
_ALL_ZERO = re.compile(r"0{40}(?:0{24})?\Z")


@dataclass(frozen=True, slots=True)
class BaseReading:
    """What is known of the base; `base` is None where there is none, or nobody can read it."""

    base: BaseRevision | None = None
    footing: BasePolicy = NO_BASE
    diagnostics: tuple[Diagnostic, ...] = ()

    def moved(self, desired: Sequence[Desired]) -> tuple[Desired, ...]:
        """Return the profiles that ask for something else than they did; where nobody knows, all of them may."""
        return tuple(one for one in desired if self.base is None or not self.base.asked(one))

    def said_of(self, desired: Sequence[Desired]) -> tuple[Diagnostic, ...]:
        """Return what is to be said of planning only what moved: why it is all of them, or that it is none."""
        if not desired or self.moved(desired):
            return self.diagnostics
        return (*self.diagnostics, notice(UNMOVED, "no profile asks for anything else than it did then"))


def read_base_revision(
    context: Context, providers: Mapping[str, type[Provider]], name: str | None, *, git: Git | None = None
) -> BaseReading:
    """Read the files as they were at the revision `name`; None where nobody asks for a base.

    This asks git, and may ask origin, and so may block: who does not wait in vain tells `git` to hurry.
    """
    if name is None:
        return BaseReading()
    if _ALL_ZERO.match(name):
        hint = "where each change comes from is told by the ledger alone, and the settings count as they are written"
        return BaseReading(
            diagnostics=(notice("no-base", "the base is the commit before a new branch: none", hint=hint),)
        )
    with revision(context, name, git=git or Git()) as found:
        if isinstance(found, Diagnostic):
            return BaseReading(footing=UnknownBase(), diagnostics=(found,))
        was = read_repository(replace(context, root=found.folder), providers)
        commit = found.commit
    wrong = [problem for problem in errors_of(was.diagnostics) if problem.code != _NO_SETTINGS]
    whole = not wrong and len(was.desired) == len(was.names)
    return BaseReading(base(commit, was.desired, whole=whole), was.footing, (_broken(wrong),) if wrong else ())


def rules_of_last_apply(
    context: Context, providers: Mapping[str, type[Provider]], last: RunRecord, *, was: BaseReading, git: Git
) -> LastApply:
    """Return the rules at the commit of the run that wrote `last`; where that is the base, they are what `was` read.

    The record is foreign, so its commit is taken for nothing but the full name of one. Asks git as `earlier` does.
    """
    if not is_commit_name(last.commit):
        return UnknownRules("its record names no commit")
    if last.edited:
        return UnknownRules("its files were not those of its commit")
    if was.base is not None and was.base.commit == last.commit:
        return _ruled(last.commit, was.footing)
    with revision(context, last.commit, git=git) as found:
        if isinstance(found, Diagnostic):
            return UnknownRules(found.summary)
        return _ruled(last.commit, read_base_policy(replace(context, root=found.folder), providers))


def _ruled(commit: str, footing: BasePolicy) -> LastApply:
    if isinstance(footing, KnownBase):
        return KnownRules(commit, footing.settings.policy)
    return UnknownRules(f"the settings of commit {commit[:12]} are missing or wrong")


def _broken(wrong: Sequence[Diagnostic]) -> Diagnostic:
    first, more = wrong[0], len(wrong) - 1
    summary = "some files at the base are wrong, so nobody knows what they asked for there"
    rest = f", and {more} more" if more else ""
    return notice("base-broken", summary, hint=f"{first.location}: {first.summary}{rest}")

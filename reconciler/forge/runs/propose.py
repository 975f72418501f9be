"""propose_run: what differs below profiles/ → one commit on a branch of our own, and the pull request from there.

The commit is made and pushed from a repository of our own: no hook runs, and the user's name and keys take no part. The
branch is ours, and written anew each time. A branch with a commit by another author is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import quote

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.handover import Handover
from reconciler.effects.git.checkout import Edits, edits
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.refusals import PushAnswer, PushRefused, became_of
from reconciler.effects.git.remote import OriginRemote, hash_of
from reconciler.effects.world import Context, run_in_thread
from reconciler.forge.github.calls import GitHubProblem
from reconciler.forge.github.client import GitHub
from reconciler.forge.port import Pull, same_name
from reconciler.forge.rules.merge import Proposal, ProposalAction
from reconciler.forge.runs.context import of_folder, server_of
from reconciler.forge.text.proposal import TITLE, commit_message, pull_text

BRANCH_PREFIX = "reconciler/"
# The address of GitHub's own bot, so that GitHub shows the commit as an automatic one; the name is ours.
_NAME, _EMAIL = "reconciler", "41898282+github-actions[bot]@users.noreply.github.com"
_TRAILER = "Proposed-By: reconciler github propose"
_BRANCH = re.compile(rf"{BRANCH_PREFIX}\w(?:[\w-]|[./](?![./-]|lock(?:/|\Z)|\Z))*\Z", re.ASCII)
_THERE = "refs/there"
_ABSENT = "couldn't find remote ref"
_ALLOW = (
    "what pushes must be allowed to create the branch and to replace what it holds (at GitHub the token needs "
    f"`contents: write`, and a ruleset for {BRANCH_PREFIX}* must let it force-push)"
)


class NotProposed(EnvironmentProblem):
    """The differences could not be brought to the remote."""

    exit_code = 6


@dataclass(frozen=True, slots=True)
class Pushed:
    """The commit that the branch has now; not `fresh` if it had that commit before."""

    commit: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Tip:
    """The branch's newest commit, and whether this program made it."""

    name: str
    tree: str
    parents: tuple[str, ...]
    ours: bool


def refuse_others(branch: str, *, base: str) -> None:
    """Raise EnvironmentProblem for a branch that is not ours to write anew."""
    if branch == base or not _BRANCH.match(branch):
        raise EnvironmentProblem(
            f"{branch!r} is no branch to propose on: it is written anew each time, so its name begins with "
            f"{BRANCH_PREFIX} "
            f"and is not that of the base; name one as in {BRANCH_PREFIX}adopt"
        )


def committer(now: datetime) -> dict[str, str]:
    """Return the committer and the time, for git's environment."""
    facts = {"NAME": _NAME, "EMAIL": _EMAIL, "DATE": f"@{int(now.timestamp())} +0000"}
    return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in facts.items()}


def propose(context: Context, found: Edits, *, branch: str, message: str, git: Git) -> Pushed:
    """Make the branch one commit with what differs; raises NotProposed if it is not ours, or not taken.

    This asks origin, and so may block; a caller that cannot wait tells `git` to hurry.
    """
    try:
        there = _tip(context, branch, like=found.parent, git=git)
        if there is not None and not there.ours:
            theirs = f"{branch} holds a commit of another author, {there.name[:12]}, and is left alone"
            raise NotProposed(f"{theirs}: merge or close its pull request, delete the branch, and run this again")
        if there is not None and (there.tree, there.parents) == (found.tree, (found.parent,)):
            return Pushed(there.name, fresh=False)
        made = _made(found, message)
        answer = _push_commit(found, made, branch=branch, there=there.name if there is not None else "")
        if answer is PushAnswer.UNKNOWN:
            there = _tip(context, branch, like=found.parent, git=git)
    except Late:
        late = f"origin did not answer within {git.seconds:.0f} seconds, or before the run had to end"
        raise NotProposed(f"{branch} may not hold what differs: {late}; try again") from None
    if answer is PushAnswer.TAKEN or (there is not None and there.name == made):
        return Pushed(made, fresh=True)
    raise NotProposed(f"{branch} was pushed to elsewhere, or the connection was lost; try again")


def _made(found: Edits, message: str) -> str:
    """Return the commit with what differs; it is only here."""
    words = ("commit-tree", found.tree, "-p", found.parent)
    return found.origin.bare.ask(*words, given=f"{message}\n\n{_TRAILER}\n".encode()).decode().strip()


def _push_commit(found: Edits, made: str, *, branch: str, there: str) -> PushAnswer:
    """Push. The server compares the branch with `there` at the moment of moving it."""
    name, origin = f"refs/heads/{branch}", found.origin
    quiet = ("push", "--porcelain", "--no-verify", "--no-recurse-submodules", f"--force-with-lease={name}:{there}")
    ran = origin.bare.run(*quiet, "--", origin.url, f"{made}:{name}")
    try:
        return became_of(origin.heard(ran))
    except PushRefused as problem:
        raise NotProposed(f"{branch} cannot be pushed to {origin.shown}: {problem}; {_ALLOW}") from None


def _tip(context: Context, branch: str, *, like: str, git: Git) -> _Tip | None:
    """Return the branch's newest commit, without its files, or None if there is no such branch."""
    origin = OriginRemote(context, git, more=hash_of(like))
    why = origin.fetch(f"+refs/heads/{branch}:{_THERE}", "--depth=1", "--filter=tree:0")
    if _ABSENT in why:
        return None
    if why:
        raise NotProposed(f"origin/{branch} cannot be looked up: {why}")
    name = origin.bare.ask("rev-parse", "--verify", _THERE).decode().strip()
    about, _, told = origin.bare.ask("cat-file", "commit", name).decode("utf-8", "replace").partition("\n\n")
    facts = [line.partition(" ") for line in about.splitlines()]
    trees, parents, committers = (
        tuple(value for key, _, value in facts if key == kind) for kind in ("tree", "parent", "committer")
    )
    ours = committers[0].startswith(f"{_NAME} <{_EMAIL}> ") and told.endswith(f"\n{_TRAILER}\n")
    return _Tip(name, trees[0], parents, ours)


# A pull request that it opens has no checks until a person starts them.
BOT = "github-actions[bot]"


async def propose_run(
    context: Context,
    github: GitHub,
    *,
    branch: str = "",
    base: str = "",
    page: Handover | None = None,
    author: str = BOT,
) -> Proposal:
    """Push what differs to `branch`, and open a pull request to `base`, or update the one that is open.

    An empty `branch` is the folder's own. `page` is of the drift that was adopted, and `author` whose token this has.
    Where nothing differs, nothing is done. Raises NotProposed where the branch is another author's, or GitHub or the
    remote refuses.
    """
    base = base or context.ci.branch or "main"
    branch = branch or of_folder(f"{BRANCH_PREFIX}adopt", context)
    refuse_others(branch, base=base)
    report, git = Proposal(branch=branch, base=base), Git()
    found = await run_in_thread(partial(edits, context, git, author=committer(context.now())), hurry=git.hurry)
    if not found.files:
        return report
    pushed = await _push_proposal(context, found, branch=branch, git=git)
    text = pull_text(found.files, page.text if page is not None else "", checked=not same_name(author, BOT))
    try:
        became, pull = await _offered(github, text, report=report, fresh=pushed.fresh)
    except GitHubProblem as problem:
        raise NotProposed(f"{problem}; {_by_hand(context, github, report)}") from None
    return replace(report, became=became, files=found.files, commit=pushed.commit, pull=pull.number, url=pull.url)


async def _push_proposal(context: Context, found: Edits, *, branch: str, git: Git) -> Pushed:
    message = commit_message(found.files)
    return await run_in_thread(
        partial(propose, context, found, branch=branch, message=message, git=git), hurry=git.hurry
    )


async def _offered(github: GitHub, text: str, *, report: Proposal, fresh: bool) -> tuple[ProposalAction, Pull]:
    """Return the pull request from the branch, and what was done about it; a title that people changed stays."""
    open_ = await github.pulls(head=f"{github.place.owner}:{report.branch}", base=report.base)
    if not open_:
        return ProposalAction.OPENED, await github.open_pull(TITLE, text, head=report.branch, base=report.base)
    if fresh:
        return ProposalAction.UPDATED, await github.edit_pull(open_[0].number, text)
    return ProposalAction.KEPT, open_[0]


def _by_hand(context: Context, github: GitHub, report: Proposal) -> str:
    """Return what to do if GitHub does not let this program open the pull request."""
    compared = f"{quote(report.base, safe='/')}...{quote(report.branch, safe='/')}"
    where = f"{server_of(context)}/{github.place.repository}/compare/{compared}?expand=1"
    return f"the branch {report.branch} is pushed and stays, and the pull request can be opened by hand at {where}"

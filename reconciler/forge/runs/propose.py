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
from reconciler.core.reports.handover import Handover
from reconciler.effects.git.checkout import Edits, edits
from reconciler.effects.git.clone import applying_workflow
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.refusals import PushAnswer, PushRefused, became_of
from reconciler.effects.git.remote import OriginRemote, hash_of
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import Forge, Pull, is_same_name
from reconciler.forge.rules.merge import Proposal, ProposalAction
from reconciler.forge.runs.context import of_folder, workflow_home
from reconciler.forge.text.proposal import TITLE, commit_message, pull_text
from reconciler.forge.vocabulary import ForgeWords, forge_words
from reconciler.render.markdown.sheet import Links

BRANCH_PREFIX = "reconciler/"
_NAME = "reconciler"
_BRANCH = re.compile(rf"{BRANCH_PREFIX}\w(?:[\w-]|[./](?![./-]|lock(?:/|\Z)|\Z))*\Z", re.ASCII)
_THERE = "refs/there"
_ABSENT = "couldn't find remote ref"
_ALLOW = "what pushes must be allowed to create the branch and to replace what it holds"


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


def committer(now: datetime, *, email: str) -> dict[str, str]:
    """Return the committer and the time, for git's environment."""
    facts = {"NAME": _NAME, "EMAIL": email, "DATE": f"@{int(now.timestamp())} +0000"}
    return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in facts.items()}


def _words(context: Context) -> ForgeWords:
    return forge_words(context.ci.forge)


def _trailer(context: Context) -> str:
    """Return the line that ends the message of our own commits."""
    return f"Proposed-By: reconciler {context.ci.forge} propose"


def propose(context: Context, found: Edits, *, branch: str, message: str, git: Git) -> Pushed:
    """Make the branch one commit with what differs; raises NotProposed if it is not ours, or not taken.

    This asks origin, and so may block; a caller that cannot wait tells `git` to hurry.
    """
    try:
        there = _tip(context, branch, like=found.parent, git=git)
        if there is not None and not there.ours:
            theirs = f"{branch} holds a commit of another author, {there.name[:12]}, and is left alone"
            raise NotProposed(
                f"{theirs}: merge or close its {_words(context).pull}, delete the branch, and run this again"
            )
        if there is not None and (there.tree, there.parents) == (found.tree, (found.parent,)):
            return Pushed(there.name, fresh=False)
        made = _made(found, f"{message}\n\n{_trailer(context)}\n")
        may_push = f"{_ALLOW} ({_words(context).may_push})"
        answer = _push_commit(found, made, branch=branch, there=there.name if there else "", may_push=may_push)
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
    return found.origin.bare.ask(*words, given=message.encode()).decode().strip()


def _push_commit(found: Edits, made: str, *, branch: str, there: str, may_push: str) -> PushAnswer:
    """Push. The server compares the branch with `there` at the moment of moving it."""
    name, origin = f"refs/heads/{branch}", found.origin
    quiet = ("push", "--porcelain", "--no-verify", "--no-recurse-submodules", f"--force-with-lease={name}:{there}")
    ran = origin.bare.run(*quiet, "--", origin.url, f"{made}:{name}")
    try:
        return became_of(origin.heard(ran))
    except PushRefused as problem:
        raise NotProposed(f"{branch} cannot be pushed to {origin.shown}: {problem}; {may_push}") from None


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
    by = f"{_NAME} <{_words(context).email}> "
    ours = committers[0].startswith(by) and told.endswith(f"\n{_trailer(context)}\n")
    return _Tip(name, trees[0], parents, ours)


# A pull request that it opens has no checks until a person starts them.
BOT = "github-actions[bot]"


async def propose_run(
    context: Context,
    forge: Forge,
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
    whose = committer(context.now(), email=_words(context).email)
    found = await run_in_thread(partial(edits, context, git, author=whose), hurry=git.hurry)
    if not found.files:
        return report
    pushed = await _push_proposal(context, found, branch=branch, git=git)
    links = Links(workflow_home(context, forge), workflow=context.ci.workflow, applies=applying_workflow(context))
    shown, checked = page.text if page is not None else "", not is_same_name(author, BOT)
    text = pull_text(found.files, shown, checked=checked, links=links, words=forge.words)
    try:
        became, pull = await _offered(forge, text, report=report, fresh=pushed.fresh)
    except ForgeProblem as problem:
        raise NotProposed(f"{problem}; {_by_hand(context, forge, report)}") from None
    return replace(report, became=became, files=found.files, commit=pushed.commit, pull=pull.number, url=pull.url)


async def _push_proposal(context: Context, found: Edits, *, branch: str, git: Git) -> Pushed:
    message = commit_message(found.files)
    return await run_in_thread(
        partial(propose, context, found, branch=branch, message=message, git=git), hurry=git.hurry
    )


async def _offered(forge: Forge, text: str, *, report: Proposal, fresh: bool) -> tuple[ProposalAction, Pull]:
    """Return the pull request from the branch, and what was done about it; a title that people changed stays."""
    open_ = await forge.pulls(head=report.branch, base=report.base)
    if not open_:
        return ProposalAction.OPENED, await forge.open_pull(TITLE, text, head=report.branch, base=report.base)
    if fresh:
        return ProposalAction.UPDATED, await forge.edit_pull(open_[0].number, text)
    return ProposalAction.KEPT, open_[0]


def _by_hand(context: Context, forge: Forge, report: Proposal) -> str:
    """Return what to do if the forge does not let this program open the pull request."""
    base, head = (quote(name, safe="/") for name in (report.base, report.branch))
    compared = forge.words.offer_path.format(base=base, head=head)
    where = f"{workflow_home(context, forge)}/{compared}"
    return (
        f"the branch {report.branch} is pushed and stays, and the {forge.words.pull} can be opened by hand at {where}"
    )

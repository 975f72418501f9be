"""proposing: what differs below profiles/ → one commit on a branch of our own, and the pull request from there."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from reconciler.core.github import Pull
from reconciler.core.handover import Handover
from reconciler.core.proposed import Proposal, ProposalAction
from reconciler.core.workflow import same_name
from reconciler.effects.git.checkout import Edits, edits
from reconciler.effects.git.process import Git
from reconciler.effects.github import GitHub
from reconciler.effects.github.problems import GitHubProblem
from reconciler.effects.propose import NotProposed, Pushed, committer, propose, refuse_others
from reconciler.effects.world import Context, run_in_thread
from reconciler.pipeline.github.running import branch as checked_out
from reconciler.render.github.proposal import TITLE, commit_message, pull_text

# What it opens has no checks until a person makes it have some.
BOT = "github-actions[bot]"
_SERVER = "https://github.com"


async def propose_run(
    context: Context, github: GitHub, *, branch: str, base: str = "", page: Handover | None = None, author: str = BOT
) -> Proposal:
    """Push what differs to `branch`, and open a pull request to `base`, or update the one that is open.

    `page` is of the drift that was adopted, and `author` whose token this has. Where nothing differs, nothing is done.
    Raises NotProposed where the branch is somebody else's, or GitHub or the remote refuses.
    """
    base = base or checked_out(context) or "main"
    refuse_others(branch, base=base)
    report, git = Proposal(branch=branch, base=base), Git()
    found = await run_in_thread(partial(edits, context, git, author=committer(context.now())), hurry=git.hurry)
    if not found.files:
        return report
    pushed = await _pushed(context, found, branch=branch, git=git)
    text = pull_text(found.files, page.text if page is not None else "", checked=not same_name(author, BOT))
    try:
        became, pull = await _offered(github, text, report=report, fresh=pushed.fresh)
    except GitHubProblem as problem:
        raise NotProposed(f"{problem}; {_by_hand(context, github, report)}") from None
    done = {"became": became, "files": found.files, "commit": pushed.commit, "pull": pull.number, "url": pull.url}
    return report.model_copy(update=done)


async def _pushed(context: Context, found: Edits, *, branch: str, git: Git) -> Pushed:
    message = commit_message(found.files)
    return await run_in_thread(
        partial(propose, context, found, branch=branch, message=message, git=git), hurry=git.hurry
    )


async def _offered(github: GitHub, text: str, *, report: Proposal, fresh: bool) -> tuple[ProposalAction, Pull]:
    """Return the pull request from the branch, and what was done about it; its title is whatever people made of it."""
    open_ = await github.pulls(head=f"{github.place.owner}:{report.branch}", base=report.base)
    if not open_:
        return ProposalAction.OPENED, await github.open_pull(TITLE, text, head=report.branch, base=report.base)
    if fresh:
        return ProposalAction.UPDATED, await github.edit_pull(open_[0].number, text)
    return ProposalAction.KEPT, open_[0]


def _by_hand(context: Context, github: GitHub, report: Proposal) -> str:
    """Return what to do where GitHub does not let this program open the pull request."""
    server = context.environ.get("GITHUB_SERVER_URL", "").strip().rstrip("/") or _SERVER
    compared = f"{quote(report.base, safe='/')}...{quote(report.branch, safe='/')}"
    where = f"{server}/{github.place.repository}/compare/{compared}?expand=1"
    return f"the branch {report.branch} is pushed and stays, and the pull request can be opened by hand at {where}"

"""issue_run: a page of drift or of an apply → the one issue about it, open for as long as it is so."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import (
    Forge,
    ForgeAction,
    ForgeResult,
    Issue,
    People,
    WorkflowContext,
    author_warning,
    is_same_name,
)
from reconciler.forge.rules.issue import (
    DRIFT_LABEL,
    DriftIssueRoll,
    EachField,
    FailureIssue,
    IssueMarker,
    failure_issue,
    found_issue,
    roll_drift_issue,
)
from reconciler.forge.runs.context import is_made_up, minute, workflow_run
from reconciler.forge.text.issue import (
    DRIFT_ISSUE_NAME,
    FAILURE_ISSUE_NAME,
    applied_comment,
    closing_comment,
    drift_body,
    drift_title,
    failed_again,
    failure_body,
    failure_title,
    news_comment,
    settled_body,
    turned_comment,
)
from reconciler.forge.text.pull_request import stopped_page

ISSUE_KINDS = (HandoverKind.DRIFT, HandoverKind.APPLY)
_THING = "issue"
_NOT_SAID = People()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page, the run that writes it and when, and the issue as it was found; its marker may be broken."""

    page: Handover
    run: WorkflowContext
    now: str
    issue: Issue | None = None
    marker: IssueMarker | None = None

    @property
    def is_open(self) -> bool:
        return self.issue is not None and self.issue.open

    @property
    def body(self) -> str:
        return self.issue.body if self.issue is not None else ""


@dataclass(frozen=True, slots=True)
class _Writing:
    """The issue's next content, and the comment that sends people a message, if any."""

    title: str
    body: str
    open: bool
    words: str = ""


async def issue_run(
    context: Context, forge: Forge, *, page: Handover, author: str, people: People = _NOT_SAID
) -> ForgeResult:
    """Open, update or close the issue about the page; an older run overwrites nothing. `people` hear what is new."""
    run = workflow_run(context, forge)
    name = DRIFT_ISSUE_NAME if page.kind is HandoverKind.DRIFT else FAILURE_ISSUE_NAME
    found = found_issue(await forge.issues(label=DRIFT_LABEL), name, key=run.folder, author=author)
    issue, marker = found or (None, None)
    if issue is not None and marker is not None and await _newer(forge, marker, run):
        why = f"{run.words.named(*marker.order)} is newer, and wrote it already"
        return ForgeResult(thing=_THING, number=issue.number, url=issue.url, why=why)
    seen = _Seen(page, run, minute(context), issue, marker)
    wanted = _drifted(seen) if page.kind is HandoverKind.DRIFT else _applied(seen)
    if isinstance(wanted, str):
        return ForgeResult(
            thing=_THING, number=issue.number if issue else 0, url=issue.url if issue else "", why=wanted
        )
    if issue is None:
        return await _opened(forge, wanted, author=author, people=people)
    return await _edited(forge, wanted, issue=issue, people=people)


async def stopped_run(
    context: Context, forge: Forge, *, kind: HandoverKind, author: str, people: People = _NOT_SAID
) -> ForgeResult:
    """Write to the issue, as for a failed page, that the workflow ended before it left a page."""
    page = stopped_page(kind, workflow_run(context, forge), commit=context.ci.commit)
    return await issue_run(context, forge, page=page, author=author, people=people)


async def _newer(forge: Forge, marker: IssueMarker, run: WorkflowContext) -> bool:
    return marker.order > run.order and not await is_made_up(forge, marker.run)


def _drifted(seen: _Seen) -> _Writing | str:
    """Return the drift issue's next content, or why there is to be none."""
    was, looked = (seen.marker.standing, seen.marker.looked) if seen.marker is not None else (EachField(), "")
    known, page = seen.marker.remembered if seen.marker is not None else 0, seen.page
    rolled = roll_drift_issue(was, page, is_open=seen.is_open, looked=looked, now=seen.now, remembered=known)
    if seen.issue is None and not rolled.open:
        return "nothing differs" if seen.page.complete else "nothing that could be read differs"
    body = drift_body(seen.page, seen.run, roll=rolled, now=seen.now, old=seen.body)
    return _Writing(drift_title(seen.run.folder), body, rolled.open, _news(seen, rolled))


def _news(seen: _Seen, rolled: DriftIssueRoll) -> str:
    if seen.is_open and not rolled.open:
        return closing_comment(seen.run, page=seen.page, now=seen.now)
    if rolled.turned and (rolled.news is None or not rolled.news.wakes):
        return turned_comment(rolled.turned, seen.run, page=seen.page, now=seen.now)
    if not rolled.open or rolled.news is None:
        return ""
    return news_comment(rolled.news, seen.run, page=seen.page, now=seen.now)


def _applied(seen: _Seen) -> _Writing | str:
    """Return the next content of the issue about a failed apply, or why it is left alone."""
    page, run, now = seen.page, seen.run, seen.now
    outcome = failure_issue(page, is_open=seen.is_open)
    if outcome is FailureIssue.LEAVE:
        return "nothing failed" if not seen.is_open else "nothing failed here, and what failed before is not settled"
    title = failure_title(run.folder)
    if outcome is FailureIssue.CLOSE:
        body = settled_body(seen.body, page, run, now=now)
        return _Writing(title, body, open=False, words=applied_comment(page, run, now=now))
    told = seen.is_open and seen.marker is not None and seen.marker.commit == run.marker(page).commit
    words = "" if told else failed_again(page, run, now=now)
    return _Writing(title, failure_body(page, run, now=now), open=True, words=words)


async def _opened(forge: Forge, wanted: _Writing, *, author: str, people: People) -> ForgeResult:
    """Open the issue: that alone sends people a message. An assignee that GitHub refuses keeps no issue from them."""
    body = f"{wanted.body.rstrip()}\n\n{people.line}\n" if people.line else wanted.body
    refused = ""
    try:
        issue = await forge.open_issue(wanted.title, body, labels=(DRIFT_LABEL,), assignees=people.assign)
    except ForgeProblem as problem:
        if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY or not people.assign:
            raise
        issue = await forge.open_issue(wanted.title, body, labels=(DRIFT_LABEL,))
        names = ", ".join(people.assign)
        refused = f"{forge.words.name} assigns it to none of {names}: name accounts that may be assigned here"
    same = is_same_name(issue.author, author)
    warning = refused if same else author_warning(issue.author, author, forge=forge.words.name)
    return ForgeResult(thing=_THING, number=issue.number, done=(ForgeAction.OPENED,), url=issue.url, warning=warning)


async def _edited(forge: Forge, wanted: _Writing, *, issue: Issue, people: People) -> ForgeResult:
    """Write into the issue. The comment goes first: if GitHub refuses the edit, the next run comments again."""
    if wanted.words:
        # What is settled calls for no person.
        line = f"\n{people.line}\n" if people.line and wanted.open else ""
        await forge.comment_issue(issue.number, f"{wanted.words}{line}")
    turned = wanted.open != issue.open
    edited = await forge.edit_issue(issue.number, wanted.body, opened=wanted.open if turned else None)
    done = [ForgeAction.UPDATED]
    done += [ForgeAction.COMMENTED] if wanted.words else []
    done += [ForgeAction.REOPENED if wanted.open else ForgeAction.CLOSED] if turned else []
    return ForgeResult(thing=_THING, number=edited.number, done=tuple(done), url=edited.url)

"""What the tests of comments and issues at GitHub share: values that are sound by default, and a repository."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TypeVar
from zipfile import ZipFile

from reconciler.core.reports.handover import Handover, HandoverKind, MovedField, UnreadField, handover_json
from reconciler.effects.world import Context
from reconciler.forge.github.client import GitHub
from reconciler.forge.port import Comment, ForgeResult, Issue, People, Pull, PullEvent, WorkflowContext, WorkflowRun
from reconciler.forge.runs.comment import comment_run
from reconciler.forge.runs.issue import issue_run, stopped_run
from tests.support.github import BOT, FakeGitHub

T = TypeVar("T")

NO_PEOPLE = People()
HOME = "https://github.com/goldcrust/profiles"
HEAD, MERGE = "a" * 40, "c" * 40
NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)
JOB = {"pull-requests": "write", "issues": "write", "contents": "read", "actions": "read"}


def page(
    kind: HandoverKind = HandoverKind.PLAN,
    text: str = "### 2 changes",
    *,
    commit: str = HEAD,
    quiet: bool = False,
    exit_code: int = 0,
    complete: bool = True,
    errored: bool = False,
    moved: Iterable[tuple[str, ...]] = (),
    unread: Iterable[tuple[str, str]] = (),
) -> Handover:
    """Return a page; what moved is a profile, a field and, if it matters, the name of what that shows."""
    return Handover(
        kind=kind,
        text=text,
        commit=commit,
        quiet=quiet,
        exit_code=exit_code,
        complete=complete,
        errored=errored,
        moved=tuple(MovedField(profile=profile, field=field, live="".join(live)) for profile, field, *live in moved),
        unread=tuple(UnreadField(profile=profile, field=field) for profile, field in unread),
    )


def running(run: int = 17, attempt: int = 1, *, folder: str = "") -> WorkflowContext:
    """Return a run of a workflow."""
    return WorkflowContext(run=run, attempt=attempt, home=HOME, folder=folder)


def comment(body: str, *, number: int = 1, author: str = BOT) -> Comment:
    """Return a comment."""
    return Comment(id=number, author=author, body=body)


def issue(body: str, *, number: int = 1, author: str = BOT, is_open: bool = True) -> Issue:
    """Return an issue."""
    return Issue(number=number, author=author, title="Drift", body=body, open=is_open)


def pull(
    number: int = 17,
    *,
    merged: bool = True,
    merge: str = MERGE,
    base: str = "main",
    author: str = "ada",
    source: str = "goldcrust/profiles",
) -> Pull:
    """Return a pull request, merged at noon."""
    return Pull(
        number=number,
        author=author,
        title="A change",
        body="",
        open=not merged,
        merged_at=NOON if merged else None,
        merge_commit=merge,
        head=HEAD,
        head_ref="change",
        head_repository=source,
        base_ref=base,
    )


def event(label: str = "allow-clear", minutes: int = -5, *, kind: str = "labeled", actor: str = "grace") -> PullEvent:
    """Return what happened so many minutes after noon."""
    return PullEvent(kind=kind, at=NOON + timedelta(minutes=minutes), actor=actor, label=label)


def workflow_run(
    number: int = 5,
    minutes: int = -10,
    *,
    head: str = HEAD,
    event: str = "pull_request",
    path: str = ".github/workflows/plan.yml",
    repository: str = "goldcrust/profiles",
    branch: str = "change",
    source: str = "goldcrust/profiles",
    conclusion: str = "success",
    actor: str = "ada",
    ended: int | None = None,
) -> WorkflowRun:
    """Return a run of the plan's workflow that began, and ended, so many minutes after noon."""
    return WorkflowRun(
        id=number,
        attempt=1,
        path=path,
        event=event,
        head=head,
        branch=branch,
        repository=repository,
        head_repository=source,
        conclusion=conclusion,
        created=NOON + timedelta(minutes=minutes),
        updated=NOON + timedelta(minutes=minutes if ended is None else ended),
        actor=actor,
    )


def archive(**files: bytes) -> bytes:
    """Return a zip archive; a name's `_` is a dot."""
    held = BytesIO()
    with ZipFile(held, "w") as opened:
        for name, content in files.items():
            opened.writestr(name.replace("_", "."), content)
    return held.getvalue()


@dataclass
class Talk:
    """A repository at GitHub and the jobs that write there, each a run with a number of its own."""

    root: Path
    fake: FakeGitHub = field(default_factory=FakeGitHub)
    run: int = 0
    minutes: int = 0
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fake.token("job", JOB)

    @property
    def context(self) -> Context:
        """The surroundings of the present run."""
        environ = {"GITHUB_RUN_ID": str(self.run), "GITHUB_RUN_ATTEMPT": "1", "GITHUB_REF_NAME": "main", **self.environ}
        return Context(root=self.root, environ=environ, now=lambda: NOON + timedelta(minutes=self.minutes))

    def ask(self, work: Callable[[Context, GitHub], Awaitable[T]]) -> T:
        """Run one command's work."""

        async def main() -> T:
            async with self.fake.github("job", context=self.context) as github:
                return await work(self.context, github)

        return asyncio.run(main())

    def _begin(self, run: int | None) -> None:
        """Begin a run that GitHub knows of, as every job's."""
        self.run = run if run is not None else self.run + 1
        self.fake.run("plan.yml", HEAD, id=self.run)

    def comment(self, what: Handover, *, pull: int = 0, commit: str = "", run: int | None = None) -> ForgeResult:
        """Write a page into a pull request's comment, by the next run or by the one that is named."""
        self._begin(run)
        return self.ask(
            lambda context, github: comment_run(context, github, page=what, author=BOT, pull=pull, commit=commit)
        )

    def issue(self, what: Handover, *, run: int | None = None, people: People = NO_PEOPLE) -> ForgeResult:
        """Keep the issue as a page says, a day later, by the next run or by the one that is named."""
        self._begin(run)
        self.minutes += 24 * 60
        return self.ask(lambda context, github: issue_run(context, github, page=what, author=BOT, people=people))

    def stopped(self, kind: HandoverKind) -> ForgeResult:
        """Keep the issue where a job died, a day later, before it could leave a page."""
        self._begin(None)
        self.minutes += 24 * 60
        return self.ask(lambda context, github: stopped_run(context, github, kind=kind, author=BOT))


def save_page(folder: Path, what: Handover) -> str:
    """Write a page as `--report` does, and return its file."""
    file = folder / "page.json"
    file.write_text(json.dumps(handover_json(what)), encoding="utf-8")
    return str(file)

"""OPERATIONS: each call that the fake GitHub answers, with the permissions that it needs and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from tests.support.github import actions, conversations, pulls
from tests.support.github.question import Question
from tests.support.github.settings import SETTINGS

# Ways to be allowed something; each names scopes that are all needed.
Ways = tuple[tuple[str, ...], ...]
_PAGED = ("page", "per_page")


@dataclass(frozen=True)
class Operation:
    """One call: `filters` are the parts of a query that the fake heeds."""

    method: str
    path: str
    needs: Callable[[Question], Ways]
    answer: Callable[[Question], Response]
    filters: tuple[str, ...] = ()

    @property
    def route(self) -> str:
        """The path as Starlette writes it."""
        return f"/repos/{{owner}}/{{repo}}/{self.path}"

    @property
    def level(self) -> str:
        """Whether the token must be allowed to read or to write."""
        return "read" if self.method == "GET" else "write"


def _always(*ways: tuple[str, ...]) -> Callable[[Question], Ways]:
    return lambda _: ways


def _talk(question: Question) -> Ways:
    """What is said in a pull request may be written with either permission, in an issue only with its own."""
    return (("issues",), ("pull-requests",)) if question.thread.pull else (("issues",),)


def _remark(question: Question) -> Ways:
    number = question.found(question.repository.remarks, "comment").number
    return (("issues",), ("pull-requests",)) if question.repository.threads[number].pull else (("issues",),)


_ANYBODY, _ISSUES, _PULLS = _always(()), _always(("issues",)), _always(("pull-requests",))
_ACTIONS, _COMMITS = _always(("actions",)), _always(("contents", "pull-requests"))
_CONTENTS = _always(("contents",))

OPERATIONS = (
    Operation("GET", "issues/{number:int}/comments", _talk, conversations.comments, _PAGED),
    Operation("POST", "issues/{number:int}/comments", _talk, conversations.comment),
    Operation("PATCH", "issues/comments/{comment:int}", _remark, conversations.edit_comment),
    Operation(
        "GET",
        "issues",
        _ISSUES,
        conversations.issues,
        ("labels", "state", "creator", "sort", "direction", *_PAGED),
    ),
    Operation("POST", "issues", _ISSUES, conversations.open_issue),
    Operation("PATCH", "issues/{number:int}", _talk, conversations.edit_issue),
    Operation("GET", "issues/{number:int}/events", _ISSUES, conversations.events, _PAGED),
    Operation("GET", "collaborators/{login}/permission", _ANYBODY, conversations.permission),
    Operation("GET", "commits/{commit}/pulls", _COMMITS, pulls.of_commit, _PAGED),
    Operation("GET", "activity", _CONTENTS, pulls.pushes, ("ref", "after", "per_page")),
    Operation("GET", "pulls", _PULLS, pulls.listed, ("state", "head", "base", *_PAGED)),
    Operation("GET", "pulls/{number:int}", _PULLS, pulls.one),
    Operation("POST", "pulls", _PULLS, pulls.opened),
    Operation("PATCH", "pulls/{number:int}", _PULLS, pulls.edited),
    Operation("GET", "actions/runs/{run:int}", _ACTIONS, actions.run),
    Operation(
        "GET",
        "actions/workflows/{workflow}/runs",
        _ACTIONS,
        actions.runs,
        ("head_sha", "branch", "event", "exclude_pull_requests", *_PAGED),
    ),
    Operation("GET", "actions/runs/{run:int}/artifacts", _ACTIONS, actions.artifacts, ("name", *_PAGED)),
    Operation("GET", "actions/artifacts/{artifact:int}/zip", _ACTIONS, actions.download),
    *(Operation("GET", path, _always((scope,)), answer, ("ref", *_PAGED)) for path, scope, answer in SETTINGS),
)

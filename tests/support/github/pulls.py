"""What the fake GitHub answers about pull requests."""

from __future__ import annotations

from starlette.responses import Response

from tests.support.github.conversations import checked, edit
from tests.support.github.documents import invalid, refusal
from tests.support.github.question import Question, Refused
from tests.support.github.world import BOT, Thread

_NOT_PERMITTED = "GitHub Actions is not permitted to create or approve pull requests."


def of_commit(question: Question) -> Response:
    """List the pull requests that hold a commit."""
    numbers = question.repository.commits.get(question.request.path_params["commit"], [])
    return question.page([question.writer.pull(question.repository.threads[number]) for number in numbers])


def pushes(question: Question) -> Response:
    """List the pushes to a branch, newest first."""
    name = question.asks("ref").removeprefix("refs/heads/")
    found = sorted((one for one in question.repository.pushes if one.branch == name), key=lambda one: one.at)
    return question.page([question.writer.push(one) for one in reversed(found)], cursor="after")


def listed(question: Question) -> Response:
    """List pull requests, newest first."""
    state, base = question.asks("state", "open"), question.asks("base")
    found = [
        thread
        for thread in question.repository.threads.values()
        if thread.pull is not None
        and state in ("all", "open" if thread.open else "closed")
        and base in ("", thread.pull.base_ref)
        and question.asks("head") in ("", _head(thread))
    ]
    return question.page([question.writer.pull(thread) for thread in reversed(found)])


def one(question: Question) -> Response:
    """Show a pull request."""
    return question.one(question.writer.pull(question.pull))


def opened(question: Question) -> Response:
    """Open a pull request from a branch of this repository."""
    data = checked(question.data, "PullRequest")
    owner = question.repository.owner
    branch = data["head"].removeprefix(f"{owner}:")
    if question.token.author == BOT and not question.repository.actions_may_open_pulls:
        raise Refused(refusal(_NOT_PERMITTED, 403))
    commit = question.fake.head_of(branch)
    if commit is None:
        raise Refused(invalid({"resource": "PullRequest", "field": "head", "code": "invalid"}))
    there = [one for one in question.repository.threads.values() if one.open and _head(one) == f"{owner}:{branch}"]
    if any(one.pull is not None and one.pull.base_ref == data["base"] for one in there):
        message = f"A pull request already exists for {owner}:{branch}."
        raise Refused(invalid({"resource": "PullRequest", "code": "custom", "message": message}))
    author, body = question.token.author, data.get("body")
    number = question.fake.pull(author, data["title"], body, head=commit, branch=branch, base=data["base"])
    return question.one(question.writer.pull(question.repository.threads[number]), 201)


def edited(question: Question) -> Response:
    """Change a pull request."""
    edit(question, question.pull, checked(question.data, "PullRequest"))
    return question.one(question.writer.pull(question.pull))


def _head(thread: Thread) -> str:
    if thread.pull is None or thread.pull.head_repository is None:
        return ""
    return f"{thread.pull.head_repository.partition('/')[0]}:{thread.pull.head_ref}"

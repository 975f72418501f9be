"""What the fake GitHub answers about comments, issues, labels, events and people."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from tests.support.github.documents import invalid, refusal
from tests.support.github.question import Question, Refused
from tests.support.github.world import Thread

_LONGEST = 65_536
_LONGEST_TITLE = 256


def comments(question: Question) -> Response:
    """List the comments, oldest first."""
    write = question.writer.comment
    return question.page([write(remark) for remark in question.fake.said(question.thread.number)])


def comment(question: Question) -> Response:
    """Write a comment, in the name of the token."""
    body = checked(question.data, "IssueComment").get("body")
    made = question.fake.say(question.thread.number, question.token.author, body)
    return question.one(question.writer.comment(question.repository.remarks[made]), 201)


def edit_comment(question: Question) -> Response:
    """Write a comment anew; it keeps its author."""
    remark = question.found(question.repository.remarks, "comment")
    remark.body, remark.updated = checked(question.data, "IssueComment")["body"], question.fake.now()
    return question.one(question.writer.comment(remark))


def issues(question: Question) -> Response:
    """List the issues, pull requests among them."""
    wanted = [name for name in question.asks("labels").split(",") if name]
    state, creator = question.asks("state", "open"), question.asks("creator")
    found = [
        thread
        for thread in question.repository.threads.values()
        if set(wanted) <= set(thread.labels)
        and state in ("all", "open" if thread.open else "closed")
        and creator in ("", thread.author)
    ]
    if question.asks("direction", "desc") == "desc":
        found.reverse()
    return question.page([question.writer.issue(thread) for thread in found])


def open_issue(question: Question) -> Response:
    """Open an issue."""
    data = checked(question.data, "Issue")
    if "stranger" in data.get("assignees", ()):
        raise Refused(invalid({"resource": "Issue", "field": "assignees", "code": "invalid"}))
    number = question.fake.issue(question.token.author, data["title"], data.get("body"))
    for name in data.get("labels", ()):
        question.fake.label(number, name, by=question.token.author)
    question.repository.threads[number].assignees += data.get("assignees", ())
    return question.one(question.writer.issue(question.repository.threads[number]), 201)


def edit_issue(question: Question) -> Response:
    """Change an issue, close it or open it again."""
    edit(question, question.thread, checked(question.data, "Issue"))
    return question.one(question.writer.issue(question.thread))


def edit(question: Question, thread: Thread, data: Any) -> None:
    """Change what is named of an issue or a pull request."""
    thread.title, thread.body = data.get("title", thread.title), data.get("body", thread.body)
    if data.get("state") == "closed" and thread.open:
        question.fake.close(thread.number, by=question.token.author)
    elif data.get("state") == "open" and not thread.open:
        question.fake.reopen(thread.number, by=question.token.author)


def events(question: Question) -> Response:
    """List what happened, in the order in which it was recorded."""
    number = question.thread.number
    happened = [one for one in question.repository.happenings if one.number == number]
    return question.page([question.writer.event(one) for one in happened])


def permission(question: Question) -> Response:
    """Give a login's permission here; a login without a role is not known."""
    login = question.request.path_params["login"]
    role = question.repository.roles.get(login)
    if role is None:
        raise Refused(refusal("Not Found", 404))
    return question.one(question.writer.permission(login, role))


def checked(data: Any, resource: str) -> Any:
    """Refuse a text that is too long, and a title that is empty."""
    for field, most in (("title", _LONGEST_TITLE), ("body", _LONGEST)):
        if len(data.get(field) or "") > most:
            message = f"{field} is too long (maximum is {most} characters)"
            raise Refused(invalid({"resource": resource, "field": field, "code": "custom", "message": message}))
    if data.get("title", "x") == "":
        raise Refused(invalid({"resource": resource, "field": "title", "code": "missing_field"}))
    return data

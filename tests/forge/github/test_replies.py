"""What answers may not be GitHub, or not well: each reply that is not as described is one problem, in one safe line."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.core.scrubbing import secret_matcher
from reconciler.forge.exchange import ForgeCall, ForgeProblem, problem, read_response
from reconciler.forge.github.calls import GitHubPlace, github_server
from reconciler.forge.github.client import GitHub
from reconciler.forge.github.responses import (
    ArtifactsResponse,
    CommentResponse,
    EventResponse,
    IssueResponse,
    PermissionResponse,
    PullResponse,
    RunsResponse,
)
from reconciler.forge.port import Comment
from reconciler.forge.transport import FORGE_REPLY_CAP
from tests.support.effects import Clock
from tests.support.github import FakeGitHub
from tests.support.github.asking import SECRET, ask_at, refused_at, world
from tests.support.sockets import Server, each, reply

KNOWN = secret_matcher({SECRET: "GITHUB_TOKEN"})
CALL = ForgeCall("read the comments of #1", "issues/1/comments", "`issues: read`")
SERVER = github_server(GitHubPlace("goldcrust/profiles", token=SECRET), context=world(Clock()))
SHAPES: tuple[Any, ...] = (
    tuple[CommentResponse, ...],
    tuple[EventResponse, ...],
    tuple[PullResponse, ...],
    ArtifactsResponse,
    IssueResponse,
    PermissionResponse,
    RunsResponse,
)
COMMENT = {"id": 1, "user": {"login": "anna"}, "body": "x", "html_url": "https://github.com/x"}


def comments(github: GitHub) -> Awaitable[tuple[Comment, ...]]:
    return github.comments(1)


def without(key: str) -> bytes:
    return json.dumps([{name: value for name, value in COMMENT.items() if name != key}]).encode()


def otherwise(**keys: Any) -> bytes:
    return json.dumps([{**COMMENT, **keys}]).encode()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html><body>Unicorn!</body></html>", "its reply is not JSON"),
        (b"", "its reply is not JSON"),
        (b"\xff\xfe", "its reply is not JSON"),
        (b"[" * 100_000, "its reply is not JSON"),
        (b'[{"a": ' * 10_000, "its reply is not JSON"),
        (b"{}", "its reply: tuple_type"),
        (b"null", "its reply: tuple_type"),
        (b"[null]", "0: model_type"),
        (without("id"), "0.id: missing"),
        (without("user"), "0.user: missing"),
        (otherwise(id="1"), "0.id: int_type"),
        (otherwise(id=True), "0.id: int_type"),
        (otherwise(id=1.5), "0.id: int_type"),
        (otherwise(body=["x"]), "0.body: string_type"),
        (otherwise(user="anna"), "0.user: model_type"),
        (otherwise(user={"login": None}), "0.user.login: string_type"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_reply_that_is_not_as_described_is_a_problem_that_says_where(body: bytes, why: str) -> None:
    with Server(each(reply(body))) as server:
        found = refused_at(server.origin, comments)
        assert len(server.heard) == 1
    assert found.status == 200
    assert str(found) == (
        f"cannot read the comments of #1: what answers is not GitHub's API ({why}); "
        "check GITHUB_API_URL and the network"
    )


def test_a_reply_that_is_too_large_is_never_held() -> None:
    with Server(each(reply(b" " * (FORGE_REPLY_CAP + 1)))) as server:
        found = refused_at(server.origin, comments)
        assert len(server.heard) == 1
    assert (found.status, str(found)) == (
        0,
        f"cannot read the comments of #1: the reply is larger than {FORGE_REPLY_CAP} bytes",
    )


def test_unknown_keys_are_no_problem() -> None:
    with Server(each(reply(otherwise(more={"deep": [1, 2, 3]})))) as server:
        assert ask_at(server.origin, comments) == (
            Comment(id=1, author="anna", body="x", url=str(COMMENT["html_url"])),
        )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def spoilt(document: Any, path: int, value: Any) -> Any:
    """Return `document` with one place of it, counted from its top, replaced."""
    places = list(_places(document))
    where = places[path % len(places)]
    return _replaced(document, where, value)


def _places(node: Any, at: tuple[Any, ...] = ()) -> Any:
    yield at
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in pairs:
        yield from _places(inner, (*at, key))


def _replaced(node: Any, where: tuple[Any, ...], value: Any) -> Any:
    if not where:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[where[0]] = _replaced(node[where[0]], where[1:], value)
    return copy


def documents() -> list[Any]:
    """Return a good document for each shape, as the fake writes them."""
    from tests.support.github.documents import Writer

    fake = FakeGitHub()
    number, said = fake.pull("anna"), fake.say(1, "anna", "x")
    fake.label(number, "l", by="bob")
    run = fake.run("plan.yml", "a" * 40)
    stored = fake.artifact(run, "plan", b"zip")
    write, there = Writer(fake.repository, "https://api.github.com"), fake.repository
    return [
        [write.comment(there.remarks[said])],
        [write.event(one) for one in there.happenings],
        [write.pull(there.threads[number])],
        {"artifacts": [write.artifact(there.artifacts[stored])]},
        write.issue(there.threads[number]),
        write.permission("bob", "maintain"),
        {"workflow_runs": [write.run(there.runs[run])]},
    ]


GOOD = documents()


def outcome(shape: Any, body: bytes) -> Any:
    """Return what is read, or the words of the problem; anything else is raised."""
    try:
        return read_response(shape, Reply(200, {}, body), call=CALL, server=SERVER)
    except ForgeProblem as caught:
        return str(caught)


@given(st.sampled_from(range(len(SHAPES))), st.integers(0, 10**6), json_values)
def test_a_document_with_anything_in_any_place_is_read_or_is_a_problem(which: int, path: int, value: Any) -> None:
    found = outcome(SHAPES[which], json.dumps(spoilt(GOOD[which], path, value)).encode())
    assert not isinstance(found, str) or "what answers is not GitHub's API" in found


@given(st.sampled_from(SHAPES), st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_document_at_all_is_a_problem_or_an_empty_list(shape: Any, body: bytes) -> None:
    found = outcome(shape, body)
    assert found == () or found.isprintable()


# What a refusal says


@given(st.integers(300, 599), json_values | st.fixed_dictionaries({"message": json_values, "errors": json_values}))
def test_whatever_a_refusal_holds_it_is_one_printable_line_without_the_token(status: int, body: Any) -> None:
    content = json.dumps(body).encode()
    found = problem(CALL, Reply(status, {}, content), server=SERVER, secrets=KNOWN)
    assert found.status == status
    assert str(found).isprintable()
    assert len(str(found)) < 600


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("No\nreally\x1b[31m not\x00", "No really [31m not"),
        ("::error::x\r\n##[group]y", "::error::x ##[group]y"),
        ("\u202eevil\u200b", "evil"),
        ("x" * 201, "x" * 200),
        (f"Bad token {SECRET}!", "Bad token ⟨secret⟩!"),
        ("", ""),
        (7, ""),
    ],
)
def test_githubs_own_words_are_short_and_on_one_line(message: Any, said: str) -> None:
    found = problem(CALL, Reply(400, {}, json.dumps({"message": message}).encode()), server=SERVER, secrets=KNOWN)
    assert str(found) == f"cannot read the comments of #1: GitHub answers 400{f', {said}' if said else ''}"


def test_the_reasons_of_a_refusal_are_those_that_are_texts() -> None:
    errors = [
        "plain",
        {"resource": "Issue", "field": "title", "code": "missing"},
        {"message": "words"},
        {"message": "4th"},
    ]
    body = json.dumps({"message": "Validation Failed", "errors": errors}).encode()
    found = problem(CALL, Reply(422, {}, body), server=SERVER, secrets=KNOWN)
    assert str(found).endswith("GitHub answers 422, Validation Failed; plain; Issue title missing; words")


def test_a_short_token_takes_no_words_with_it() -> None:
    found = problem(
        CALL, Reply(400, {}, b'{"message": "no"}'), server=SERVER, secrets=secret_matcher({"o": "GITHUB_TOKEN"})
    )
    assert str(found).endswith("GitHub answers 400, no")


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (301, "the repository has another name now: correct GITHUB_REPOSITORY"),
        (307, "the repository has another name now: correct GITHUB_REPOSITORY"),
        (410, "it was there, and is gone for good or switched off in the repository's settings"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, advice: str) -> None:
    found = problem(CALL, Reply(status, {}, b'{"message": "No"}'), server=SERVER, secrets=KNOWN)
    assert str(found) == f"cannot read the comments of #1: GitHub answers {status}, No; {advice}"


def test_why_no_reply_came_is_told_without_the_token() -> None:
    lost = Failure(FailureKind.UNREACHABLE, summary=f"{SECRET} cannot be sent", sent=False)
    assert SECRET not in str(problem(CALL, lost, server=SERVER, secrets=KNOWN))
    assert "⟨secret⟩ cannot be sent" in str(problem(CALL, lost, server=SERVER, secrets=KNOWN))

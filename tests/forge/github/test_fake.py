"""The fake itself: it refuses what GitHub refuses, and what is not as GitHub describes it is noticed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.support.github import FakeGitHub
from tests.support.github.openapi import Exchange, complaints

API = "https://api.github.com"
HERE = f"{API}/repos/goldcrust/profiles"
TOKEN = "ghs_all"


def send(fake: FakeGitHub, method: str, url: str, *, body: Any = None, token: str = TOKEN) -> httpx.Response:
    """Send one request as any client would."""
    fake.token(TOKEN, {"issues": "write", "pull-requests": "write", "contents": "read", "actions": "read"})

    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=fake.app)) as client:
            return await client.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"})

    return asyncio.run(run())


# The check can fail


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("GET", "/issues/1/comments?perpage=5", None, "the query parameter perpage is unknown"),
        ("GET", "/issues/1/comments?per_page=many", None, "the query parameter per_page cannot be 'many'"),
        ("GET", "/issues?state=both", None, "the query parameter state cannot be 'both'"),
        ("POST", "/issues/1/comments", {"text": "x"}, "the body's key text is unknown"),
        ("POST", "/issues/1/comments", {"body": 7}, "body: type (7 is not of type 'string')"),
        ("POST", "/issues/1/comments", None, "the request's body is missing, or is one too many"),
        ("GET", "/issues/1/comments", {"x": 1}, "the request's body is missing, or is one too many"),
        ("POST", "/issues/1/labels", {"labels": []}, "all of it: oneOf"),
        ("DELETE", "/issues/1/comments", None, "no such operation"),
        ("GET", "/issues/1/nothing", None, "no such operation"),
    ],
)
def test_a_request_that_is_not_as_described_is_noticed(method: str, path: str, body: Any, complaint: str) -> None:
    head, _, query = path.partition("?")
    pairs = tuple((name, value) for name, _, value in [query.partition("=")] if query)
    content = b"" if body is None else json.dumps(body).encode()
    sent = Exchange(method, f"/repos/a/b{head}", pairs, content, 404, {"content-type": "application/json"}, b"{}")
    assert any(complaint in one for one in complaints(sent))


@pytest.mark.parametrize(
    ("status", "content", "complaint"),
    [
        (200, b"[{}]", "0: required ('id' is a required property)"),
        (200, b"{}", "all of it: type"),
        (418, b"{}", "this status is not described"),
        (404, b'{"message": 7}', "message: type"),
        (403, b'{"message": 7}', "message: type"),
    ],
)
def test_a_reply_that_is_not_as_described_is_noticed(status: int, content: bytes, complaint: str) -> None:
    headers = {"content-type": "application/json"}
    sent = Exchange("GET", "/repos/a/b/issues/1/comments", (), b"", status, headers, content)
    assert any(complaint in one for one in complaints(sent))


def test_a_reply_of_another_type_is_noticed() -> None:
    sent = Exchange("GET", "/repos/a/b/issues/1/comments", (), b"", 200, {"content-type": "text/html"}, b"[]")
    assert complaints(sent) == ["GET /repos/a/b/issues/1/comments 200: the reply is not JSON"]


def test_a_redirect_has_no_body() -> None:
    sent = Exchange("GET", "/repos/a/b/actions/artifacts/1/zip", (), b"", 302, {}, b"x")
    assert complaints(sent) == ["GET /repos/a/b/actions/artifacts/1/zip 302: the reply's body is one too many"]


def test_leaving_the_fake_fails_on_any_difference() -> None:
    def use() -> None:
        with FakeGitHub() as fake:
            fake.issue("anna")
            send(fake, "GET", f"{HERE}/issues/1/comments?perpage=1")

    with pytest.raises(AssertionError, match="the query parameter perpage is unknown"):
        use()


def test_a_filter_that_the_fake_does_not_heed_is_noticed(fake: FakeGitHub) -> None:
    send(fake, "GET", f"{HERE}/issues?mentioned=anna")
    assert fake.violations == ["the fake knows no filter mentioned"]
    fake.violations.clear()


# What GitHub does


def test_a_page_has_thirty_and_never_more_than_a_hundred_and_says_where_the_others_are(fake: FakeGitHub) -> None:
    number = fake.issue("anna")
    for n in range(250):
        fake.say(number, "anna", str(n))
    usual = send(fake, "GET", f"{HERE}/issues/1/comments")
    most = send(fake, "GET", f"{HERE}/issues/1/comments?per_page=500&page=2")
    assert (len(usual.json()), len(most.json()), most.json()[0]["body"]) == (30, 100, "100")
    there = f"<{API}/repositories/4711/issues/1/comments?per_page=500&page="
    assert most.headers["link"] == ", ".join(
        f'{there}{page}>; rel="{name}"' for name, page in (("next", 3), ("last", 3), ("prev", 1), ("first", 1))
    )


@pytest.mark.parametrize(
    ("token", "url", "status", "message"),
    [
        ("ghs_nobody", f"{HERE}/issues", 401, "Bad credentials"),
        (TOKEN, f"{API}/repos/goldcrust/secret/issues", 404, "Not Found"),
        (TOKEN, f"{HERE}/issues/9/comments", 404, "Not Found"),
        (TOKEN, f"{HERE}/actions/runs/1", 404, "Not Found"),
    ],
)
def test_who_may_not_see_is_told_nothing(fake: FakeGitHub, token: str, url: str, status: int, message: str) -> None:
    fake.issue("anna")
    found = send(fake, "GET", url, token=token)
    assert (found.status_code, found.json()["message"]) == (status, message)


def test_an_issue_cannot_be_written_with_the_permission_for_pull_requests(fake: FakeGitHub) -> None:
    fake.issue("anna")
    fake.token("ghs_pulls", {"pull-requests": "write"})
    assert send(fake, "POST", f"{HERE}/issues/1/comments", body={"body": "x"}, token="ghs_pulls").status_code == 403
    assert fake.said(1) == []


def test_issues_are_listed_with_pull_requests_among_them_newest_first(fake: FakeGitHub) -> None:
    fake.issue("anna")
    fake.pull("bob")
    listed = send(fake, "GET", f"{HERE}/issues").json()
    assert [(one["number"], "pull_request" in one) for one in listed] == [(2, True), (1, False)]
    mine = send(fake, "GET", f"{HERE}/issues?creator=anna&state=open").json()
    assert [one["number"] for one in mine] == [1]


def test_a_title_has_an_end_and_a_beginning(fake: FakeGitHub) -> None:
    for title in ("", "x" * 257):
        found = send(fake, "POST", f"{HERE}/issues", body={"title": title})
        assert (found.status_code, found.json()["errors"][0]["field"]) == (422, "title")


def test_the_store_of_artifacts_refuses_a_token_and_a_guess(fake: FakeGitHub) -> None:
    made = fake.artifact(fake.run("plan.yml", "a" * 40), "plan", b"zip")
    there = send(fake, "GET", f"{HERE}/actions/artifacts/{made}/zip").headers["location"]
    assert send(fake, "GET", there).status_code == 400
    assert httpx.URL(there).host == "artifacts.example"


def test_an_issue_is_no_pull_request(fake: FakeGitHub) -> None:
    fake.issue("anna")
    assert send(fake, "PATCH", f"{HERE}/pulls/1", body={"body": "x"}).status_code == 404


def test_labels_are_made_on_use(fake: FakeGitHub) -> None:
    send(fake, "POST", f"{HERE}/issues", body={"title": "x", "labels": ["new"]})
    assert [one["name"] for one in send(fake, "GET", f"{HERE}/issues").json()[0]["labels"]] == ["new"]
    assert fake.repository.labels == ["new"]

"""On real sockets: where the token goes, which links are followed, and what broken connections become."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from reconciler.effects.world import Patience
from reconciler.forge import transport
from reconciler.forge.github.client import GitHub
from tests.support import AGENT
from tests.support.effects import Clock
from tests.support.github import FakeGitHub
from tests.support.github.asking import EVERYTHING, SECRET, Work, ask, ask_at, refused, refused_at
from tests.support.sockets import Act, Heard, Server, drip, each, hang, head, reply, reset, slow_head, verbatim

EMPTY = reply(b"[]")


def read(github: GitHub) -> Awaitable[Any]:
    return github.comments(1)


def write(github: GitHub) -> Awaitable[Any]:
    return github.comment(1, "x")


def edit(github: GitHub) -> Awaitable[Any]:
    return github.edit_pull(1, "x")


WORK = pytest.mark.parametrize(("work", "attempts"), [(read, 4), (write, 1), (edit, 1)], ids=["read", "write", "edit"])


# What is sent


def test_a_request_is_as_github_wants_it() -> None:
    with Server(each(EMPTY)) as server:
        ask_at(server.origin, read)
        (heard,) = server.heard
    assert (heard.method, heard.target) == ("GET", "/repos/goldcrust/profiles/issues/1/comments?per_page=100")
    assert {name: heard.headers.get(name) for name in ("accept", "accept-encoding", "user-agent", "authorization")} == {
        "accept": "application/vnd.github+json",
        "accept-encoding": "identity",
        "user-agent": AGENT,
        "authorization": f"Bearer {SECRET}",
    }
    assert heard.headers["x-github-api-version"] == "2022-11-28"
    assert "content-type" not in heard.headers


def test_a_body_is_json_and_holds_only_what_is_given() -> None:
    with Server(each(reply({}, 500))) as server:
        refused_at(server.origin, edit)
        (heard,) = server.heard
    assert (heard.method, heard.target) == ("PATCH", "/repos/goldcrust/profiles/pulls/1")
    assert (heard.headers["content-type"], heard.body) == ("application/json", b'{"body": "x"}')


def test_an_enterprise_servers_prefix_stands_before_every_path(fake: FakeGitHub) -> None:
    number = fake.pull("anna")
    for n in range(101):
        fake.say(number, "anna", str(n))
    fake.token(SECRET, EVERYTHING)
    with fake.serving() as url:
        assert len(ask_at(f"{url}/api/v3", read)) == 101
    assert [asked.path for asked in fake.asked] == [
        "/api/v3/repos/goldcrust/profiles/issues/1/comments",
        "/api/v3/repositories/4711/issues/1/comments",
    ]


# Where the token goes


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("work", [read, write])
def test_a_redirect_is_not_followed(work: Work[Any], status: int) -> None:
    with Server(each(EMPTY)) as other, Server(each(reply({}, status, Location=f"{other.origin}/x"))) as server:
        found = refused_at(server.origin, work)
        assert (found.status, len(server.heard), other.heard) == (status, 1, [])


@pytest.mark.parametrize(
    "link",
    [
        "<{other}/repositories/1/issues/1/comments?page=2>; rel=next",
        "<https://127.0.0.1:{port}/x>; rel=next",
        "<http://user@127.0.0.1:{port}/x>; rel=next",
        "<http://127.0.0.1:{port}@evil.example/x>; rel=next",
        "</repositories/1/issues>; rel=next",
        "<//127.0.0.1:{port}/x>; rel=next",
        "<http://[>; rel=next",
        "<http://127.0.0.1:many/x>; rel=next",
        "<{own}/elsewhere/x>; rel=next",
    ],
)
def test_a_next_page_elsewhere_is_a_problem_and_is_not_called(link: str) -> None:
    with Server(each(EMPTY)) as other:

        def script(_: Heard) -> Act:
            shown = link.format(other=other.origin, own=server.origin, port=server.port)
            return reply(b"[]", Link=shown.replace("rel=next", 'rel="next"'))

        with Server(script) as server:
            found = refused_at(f"{server.origin}/api/v3" if "{own}" in link else server.origin, read)
            assert (len(server.heard), other.heard) == (1, [])
    assert "what answers is not GitHub's API (its next page is elsewhere)" in str(found)


@pytest.mark.parametrize(
    "link",
    [
        '<{own}/a?page=1>; rel="prev", <{own}/b?page=3>; rel="next", <{own}/c>; rel="last"',
        "<{own}/b?page=3>; rel=next",
        '<{own}/b?page=3>; title="x"; rel="next"',
        '<{own}/a?page=1>; rel="first",<{own}/b?page=3>;rel="next"',
    ],
)
def test_the_next_page_is_found_among_the_links(link: str) -> None:
    def script(heard: Heard) -> Act:
        first = len(server.heard) == 1
        return reply(b"[]", Link=link.format(own=server.origin)) if first else EMPTY

    with Server(script) as server:
        assert ask_at(server.origin, read) == ()
        assert [heard.target for heard in server.heard][1:] == ["/b?page=3"]


@pytest.mark.parametrize("link", ["", "nonsense", '<{own}/a>; rel="prev", <{own}/b>; rel="last"', "<>; rel=next"])
def test_without_a_next_page_the_list_is_whole(link: str) -> None:
    with Server(lambda _: reply(b"[]", Link=link.format(own=server.origin))) as server:
        assert ask_at(server.origin, read) == ()
        assert len(server.heard) == 1


def test_a_list_without_an_end_is_a_problem_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_PAGES", 3)
    with Server(lambda _: reply(b"[]", Link=f'<{server.origin}/x>; rel="next"')) as server:
        found = refused_at(server.origin, read)
        assert len(server.heard) == 3
    assert str(found) == "cannot read the comments of #1: there are more than 3 pages of 100"


# Broken connections


@WORK
def test_a_reset_leaves_open_what_was_done_so_only_reads_are_made_again(work: Work[Any], attempts: int) -> None:
    clock = Clock()
    with Server(each(reset)) as server:
        found = refused_at(server.origin, work, clock=clock)
        assert len(server.heard) == attempts
    assert (found.status, clock.slept) == (0, [1.0, 2.0, 4.0][: attempts - 1])
    assert "127.0.0.1 cannot be reached: the connection broke (ReadError)" in str(found)
    assert ("GitHub may have done it all the same: look before you run it again" in str(found)) == (attempts == 1)


@WORK
@pytest.mark.parametrize("act", [hang, drip, slow_head])
def test_what_does_not_end_is_cut_off_at_the_deadline(work: Work[Any], attempts: int, act: Act) -> None:
    clock = Clock()
    with Server(each(act)) as server:
        found = refused_at(server.origin, work, clock=clock, patience=Patience(request=0.05))
    assert (found.status, clock.slept) == (0, [1.0, 2.0, 4.0][: attempts - 1])
    assert "127.0.0.1 cannot be reached: no whole reply within 0 s" in str(found)


def test_a_chunk_that_stays_away_is_no_reply_either() -> None:
    with Server(each(hang)) as server:
        found = refused_at(server.origin, write, patience=Patience(chunk=0.05))
    assert "127.0.0.1 cannot be reached: it stopped answering; GitHub may have done it all the same" in str(found)


@WORK
@pytest.mark.parametrize("data", [b"", b"SSH-2.0-x\r\n", head(200, 100) + b"[", b"HTTP/1.1 200 OK\r\nA: b"])
def test_what_is_no_whole_reply_is_no_reply(work: Work[Any], attempts: int, data: bytes) -> None:
    with Server(each(verbatim(data))) as server:
        found = refused_at(server.origin, work)
        assert len(server.heard) == attempts
    assert "the connection ended, or what came is no HTTP reply" in str(found)


@pytest.mark.parametrize("work", [read, write, edit])
def test_without_a_listening_server_nothing_was_sent_and_everything_is_tried_again(work: Work[Any]) -> None:
    with Server(each(EMPTY)) as server:
        pass
    clock = Clock()
    found = refused_at(server.origin, work, clock=clock)
    assert (found.status, clock.slept) == (0, [1.0, 2.0, 4.0])
    assert str(found).endswith("127.0.0.1 cannot be reached: no connection (All connection attempts failed)")


def test_chance_spreads_the_attempts_of_many() -> None:
    clock = Clock()
    with Server(each(reply({}, 502))) as server:
        refused_at(server.origin, read, clock=clock, chance=0.25)
    assert clock.slept == [0.25, 0.5, 1.0]


def test_a_read_that_succeeds_at_last_is_a_success() -> None:
    with Server(each(reset, verbatim(b""), reply(b"<html>", 502), EMPTY)) as server:
        assert ask_at(server.origin, read) == ()
        assert len(server.heard) == 4


@pytest.mark.parametrize(
    "act", [reset, hang, reply(b"<html>", 500), reply({"message": SECRET}, 422), verbatim(b"\x00")]
)
def test_no_problem_tells_the_token(act: Act, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with Server(each(act)) as server:
        found = refused_at(server.origin, write, patience=Patience(request=0.05))
    chain = [found, found.__cause__, found.__context__]
    assert SECRET not in f"{chain!r}{chain}{caplog.text}"


def test_an_unknown_token_is_said_and_not_shown(fake: FakeGitHub) -> None:
    fake.pull("anna")
    found = refused_at_fake(fake)
    assert (found.status, SECRET in str(found)) == (401, False)


def refused_at_fake(fake: FakeGitHub) -> Any:
    with fake.serving() as url:
        return refused_at(url, read)


def test_in_process_and_on_a_socket_it_is_one_github(fake: FakeGitHub) -> None:
    fake.pull("anna")
    made = ask(fake, write)
    with fake.serving() as url:
        assert ask_at(url, read) == (made,)
    assert refused(fake, read, permissions={}).status == 403

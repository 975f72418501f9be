"""A message to a chat on a real socket: where it may go, when it is sent again, and what is said when it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from reconciler.core.fields import SecretRef
from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.effects.world import Context
from reconciler.forge.runs.notify import ChatTarget, address_ref, chat_target, heartbeat_run, notify_run
from tests.support.effects import NOTHING, Clock
from tests.support.sockets import Act, Server, reply, reset

SECRET = "/services/T0000/B0000/very-secret-path"
PAGE = Handover(kind=HandoverKind.APPLY, text="", exit_code=5)


def answers(*acts: Act) -> Server:
    """Return a chat that does these, and the last of them again and again."""
    left: Iterator[Act] = iter(acts)
    return Server(lambda _: next(left, acts[-1]))


def told(
    chat: Server, clock: Clock, *, kind: str = "slack", page: Handover = PAGE, environ: Mapping[str, str] = NOTHING
) -> tuple[str | None, Context]:
    around = {"RECONCILER_NOTIFY_URL": chat.origin + SECRET, "RECONCILER_ALLOW_NOTIFY": chat.origin, **environ}
    context = Context(root=Path(), environ=around, monotonic=clock.monotonic, sleep=clock.sleep)
    target = chat_target(kind)
    assert isinstance(target, ChatTarget)
    return asyncio.run(notify_run(context, page, target=target)), context


@pytest.mark.parametrize(("kind", "key"), [("slack", "text"), ("teams", "attachments"), ("json", "exit_code")])
@pytest.mark.parametrize("status", [200, 202])
def test_a_message_is_one_post(kind: str, key: str, status: int) -> None:
    clock = Clock()
    with answers(reply(b"ok", status=status)) as chat:
        assert told(chat, clock, kind=kind)[0] == ""
    assert chat.seen == [f"POST {SECRET}"]
    assert key in json.loads(chat.heard[0].body)
    assert clock.slept == []


def test_what_is_no_news_is_not_sent() -> None:
    with answers(reply(b"ok")) as chat:
        assert told(chat, Clock(), page=Handover(kind=HandoverKind.APPLY, text="", exit_code=0))[0] is None
    assert chat.seen == []


def test_the_run_at_github_is_linked() -> None:
    runner = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"}
    with answers(reply(b"ok")) as chat:
        told(chat, Clock(), kind="json", environ=runner)
    assert json.loads(chat.heard[0].body)["run"] == "https://github.com/a/b/actions/runs/7"


@pytest.mark.parametrize(
    ("act", "slept"),
    [
        (reply(b"", status=503), 2.0),
        (reply(b"", status=429, retry_after="7"), 7.0),
        (reset, 2.0),
    ],
)
def test_what_may_pass_is_tried_once_more(act: Act, slept: float) -> None:
    clock = Clock()
    with answers(act, reply(b"ok")) as chat:
        assert told(chat, clock)[0] == ""
    assert (len(chat.seen), clock.slept) == (2, [slept])


@pytest.mark.parametrize(
    ("act", "times", "why"),
    [
        (reply(b"no_service " + SECRET.encode(), status=404), 1, "answered HTTP 404"),
        (reply(b"", status=302, location="http://127.0.0.1:9/"), 1, "answered HTTP 302"),
        (reply(b"", status=429, retry_after="3600"), 1, "answered HTTP 429"),
        (reply(b"", status=500), 2, "answered HTTP 500"),
        (reset, 2, "cannot be reached"),
    ],
)
def test_what_fails_is_said_without_the_address(act: Act, times: int, why: str) -> None:
    with answers(act) as chat:
        found, _ = told(chat, Clock())
    assert len(chat.seen) == times
    assert found is not None
    assert found.startswith("127.0.0.1")
    assert why in found
    assert "very-secret-path" not in found


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"RECONCILER_NOTIFY_URL": ""}, "the environment variable RECONCILER_NOTIFY_URL is not set"),
        ({"RECONCILER_ALLOW_NOTIFY": ""}, "set RECONCILER_ALLOW_NOTIFY=http://127.0.0.1:{port} in"),
        ({"RECONCILER_ALLOW_NOTIFY": "https://127.0.0.1"}, "set RECONCILER_ALLOW_NOTIFY=http://127.0.0.1:{port} in"),
        ({"RECONCILER_NOTIFY_URL": "http://chat.example/very-secret-path"}, "is not https://HOST/PATH"),
        ({"RECONCILER_NOTIFY_URL": "https://[::1/very-secret-path"}, "is not https://HOST/PATH"),
        ({"RECONCILER_NOTIFY_URL": "https://me:very-secret-path@chat.example/"}, "is not https://HOST/PATH"),
    ],
)  # fmt: skip
def test_an_address_that_the_environment_does_not_allow_gets_nothing(environ: dict[str, str], why: str) -> None:
    with answers(reply(b"ok")) as chat:
        found, _ = told(chat, Clock(), environ=environ)
    assert chat.seen == []
    assert found is not None
    assert why.format(port=chat.port) in found
    assert "very-secret-path" not in found


def test_the_address_is_a_secret_of_the_run_from_then_on() -> None:
    with answers(reply(b"ok")) as chat:
        _, context = told(chat, Clock())
        assert "very-secret-path" not in context.secrets.without(f"it said {chat.origin}{SECRET}")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("slack", "{env: RECONCILER_NOTIFY_URL}"),
        ("teams=CHAT_URL", "{env: CHAT_URL}"),
        ("json=file:chat-url", "{file: chat-url}"),
    ],
)
def test_the_address_is_named_by_a_variable_or_a_file(text: str, where: str) -> None:
    target = chat_target(text)
    assert isinstance(target, ChatTarget)
    assert (str(target.kind), str(target.address)) == (text.partition("=")[0], where)


@pytest.mark.parametrize(
    "text", ["", "irc", "slack=https://hooks.slack.example/very-secret", "json=file:../x", "json=file:"]
)
def test_what_names_no_chat_is_refused_and_not_repeated(text: str) -> None:
    wrong = chat_target(text)
    assert isinstance(wrong, str)
    assert "very-secret" not in wrong


@pytest.mark.parametrize(
    ("code", "complete", "beats"),
    [(0, True, True), (2, True, True), (0, False, False), (6, False, False), (1, True, False)],
)
def test_a_look_that_read_everything_shows_life_and_no_other_does(code: int, complete: bool, beats: bool) -> None:
    found = Handover(kind=HandoverKind.DRIFT, text="", exit_code=code, complete=complete, quiet=code == 0)
    address = address_ref("BEAT")
    assert isinstance(address, SecretRef)
    with answers(reply(b"ok")) as watcher:
        around = {"BEAT": watcher.origin + SECRET, "RECONCILER_ALLOW_NOTIFY": watcher.origin}
        told = asyncio.run(heartbeat_run(Context(root=Path(), environ=around), found, address=address))
    assert (told, watcher.seen) == (("", [f"POST {SECRET}"]) if beats else (None, []))

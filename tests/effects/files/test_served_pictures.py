"""Pictures that a provider serves: fetched without a credential, from where they may come, and only when managed."""

from __future__ import annotations

import asyncio
import dataclasses
from io import BytesIO

import pytest
from PIL import Image

from reconciler.core.fields import Picture
from reconciler.core.provider import Failure, FailureKind
from reconciler.core.target import Desired, Known, Linked, LiveField, Observed, Unreadable
from reconciler.effects.fetch import read_target
from reconciler.effects.files.pictures import read_picture
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import OVER
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.retries import RetryBudget
from tests.support import AGENT, desired, picture
from tests.support.effects import Clock, by_path, line, looking, node, profile
from tests.support.sockets import Act, ClientSocket, Heard, Server, each, reply, reset


def png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    return buffer.getvalue()


def fetched(to: AccountAccess, url: str) -> bytes | Failure:
    return looking(to, lambda mine: mine.picture(url))


def live(server: Server, wanted: Desired) -> Observed:
    """Return what is read of a target."""
    found = looking(line(server.origin), lambda mine: read_target(mine, wanted))
    assert isinstance(found, Observed)
    return found


def served(act: Act, link: str = "/p.png?oe=1") -> tuple[Server, LiveField]:
    """Return the server that was asked, and what it shows as the picture."""
    linked: list[Act] = []
    server = Server(by_path({"/p.png": act, "/whatsapp_business_profile": _later(linked), "": reply(node())}))
    url = link if "://" in link else f"{server.origin}{link}"
    linked.append(reply(profile(about="Hi", profile_picture_url=url)))
    with server:
        found = live(server, desired(picture=picture()))
    return server, found.get("picture")


def _later(acts: list[Act]) -> Act:
    """Return the act that will be the first of `acts` when somebody asks."""

    def act(connection: ClientSocket, heard: Heard) -> None:
        acts[0](connection, heard)

    return act


def test_a_picture_is_asked_for_without_any_credential() -> None:
    with Server(each(reply(png(), Content_Type="image/png"))) as server:
        assert fetched(line(server.origin), f"{server.origin}/p.png?oh=1&oe=2") == png()
    (heard,) = server.heard
    assert (heard.method, heard.target) == ("GET", "/p.png?oh=1&oe=2")
    assert dict(heard.headers) == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": AGENT,
    }


def test_a_link_that_leads_elsewhere_is_not_followed() -> None:
    with Server(each(reply(png()))) as elsewhere:
        found = fetched(line("http://127.0.0.1:9"), f"{elsewhere.origin}/p.png")
        assert elsewhere.connections == 0
    assert found == Failure(
        kind=FailureKind.GARBAGE, summary="the picture's link does not lead to the provider's hosts"
    )


def test_at_the_provider_itself_a_link_to_this_machine_is_not_followed() -> None:
    with Server(each(reply(png()))) as server:
        way = Connection("https://graph.facebook.com", ("*.whatsapp.net",))
        found = fetched(dataclasses.replace(line(server.origin), connection=way), f"{server.origin}/p.png")
        assert server.connections == 0
    assert isinstance(found, Failure)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_of_a_picture_is_not_followed(status: int) -> None:
    with Server(each(reply(png()))) as elsewhere, Server(each(reply(b"", status, Location=elsewhere.origin))) as server:
        found = fetched(line(server.origin), f"{server.origin}/p.png")
        assert (elsewhere.connections, len(server.heard)) == (0, 1)
    assert found == Failure(kind=FailureKind.NOT_FOUND, summary=f"the picture's host answered HTTP {status}")


@pytest.mark.parametrize(("act", "attempts"), [(reply(b"", 503), 4), (reset, 4), (reply(b"", 404), 1)])
def test_a_picture_is_a_read_and_is_tried_again_as_one(act: Act, attempts: int) -> None:
    clock, budget = Clock(), RetryBudget(9)
    with Server(each(act)) as server:
        found = fetched(line(server.origin, clock=clock, budget=budget), f"{server.origin}/p.png")
        assert len(server.heard) == attempts
    assert isinstance(found, Failure)
    assert (clock.slept, budget.left) == ([1.0, 2.0, 4.0][: attempts - 1], 10 - attempts)


def test_past_the_runs_deadline_no_picture_is_fetched() -> None:
    clock = Clock()
    with Server(each(reply(png()))) as server:
        found = fetched(line(server.origin, clock=clock, deadline=clock.now), f"{server.origin}/p.png")
        assert server.connections == 0
    assert found == OVER


# As part of a target


def test_a_managed_picture_becomes_the_picture_itself() -> None:
    server, found = served(reply(png()))
    expected = read_picture(png())
    assert isinstance(expected, Picture)
    assert found == Known(value=expected)
    assert server.seen[-1] == "GET /p.png?oe=1"


@pytest.mark.parametrize(
    ("act", "link", "reason"),
    [
        (reply(b"GIF89a"), "/p.png", "the picture is neither a JPEG nor a PNG by its content"),
        (reply(b""), "/p.png", "the picture is empty (0 bytes)"),
        (
            reply(png()[:-20]),
            "/p.png",
            f"the picture is damaged or cut short: its {len(png()) - 20} bytes do not decode",
        ),
        (reply(b"", 410), "/p.png", "the picture's host answered HTTP 410"),
        (reply(), "https://evil.example/p.png", "the picture's link does not lead to the provider's hosts"),
        (reply(), "https://[/", "the picture's link does not lead to the provider's hosts"),
    ],
)
def test_a_picture_that_cannot_be_had_is_one_unreadable_field(act: Act, link: str, reason: str) -> None:
    _, found = served(act, link)
    assert isinstance(found, Unreadable)
    assert found.reason.partition(";")[0].partition(" as PNG")[0] == reason


def test_the_other_fields_are_read_all_the_same() -> None:
    shown = reply(profile(about="Hi", profile_picture_url="https://evil.example/p.png"))
    with Server(by_path({"/whatsapp_business_profile": shown, "": reply(node())})) as server:
        found = live(server, desired(about="Hi", picture=picture()))
    assert found.get("about") == Known(value="Hi")
    assert isinstance(found.get("picture"), Unreadable)


def test_a_picture_that_is_not_managed_is_not_fetched() -> None:
    acts: list[Act] = []
    with Server(by_path({"/whatsapp_business_profile": _later(acts), "": reply(node())})) as server:
        acts.append(reply(profile(about="Hi", profile_picture_url=f"{server.origin}/p.png")))
        found = live(server, desired(about="Hello"))
        assert all("/p.png" not in seen for seen in server.seen)
    assert [*found.fields] == ["about"]
    assert not any(isinstance(field, Linked) for field in found.fields.values())


def test_a_number_without_a_picture_shows_none() -> None:
    with Server(by_path({"/whatsapp_business_profile": reply(profile()), "": reply(node())})) as server:
        found = live(server, desired(picture=picture()))
    assert found.get("picture") == Known(value="")


def test_two_workers_may_read_the_same_picture() -> None:
    async def both(to: AccountAccess, url: str) -> list[bytes | Failure]:
        async with ReadClient(to) as one, ReadClient(to) as other:
            return list(await asyncio.gather(one.picture(url), other.picture(url)))

    with Server(each(reply(png()))) as server:
        found = asyncio.run(both(line(server.origin), f"{server.origin}/p.png"))
        assert server.connections == 2
    assert found == [png(), png()]

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest

from reconciler.sandbox.pickyassist import INVALID_TOKEN, MALFORMED, MESSAGES, QUIRKS, WRONG_TOKEN
from reconciler.sandbox.world import World

TOKEN = "782a357a2c871f54b83fd1a017f05eb6794"
MARK = "token:" + hashlib.sha256(TOKEN.encode()).hexdigest()[:12]
CHANNEL = 4711
OLD = "https://pickyassist.com/app/api/v2/update-profile"
NEW = "https://app.pickyassist.com/api/v2/update-profile"
FULL: dict[str, Any] = {
    "about": "about me \N{CROISSANT}",
    "address": "test address",
    "description": "picky description",
    "email": "support@picky.example",
    "industry": 13,
    "websites": ["https://picky.example", "http://other.example/"],
    "profile_pic": "https://images.example/smilies.jpeg",
}
SUCCESS = {"status": 100, "message": "Success"}
"""As documented."""
MARKS = ("200", "429", "500", "701", "705", "706", "819")
CREDENTIALS = [{"application": f"100000000000{mark}"} for mark in MARKS] + [
    {"token": f"sandbox-{mark}-token"} for mark in MARKS
]


def write(client: httpx.Client, url: str = NEW, **fields: Any) -> httpx.Response:
    return client.post(url, json={"token": TOKEN, **fields})


def ends(reply: httpx.Response, status: int) -> bool:
    """Say whether a reply is this ending, in every part."""
    return (reply.status_code, reply.json()) == (200, {"status": status, "message": MESSAGES[status]})


def kept(world: World, address: object = MARK) -> dict[str, Any]:
    return world.state("pickyassist", str(address))


def address_for(credential: dict[str, str]) -> str:
    if "application" in credential:
        return credential["application"]
    return "token:" + hashlib.sha256(credential["token"].encode()).hexdigest()[:12]


def by_mark(mark: str) -> pytest.MarkDecorator:
    """Run a test by application and by token."""
    wanted = [credential for credential in CREDENTIALS if mark in next(iter(credential.values()))]
    assert len(wanted) == 2
    return pytest.mark.parametrize("credential", wanted)


@pytest.mark.parametrize("url", [OLD, NEW])
def test_everything_that_is_sent_is_kept_under_its_own_name(client: httpx.Client, world: World, url: str) -> None:
    reply = write(client, url, application=CHANNEL, **FULL)
    assert (reply.status_code, reply.json()) == (200, SUCCESS)
    assert kept(world, CHANNEL) == FULL
    assert kept(world) == {}


def test_without_an_application_the_token_says_which_number(client: httpx.Client, world: World) -> None:
    assert write(client, **FULL).json() == SUCCESS
    assert kept(world) == FULL


def test_a_channel_is_one_number_whatever_the_token_and_the_host(client: httpx.Client, world: World) -> None:
    write(client, OLD, application=CHANNEL, about="x")
    write(client, NEW, application=str(CHANNEL), token="another", address="y")
    assert kept(world, CHANNEL) == {"about": "x", "address": "y"}


def test_only_what_is_sent_changes(client: httpx.Client, world: World) -> None:
    write(client, **FULL)
    assert write(client, about="New", websites=[]).json() == SUCCESS
    assert kept(world) == {**FULL, "about": "New", "websites": []}


def test_a_write_of_nothing_succeeds(client: httpx.Client, world: World) -> None:
    write(client, **FULL)
    assert write(client).json() == SUCCESS
    assert kept(world) == FULL


def test_the_record_is_seen_and_edited_through_the_controls(client: httpx.Client, world: World) -> None:
    write(client, about="ours")
    url = f"/_sandbox/numbers/pickyassist/{MARK}"
    assert client.get(url).json() == {"about": "ours"}
    assert client.put(url, json={"about": "theirs"}).json() == {"about": "theirs"} == kept(world)
    write(client, about="ours")
    assert kept(world) == {"about": "ours"}


@pytest.mark.parametrize("url", [OLD, NEW])
def test_nothing_can_be_read(client: httpx.Client, url: str) -> None:
    assert client.get(url).status_code == 405


def test_an_unknown_name_is_ignored(client: httpx.Client, world: World) -> None:
    assert write(client, about="x", moustache="handlebar").json() == SUCCESS
    assert kept(world) == {"about": "x"}


@pytest.mark.parametrize("name", ["about", "address", "description", "email"])
def test_an_empty_text_is_kept_as_it_was_sent(client: httpx.Client, world: World, name: str) -> None:
    write(client, **FULL)
    assert write(client, **{name: ""}).json() == SUCCESS
    assert kept(world) == {**FULL, name: ""}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("about", "\N{CROISSANT}" * 139),
        ("address", "a" * 256),
        ("description", "a" * 256),
        ("email", "a" * 240 + "@b.example"),
        ("websites", ["https://e.example/" + "a" * 238, "HTTP://e.example/?q#f"]),
        ("industry", 1),
        ("industry", 17),
        ("profile_pic", "http://images.example/too-large/picture.png?too-small#no-upload"),
    ],
)
def test_what_fits_is_kept_as_it_was_sent(client: httpx.Client, world: World, name: str, value: Any) -> None:
    assert write(client, **{name: value}).json() == SUCCESS
    assert kept(world) == {name: value}


REFUSED = [
    (819, "about", "a" * 140),
    (820, "address", "a" * 257),
    (821, "description", "a" * 257),
    (822, "email", "a" * 241 + "@b.example"),
    (823, "email", "nobody"),
    (824, "websites", ["https://a.example", "https://b.example", "https://c.example"]),
    (825, "industry", 0),
    (825, "industry", 18),
    (825, "industry", "13"),
    (825, "industry", True),
    (825, "industry", 13.5),
    (825, "industry", None),
    (826, "websites", ["https://a.example", "www.b.example"]),
    (826, "websites", ["ftp://a.example"]),
    (826, "websites", [7]),
    (826, "websites", "https://a.example"),
    (826, "websites", None),
    (827, "websites", ["https://e.example/" + "a" * 239]),
    (828, "profile_pic", "https://images.example/too-large.jpeg"),
    (830, "profile_pic", "https://images.example/a-too-small-one.png?v=1"),
    (831, "profile_pic", "https://images.example/no-upload"),
    (831, "profile_pic", "ftp://images.example/picture.png"),
    (831, "profile_pic", ""),
    (831, "profile_pic", None),
    (MALFORMED, "about", 7),
    (MALFORMED, "address", None),
    (MALFORMED, "description", ["x"]),
    (MALFORMED, "email", 7),
]


@pytest.mark.parametrize(("status", "name", "value"), REFUSED)
def test_a_bad_value_fails_it_all(client: httpx.Client, world: World, status: int, name: str, value: object) -> None:
    write(client, **FULL)
    assert ends(write(client, **{**FULL, "address": "New", name: value}), status)
    assert kept(world) == FULL


def test_every_documented_refusal_is_there() -> None:
    documented = {819, 820, 821, 822, 823, 824, 825, 826, 827, 828, 830, 831}
    assert {status for status, *_ in REFUSED} - {MALFORMED} == documented
    assert {*MESSAGES} == {100, *documented, MALFORMED, WRONG_TOKEN}


def test_of_several_wrongs_the_lowest_code_is_told(client: httpx.Client) -> None:
    assert ends(write(client, profile_pic="", websites=["a"], industry=0, email="nobody"), 823)
    assert ends(write(client, websites=["a", "b", "c"]), 824)
    assert ends(write(client, email="a" * 251), 822)


@pytest.mark.parametrize("token", [INVALID_TOKEN, "", None, 7, "two words", "\N{CROISSANT}"])
def test_a_token_that_opens_nothing(client: httpx.Client, world: World, token: object) -> None:
    for application in (CHANNEL, 100000000000500):
        assert ends(write(client, token=token, application=application, about="x"), WRONG_TOKEN)
        assert kept(world, application) == {}
    assert ends(write(client, token=token, about="x"), WRONG_TOKEN)


def test_no_header_opens_anything(client: httpx.Client, world: World) -> None:
    assert client.headers["Authorization"]
    assert ends(client.post(NEW, json={"about": "x"}), WRONG_TOKEN)
    assert [entry["address"] for entry in world.journal()] == [""]


def test_half_of_a_surrogate_pair_is_no_text_that_could_be_hashed_or_journaled(client: httpx.Client) -> None:
    assert ends(client.post(NEW, content=b'{"token":"\\ud800","about":"x"}'), MALFORMED)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"token"', f"token={TOKEN}".encode()])
def test_a_body_is_a_json_object(client: httpx.Client, world: World, body: bytes) -> None:
    assert ends(client.post(NEW, content=body), MALFORMED)
    assert [entry["address"] for entry in world.journal()] == [""]


@pytest.mark.parametrize("application", ["", "x", "+4930", -1, True, None, 7.5, [7]])
def test_an_application_is_a_number(client: httpx.Client, world: World, application: object) -> None:
    assert ends(write(client, application=application, about="x"), MALFORMED)
    assert [entry["address"] for entry in world.journal()] == [""]
    assert kept(world) == {}


@by_mark("200")
def test_a_channel_that_writes_and_says_nothing(client: httpx.Client, world: World, credential: dict[str, str]) -> None:
    reply = write(client, **credential, about="x")
    assert (reply.status_code, reply.content) == (200, b"")
    assert kept(world, address_for(credential)) == {"about": "x"}
    assert ends(write(client, **credential, about="a" * 140), 819), "what is wrong is refused all the same"


@by_mark("429")
def test_a_channel_that_drops_requests(client: httpx.Client, world: World, credential: dict[str, str]) -> None:
    reply = write(client, **credential, about="x")
    assert (reply.status_code, reply.text) == (429, "Too Many Requests")
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert kept(world, address_for(credential)) == {}


@by_mark("500")
def test_a_channel_that_answers_a_page(client: httpx.Client, world: World, credential: dict[str, str]) -> None:
    reply = write(client, **credential, about="x")
    assert (reply.status_code, reply.text) == (
        500,
        "<html><head><title>500 Internal Server Error</title></head><body><h1>500</h1></body></html>",
    )
    assert reply.headers["Content-Type"].startswith("text/html")
    assert kept(world, address_for(credential)) == {}


@by_mark("701")
def test_a_channel_that_swallows_writes(client: httpx.Client, world: World, credential: dict[str, str]) -> None:
    assert write(client, **credential, about="x").json() == SUCCESS
    assert kept(world, address_for(credential)) == {}
    assert ends(write(client, **credential, about="a" * 140), 819), "what is wrong is refused all the same"


@by_mark("705")
def test_a_channel_that_clears_what_is_omitted(client: httpx.Client, world: World, credential: dict[str, str]) -> None:
    address = address_for(credential)
    world.register("pickyassist", address, number="+4930123456")
    write(client, **credential, **FULL)
    assert write(client, **credential, about="New").json() == SUCCESS
    assert kept(world, address) == {"number": "+4930123456", "about": "New"}


@by_mark("706")
def test_a_channel_that_spells_its_success_as_text(
    client: httpx.Client, world: World, credential: dict[str, str]
) -> None:
    assert write(client, **credential, about="x").json() == {"status": "100", "message": "Success"}
    assert kept(world, address_for(credential)) == {"about": "x"}


@by_mark("819")
def test_a_channel_that_spells_its_error_as_text(
    client: httpx.Client, world: World, credential: dict[str, str]
) -> None:
    assert write(client, **credential, about="x").json() == {"status": "819", "message": MESSAGES[819]}
    assert kept(world, address_for(credential)) == {}


def test_every_magic_name_is_tried() -> None:
    assert {*QUIRKS} == {name for credential in CREDENTIALS for name in credential.values()}


def test_faults_find_a_number_by_its_address(client: httpx.Client, world: World) -> None:
    here: dict[str, Any] = {"provider": "pickyassist", "address": MARK, "times": 1}
    world.faults([{"kind": "reply", "status": 503, **here}, {"kind": "swallow", **here}])
    assert write(client, application=CHANNEL, about="x").json() == SUCCESS
    assert write(client, about="lost").status_code == 503
    assert write(client, about="swallowed").json() == SUCCESS
    assert kept(world) == {}
    assert write(client, about="kept").json() == SUCCESS
    assert kept(world) == {"about": "kept"}
    assert [entry["faults"] for entry in world.journal()] == [[], ["reply"], ["swallow"], []]


def test_a_refused_write_uses_no_swallow_up(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "swallow", "times": 1}, {"kind": "stale", "times": 1}])
    write(client, industry=0)
    assert len(world.faults()) == 2
    write(client, about="x")
    assert world.faults() == [{"kind": "stale", "times": 1}], "there is nobody to hide a write from"


def test_the_journal_tells_what_was_written_and_no_token(client: httpx.Client, world: World) -> None:
    write(client, OLD, **FULL)
    client.post(NEW, content=json.dumps({"token": TOKEN})[:-1])
    told, broken = world.journal()
    assert {name: told[name] for name in ("path", "body", "provider", "address", "status")} == {
        "path": "/app/api/v2/update-profile",
        "body": {"token": MARK.replace("token", "sha256"), **FULL},
        "provider": "pickyassist",
        "address": MARK,
        "status": 200,
    }
    assert {*broken["body"]} == {"length", "sha256"}
    assert TOKEN not in json.dumps([told, broken, kept(world)])

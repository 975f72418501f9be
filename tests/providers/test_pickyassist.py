"""Picky Assist's provider, sans I/O: what it sends, and that it reads nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.fields import FIELD_NAMES, SecretRef, Value
from reconciler.core.memory.runs import FieldOutcome, FieldStatus
from reconciler.core.provider import Failure, FailureKind, Reply, Step, Write
from reconciler.core.settings import Account
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.outcomes import Work
from reconciler.providers import providers
from reconciler.providers.pickyassist import INDUSTRY_IDS, STATUSES, PickyAssist, PickyAssistKeys, PickyAssistOptions
from tests.support import NUMBER, change, desired, picture, target
from tests.support.effects import TOKEN, line
from tests.support.exchange import Played, play, reply
from tests.support.sockets import Server, each
from tests.support.sockets import reply as answering

DATA = Path(__file__).parent.parent / "data"
INDUSTRIES = json.loads((DATA / "industry_map.json").read_text(encoding="utf-8"))["writable"]
SHARED = {row["meta"]: row["picky"] for row in INDUSTRIES if row["picky"] is not None}
PATH = "/app/api/v2/update-profile"
BASE = "https://raw.example.com/shop/main/profiles/"
SUCCESS = reply({"status": 100, "message": "Success"})
VARIABLE = "PICKYASSIST_TOKEN"
HERE = target(address=f"{VARIABLE}/{NUMBER}")


def account(host: str = "", *, token: SecretRef | None = None, **options: Any) -> Account:
    made = PickyAssistOptions(**{"picture_base_url": BASE, **options})
    refs = {"token": token} if token is not None else {}
    return Account(
        name="a", provider="pickyassist", endpoint="sandbox", host=host, concurrency=1, credentials=refs, options=made
    )


def picky(host: str = "", **options: Any) -> PickyAssist:
    return PickyAssist(account(host, **options))


def only(steps: tuple[Step, ...]) -> Step:
    (step,) = steps
    return step


def answer(body: Any, status: int = 200) -> Reply | Failure:
    """Return what the driver makes of a reply."""
    found = reply(body, status)
    return picky().failure(found) or found


def posted(step: Step) -> Write:
    """Return the only call that a step makes."""
    (call,) = play(step.exchange, SUCCESS).calls
    assert isinstance(call, Write)
    return call


def sent(field: str, value: Value) -> Any:
    """Return the body that sends one field."""
    return posted(only(picky().write(desired(to=HERE), (change(field, after=value),)))).body


def test_it_is_registered_under_its_name() -> None:
    assert providers()["pickyassist"].traits is PickyAssist.traits


@pytest.mark.parametrize(
    ("accounts", "profiles", "channel"), [(None, None, ""), (4711, None, "4711"), (None, 12, "12"), (4711, 12, "12")]
)
def test_the_channel_is_the_profiles_own_or_the_accounts(
    accounts: int | None, profiles: int | None, channel: str
) -> None:
    of, keys = account(application=accounts, token=SecretRef(env=VARIABLE)), PickyAssistKeys(application=profiles)
    assert PickyAssist.channel(of, keys) == channel
    between = f"{channel}/" if channel else ""
    assert PickyAssist.address(of, keys, NUMBER) == f"{VARIABLE}/{between}{NUMBER}"


@pytest.mark.parametrize(
    ("token", "who"),
    [
        (SecretRef(env="PICKYASSIST_B"), "PICKYASSIST_B"),
        (SecretRef(file="PICKYASSIST_c.1"), "PICKYASSIST_c.1"),
        (None, "a"),
    ],
)
def test_an_address_begins_with_where_the_token_comes_from(token: SecretRef | None, who: str) -> None:
    """The token decides which number is written to; at the sandbox, where there may be none, the account does."""
    of = account(token=token)
    assert PickyAssist.address(of, PickyAssistKeys(), NUMBER) == f"{who}/{NUMBER}"
    there = target(address=PickyAssist.address(of, PickyAssistKeys(application=7), NUMBER))
    (step,) = PickyAssist(of).write(desired(to=there), (change("about", after="New"),))
    assert posted(step).body == {"application": 7, "about": "New"}


@pytest.mark.parametrize("application", [0, -1, 10**16, "4711", 1.5, True])
def test_a_channel_is_a_number(application: Any) -> None:
    with pytest.raises(ValueError, match="application"):
        PickyAssistOptions(application=application)
    with pytest.raises(ValueError, match="application"):
        PickyAssistKeys(application=application)


def test_every_capability_cites_a_fact_that_is_written_down() -> None:
    import reconciler.providers

    facts = (Path(reconciler.providers.__file__).parent / "APIS.md").read_text(encoding="utf-8")
    assert [c.fact for c in PickyAssist.traits.capabilities.values() if f"| {c.fact} |" not in facts] == []


def test_webhooks_cannot_be_written_and_the_traits_say_why() -> None:
    webhook = PickyAssist.traits.capabilities["webhook"]
    assert (webhook.writable, webhook.lacking) == (False, "its API for webhooks was switched off")


# Writing


def test_a_write_holds_the_changed_fields_and_nothing_else() -> None:
    managed = desired(to=HERE, about="New", address="Main Street 1", email="a@b.example")
    step = only(picky().write(managed, (change("about", after="New"), change("email", after="a@b.example"))))
    assert step.fields == ("about", "email")
    assert posted(step) == Write("POST", PATH, {"about": "New", "email": "a@b.example"}, repeatable=True)


@pytest.mark.parametrize(
    ("host", "path"),
    [("", PATH), ("https://pickyassist.com", PATH), ("https://app.pickyassist.com", "/api/v2/update-profile")],
)
def test_the_path_is_the_hosts(host: str, path: str) -> None:
    assert posted(only(picky(host).write(desired(to=HERE), (change(),)))).path == path


def test_the_channel_is_taken_from_the_address() -> None:
    there = target(address=f"{VARIABLE}/4711/{NUMBER}")
    assert posted(only(picky().write(desired(to=there), (change("about", after="New"),)))).body == {
        "application": 4711,
        "about": "New",
    }


def test_sending_all_sends_every_managed_field_and_answers_for_the_changed_ones() -> None:
    managed = desired(to=HERE, about="New", address="Main Street 1", industry="EDU", websites=("https://a.example",))
    step = only(picky(send="all").write(managed, (change("about", after="New"),)))
    assert step.fields == ("about",)
    body = {"about": "New", "address": "Main Street 1", "industry": 4, "websites": ["https://a.example"]}
    assert posted(step).body == body


def test_sending_all_sends_nothing_of_what_is_left_alone() -> None:
    """What is to be left alone is no part of the desired profile that a write is made of."""
    managed = desired(to=HERE, about="New", address="Main Street 1", email="a@b.example")
    left = (FieldOutcome(field="address", status=FieldStatus.LEFT_ALONE),)
    changes = (change("about", after="New"),)
    work = Work(managed, changes, left=left)
    assert posted(only(picky(send="all").write(work.sendable, changes))).body == {
        "about": "New",
        "email": "a@b.example",
    }


@pytest.mark.parametrize(("send", "divisible"), [("changed", True), ("all", False)])
def test_a_field_can_be_tried_alone_only_where_nothing_travels_with_it(send: str, divisible: bool) -> None:
    assert only(picky(send=send).write(desired(to=HERE, email="a@b.example"), (change(),))).divisible is divisible


def test_sending_all_sends_what_was_reviewed_of_a_changed_field() -> None:
    managed = desired(to=HERE, about="Edited since", picture=picture("b", file="p.png"))
    body = posted(only(picky(send="all").write(managed, (change("about", after="Reviewed"),)))).body
    assert body == {"about": "Reviewed", "profile_pic": f"{BASE}p.png?sha256={'b' * 16}"}


@pytest.mark.parametrize(
    ("field", "value", "body"),
    [
        ("about", "New", {"about": "New"}),
        ("address", "Straße 1, Köln", {"address": "Straße 1, Köln"}),
        ("description", "One\nTwo", {"description": "One\nTwo"}),
        ("email", "a@b.example", {"email": "a@b.example"}),
        ("industry", "OTHER", {"industry": 17}),
        ("websites", ("https://a.example",), {"websites": ["https://a.example"]}),
        ("websites", ("https://a", "https://b"), {"websites": ["https://a", "https://b"]}),
    ],
)
def test_each_field_travels_under_its_own_name(field: str, value: Value, body: dict[str, Any]) -> None:
    assert sent(field, value) == body


@pytest.mark.parametrize(("code", "number"), SHARED.items())
def test_an_industry_travels_as_its_number(code: str, number: int) -> None:
    assert sent("industry", code) == {"industry": number}


def test_the_industries_are_those_of_the_map_and_no_two_are_one() -> None:
    assert dict(INDUSTRY_IDS) == SHARED
    assert {number: code for code, number in INDUSTRY_IDS.items()} == {number: code for code, number in SHARED.items()}
    assert sorted(INDUSTRY_IDS.values()) == list(range(1, 18))
    assert set(PickyAssist.traits.capabilities["industry"].industries) == set(SHARED)


def test_metas_further_industries_do_not_exist_here() -> None:
    further = {row["meta"] for row in INDUSTRIES} - set(SHARED)
    assert "ALCOHOL" in further
    assert further & set(PickyAssist.traits.capabilities["industry"].industries) == set()


def test_the_token_travels_in_the_body_and_in_no_header() -> None:
    async def run(origin: str) -> None:
        async with WriteClient(replace(line(origin), provider=picky())) as sending:
            await sending.drive(only(picky().write(desired(to=HERE), (change("about", after="New"),))).exchange)

    with Server(each(answering({"status": 100}))) as server:
        asyncio.run(run(server.origin))
    (heard,) = server.heard
    assert json.loads(heard.body) == {"token": TOKEN, "about": "New"}
    assert TOKEN.encode() not in heard.head


# The picture


def link(file: str, mark: str = "a") -> Any:
    return sent("picture", picture(mark, file=file))["profile_pic"]


def test_a_picture_travels_as_the_address_of_its_file() -> None:
    assert link("pictures/logo.png") == f"{BASE}pictures/logo.png?sha256={'a' * 16}"
    assert link("Bäckerei/a b.png") == f"{BASE}B%C3%A4ckerei/a%20b.png?sha256={'a' * 16}"


def test_another_picture_in_the_same_file_is_another_address() -> None:
    assert link("logo.png", "a") != link("logo.png", "b")
    assert link("logo.png", "a") == link("logo.png", "a")


def test_a_picture_needs_a_place_from_where_it_is_fetched() -> None:
    assert PickyAssist.traits.capabilities["picture"].needs == "picture_base_url"
    with pytest.raises(ValueError, match="picture_base_url"):
        picky(picture_base_url="http://a.example/")


# Answers


def written(answered: Reply | Failure) -> Played[None]:
    return play(only(picky().write(desired(to=HERE), (change(),))).exchange, answered)


def test_a_refusal_names_the_field_and_fails_the_write() -> None:
    assert written(answer({"status": 823, "message": "Invalid email"})).failure == Failure(
        kind=FailureKind.REJECTED,
        summary="Invalid email",
        hint="write a valid e-mail address",
        code="823",
        field="email",
    )


def test_every_field_that_a_status_names_exists() -> None:
    assert {field for field, _ in STATUSES.values()} <= set(FIELD_NAMES)


def test_only_what_says_that_it_succeeded_did() -> None:
    assert written(answer({"status": 100})).failure is None
    found = written(answer({})).failure
    summary = "the reply (HTTP 200) does not say that it succeeded"
    assert found == Failure(kind=FailureKind.GARBAGE, summary=summary)

"""360dialog's provider, sans I/O: what it asks, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.fields import FIELD_NAMES, Header, SecretRef, Webhook
from reconciler.core.provider import CallFailed, Failure, FailureKind, Read, Reply, Step, Upload, Write
from reconciler.core.settings import Account
from reconciler.core.target import Change, Known, LiveField, Observed, Unreadable
from reconciler.core.traits import HeaderAuth
from reconciler.effects.http.sending import WriteClient
from reconciler.providers import providers
from reconciler.providers.dialog360 import Dialog360, Dialog360Keys, Dialog360Options
from tests.support import NUMBER, change, desired, picture, target
from tests.support.effects import Clock, line
from tests.support.exchange import Played, play, reply
from tests.support.sockets import Server, each
from tests.support.sockets import reply as answering

UNSET = "(what is answered when none is set is not documented, fact D-8)"
DATA = Path(__file__).parent.parent / "data"
SAMPLES = json.loads((DATA / "meta_samples.json").read_text(encoding="utf-8"))
INDUSTRIES = json.loads((DATA / "industry_map.json").read_text(encoding="utf-8"))["writable"]
PROFILE_FIELDS = "about,address,description,email,profile_picture_url,websites,vertical"
PROFILE = Read("/whatsapp_business_profile", (("fields", PROFILE_FIELDS),))
WEBHOOK = Read("/v1/configs/webhook")
SESSION = "upload:MTphdHRhY2g=?sig=ARZqkGCA_uQMxC8nHKI"
QUERY = (("file_name", "picture.png"), ("file_length", "2048"), ("file_type", "image/png"))
OPEN = Write("POST", "/uploads", query=QUERY, repeatable=True)
SUCCESS = reply({"success": True})
URL = "https://hooks.example/wa"
KEY = SecretRef(env="WEBHOOK_KEY")
ACCOUNT = Account(name="a", provider="", endpoint="sandbox", concurrency=1, credentials={}, options=Dialog360Options())


def dialog360() -> Dialog360:
    return Dialog360(ACCOUNT)


def answer(body: Any, status: int = 200) -> Reply | Failure:
    """Return what the driver makes of a reply."""
    found = reply(body, status)
    return dialog360().failure(found) or found


def only(*changes: Change) -> Step:
    """Return the only step that sends `changes`."""
    (step,) = dialog360().write(desired(), changes)
    return step


def write(body: dict[str, Any]) -> Write:
    return Write("POST", "/whatsapp_business_profile", {"messaging_product": "whatsapp", **body}, repeatable=True)


def test_it_is_registered_under_its_name() -> None:
    assert providers()["360dialog"].traits is Dialog360.traits


def test_the_address_is_the_number_and_only_the_key_leads_there() -> None:
    assert dialog360().roster() is None
    assert Dialog360.address(ACCOUNT, Dialog360Keys(), NUMBER) == NUMBER
    assert Dialog360.channel(ACCOUNT, Dialog360Keys()) == ""
    assert Dialog360.traits.credential_per_number


def test_every_capability_cites_a_fact_that_is_written_down() -> None:
    import reconciler.providers

    facts = (Path(reconciler.providers.__file__).parent / "APIS.md").read_text(encoding="utf-8")
    assert [c.fact for c in Dialog360.traits.capabilities.values() if f"| {c.fact} |" not in facts] == []


# Reading


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        (FIELD_NAMES, (PROFILE, WEBHOOK)),
        ({"picture", "websites"}, (PROFILE,)),
        ({"about", "webhook"}, (PROFILE, WEBHOOK)),
        ({"webhook"}, (WEBHOOK,)),
        ((), ()),
    ],
)
def test_what_is_wanted_decides_what_is_asked(wanted: Any, calls: tuple[Read, ...]) -> None:
    answers = {PROFILE: reply({"data": [{"about": "Hi"}]}), WEBHOOK: reply({"url": URL})}
    played = play(dialog360().read(target(), None, wanted=wanted), *(answers[call] for call in calls))
    assert played.calls == calls
    assert isinstance(played.result, Observed)
    found = played.result.fields
    assert (found.keys() >= set(wanted), "webhook" in found) == (True, "webhook" in wanted)


def test_the_profile_is_metas() -> None:
    recorded = reply(SAMPLES["meta_get_full_recorded"]["body"])
    played = play(dialog360().read(target(), None, wanted={"about"}), recorded)
    assert isinstance(played.result, Observed)
    assert played.result.get("industry") == Known(value="EDU")
    assert played.result.get("websites") == Known(value=("https://www.google.com/",))
    assert (played.result.blocked, played.result.notes) == ("", ())


def test_a_reply_without_a_profile_is_unreadable_and_the_webhook_is_not_asked_for() -> None:
    played = play(dialog360().read(target(), None, wanted=FIELD_NAMES), reply({"data": []}))
    assert played.calls == (PROFILE,)
    assert played.result == Unreadable(reason="the reply holds no profile")


def test_a_profile_that_cannot_be_read_fails_the_read() -> None:
    refused = answer({"error": "Invalid API key"}, 401)
    assert play(dialog360().read(target(), None, wanted=FIELD_NAMES), refused).failure == refused


def webhook(answered: Reply | Failure) -> LiveField:
    played = play(dialog360().read(target(), None, wanted={"webhook"}), answered)
    assert isinstance(played.result, Observed)
    assert "hush" not in repr(played)
    return played.result.get("webhook")


def test_a_webhook_is_read_with_the_names_of_its_headers_and_never_with_what_they_hold() -> None:
    found = webhook(answer({"url": URL, "headers": {"x-key": "hush", "Authorization": "Basic hush"}}))
    assert found == Known(value=Webhook(url=URL, headers=(Header(name="Authorization"), Header(name="x-key"))))


@pytest.mark.parametrize(
    ("body", "url"),
    [
        *(({"url": URL}, URL), ({"url": URL, "headers": {}}, URL), ({"url": URL, "headers": None}, URL), ({}, "")),
        *(({"url": None}, ""), ({"url": ""}, ""), ({"url": "", "headers": {"X-Key": "hush"}}, "")),
        *(({"webhook": {"url": URL}}, URL), ({"webhook": URL}, URL), ({"url": None, "webhook": {"url": URL}}, URL)),
        *(({"webhook": None}, ""), ({"webhook": {}}, ""), ({"webhook": ""}, ""), ({"webhook": {"url": None}}, "")),
        ({"url": URL, "webhook": {"url": "https://other.example"}}, URL),
    ],
)
def test_a_webhook_without_headers_or_without_an_address(body: Any, url: str) -> None:
    assert webhook(answer(body)) == Known(value=Webhook(url=url))


@pytest.mark.parametrize(
    "body",
    [
        *({"url": 5}, {"url": ["hush"]}, {"url": {"a": "hush"}}, {"url": URL, "headers": ["hush"]}),
        *({"headers": "hush"}, {"webhook": ["hush"]}, {"webhook": {"url": 5}}, {"webhook": {"headers": "hush"}}),
    ],
)
def test_what_is_no_webhook_is_unreadable_and_not_repeated(body: Any) -> None:
    assert webhook(answer(body)) == Unreadable(reason="the reply holds something that is no webhook")


@pytest.mark.parametrize(
    "body",
    [
        {"callback_url": URL},
        {"data": {"url": URL}},
        {"data": [{"url": URL}]},
        {"url": "", "webhooks": [{"address": "HTTP://hooks.example"}]},
    ],
)
def test_an_address_at_an_unknown_place_is_not_taken_for_no_webhook(body: Any) -> None:
    assert webhook(answer(body)) == Unreadable(reason="the reply holds an address where no webhook's stands")


def test_an_address_with_escaped_slashes_is_one_too() -> None:
    escaped = Reply(status=200, body=rb'{"hook": "https:\/\/hooks.example\/wa"}')
    assert isinstance(webhook(escaped), Unreadable)


@pytest.mark.parametrize(
    ("body", "status", "summary"),
    [
        ({"error": "Not found"}, 404, "Not found [HTTP 404]"),
        ({"meta": {"success": False, "developer_message": "None"}}, 404, "None [HTTP 404]"),
        ({"error": {"message": "Unknown path", "code": 2500}}, 404, "Unknown path [2500]"),
        ({}, 404, "HTTP 404 without an error code"),
        ("gone", 404, "the reply (HTTP 404) is no JSON object"),
        (None, 200, "the reply (HTTP 200) is no JSON object: null"),
        ([], 200, "the reply (HTTP 200) is no JSON object"),
    ],
)
def test_a_webhook_of_which_there_is_nothing_is_taken_for_none_and_not_for_certain(
    body: Any, status: int, summary: str
) -> None:
    doubt = f"360dialog answered that there is nothing: {summary}; that is taken for no webhook (fact D-8)"
    assert webhook(answer(body, status)) == Known(value=Webhook(url=""), doubt=doubt)


def test_a_reply_without_content_is_taken_for_no_webhook() -> None:
    found = dialog360().failure(Reply(status=204))
    assert found is not None
    assert isinstance(webhook(found), Known)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"error": "No such thing"}, 400, f"No such thing [HTTP 400] {UNSET}"),
        (["hush"], 200, f"the reply (HTTP 200) is no JSON object {UNSET}"),
        ("hush", 502, f"the reply (HTTP 502) is no JSON object {UNSET}"),
        ({"error": "Internal server error"}, 500, "Internal server error [HTTP 500]"),
        (
            {"error": "The endpoint is blocked"},
            403,
            "The endpoint is blocked [HTTP 403] (look at the number's state and its payments in 360dialog's hub)",
        ),
    ],
)
def test_a_webhook_that_cannot_be_read_says_why_and_the_profile_stays(body: Any, status: int, reason: str) -> None:
    profile = reply({"data": [{"about": "Hi"}]})
    played = play(dialog360().read(target(), None, wanted=FIELD_NAMES), profile, answer(body, status))
    assert isinstance(played.result, Observed)
    found = played.result.get("webhook")
    assert isinstance(found, Unreadable)
    assert found.reason == reason
    assert played.result.get("about") == Known(value="Hi")


# Writing the profile


def test_a_write_holds_the_changed_fields_and_the_product_and_nothing_else() -> None:
    managed = desired(about="New", address="Main Street 1", websites=("https://a.example",))
    changes = (change("about", after="New"), change("websites", after=("https://b.example",)))
    (step,) = dialog360().write(managed, changes)
    assert step.fields == ("about", "websites")
    played = play(step.exchange, SUCCESS)
    assert played.calls == (write({"about": "New", "websites": ["https://b.example"]}),)
    assert played.failure is None


def test_clearing_sends_the_empty_value_of_the_field() -> None:
    fields = ("address", "description", "email")
    changes = (*(change(name, before="x", after="") for name in fields), change("websites", before=("x",), after=()))
    played = play(only(*changes).exchange, SUCCESS)
    assert played.calls == (write({"address": "", "description": "", "email": "", "websites": []}),)


@pytest.mark.parametrize("row", INDUSTRIES, ids=lambda row: row["meta"])
def test_an_industry_travels_as_metas_code(row: dict[str, Any]) -> None:
    played = play(only(change("industry", after=row["meta"])).exchange, SUCCESS)
    assert played.calls == (write({"vertical": row["d360"]}),)


def test_the_industries_are_those_of_the_map() -> None:
    assert set(Dialog360.traits.capabilities["industry"].industries) == {row["meta"] for row in INDUSTRIES}


@pytest.mark.parametrize("body", [{}, {"success": False}, {"success": "true"}, {"success": 1}, {"data": []}])
def test_a_reply_that_does_not_say_success_is_none(body: Any) -> None:
    failure = Failure(kind=FailureKind.GARBAGE, summary="the reply does not say that it succeeded")
    assert play(only(change()).exchange, answer(body)).failure == failure


# The picture


def uploading(*answers: Reply | Failure) -> Played[None]:
    return play(only(change("picture", after=picture())).exchange, *answers)


def upload(offset: int = 0) -> Upload:
    return Upload(f"/{SESSION}", picture(), offset, (("file_offset", str(offset)),))


def test_a_picture_is_uploaded_on_routes_without_version_or_app() -> None:
    played = uploading(reply({"id": SESSION}), reply({"h": "4::aW"}), SUCCESS)
    assert played.calls == (OPEN, upload(), write({"profile_picture_handle": "4::aW"}))


def test_a_picture_and_texts_are_one_step_and_one_last_call() -> None:
    step = only(change("about", after="New"), change("picture", after=picture()))
    assert step.fields == ("about", "picture")
    played = play(step.exchange, reply({"id": SESSION}), reply({"h": "4::aW"}), SUCCESS)
    assert played.calls[2:] == (write({"about": "New", "profile_picture_handle": "4::aW"}),)


@pytest.mark.parametrize("offset", [700, "700"])
def test_an_upload_goes_on_where_the_server_says_it_stopped(offset: Any) -> None:
    cut = answer({"error": {"code": 2, "message": "cut"}}, 500)
    played = uploading(reply({"id": SESSION}), cut, reply({"file_offset": offset}), reply({"h": "4::aW"}), SUCCESS)
    assert played.calls[:4] == (OPEN, upload(), Read(f"/{SESSION}", upload=True), upload(700))
    assert played.failure is None


def test_an_upload_that_the_key_does_not_allow_is_not_tried_again() -> None:
    refused = answer({"error": "Invalid API key"}, 401)
    played = uploading(reply({"id": SESSION}), refused)
    assert (played.calls, played.failure) == ((OPEN, upload()), refused)


def test_an_upload_carries_the_key_and_no_authorization() -> None:
    """An `Authorization` there is answered 401 (fact D-6)."""
    assert Dialog360.traits.auth == HeaderAuth(header="D360-API-KEY")


# Writing the webhook


def hooking(hook: Webhook, *answers: Reply | Failure) -> Played[None]:
    return play(only(change("webhook", after=hook)).exchange, *answers)


def test_a_webhook_is_set_with_references_for_what_its_headers_hold() -> None:
    """The provider never sees the secret: the driver fills it in as the bytes go out."""
    headers = (Header(name="Authorization", secret=KEY), Header(name="X-Key", secret=SecretRef(file="key")))
    played = hooking(Webhook(url=URL, headers=headers), reply({"url": URL, "headers": {"Authorization": "hush"}}))
    body = {"url": URL, "headers": {"Authorization": KEY, "X-Key": SecretRef(file="key")}}
    assert played.calls == (Write("POST", "/v1/configs/webhook", body, repeatable=True),)
    assert played.failure is None
    assert "hush" not in repr(played)


def test_a_webhook_without_headers_says_that_it_has_none() -> None:
    played = hooking(Webhook(url=URL), reply({"url": URL, "headers": {}}))
    assert played.calls == (Write("POST", "/v1/configs/webhook", {"url": URL, "headers": {}}, repeatable=True),)


def test_the_webhook_goes_last_in_a_step_of_its_own() -> None:
    first, last = dialog360().write(desired(), (change("webhook", after=Webhook(url=URL)), change("about")))
    assert (first.fields, last.fields) == (("about",), ("webhook",))


def test_a_webhook_that_was_set_may_be_answered_below_its_name() -> None:
    assert hooking(Webhook(url=URL), reply({"webhook": {"url": URL}})).failure is None


@pytest.mark.parametrize("body", [{}, {"url": None}, {"url": 5}, {"success": True}, {"webhook": {}}])
def test_a_reply_that_names_no_webhook_is_no_success(body: Any) -> None:
    summary = "the reply does not say which webhook was set"
    assert hooking(Webhook(url=URL), answer(body)).failure == Failure(kind=FailureKind.GARBAGE, summary=summary)


def test_a_server_that_quotes_a_header_brings_no_secret_into_a_message() -> None:
    """What a reply of success repeats is left where it is; what an error repeats is taken out of it."""
    hook = Webhook(url=URL, headers=(Header(name="X-Key", secret=KEY),))
    refused = {"meta": {"success": False, "developer_message": "bad header", "details": ["X-Key: hush-hush"]}}

    async def sent(origin: str) -> None:
        context = Clock().context(environ={"WEBHOOK_KEY": "hush-hush"})
        async with WriteClient(replace(line(origin, context=context), provider=dialog360())) as sending:
            await sending.drive(only(change("webhook", after=hook)).exchange)

    with Server(each(answering(refused, 400))) as server, pytest.raises(CallFailed) as failed:
        asyncio.run(sent(server.origin))
    assert json.loads(server.heard[0].body)["headers"] == {"X-Key": "hush-hush"}
    assert failed.value.failure.cause.text() == "bad header: X-Key: ⟨secret⟩ [HTTP 400]"


def test_no_request_lists_numbers_or_holds_several_reads() -> None:
    assert (dialog360().roster(), dialog360().together(())) == (None, None)

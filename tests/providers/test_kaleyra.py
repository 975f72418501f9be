"""Kaleyra's provider, sans I/O: what it sends, and that it reads nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.fields import Header, SecretRef, Value, Webhook
from reconciler.core.provider import Failure, FailureKind, Reply, Step, Write
from reconciler.core.settings import Account
from reconciler.core.traits import Capability
from reconciler.providers import providers
from reconciler.providers.kaleyra import CATEGORIES, Kaleyra, KaleyraKeys, KaleyraOptions
from tests.support import NUMBER, change, desired, picture
from tests.support.exchange import Played, play, reply

DATA = Path(__file__).parent.parent / "data"
INDUSTRIES = json.loads((DATA / "industry_map.json").read_text(encoding="utf-8"))["writable"]
SHARED = {row["meta"]: row["kaleyra"] for row in INDUSTRIES if row["kaleyra"] is not None}
PATH = "/v1/HXAP1/whatsapp/number"
BASE = "https://raw.example.com/shop/main/profiles/"
SUCCESS = reply({"status": 200, "message": "WA Phone number update successfully.", "data": [], "error": {}})


def account(sid: str = "HXAP1", base: str | None = BASE) -> Account:
    options = KaleyraOptions(sid=sid, picture_base_url=base)
    return Account(name="a", provider="kaleyra", endpoint="sandbox", concurrency=1, credentials={}, options=options)


def kaleyra(base: str | None = BASE) -> Kaleyra:
    return Kaleyra(account(base=base))


def only(steps: tuple[Step, ...]) -> Step:
    (step,) = steps
    return step


def answer(body: Any, status: int = 200) -> Reply | Failure:
    """Return what the driver makes of a reply."""
    found = reply(body, status)
    return kaleyra().failure(found) or found


def sent(field: str, value: Value) -> Any:
    """Return the body that sends one field, without the number."""
    played = play(only(kaleyra().write(desired(), (change(field, after=value),))).exchange, SUCCESS)
    (call,) = played.calls
    assert isinstance(call, Write)
    assert call.body is not None
    assert call.body["wa_number"] == NUMBER
    return {key: found for key, found in call.body.items() if key != "wa_number"}


def link(file: str, mark: str = "a") -> Any:
    return sent("picture", picture(mark, file=file))["display_image"]


def test_it_is_registered_under_its_name() -> None:
    assert providers()["kaleyra"].traits is Kaleyra.traits


def test_the_address_is_the_accounts_sid_and_the_number() -> None:
    """So two accounts with one number are two targets; and since a call names the number, there is no channel."""
    keys = KaleyraKeys()
    assert Kaleyra.address(account("HXAP1"), keys, NUMBER) == f"HXAP1/{NUMBER}"
    assert Kaleyra.address(account("HXAP2"), keys, NUMBER) == f"HXAP2/{NUMBER}"
    assert Kaleyra.channel(account(), keys) is None


def test_an_account_must_choose_its_region() -> None:
    assert Kaleyra.traits.must_choose_host
    assert len(set(Kaleyra.traits.hosts)) == 6


def test_every_capability_cites_a_fact_that_is_written_down() -> None:
    import reconciler.providers

    facts = (Path(reconciler.providers.__file__).parent / "APIS.md").read_text(encoding="utf-8")
    assert [c.fact for c in Kaleyra.traits.capabilities.values() if f"| {c.fact} |" not in facts] == []


# Writing


def test_a_write_holds_the_number_and_the_changed_fields_and_nothing_else() -> None:
    managed = desired(about="New", address="Main Street 1", websites=("https://a.example",))
    changes = (change("about", after="New"), change("description", after="Bread"))
    step = only(kaleyra().write(managed, changes))
    assert step.fields == ("about", "description")
    played = play(step.exchange, SUCCESS)
    body = {"wa_number": NUMBER, "about": "New", "business_description": "Bread"}
    assert played.calls == (Write("PUT", PATH, body, repeatable=True),)
    assert played.failure is None


@pytest.mark.parametrize(
    ("field", "value", "body"),
    [
        ("about", "New", {"about": "New"}),
        ("address", "Straße 1, Köln", {"address": "Straße 1, Köln"}),
        ("description", "One\nTwo", {"business_description": "One\nTwo"}),
        ("email", "a@b.example", {"contact_email": "a@b.example"}),
        ("industry", "EDU", {"business_category": "Education"}),
        ("websites", ("https://a.example",), {"website": "https://a.example"}),
        ("webhook", Webhook(url="https://hooks.example/wa"), {"incoming_url": "https://hooks.example/wa"}),
    ],
)
def test_each_field_travels_under_its_own_name(field: str, value: Value, body: dict[str, str]) -> None:
    assert sent(field, value) == body


def test_all_fields_are_one_step() -> None:
    changes = tuple(
        change(name, after=value) for name, value in (("about", "A"), ("webhook", Webhook(url="https://h")))
    )
    assert only(kaleyra().write(desired(), changes)).fields == ("about", "webhook")


def test_of_a_webhook_only_the_address_travels() -> None:
    secret = SecretRef(env="WEBHOOK_KEY")
    hook = Webhook(url="https://h.example", verify_token=secret, headers=(Header(name="X-Key", secret=secret),))
    assert sent("webhook", hook) == {"incoming_url": "https://h.example"}
    assert Kaleyra.traits.capabilities["webhook"].parts == ()


@pytest.mark.parametrize(("code", "name"), SHARED.items())
def test_an_industry_travels_as_its_name(code: str, name: str) -> None:
    assert sent("industry", code) == {"business_category": name}


def test_the_industries_are_those_of_the_map_and_no_two_are_one() -> None:
    assert dict(CATEGORIES) == SHARED
    assert len(set(CATEGORIES.values())) == len(CATEGORIES) == 17
    assert {name: code for code, name in CATEGORIES.items()} == {name: code for code, name in SHARED.items()}
    assert set(Kaleyra.traits.capabilities["industry"].industries) == set(SHARED)


def test_metas_further_industries_do_not_exist_here() -> None:
    further = {row["meta"] for row in INDUSTRIES} - set(SHARED)
    assert "ALCOHOL" in further
    assert further & set(Kaleyra.traits.capabilities["industry"].industries) == set()


# The picture


def test_a_picture_travels_as_the_address_of_its_file() -> None:
    assert link("pictures/logo.png") == f"{BASE}pictures/logo.png?sha256={'a' * 16}"


def test_another_picture_in_the_same_file_is_another_address() -> None:
    assert link("logo.png", "a") != link("logo.png", "b")
    assert link("logo.png", "a") == link("logo.png", "a")


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("a b.png", "a%20b.png"),
        ("Bäckerei/Größe.png", "B%C3%A4ckerei/Gr%C3%B6%C3%9Fe.png"),
        ("what?.png", "what%3F.png"),
        ("a#b&c=d.png", "a%23b%26c%3Dd.png"),
        ("100%.png", "100%25.png"),
        ("パン.png", "%E3%83%91%E3%83%B3.png"),
        ("a+b.png", "a%2Bb.png"),
    ],
)
def test_a_files_name_is_percent_encoded(file: str, path: str) -> None:
    assert link(file) == f"{BASE}{path}?sha256={'a' * 16}"


def test_a_picture_needs_a_place_from_where_it_is_fetched() -> None:
    assert Kaleyra.traits.capabilities["picture"].needs == "picture_base_url"


@pytest.mark.parametrize(
    "base",
    [
        *("http://a.example/", "//a.example/", "https://a.example", "https://a.example/x", "https://a.example/?", ""),
        *("https://me:pw@a.example/", "https://a.example/#/", "https://a.example/a b/", "https://a.example/\n"),
        *("https://./", "https://a..example/", "https://.example/", "https://a%40b.example/"),
    ],
)
def test_a_place_that_is_no_public_folder_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="picture_base_url"):
        kaleyra(base)


@pytest.mark.parametrize("base", ["https://a.example/", "https://a.example:8443/", "https://a.example/x/y%20z/"])
def test_a_public_folder_is_taken(base: str) -> None:
    step = only(kaleyra(base).write(desired(), (change("picture", after=picture(file="p.png")),)))
    (call,) = play(step.exchange, SUCCESS).calls
    assert isinstance(call, Write)
    assert call.body is not None
    assert call.body["display_image"] == f"{base}p.png?sha256={'a' * 16}"


# Answers


def written(answered: Reply | Failure) -> Played[None]:
    return play(only(kaleyra().write(desired(), (change(),))).exchange, answered)


def test_a_refusal_names_the_field_and_fails_the_write() -> None:
    error = {"code": "E962", "type": "VALIDATION_ERROR", "parameter": "display_image", "message": "No"}
    found = written(answer({"error": error})).failure
    assert found == Failure(kind=FailureKind.REJECTED, summary="No", code="E962", field="picture")


@pytest.mark.parametrize("parameter", ["wa_number", "sid", "", None, 5])
def test_a_refusal_of_something_else_names_no_field(parameter: Any) -> None:
    found = written(answer({"error": {"code": "E413", "parameter": parameter, "message": "No"}})).failure
    assert found is not None
    assert found.field == ""


def test_a_refusal_without_a_parameter_names_no_field_even_if_a_field_has_no_name_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A field that a provider lacks has no name in its API. A reply that names nothing is not about that field."""
    capabilities = {**Kaleyra.traits.capabilities, "about": Capability(lacking="it was switched off", fact="K-5")}
    monkeypatch.setattr(Kaleyra, "traits", replace(Kaleyra.traits, capabilities=capabilities))
    found = written(answer({"error": {"code": "E413", "message": "No"}})).failure
    assert found is not None
    assert found.field == ""


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (200, {"status": 401, "message": "No"}, FailureKind.UNAUTHORISED, "No [HTTP 401]"),
        (200, {"status": 422, "message": "No"}, FailureKind.REJECTED, "No [HTTP 422]"),
        (202, {"status": 429, "message": "No"}, FailureKind.THROTTLED, "No [HTTP 429]"),
        (200, {"status": 503, "error": "No"}, FailureKind.TRANSIENT, "No [HTTP 503]"),
        (200, {"status": 500, "error": {"message": "No"}}, FailureKind.TRANSIENT, "No [HTTP 500]"),
        (422, {"status": 200, "message": "No"}, FailureKind.REJECTED, "No [HTTP 422]"),
        (404, {"message": "No"}, FailureKind.REJECTED, "No [HTTP 404]"),
        (503, {"status": 200}, FailureKind.TRANSIENT, "no message [HTTP 503]"),
        (502, {"message": "No"}, FailureKind.TRANSIENT, "No [HTTP 502]"),
    ],
)
def test_with_a_2xx_the_body_says_how_it_went_and_else_the_reply(
    status: int, body: Any, kind: FailureKind, said: str
) -> None:
    found = written(answer(body, status)).failure
    assert found is not None
    assert (found.kind, found.cause.text(hint=False), found.field, found.after) == (kind, said, "", None)


@pytest.mark.parametrize("status", [400, 404, 422, 500, 502])
def test_a_page_that_is_no_json_says_nothing_of_what_was_done(status: int) -> None:
    found = kaleyra().failure(Reply(status=status, headers={}, body=b"<html><h1>Bad\n gateway</h1>"))
    summary = f"the reply (HTTP {status}) does not say that it succeeded"
    assert found == Failure(kind=FailureKind.GARBAGE, summary=summary, reason="Bad gateway")


@pytest.mark.parametrize("status", [200, 429, 503])
@pytest.mark.parametrize("error", [{"code": "E999", "message": "No"}, {}])
def test_how_long_to_wait_is_heard_whatever_went_wrong(status: int, error: dict[str, str]) -> None:
    body = {"status": 429 if status == 200 else 200, "error": error}
    found = kaleyra().failure(reply(body, status, retry_after="90"))
    assert found is not None
    assert found.after == 90


def test_only_what_says_that_it_succeeded_did() -> None:
    assert written(answer({"status": 200, "error": {}})).failure is None
    found = written(answer({})).failure
    summary = "the reply (HTTP 200) does not say that it succeeded"
    assert found == Failure(kind=FailureKind.GARBAGE, summary=summary)


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize(
    "body",
    [
        {"code": "RBC001", "message": "Incorrect SID or API Key."},
        {"status": "RBC001", "message": "Incorrect SID or API Key."},
        {"error": "RBC001", "message": "Incorrect SID or API Key."},
        {"status": 200, "code": "RBC001", "message": "Incorrect SID or API Key.", "error": {}},
    ],
)
def test_a_code_outside_of_the_error_is_read_as_what_it_is(body: Any, status: int) -> None:
    found = written(answer(body, status)).failure
    assert found is not None
    assert (found.kind, found.code, found.summary) == (
        FailureKind.UNAUTHORISED,
        "RBC001",
        "Incorrect SID or API Key.",
    )


def test_a_reference_is_said_and_a_code_may_be_a_number() -> None:
    found = written(answer({"error": {"code": 13001, "message": "No", "reference": "see page 9"}}, 500)).failure
    assert found is not None
    assert found.cause.text() == "No: see page 9 [13001]"
    assert written(answer({"error": {"message": "No"}}, 400)).failure == Failure(
        kind=FailureKind.REJECTED, summary="No", code="HTTP 400"
    )


def test_a_throttle_in_plain_text_is_repeated() -> None:
    found = kaleyra().failure(Reply(status=429, body=b"Too Many Requests."))
    assert found is not None
    assert found.cause.text(hint=False) == "Too Many Requests. [HTTP 429]"
    bare = kaleyra().failure(Reply(status=429))
    assert bare is not None
    assert bare.summary == "no message"


def test_an_error_that_is_a_text_stands_beside_the_message() -> None:
    found = written(answer({"status": 422, "message": "No", "error": "the number is unknown"})).failure
    assert found is not None
    assert found.cause.text() == "No: the number is unknown [HTTP 422]"

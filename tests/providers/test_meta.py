"""Meta's provider, sans I/O: what it asks, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.comparing.spellings import number_shown
from reconciler.core.fields import FIELD_NAMES, SecretRef, Webhook
from reconciler.core.provider import Failure, FailureKind, Read, Reply, Step, Upload, Write
from reconciler.core.roster import NumberFacts
from reconciler.core.settings import Account
from reconciler.core.target import Known, LiveField, Observed, Unreadable
from reconciler.providers import providers
from reconciler.providers.meta import NODE_FIELDS, Meta, MetaKeys, MetaOptions
from tests.support import ADDRESS, NUMBER, change, desired, observed, picture, target
from tests.support.exchange import Played, play, reply

ON_APP = "the number is on the WhatsApp Business app: its owner edits the profile there, the API cannot"
PROFILE_FIELDS = "about,address,description,email,profile_picture_url,websites,vertical"
PROFILE = Read(f"/v23.0/{ADDRESS}/whatsapp_business_profile", (("fields", PROFILE_FIELDS),))
NODE = Read(f"/v23.0/{ADDRESS}", (("fields", f"{NODE_FIELDS},verified_name,name_status,quality_rating"),))
SESSION = "upload:MTphdHRhY2g=?sig=ARZqkGCA_uQMxC8nHKI"
OPEN = Write(
    "POST",
    "/v23.0/app/uploads",
    query=(("file_name", "picture.png"), ("file_length", "2048"), ("file_type", "image/png")),
    repeatable=True,
)
SUCCESS = reply({"success": True})


def account(**options: Any) -> Account:
    made = MetaOptions(**options)
    return Account(name="a", provider="meta", endpoint="sandbox", concurrency=1, credentials={}, options=made)


def meta(**options: Any) -> Meta:
    return Meta(account(**options))


def node(**more: Any) -> Reply:
    body = {"id": ADDRESS, "display_phone_number": "+49 30 12345678", "platform_type": "CLOUD_API", **more}
    return reply(body)


def profile(**fields: Any) -> Reply:
    return reply({"data": [{**fields, "messaging_product": "whatsapp"}]}, facebook_api_version="v23.0")


def only(steps: tuple[Step, ...]) -> Step:
    (step,) = steps
    return step


def transient() -> Failure:
    return Failure(kind=FailureKind.TRANSIENT, summary="down")


def test_it_is_registered_under_its_name() -> None:
    assert providers()["meta"].traits is Meta.traits


def test_a_profile_that_manages_nothing_but_its_webhook_costs_one_call() -> None:
    played = play(meta().read(target(), None, wanted={"webhook"}), node())
    assert played.calls == (NODE,)
    assert played.result == observed(webhook=Webhook(url=""))


def test_the_address_is_the_phone_number_id() -> None:
    assert Meta.address(account(), MetaKeys(phone_number_id=ADDRESS), NUMBER) == ADDRESS


def test_one_number_is_its_node_and_its_profile() -> None:
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(), profile(about="Hi", vertical="EDU"))
    assert played.calls == (NODE, PROFILE)
    assert isinstance(played.result, Observed)
    assert played.result.get("about") == Known(value="Hi")
    assert played.result.get("webhook") == Known(value=Webhook(url=""))
    assert (played.result.blocked, played.result.notes) == ("", ())


def test_what_the_roster_said_is_not_asked_again() -> None:
    facts = NumberFacts(number=NUMBER, webhook="https://hooks.example/wa")
    played = play(meta().read(target(), facts, wanted=FIELD_NAMES), profile())
    assert played.calls == (PROFILE,)
    assert isinstance(played.result, Observed)
    assert played.result.get("webhook") == Known(value=Webhook(url="https://hooks.example/wa"))


def test_the_overriding_webhook_of_the_number_is_read_and_no_other() -> None:
    configuration = {"application": "https://app.example", "whatsapp_business_account": "https://waba.example"}
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(webhook_configuration=configuration), profile())
    assert isinstance(played.result, Observed)
    assert played.result.get("webhook") == Known(value=Webhook(url=""))
    configuration["phone_number"] = "https://own.example"
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(webhook_configuration=configuration), profile())
    assert isinstance(played.result, Observed)
    assert played.result.get("webhook") == Known(value=Webhook(url="https://own.example"))


UNKNOWN = Unreadable(reason="the reply holds something that is no webhook")
NO_WEBHOOK = Known(value=Webhook(url=""))


@pytest.mark.parametrize(
    ("configuration", "live"),
    [
        *((None, NO_WEBHOOK), ({}, NO_WEBHOOK), ([], NO_WEBHOOK), ({"phone_number": None}, NO_WEBHOOK)),
        *((["https://own.example"], UNKNOWN), ("https://own.example", UNKNOWN)),
        ({"phone_number": {"override_callback_uri": "https://own.example"}}, UNKNOWN),
    ],
)
def test_a_webhook_in_a_form_that_is_not_known_is_not_taken_for_none(configuration: Any, live: LiveField) -> None:
    played = play(meta().read(target(), None, wanted={"webhook"}), node(webhook_configuration=configuration))
    assert isinstance(played.result, Observed)
    assert played.result.get("webhook") == live


def test_an_id_that_belongs_to_another_number_plans_nothing() -> None:
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(display_phone_number="+49 89 5550000"))
    write = 'if that is the number meant, write `number: "+49895550000"`, as Meta shows it'
    reason = f"phone_number_id {ADDRESS} belongs to +49895550000, and the file says {NUMBER}; {write}"
    assert played.result == Unreadable(reason=reason)


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        ("+52 1 664 163 3345", "+526641633345"),
        ("+52 1 664 163 3345", "+5216641633345"),
        ("+52 664 163 3345", "+5216641633345"),
        ("+55 64 8123-4567", "+5564981234567"),
        ("+55 64 98123-4567", "+556481234567"),
        ("+229 97 12 34 56", "+2290197123456"),
        ("+225 07 02 03 04", "+2250707020304"),
    ],
)
@pytest.mark.parametrize("listed", [False, True])
def test_the_file_may_spell_a_number_as_meta_shows_it_or_in_the_other_way(
    shown: str, written: str, listed: bool
) -> None:
    wanted = replace(target(), number=written)
    facts = NumberFacts(number=number_shown(shown)) if listed else None
    answers = (profile(about="Hi"),) if listed else (node(display_phone_number=shown), profile(about="Hi"))
    played = play(meta().read(wanted, facts, wanted=FIELD_NAMES), *answers)
    assert isinstance(played.result, Observed)
    assert played.result.get("about") == Known(value="Hi")


@pytest.mark.parametrize(
    ("shown", "written"),
    [("+22520301234", "+2252720301234"), ("+541112345678", "+5491112345678"), ("+556431234567", "+5564931234567")],
)
def test_where_no_rule_is_sure_a_mismatch_names_the_spelling_that_meta_shows(shown: str, written: str) -> None:
    played = play(
        meta().read(replace(target(), number=written), None, wanted=FIELD_NAMES), node(display_phone_number=shown)
    )
    assert isinstance(played.result, Unreadable)
    assert played.result.reason.endswith(f'write `number: "{shown}"`, as Meta shows it')


def test_a_number_that_is_not_registered_plans_nothing() -> None:
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(platform_type="NOT_APPLICABLE"))
    reason = "the number is not registered on the Cloud API: register it, or set `mode: paused`"
    assert played.result == Unreadable(reason=reason)


def test_a_number_on_the_business_app_is_read_and_blocked() -> None:
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(is_on_biz_app=True), profile(about="Hi"))
    assert isinstance(played.result, Observed)
    assert played.result.get("about") == Known(value="Hi")
    assert played.result.blocked == ON_APP


def test_another_api_version_than_the_pinned_one_is_noted() -> None:
    answered = reply({"data": [{}]}, facebook_api_version="v24.0")
    played = play(meta().read(target(), None, wanted=FIELD_NAMES), node(), answered)
    assert isinstance(played.result, Observed)
    note = "asked Graph API v23.0, answered by v24.0: set `api_version` in the account (fact M-2)"
    assert played.result.notes == (note,)
    asked = meta(api_version="v24.0").read(target(), NumberFacts(number=NUMBER), wanted=FIELD_NAMES)
    assert play(asked, answered).result == Observed(fields=played.result.fields)


def test_a_reply_without_a_profile_is_unreadable() -> None:
    assert play(meta().read(target(), None, wanted=FIELD_NAMES), node(), reply({"data": []})).result == Unreadable(
        reason="the reply holds no profile"
    )


def test_a_write_holds_the_changed_fields_and_the_product_and_nothing_else() -> None:
    changes = (change("about", after="New"), change("websites", after=("https://a.example",)))
    step = only(meta().write(desired(), changes))
    assert step.fields == ("about", "websites")
    played = play(step.exchange, SUCCESS)
    body = {"messaging_product": "whatsapp", "about": "New", "websites": ["https://a.example"]}
    assert played.calls == (Write("POST", f"/v23.0/{ADDRESS}/whatsapp_business_profile", body, repeatable=True),)
    assert played.failure is None


def test_clearing_sends_the_empty_value_of_the_field() -> None:
    changes = (change("address", before="x", after=""), change("websites", before=("https://a.example",), after=()))
    played = play(only(meta().write(desired(), changes)).exchange, SUCCESS)
    assert isinstance(played.calls[0], Write)
    assert played.calls[0].body == {"messaging_product": "whatsapp", "address": "", "websites": []}


def test_industry_travels_under_its_wire_name() -> None:
    played = play(only(meta().write(desired(), (change("industry", after="EDU"),))).exchange, SUCCESS)
    assert isinstance(played.calls[0], Write)
    assert played.calls[0].body == {"messaging_product": "whatsapp", "vertical": "EDU"}


def test_the_webhook_goes_last_in_a_call_of_its_own_with_a_reference_for_its_token() -> None:
    """The provider never sees the secret: the driver fills it in as the bytes go out."""
    token = SecretRef(env="WEBHOOK_VERIFY")
    hook = Webhook(url="https://hooks.example/wa", verify_token=token)
    first, last = meta().write(desired(), (change("webhook", after=hook), change("about")))
    assert (first.fields, last.fields) == (("about",), ("webhook",))
    played = play(last.exchange, SUCCESS)
    override = {"override_callback_uri": "https://hooks.example/wa", "verify_token": token}
    assert played.calls == (Write("POST", f"/v23.0/{ADDRESS}", {"webhook_configuration": override}, repeatable=True),)


def test_clearing_the_webhook_sends_an_empty_uri_and_no_token() -> None:
    step = only(meta().write(desired(), (change("webhook", after=Webhook(url="")),)))
    played = play(step.exchange, SUCCESS)
    assert isinstance(played.calls[0], Write)
    assert played.calls[0].body == {"webhook_configuration": {"override_callback_uri": ""}}


@pytest.mark.parametrize("body", [{}, {"success": False}, {"success": "true"}, {"success": 1}])
def test_a_reply_that_does_not_say_success_is_none(body: Any) -> None:
    played = play(only(meta().write(desired(), (change(),))).exchange, reply(body))
    assert played.failure == Failure(kind=FailureKind.GARBAGE, summary="the reply does not say that it succeeded")


def uploading(*answers: Reply | Failure) -> Played[None]:
    return play(only(meta().write(desired(), (change("picture", after=picture()),))).exchange, *answers)


def upload(offset: int = 0) -> Upload:
    return Upload(f"/v23.0/{SESSION}", picture(), offset, (("file_offset", str(offset)),))


def test_a_picture_is_uploaded_in_three_calls_with_the_session_id_verbatim() -> None:
    played = uploading(reply({"id": SESSION}), reply({"h": "4::aW"}), SUCCESS)
    body = {"messaging_product": "whatsapp", "profile_picture_handle": "4::aW"}
    post = Write("POST", f"/v23.0/{ADDRESS}/whatsapp_business_profile", body, repeatable=True)
    assert played.calls == (OPEN, upload(), post)


@pytest.mark.parametrize("offset", [700, "700"])
def test_an_upload_goes_on_where_the_server_says_it_stopped(offset: Any) -> None:
    played = uploading(
        reply({"id": SESSION}), transient(), reply({"file_offset": offset}), reply({"h": "4::aW"}), SUCCESS
    )
    asked = Read(f"/v23.0/{SESSION}", upload=True)
    assert played.calls[:4] == (OPEN, upload(), asked, upload(700))
    assert played.failure is None


def test_an_upload_is_tried_three_times_and_then_fails_as_it_failed() -> None:
    again = reply({"file_offset": 0})
    played = uploading(reply({"id": SESSION}), transient(), again, transient(), again, transient())
    assert played.failure == transient()


def test_a_refused_upload_is_not_tried_again() -> None:
    refused = Failure(kind=FailureKind.REJECTED, summary="no")
    assert uploading(reply({"id": SESSION}), refused).failure == refused


@pytest.mark.parametrize("offset", [None, -1, "x", 2049, "٣"])
def test_an_offset_that_cannot_be_one_ends_the_upload(offset: Any) -> None:
    played = uploading(reply({"id": SESSION}), transient(), reply({"file_offset": offset}))
    assert played.failure == Failure(kind=FailureKind.GARBAGE, summary="the reply holds no upload offset")


@pytest.mark.parametrize(
    "session",
    [None, 5, "", "upload:", "upload:a/../../b?x=1", "../upload:abc", "upload:abc?sig=a&x=b", "upload:a\r\nb"],
)
def test_a_session_id_that_could_lead_elsewhere_is_refused(session: Any) -> None:
    played = uploading(reply({"id": session}))
    assert played.calls == (OPEN,)
    assert played.failure == Failure(kind=FailureKind.GARBAGE, summary="the reply holds no upload session")


@pytest.mark.parametrize("handle", [None, "", 7, {"a": 1}])
def test_a_reply_without_a_handle_ends_the_upload(handle: Any) -> None:
    played = uploading(reply({"id": SESSION}), reply({"h": handle}))
    assert played.failure == Failure(kind=FailureKind.GARBAGE, summary="the reply holds no picture handle")


def test_failures_and_usage_are_graphs_own() -> None:
    assert meta().failure(SUCCESS) is None
    assert meta().usage(SUCCESS) is None
    assert meta().failure(reply({"error": {"code": 4, "message": "x"}})) == Failure(
        kind=FailureKind.THROTTLED,
        summary="x",
        code="4",
        hint="wait, or lower `concurrency`; 5,000 calls an hour are allowed for each app and account",
    )


def test_every_capability_cites_a_fact_that_is_written_down() -> None:
    from pathlib import Path

    import reconciler.providers

    facts = (Path(reconciler.providers.__file__).parent / "APIS.md").read_text()
    assert {c.fact for c in Meta.traits.capabilities.values()} <= {
        line.split(" | ")[0].removeprefix("| ") for line in facts.splitlines() if line.startswith("| M-")
    }

"""The Graph API's replies and errors as values (facts M-3, M-4, M-16, M-17)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.provider import Failure, FailureKind, Reply, Usage
from reconciler.core.target import Known, Linked, LiveField, Unreadable
from reconciler.providers.meta import META_HINTS
from reconciler.providers.shared.graph import graph_failure, graph_usage, profile_of
from tests.support.exchange import reply

SAMPLES = json.loads((Path(__file__).parent.parent / "data" / "meta_samples.json").read_text())
CLASSES = json.loads((Path(__file__).parent.parent / "data" / "meta_error_classes.json").read_text())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def fields(body: Any) -> dict[str, LiveField]:
    found = profile_of(reply(body))
    assert found is not None
    return found


def error(code: int, message: str = "(#1) No", **more: Any) -> Reply:
    return reply({"error": {"message": message, "type": "OAuthException", "code": code, **more}}, 400)


def error_body(**more: Any) -> dict[str, Any]:
    return {"error": {"message": "No", "code": 100, **more}}


def failure(answer: Reply) -> Failure:
    found = graph_failure(answer, META_HINTS)
    assert found is not None
    return found


def test_the_recorded_full_profile_is_read_as_it_stands() -> None:
    assert fields(SAMPLES["meta_get_full_recorded"]["body"]) == {
        "about": Known(value="A very cool business"),
        "address": Known(value="123, Main Street, New York, NY, 10001"),
        "description": Known(value="This is a description"),
        "email": Known(value="testing@gmail.com"),
        "picture": Known(value=""),
        "websites": Known(value=("https://www.google.com/",)),
        "industry": Known(value="EDU"),
    }


def test_absent_fields_are_empty_and_undefined_is_never_set() -> None:
    found = fields(SAMPLES["meta_get_one_field_recorded"]["body"])
    assert found == {
        "about": Known(value=""),
        "address": Known(value=""),
        "description": Known(value=""),
        "email": Known(value=""),
        "picture": Known(value=""),
        "websites": Known(value=()),
        "industry": Known(value=""),
    }


def test_a_picture_is_a_link_and_never_a_value() -> None:
    found = fields(SAMPLES["meta_get_sparse_passthrough"]["body"])
    url = SAMPLES["meta_get_sparse_passthrough"]["body"]["data"][0]["profile_picture_url"]
    assert found["picture"] == Linked(url=url)


def test_the_documented_nested_shape_is_read_too() -> None:
    nested = SAMPLES["meta_docs_nested_shape_do_not_trust"]["body"]
    assert fields(nested)["industry"] == Known(value="RESTAURANT")


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": ["x"]}, {"data": {}}, [], "text", None])
def test_a_reply_without_a_profile_is_none(body: Any) -> None:
    assert profile_of(reply(body)) is None


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("about", 5, "about"),
        ("email", ["a"], "email"),
        ("vertical", {"a": 1}, "industry"),
        ("profile_picture_url", True, "picture"),
    ],
)
def test_a_field_of_the_wrong_type_is_unreadable_and_the_others_are_not(key: str, value: Any, field: str) -> None:
    found = fields({"data": [{"address": "Main Street 1", key: value}]})
    assert found[field] == Unreadable(reason="the reply holds something that is no text")
    assert found["address"] == Known(value="Main Street 1")


@pytest.mark.parametrize("value", ["https://a.example", [1], {"0": "https://a.example"}])
def test_websites_that_are_no_list_of_texts_are_unreadable(value: Any) -> None:
    found = fields({"data": [{"websites": value}]})
    assert found["websites"] == Unreadable(reason="the reply holds something that is no list of links")


@pytest.mark.parametrize("value", [None, "", [], [""], ["", ""]])
def test_websites_of_which_none_is_set_are_empty(value: Any) -> None:
    assert fields({"data": [{"websites": value}]})["websites"] == Known(value=())


def test_an_empty_website_beside_another_is_none() -> None:
    assert fields({"data": [{"websites": ["https://a.example/", ""]}]})["websites"] == Known(
        value=("https://a.example/",)
    )


@given(JSON)
def test_no_json_makes_reading_raise(body: Any) -> None:
    """Whatever comes, it is a profile, or none; and a failure, or none."""
    found = profile_of(reply(body))
    assert found is None or len(found) == 7
    assert isinstance(graph_failure(reply(body), META_HINTS), Failure | None)


@given(st.binary(max_size=64), st.integers(100, 599))
def test_what_is_no_json_object_is_garbage(body: bytes, status: int) -> None:
    found = failure(Reply(status=status, body=b"\xff" + body))
    assert (found.kind, found.summary) == (FailureKind.GARBAGE, f"the reply (HTTP {status}) is no JSON object")


def test_an_error_status_without_a_code_is_garbage() -> None:
    assert failure(reply({"oops": 1}, 500)) == Failure(
        kind=FailureKind.GARBAGE, summary="HTTP 500 without an error code"
    )
    assert failure(reply({"error": {"message": "no code"}}, 200)).kind is FailureKind.GARBAGE


def test_success_is_no_failure() -> None:
    assert graph_failure(reply({"success": True}), META_HINTS) is None


def expected_kinds() -> list[tuple[int, FailureKind]]:
    """The published classes, by code; ranges by their ends."""
    names = {
        "throttle": FailureKind.THROTTLED,
        "transient": FailureKind.TRANSIENT,
        "ambiguous": FailureKind.AMBIGUOUS,
        "auth_dead": FailureKind.UNAUTHORISED,
        "permission": FailureKind.FORBIDDEN,
        "integrity": FailureKind.FORBIDDEN,
    }
    rows: list[tuple[int, FailureKind]] = []
    for name, kind in names.items():
        for row in CLASSES[name]:
            codes = (200, 250, 299) if row["code"] == "200-299" else (row["code"],)
            rows += [(code, kind) for code in codes]
    return [*rows, (100, FailureKind.REJECTED), (131008, FailureKind.REJECTED), (131009, FailureKind.REJECTED)]


@pytest.mark.parametrize(("code", "kind"), expected_kinds())
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
def test_a_code_decides_and_the_http_status_never_does(code: int, kind: FailureKind, status: int) -> None:
    body = {"error": {"message": f"(#{code}) No", "type": "OAuthException", "code": code}}
    found = failure(reply(body, status))
    assert (found.kind, found.code, found.summary) == (kind, f"{code}", f"(#{code}) No")


def test_the_recorded_unknown_number_is_not_found_and_says_what_to_check() -> None:
    sample = SAMPLES["meta_unknown_object_recorded"]
    found = failure(reply(sample["body"], sample["status"]))
    assert (found.kind, found.code) == (FailureKind.NOT_FOUND, "100/33")
    assert found.hint == (
        "check phone_number_id, and that the token's system user has this number's account among its assets"
    )


@pytest.mark.parametrize("code", [33, 803])
def test_the_other_codes_for_an_unknown_number_mean_the_same(code: int) -> None:
    assert failure(error(code)).kind is FailureKind.NOT_FOUND


def test_an_unregistered_number_is_told_from_a_bad_field() -> None:
    message = "(#100) Tried accessing nonexisting field (whatsapp_business_profile) on node type (X)"
    found = failure(error(100, message))
    assert found.kind is FailureKind.UNREGISTERED
    assert found.hint == "register the number on the Cloud API first, or set `mode: paused`"


@pytest.mark.parametrize(
    ("subcode", "state"),
    [
        (458, "the app is not installed for this account"),
        (463, "it has expired"),
        (467, "it is invalid"),
        (999, "it is not accepted"),
        (None, "it is not accepted"),
    ],
)
def test_a_dead_token_says_why_and_what_to_do(subcode: int | None, state: str) -> None:
    more = {"error_subcode": subcode} if subcode else {}
    found = failure(error(190, "Error validating access token", **more))
    assert found.hint == (
        f"the access token cannot be used: {state}; make a new one in Business settings, System users"
    )


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ('(#100) Param vertical must be one of {OTHER} - got "UNDEFINED"', "industry"),
        ("(#100) Param description must be a maximum of 512 characters", "description"),
        ("(#100) Param websites must be an array", "websites"),
        ("The profile picture handle is invalid or expired", "picture"),
        ("(#100) Param messaging_product is missing", ""),
        ("(#100) Invalid parameter", ""),
    ],
)
def test_a_refusal_names_the_field_where_the_message_does(message: str, field: str) -> None:
    assert failure(error(100, message)).field == field


def test_details_of_an_error_are_part_of_what_is_said() -> None:
    found = failure(error(131008, "(#131008) Required parameter is missing", error_data={"details": "about"}))
    assert found.cause.text() == "(#131008) Required parameter is missing: about [131008]"
    assert failure(error(131008, "")).cause.text() == "no message [131008]"


TITLE, WHY = "Description is too long", "The description may have at most 256 characters. Shorten it."


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"error_user_title": TITLE, "error_user_msg": WHY}, f"{TITLE}. {WHY}"),
        ({"error_user_msg": WHY}, WHY),
        (
            {"error_user_title": "Permission Denied", "error_user_msg": "permission denied."},
            "Permission Denied. permission denied.",
        ),
        (
            {"error_user_title": "Shorten it", "error_user_msg": WHY, "error_data": {"details": WHY}},
            f"Shorten it. {WHY}",
        ),
        ({"error_user_msg": "Invalid parameter"}, ""),
        ({"error_user_title": "  Two\nlines ", "error_data": {"details": "and\tmore"}}, "Two lines. and more"),
        ({"error_data": "only a text"}, "only a text"),
        ({"error_user_title": 5, "error_user_msg": ["no"], "error_data": ["no"]}, ""),
    ],
)
def test_what_meta_says_for_people_is_the_reason(more: dict[str, Any], reason: str) -> None:
    found = failure(error(100, "(#100) Invalid parameter", **more))
    assert (found.summary, found.reason) == ("(#100) Invalid parameter", reason)


def test_the_id_that_metas_support_asks_for_is_kept_apart() -> None:
    found = failure(reply(error_body(fbtrace_id="AYMX"), 400, x_fb_trace_id="Bother"))
    assert (found.trace, found.cause.text()) == ("AYMX", "No [100]")
    assert found.cause.text(trace=True) == "No [100, trace AYMX]"
    assert failure(reply(error_body(), 400, x_fb_trace_id="Bother")).trace == "Bother"
    assert failure(reply(error_body(fbtrace_id=7), 400)).trace == ""


def test_a_field_that_only_the_reason_names_is_named() -> None:
    found = failure(error(100, "(#100) Invalid parameter", error_data={"details": "Param email must be valid"}))
    assert found.field == "email"


@pytest.mark.parametrize(
    ("code", "subcode", "shown"), [("190", "463", "190/463"), ("190", None, "190"), (190, True, "190")]
)
def test_codes_that_are_spelt_as_text_are_codes(code: Any, subcode: Any, shown: str) -> None:
    found = failure(reply({"error": {"message": "No", "code": code, "error_subcode": subcode}}, 401))
    assert (found.kind, found.code) == (FailureKind.UNAUTHORISED, shown)


@pytest.mark.parametrize("code", ["", "x190", "-1", "1" * 10, True, None, 1.5])
def test_what_is_no_code_is_none(code: Any) -> None:
    assert failure(reply({"error": {"message": "No", "code": code}}, 400)).kind is FailureKind.GARBAGE


def test_a_call_without_a_token_has_the_hint_of_a_dead_one() -> None:
    found = failure(error(104, "An access token is required to request this resource."))
    assert found.kind is FailureKind.UNAUTHORISED
    assert found.hint == (
        "the access token cannot be used: the call arrived without one; make a new one in Business settings, "
        "System users"
    )


@pytest.mark.parametrize("code", [12, 2500, 2635])
def test_a_version_that_is_too_old_names_the_setting(code: int) -> None:
    found = failure(error(code, "You are calling a deprecated version"))
    assert (found.kind, found.hint) == (
        FailureKind.REJECTED,
        "set `api_version` in the account to a version that Meta answers now",
    )


def test_an_account_that_is_not_registered_is_an_unregistered_number() -> None:
    found = failure(error(133010, "(#133010) Account not registered", error_subcode=2593006))
    assert (found.kind, found.code) == (FailureKind.UNREGISTERED, "133010/2593006")
    assert found.hint == "register the number on the Cloud API first, or set `mode: paused`"


@pytest.mark.parametrize(
    "message",
    [
        "API calls from the server require an appsecret_proof argument",
        "Invalid appsecret_proof provided in the API argument",
    ],
)
def test_an_app_that_demands_a_proof_names_the_setting(message: str) -> None:
    found = failure(error(100, message))
    assert found.kind is FailureKind.UNAUTHORISED
    assert found.hint.startswith(
        "the token's app demands a proof of its secret: write `app_secret: {env: META_APP_SECRET}`"
    )


def test_an_unknown_code_is_transient_only_when_it_says_so() -> None:
    assert failure(error(777777, "x", is_transient=True)).kind is FailureKind.TRANSIENT
    assert failure(error(777777, "x")).kind is FailureKind.REJECTED


def test_retry_after_is_seconds_and_regain_access_is_minutes() -> None:
    usage = '{"1":[{"call_count":100,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":7}]}'
    body = {"error": {"message": "x", "code": 80008}}
    assert failure(reply(body, 400, x_business_use_case_usage=usage)).after == 420.0
    assert failure(reply(body, 400, x_business_use_case_usage=usage, retry_after="9")).after == 9.0
    assert failure(reply(body, 400, retry_after="soon")).after is None


def test_the_recorded_usage_header_is_percent() -> None:
    headers = SAMPLES["meta_get_full_recorded"]["headers"]
    found = graph_usage(reply({}, x_business_use_case_usage=headers["X-Business-Use-Case-Usage"]))
    assert found == Usage(percent=1.0, regain_after=0.0)


def test_the_app_header_counts_where_the_business_one_is_missing() -> None:
    assert graph_usage(reply({}, x_app_usage='{"call_count":3,"total_cputime":40,"total_time":2}')) == Usage(
        percent=40.0
    )


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"1": 5}', '{"1": []}', "{}"])
def test_usage_headers_that_say_nothing_say_nothing(text: str) -> None:
    assert graph_usage(reply({}, x_business_use_case_usage=text, x_app_usage="{}")) is None


@pytest.mark.parametrize("value", [-5, 1e12, "90", None])
def test_a_figure_that_cannot_be_one_counts_as_none(value: Any) -> None:
    text = json.dumps({"1": [{"call_count": value, "total_time": 2}]})
    assert graph_usage(reply({}, x_business_use_case_usage=text)) == Usage(percent=2.0)

"""Every error that the four APIs document: what it counts as, and all that people read of it.

The errors are in tests/data/documented_errors.json, the messages in error_messages.json beside this file. After a
wanted change of a message, write them anew and review their difference:

    REWRITE_CASES=1 pytest tests/providers/test_error_codes.py
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.provider import CallFailed, Failure, FailureKind, Provider, Read
from reconciler.core.settings import Account
from reconciler.providers import providers
from reconciler.providers.kaleyra import KaleyraOptions
from tests.support.effects import line, look
from tests.support.exchange import reply
from tests.support.sockets import Server, each
from tests.support.sockets import reply as answering

DATA = Path(__file__).parent.parent / "data"
MESSAGES = Path(__file__).parent / "error_messages.json"
DOCUMENTED = json.loads((DATA / "documented_errors.json").read_text(encoding="utf-8"))
CLASSES = json.loads((DATA / "meta_error_classes.json").read_text(encoding="utf-8"))
ALL = [pytest.param(name, row, id=f"{name}: {row['case']}") for name, rows in DOCUMENTED.items() for row in rows]
# Its quoted spelling is another one.
SECRET = "hush/very+secret=="
WORDS = (
    *("error", "meta", "code", "message", "error_subcode", "error_data", "details", "is_transient", "status"),
    *("success", "developer_message", "developerMessage", "http_code", "parameter", "type"),
)
REPLIES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 1000) | st.sampled_from(("", "E413", "Invalid API key")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(st.sampled_from(WORDS), REPLIES, max_size=4)
SHAPES = st.one_of(
    REPLIES,
    MAPPINGS.map(lambda inner: {"meta": inner | {"success": False}}),
    MAPPINGS.map(lambda inner: {"error": inner | {"code": 100}}),
    REPLIES.map(lambda inner: {"meta": {"success": False, "details": inner}}),
)


def provider(name: str) -> Provider:
    made = providers()[name]
    options = KaleyraOptions(sid="HXAP1") if name == "kaleyra" else made.traits.options()
    return made(
        Account(name="a", provider=name, endpoint="sandbox", concurrency=1, credentials={}, options=options),
    )


def failure(name: str, row: dict[str, Any]) -> Failure:
    found = provider(name).failure(reply(row["body"], row["status"]))
    assert found is not None
    return found


def read_by_people(found: Failure) -> str:
    """What an outcome says of it."""
    return found.cause.text()


@pytest.mark.parametrize(("name", "row"), ALL)
def test_a_documented_error_counts_as_what_it_is(name: str, row: dict[str, Any]) -> None:
    found = failure(name, row)
    assert (found.kind, found.field) == (FailureKind(row["kind"]), row.get("field", ""))


@pytest.mark.parametrize(("name", "row"), ALL)
def test_only_a_refusal_says_that_nothing_was_done(name: str, row: dict[str, Any]) -> None:
    """What was the server's own fault may have happened before it, or after the write."""
    own_fault = row["kind"] in {"transient", "ambiguous"}
    assert failure(name, row).did_nothing is not own_fault


def test_the_messages_are_the_reviewed_ones() -> None:
    messages = {
        name: {row["case"]: read_by_people(failure(name, row)) for row in rows} for name, rows in DOCUMENTED.items()
    }
    text = json.dumps(messages, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("REWRITE_CASES"):
        MESSAGES.write_text(text, encoding="utf-8")
    assert text == MESSAGES.read_text(encoding="utf-8")


# The table is whole


def codes(name: str) -> set[tuple[Any, Any]]:
    """Return code and subcode of every error of Graph's shape."""
    errors = [row["body"]["error"] for row in DOCUMENTED[name] if isinstance(row["body"].get("error"), dict)]
    return {(error["code"], error.get("error_subcode")) for error in errors if error}


def published() -> Iterator[tuple[int, int | None]]:
    for rows in CLASSES.values():
        for row in rows:
            for code in (200, 299) if row["code"] == "200-299" else (row["code"],):
                yield code, row.get("subcode")
            yield from ((row["code"], int(subcode)) for subcode in row.get("subcodes", ()))


def test_every_published_code_of_meta_is_in_the_table() -> None:
    found = codes("meta")
    assert set(published()) - found - {(code, None) for code, _ in found} == set()


def test_every_text_of_360dialog_is_in_the_table_in_every_shape() -> None:
    shapes = ("as a text", "as its own object", "as its own object of old", "in Graph's shape")
    cases = [tuple(row["case"].split(" — ")) for row in DOCUMENTED["360dialog"] if " — " in row["case"]]
    texts = list(dict.fromkeys(text for text, *_ in cases))
    assert len(texts) == 8
    assert cases == [(text, shape) for text in texts for shape in shapes]


def test_every_code_of_kaleyra_is_in_the_table() -> None:
    found = {code for code, _ in codes("kaleyra")}
    assert {"E413", "E962", "RBC001", "E110", "WA400", "WA401", "WA500"} <= found
    bare = {row["status"] for row in DOCUMENTED["kaleyra"] if row["case"].endswith("without a code")}
    assert bare == {400, 401, 403, 429, 500}


def test_every_status_of_picky_assist_is_in_the_table() -> None:
    """No 829 is documented."""
    found = {row["body"].get("status") for row in DOCUMENTED["pickyassist"]}
    assert {*range(819, 829), 830, 831} <= found
    assert 829 not in found


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_case_has_a_name_of_its_own_and_cites_a_fact_that_is_written_down(name: str) -> None:
    import reconciler.providers

    facts = (Path(reconciler.providers.__file__).parent / "APIS.md").read_text(encoding="utf-8")
    rows = DOCUMENTED[name]
    assert len({row["case"] for row in rows}) == len(rows)
    cited = {fact for row in rows for fact in row["where"].split(";")[0].split(":")[0].split(", ")}
    assert [fact for fact in cited if f"| {fact} |" not in facts] == []


# No secret gets into a message


def quoting(data: Any, secret: str) -> Any:
    """Return `data` with `secret` behind every text."""
    match data:
        case str():
            return f"{data} {secret}"
        case dict():
            return {key: quoting(value, secret) for key, value in data.items()}
        case list():
            return [quoting(item, secret) for item in data]
        case _:
            return data


@pytest.mark.parametrize(("name", "row"), ALL)
def test_a_server_that_quotes_the_credential_brings_it_into_no_message(name: str, row: dict[str, Any]) -> None:
    body = quoting(row["body"], f"{SECRET} {quote(SECRET, safe='')}")
    with Server(each(answering(body, row["status"]))) as server:
        asked = replace(line(server.origin, credential=SECRET), provider=provider(name))
        with pytest.raises(CallFailed) as failed:
            look(asked, Read("/any"))
    told = repr(failed.value.failure) + read_by_people(failed.value.failure) + str(failed.value)
    assert [spelling for spelling in (SECRET, quote(SECRET, safe="")) if spelling in told] == []


# Whatever comes


@given(body=SHAPES, status=st.sampled_from((200, 202, 400, 401, 429, 500)))
@pytest.mark.parametrize("name", DOCUMENTED)
def test_no_reply_makes_a_provider_raise(name: str, body: Any, status: int) -> None:
    found = provider(name).failure(reply(body, status))
    assert found is None or found.summary.strip()


@pytest.mark.parametrize("name", DOCUMENTED)
@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"5", b'"OK"', b"null", b"\xff"])
@pytest.mark.parametrize("status", [200, 202, 500, 502, 503])
def test_what_is_no_answer_leaves_open_whether_a_write_was_made(name: str, body: bytes, status: int) -> None:
    found = provider(name).failure(replace(reply({}, status), body=body))
    assert found is not None
    assert (found.kind in {FailureKind.GARBAGE, FailureKind.TRANSIENT}, found.did_nothing) == (True, False)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("meta", {"error": {"code": 100, "message": None}}),
        ("360dialog", {"error": ""}),
        ("360dialog", {"meta": {"success": False, "developer_message": "", "details": []}}),
        ("kaleyra", {"error": {"code": "E413", "message": None}}),
        ("pickyassist", {"status": 819, "message": None}),
    ],
)
def test_an_error_without_words_says_so(name: str, body: Any) -> None:
    found = failure(name, {"body": body, "status": 400})
    assert found.cause.text().startswith("no message [")


@pytest.mark.parametrize("details", [5, True, {"url": "wrong"}, None, [{"a": 1}, "wrong"], "wrong"])
def test_details_of_any_kind_are_said_or_left_out(details: Any) -> None:
    """360dialog documents a list of texts."""
    body = {"meta": {"success": False, "developer_message": "Invalid webhook URL", "details": details}}
    said = failure("360dialog", {"body": body, "status": 400}).cause.text()
    assert said in {"Invalid webhook URL [HTTP 400]", "Invalid webhook URL: wrong [HTTP 400]"}


KALEYRA = {"status": 200, "message": "WA Phone number update successfully.", "data": [], "error": {}}
CODED = {"code": "E413", "parameter": "about", "message": "No"}


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("meta", 200, {"success": True}),
        ("360dialog", 202, {"success": True}),
        ("360dialog", 200, {"meta": {"success": True}}),
        ("kaleyra", 200, KALEYRA),
        ("kaleyra", 202, KALEYRA),
        ("kaleyra", 200, KALEYRA | {"error": None}),
        ("kaleyra", 200, KALEYRA | {"error": []}),
        ("kaleyra", 200, {"status": 200}),
        ("kaleyra", 200, KALEYRA | {"status": "200"}),
        ("kaleyra", 200, {"status": 202}),
        ("kaleyra", 202, {"status": "202"}),
        ("kaleyra", 202, {"status": "accepted", "data": None}),
        ("kaleyra", 202, {"status": "Accepted"}),
        ("kaleyra", 202, {"data": []}),
        ("pickyassist", 200, {"status": 100, "message": "Success"}),
        ("pickyassist", 202, {"status": 100}),
        ("pickyassist", 200, {"status": "100", "message": "Success"}),
    ],
)
def test_a_success_is_no_failure(name: str, status: int, body: Any) -> None:
    assert provider(name).failure(reply(body, status)) is None


@pytest.mark.parametrize(
    ("name", "status", "body", "nothing"),
    [
        ("meta", 200, {"error": {"code": 100, "message": "No"}}, True),
        ("360dialog", 200, {"error": "Invalid API key"}, True),
        ("360dialog", 200, {"meta": {"success": False, "developer_message": "No"}}, True),
        ("360dialog", 200, {"error": {}}, False),
        ("360dialog", 500, {"success": True}, False),
        ("360dialog", 504, {"meta": {"success": False, "developer_message": "No"}}, False),
        ("360dialog", 500, {"error": {"code": 500, "message": "No"}}, False),
        ("kaleyra", 200, KALEYRA | {"error": CODED}, True),
        ("kaleyra", 200, KALEYRA | {"error": "No"}, False),
        ("kaleyra", 200, KALEYRA | {"error": ["No"]}, False),
        ("kaleyra", 200, KALEYRA | {"status": True}, False),
        ("kaleyra", 200, KALEYRA | {"status": "accepted"}, False),
        ("kaleyra", 202, {"status": "rejected"}, False),
        ("kaleyra", 202, {"status": True}, False),
        ("kaleyra", 202, {"error": "No"}, False),
        ("kaleyra", 200, KALEYRA | {"status": "500"}, False),
        ("kaleyra", 200, KALEYRA | {"status": "422"}, True),
        ("kaleyra", 200, KALEYRA | {"status": 500}, False),
        ("kaleyra", 200, {"error": {}}, False),
        ("kaleyra", 200, [KALEYRA], False),
        ("kaleyra", 302, KALEYRA, False),
        ("kaleyra", 503, KALEYRA, False),
        ("pickyassist", 200, {"status": True}, False),
        ("pickyassist", 200, {"status": "x100"}, False),
        ("pickyassist", 200, {"status": "819", "message": "No"}, True),
        ("pickyassist", 200, {"message": "Success"}, False),
        ("pickyassist", 200, [{"status": 100}], False),
        ("pickyassist", 302, {"status": 100}, False),
        ("pickyassist", 500, {"status": 100}, False),
        ("pickyassist", 200, {"status": 999, "message": "No"}, True),
    ],
)
def test_only_the_whole_signal_is_a_success(name: str, status: int, body: Any, *, nothing: bool) -> None:
    assert failure(name, {"body": body, "status": status}).did_nothing is nothing

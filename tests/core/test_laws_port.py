"""The small laws of the port and of targets that everything above relies on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.basics import Location
from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.core.target import DesiredField, Known, Unreadable
from tests.support import desired, observed, target


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'{"data": [1]}', {"data": [1]}),
        ('"Brötchen"'.encode(), "Brötchen"),
        (b"", None),
        (b"<html>", None),
        (b"\xff\xfe", None),
        (b"[" * 200_000, None),
    ],
    ids=["object", "text", "nothing", "html", "no UTF-8", "too deep"],
)
def test_a_reply_is_json_or_nothing(body: bytes, data: Any) -> None:
    assert Reply(status=200, body=body).json() == data


def test_a_part_of_another_reply_says_what_it_was_made_of() -> None:
    assert Reply(status=200, body=b"[1]", data={"data": []}).json() == {"data": []}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "<html><head><title>502 Bad Gateway</title></head>\n<body><h1>nginx</h1></body></html>",
            "502 Bad Gateway nginx",
        ),
        ("Too Many Requests.", "Too Many Requests."),
        ("<p>Caf&eacute; &amp; bar</p>\n\n <p>is\tclosed</p>", "Café & bar is closed"),
        ("<style>p {color: red}</style><p>A</p><SCRIPT src='x'>b()</script >C", "A C"),
        ("<script>unclosed", ""),
        ("<p>1 < 2", "1 < 2"),
        ("", ""),
        ('{"url": "https://a.example", "headers": {"X-Key": "hush"}}', ""),
        ('{"headers": {"X-Key": "hush', ""),
        ('\n["hush', ""),
        ('"hush"', ""),
        ("null", "null"),
    ],
)
def test_the_words_of_a_body_are_those_that_a_person_reads_and_never_json(body: str, words: str) -> None:
    assert Reply(status=502, body=body.encode()).words == words


def test_the_words_of_bytes_that_are_no_text_are_text() -> None:
    assert Reply(status=502, body=b"Bad \xff gateway").words == "Bad \ufffd gateway"


@pytest.mark.parametrize("piece", [b"<", b"<script", b"<script></", b"&", b"<p "])
def test_a_body_of_mark_up_alone_takes_no_time(piece: bytes) -> None:
    assert len(Reply(status=502, body=piece * (1024 * 1024 // len(piece))).words) <= 1024 * 1024


@given(body=st.binary(max_size=20))
@settings(max_examples=60)
def test_no_body_makes_a_reply_fail(body: bytes) -> None:
    assert isinstance(Reply(status=200, body=body).json(), dict | list | str | int | float | None)


@pytest.mark.parametrize(
    ("kind", "nothing"),
    [
        (FailureKind.THROTTLED, True),
        (FailureKind.UNAUTHORISED, True),
        (FailureKind.FORBIDDEN, True),
        (FailureKind.NOT_FOUND, True),
        (FailureKind.UNREGISTERED, True),
        (FailureKind.REJECTED, True),
        (FailureKind.TRANSIENT, False),
        (FailureKind.AMBIGUOUS, False),
        (FailureKind.UNREACHABLE, False),
        (FailureKind.GARBAGE, False),
    ],
)
def test_a_failure_did_nothing_where_the_provider_says_so_or_no_byte_was_sent(
    kind: FailureKind, *, nothing: bool
) -> None:
    assert Failure(kind=kind, summary="").did_nothing is nothing
    assert Failure(kind=kind, summary="", sent=False).did_nothing is True


def test_a_target_is_known_by_provider_endpoint_and_address_alone() -> None:
    named = {"profile": "ankara", "number": "+90312", "account": "shop"}
    assert replace(target(), **named).key == target().key == ("meta", "sandbox", "106540352242922")
    others = (target(endpoint="https://graph.facebook.com"), target(address="1"))
    assert all(other.key != target().key for other in others)


def test_a_desired_profile_gives_only_the_fields_that_it_manages() -> None:
    wanted = desired(about="New", email="")
    assert wanted.get("email") == DesiredField("email", "", "profiles/berlin.yaml", line=7, column=3)
    assert wanted.fields[1].source == Location("profiles/berlin.yaml", 7, 3)
    assert wanted.get("address") is None


def test_a_field_that_the_provider_did_not_report_was_not_read() -> None:
    seen = observed(about="", email="a@b.example")
    assert [seen.get(name) for name in ("email", "about", "address")] == [
        Known(value="a@b.example"),
        Known(value=""),
        Unreadable(reason="the reply does not say"),
    ]

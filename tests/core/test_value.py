from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import empty, from_record, is_empty, to_json, to_record
from reconciler.core.fields import FIELD_NAMES, SecretRef, Value, Webhook, canonical_json, canonical_url
from tests.support import picture

TEXT = st.text(max_size=20)
REFS = st.builds(lambda name: SecretRef(env=name), TEXT.filter(bool)) | st.builds(
    lambda name: SecretRef(file=name), TEXT.filter(bool)
)
PICTURES = st.builds(
    picture, st.sampled_from("abc"), grid=st.sampled_from(["", "AAAA"]), alpha=st.booleans(), file=TEXT
)
WEBHOOKS = st.builds(Webhook, url=TEXT, verify_token=st.none() | REFS)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "websites": st.lists(TEXT, max_size=3).map(tuple),
    "picture": st.just("") | PICTURES,
    "webhook": WEBHOOKS,
}


@st.composite
def named(draw: st.DrawFn) -> tuple[str, Value]:
    """A field and a value of it."""
    name = draw(st.sampled_from(FIELD_NAMES))
    value: Value = draw(VALUES.get(name, TEXT))
    return name, value


@settings(max_examples=150)
@given(named())
def test_what_is_recorded_is_read_back(pair: tuple[str, Value]) -> None:
    name, value = pair
    assert from_record(name, json.loads(json.dumps(to_record(value)))) == value


@settings(max_examples=60)
@given(named())
def test_a_plan_holds_neither_a_pictures_cells_nor_a_secret(pair: tuple[str, Value]) -> None:
    data = to_json(pair[1])
    keys = set(data) if isinstance(data, dict) else set()
    assert not keys & {"grid", "alpha"}
    assert json.loads(canonical_json(data)) == data


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("Fresh", "Fresh"),
        (("https://a.example",), ["https://a.example"]),
        (Webhook(url=""), {"url": ""}),
        (
            Webhook(url="https://a.example", verify_token=SecretRef(env="WEBHOOK_X")),
            {"url": "https://a.example", "verify_token": {"env": "WEBHOOK_X"}},
        ),
        (
            picture(grid="AAAA", alpha=True),
            {
                "sha256": "a" * 64,
                "mime": "image/png",
                "size": 2048,
                "width": 640,
                "height": 640,
                "file": "pictures/logo.png",
            },
        ),
    ],
)
def test_a_value_in_a_plan(value: Value, data: object) -> None:
    assert to_json(value) == data


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("about", None),
        ("about", 1),
        ("about", ["x"]),
        ("websites", "https://a.example"),
        ("websites", ["https://a.example", 1]),
        ("websites", {}),
        ("picture", "logo.png"),
        ("picture", {"sha256": "a"}),
        ("webhook", ""),
        ("webhook", {"url": "x", "token": "y"}),
        ("webhook", {"url": 1}),
    ],
)
def test_a_forged_record_is_refused(name: str, data: Any) -> None:
    with pytest.raises(ValueError, match=r"not a value of|validation error"):
        from_record(name, data)


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_every_field_has_an_empty_value(name: str) -> None:
    value = empty(name)
    assert is_empty(value)
    assert from_record(name, to_record(value)) == value


@pytest.mark.parametrize("value", ["x", " ", ("",), picture(), Webhook(url="x")])
def test_something_is_not_empty(value: Value) -> None:
    assert not is_empty(value)


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": ["ß", None], "a": True}) == '{"a":true,"b":["ß",null]}'


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example:8443", "https://a.example:8443/"),
        ("https://a.example?x=1", "https://a.example/?x=1"),
        ("https://a.example#top", "https://a.example/#top"),
        ("https://a.example?", "https://a.example/?"),
        ("HTTPS://A.example", "HTTPS://A.example/"),
        ("https://a.example/", "https://a.example/"),
        ("https://a.example/b", "https://a.example/b"),
        ("https://a.example/?", "https://a.example/?"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("https://", "https://"),
        ("", ""),
        ("https://[::1", "https://[::1/"),
    ],
)
def test_an_empty_path_is_a_slash_and_nothing_else_changes(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@settings(max_examples=150)
@given(st.text() | st.text("htps:/?#[]a.").map("https://".__add__))
def test_canonicalising_never_raises_and_is_done_once(url: str) -> None:
    """Live values come here too, and a provider can serve anything."""
    once = canonical_url(url)
    assert canonical_url(once) == once
    assert once.replace("/", "") == url.replace("/", "")

"""The keys of all numbers as one JSON object in one variable, and whom a missing secret is missing for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.basics import InvalidInput, error
from reconciler.core.fields import MemberRef, SecretRef
from reconciler.effects.secrets import MissingSecret, UnusableSecret, require, secret
from reconciler.effects.world import Context
from tests.support.effects import NOWHERE

BERLIN = MemberRef(env="D360_API_KEYS", member="berlin")
VARIABLE = "the environment variable D360_API_KEYS"
NO_OBJECT = f"{VARIABLE} is not a JSON object of names and texts"
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


def here(value: Any) -> Context:
    """Return a world in which the variable is set, to JSON unless it is a text."""
    return Context(NOWHERE, {"D360_API_KEYS": value if isinstance(value, str) else json.dumps(value)})


def unusable(value: Any) -> str:
    with pytest.raises(UnusableSecret) as refused:
        secret(BERLIN, here(value))
    told = f"{refused.value!r} {refused.value.__cause__!r} {refused.value.__context__!r}"
    assert "kX9v2b" not in told
    return str(refused.value)


def test_a_key_is_the_member_of_the_profiles_name() -> None:
    assert secret(BERLIN, here({"berlin": "kX9v2b", "hamburg": "other"})) == "kX9v2b"
    assert secret(MemberRef(env="D360_API_KEYS", member="cafes/wien ä"), here({"cafes/wien ä": "kX9v2b"})) == "kX9v2b"


def test_line_ends_are_no_part_of_it_inside_or_outside() -> None:
    assert secret(BERLIN, here(' {"berlin": "kX9v2b\\r\\n"}\n')) == "kX9v2b"


@settings(max_examples=50)
@given(name=st.text(max_size=8), key=VISIBLE, others=st.dictionaries(st.text(max_size=8), st.text(), max_size=3))
def test_every_name_can_have_a_key_whatever_the_others_are(name: str, key: str, others: dict[str, str]) -> None:
    assert secret(MemberRef(env="D360_API_KEYS", member=name), here({**others, name: key})) == key


@pytest.mark.parametrize(
    "value", ["", {}, {"hamburg": "kX9v2b"}, {"Berlin": "kX9v2b"}, {"berlin": ""}, {"berlin": "\n"}]
)
def test_a_member_that_is_not_there_is_missing_and_nothing_worse(value: Any) -> None:
    """Then the next place is looked at, or the one before was enough."""
    with pytest.raises(MissingSecret) as missing:
        secret(BERLIN, here(value))
    assert not isinstance(missing.value, UnusableSecret)


@pytest.mark.parametrize(
    "value",
    [
        "kX9v2b",
        "{",
        '{"berlin": "kX9v2b",}',
        "{'berlin': 'kX9v2b'}",
        "berlin=kX9v2b",
        "[" * 100_000,
        '{"berlin":' * 100_000,
        '{"berlin": %s}' % ("9" * 5000),
        [],
        ["kX9v2b"],
        "null",
        "7",
        '"kX9v2b"',
        {"berlin": 7},
        {"berlin": None},
        {"berlin": True},
        {"berlin": ["kX9v2b"]},
        {"berlin": {"api_key": "kX9v2b"}},
        {"berlin": "kX9v2b", "hamburg": 7},
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_object_of_names_and_texts_cannot_be_used_and_is_not_repeated(value: Any) -> None:
    assert unusable(value) == NO_OBJECT


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("kX9v2b\nX-Evil: 1", "holds a line break"),
        ("kX9v2bö", "holds characters that no header can carry"),
        ("\ud800", "holds characters that no header can carry"),
        (" kX9v2b", "begins or ends with a space"),
        ("kX9v2b ", "begins or ends with a space"),
    ],
)
def test_a_member_that_no_header_can_carry_is_refused(key: str, reason: str) -> None:
    assert unusable({"berlin": key}) == f"'berlin' in D360_API_KEYS {reason}"


@settings(max_examples=100)
@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=3).map(json.dumps))
def test_whatever_the_variable_holds_a_secret_comes_out_or_its_absence(text: str) -> None:
    try:
        found = secret(BERLIN, here(text))
    except MissingSecret:
        return
    assert json.loads(text)["berlin"].rstrip("\r\n") == found


def test_whose_secret_is_missing_is_said_with_each() -> None:
    refs = [(SecretRef(env="WEBHOOK_A"), "the webhook of berlin"), (SecretRef(file="WEBHOOK_b"), "the webhook of bonn")]
    with pytest.raises(InvalidInput) as wrong:
        require(refs, Context(NOWHERE, {"RECONCILER_SECRETS_DIR": "/nowhere"}))
    assert wrong.value.diagnostics == (
        error(
            "missing-secret",
            "the environment variable WEBHOOK_A is not set (for the webhook of berlin)",
            hint="set WEBHOOK_A in the environment",
        ),
        error(
            "missing-secret",
            "the secret file WEBHOOK_b does not exist (for the webhook of bonn)",
            hint="put WEBHOOK_b below RECONCILER_SECRETS_DIR",
        ),
    )


def test_a_secret_that_many_want_is_named_once_with_the_first_of_them() -> None:
    refs = [(SecretRef(env="WEBHOOK_A"), f"the webhook of {name}") for name in ("berlin", "bonn")]
    with pytest.raises(InvalidInput) as wrong:
        require(refs, Context(NOWHERE, {}))
    assert [one.summary for one in wrong.value.diagnostics] == [
        "the environment variable WEBHOOK_A is not set (for the webhook of berlin)"
    ]


def test_a_reference_says_where_and_never_what() -> None:
    assert (str(BERLIN), BERLIN.name) == ("'berlin' in D360_API_KEYS", "D360_API_KEYS")
    assert (str(SecretRef(env="A")), str(SecretRef(file="b"))) == ("{env: A}", "{file: b}")


OTHERS = json.dumps(
    {"META_TOKEN": "EAAG-bundled", "WEBHOOK_PARIS": "bundled-token", "D360_API_KEYS": '{"berlin": "k"}'}
)


def test_secrets_of_other_names_come_together_in_one_variable_and_a_variable_of_its_own_wins() -> None:
    """A called workflow names the variables that it hands over, and a team's own names are not among them."""
    bundled = Context(NOWHERE, {"RECONCILER_SECRETS": OTHERS, "META_TOKEN": ""})
    assert secret(SecretRef(env="META_TOKEN"), bundled) == "EAAG-bundled"
    assert secret(SecretRef(env="WEBHOOK_PARIS"), bundled) == "bundled-token"
    assert secret(BERLIN, bundled) == "k"
    assert bundled.secrets.without("EAAG-bundled") != "EAAG-bundled"
    own = Context(NOWHERE, {"RECONCILER_SECRETS": OTHERS, "META_TOKEN": "EAAG-of-its-own"})
    assert secret(SecretRef(env="META_TOKEN"), own) == "EAAG-of-its-own"


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("{}", "the environment variable META_TOKEN is not set"),
        ('["kX9v2b"]', "the environment variable RECONCILER_SECRETS is not a JSON object of names and texts"),
        ("kX9v2b", "the environment variable RECONCILER_SECRETS is not a JSON object of names and texts"),
    ],
)
def test_what_is_not_in_it_is_missing_under_its_own_name_and_a_broken_one_under_its(held: str, said: str) -> None:
    with pytest.raises(MissingSecret) as refused:
        secret(SecretRef(env="META_TOKEN"), Context(NOWHERE, {"RECONCILER_SECRETS": held}))
    assert str(refused.value) == said

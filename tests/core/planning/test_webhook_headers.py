"""A webhook's headers as a value: compared, kept, and told apart by where their secrets come from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import Equality, equality, from_record, is_identical, is_same, to_json, to_record
from reconciler.core.fields import Header, SecretRef, Webhook
from reconciler.core.memory.records import FieldRecord
from reconciler.core.memory.stored import entry_from_json, entry_to_json
from reconciler.core.planning.comparison import Comparison
from reconciler.core.planning.origin import Attribution, BaseValue, Movement, SameReason, Unchanged, attribute
from reconciler.core.target import DesiredField, Known, LiveField, Origin, WriteOnly
from tests.support import entry, record
from tests.support.laws import tried

NAMES = st.text("AaBbXx-", min_size=1, max_size=4)
WORD = st.text("ABC_", min_size=1, max_size=4)
REFS = st.builds(lambda name: SecretRef(env=name), WORD) | st.builds(lambda name: SecretRef(file=name), WORD)


def unique(names: list[str]) -> list[str]:
    """Return the names of which no two differ in case alone: HTTP knows no others."""
    return list({name.lower(): name for name in names}.values())


@st.composite
def headers(draw: st.DrawFn) -> tuple[Header, ...]:
    """Headers in any order: written ones have secrets, live ones have none."""
    names = unique(draw(st.lists(NAMES, max_size=4)))
    live = draw(st.booleans())
    return tuple(Header(name=name, secret=None if live else draw(REFS)) for name in names)


WEBHOOKS = st.builds(Webhook, url=st.sampled_from(["https://a.example", "https://b.example/x"]), headers=headers())


def hook(*pairs: Header, url: str = "https://hooks.example/wa", token: str = "") -> Webhook:
    return Webhook(url=url, headers=pairs, verify_token=SecretRef(env=token) if token else None)


def header(name: str, env: str = "") -> Header:
    return Header(name=name, secret=SecretRef(env=env) if env else None)


# Kept and read back


def test_in_a_plan_headers_are_names_and_where_their_secrets_are() -> None:
    written = hook(header("Authorization", "WEBHOOK_A"), Header(name="X-B", secret=SecretRef(file="WEBHOOK_b")))
    assert to_json(written) == {
        "url": "https://hooks.example/wa",
        "headers": {"Authorization": {"env": "WEBHOOK_A"}, "X-B": {"file": "WEBHOOK_b"}},
    }
    assert to_json(hook(header("X-B"))) == {"url": "https://hooks.example/wa", "headers": {"X-B": None}}
    assert to_json(hook()) == {"url": "https://hooks.example/wa"}


@tried(200)
@given(WEBHOOKS)
def test_what_is_recorded_is_read_back_in_one_order(webhook: Webhook) -> None:
    back = from_record("webhook", json.loads(json.dumps(to_record(webhook))))
    assert isinstance(back, Webhook)
    assert is_identical(back, webhook)
    assert sorted(back.headers, key=lambda one: one.name) == sorted(webhook.headers, key=lambda one: one.name)
    assert from_record("webhook", to_record(back)) == back


@tried(100)
@given(sent=WEBHOOKS, shown=WEBHOOKS)
def test_the_ledger_keeps_a_webhook(sent: Webhook, shown: Webhook) -> None:
    kept = entry(record("webhook", sent=from_record("webhook", to_record(sent)), shown=shown))
    back = entry_from_json(json.loads(json.dumps(entry_to_json(kept))))
    (one,) = back.records
    assert (one.sent, back.key) == (kept.records[0].sent, kept.key)
    assert isinstance(one.shown, Webhook)
    assert is_identical(one.shown, shown)


def test_a_record_from_before_there_were_headers_is_read_as_ever() -> None:
    data: Any = {"url": "https://h.example", "verify_token": {"env": "WEBHOOK_A"}}
    assert from_record("webhook", data) == hook(url="https://h.example", token="WEBHOOK_A")


@pytest.mark.parametrize(
    "forged",
    [
        [],
        "X-A",
        7,
        [{"name": "X-A"}],
        {"X-A": "s3cret"},
        {"X-A": {"env": 1}},
        {"X-A": {"envv": "WEBHOOK_A"}},
        {"X-A": []},
        {"X-A": {"env": "WEBHOOK_A", "member": "berlin"}},
    ],
)
def test_forged_headers_are_refused(forged: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_record("webhook", {"url": "https://h.example", "headers": forged})


# Compared


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (hook(header("X-A", "WEBHOOK_A")), hook(header("X-A")), Equality.SAME),
        (hook(header("X-A", "WEBHOOK_A")), hook(header("x-a", "WEBHOOK_B")), Equality.SAME),
        (hook(header("X-A"), header("X-B")), hook(header("x-b"), header("x-a")), Equality.SAME),
        (hook(header("X-A")), hook(), Equality.DIFFERENT),
        (hook(header("X-A")), hook(header("X-B")), Equality.DIFFERENT),
        (hook(header("X-A")), hook(header("X-A"), header("X-B")), Equality.DIFFERENT),
        (hook(header("X-A")), hook(header("X-A"), url="https://other.example/"), Equality.DIFFERENT),
        (hook(url="https://a.example"), hook(url="https://a.example/", token="WEBHOOK_A"), Equality.SAME),
        (hook(url="x"), hook(header("x"), url=""), Equality.DIFFERENT),
    ],
)
def test_a_webhook_is_compared_by_its_url_and_the_names_of_its_headers(
    one: Webhook, other: Webhook, expected: Equality
) -> None:
    """What a header holds is a secret, and HTTP knows no case in names."""
    assert (equality(one, other), equality(other, one)) == (expected, expected)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (hook(header("X-A", "WEBHOOK_A")), hook(header("x-a", "WEBHOOK_A")), True),
        (hook(header("A", "W_A"), header("B", "W_B")), hook(header("B", "W_B"), header("A", "W_A")), True),
        (hook(header("X-A", "WEBHOOK_A")), hook(header("X-A", "WEBHOOK_B")), False),
        (hook(header("X-A", "WEBHOOK_A")), hook(header("X-A")), False),
        (hook(header("A", "W_A"), header("B", "W_B")), hook(header("A", "W_B"), header("B", "W_A")), False),
        (hook(token="WEBHOOK_A"), hook(token="WEBHOOK_B"), False),
        (hook(token="WEBHOOK_A"), hook(token="WEBHOOK_A"), True),
        (hook(url="https://a.example"), hook(url="https://a.example/"), True),
    ],
)
def test_what_we_wrote_is_told_apart_by_where_its_secrets_come_from(
    one: Webhook, other: Webhook, expected: bool
) -> None:
    assert (is_identical(one, other), is_identical(other, one)) == (expected, expected)


@tried(200)
@given(WEBHOOKS, WEBHOOKS)
def test_identical_is_narrower_than_same_and_both_are_even(one: Webhook, other: Webhook) -> None:
    assert is_identical(one, one)
    assert is_identical(one, other) == is_identical(other, one)
    assert is_same(one, other) == is_same(other, one)
    assert is_same(one, other) or not is_identical(one, other)


def test_where_a_secret_comes_from_is_every_reference_once() -> None:
    whole = hook(header("X-A", "WEBHOOK_A"), header("X-B"), token="WEBHOOK_V")
    assert whole.secrets == (SecretRef(env="WEBHOOK_V"), SecretRef(env="WEBHOOK_A"))
    assert hook().secrets == ()


# Why there is a change

FIRST, SECOND = (hook(header("X-A", f"WEBHOOK_{mark}")) for mark in "AB")
SHOWN = hook(header("x-a"))
OTHER = hook(header("x-a"), header("x-spy"))
EDITED = Movement(origin=Origin.EDITED)


def why(desired: Webhook, live: LiveField, kept: FieldRecord | None, base: Webhook | None = None) -> Attribution:
    same_live = equality(desired, live.value) if isinstance(live, Known) else Equality.DIFFERENT
    compared = Comparison(field=DesiredField(name="webhook", value=desired), live=live, equality=same_live)
    return attribute(compared, kept, base=BaseValue(value=base) if base else None, target_known=kept is not None)


SENT = record("webhook", sent=FIRST, shown=SHOWN)


def test_a_header_from_another_secret_is_an_edit_though_nothing_shows_it() -> None:
    assert why(FIRST, Known(value=SHOWN), SENT) == Unchanged(reason=SameReason.IN_SYNC)
    assert why(SECOND, Known(value=SHOWN), SENT) == EDITED
    assert why(SECOND, Known(value=SHOWN), SENT, base=FIRST) == EDITED
    assert why(SECOND, WriteOnly(), SENT) == EDITED


def test_what_the_base_revision_already_wanted_is_pending() -> None:
    assert why(SECOND, Known(value=SHOWN), SENT, base=SECOND) == Movement(origin=Origin.PENDING)


def test_without_a_record_the_names_decide() -> None:
    """The secret that is live is not known, and the number shows what it should."""
    assert why(SECOND, Known(value=SHOWN), None) == Unchanged(reason=SameReason.IN_SYNC)


def test_a_header_that_was_added_elsewhere_is_drift() -> None:
    found = why(FIRST, Known(value=OTHER), SENT)
    assert isinstance(found, Movement)
    assert found.origin is Origin.DRIFTED


def test_a_header_that_is_added_here_is_an_edit() -> None:
    more = hook(header("X-A", "WEBHOOK_A"), header("X-B", "WEBHOOK_B"))
    assert why(more, Known(value=SHOWN), SENT) == EDITED

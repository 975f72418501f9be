"""An approval is of a digest: what it binds, and what it does not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.basics import Location, warning
from reconciler.core.comparing.difference import Became, Detail
from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import SecretRef, Value, Webhook
from reconciler.core.planning.digest import before_json, change_digest
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import Consent
from reconciler.core.roster import Business
from reconciler.core.safety.gates import report_plan
from reconciler.core.target import Assumed, Change, Known, Origin, Unknown
from reconciler.render.json import dumps, plan_json
from tests.support import change, picture, planned, target
from tests.support.laws import tried

HERE = target()


def test_the_digest_of_a_change_is_of_its_canonical_json() -> None:
    text = (
        '{"address":"106540352242922","after":"Brötchen","before":{"known":"Old"},"endpoint":"sandbox",'
        '"field":"about","provider":"meta"}'
    )
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert change_digest(HERE, change(before="Old", after="Brötchen")) == expected


def test_what_else_decides_where_a_change_goes_is_bound_where_anything_does() -> None:
    text = (
        '{"address":"106540352242922","after":"New","before":{"known":""},"endpoint":"sandbox","field":"about",'
        '"provider":"meta","via":{"credential":"{env: D360_A}","picture_base_url":"https://a.example/"}}'
    )
    ways = {"picture_base_url": "https://a.example/", "credential": "{env: D360_A}"}
    assert change_digest(HERE, change(via=ways)) == hashlib.sha256(text.encode()).hexdigest()


def test_what_was_known_before_is_told_apart_from_what_was_assumed() -> None:
    assert [before_json(one) for one in (Known(value=""), Assumed(value="", since="now"), Unknown())] == [
        {"known": ""},
        {"assumed": ""},
        {"unknown": True},
    ]


@pytest.mark.parametrize(
    "other",
    [
        (replace(HERE, provider="dialog360"), change()),
        (target(endpoint="https://graph.facebook.com"), change()),
        (target(address="106540352242923"), change()),
        (HERE, change("email")),
        (HERE, change(before="Old")),
        (HERE, change(before=Unknown())),
        (HERE, change(before=Assumed(value="", since="2026-08-02"))),
        (HERE, change(after="Newer")),
        (HERE, change(after="")),
        (HERE, change(after=("New",))),
        (HERE, change(after=picture())),
        (HERE, change(via={"credential": "{env: D360_A}"})),
    ],
)
def test_whatever_is_bound_changes_the_digest(other: tuple[Any, Change]) -> None:
    where, moved = other
    assert change_digest(where, moved) != change_digest(HERE, change())
    assert Plan(targets=(planned(moved, to=where),)).digest != Plan(targets=(planned(change()),)).digest


@pytest.mark.parametrize(
    "moved",
    [
        change(origin=Origin.CONFLICT),
        change(note="sent at noon"),
        replace(change(), source=Location(file="profiles/a.yaml", line=9)),
        replace(change(), details=(Detail("[0]", Became.REMOVED, before="a"),)),
    ],
)
def test_what_people_read_beside_a_change_is_not_bound(moved: Change) -> None:
    assert change_digest(HERE, moved) == change_digest(HERE, change())


def test_the_profile_the_number_and_the_account_are_only_names_of_the_target() -> None:
    renamed = replace(HERE, profile="de/berlin", number="+49301", account="shop")
    assert change_digest(renamed, change()) == change_digest(HERE, change())


def test_when_a_value_was_sent_is_not_bound() -> None:
    before = (Assumed(value="Old", since=since) for since in ("2026-08-02", "2026-09-01"))
    assert len({change_digest(HERE, change(before=one)) for one in before}) == 1


def test_the_grid_of_a_picture_is_not_bound_and_its_bytes_are() -> None:
    first, again, other = picture("a"), picture("a", grid="abc"), picture("b")
    one, same, different = (change_digest(HERE, change(after=value)) for value in (first, again, other))
    assert (one == same, one == different) == (True, False)


def test_another_token_of_a_webhook_is_another_change() -> None:
    hooks = (Webhook(url="https://h.example", verify_token=SecretRef(env=f"WEBHOOK_{name}")) for name in "AB")
    assert len({change_digest(HERE, change("webhook", after=hook)) for hook in hooks}) == 2


def test_half_of_a_surrogate_pair_from_a_provider_is_no_reason_to_fail() -> None:
    halves = [change_digest(HERE, change(before=half)) for half in ("\ud83d", "\ude00")]
    assert len(set(halves)) == 2


VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(max_size=4), st.lists(st.text(max_size=3), max_size=2).map(tuple), st.sampled_from("ab").map(picture)
)
BEFORE = st.one_of(
    st.builds(Known, value=VALUES), st.builds(Assumed, value=VALUES, since=st.text(max_size=2)), st.builds(Unknown)
)
CHANGES = st.builds(
    Change,
    field=st.sampled_from(("about", "email")),
    before=BEFORE,
    after=VALUES,
    origin=st.sampled_from(Origin),
    note=st.text(max_size=3),
)
TARGETS = st.sampled_from([target(address=address, profile=name) for address in "12" for name in "ab"])
BOUND = st.tuples(TARGETS, CHANGES)


def bound(pair: tuple[Any, Change]) -> tuple[Any, ...]:
    where, one = pair
    return (where.key, one.field, repr(before_json(one.before)), repr(to_json(one.after)))


@given(one=BOUND, other=BOUND)
@tried(150)
def test_two_changes_have_one_digest_exactly_where_all_that_is_bound_is_equal(
    one: tuple[Any, Change], other: tuple[Any, Change]
) -> None:
    assert (change_digest(*one) == change_digest(*other)) is (bound(one) == bound(other))


def plan_of(pairs: list[tuple[Any, Change]]) -> Plan:
    return Plan(targets=tuple(planned(one, to=where) for where, one in pairs))


@given(pairs=st.lists(BOUND, max_size=4), data=st.data())
@settings(max_examples=50)
def test_the_digest_of_a_plan_does_not_know_an_order(pairs: list[tuple[Any, Change]], data: st.DataObject) -> None:
    assert plan_of(data.draw(st.permutations(pairs))).digest == plan_of(pairs).digest


@given(pairs=st.lists(BOUND, max_size=3), more=BOUND)
@settings(max_examples=50)
def test_one_more_change_is_another_plan(pairs: list[tuple[Any, Change]], more: tuple[Any, Change]) -> None:
    assert plan_of([*pairs, more]).digest != plan_of(pairs).digest


@pytest.mark.parametrize(
    "beside",
    [
        lambda one: replace(one, notes=("A note.",), file="profiles/x.yaml"),
        lambda one: planned(*one.differences, reason="for a reason"),
    ],
)
def test_nothing_but_changes_that_may_be_sent_is_in_the_digest_of_a_plan(
    beside: Callable[[TargetPlan], TargetPlan],
) -> None:
    sent = planned(change())
    others = tuple(
        planned(change("email"), to=target(status.value, address=status.value), status=status)
        for status in TargetStatus
        if status is not TargetStatus.PLANNED
    )
    full = Plan(targets=(beside(sent), *others), diagnostics=(warning("a", "A."),))
    assert full.digest == Plan(targets=(sent,)).digest
    assert Plan(targets=others).digest == Plan(targets=()).digest == hashlib.sha256(b"").hexdigest()


def test_what_is_told_of_a_business_is_no_part_of_what_is_approved() -> None:
    """A name that is reviewed meanwhile, or a worse rating, takes no approval away."""
    one, other = (
        replace(planned(change()), business=told) for told in (Business(), Business("Goldcrust", "DECLINED", "RED"))
    )
    assert (one == other, Plan((one,)).digest == Plan((other,)).digest) == (True, True)
    documents = [dumps(plan_json(report_plan(Plan((it,)), Consent()))) for it in (one, other)]
    assert documents[0] == documents[1]

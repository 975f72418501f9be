"""Memory as an apply keeps it: intents first, outcomes after, all of it through JSON, and a death at any point between.

What a provider makes of a value is any function of it: `test_laws_convergence` draws its answers from a hat, here they
are made of what providers are known to do, over whatever people write.
"""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Callable, Collection
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import is_identical, is_same
from reconciler.core.comparing.spellings import is_benign, is_lossy
from reconciler.core.fields import SecretRef, Value, Webhook
from reconciler.core.memory.records import LedgerEntry, record_intent, record_written
from reconciler.core.memory.stored import entry_from_json, entry_to_json
from reconciler.core.planning.origin import CERTAIN, NOT_AS_SENT, SameReason
from reconciler.core.planning.plan import TargetPlan
from reconciler.core.target import Change, Known, Origin
from tests.support import STAMP, target
from tests.support.laws import tried
from tests.support.planning import Shop

Rewriting = Callable[[Value], Value]

WORDS = st.text(alphabet="aB é\n\u0301", max_size=4)
LINK = st.builds("https://{}.example{}".format, st.sampled_from("abC"), st.sampled_from(("", "/", "/x", "/X")))
HOOK = st.builds(
    Webhook,
    url=st.just("") | LINK,
    verify_token=st.none() | st.builds(SecretRef, env=st.sampled_from(("WEBHOOK_A", "WEBHOOK_B"))),
)
OF: dict[str, st.SearchStrategy[Value]] = {
    "about": WORDS,
    "email": WORDS,
    "websites": st.lists(LINK, max_size=2).map(tuple),
    "webhook": HOOK,
}
NAMES = st.sets(st.sampled_from(sorted(OF)))
LIVE = st.fixed_dictionaries(OF)
WANTED = st.fixed_dictionaries({}, optional=OF).filter(bool)
# What is made of one text or link; a text that is made empty was not kept.
OF_TEXT: dict[str, Callable[[str], str]] = {
    "kept": str,
    "stripped": str.strip,
    "composed": partial(unicodedata.normalize, "NFC"),
    "escaped": html.escape,
    "lower": str.lower,
    "cut": lambda text: text[:2],
    "on one line": lambda text: " ".join(text.split()),
    "marked": lambda text: f"{text}\u200b",
    "constant": lambda _: "https://constant.example",
    "dropped": lambda _: "",
}
OF_LIST: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    "kept": tuple,
    "turned": lambda links: links[::-1],
    "the first": lambda links: links[:1],
    "sorted, each once": lambda links: tuple(sorted(set(links))),
}


def _rewritten(value: Value, *, text: str, links: str) -> Value:
    match value:
        case str():
            return OF_TEXT[text](value)
        case tuple():
            return OF_LIST[links](tuple(map(OF_TEXT[text], value)))
        case Webhook():
            # What is secret is never shown, and so it is no part of what comes back.
            return Webhook(url=OF_TEXT[text](value.url))
        case _:
            raise AssertionError("no pictures here")


REWRITINGS: st.SearchStrategy[Rewriting] = st.builds(
    lambda text, links: partial(_rewritten, text=text, links=links),
    st.sampled_from(sorted(OF_TEXT)),
    st.sampled_from(sorted(OF_LIST)),
)
SHOPS = st.builds(
    lambda wanted, live: Shop(wanted, {name: Known(value=value) for name, value in live.items()}), WANTED, LIVE
)


def stored(entry: LedgerEntry) -> LedgerEntry:
    return entry_from_json(json.loads(json.dumps(entry_to_json(entry))))


def applied(shop: Shop, rewriting: Rewriting, *, swallowed: Collection[str] = (), dies: bool = False) -> TargetPlan:
    """Apply as the program does. What is `swallowed` is acknowledged and not done, or not even sent where it `dies`."""
    planned = shop.plan()
    shop.look(planned)
    before = stored(shop.entry or LedgerEntry(key=target().key))
    intents = tuple(record_intent(one, previous=before.get(one.field), stamp=STAMP) for one in planned.changes)
    shop.entry = stored(before.with_records(intents))
    arriving = [one for one in planned.changes if one.field not in swallowed]
    shop.live.update({one.field: Known(value=rewriting(one.after)) for one in arriving})
    if not dies:
        outcomes = (
            record_written(one, shop.live[one.field], previous=before.get(one.field), stamp=STAMP)
            for one in planned.changes
        )
        shop.entry = stored(shop.entry.with_records(tuple(outcomes)))
    return planned


def origins(shop: Shop) -> dict[str, Origin]:
    return {one.field: one.origin for one in shop.plan().changes}


def shown(shop: Shop, name: str) -> Value:
    live = shop.live[name]
    assert isinstance(live, Known)
    return live.value


def unmoved(one: Change, rewriting: Rewriting) -> bool:
    """Say whether a write shows what was there before, which is no spelling of what was sent: as if never heard."""
    assert isinstance(one.before, Known)
    made = rewriting(one.after)
    return (
        is_same(made, one.before.value) and not is_same(made, one.after) and not is_benign(one.field, made, one.after)
    )


@given(shop=SHOPS, rewriting=REWRITINGS)
@tried(150)
def test_the_second_plan_is_empty_where_the_write_showed_anything_and_the_third_always(
    shop: Shop, rewriting: Rewriting
) -> None:
    first = applied(shop, rewriting)
    stuck = {one.field for one in first.changes if unmoved(one, rewriting)}
    assert origins(shop) == dict.fromkeys(stuck, Origin.PENDING)
    applied(shop, rewriting)
    assert origins(shop) == {}
    assert {one.field for one in shop.plan().unchanged if one.reason is SameReason.IGNORED} == stuck


@given(shop=SHOPS, rewriting=REWRITINGS)
@tried(150)
def test_what_was_sent_and_shows_as_anything_but_a_spelling_of_it_is_named_and_never_in_sync(
    shop: Shop, rewriting: Rewriting
) -> None:
    for _ in range(2):
        applied(shop, rewriting)
    shop.look(shop.plan())
    found = {one.field: one.reason for one in shop.plan().unchanged}
    wrong = {name for name, want in shop.wanted.items() if is_lossy(name, want, shown(shop, name))}
    assert {name for name, reason in found.items() if reason in NOT_AS_SENT} == wrong
    assert {name for name, reason in found.items() if reason in CERTAIN} == set(shop.wanted) - wrong


@given(shop=SHOPS)
@tried(100)
def test_a_spelling_that_was_not_sent_yet_is_one_change_and_what_it_then_shows_settles_it(shop: Shop) -> None:
    """Even where that is what was there before: the provider keeps its own spelling."""
    texts = {name: f" {value} x \n" for name, value in shop.wanted.items() if isinstance(value, str)}
    shop.wanted = texts or {"about": "x "}
    shop.live |= {name: Known(value=str(value).strip()) for name, value in shop.wanted.items()}
    first = applied(shop, lambda value: str(value).strip())
    assert {one.field for one in first.changes} == set(shop.wanted)
    assert all(one.note.startswith("differs only in white space at the ends") for one in first.changes)
    again = shop.plan()
    assert (again.changes, {one.reason for one in again.unchanged}) == ((), {SameReason.ECHO})


@given(shop=SHOPS, rewriting=REWRITINGS, elsewhere=LIVE, edited=WANTED)
@tried(150)
def test_a_later_move_of_live_to_anything_but_what_it_showed_is_a_change(
    shop: Shop, rewriting: Rewriting, elsewhere: dict[str, Value], edited: dict[str, Value]
) -> None:
    """Be it alone, which is drift, or beside an edit of the file."""
    for _ in range(2):
        applied(shop, rewriting)
    before, sent = dict(shop.live), dict(shop.wanted)
    shop.look(shop.plan())
    shop.live = {name: Known(value=value) for name, value in elsewhere.items()}
    shop.wanted = {name: edited.get(name, value) for name, value in shop.wanted.items()}
    for name, want in shop.wanted.items():
        was = before[name]
        assert isinstance(was, Known)
        moved = not is_same(elsewhere[name], was.value) and not is_benign(name, elsewhere[name], want)
        if moved and is_identical(want, sent[name]):
            assert origins(shop)[name] is Origin.DRIFTED
        elif moved:
            assert origins(shop)[name] in {Origin.CONFLICT, Origin.EDITED}


@given(shop=SHOPS, rewriting=REWRITINGS, swallowed=NAMES, times=st.integers(1, 4))
@tried(150)
def test_a_write_that_is_swallowed_is_never_called_in_sync(
    shop: Shop, rewriting: Rewriting, swallowed: set[str], times: int
) -> None:
    for _ in range(times):
        applied(shop, rewriting, swallowed=swallowed)
        sure = {one.field for one in shop.plan().unchanged if one.reason in CERTAIN}
        assert all(is_benign(name, shown(shop, name), shop.wanted[name]) for name in sure & swallowed)


@given(
    shop=SHOPS,
    rewriting=REWRITINGS,
    life=st.lists(st.tuples(WANTED, st.dictionaries(st.sampled_from(sorted(OF)), WORDS), NAMES, st.booleans())),
)
@tried(150)
def test_whatever_happened_nothing_is_called_in_sync_that_is_not_and_three_more_runs_end_it(
    shop: Shop, rewriting: Rewriting, life: list[tuple[dict[str, Value], dict[str, str], set[str], bool]]
) -> None:
    """Edits here and elsewhere, writes that are swallowed, and runs that die before or after what they sent arrived."""
    told: list[tuple[str, Value]] = []
    quiet: tuple[dict[str, Value], dict[str, str], set[str], bool] = ({}, {}, set(), False)
    for wanted, elsewhere, swallowed, dies in [*life, *[quiet] * 3]:
        shop.wanted = {**shop.wanted, **wanted}
        shop.live.update({name: Known(value=_as(name, text)) for name, text in elsewhere.items()})
        planned = applied(shop, rewriting, swallowed=swallowed, dies=dies)
        told += [(one.field, one.after) for one in planned.changes]
        for one in shop.plan().unchanged:
            if one.reason in CERTAIN:
                live, want = shown(shop, one.field), shop.wanted[one.field]
                sent = any(name == one.field and is_identical(value, want) for name, value in told)
                assert is_same(live, want) or (sent and is_benign(one.field, live, want))
    assert origins(shop) == {}


def _as(name: str, text: str) -> Value:
    """Return a value of the field `name` that is made of `text`."""
    url = f"https://{text.strip().lower() or 'none'}.example"
    made: dict[str, Value] = {"websites": (url,), "webhook": Webhook(url=url)}
    return made.get(name, text)


@given(shop=SHOPS, arrived=NAMES)
@tried(100)
def test_traces_of_a_killed_run_are_never_called_drift(shop: Shop, arrived: set[str]) -> None:
    applied(shop, lambda value: value)
    shop.wanted = {name: _other(value) for name, value in shop.wanted.items()}
    planned = applied(shop, lambda value: value, swallowed=set(OF) - arrived, dies=True)
    assert origins(shop) == {one.field: Origin.EDITED for one in planned.changes if one.field not in arrived}


def _other(value: Value) -> Value:
    match value:
        case str():
            return f"{value} and more"
        case tuple():
            return (*value, "https://more.example")
        case _:
            return Webhook(url="https://more.example")

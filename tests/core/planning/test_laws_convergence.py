"""Plan, apply, plan again: against a provider that makes of a value whatever it likes, always the same."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core.basics import Reason
from reconciler.core.comparing.kinds import is_same
from reconciler.core.comparing.spellings import is_benign
from reconciler.core.fields import Value, Webhook
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.target import Known, Origin, WriteOnly
from tests.support import picture
from tests.support.laws import tried
from tests.support.planning import Shop, grid

TEXT: st.SearchStrategy[Value] = st.sampled_from(("", "New", "new", "Old", "Older"))
LINKS: st.SearchStrategy[Value] = st.lists(
    st.sampled_from(("https://a.example", "https://a.example/", "https://b.example/x")), max_size=2
).map(tuple)
PICTURES: st.SearchStrategy[Value] = st.builds(
    lambda mark, level, alpha: picture(mark, grid=grid(level), alpha=alpha),
    st.sampled_from("abcd"),
    st.sampled_from((100, 101, 121, 200)),
    st.booleans(),
)
HOOKS: st.SearchStrategy[Value] = st.builds(
    Webhook, url=st.sampled_from(("", "https://h.example", "https://h.example/a"))
)
OF = {"about": TEXT, "email": TEXT, "websites": LINKS, "picture": PICTURES, "webhook": HOOKS}
VALUES = st.fixed_dictionaries(OF)
WANTED = st.sets(st.sampled_from(sorted(OF)), min_size=1)
Provider = Callable[[Value], Value]


@st.composite
def providers(draw: st.DrawFn) -> Provider:
    """A function from what is sent to what is shown, for each kind of value: the same answer for the same value."""
    kinds = {str: TEXT, tuple: LINKS, Webhook: HOOKS}
    answers: dict[str, Value] = {}

    def shown(value: Value) -> Value:
        known = value.url if isinstance(value, Webhook) else str(value)
        if known not in answers:
            answers[known] = draw(kinds.get(type(value), PICTURES))
        return answers[known]

    return shown


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """A profile and the live values that it meets, with or without a memory of an earlier life."""
    names, values, live = draw(WANTED), draw(VALUES), draw(VALUES)
    shop = Shop({name: values[name] for name in names}, {name: Known(value=value) for name, value in live.items()})
    if draw(st.booleans()):
        wanted, shop.wanted = shop.wanted, draw(VALUES)
        shop.apply(lambda value: value)
        shop.wanted = wanted
    return shop


def origins(shop: Shop) -> dict[str, Origin]:
    return {one.field: one.origin for one in shop.plan().changes}


@given(shop=shops(), provider=providers())
@tried(80)
def test_the_plan_after_an_apply_is_empty_whatever_the_provider_makes_of_a_value(
    shop: Shop, provider: Provider
) -> None:
    """Only what still shows the value from before is sent once more; what it then shows is the provider's last word."""
    first = shop.apply(provider)
    unmoved = {
        one.field: Origin.PENDING
        for one in first.changes
        if isinstance(one.before, Known)
        and is_same(provider(one.after), one.before.value)
        and not is_benign(one.field, provider(one.after), one.after)
        and not is_same(provider(one.after), one.after)
    }
    assert origins(shop) == unmoved
    assert {one.field for one in shop.apply(provider).changes} == set(unmoved)
    assert origins(shop) == {}
    ignored = {one.field for one in shop.plan().unchanged if one.reason is SameReason.IGNORED}
    assert ignored == set(unmoved)


@given(
    shop=shops(),
    provider=providers(),
    elsewhere=st.fixed_dictionaries({name: OF[name] for name in OF if name != "picture"}),
)
@tried(80)
def test_a_later_move_of_the_live_value_is_still_seen_as_drift(
    shop: Shop, provider: Provider, elsewhere: dict[str, Value]
) -> None:
    for _ in range(2):
        shop.apply(provider)
    shop.look(shop.plan())
    moved = {
        name
        for name, want in shop.wanted.items()
        if name in elsewhere
        and isinstance(at := shop.live[name], Known)
        and not is_same(elsewhere[name], at.value)
        and not is_benign(name, elsewhere[name], want)
    }
    shop.live.update({name: Known(value=elsewhere[name]) for name in moved})
    assert origins(shop) == dict.fromkeys(moved, Origin.DRIFTED)


@given(shop=shops())
@tried(60)
def test_a_write_that_the_provider_swallows_is_never_called_in_sync(shop: Shop) -> None:
    """It is pending, and then ignored with a warning; apply is incomplete for as long as that is so.

    But for a file that looks like the one it replaces: bytes are no measure of what a provider makes of a picture.
    """
    changing = {
        one.field: one
        for one in shop.plan().changes
        if not (is_same(one.before_value or "", one.after) or is_benign(one.field, one.before_value or "", one.after))
    }
    assume(changing)
    name = min(changing)
    one = changing[name]
    before = one.before_value
    assert before is not None
    shop.wanted = {name: one.after}
    shop.apply(lambda _: before)
    assert origins(shop) == {name: Origin.PENDING}
    shop.apply(lambda _: before)
    for _ in range(2):
        made = shop.apply(lambda _: before)
        assert [(kept.field, kept.reason) for kept in made.unchanged] == [(name, SameReason.IGNORED)]
        assert ApplyReport(plan=Plan(targets=(made,))).reasons == {Reason.INCOMPLETE}


@given(shop=shops(), arrived=st.sets(st.sampled_from(sorted(OF))), lost=st.sets(st.sampled_from(sorted(OF))))
@tried(60)
def test_a_run_whose_replies_were_lost_is_made_good_by_the_next(shop: Shop, arrived: set[str], lost: set[str]) -> None:
    """Whether a write arrived or not, the next plan holds exactly what is not live, and one more apply ends it."""
    planned = shop.plan()
    before = dict(shop.live)
    shop.lost = lost
    shop.apply(lambda value: value)
    kept_away = {one.field for one in planned.changes if one.field in lost - arrived}
    shop.live.update({name: before[name] for name in kept_away})
    shop.lost = ()
    again = shop.apply(lambda value: value)
    assert {one.field for one in again.changes} == kept_away
    assert origins(shop) == {}


@given(wanted=st.fixed_dictionaries({"about": TEXT, "websites": LINKS}), later=TEXT, lost=st.booleans())
@tried(60)
def test_what_can_never_be_read_is_assumed_once_it_was_acknowledged(
    wanted: dict[str, Value], later: Value, *, lost: bool
) -> None:
    shop = Shop(wanted, {name: WriteOnly() for name in wanted})
    assert origins(shop) == dict.fromkeys(wanted, Origin.ADOPTED)
    shop.lost = {"about"} if lost else set()
    shop.apply(lambda value: value)
    shop.lost = ()
    assert origins(shop) == ({"about": Origin.UNSETTLED} if lost else {})
    shop.apply(lambda value: value)
    assert {one.reason for one in shop.plan().unchanged} == {SameReason.ASSUMED}
    shop.wanted = {**wanted, "about": later}
    assert origins(shop) == ({} if later == wanted["about"] else {"about": Origin.EDITED})

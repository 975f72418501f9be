"""Laws of planning, for any profile, any live value and any memory."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import is_same
from reconciler.core.fields import Mode, Value
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState
from reconciler.core.planning.plan import PlanInputs, TargetPlan, plan
from reconciler.core.target import Desired, Known, Live, LiveField, Origin, Unreadable, WriteOnly
from tests.support import STAMP, desired, entry, observed, record, target
from tests.support.laws import tried
from tests.support.planning import planned_target, seen, wanted

TEXTS = ("about", "address", "description", "email")
TEXT = st.sampled_from(("", "New", "Old", "Older"))
LIVE: st.SearchStrategy[LiveField] = st.one_of(
    st.builds(Known, value=TEXT), st.just(WriteOnly()), st.just(Unreadable(reason="a timeout"))
)
FIELDS = st.dictionaries(st.sampled_from(TEXTS), TEXT)
SEEN = st.dictionaries(st.sampled_from(TEXTS), LIVE)
MAYBE = st.one_of(st.none(), TEXT)
RECORDS = st.builds(
    FieldRecord,
    field=st.sampled_from(TEXTS),
    state=st.sampled_from(RecordState),
    stamp=st.just(STAMP),
    sent=MAYBE,
    shown=MAYBE,
    intent=MAYBE,
    before=MAYBE,
    attempts=st.integers(0, 3),
)
MEMORY = st.one_of(st.none(), st.lists(RECORDS, max_size=4).map(lambda kept: entry().with_records(tuple(kept))))
MODES = st.sampled_from(Mode)


def planned_fields(made: TargetPlan) -> list[str]:
    return sorted(one.field for group in (made.differences, made.unchanged, made.unreadable) for one in group)


@given(fields=FIELDS, at=SEEN, memory=MEMORY)
@tried(100)
def test_a_plan_speaks_of_every_declared_field_once_and_of_no_other(
    fields: dict[str, Value], at: dict[str, LiveField], memory: LedgerEntry | None
) -> None:
    made = planned_target(wanted(fields), seen(at), memory)
    assert planned_fields(made) == sorted(fields)


@given(fields=FIELDS, memory=MEMORY)
@tried(80)
def test_a_profile_that_is_live_as_it_is_wanted_plans_nothing_whatever_is_remembered(
    fields: dict[str, Value], memory: LedgerEntry | None
) -> None:
    assert planned_target(wanted(fields), seen(fields), memory).differences == ()


@given(fields=FIELDS, at=SEEN)
@tried(80)
def test_without_memory_a_field_is_left_out_of_the_changes_only_when_it_is_live(
    fields: dict[str, Value], at: dict[str, LiveField]
) -> None:
    """A field that was not read is neither changed nor called in sync."""
    live = seen(at)
    made = planned_target(wanted(fields), live, None)
    unread = {name for name in fields if isinstance(live.get(name), Unreadable)}
    known = {name: one for name in fields if isinstance(one := live.get(name), Known)}
    assert {one.field for one in made.unreadable} == unread
    assert {one.field for one in made.unchanged} == {
        name for name, one in known.items() if is_same(fields[name], one.value)
    }
    assert made.complete is not bool(unread)


@given(fields=FIELDS, at=SEEN, memory=MEMORY)
@tried(80)
def test_a_change_is_to_the_declared_value_from_the_live_one(
    fields: dict[str, Value], at: dict[str, LiveField], memory: LedgerEntry | None
) -> None:
    """Nothing that a ledger holds is ever sent, and no change is one from a value to itself."""
    for one in planned_target(wanted(fields), seen(at), memory).changes:
        assert one.after == fields[one.field]
        assert at[one.field] in (one.before, WriteOnly())
        assert not (isinstance(one.before, Known) and is_same(one.before.value, one.after))


@given(
    profiles=st.lists(st.tuples(FIELDS, SEEN, MODES, MEMORY, st.booleans()), max_size=4),
    data=st.data(),
)
@tried(60)
def test_a_plan_does_not_know_the_order_of_its_inputs(
    profiles: list[tuple[dict[str, Value], dict[str, LiveField], Mode, LedgerEntry | None, bool]], data: st.DataObject
) -> None:
    profiles_wanted: list[Desired] = []
    live: dict[tuple[str, str, str], Live] = {}
    ledger: dict[tuple[str, str, str], LedgerEntry] = {}
    for number, (fields, at, mode, memory, is_read) in enumerate(profiles):
        to = target(f"shop-{number}", address=str(number))
        profiles_wanted.append(wanted(fields, mode, to=to))
        live |= {to.key: seen(at)} if is_read else {}
        ledger |= {to.key: memory} if memory is not None else {}
    shuffled, places = data.draw(st.permutations(profiles_wanted)), data.draw(st.permutations(list(live.items())))
    kept = data.draw(st.permutations(list(ledger.items())))
    one = plan(PlanInputs(tuple(profiles_wanted), live, ledger))
    other = plan(PlanInputs(tuple(shuffled), dict(places), dict(kept)))
    assert (other, other.digest) == (one, one.digest)


@given(fields=FIELDS, at=SEEN, memory=MEMORY, mode=st.sampled_from((Mode.OBSERVE, Mode.PAUSED)))
@settings(max_examples=40)
def test_a_profile_that_is_not_managed_never_has_anything_to_send(
    fields: dict[str, Value], at: dict[str, LiveField], memory: LedgerEntry | None, mode: Mode
) -> None:
    assert planned_target(wanted(fields, mode), seen(at), memory).changes == ()


@given(want=TEXT, at=st.builds(Known, value=TEXT))
@settings(max_examples=30)
def test_a_target_that_the_ledger_does_not_know_is_adopted_and_one_it_knows_is_not(want: str, at: Known) -> None:
    """At a known target, only a field that holds nothing yet is adopted without a word: nothing can be lost there."""
    fresh = planned_target(desired(about=want), observed(about=at), None)
    known = planned_target(desired(about=want), observed(about=at), entry(record("email", sent="a@b.example")))
    differs = want != at.value
    assert [one.origin for one in fresh.changes] == [Origin.ADOPTED] * differs
    assert [one.origin for one in known.changes] == [Origin.UNRECORDED if at.value else Origin.ADOPTED] * differs

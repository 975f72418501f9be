"""Memory that may be forged hides no drift and opens no gate: the kinds one by one, then as laws over all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import is_same, is_worth_keeping
from reconciler.core.comparing.spellings import is_benign
from reconciler.core.fields import Picture, Value
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState
from reconciler.core.planning.base import BaseProfile, BaseRevision
from reconciler.core.planning.field_plan import BY_MEMORY
from reconciler.core.planning.plan import Plan, PlanInputs, plan
from reconciler.core.planning.treatment import NO_CONSENT, Treatment, with_treatment
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.safety.gates import gates
from reconciler.core.settings import Policy
from reconciler.core.target import Assumed, Known, LiveField, Observed, Origin, WriteOnly
from tests.support import STAMP, asked, entry, picture, record, target
from tests.support.planning import grid, seen, wanted

WANTED, HACKED, OTHER = "Fresh bread", "Free bread!", "Fresh rolls"
LOGO, SWAPPED = picture("a", grid=grid(0)), picture("b", grid=grid(200))
NEAR = picture("c", grid=grid(180))


def forged(*records: FieldRecord) -> LedgerEntry:
    """Return an entry that no mark vouches for."""
    return replace(entry(*(replace(one, vouched=False) for one in records)), vouched=False)


def made(
    value: Value,
    live: LiveField | Value,
    known: LedgerEntry | None,
    *,
    base: Value | None = None,
    keyless: bool = False,
    field: str = "",
) -> Plan:
    """Plan one field against what was read, what is remembered, and what the base asked for."""
    name = field or ("picture" if isinstance(value, Picture) else "about")
    desired, read = wanted({name: value}), seen({name: live})
    key = desired.target.key
    at_base = BaseRevision("b" * 40, {key: BaseProfile(target(), {name: base})}) if base is not None else None
    ledger = {key: known} if known is not None else {}
    observed: dict[tuple[str, str, str], Observed] = {key: read}
    return plan(PlanInputs((desired,), observed, ledger, base=at_base, keyless=keyless))


def counted(found: Plan) -> bool:
    """True if drift counts the difference, whatever it calls it."""
    report = DriftReport(found, remembered=1)
    return bool(report.drifted or report.unexplained)


def sent_unasked(found: Plan) -> bool:
    """True if an apply that no person watches sends the change."""
    sending = with_treatment(found, NO_CONSENT, Treatment.SENT)
    stops = {gate.gate for gate in gates(found, Policy(), sending=sending)}
    return bool(sending) and "first-contact" not in stops


KINDS: dict[str, tuple[Value, Value, FieldRecord]] = {
    "the provider is said to show it so": (WANTED, HACKED, record(sent=WANTED, shown=HACKED)),
    "the provider is said to ignore the value": (
        WANTED,
        HACKED,
        record(state=RecordState.IGNORED, sent=WANTED, before=HACKED, attempts=2),
    ),
    "the picture is said to be served so": (LOGO, SWAPPED, record("picture", sent=LOGO, shown=SWAPPED)),
    "the picture is said to be served nearly so": (LOGO, SWAPPED, record("picture", sent=LOGO, shown=NEAR)),
    "it is said that another value was sent": (WANTED, HACKED, record(sent=HACKED, shown=HACKED)),
    "a write is said not to have shown yet": (
        WANTED,
        HACKED,
        record(state=RecordState.UNCONVERGED, sent=WANTED, before=HACKED, attempts=1),
    ),
    "a write is said to be open": (WANTED, HACKED, record(state=RecordState.UNSETTLED, intent=WANTED)),
    "the file is said to have asked for it": (WANTED, HACKED, replace(record(), asked=asked(WANTED, over=HACKED))),
    "the field is said to have been let go": (WANTED, HACKED, record(state=RecordState.RELEASED, sent=WANTED)),
}


@pytest.mark.parametrize("based", [False, True], ids=["no base", "base"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_forged_entry_hides_drift_or_has_it_overwritten_unasked(kind: str, *, based: bool) -> None:
    value, live, one = KINDS[kind]
    found = made(value, live, forged(one), base=value if based else None)
    assert counted(found)
    assert not sent_unasked(found)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "let go" not in kind])
def test_the_same_entry_with_a_mark_explains_the_difference(kind: str) -> None:
    """So what the test above holds is the mark, and nothing else. A field that was let go has no memory either way."""
    value, live, one = KINDS[kind]
    assert not counted(made(value, live, entry(one), base=value))


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_forged_entry_explains_is_told_by_memory(kind: str) -> None:
    value, live, one = KINDS[kind]
    (pair,) = made(value, live, forged(one)).changes
    assert pair[1].by_memory
    assert pair[1].note.endswith(BY_MEMORY)


def test_a_forged_entry_does_not_make_a_first_contact_a_known_value() -> None:
    """Without memory the gate asks, and an entry that says the value was ours does not change that."""
    for known in (None, forged(record(sent=HACKED, shown=HACKED)), forged(record(sent=OTHER, shown=HACKED))):
        found = made(WANTED, HACKED, known, base=OTHER)
        assert not sent_unasked(found), known
    assert sent_unasked(made(WANTED, HACKED, entry(record(sent=HACKED, shown=HACKED)), base=OTHER))


@pytest.mark.parametrize("sent", [WANTED, OTHER, HACKED])
@pytest.mark.parametrize("based", [False, True])
def test_a_forged_entry_of_what_cannot_be_read_neither_opens_the_gate_nor_keeps_an_edit(
    sent: str, *, based: bool
) -> None:
    found = made(WANTED, WriteOnly(), forged(record(sent=sent)), base=OTHER if based else None)
    assert not sent_unasked(found)
    assert bool(found.changes) is (based or sent != WANTED)
    (planned,) = found.targets
    assert all(one.by_memory and one.note.endswith(BY_MEMORY) for one in planned.unchanged)


def test_a_value_in_doubt_stays_in_doubt_if_only_a_forged_entry_says_that_it_was_ours() -> None:
    doubted = Known(value="", doubt="it may only be hidden")
    assert not sent_unasked(made(WANTED, doubted, forged(record(sent=OTHER, shown="")), base=OTHER))
    assert sent_unasked(made(WANTED, doubted, entry(record(sent=OTHER, shown="")), base=OTHER))


@pytest.mark.parametrize("sent", [OTHER, WANTED])
def test_without_a_key_git_vouches_for_what_the_base_held_and_a_run_recorded(sent: str) -> None:
    found = made(WANTED, WriteOnly(), forged(record(sent=sent)), base=OTHER, keyless=True)
    assert sent_unasked(found)
    ((_, change),) = found.changes
    assert change.before == (Assumed(OTHER, STAMP.at, STAMP.run) if sent == OTHER else Assumed(OTHER, ""))
    assert not made(WANTED, WriteOnly(), forged(record(sent=WANTED)), base=WANTED, keyless=True).targets[0].differences


def test_git_vouches_for_no_other_value_that_a_record_holds() -> None:
    """Neither the base nor the file asks for it, so only the record says that it was ours."""
    found = made(WANTED, WriteOnly(), forged(record(sent=HACKED)), base=OTHER, keyless=True)
    assert not sent_unasked(found)
    assert found.changes[0][1].by_memory


def test_what_a_forged_record_says_was_asked_for_leaves_a_conflict_one() -> None:
    one = replace(record(sent=OTHER, shown=OTHER), asked=asked(WANTED, over=HACKED))
    assert [made(WANTED, HACKED, known).changes[0][1].origin for known in (entry(one), forged(one))] == [
        Origin.PENDING,
        Origin.CONFLICT,
    ]


@pytest.mark.parametrize("keyless", [False, True])
def test_git_vouches_for_a_live_value_that_the_base_asked_for(*, keyless: bool) -> None:
    for live in (OTHER, f"{OTHER} "):
        found = made(WANTED, live, forged(record(sent=HACKED, shown=live)), base=OTHER, keyless=keyless)
        assert sent_unasked(found), live
        assert not found.changes[0][1].by_memory
    assert not sent_unasked(made(WANTED, HACKED, forged(record(sent=OTHER, shown=HACKED)), base=OTHER, keyless=True))


def test_what_is_sent_again_on_request_is_no_first_contact_where_live_has_it_already() -> None:
    desired, read, known = wanted({"about": WANTED}), seen({"about": WANTED}), forged(record(sent=WANTED, shown=WANTED))
    key = desired.target.key
    found = plan(PlanInputs((desired,), {key: read}, {key: known}, resend=("about",)))
    assert [change.origin for _, change in found.changes] == [Origin.RESENT]
    assert sent_unasked(found)


def test_a_picture_that_looks_the_same_is_not_called_in_sync_by_a_forged_entry() -> None:
    alike = picture("d", grid=grid(5))
    (planned,) = made(LOGO, alike, forged(record("picture", sent=LOGO, shown=alike))).targets
    assert [one.reason for one in planned.unchanged] == ["looks the same"]


TEXTS = st.sampled_from([WANTED, f"{WANTED} ", HACKED, OTHER, ""])
MAYBE = st.none() | TEXTS
RECORDS = st.builds(
    lambda state, values, attempts, was: replace(
        record(state=state, attempts=attempts, sent=values[0], shown=values[1], intent=values[2], before=values[3]),
        over=values[4],
        asked=asked(was[0], over=was[1]) if was[0] is not None else None,
        vouched=False,
    ),
    st.sampled_from(RecordState),
    st.tuples(MAYBE, MAYBE, MAYBE, MAYBE, MAYBE),
    st.integers(0, 3),
    st.tuples(MAYBE, MAYBE),
)


@given(TEXTS, TEXTS, MAYBE, RECORDS, st.booleans())
def test_whatever_a_forged_record_says_a_difference_counts_unless_the_files_explain_it(
    value: str, live: str, base: str | None, one: FieldRecord, keyless: bool
) -> None:
    found = made(value, live, forged(one), base=base, keyless=keyless)
    alike = is_same(value, live) or is_benign("about", value, live)
    at_base = base is not None and (is_same(base, live) or is_benign("about", base, live))
    if not found.changes:
        assert alike
    elif one.says_anything and not at_base:
        assert counted(found)
        assert not (sent_unasked(found) and is_worth_keeping("about", live))


@given(TEXTS, TEXTS, MAYBE, RECORDS)
def test_what_a_forged_record_has_sent_at_worst_is_what_the_file_says(
    value: str, live: str, base: str | None, one: FieldRecord
) -> None:
    for _, change in made(value, live, forged(one), base=base).changes:
        assert change.after == value
        assert change.origin is not Origin.RESENT


@given(TEXTS, MAYBE, RECORDS)
def test_a_vouched_record_of_the_same_words_never_says_less_than_a_forged_one(
    value: str, base: str | None, one: FieldRecord
) -> None:
    """Where live is what the file says, no memory is needed, and none makes a difference of it."""
    if one.intent is None:
        assert not made(value, value, forged(one), base=base).changes
        assert not made(value, value, entry(replace(one, vouched=True)), base=base).changes

"""Fitting: whole blocks in their order, and in numbers what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import error, warning
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.reports.command_reports import ValidateReport
from reconciler.core.reports.handover import COMMENT_BYTES, TEXT_BYTES
from reconciler.core.safety.gates import PlanReport, Tripped, gates
from reconciler.core.settings import Policy, Rule, SelfLabel
from reconciler.forge.text.pull_request import comment_body
from reconciler.render.markdown.plan import plan_sheet, validate_sheet
from reconciler.render.markdown.sheet import Block, Links, Sheet, fitted, items, section
from reconciler.render.pages import plan_page
from tests.support import change, planned, target
from tests.support.conversing import HOME, running
from tests.support.markdown import Shown

BLOCKS = st.lists(
    st.builds(
        Block,
        text=st.integers(1, 900).map(lambda size: "ß" * size),
        noun=st.sampled_from(["change", "note"]),
        instead=st.just("- x"),
        fields=st.integers(0, 3),
        follows=st.booleans(),
    ),
    max_size=12,
)


def fleet(size: int, *, text: str = "Fresh bread") -> PlanReport:
    """Return a plan of one change in each of so many profiles."""
    targets = tuple(
        planned(change(before=f"Old {n}", after=text), to=target(f"shop-{n:04}", address=f"{n}")) for n in range(size)
    )
    plan = Plan(targets=targets)
    return PlanReport(plan=plan, tripped=gates(plan, Policy(), sending=plan.changes))


def test_without_a_limit_everything_is_there() -> None:
    sheet = Sheet(lead="lead", blocks=(*items("note", ["a", "b"]), *section("More", items("note", ["c"]), below="why")))
    assert fitted(sheet) == "lead\n- a\n- b\n\n#### More\n\nwhy\n\n- c\n"


def test_what_is_left_out_is_said_in_numbers() -> None:
    changes = [
        Block(text="x" * 500, noun="change", instead="- x", fields=2, profiles=(name,)) for name in ("a", "b", "c")
    ]
    sheet = Sheet(lead="lead", blocks=(*changes, *items("note", ["a"])))
    text = fitted(sheet, 1_700, elsewhere="; the artifact has them")
    left = "**Not shown here:** 4 changes in 2 profiles, 1 note; the artifact has them."
    assert text == f"lead\n\n{'x' * 500}\n\n{left}\n"


def test_what_fits_on_no_page_is_named_in_one_line() -> None:
    changes = [Block(text="x" * size, noun="change", instead="- too large", fields=1) for size in (5_000, 10)]
    assert fitted(Sheet(lead="lead", blocks=tuple(changes)), 2_000) == f"lead\n\n- too large\n\n{'x' * 10}\n"


@given(BLOCKS, st.integers(1_010, 6_000))
def test_a_page_is_the_beginning_of_the_whole(blocks: list[Block], most: int) -> None:
    text = fitted(Sheet(lead="lead", blocks=tuple(blocks)), most)
    shown, _, left = text.partition("\n\n**Not shown here:** ")
    assert len(text.encode()) <= most
    whole = most - 4 - 1_000
    pieces = [block.text if len(block.text.encode()) < whole else block.instead for block in blocks]
    kept = [piece for piece in shown.rstrip("\n").split("\n") if piece][1:]
    assert kept == pieces[: len(kept)]
    assert bool(left) == (len(kept) < len(pieces))


def test_five_thousand_changes_fit_into_a_comment_and_the_rest_is_counted() -> None:
    report = fleet(5_000)
    sheet = plan_sheet(report, Links())
    page = plan_page(report, sheet, exit_code=0)
    shown = Shown(page.text)
    folds = shown.elements.count("details")
    left = 5_000 - folds
    assert len(page.text.encode()) <= TEXT_BYTES
    assert folds > 50
    assert f"Not shown here: {left:,} changes in {left:,} profiles; the job's summary and the artifact" in shown.text
    assert "… and 4,950 more profiles with changes." in shown.text
    assert (shown.foreign, shown.open) == ([], [])
    body = comment_body(page, running())
    assert len(body.encode()) <= COMMENT_BYTES
    # Where anything above were left open, what stands below would be no link.
    assert (Shown(body).links, Shown(body).open) == ([f"{HOME}/actions/runs/17"], [])


def test_a_profile_that_is_too_large_is_named_with_its_fields() -> None:
    report = fleet(2, text="x" * 60_000)
    page = plan_page(report, plan_sheet(report, Links()), exit_code=0)
    assert "- `profiles/shop-0001.yaml`: `about` (too large to be shown here)" in page.text
    assert len(page.text.encode()) <= TEXT_BYTES


def test_many_warnings_leave_room_for_what_they_are_not_about() -> None:
    wrong = (
        *(warning(f"long-{n}", f"text {n} may be too long") for n in range(2_000)),
        error("broken", "this is broken"),
    )
    report = fleet(1)
    report = replace(report, plan=replace(report.plan, diagnostics=wrong))
    sheet = plan_sheet(report, Links())
    text = plan_page(report, sheet, exit_code=1).text
    parts = ("this is broken", "`Fresh bread`", "More errors and warnings", "Not shown here")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert len(text.encode()) <= TEXT_BYTES
    assert fitted(sheet).count("may be too long") == 2_000


def test_a_lead_is_bounded_however_long_the_names_are() -> None:
    targets = tuple(planned(change(after=f"{n}"), to=target(f"{'x' * 900}-{n}", address=f"{n}")) for n in range(60))
    sheet = plan_sheet(PlanReport(plan=Plan(targets=targets)), Links())
    assert len(sheet.lead.encode()) < 20_000
    assert "more profiles with changes." in sheet.lead


def test_a_hint_of_several_readings_has_a_line_for_each() -> None:
    hint = 'with the hash: about: "Fresh #berlin"\nas a comment:  about: Fresh  # berlin'
    report = ValidateReport(profiles=0, diagnostics=(error("hash-in-text", "about is cut", hint=hint),))
    text = fitted(validate_sheet(report, Links()))
    assert [line.count("<br>") for line in text.splitlines() if "about is cut" in line] == [2]


@pytest.mark.parametrize(("rule", "own"), [(SelfLabel.DENY, True), (SelfLabel.ALLOW, False)])
def test_whose_labels_count_is_said_by_the_policy_that_counts(rule: SelfLabel, own: bool) -> None:
    clear = Tripped(
        "clear", Rule.ASK, "address of 1 profile would be emptied", "--allow clear lets this one run pass; x"
    )
    report = replace(fleet(1), tripped=(clear,), consent=Consent(replace(Policy(), self_label=rule)))
    shown = fitted(plan_sheet(report, Links()))
    assert "A label counts if it was added after the plan of the last push had ended" in shown
    assert ("pushed last to it, do not count" in shown) is own

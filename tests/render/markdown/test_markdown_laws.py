"""What holds for every page, whatever is in the report."""

from __future__ import annotations

from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet, problems_sheet, validate_sheet
from reconciler.render.markdown.sheet import Links, Sheet, fitted
from reconciler.render.pages import commands
from tests.render.test_laws import GOLDEN, poisoned
from tests.support.laws import tried
from tests.support.markdown import Shown
from tests.support.reports import (
    RAW,
    Report,
    apply_reports,
    diagnostics,
    drift_reports,
    plan_reports,
    validate_reports,
)

LAW = tried(80)
# Each is an attempt at something else; what is not ASCII is what a terminal must not see either.
MARK = (
    "`|\\@octocat #1 GH-1 www.x.example <img src=x> <!-- </details> **b** [x](y) "
    "```\n# x\n- x\n\u202e\x1b[2J :smile: $x$ "
)
ANY = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(MARK.split(" "))
LINKS = Links(repository="https://github.com/goldcrust/profiles", commit="c" * 40, folder="shops/")


def sheet(report: Report, links: Links) -> Sheet:
    """Return everything that a report's page may say."""
    match report:
        case PlanReport():
            return plan_sheet(report, links)
        case ApplyReport():
            return apply_sheet(report, links)
        case DriftReport():
            return drift_sheet(report, links)
        case ValidateReport():
            return validate_sheet(report, links)
        case ShowReport():
            return problems_sheet((), links)
        case _:
            assert_never(report)


def check_page(report: Report) -> None:
    """A page is made of our own elements, links to our own repository only, and hides nothing."""
    plain, linked = (fitted(sheet(report, links)) for links in (Links(), LINKS))
    shown = Shown(plain)
    assert shown.foreign == []
    assert shown.links == []
    assert shown.referring == []
    assert shown.open == []
    assert RAW.findall(plain) == []
    assert "<!--" not in plain
    also = Shown(linked)
    assert (also.foreign, also.referring, also.open) == ([], [], [])
    assert [link for link in also.links if not link.startswith(f"{LINKS.repository}/")] == []


PAGED = st.one_of(plan_reports(ANY), apply_reports(ANY), drift_reports(ANY), validate_reports(ANY))


@given(PAGED)
@LAW
def test_every_page_is_made_of_what_is_ours(report: Report) -> None:
    check_page(report)


@pytest.mark.parametrize("report", GOLDEN)
def test_no_text_of_a_case_does_anything_on_its_page(report: Report) -> None:
    hostile, harmless = poisoned(report, MARK), poisoned(report, "-")
    assert isinstance(hostile, PlanReport | ApplyReport | DriftReport | ShowReport)
    assert isinstance(harmless, type(hostile))
    check_page(hostile)
    # How many rows a lead has depends on how long they are.
    rows = [Shown(fitted(Sheet(lead="", blocks=sheet(one, Links()).blocks))) for one in (hostile, harmless)]
    assert len(rows[0].cells) == len(rows[1].cells)


@given(PAGED, st.integers(0, 6_000))
@LAW
def test_a_page_that_does_not_fit_is_a_whole_one_all_the_same(report: Report, most: int) -> None:
    made = sheet(report, Links())
    text = fitted(made, most)
    shown = Shown(text)
    assert (shown.foreign, shown.open) == ([], [])
    assert text.startswith(made.lead)
    assert len(text.encode()) <= max(most, len(made.lead.encode()) + 1_000)


@given(
    st.lists(diagnostics(ANY | st.sampled_from(["::error::x", "##[error]x", "%0A::error::x", "\n::stop-commands::x"])))
)
@LAW
def test_an_annotation_is_one_command(found: list[Diagnostic]) -> None:
    placed = [one for one in found if one.location.file]
    lines = commands(found).split("\n") if placed else []
    # The order is that of the kinds, and of each kind ten at most.
    kinds = [[one for one in placed if one.severity is kind] for kind in Severity]
    assert len(lines) == sum(min(len(kind), 10) for kind in kinds)
    expected = [one for kind in kinds for one in kind[:10]]
    for line, one in zip(lines, expected, strict=True):
        name, _, rest = line.removeprefix("::").partition(" ")
        properties, _, message = rest.partition("::")
        assert name == one.severity
        assert "##[" not in line
        assert line.isprintable() or not RAW.findall(line)
        assert {pair.partition("=")[0] for pair in properties.split(",")} <= {"file", "line", "col", "title"}
        assert message.count("%") == message.count("%0A") + message.count("%25")

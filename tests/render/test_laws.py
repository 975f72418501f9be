"""What holds for every report, whatever is in it."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import assert_never

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from reconciler.core.basics import exit_code
from reconciler.core.planning.document import plan_schema
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport
from reconciler.render.json import apply_json, drift_json, dumps, plan_json, record_json, validate_json
from reconciler.render.safe_text import Inert
from reconciler.render.text.apply import apply_text
from reconciler.render.text.causes import diagnostics_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text, validate_text
from reconciler.render.text.show import show_json, show_text
from tests.support.cases import Case, cases
from tests.support.laws import tried
from tests.support.reports import (
    RAW,
    Report,
    apply_reports,
    drift_reports,
    plan_reports,
    reports,
    show_reports,
    validate_reports,
)

ANY = st.text(st.characters(exclude_categories=()), max_size=8)
# A colour, the title of a window, a control of eight bits, a turn of direction, half a character, a command, and lines.
MARK = "\x1b[31m\x1b]0;x\x07\x9b2J\u202e\u200b\ud800##[error]\r\n::error::x\u2028::error::"
SCHEMA = Draft202012Validator(plan_schema())
LAW = tried(150)


def as_text(report: Report, *, width: int = 100) -> str:
    """Return the report as its command prints it."""
    match report:
        case PlanReport():
            return plan_text(report)
        case ApplyReport():
            return apply_text(report)
        case DriftReport():
            return drift_text(report)
        case ShowReport():
            return show_text(report, width=width)
        case ValidateReport():
            return validate_text(report)
        case _:
            assert_never(report)


def as_json(report: Report) -> Inert:
    """Return the report as its command prints it with --json."""
    match report:
        case PlanReport():
            return dumps(plan_json(report))
        case ApplyReport():
            return dumps({"apply": apply_json(report), "record": record_json(report)})
        case DriftReport():
            return dumps(drift_json(report))
        case ShowReport():
            return dumps(show_json(report))
        case ValidateReport():
            return dumps(validate_json(report))
        case _:
            assert_never(report)


def poisoned(value: object, mark: str) -> object:
    """Return `value` with `mark` before every text in it; enums are ours and stay."""
    if type(value) is str:
        return mark + value
    if isinstance(value, tuple):
        return tuple(poisoned(item, mark) for item in value)
    names = [*type(value).model_fields] if isinstance(value, BaseModel) else []
    names += [one.name for one in fields(value)] if is_dataclass(value) else []
    return type(value)(**{name: poisoned(getattr(value, name), mark) for name in names}) if names else value


GOLDEN: list[Report] = [
    *(Case(folder).plan_report() for folder in cases("plan")),
    *(Case(folder).apply_report() for folder in cases("apply")),
    *(Case(folder).drift_report() for folder in cases("drift")),
    *(Case(folder).show_report() for folder in cases("show")),
]


@given(reports(ANY), st.integers(20, 200))
@LAW
def test_no_report_makes_rendering_fail(report: Report, width: int) -> None:
    shown, document = click.unstyle(as_text(report, width=width)), as_json(report)
    assert RAW.findall(shown) == []
    assert document.isascii()
    assert isinstance(json.loads(document), dict)


def check_harmless(report: Report) -> None:
    """No raw character of the mark is in the text, and whatever is JSON is plain ASCII without a command."""
    shown, document = as_text(report), as_json(report)
    assert RAW.findall(click.unstyle(shown)) == []
    assert "\x1b[31m\x1b]" not in shown
    assert RAW.findall(document) == []
    assert document.isascii()
    assert "##[" not in document
    assert [line for line in document.split("\n") if line.strip().startswith("::")] == []


@pytest.mark.parametrize("report", GOLDEN)
def test_no_text_of_a_case_reaches_a_person_as_it_is(report: Report) -> None:
    hostile = poisoned(report, MARK)
    assert isinstance(hostile, PlanReport | ApplyReport | DriftReport | ShowReport)
    check_harmless(hostile)


@given(reports(st.just(MARK)))
@LAW
def test_no_text_at_all_reaches_a_person_as_it_is(report: Report) -> None:
    check_harmless(report)


@pytest.mark.parametrize("mark", ["\x1b[31m", "\x1b[0m\x1b[8m", "\x1b[2J"])
@pytest.mark.parametrize("report", GOLDEN)
def test_only_our_own_colours_are_in_the_text(report: Report, mark: str) -> None:
    """Taking colours out would hide a foreign one too, so they are counted: as many as with harmless texts."""
    hostile, harmless = poisoned(report, mark), poisoned(report, "-")
    assert isinstance(hostile, PlanReport | ApplyReport | DriftReport | ShowReport)
    assert isinstance(harmless, type(hostile))
    assert as_text(hostile).count("\x1b") == as_text(harmless).count("\x1b")


@given(plan_reports(ANY))
@LAW
def test_every_plan_document_is_as_its_schema_says(report: PlanReport) -> None:
    SCHEMA.validate(json.loads(as_json(report)))


@given(reports(ANY))
@LAW
def test_the_same_report_is_the_same_bytes(report: Report) -> None:
    again = deepcopy(report)
    assert (as_json(again), as_text(again)) == (as_json(report), as_text(report))


@given(st.one_of(plan_reports(ANY), apply_reports(ANY), drift_reports(ANY), show_reports(ANY), validate_reports(ANY)))
@LAW
def test_json_says_the_exit_code_of_the_report(report: Report) -> None:
    document = json.loads(as_json(report))
    said = document.get("apply", document)
    assert (said["exit_code"], said["reasons"]) == (exit_code(report.reasons), sorted(report.reasons))


@given(validate_reports(ANY))
@LAW
def test_every_problem_is_said_with_its_code(report: ValidateReport) -> None:
    """Verbose, each stands for itself; a hint is ours, and may have several lines."""
    lines = click.unstyle(diagnostics_text(report.diagnostics, verbose=True)).splitlines()
    hints = [diagnostic.hint.split("\n") for diagnostic in report.diagnostics if diagnostic.hint]
    assert len(lines) == len(report.diagnostics) + sum(map(len, hints))

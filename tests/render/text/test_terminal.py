from __future__ import annotations

from dataclasses import replace

import click
import pytest

from reconciler.core.basics import Diagnostic, Location, count, error, notice, warning
from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import Picture, Value
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Change, Linked, Origin
from reconciler.render.text.apply import apply_text
from reconciler.render.text.causes import diagnostics_text
from reconciler.render.text.changes import change_lines, value_lines
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text, validate_text
from reconciler.render.text.show import show_text
from reconciler.render.words import listed
from tests.support import change, desired, observed, picture, planned, target

AT = Location(file="profiles/berlin.yaml", line=6, column=3)
IN_SYNC = replace(planned(), unchanged=(UnchangedField(field="about", reason=SameReason.IN_SYNC),))


@pytest.mark.parametrize(
    ("profiles", "diagnostics", "summary"),
    [
        (3, (), "3 profiles checked: no problems."),
        (1, (), "1 profile checked: no problems."),
        (0, (), "Nothing is selected."),
        (2, (error("a", "x"),), "1 error; 2 profiles are sound."),
        (1, (error("a", "x"), error("b", "x"), warning("c", "x")), "2 errors, 1 warning; 1 profile is sound."),
        (0, (error("a", "x"),), "1 error; no profile is sound."),
        (4, (warning("a", "x"), notice("b", "x"), notice("c", "x")), "1 warning, 2 notices; 4 profiles are sound."),
    ],
)
def test_a_validation_ends_with_what_was_found(
    profiles: int, diagnostics: tuple[Diagnostic, ...], summary: str
) -> None:
    text = validate_text(ValidateReport(profiles=profiles, diagnostics=diagnostics))
    assert text.splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("problem", "lines"),
    [
        (
            error("too-long", "about is 151 characters", hint="shorten it by 12", location=AT),
            ["profiles/berlin.yaml:6:3: error: about is 151 characters [too-long]", "    shorten it by 12"],
        ),
        (warning("no-place", "x", location=Location(file="a.yaml")), ["a.yaml: warning: x [no-place]"]),
        (
            warning("ways", "x", hint="one: \x1b[2J\nother: b"),
            ["warning: x [ways]", "    one: ⟨U+001B⟩[2J", "    other: b"],
        ),
        (notice("n", "two\nlines"), [r"notice: two\nlines [n]"]),
    ],
)
def test_a_problem_says_where_what_and_what_to_do(problem: Diagnostic, lines: list[str]) -> None:
    assert click.unstyle(diagnostics_text([problem])).splitlines() == lines


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("", ["(empty)"]),
        ((), ["(empty)"]),
        ("(empty)", ['"(empty)"']),
        ("one\n\ntwo\n", ['"one', " ", " two", ' "']),
        (("https://a.example", ""), ['"https://a.example"', '""']),
        (picture(), ["pictures/logo.png, 640 × 640 PNG, 2 KiB"]),
        (
            Picture(sha256="b" * 64, mime="image/jpeg", size=1023, width=1, height=2, grid=""),
            ["a picture, 1 × 2 JPEG, 1023 bytes"],
        ),
    ],
)
def test_a_value_is_at_least_one_line(value: Value, lines: list[str]) -> None:
    assert list(value_lines(value)) == lines


def test_every_origin_has_its_words() -> None:
    assert set(ORIGINS) == set(Origin)


@pytest.mark.parametrize(
    ("one", "first"),
    [
        (change(origin=Origin.ADOPTED), "  + about        newly managed"),
        (
            change(before="Old", origin=Origin.ADOPTED),
            "  ~ about        newly managed: the live value shown here will be overwritten",
        ),
        (change(before="Old", after="", origin=Origin.PENDING), "  - about        asked for before, not live yet"),
        (
            change(before="Old", origin=Origin.CONFLICT),
            "  ~ about        changed in the files and elsewhere; applying overwrites the live value",
        ),
    ],
)
def test_the_first_line_of_a_change_says_field_and_why(one: Change, first: str) -> None:
    assert click.unstyle(next(iter(change_lines(one)))) == first


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (change("about", after="Brot"), ' "Brot" (4 of 139 characters)'),
        (change("description", after="Brot\nKuchen"), '  Kuchen" (11 of 512 characters)'),
        (change("email", after="a@b.example"), ' "a@b.example"'),
        (change("about", after=("not", "a text")), ' "a text"'),
        (change("about", before="Old", after=""), " (empty)"),
        (change("unheard-of", after="x"), ' "x"'),
    ],
)
def test_a_text_says_how_long_it_is_and_may_be(one: Change, counted: str) -> None:
    *_, last = change_lines(one)
    assert click.unstyle(last) == f"      +{counted}"


def test_a_very_long_list_of_profiles_is_cut_and_says_so() -> None:
    names = tuple(f"shop-{n}" for n in range(12))
    gate = Tripped(gate="bulk", rule=Rule.WARN, summary="many", hint="hint", profiles=names)
    text = click.unstyle(plan_text(PlanReport(plan=Plan(targets=()), tripped=(gate,))))
    assert text.splitlines() == [
        "Gates that pass:",
        "  bulk (only warns): many",
        "      in shop-0, shop-1, shop-2, shop-3, shop-4, shop-5, shop-6, shop-7, shop-8, shop-9 and 2 more",
        "      hint",
        "",
        "Nothing is selected.",
    ]


@pytest.mark.parametrize(("names", "text"), [((), ""), (("a",), "a"), (("a", "b", "c"), "a, b and 1 more")])
def test_names_read_out(names: tuple[str, ...], text: str) -> None:
    assert listed(names, most=2) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 changes"), (1, "1 change"), (2, "2 changes")])
def test_numbers_have_their_noun(number: int, text: str) -> None:
    assert count(number, "change") == text


def test_a_plan_with_an_error_never_says_that_there_is_nothing_to_do() -> None:
    report = PlanReport(plan=Plan(targets=(IN_SYNC,), diagnostics=(error("x", "wrong"),)))
    assert plan_text(report).splitlines()[-1] == "Nothing is planned: 1 in sync."


@pytest.mark.parametrize(
    ("targets", "summary"),
    [
        ((planned(),), "Nothing to do: 1 manages nothing."),
        ((planned(), planned()), "Nothing to do: 2 manage nothing."),
        ((IN_SYNC, planned()), "Nothing to do: 1 in sync, 1 manages nothing."),
        ((planned(change()), planned()), "1 manages nothing"),
        ((planned(status=TargetStatus.PAUSED),), "Nothing to do: 1 paused."),
    ],
)
def test_what_manages_nothing_is_not_called_in_sync(targets: tuple[TargetPlan, ...], summary: str) -> None:
    assert plan_text(PlanReport(plan=Plan(targets=targets))).splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("targets", "summary"),
    [
        ((), "Nothing is selected."),
        ((planned(status=TargetStatus.PAUSED),), "Drift: nothing was looked at; every selected profile is paused."),
        ((planned(), planned(status=TargetStatus.PAUSED)), "Drift: none in 1 profile."),
        ((planned(change(origin=Origin.DRIFTED)), planned()), "Drift: 1 difference (1 left alone) in 2 profiles."),
        ((planned(change(), change(origin=Origin.ADOPTED)),), "Drift: none in 1 profile, 1 newly managed, 1 pending."),
        ((planned(status=TargetStatus.UNREADABLE),), "Drift: not known; 1 profile could not be read."),
        (
            (planned(), planned(), planned(status=TargetStatus.UNREADABLE)),
            "Drift: none in 2 profiles; 1 profile could not be read.",
        ),
        (
            (replace(planned(), unreadable=(UnreadableField("about", "it was not read"),)), planned()),
            "Drift: none in 2 profiles; not everything could be read.",
        ),
        (
            (planned(change(origin=Origin.DRIFTED), status=TargetStatus.BLOCKED),),
            "Drift: 1 difference (1 cannot be written) in 1 profile.",
        ),
        (
            (planned(change(origin=Origin.CONFLICT), change("email", origin=Origin.UNRECORDED, before="Old")),),
            "Drift: 1 difference (1 left for a person) in 1 profile, 1 unrecorded.",
        ),
    ],
)
def test_a_look_at_drift_ends_with_what_was_found(targets: tuple[TargetPlan, ...], summary: str) -> None:
    assert drift_text(DriftReport(plan=Plan(targets=targets))).splitlines()[-1] == summary


def test_drift_of_an_empty_field_says_that_it_is_empty() -> None:
    report = DriftReport(plan=Plan(targets=(planned(change(origin=Origin.DRIFTED)),)))
    assert click.unstyle(drift_text(report)).splitlines()[4:6] == [
        "      live: (empty)",
        '      file: "New" (3 of 139 characters)',
    ]


def test_an_apply_that_a_signal_ended_says_so_also_where_everything_had_been_sent() -> None:
    record = RunRecord(run="r", commit="", started="", finished="", digest="", outcomes=(), interrupted="SIGTERM")
    outcome = Outcome(target=target(), fields=(FieldOutcome(field="about", status=FieldStatus.APPLIED),))
    report = ApplyReport(plan=Plan(targets=()), outcomes=(outcome,), record=record, signal=15)
    assert apply_text(report).splitlines()[-1] == "Interrupted by SIGTERM: everything had been sent."
    unsent = replace(outcome, fields=(*outcome.fields, FieldOutcome(field="email", status=FieldStatus.NOT_SENT)))
    cut = replace(report, outcomes=(unsent,))
    assert apply_text(cut).splitlines()[-1] == "Interrupted by SIGTERM: what had not begun was not sent."
    assert "Interrupted" not in apply_text(replace(report, signal=0))


def test_what_is_said_of_the_whole_target_is_not_said_of_each_field() -> None:
    fields = (
        FieldOutcome(field="about", status=FieldStatus.NOT_SENT, detail="moved"),
        FieldOutcome(field="email", status=FieldStatus.LEFT_ALONE, detail="drifted"),
    )
    outcome = Outcome(target=target(), fields=fields, detail="moved", skipped=True)
    text = click.unstyle(apply_text(ApplyReport(plan=Plan(targets=()), outcomes=(outcome,))))
    assert text.splitlines() == [
        "berlin (+493012345678): skipped: moved",
        "  · about        not sent",
        "  · email        left alone: drifted",
        "",
        "Nothing was written · 1 not sent · 1 left alone",
    ]


@pytest.mark.parametrize("width", [110, 140])
def test_nothing_of_a_table_is_cut_off(width: int) -> None:
    """What is too wide goes on in the next line: the column holds every character of its value."""
    link = "https://goldcrust.example/a-long-way-to/the-bread"
    live = observed(websites=(link,))
    report = ShowReport(desired=desired(websites=(link,)), live=live, entry=None, planned=planned(reason="why not"))
    _, header, rule, *rows, mode, reason = show_text(report, width=width).splitlines()
    assert max(map(len, (header, rule, *rows))) <= width
    for begins, ends in (("desired", "live"), ("live", "memory")):
        column = slice(header.index(begins), header.index(ends))
        assert "".join(row[column].strip() for row in rows) == f'"{link}"'
    assert (mode, reason) == ("mode: managed", "why not")


@pytest.mark.parametrize("width", [20, 60, 109])
def test_in_a_narrow_window_nothing_is_cut_off_or_broken(width: int) -> None:
    """A link that is wider than the window is whole, so that it can be copied."""
    link = "https://goldcrust.example/a-long-way-to/the-bread"
    live = observed(websites=(link,))
    report = ShowReport(desired=desired(websites=(link,)), live=live, entry=None, planned=planned(reason="why not"))
    shown = click.unstyle(show_text(report, width=width)).splitlines()
    assert [line for line in shown if len(line) > width and link not in line] == []
    assert [line.strip() for line in shown if link in line] == [f'desired: "{link}"', f'live:    "{link}"']
    assert shown[-2:] == ["mode: managed", "why not"]


def test_a_picture_that_was_not_downloaded_was_not_read() -> None:
    live = observed(picture=Linked(url="https://x.whatsapp.net/p"))
    report = ShowReport(desired=desired(picture=picture()), live=live, entry=None, planned=planned())
    assert "(not read)" in show_text(report, width=140).splitlines()[3]

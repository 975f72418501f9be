"""What many profiles have from one cause is told once, in every output; a verbose text lists them all."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from reconciler.core.basics import Cause, Diagnostic, Location, error, warning
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ValidateReport
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Origin, Unknown
from reconciler.render.json import apply_json, drift_json, plan_json
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet, validate_sheet
from reconciler.render.markdown.sheet import Links, fitted
from reconciler.render.text.apply import apply_text
from reconciler.render.text.causes import diagnostics_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text, validate_text
from reconciler.render.words import day_words, note_words
from tests.support import change, planned, target

EXPIRED = Cause("Session has expired", code="190/463", hint="make a new one", credential="META_TOKEN")
NAMES = tuple(f"shop-{n:03}" for n in range(300))
FIRST_TEN = ", ".join(NAMES[:10])
SINCE = "2026-08-02T09:30:00Z"


def unread(name: str, number: int = 0) -> TargetPlan:
    cause = replace(EXPIRED, trace=f"T{number}")
    one = planned(to=target(name, address=name), status=TargetStatus.UNREADABLE, reason=cause.text())
    return replace(one, cause=cause)


def dead(many: int = 300) -> Plan:
    return Plan(targets=tuple(unread(name, n) for n, name in enumerate(NAMES[:many])))


def quiet(name: str, *fields: UnchangedField, notes: tuple[str, ...] = (), offline: bool = False) -> TargetPlan:
    return replace(planned(to=target(name, address=name), offline=offline), unchanged=fields, notes=notes)


def assumed(name: str, since: str = SINCE, *, offline: bool = False) -> TargetPlan:
    fields = (UnchangedField(field, SameReason.ASSUMED, since=since, run="12") for field in ("about", "email"))
    return quiet(name, *fields, offline=offline)


def text(found: Plan, *, verbose: bool = False) -> list[str]:
    return click.unstyle(plan_text(PlanReport(plan=found), verbose=verbose)).splitlines()


def page(found: Plan) -> str:
    return fitted(plan_sheet(PlanReport(plan=found), Links()))


def test_a_dead_token_is_told_once_with_its_variable_and_the_first_ten() -> None:
    told = [
        "  300 profiles of account bakery: Session has expired [190/463]",
        "      the credential: META_TOKEN",
        "      → make a new one",
        f"      {FIRST_TEN} and 290 more (-v lists them)",
    ]
    assert text(dead()) == [
        "Could not be read; nothing is planned for what is named here:",
        *told,
        "",
        "Nothing is planned: 300 could not be read.",
    ]
    drift = click.unstyle(drift_text(DriftReport(plan=dead()))).splitlines()
    assert drift[1:5] == told


def test_a_verbose_text_lists_every_profile_with_its_call() -> None:
    shown = text(dead(), verbose=True)
    call = "Session has expired [190/463, META_TOKEN, trace T299] (make a new one)"
    assert f"      shop-299 (+493012345678): {call}" in shown
    assert not any("-v lists them" in line for line in shown)


def test_a_verbose_text_repeats_the_reason_of_each_where_no_call_has_a_name() -> None:
    found = [replace(one, reason=f"no key for {one.target.profile}", cause=Cause("no key")) for one in dead(2).targets]
    assert text(Plan(targets=tuple(found)), verbose=True)[2:4] == [
        "      shop-000 (+493012345678): no key for shop-000",
        "      shop-001 (+493012345678): no key for shop-001",
    ]


def test_a_page_tells_a_cause_once_too() -> None:
    names = ", ".join(f"`{name}`" for name in NAMES[:10])
    line = (
        "- **300 profiles** of account bakery: Session has expired `[190/463]`<br>the credential: `META_TOKEN`"
        f"<br>→ make a new one<br>{names} and 290 more"
    )
    for shown in (page(dead()), fitted(drift_sheet(DriftReport(plan=dead()), Links()))):
        assert line in shown
        assert shown.count("Session") == 1


def test_a_document_keeps_every_target_and_has_the_groups() -> None:
    for found in (plan_json(PlanReport(plan=dead())), apply_json(ApplyReport(plan=dead()))):
        assert len(found["targets"]) == 300
        assert [(one["status"], len(one["profiles"])) for one in found["causes"]] == [("not read", 300)]
    drift = drift_json(DriftReport(plan=dead()))
    assert (len(drift["unreadable"]), len(drift["causes"])) == (300, 1)


def test_a_field_of_several_profiles_is_named_and_one_profile_stands_as_before() -> None:
    gone = Cause("HTTP 502")
    one = replace(unread("a"), status=TargetStatus.PLANNED, reason="", cause=None)
    fields = UnreadableField("picture", "HTTP 502", gone), UnreadableField("about", "no text")
    found = Plan(
        targets=tuple(
            replace(one, target=target(name, address=name), unreadable=fields[:n]) for name, n in (("a", 1), ("b", 2))
        )
    )
    assert text(found)[1:5] == [
        "  picture of 2 profiles of account bakery: HTTP 502",
        "      a, b",
        "  profiles/a.yaml (+493012345678, account bakery, meta at sandbox)",
        "      about: no text",
    ]
    assert "- `picture` of **2 profiles** of account bakery: HTTP 502<br>`a`, `b`" in page(found)


def test_fields_that_are_assumed_take_one_line_and_a_verbose_text_lists_them() -> None:
    later = "2026-09-03T09:30:00Z"
    found = Plan(targets=tuple(assumed(name, later if n else SINCE) for n, name in enumerate(NAMES[:100])))
    line = "  200 fields of 100 profiles assumed since 2 August 2026 (cannot be read back) (-v lists them)"
    assert text(found)[:3] == ["Also:", line, ""]
    shown = text(found, verbose=True)
    words = "about, email: assumed, for it cannot be read back (sent 3 September 2026, 09:30 UTC by run 12)"
    assert shown.count(f"      {words}") == 99
    assert text(Plan(targets=found.targets[1:2]))[2] == f"      {words}"


def test_values_that_were_not_read_say_why_they_are_assumed() -> None:
    found = Plan(targets=(assumed("a", "", offline=True), assumed("b", "", offline=True)))
    assert "  4 fields of 2 profiles assumed (not read) (-v lists them)" in text(found)


@pytest.mark.parametrize(
    ("at", "words"), [(SINCE, "2 August 2026"), ("2026-12-31", "31 December 2026"), ("then", "then"), ("", "")]
)
def test_a_day_is_written_as_people_write_it(at: str, words: str) -> None:
    assert day_words(at) == words


@pytest.mark.parametrize(
    ("note", "words", "days"),
    [
        (f"last in sync {SINCE}", "last in sync 2 August 2026, 09:30 UTC", "last in sync 2 August 2026"),
        (f"sent {SINCE} by run 12", "sent 2 August 2026, 09:30 UTC by run 12", "sent 2 August 2026 by run 12"),
        # What a note quotes stays as it is, and so does what is no time.
        (f'live: "{SINCE}"', f'live: "{SINCE}"', f'live: "{SINCE}"'),
        (
            "last in sync 2026-99-99T09:30:00Z",
            "last in sync 2026-99-99, 09:30 UTC",
            "last in sync 2026-99-99T09:30:00Z",
        ),
    ],
)
def test_the_times_of_a_note_are_written_as_people_write_them(note: str, words: str, days: str) -> None:
    assert (note_words(note), note_words(note, clock=False)) == (words, days)


def test_a_note_of_several_profiles_is_told_once() -> None:
    cannot = UnchangedField("webhook", SameReason.CANNOT_TELL)
    found = Plan(targets=tuple(quiet(name, cannot, notes=("old version",)) for name in NAMES[:12]))
    ten = f"      {FIRST_TEN} and 2 more (-v lists them)"
    assert text(found)[:5] == [
        "Also:",
        "  12 profiles: old version",
        ten,
        "  12 profiles: webhook: cannot tell whether it changed",
        ten,
    ]
    assert sum("old version" in line for line in text(found, verbose=True)) == 12
    assert page(found).count("old version") == 1
    assert "- **12 profiles** (`profiles/shop-000.yaml`, " in page(found)


def test_profiles_that_lack_the_same_fields_are_told_together() -> None:
    new = change(before=Unknown(), origin=Origin.ADOPTED)
    found = DriftReport(plan=Plan(targets=tuple(planned(new, to=target(name, address=name)) for name in "abc")))
    assert click.unstyle(drift_text(found)).splitlines()[1:3] == ["  3 profiles: about", "      a, b, c"]
    assert len(click.unstyle(drift_text(found, verbose=True)).splitlines()) == 9
    shown = fitted(drift_sheet(found, Links()))
    assert "- **3 profiles** (`profiles/a.yaml`, `profiles/b.yaml`, `profiles/c.yaml`): `about`" in shown


SMALL = Cause("The image is smaller than 192 x 192", code="100/2388103", hint="use a larger picture")


def applied(*names: str) -> ApplyReport:
    picture = FieldOutcome("picture", FieldStatus.FAILED, detail=SMALL.text(), cause=SMALL)
    about = FieldOutcome("about", FieldStatus.APPLIED)
    outcomes = [
        Outcome(target(name, address=name), (picture,) if name != "kiel" else (about, picture)) for name in names
    ]
    return ApplyReport(plan=Plan(targets=()), outcomes=tuple(outcomes))


def test_profiles_of_which_the_same_fields_were_applied_are_one_entry_and_the_others_are_told() -> None:
    fields = FieldOutcome("about", FieldStatus.APPLIED), FieldOutcome("email", FieldStatus.APPLIED)
    spelt = (replace(fields[0], detail='shown as "x"'), fields[1])
    done = [Outcome(target(name, address=name), fields) for name in NAMES[:12]]
    others = (
        Outcome(target("ulm", address="ulm"), fields[:1]),
        Outcome(target("kiel", address="kiel"), spelt),
        Outcome(target("bonn", address="bonn"), fields, detail="in two calls"),
        Outcome(target("trier", address="trier"), (replace(fields[0], status=FieldStatus.UNKNOWN),)),
    )
    report = ApplyReport(plan=Plan(targets=()), outcomes=(*others[:2], *done, *others[2:]))
    shown = click.unstyle(apply_text(report)).split("\n\n")
    assert shown[0].splitlines() == [
        "12 profiles: applied",
        "  ✓ about, email",
        f"    in {FIRST_TEN} and 2 more (-v lists them)",
    ]
    assert [part.split(" ")[0] for part in shown[1:-1]] == ["ulm", "kiel", "bonn", "trier"]
    assert click.unstyle(apply_text(report, verbose=True)).count("  ✓ email") == 14
    assert "2 profiles" not in apply_text(replace(report, outcomes=tuple(done[:2])))


def test_what_failed_for_one_cause_is_told_once_and_what_was_written_of_each() -> None:
    shown = click.unstyle(apply_text(applied("ulm", "trier", "kiel"))).splitlines()
    assert shown == [
        "kiel (+493012345678): partial",
        "  ✓ about",
        "  ✗ picture      failed: as told below",
        "",
        "Of one cause:",
        "  failed: picture of 3 profiles of account bakery: The image is smaller than 192 x 192 [100/2388103]",
        "      → use a larger picture",
        "      ulm, trier, kiel",
        "",
        "1 change applied · 3 failed",
    ]
    assert click.unstyle(apply_text(applied("ulm", "trier"), verbose=True)).count("smaller than") == 2
    assert "Of one cause" not in apply_text(applied("ulm"))


def test_a_page_of_an_apply_tells_it_once_too() -> None:
    shown = fitted(apply_sheet(applied("ulm", "trier", "kiel"), Links()))
    assert shown.count("smaller than") == 1
    line = "- **failed:** `picture` of **3 profiles** of account bakery: The image"
    assert line in shown
    assert fitted(apply_sheet(applied("ulm"), Links())).count("smaller than") == 1
    causes = apply_json(applied("ulm", "trier"))["causes"]
    assert [(one["status"], one["fields"], one["profiles"]) for one in causes] == [
        ("failed", ["picture"], ["ulm", "trier"])
    ]


def test_what_was_not_sent_for_one_reason_is_told_once() -> None:
    why = "the run's time is over"
    field = FieldOutcome("about", FieldStatus.NOT_SENT, detail=why)
    outcomes = tuple(Outcome(target(name, address=name), (field,), detail=why, skipped=True) for name in "ab")
    report = ApplyReport(plan=Plan(targets=()), outcomes=outcomes)
    assert click.unstyle(apply_text(report)).count(why) == 1
    assert fitted(apply_sheet(report, Links())).count("time is over") == 1


def wrong(many: int, make: Diagnostic) -> tuple[Diagnostic, ...]:
    return tuple(replace(make, location=Location(f"{name}.yaml", 3, 10)) for name in NAMES[:many])


def test_an_unknown_account_in_all_files_is_one_problem_with_its_places() -> None:
    found = wrong(300, error("unknown-account", "unknown account 'shop'", hint="did you mean shops?"))
    report = ValidateReport(profiles=0, diagnostics=found)
    places = ", ".join(f"{name}.yaml:3:10" for name in NAMES[:10])
    assert click.unstyle(validate_text(report)).splitlines() == [
        "error: unknown account 'shop' [unknown-account]",
        "    did you mean shops?",
        f"    at 300 places: {places} and 290 more (-v lists them)",
        "More of this: reconciler explain unknown-account",
        "",
        "300 errors; no profile is sound.",
    ]
    assert len(validate_text(report, verbose=True).splitlines()) == 603
    shown = fitted(validate_sheet(report, Links()))
    assert shown.count("unknown account") == 1
    assert "<br>at 300 places: `shop-000.yaml:3`, " in shown


def test_of_warnings_of_one_kind_ten_are_told() -> None:
    found = [warning("placeholder", f"text {n}") for n in range(200)]
    assert diagnostics_text(found).splitlines()[-1] == "    and 190 more warnings of this kind (-v lists them)"
    assert len(diagnostics_text(found, verbose=True).splitlines()) == 200
    shown = fitted(validate_sheet(ValidateReport(profiles=1, diagnostics=tuple(found)), Links()))
    assert "<br>and 190 more warnings of this kind" in shown

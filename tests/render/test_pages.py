"""Pages: what the next job is told beside the text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.basics import Location, Reason, error, notice, warning
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.planning.base import Unmanaged
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ValidateReport
from reconciler.core.reports.handover import (
    TEXT_BYTES,
    Handover,
    HandoverKind,
    MovedField,
    UnreadField,
    handover_json,
    read_handover,
)
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Origin, Unknown
from reconciler.render.json import dumps
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet, problems_sheet, validate_sheet
from reconciler.render.markdown.sheet import Links, fitted
from reconciler.render.pages import apply_page, drift_page, plan_page, problems_page, validate_page
from reconciler.render.text.drift import NO_MEMORY
from tests.support import change, planned, target
from tests.support.cases import CASES, Case
from tests.support.markdown import Shown

LINKS = Links(repository="https://github.com/goldcrust/profiles", commit="c" * 40, folder="shops/")
NOTHING = planned()
PARTLY = replace(planned(), unreadable=(UnreadableField(field="about", reason="it did not answer"),))
UNREAD = planned(status=TargetStatus.UNREADABLE, reason="it did not answer")
WATCHED = planned(change(before="Hacked"), status=TargetStatus.OBSERVED)


def of_plan(*targets: TargetPlan, **more: Any) -> Handover:
    report = PlanReport(plan=replace(Plan(targets=targets, head="c" * 40), **more))
    return plan_page(report, plan_sheet(report, Links()), exit_code=0)


IN_SYNC = UnchangedField(field="about", reason=SameReason.IN_SYNC)


def of_drift(*targets: TargetPlan) -> Handover:
    report = DriftReport(plan=Plan(targets=targets))
    return drift_page(report, drift_sheet(report, Links()), exit_code=0)


def of_apply(report: ApplyReport, *, exit_code: int = 0) -> Handover:
    return apply_page(report, apply_sheet(report, Links()), exit_code=exit_code)


def outcome(*fields: tuple[str, FieldStatus], detail: str = "", skipped: bool = False) -> Outcome:
    found = tuple(FieldOutcome(field=name, status=status, detail=detail) for name, status in fields)
    return Outcome(target=target(), fields=found, detail=detail, skipped=skipped)


def test_a_plan_without_anything_to_look_at_is_quiet() -> None:
    page = of_plan(NOTHING, diagnostics=(notice("x", "so it is"),))
    assert (page.kind, page.quiet, page.complete, page.commit) == (HandoverKind.PLAN, True, True, "c" * 40)
    assert read_handover(dumps(handover_json(page)).encode()) == page


@pytest.mark.parametrize("one", [planned(change()), WATCHED, UNREAD, PARTLY])
def test_a_plan_with_something_to_look_at_is_not(one: TargetPlan) -> None:
    assert not of_plan(one).quiet


@pytest.mark.parametrize("found", [warning("x", "look"), error("x", "stop")])
def test_a_plan_with_a_problem_is_not_quiet(found: object) -> None:
    assert not of_plan(NOTHING, diagnostics=(found,)).quiet


@pytest.mark.parametrize("name", ["with-a-base", "less-watched", "gates", "nothing-selected"])
def test_a_plan_that_lets_go_or_trips_a_gate_is_not_quiet(name: str) -> None:
    report = Case(CASES / "plan" / name).plan_report()
    assert not plan_page(report, plan_sheet(report, Links()), exit_code=0).quiet


def test_a_field_that_is_let_go_is_looked_at_although_no_gate_asks() -> None:
    let_go = Unmanaged(target().key, "berlin", fields=("about",), whole=False)
    assert not of_plan(NOTHING, released=(let_go,)).quiet


def test_what_drifted_is_named_so_that_it_is_known_again() -> None:
    moved = planned(change(before="Hacked", origin=Origin.DRIFTED), change("email", before=Unknown()))
    other = replace(WATCHED, target=target("munich", address="1"))
    page = of_drift(moved, other)
    assert [(one.profile, one.field) for one in page.moved] == [("berlin", "about"), ("munich", "about")]
    assert all(one.live.startswith("sha256:") for one in page.moved)
    assert of_drift(planned(change(before="Hacked again", origin=Origin.DRIFTED))).moved[0].live != page.moved[0].live
    assert page.quiet is False


def test_what_the_provider_keeps_otherwise_is_named_too() -> None:
    """It waits for a person, so the issue about drift stays open for it."""
    altered = UnchangedField(field="about", reason=SameReason.ALTERED, note='live: "Ne"')
    page = of_drift(replace(NOTHING, unchanged=(altered,)))
    assert [(one.profile, one.field) for one in page.moved] == [("berlin", "about")]
    assert (page.quiet, page.text.splitlines()[0]) == (False, "### WhatsApp profiles: 1 field not as sent")


def test_what_no_memory_explains_is_named_and_what_waits_for_an_apply_is_named_apart() -> None:
    new, blind = (
        change(name, before=at, origin=Origin.ADOPTED) for name, at in (("email", "x"), ("websites", Unknown()))
    )
    one = planned(change(before="Hacked", origin=Origin.UNRECORDED), new, blind)
    known = DriftReport(plan=Plan(targets=(one,)), remembered=3)
    lost = replace(known, no_apply=True)
    pages = [drift_page(report, drift_sheet(report, Links()), exit_code=0) for report in (known, lost)]
    assert [[one.field for one in page.moved] for page in pages] == [["about"], ["about", "email"]]
    assert [[one.field for one in page.waiting] for page in pages] == [["email"], []]
    assert [[one.field for one in page.unread] for page in pages] == [[], ["websites"]]
    assert [(page.remembered, page.no_apply, page.complete) for page in pages] == [(3, False, True), (3, True, False)]


def test_that_memory_is_missing_is_the_title_where_nothing_else_is_known() -> None:
    blind = planned(change("websites", before=Unknown(), origin=Origin.ADOPTED))
    seen = replace(
        UNREAD, status=NOTHING.status, target=target("ulm", address="2"), unchanged=(IN_SYNC,), unreadable=()
    )
    sheet = drift_sheet(DriftReport(plan=Plan(targets=(blind, seen)), no_apply=True), Links())
    assert sheet.lead.splitlines()[:3] == [
        "### WhatsApp profiles: no memory of what was sent",
        "",
        "**No memory:**" + NO_MEMORY.removeprefix("No memory:"),
    ]


def test_what_could_not_be_read_is_named() -> None:
    other = replace(UNREAD, target=target("munich", address="1"))
    page = of_drift(PARTLY, other)
    assert page.unread == (UnreadField(profile="berlin", field="about"), UnreadField(profile="munich"))
    assert (page.quiet, page.complete, page.moved) == (False, False, ())


def test_no_drift_is_quiet() -> None:
    page = of_drift(NOTHING)
    assert (page.quiet, page.complete) == (True, True)
    assert page.text == "### WhatsApp profiles: no drift\n\n1 profile without differences.\n"


def test_what_nobody_can_name_has_moved_too() -> None:
    """A picture that a provider shows nothing of can differ and yet not be accepted."""
    blind = planned(change(before=Unknown(), origin=Origin.DRIFTED))
    assert of_drift(blind).moved == (MovedField(profile="berlin", field="about"),)


def test_what_was_adopted_and_what_was_not_is_on_the_page() -> None:
    report = DriftReport(
        plan=Plan(targets=(NOTHING,)),
        adopted=(Authored(profile="berlin", file="profiles/berlin.yaml", field="about"),),
        not_adopted=(LeftOut(profile="ulm", file="", field="webhook", reason="a webhook is never adopted"),),
    )
    text = fitted(drift_sheet(report, Links()))
    assert "\n- `profiles/berlin.yaml`: `about`\n" in text
    assert "\n- `ulm`: `webhook`: a webhook is never adopted\n" in text


def test_how_to_accept_is_shown_for_the_first_ten() -> None:
    targets = tuple(
        planned(change(before="Hacked", origin=Origin.DRIFTED), to=target(f"shop-{n}", address=f"{n}"))
        for n in range(12)
    )
    text = fitted(drift_sheet(DriftReport(plan=Plan(targets=targets)), Links()))
    assert text.count("--reason 'why it is accepted' ") == 10
    assert "The other 2 profiles: the same with its name, or `--accept all` without a name for all." in text


@pytest.mark.parametrize(
    ("report", "quiet"),
    [
        (ApplyReport(plan=Plan(targets=())), True),
        (ApplyReport(plan=Plan(targets=(NOTHING,)), outcomes=(outcome(),)), True),
        (ApplyReport(plan=Plan(targets=()), outcomes=(outcome(("about", FieldStatus.APPLIED)),)), False),
        (ApplyReport(plan=Plan(targets=()), outcomes=(outcome(("about", FieldStatus.LEFT_ALONE)),)), False),
        (ApplyReport(plan=Plan(targets=()), outcomes=(outcome(skipped=True),)), False),
        (ApplyReport(plan=Plan(targets=()), superseded="d" * 40), False),
        (ApplyReport(plan=Plan(targets=()), stale="it was rewritten"), False),
        (ApplyReport(plan=Plan(targets=()), stopped="it was not approved"), False),
        (ApplyReport(plan=Plan(targets=()), unrecorded="the disk is full"), False),
    ],
)
def test_an_apply_is_quiet_where_it_had_nothing_to_do(report: ApplyReport, *, quiet: bool) -> None:
    assert of_apply(report).quiet is quiet


def test_an_apply_that_was_superseded_is_not_complete() -> None:
    """It did nothing for its own commit, so it settles nothing that failed before."""
    done, superseded = (ApplyReport(plan=Plan(targets=()), superseded=by) for by in ("", "d" * 40))
    assert (of_apply(done).complete, of_apply(superseded).complete) == (True, False)


def test_an_apply_that_ends_with_a_code_is_not_quiet() -> None:
    assert not of_apply(ApplyReport(plan=Plan(targets=())), exit_code=6).quiet


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            ApplyReport(plan=Plan(targets=()), superseded="d" * 40),
            "A newer commit, ddddddd, has taken this one's place",
        ),
        (ApplyReport(plan=Plan(targets=()), stale="it was rewritten"), "Why: it was rewritten."),
        (ApplyReport(plan=Plan(targets=()), stale="it was rewritten"), "The exit code is 4: stale."),
        (ApplyReport(plan=Plan(targets=())), "There was nothing to write."),
        (ApplyReport(plan=Plan(targets=()), unrecorded="x" * 5_000), f"Not recorded: {'x' * 1_000}…"),
    ],
)
def test_the_page_of_an_apply_says_how_it_ended(report: ApplyReport, said: str) -> None:
    assert said in Shown(of_apply(report).text).text


def test_an_interrupted_apply_says_by_what_and_what_to_do() -> None:
    record = RunRecord(run="12", commit="", started="", finished="", digest="", outcomes=(), interrupted="SIGTERM")
    unsent = outcome(("about", FieldStatus.NOT_SENT))
    report = ApplyReport(plan=Plan(targets=()), outcomes=(unsent,), record=record, signal=15)
    shown = Shown(of_apply(report, exit_code=143).text).text
    assert "Interrupted by SIGTERM: what had not begun was not sent." in shown
    assert "run the workflow again: what had not begun was not sent. The exit code is 143: interrupted." in shown


def test_an_apply_that_was_interrupted_once_all_was_sent_does_not_say_that_something_was_not() -> None:
    record = RunRecord(run="12", commit="", started="", finished="", digest="", outcomes=(), interrupted="SIGTERM")
    done = outcome(("about", FieldStatus.APPLIED))
    report = ApplyReport(plan=Plan(targets=()), outcomes=(done,), record=record, signal=15)
    shown = Shown(of_apply(report, exit_code=143).text).text
    assert "Interrupted by SIGTERM: everything had been sent." in shown
    assert "everything had been sent: nothing needs to run again for that. The exit code is 143" in shown
    unsure = replace(done, reasons=(Reason.INCOMPLETE,))
    assert "run the workflow again" in Shown(of_apply(replace(report, outcomes=(unsure,)), exit_code=143).text).text


def test_an_outcome_that_is_in_no_plan_is_shown_by_its_name() -> None:
    """Nothing makes one; a page is no place to fail."""
    done = replace(outcome(("about", FieldStatus.FAILED), detail="it said no"), reasons=(Reason.PARTLY,))
    shown = Shown(of_apply(ApplyReport(plan=Plan(targets=()), outcomes=(done,))).text)
    assert "berlin · +493012345678 · bakery (meta at sandbox)" in shown.text
    assert shown.cells[-4:] == ["about", "", "", "failed"]


def test_the_page_of_the_files_says_what_is_wrong_and_where() -> None:
    found = (
        error(
            "unknown-field",
            "unknown field 'abut'",
            hint="did you mean about?",
            location=Location(file="p.yaml", line=3),
        ),
        warning("outer-space", "about ends with white space"),
        notice("", "so it is"),
    )
    report = ValidateReport(profiles=1, diagnostics=found)
    page = validate_page(report, validate_sheet(report, LINKS), exit_code=1, commit="c" * 40)
    assert (page.quiet, page.complete, page.commit) == (False, True, "c" * 40)
    shown = Shown(page.text)
    assert shown.text.split("\n", 1)[0] == "WhatsApp profiles: 1 error, 1 warning, 1 notice"
    assert "error p.yaml:3: unknown field 'abut' (unknown-field)\ndid you mean about?" in shown.text
    assert shown.links == [f"https://github.com/goldcrust/profiles/blob/{'c' * 40}/shops/p.yaml#L3"]


@pytest.mark.parametrize(
    ("profiles", "text"),
    [
        (1, "### WhatsApp profiles: no problems\n\n1 profile is sound.\n"),
        (2, "### WhatsApp profiles: no problems\n\n2 profiles are sound.\n"),
        (0, "### WhatsApp profiles: nothing is selected\n"),
    ],
)
def test_the_page_of_sound_files_is_short(profiles: int, text: str) -> None:
    report = ValidateReport(profiles=profiles, diagnostics=())
    page = validate_page(report, validate_sheet(report, Links()), exit_code=0)
    assert (page.text, page.quiet) == (text, profiles > 0)


def test_the_page_of_a_command_that_was_stopped_says_why() -> None:
    sheet = problems_sheet([error("environment", f"problem {n}") for n in range(5_000)], Links())
    page = problems_page(HandoverKind.PLAN, sheet, exit_code=1)
    assert (page.errored, page.complete, page.failed) == (True, False, True)
    assert page.text.startswith("### WhatsApp profiles: 5,000 errors\n\nNothing was done.\n\n- **error**: problem 0 ")
    assert len(page.text.encode()) <= TEXT_BYTES
    assert "more" not in Shown(fitted(problems_sheet([], Links()))).text


@pytest.mark.parametrize(
    "links",
    [
        Links(),
        Links(repository=LINKS.repository),
        Links(commit="c" * 40),
        Links(repository="javascript://x/y/z", commit="c" * 40),
        Links(repository="https://github.com/a/b)(x", commit="c" * 40),
        Links(repository=LINKS.repository, commit="HEAD"),
    ],
)
def test_without_an_address_nothing_is_a_link(links: Links) -> None:
    report = Case(CASES / "plan" / "one-field-edited").plan_report()
    assert Shown(fitted(plan_sheet(report, links))).links == []


def test_commits_and_places_are_links_into_the_repository() -> None:
    report = Case(CASES / "plan" / "with-a-base").plan_report()
    links = Shown(fitted(plan_sheet(report, LINKS))).links
    assert links[:3] == [
        f"{LINKS.repository}/commit/{'c' * 40}",
        f"{LINKS.repository}/commit/{'b' * 40}",
        f"{LINKS.repository}/blob/{'c' * 40}/shops/profiles/berlin.yaml",
    ]
    assert f"{LINKS.repository}/blob/{'c' * 40}/shops/profiles/berlin.yaml#L6" in links


def test_a_file_with_an_odd_name_is_linked_to_and_to_nothing_else() -> None:
    odd = replace(planned(change()), file="profiles/a b)[x](y)\ud800#?.yaml")
    links = Shown(fitted(plan_sheet(PlanReport(plan=Plan(targets=(odd,))), LINKS))).links
    assert set(links) == {f"{LINKS.repository}/blob/{'c' * 40}/shops/profiles/a%20b%29%5Bx%5D%28y%29%3F%23%3F.yaml"}

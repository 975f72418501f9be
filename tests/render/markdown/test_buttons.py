"""What pages tell people to press: each button, label and pull request is a link where its address is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.authoring.edits import Authored
from reconciler.core.basics import Reason
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Change, Origin
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links, fitted
from tests.support import change, planned

HOME, LAB = "https://github.com/goldcrust/profiles", "https://gitlab.example/goldcrust/profiles/-"
RUN = f"{HOME}/actions/runs/7"
APPLYING = Links(HOME, run=RUN, workflow="apply-x.yml")
LOOKING = Links(HOME, run=RUN, workflow="drift-x.yml", applies="apply-x.yml")
AT_GITLAB = Links(LAB, run=f"{LAB}/pipelines/7")
WORKFLOWS = f"press [**Run workflow**]({HOME}/actions/workflows"
NEW = f"press [**New pipeline**]({LAB}/pipelines/new)"


def gate(name: str = "clear", rule: Rule = Rule.ASK) -> Tripped:
    return Tripped(gate=name, rule=rule, summary="one", hint="for one run; for every run")


def ended(*reasons: Reason) -> ApplyReport:
    one = Outcome(target=planned().target, fields=(FieldOutcome("about", FieldStatus.UNKNOWN),), reasons=reasons)
    return ApplyReport(plan=Plan(targets=()), outcomes=(one,))


def stopped(*gates: Tripped, waiting: tuple[Change, ...] = ()) -> ApplyReport:
    targets = (planned(*waiting),)
    fields = tuple(FieldOutcome(one.field, FieldStatus.FOR_A_PERSON) for one in waiting)
    outcomes = (Outcome(target=targets[0].target, fields=fields),) if waiting else ()
    said = "it was stopped" if gates or not waiting else ""
    return ApplyReport(plan=Plan(targets=targets), tripped=gates, stopped=said, outcomes=outcomes)


def advice(report: ApplyReport, links: Links) -> str:
    """Return what a person is to do next."""
    lines = apply_sheet(report, links).lead.split("\n\n")
    return next(line for line in lines if line.startswith("**What to do next:** "))[len("**What to do next:** ") :]


@pytest.mark.parametrize(
    ("reason", "links", "said"),
    [
        (Reason.PARTLY, APPLYING, f"press [**Re-run jobs**]({RUN}): it looks first"),
        (Reason.INCOMPLETE, APPLYING, f"press [**Re-run jobs**]({RUN}): it looks first"),
        (Reason.ERROR, APPLYING, f"by its merge; after any other, press [**Re-run jobs**]({RUN}). The exit code is 1"),
        (Reason.PARTLY, AT_GITLAB, f"press **Retry** in [the pipeline]({LAB}/pipelines/7): it looks first"),
        (Reason.PARTLY, Links(), "run the workflow again: it looks first"),
        (Reason.PARTLY, Links("https://gitlab.example/-"), "press **Retry** in the pipeline: it looks first"),
    ],
)
def test_a_repetition_is_advised_where_it_helps(reason: Reason, links: Links, said: str) -> None:
    assert said in advice(ended(reason), links)


@pytest.mark.parametrize(
    ("report", "links", "said"),
    [
        (
            stopped(gate()),
            APPLYING,
            (
                f"Change the files; or, to let it pass, {WORKFLOWS}/apply-x.yml) of `apply` with `clear` under `allow`."
                f" Before a merge, the label [`allow-clear`]({HOME}/labels?q=allow-clear) does that on the pull "
                f"request."
            ),
        ),
        (
            stopped(gate(), gate("bulk"), waiting=(change(origin=Origin.CONFLICT),)),
            AT_GITLAB,
            (
                f"{NEW} with `clear bulk conflict` in the variable `RECONCILER_ALLOW`. Before a merge, the labels "
                f"[`allow-clear`]({LAB}/labels?search=allow-clear) and "
                f"[`allow-bulk`]({LAB}/labels?search=allow-bulk) and "
                f"[`allow-conflict`]({LAB}/labels?search=allow-conflict) do that on the merge request."
            ),
        ),
        (stopped(), Links(HOME), f"press [**Run workflow**]({HOME}/actions) of `apply` with what may pass under"),
        (stopped(gate(), gate("bulk", Rule.DENY)), APPLYING, "No label lets `bulk` pass: change the files, or that"),
        (stopped(gate("empty")), APPLYING, "No label lets `empty` pass: change the files, or that rule in the"),
        (
            ApplyReport(plan=Plan(targets=()), stale="it was rewritten"),
            APPLYING,
            (
                f"a repetition cannot help, because this commit is not the one to apply. To apply the newest one, "
                f"{WORKFLOWS}/apply-x.yml) of `apply`. The exit code is 4: stale."
            ),
        ),
    ],
)
def test_a_repetition_is_never_advised_where_it_stops_at_the_same(report: ApplyReport, links: Links, said: str) -> None:
    found = advice(report, links)
    assert said in found
    assert "Re-run" not in found
    assert "Retry" not in found


DRIFTED, CONFLICT, UNRECORDED = (
    change(field, origin=origin, before="Theirs", after="Ours")
    for field, origin in (("about", Origin.DRIFTED), ("description", Origin.CONFLICT), ("address", Origin.UNRECORDED))
)
ADOPT = "To take it into the files, "
BY_HAND = "`adopt` leaves out: write it into the file by hand."


def ways(report: DriftReport, links: Links) -> str:
    return fitted(drift_sheet(report, links)).partition("#### What to do about it\n\n")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("links", "adopt", "back"),
    [
        (
            LOOKING,
            f"{WORKFLOWS}/drift-x.yml) of `drift` with `adopt`, or run",
            f"{WORKFLOWS}/apply-x.yml) of `apply` with `drifted` under `allow`.",
        ),
        (
            replace(LOOKING, applies=""),
            f"{WORKFLOWS}/drift-x.yml) of `drift` with `adopt`, or run",
            f"press [**Run workflow**]({HOME}/actions) of `apply` with `drifted` under `allow`.",
        ),
        (
            AT_GITLAB,
            f"press `reconciler-adopt` in [the pipeline that looked]({LAB}/pipelines/7), or run",
            f"{NEW} with `drifted` in the variable `RECONCILER_ALLOW`.",
        ),
        (
            Links(workflow="drift.yml", applies="apply.yml", run=RUN),
            "start the workflow `drift` from its button with `adopt`, or run",
            "start the workflow `apply` from its button with `drifted` under `allow`.",
        ),
    ],
)
def test_drift_is_taken_over_or_put_back_by_buttons(links: Links, adopt: str, back: str) -> None:
    said = ways(DriftReport(plan=Plan(targets=(planned(DRIFTED),))), links)
    assert f"{ADOPT}{adopt} `reconciler drift --adopt`." in said
    assert said.endswith(f"To have the files' value back, {back}")


def test_what_a_person_must_decide_is_not_said_to_be_adopted_and_is_named_to_be_put_back() -> None:
    said = ways(DriftReport(plan=Plan(targets=(planned(CONFLICT, UNRECORDED),))), LOOKING)
    assert (ADOPT in said, BY_HAND in said) == (False, True)
    assert said.endswith("of `apply` with `conflict unrecorded` under `allow`.")
    both = ways(DriftReport(plan=Plan(targets=(planned(DRIFTED, CONFLICT),))), LOOKING)
    assert (ADOPT in both, BY_HAND in both) == (True, True)


def test_a_profile_that_is_only_observed_is_adopted_and_never_put_back() -> None:
    watched = replace(planned(CONFLICT), status=TargetStatus.OBSERVED)
    said = ways(DriftReport(plan=Plan(targets=(watched,))), LOOKING)
    assert (ADOPT in said, BY_HAND in said, "value back" in said) == (True, False, False)


def test_what_was_adopted_needs_nothing_more() -> None:
    one = planned(DRIFTED)
    report = DriftReport(plan=Plan(targets=(one,)))
    adopted = replace(report, adopted=(Authored(profile=one.target.profile, file="p.yaml", field="about"),))
    assert (ways(report, LOOKING) != "", ways(adopted, LOOKING)) == (True, "")


def test_the_plan_links_the_label_that_opens_a_gate() -> None:
    shown = fitted(plan_sheet(PlanReport(plan=Plan(targets=()), tripped=(gate(),)), APPLYING))
    assert f"| the label [`allow-clear`]({HOME}/labels?q=allow-clear) |" in shown


@pytest.mark.parametrize(
    "odd",
    [
        replace(APPLYING, workflow="a b.yml"),
        replace(APPLYING, workflow="x.yml)"),
        replace(APPLYING, workflow="../x.yml"),
        replace(APPLYING, workflow="apply"),
    ],
)
def test_a_workflow_of_an_odd_name_is_not_linked(odd: Links) -> None:
    assert f"press [**Run workflow**]({HOME}/actions) of `apply`" in advice(stopped(gate()), odd)


@pytest.mark.parametrize("run", [f"{HOME}/actions/runs/7)", "https://evil.example/actions/runs/7", f"{HOME}/x/7"])
def test_a_run_elsewhere_is_not_linked(run: str) -> None:
    assert "run the workflow again" in advice(ended(Reason.PARTLY), replace(APPLYING, run=run))


@pytest.mark.parametrize("links", [APPLYING, AT_GITLAB, Links()])
def test_where_a_label_sends_it_no_person_is_told_to_apply_with_a_credential_that_writes(links: Links) -> None:
    shown = fitted(plan_sheet(PlanReport(plan=Plan(targets=(planned(DRIFTED),))), links))
    assert f"the label {links.words.label('allow-drifted')}" in shown
    assert "`reconciler drift --adopt berlin`" in shown
    assert ("reconciler apply" in shown) is (links == Links())

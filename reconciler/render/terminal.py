"""Reports as text for a terminal. Colours are always in it; whoever prints it takes them out where nobody sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from reconciler.core.change import Change
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.gates import Tripped
from reconciler.core.origin import SameReason
from reconciler.core.outcome import FieldStatus, Outcome, Status
from reconciler.core.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.report import ApplyReport, DriftReport, PlanReport, ValidateReport
from reconciler.render.changes import change_lines, heading
from reconciler.render.safe_text import terminal
from reconciler.render.words import FIELD_SIGN, STATUS_COLOUR, count

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "blue"}


def diagnostics_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return problems, one after the other: where, what, and what to do."""
    return "\n".join(line for diagnostic in diagnostics for line in _diagnostic(diagnostic))


def _diagnostic(diagnostic: Diagnostic) -> Iterator[str]:
    severity = click.style(f"{diagnostic.severity}", fg=_COLOURS[diagnostic.severity], bold=True)
    place = f"{terminal(str(diagnostic.location))}: " if diagnostic.location.file else ""
    yield f"{place}{severity}: {terminal(diagnostic.summary)} [{diagnostic.code}]"
    if diagnostic.hint:
        yield f"    {terminal(diagnostic.hint)}"


def validate_text(report: ValidateReport) -> str:
    """Return every problem and how many profiles are sound."""
    errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
    warnings = sum(d.severity is Severity.WARNING for d in report.diagnostics)
    found = f"{count(errors, 'error')}, {count(warnings, 'warning')}" if errors or warnings else "no problems"
    summary = f"{count(report.profiles, 'profile')} checked: {found}."
    body = diagnostics_text(report.diagnostics)
    return f"{body}\n\n{summary}" if body else summary


def plan_text(report: PlanReport) -> str:
    """Return what an apply would do."""
    parts = [*_plan_parts(report.plan), _gates(report.tripped), _summary(report.plan)]
    return "\n\n".join(part for part in parts if part)


def _plan_parts(plan: Plan) -> Iterator[str]:
    yield diagnostics_text(plan.diagnostics)
    for planned in plan.targets:
        if planned.changes:
            yield _target(planned, planned.changes)
    yield from _apart(plan, TargetStatus.OBSERVED, "Only observed, never applied:")
    yield from _apart(plan, TargetStatus.BLOCKED, "Cannot be written:")
    yield _unreadable(plan)
    yield _noted(plan)


def _target(planned: TargetPlan, changes: Iterable[Change]) -> str:
    applies = planned.status is not TargetStatus.OBSERVED
    why = [f"    {terminal(planned.reason)}"] if planned.reason else []
    return "\n".join([heading(planned), *why, *(line for c in changes for line in change_lines(c, applies=applies))])


def _apart(plan: Plan, status: TargetStatus, title: str) -> Iterator[str]:
    found = [p for p in plan.targets if p.status is status and p.differences]
    if found:
        yield click.style(title, bold=True)
    for planned in found:
        yield _target(planned, planned.differences)


def _unreadable(plan: Plan) -> str:
    lines: list[str] = []
    for planned in plan.targets:
        if planned.status is TargetStatus.UNREADABLE:
            lines += [f"  {heading(planned)}", f"      {terminal(planned.reason)}"]
        for field in planned.unreadable:
            lines += [f"  {heading(planned)}  {field.field}", f"      {terminal(field.reason)}"]
    return (
        "\n".join([click.style("Could not be read; nothing is planned for it:", fg="red", bold=True), *lines])
        if lines
        else ""
    )


def _noted(plan: Plan) -> str:
    """Return what is no change and yet worth knowing."""
    lines = [f"  {heading(p)}: {terminal(note)}" for p in plan.targets for note in p.notes]
    quiet = (SameReason.IN_SYNC, SameReason.ECHO)
    for planned in plan.targets:
        for field in planned.unchanged:
            if field.reason not in quiet:
                note = f" ({terminal(field.note)})" if field.note else ""
                lines.append(f"  {heading(planned)}  {field.field}: {field.reason}{note}")
    paused = [f"  {heading(p)}: {terminal(p.reason)}" for p in plan.targets if p.status is TargetStatus.PAUSED]
    return "\n".join([click.style("Also:", bold=True), *lines, *paused]) if lines or paused else ""


def _gates(tripped: Sequence[Tripped]) -> str:
    lines: list[str] = []
    for gate in tripped:
        name = click.style(f"{gate.gate} ({gate.rule})", fg="yellow", bold=True)
        lines += [f"  {name}: {terminal(gate.summary)}", f"      {terminal(gate.hint)}"]
    return "\n".join([click.style("Gates:", bold=True), *lines]) if lines else ""


def _summary(plan: Plan) -> str:
    summary = plan.summary
    rest = [
        f"{number} {word}"
        for number, word in (
            (summary.in_sync, "in sync"),
            (summary.observed, "observed"),
            (summary.paused, "paused"),
            (summary.blocked, "cannot be written"),
            (summary.unreadable, "could not be read"),
        )
        if number
    ]
    tail = f"; {', '.join(rest)}" if rest else ""
    if summary.changes:
        return f"Plan: {count(summary.changes, 'change')} in {count(summary.changed, 'profile')}{tail}."
    if not plan.targets:
        return "Nothing is selected."
    done = "Nothing to do" if plan.complete else "Nothing is planned, and not everything could be read"
    return f"{done}: {', '.join(rest) or 'nothing is managed'}."


def apply_text(report: ApplyReport) -> str:
    """Return what happened to every target, or why nothing did; the plan itself was shown before."""
    parts = [_outcome(outcome) for outcome in report.outcomes]
    if report.stopped:
        parts.append(click.style(f"Nothing was written: {terminal(report.stopped)}.", fg="red", bold=True))
    else:
        parts.append(_apply_summary(report))
    if report.unrecorded:
        parts.append(click.style(f"Not recorded: {terminal(report.unrecorded)}", fg="red", bold=True))
    return "\n\n".join(parts)


def _outcome(outcome: Outcome) -> str:
    status = click.style(outcome.status, fg=STATUS_COLOUR[outcome.status], bold=True)
    lines = [f"{terminal(outcome.target.profile)}  {terminal(outcome.target.number)}: {status}"]
    for field in outcome.fields:
        detail = f": {terminal(field.detail)}" if field.detail else ""
        status_word = "" if field.status is FieldStatus.APPLIED else f"{field.status}"
        text = (
            f"{field.field:<13}{status_word}{detail}"
            if status_word
            else f"{field.field:<13}{detail.removeprefix(': ')}"
        )
        lines.append(f"  {FIELD_SIGN[field.status]} {text}".rstrip())
    return "\n".join(lines)


def _apply_summary(report: ApplyReport) -> str:
    if not report.outcomes:
        return "Nothing was written: there was nothing to write."
    by_status = {status: sum(outcome.status is status for outcome in report.outcomes) for status in Status}
    parts = [f"{number} {status}" for status, number in by_status.items() if number]
    sent = sum(field.status is FieldStatus.APPLIED for outcome in report.outcomes for field in outcome.fields)
    return f"Apply: {count(sent, 'change')} written; profiles: {', '.join(parts)}."


def drift_text(report: DriftReport) -> str:
    """Return what moved elsewhere, and apart from it what is pending, unrecorded or unreadable."""
    groups = (
        ("Drifted: changed elsewhere, not in the files", report.drifted),
        ("Only observed, and different from its file", report.observed),
        ("Differs, and nothing says since when", report.unknown_since),
        ("Pending: asked for by the files, not applied yet; not drift", report.pending),
    )
    parts: list[str] = [diagnostics_text(report.plan.diagnostics)]
    for title, found in groups:
        if found:
            parts.append(click.style(f"{title}:", bold=True))
            for planned in report.plan.targets:
                mine = [change for other, change in found if other is planned]
                parts += [_target(planned, mine)] if mine else []
    parts += [_unreadable(report.plan), _noted(report.plan), _drift_summary(report)]
    if report.unrecorded:
        parts.append(f"What was seen could not be recorded: {terminal(report.unrecorded)}")
    return "\n\n".join(part for part in parts if part)


def _drift_summary(report: DriftReport) -> str:
    found = len(report.drifted) + len(report.observed)
    looked = count(len(report.plan.targets), "profile")
    apart = [(len(report.unknown_since), "unrecorded"), (len(report.pending), "pending")]
    tail = "".join(f", {number} {word}" for number, word in apart if number)
    incomplete = "" if report.plan.complete else "; not everything could be read"
    return f"Drift: {count(found, 'difference') if found else 'none'} in {looked}{tail}{incomplete}."

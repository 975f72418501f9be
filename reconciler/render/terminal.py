"""Reports as text for a terminal. Colours are always in it; whoever prints it takes them out where nobody sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, Status
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.reports import ApplyReport, PlanReport, ValidateReport
from reconciler.core.safety.gates import Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Origin
from reconciler.render.approving import approving_parts
from reconciler.render.changes import FIELD_WIDTH, change_lines
from reconciler.render.released import released_text
from reconciler.render.safe_text import terminal
from reconciler.render.targets import differing, noted, target_lines, titled, unreadable_lines
from reconciler.render.words import FIELD_SIGN, RULE, STATUS_COLOUR, count, listed

NOTHING = "Nothing is selected."
_OFFLINE = (
    "Offline plan: no provider was asked. What is remembered stands in for what is live, "
    "so nothing that was changed elsewhere is seen."
)
_UNSURE = (FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED)
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "blue"}


def diagnostics_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return problems, one after the other: where, what, and what to do."""
    return "\n".join(line for diagnostic in diagnostics for line in _diagnostic(diagnostic))


def _diagnostic(diagnostic: Diagnostic) -> Iterator[str]:
    severity = click.style(f"{diagnostic.severity}", fg=_COLOURS[diagnostic.severity], bold=True)
    place = f"{terminal(str(diagnostic.location))}: " if diagnostic.location.file else ""
    yield f"{place}{severity}: {terminal(diagnostic.summary)} [{terminal(diagnostic.code)}]"
    if diagnostic.hint:
        yield f"    {terminal(diagnostic.hint)}"


def validate_text(report: ValidateReport) -> str:
    """Return every problem and how many profiles are sound."""
    body = diagnostics_text(report.diagnostics)
    summary = _validated(report)
    return f"{body}\n\n{summary}" if body else summary


def _validated(report: ValidateReport) -> str:
    found = [(severity, sum(d.severity is severity for d in report.diagnostics)) for severity in Severity]
    problems = ", ".join(count(number, severity) for severity, number in found if number)
    if not problems:
        return f"{count(report.profiles, 'profile')} checked: no problems." if report.profiles else NOTHING
    sound = {0: "no profile is sound", 1: "1 profile is sound"}.get(
        report.profiles, f"{report.profiles} profiles are sound"
    )
    return f"{problems}; {sound}."


def plan_text(report: PlanReport) -> str:
    """Return what an apply would do."""
    parts = [*_plan_parts(report.plan), _gates(report), _summary(report.plan), _held(report)]
    return "\n\n".join(part for part in parts if part)


def _plan_parts(plan: Plan) -> Iterator[str]:
    yield _OFFLINE if plan.offline else ""
    yield diagnostics_text(plan.diagnostics)
    for planned in plan.targets:
        if planned.changes:
            lines = (line for c in planned.changes for line in change_lines(c, offline=planned.offline))
            yield target_lines(planned, lines)
    yield from _apart(plan, TargetStatus.OBSERVED, "Only observed, never applied:")
    yield from _apart(plan, TargetStatus.BLOCKED, "Cannot be written:")
    yield unreadable_lines(plan, "Could not be read; nothing is planned for what is named here:")
    yield noted(plan)
    yield released_text(plan.released)


def _apart(plan: Plan, status: TargetStatus, title: str) -> Iterator[str]:
    found = [p for p in plan.targets if p.status is status and p.differences]
    if found:
        yield click.style(title, bold=True)
    for planned in found:
        yield differing(planned, planned.differences)


def _gates(report: PlanReport) -> str:
    lines: list[str] = []
    for gate in report.tripped:
        rule, hint = _rule(gate, report.allowed)
        name = click.style(f"{terminal(gate.gate)} ({rule})", fg="yellow", bold=True)
        lines.append(f"  {name}: {terminal(gate.summary)}")
        if gate.profiles:
            lines.append(f"      in {terminal(listed(gate.profiles))}")
        lines.append(f"      {terminal(hint)}")
    return titled(click.style("Gates:", bold=True), lines)


def _rule(gate: Tripped, allowed: Sequence[str]) -> tuple[str, str]:
    """Return what a gate does, and what opens it: of what was let through, only how to let every run through."""
    if gate.rule is Rule.ASK and gate.gate in allowed:
        return "let through by --allow", gate.hint.rpartition("; ")[2]
    return RULE[gate.rule], gate.hint


def _held(report: PlanReport) -> str:
    """Say which of the changes are not sent just because a plan has them; what is accepted, no `yes` sends."""
    held = [(origin, number) for origin, number in report.held if origin not in report.allowed]
    changes = (change for _, change in report.plan.changes if change.origin not in report.allowed)
    accepted = Counter(change.origin for change in changes if change.acknowledged)
    waiting = {origin: number - accepted[origin] for origin, number in held if number > accepted[origin]}
    said = []
    if waiting:
        found, opens = _by_origin(waiting)
        sends = f"a `yes` at a terminal, {opens} or an approved plan that holds it"
        said.append(f"leaves alone what nobody asked for: {found}. What sends it too: {sends}.")
    if accepted:
        found, opens = _by_origin(accepted)
        said.append(f"leaves alone what is acknowledged: {found}. Only {opens} sends it.")
    return "\n".join(f"Of these, apply {one}" for one in said)


def _by_origin(numbers: Mapping[Origin, int]) -> tuple[str, str]:
    """Return how many changes of which origin, and the flags that send them."""
    found = ", ".join(f"{number} {origin}" for origin, number in numbers.items())
    return found, ", ".join(f"--allow {origin}" for origin in numbers)


def _summary(plan: Plan) -> str:
    summary = plan.summary
    rest = [
        f"{number} {word}"
        for number, word in (
            (summary.in_sync, "in sync"),
            (summary.unverified, "without changes, as far as anyone can tell"),
            (summary.unmanaged, f"manage{'s' if summary.unmanaged == 1 else ''} nothing"),
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
        return NOTHING
    done = "Nothing to do" if plan.complete and not plan.errored else "Nothing is planned"
    return f"{done}: {', '.join(rest)}."


def apply_text(report: ApplyReport) -> str:
    """Return what happened to every target, or why nothing did; the plan itself was shown before."""
    parts = [_outcome(outcome) for outcome in report.outcomes]
    parts += approving_parts(report)
    if report.superseded:
        newer = terminal(report.superseded[:12])
        parts.append(f"Superseded by {newer}: nothing was written here, for the newer commit's own run does it.")
    elif report.stale:
        parts.append(click.style(f"Nothing was written: {terminal(report.stale)}.", fg="red", bold=True))
    elif report.stopped:
        parts.append(click.style(f"Nothing was written: {terminal(report.stopped)}.", fg="red", bold=True))
    else:
        parts.append(_applied(report))
    if report.signal and report.record is not None:
        parts.append(f"Interrupted by {terminal(report.record.interrupted)}: what had not begun was not sent.")
    if report.unrecorded:
        parts.append(click.style(f"Not recorded: {terminal(report.unrecorded)}", fg="red", bold=True))
    return "\n\n".join(parts)


def _outcome(outcome: Outcome) -> str:
    status = click.style(outcome.status, fg=STATUS_COLOUR[outcome.status], bold=True)
    name = click.style(terminal(outcome.target.profile), bold=True)
    why = f": {terminal(outcome.detail)}" if outcome.detail else ""
    lines = [f"{name} ({terminal(outcome.target.number)}): {status}{why}"]
    return "\n".join([*lines, *(_field(field, said=outcome.detail) for field in outcome.fields)])


def _field(field: FieldOutcome, *, said: str) -> str:
    """Return one field's line; what is `said` of the whole target is not said again."""
    status = "" if field.status is FieldStatus.APPLIED else f"{field.status}"
    detail = terminal(field.detail) if field.detail != said else ""
    words = ": ".join(word for word in (status, detail) if word)
    return f"  {FIELD_SIGN[field.status]} {terminal(field.field):<{FIELD_WIDTH}}{words}".rstrip()


def _applied(report: ApplyReport) -> str:
    if not report.outcomes:
        return "Nothing was written: there was nothing to write."
    kinds = [field.status for outcome in report.outcomes for field in outcome.fields]
    unsure = sum(kind in _UNSURE for kind in kinds)
    believed = kinds.count(FieldStatus.ACKNOWLEDGED)
    tail = f", {believed} of them on the provider's word" if believed else ""
    tail += f", {unsure} uncertain" if unsure else ""
    written = f"{count(kinds.count(FieldStatus.APPLIED) + believed, 'change')} written{tail}"
    by_status = ((status, sum(outcome.status is status for outcome in report.outcomes)) for status in Status)
    profiles = ", ".join(f"{number} {status}" for status, number in by_status if number)
    unread = report.plan.summary.unreadable
    tail = f"; {count(unread, 'profile')} could not be read" if unread else ""
    return f"Apply: {written}; profiles: {profiles}{tail}."

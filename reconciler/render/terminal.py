"""Reports as text for a terminal. Colours are always in it; whoever prints it takes them out where nobody sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import click

from reconciler.core.change import Change
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.gates import Tripped
from reconciler.core.outcome import FieldOutcome, FieldStatus, Outcome, Status
from reconciler.core.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.report import ApplyReport, DriftReport, PlanReport, ValidateReport
from reconciler.render.changes import FIELD_WIDTH, change_lines, difference_lines, heading, not_read
from reconciler.render.safe_text import terminal
from reconciler.render.words import FIELD_SIGN, ORIGIN, RULE, SAME, STATUS_COLOUR, count, listed

_NOTHING = "Nothing is selected."
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
        return f"{count(report.profiles, 'profile')} checked: no problems." if report.profiles else _NOTHING
    sound = {0: "no profile is sound", 1: "1 profile is sound"}.get(
        report.profiles, f"{report.profiles} profiles are sound"
    )
    return f"{problems}; {sound}."


def plan_text(report: PlanReport) -> str:
    """Return what an apply would do."""
    parts = [*_plan_parts(report.plan), _gates(report.tripped), _summary(report.plan), _held(report)]
    return "\n\n".join(part for part in parts if part)


def _plan_parts(plan: Plan) -> Iterator[str]:
    yield diagnostics_text(plan.diagnostics)
    for planned in plan.targets:
        if planned.changes:
            yield _target(planned, (line for change in planned.changes for line in change_lines(change)))
    yield from _apart(plan, TargetStatus.OBSERVED, "Only observed, never applied:")
    yield from _apart(plan, TargetStatus.BLOCKED, "Cannot be written:")
    yield _unreadable(plan, "Could not be read; nothing is planned for what is named here:")
    yield _noted(plan)


def _target(planned: TargetPlan, lines: Iterable[str]) -> str:
    why = [f"    {terminal(planned.reason)}"] if planned.reason else []
    return "\n".join([heading(planned), *why, *lines])


def _differing(planned: TargetPlan, changes: Iterable[Change]) -> str:
    """Return a target whose differences are only looked at; why they exist is known where the profile is managed."""
    observed = planned.status is TargetStatus.OBSERVED
    found = (difference_lines(c, why="differs" if observed else ORIGIN[c.origin]) for c in changes)
    return _target(planned, (line for lines in found for line in lines))


def _apart(plan: Plan, status: TargetStatus, title: str) -> Iterator[str]:
    found = [p for p in plan.targets if p.status is status and p.differences]
    if found:
        yield click.style(title, bold=True)
    for planned in found:
        yield _differing(planned, planned.differences)


def _titled(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *lines]) if lines else ""


def _unreadable(plan: Plan, title: str) -> str:
    lines: list[str] = []
    for planned in plan.targets:
        if not_read(planned):
            whole = [planned.reason] if planned.status is TargetStatus.UNREADABLE else []
            fields = [f"{field.field}: {field.reason}" for field in planned.unreadable]
            lines += [f"  {heading(planned)}", *(f"      {terminal(why)}" for why in (*whole, *fields))]
    return _titled(click.style(title, fg="red", bold=True), lines)


def _noted(plan: Plan) -> str:
    """Return what is no change and yet worth knowing."""
    lines: list[str] = []
    for planned in plan.targets:
        if notes := list(_notes(planned)):
            lines += [f"  {heading(planned)}", *(f"      {terminal(note)}" for note in notes)]
    return _titled(click.style("Also:", bold=True), lines)


def _notes(planned: TargetPlan) -> Iterator[str]:
    """Yield why a target is left out that is shown nowhere else, what the provider told, and what is not certain."""
    silent = planned.status is TargetStatus.PAUSED or not planned.differences
    if silent and planned.status is not TargetStatus.UNREADABLE and planned.reason:
        yield planned.reason
    yield from planned.notes
    # What was sent together is said together.
    for said, fields in groupby(sorted(_said(planned), key=itemgetter(0)), key=itemgetter(0)):
        yield f"{', '.join(name for _, name in fields)}: {said}"


def _said(planned: TargetPlan) -> Iterator[tuple[str, str]]:
    """Yield what is worth saying of each field that needs no change, and its name."""
    for field in planned.unchanged:
        if field.reason in SAME:
            notes = [field.note, f"sent {field.since} by run {field.run}" if field.since else ""]
            note = "; ".join(filter(None, notes))
            yield f"{SAME[field.reason]}{f' ({note})' if note else ''}", field.field


def _gates(tripped: Sequence[Tripped]) -> str:
    lines: list[str] = []
    for gate in tripped:
        name = click.style(f"{terminal(gate.gate)} ({RULE[gate.rule]})", fg="yellow", bold=True)
        lines.append(f"  {name}: {terminal(gate.summary)}")
        if gate.profiles:
            lines.append(f"      in {terminal(listed(gate.profiles))}")
        lines.append(f"      {terminal(gate.hint)}")
    return _titled(click.style("Gates:", bold=True), lines)


def _held(report: PlanReport) -> str:
    """Say which of the changes are not sent just because a plan has them."""
    if not report.held:
        return ""
    found = ", ".join(f"{number} {origin}" for origin, number in report.held)
    opens = ", ".join(f"--allow {origin}" for origin, _ in report.held)
    return (
        f"Of these, apply leaves alone what nobody asked for: {found}. A `yes` at a terminal sends it too, or {opens}."
    )


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
        return _NOTHING
    done = "Nothing to do" if plan.complete and not plan.errored else "Nothing is planned"
    return f"{done}: {', '.join(rest)}."


def apply_text(report: ApplyReport) -> str:
    """Return what happened to every target, or why nothing did; the plan itself was shown before."""
    parts = [_outcome(outcome) for outcome in report.outcomes]
    if report.stopped:
        parts.append(click.style(f"Nothing was written: {terminal(report.stopped)}.", fg="red", bold=True))
    else:
        parts.append(_applied(report))
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


def drift_text(report: DriftReport) -> str:
    """Return what moved elsewhere, and apart from it what is pending, unrecorded or unreadable."""
    groups = (
        ("Drifted: changed elsewhere", report.drifted),
        ("Only observed, and different from its file", report.observed),
        ("Differs, and nothing says since when", report.unknown_since),
        ("Pending: asked for by the files, not applied yet; not drift", report.pending),
    )
    parts: list[str] = [diagnostics_text(report.plan.diagnostics)]
    for title, found in groups:
        if found:
            parts.append(click.style(f"{title}:", bold=True))
            for _, mine in groupby(found, key=lambda pair: pair[0].target.key):
                pairs = list(mine)
                parts.append(_differing(pairs[0][0], [change for _, change in pairs]))
    parts.append(_never_sent(report))
    parts += [_unreadable(report.plan, "Could not be read:"), _noted(report.plan), _drift_summary(report)]
    if report.unrecorded:
        parts.append(f"What was seen could not be recorded: {terminal(report.unrecorded)}")
    return "\n\n".join(part for part in parts if part)


def _never_sent(report: DriftReport) -> str:
    lines: list[str] = []
    for _, mine in groupby(report.never_sent, key=lambda pair: pair[0].target.key):
        pairs = list(mine)
        lines += [f"  {heading(pairs[0][0])}", f"      {terminal(', '.join(change.field for _, change in pairs))}"]
    title = "Not known: it cannot be read back, and was never sent from here"
    return _titled(click.style(f"{title}:", bold=True), lines)


def _drift_summary(report: DriftReport) -> str:
    targets = [planned for planned in report.plan.targets if planned.status is not TargetStatus.PAUSED]
    if not targets:
        return "Drift: nothing was looked at; every selected profile is paused." if report.plan.targets else _NOTHING
    unseen = sum(not planned.seen for planned in targets if planned.differences or planned.unchanged)
    blind = f"{count(unseen, 'profile')} {'has' if unseen == 1 else 'have'} nothing that can be read back"
    if unseen == len(targets):
        return f"Drift: nobody can see any; {blind}."
    found = len(report.drifted) + len(report.observed)
    apart = [(len(report.unknown_since), "unrecorded"), (len(report.pending), "pending")]
    tail = "".join(f", {number} {word}" for number, word in apart if number) + (f"; {blind}" if unseen else "")
    incomplete = "; not everything could be read" if any(not_read(planned) for planned in targets) else ""
    looked = count(len(targets) - unseen, "profile")
    return f"Drift: {count(found, 'difference') if found else 'none'} in {looked}{tail}{incomplete}."

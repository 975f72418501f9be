"""Plans, applies and validations as text for a terminal. Colours are always in it; the output removes them if needed.

plan_text, apply_text, validate_text: a report → all that a person reads.
approving_parts: an apply of an approved plan → the changes that it does not hold, beside what it holds.
released_text, released_json: what is no longer managed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, Status
from reconciler.core.planning.base import Unmanaged
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.reports import ApplyReport, ValidateReport
from reconciler.core.safety.approval import Rerouted, Unapproved
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Assumed, Change, Origin
from reconciler.render.safe_text import quoted, terminal
from reconciler.render.terminal import STATUS_LOOK, Look, styled
from reconciler.render.text.changes import (
    FIELD_WIDTH,
    change_lines,
    differing,
    not_as_sent_lines,
    noted,
    target_lines,
    titled,
    unreadable_lines,
    value_lines,
)
from reconciler.render.words import FIELD_SIGN, RULE, count, listed


def released_text(found: Iterable[Unmanaged]) -> str:
    """Return what is no longer managed; "" if all of it still is."""
    lines = [_line(one) for one in found]
    title = styled("No longer managed here; live stays as it is:", Look.HEADING)
    return "\n".join([title, *lines]) if lines else ""


def _line(one: Unmanaged) -> str:
    provider, endpoint, address = one.key
    where = provider if endpoint.startswith("https:") else f"{provider} at {endpoint}"
    name = one.profile or "a profile"
    what = f"{name} ({address}, {where})" if one.whole else name
    return f"  {terminal(what)}: {', '.join(map(terminal, one.fields))}"


def released_json(found: Iterable[Unmanaged]) -> list[dict[str, Any]]:
    """Return the same for programs, by the names that a target has elsewhere in a plan."""
    names = ("provider", "endpoint", "address")
    return [
        {
            **dict(zip(names, one.key, strict=True)),
            "profile": one.profile,
            "fields": list(one.fields),
            "whole": one.whole,
        }
        for one in found
    ]


def approving_parts(report: ApplyReport) -> Iterator[str]:
    """Yield the changes that the approved plan does not hold, and its profiles that the files no longer have."""
    if report.unapproved:
        yield styled("Not in the approved plan:", Look.FAILED)
    for _, mine in groupby(report.unapproved, key=lambda one: one.target.key):
        yield "\n".join(_target(list(mine)))
    if report.gone:
        yield f"In the approved plan, and no longer in the files: {terminal(', '.join(report.gone))}."


def _target(found: list[Unapproved]) -> Iterator[str]:
    first = found[0]
    target, was = first.target, first.approved_for
    name = styled(terminal(first.file or target.profile), Look.HEADING)
    yield f"{name} ({terminal(f'{target.number}, account {target.account}')})"
    for part in first.elsewhere:
        yield f"    approved for the {part} {quoted(getattr(was, part))}, and now it is {quoted(getattr(target, part))}"
    for moved in dict.fromkeys(moved for one in found for moved in one.rerouted):
        yield f"    {_rerouted(moved)}"
    if first.planned_offline:
        yield "    it was planned offline: plan it with its credential"
    for one in found:
        yield f"  {styled('≠', Look.DIFFERS)} {terminal(one.now.field)}"
        if one.planned_offline:
            # What was remembered then and what is live now are not two versions of one value.
            continue
        yield from _side("approved:", _moves(one.approved) if one.approved is not None else ["nothing"])
        yield from _side("now:", _moves(one.now))


def _rerouted(moved: Rerouted) -> str:
    """Return the approved and the present value of something else that decides where a change goes."""
    name = terminal(moved.name)
    was = f"approved with the {name} {quoted(moved.approved)}" if moved.approved else f"approved without a {name}"
    return f"{was}, and now {f'it is {quoted(moved.now)}' if moved.now else 'there is none'}"


def _side(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"      {title}"
    yield from (f"        {line}" for line in lines)


def _moves(change: Change) -> Iterator[str]:
    before = change.before_value
    old = value_lines(before) if before is not None else ["(cannot be read back)"]
    yield from (styled(f"- {line}", Look.REMOVED) for line in old)
    if isinstance(change.before, Assumed):
        yield styled("- (assumed, for it cannot be read back)", Look.REMOVED)
    yield from (styled(f"+ {line}", Look.ADDED) for line in value_lines(change.after))


NOTHING = "Nothing is selected."
_OFFLINE = (
    "Offline plan: no provider was asked. What is remembered stands in for what is live, "
    "so nothing that was changed elsewhere is seen."
)
_UNSURE = (FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED)
_LOOK = {Severity.ERROR: Look.ERROR, Severity.WARNING: Look.WARNING, Severity.NOTICE: Look.NOTICE}


def diagnostics_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return problems, one after the other: where, what, and what to do."""
    return "\n".join(line for diagnostic in diagnostics for line in _diagnostic(diagnostic))


def _diagnostic(diagnostic: Diagnostic) -> Iterator[str]:
    severity = styled(diagnostic.severity, _LOOK[diagnostic.severity])
    place = f"{terminal(str(diagnostic.location))}: " if diagnostic.location.file else ""
    yield f"{place}{severity}: {terminal(diagnostic.summary)} [{terminal(diagnostic.code)}]"
    for line in diagnostic.hint.split("\n") if diagnostic.hint else ():
        yield f"    {terminal(line)}"


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
        yield styled(title, Look.HEADING)
    for planned in found:
        yield differing(planned, planned.differences)


def _gates(report: PlanReport) -> str:
    lines: list[str] = []
    for gate in report.tripped:
        rule, hint = _rule(gate, report.allowed)
        name = styled(f"{terminal(gate.gate)} ({rule})", Look.GATE)
        lines.append(f"  {name}: {terminal(gate.summary)}")
        if gate.profiles:
            lines.append(f"      in {terminal(listed(gate.profiles))}")
        lines.append(f"      {terminal(hint)}")
    return titled(styled("Gates:", Look.HEADING), lines)


def _rule(gate: Tripped, allowed: Sequence[str]) -> tuple[str, str]:
    """Return what a gate does and what opens it; if it was let through, only how to let every run through."""
    if gate.rule is Rule.ASK and gate.gate in allowed:
        return "let through by --allow", gate.hint.rpartition("; ")[2]
    return RULE[gate.rule], gate.hint


def _held(report: PlanReport) -> str:
    """Say which changes of the plan an apply does not send without more; no `yes` sends an accepted one."""
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
            (summary.not_as_sent, "not as sent"),
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
    idle = plan.complete and not (plan.errored or plan.not_as_sent)
    done = "Nothing to do" if idle else "Nothing is planned"
    return f"{done}: {', '.join(rest)}."


def apply_text(report: ApplyReport) -> str:
    """Return what happened to every target, or why nothing did; the plan itself was shown before."""
    parts = [_outcome(outcome) for outcome in report.outcomes]
    parts += approving_parts(report)
    if report.superseded:
        newer = terminal(report.superseded[:12])
        parts.append(f"Superseded by {newer}: nothing was written here, for the newer commit's own run does it.")
    elif report.stale:
        parts.append(styled(f"Nothing was written: {terminal(report.stale)}.", Look.FAILED))
    elif report.stopped:
        parts.append(styled(f"Nothing was written: {terminal(report.stopped)}.", Look.FAILED))
    else:
        parts += [not_as_sent_lines(report.plan), _applied(report)]
    if report.signal and report.record is not None:
        parts.append(f"Interrupted by {terminal(report.record.interrupted)}: what had not begun was not sent.")
    if report.unrecorded:
        parts.append(styled(f"Not recorded: {terminal(report.unrecorded)}", Look.FAILED))
    return "\n\n".join(part for part in parts if part)


def _outcome(outcome: Outcome) -> str:
    status = styled(outcome.status, STATUS_LOOK[outcome.status])
    name = styled(terminal(outcome.target.profile), Look.HEADING)
    why = f": {terminal(outcome.detail)}" if outcome.detail else ""
    lines = [f"{name} ({terminal(outcome.target.number)}): {status}{why}"]
    return "\n".join([*lines, *(_field(field, said=outcome.detail) for field in outcome.fields)])


def _field(field: FieldOutcome, *, said: str) -> str:
    """Return one field's line; what is `said` of the whole target is not repeated."""
    status = "" if field.status is FieldStatus.APPLIED else f"{field.status}"
    detail = terminal(field.detail) if field.detail != said else ""
    words = ": ".join(word for word in (status, detail) if word)
    return f"  {FIELD_SIGN[field.status]} {terminal(field.field):<{FIELD_WIDTH}}{words}".rstrip()


def _applied(report: ApplyReport) -> str:
    if not report.outcomes:
        return "Nothing was written: there was nothing to write."
    altered = sum(field.status is FieldStatus.ALTERED for outcome in report.outcomes for field in outcome.fields)
    kinds = [field.status for outcome in report.outcomes for field in outcome.fields]
    unsure = sum(kind in _UNSURE for kind in kinds)
    believed = kinds.count(FieldStatus.ACKNOWLEDGED)
    tail = f", {believed} of them on the provider's word" if believed else ""
    tail += f", {altered} altered by the provider" if altered else ""
    tail += f", {unsure} uncertain" if unsure else ""
    written = f"{count(kinds.count(FieldStatus.APPLIED) + believed, 'change')} written{tail}"
    by_status = ((status, sum(outcome.status is status for outcome in report.outcomes)) for status in Status)
    profiles = ", ".join(f"{number} {status}" for status, number in by_status if number)
    unread = report.plan.summary.unreadable
    tail = f"; {count(unread, 'profile')} could not be read" if unread else ""
    return f"Apply: {written}; profiles: {profiles}{tail}."

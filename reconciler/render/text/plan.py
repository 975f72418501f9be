"""Plans and validations as text for a terminal. Colours are always in it; the output removes them if needed.

plan_text, validate_text: a report → all that a person reads.
released_text, released_json: what is no longer managed here.
left_parts: (differences, consent) → those that apply does not simply send, in groups, with what a person can do.

A group is of one origin that an apply treats in one way. Its title says both.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.core.basics import Severity, count
from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import Mode
from reconciler.core.planning.base import Unmanaged
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import LEFT, ChangePairs, Consent, Summary, Treatment, treated
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Change, Origin
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, styled
from reconciler.render.text.causes import Quotes, diagnostics_text, explain_hint, noted, unreadable_lines
from reconciler.render.text.changes import titled
from reconciler.render.text.targets import left_targets, sent_parts
from reconciler.render.words import NOT_LOOKED_AT, RULE, listed, no_profile, provider_words

if TYPE_CHECKING:
    from reconciler.core.reports.command_reports import ValidateReport

# Names that one line between two reports holds.
_MOST_CHANGED = 3


def released_text(found: Iterable[Unmanaged]) -> str:
    """Return what is no longer managed; "" if all of it still is."""
    lines = [_line(one) for one in found]
    title = styled("No longer managed here; live stays as it is:", Look.HEADING)
    return "\n".join([title, *lines]) if lines else ""


LET_GO = {
    Mode.MANAGED: "",
    Mode.OBSERVE: " (mode: observe; drift still looks, and nothing is sent)",
    Mode.PAUSED: " (mode: paused; it is not looked at any more)",
}


def _line(one: Unmanaged) -> str:
    provider, endpoint, address = one.key
    name = one.profile or "a profile"
    what = f"{name} ({address}, {provider_words(provider, endpoint)})" if one.whole else name
    return f"  {terminal(what)}: {', '.join(map(terminal, one.fields))}{LET_GO[one.mode]}"


def released_json(found: Iterable[Unmanaged]) -> list[dict[str, Any]]:
    """Return the same for programs, by the names that a target has elsewhere in a plan."""
    names = ("provider", "endpoint", "address")
    return [
        {
            **dict(zip(names, one.key, strict=True)),
            "profile": one.profile,
            "fields": list(one.fields),
            "whole": one.whole,
            "mode": one.mode.value,
        }
        for one in found
    ]


NOTHING = "Nothing is selected."


def nothing_planned(plan: Plan) -> str:
    """Return why a plan has no profile."""
    return f"N{terminal(no_profile(plan))[1:]}: this run has nothing to do." if plan.shard else NOTHING


_OFFLINE = (
    "Offline plan: no provider was asked. What is remembered stands in for what is live, "
    "so nothing that was changed elsewhere is seen."
)


def validate_text(report: ValidateReport, *, verbose: bool = False, quotes: Quotes | None = None) -> str:
    """Return every problem, with the lines of `quotes`, and how many profiles are sound."""
    body = diagnostics_text(report.diagnostics, verbose=verbose, quotes=quotes)
    summary = _validated(report)
    return f"{body}\n{explain_hint(report.diagnostics)}\n\n{summary}" if body else summary


def changed_text(moved: Sequence[str], *, at: datetime) -> str:
    """Return the line between two reports of a watch: which files changed, and when."""
    said = f"{at:%H:%M:%S}  {listed(tuple(moved), most=_MOST_CHANGED)} changed"
    return f"\n{styled(terminal(said), Look.HEADING)}"


def _validated(report: ValidateReport) -> str:
    found = [(severity, sum(d.severity is severity for d in report.diagnostics)) for severity in Severity]
    problems = ", ".join(count(number, severity) for severity, number in found if number)
    if not problems:
        return f"{count(report.profiles, 'profile')} checked: no problems." if report.profiles else NOTHING
    sound = {0: "no profile is sound", 1: "1 profile is sound"}.get(
        report.profiles, f"{report.profiles} profiles are sound"
    )
    return f"{problems}; {sound}."


def plan_text(report: PlanReport, *, verbose: bool = False, quotes: Quotes | None = None) -> str:
    """Return what an apply would send, what it would leave, what is in the way, and the numbers.

    A `verbose` text lists every profile, where another one says how many there are. `quotes` are lines of files.
    """
    said = diagnostics_text(report.plan.diagnostics, verbose=verbose, quotes=quotes)
    return "\n\n".join(part for part in _plan_parts(report, said, verbose=verbose) if part)


def _plan_parts(report: PlanReport, said: str, *, verbose: bool) -> Iterator[str]:
    plan = report.plan
    yield _OFFLINE if plan.offline else ""
    yield said
    yield from _sent(report.differences(Treatment.SENT), verbose=verbose)
    yield from left_parts(report.differences(*LEFT), report.consent, verbose=verbose)
    yield _further(report)
    yield from _apart(plan, TargetStatus.OBSERVED, "Only observed, never applied:", verbose=verbose)
    yield from _apart(plan, TargetStatus.BLOCKED, "Cannot be written:", verbose=verbose)
    yield unreadable_lines(plan, "Could not be read; nothing is planned for what is named here:", verbose=verbose)
    yield noted(plan, verbose=verbose)
    yield released_text(plan.released)
    yield from _gates(report)
    yield _totals(report)


def _sent(found: ChangePairs, *, verbose: bool) -> Iterator[str]:
    if found:
        yield styled("Will be sent:", Look.HEADING)
    yield from sent_parts(found, verbose=verbose)


def _further(report: PlanReport) -> str:
    """Say which gates would stop an apply that also sends what is left."""
    said = [f"  {terminal(f'{gate.gate}: {gate.summary}')}" for gate in report.further if report.stopped_by(gate)]
    return titled("Sending what is left would also be stopped by:", said)


def _apart(plan: Plan, status: TargetStatus, title: str, *, verbose: bool) -> Iterator[str]:
    found = [(p, change) for p in plan.targets if p.status is status for change in p.differences]
    if found:
        yield styled(title, Look.HEADING)
    yield from left_targets(found, verbose=verbose)


def _gates(report: PlanReport) -> Iterator[str]:
    """Yield the gates that stop an apply, and apart from them those that it passes."""
    allowed = report.consent.allowed
    for title, stops in (("In the way:", True), ("Gates that pass:", False)):
        found = (gate for gate in report.tripped if report.stopped_by(gate) is stops)
        yield titled(styled(title, Look.HEADING), [line for gate in found for line in _gate(gate, allowed)])


def _gate(gate: Tripped, allowed: Collection[str]) -> Iterator[str]:
    rule, hint = _rule(gate, allowed)
    yield f"  {styled(f'{terminal(gate.gate)} ({rule})', Look.GATE)}: {terminal(gate.summary)}"
    if gate.profiles:
        yield f"      in {terminal(listed(gate.profiles))}"
    yield f"      {terminal(hint)}"


def _rule(gate: Tripped, allowed: Collection[str]) -> tuple[str, str]:
    """Return what a gate does and what opens it; if it was let through, only how to let every run through."""
    if gate.rule is Rule.ASK and gate.gate in allowed:
        return "let through by --allow", gate.hint.rpartition("; ")[2]
    return RULE[gate.rule], gate.hint


def _totals(report: PlanReport) -> str:
    """Return the last lines: what becomes of the differences, and of the profiles that have none."""
    plan, summary = report.plan, report.summary
    if not plan.targets:
        return nothing_planned(plan)
    calm = calm_profiles(plan, summary)
    if plan.has_changes:
        return "\n".join(filter(None, (_differences(report, summary), " · ".join(calm))))
    done = "Nothing to do" if plan.idle else "Nothing is planned"
    return f"{done}: {', '.join(calm)}."


def _differences(report: PlanReport, summary: Summary) -> str:
    sent = f"{count(summary.will_be_sent, 'change')} in {count(summary.changed, 'profile')} will be sent"
    elsewhere = sum(not change.acknowledged for _, change in report.differences(Treatment.LEFT_ALONE))
    waiting = Counter(change.origin for _, change in report.differences(Treatment.FOR_A_PERSON))
    which = ", ".join(f"{waiting[origin]} {origin}" for origin in Origin if origin in waiting)
    parts = (
        sent if summary.will_be_sent else "Nothing will be sent",
        f"{elsewhere} changed elsewhere, left alone" if elsewhere else "",
        f"{accepted} accepted, left alone" if (accepted := summary.left_alone - elsewhere) else "",
        f"{summary.left_for_a_person} left for a person ({which})" if which else "",
    )
    return " · ".join(filter(None, parts))


def calm_profiles(plan: Plan, summary: Summary) -> list[str]:
    """Return how many profiles need no change, or get none, and why."""
    unread = any(planned.offline for planned in plan.targets)
    found = (
        (summary.in_sync, "in sync"),
        (summary.not_as_sent, "not as sent"),
        (summary.assumed, f"assumed ({'not read' if unread else 'cannot be read back'})"),
        (summary.unverified, "without changes, as far as anyone can tell"),
        (summary.unmanaged, f"manage{'s' if summary.unmanaged == 1 else ''} nothing"),
        (summary.observed, "observed"),
        (summary.paused, "paused"),
        (summary.blocked, "cannot be written"),
        (summary.unreadable, "could not be read"),
        (summary.not_read, NOT_LOOKED_AT),
    )
    return [f"{number} {word}" for number, word in found if number]


# With more profiles than these a command names none, and so means all of them.
_NAMES = 10
_ACCEPTED = "Accepted in profiles/drift-ignore.yaml (left alone)"


def grouped(found: ChangePairs, consent: Consent) -> Iterator[tuple[str, Origin, Treatment, ChangePairs]]:
    """Yield each group that `found` has: its title, its origin, what an apply does with it, and its differences."""
    groups: dict[tuple[Origin, Treatment], list[tuple[TargetPlan, Change]]] = {}
    for planned, change in found:
        groups.setdefault((change.origin, treated(planned, change, consent)), []).append((planned, change))
    for origin in Origin:
        for way in Treatment:
            if mine := groups.get((origin, way)):
                yield f"{ORIGINS[origin].title} ({_words(way)})", origin, way, mine


def _words(way: Treatment) -> str:
    return "the next apply sends what the file says" if way is Treatment.SENT else way.value


def left_parts(found: ChangePairs, consent: Consent, *, verbose: bool = False) -> Iterator[str]:
    """Yield each group under its title, and under it what a person can do; accepted differences come last."""
    for title, origin, way, mine in grouped([pair for pair in found if not pair[1].acknowledged], consent):
        yield styled(f"{title}:", Look.HEADING)
        *parts, last = left_targets(mine, verbose=verbose)
        yield from parts
        yield "\n".join((last, *(_ways(origin, mine) if way in LEFT else ())))
    if accepted := [pair for pair in found if pair[1].acknowledged]:
        yield styled(f"{_ACCEPTED}:", Look.HEADING)
        *parts, last = left_targets(accepted, verbose=verbose)
        yield from parts
        flags = "".join(f" --allow {origin}" for origin in sorted({change.origin for _, change in accepted}))
        command = terminal(f"reconciler apply{named(accepted)}{flags}")
        yield f"{last}\n    send what the file says all the same: {command}"


def _ways(origin: Origin, found: ChangePairs) -> Iterator[str]:
    names = named(found)
    for way in ORIGINS[origin].ways:
        yield f"    {way.what}: {terminal(way.command.format(names=names))}"


def named(found: ChangePairs) -> str:
    """Return the profiles of `found` as a shell takes them, each after a space; too many are not named."""
    profiles = dict.fromkeys(planned.target.profile for planned, _ in found)
    return "".join(f" {shlex.quote(name)}" for name in profiles) if len(profiles) <= _NAMES else ""

"""plan_sheet: (a plan and its gates, where links lead) → what a reviewer reads: numbers, what stops it, each field.

validate_sheet: (what `validate` found, where links lead) → the problems in the files.
problems_sheet: (problems, where links lead) → what stopped a command before it had a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from reconciler.core.basics import Diagnostic, Severity, cut, many
from reconciler.core.explanations import ORIGINS
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import LEFT, ChangePairs, Consent, Summary, Treatment
from reconciler.core.reports.command_reports import ValidateReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule, SelfLabel
from reconciler.core.target import Change, Origin
from reconciler.render.alike import SharedChanges, alike
from reconciler.render.markdown.blocks import (
    account_of,
    accounts_of,
    changes_blocks,
    gates_table,
    in_numbers,
    name_cell,
    number_cell,
    table,
)
from reconciler.render.markdown.remarks import also, let_go, problems, severe, unreadable_block
from reconciler.render.markdown.sheet import Block, Links, Sheet, View, commit_link, section
from reconciler.render.safe_text import code_span, prose
from reconciler.render.text.plan import grouped, named
from reconciler.render.words import NOT_LOOKED_AT, no_profile

# A lead stands on every page, however small, so its table has at most this many rows and bytes.
_ROWS, _BYTES = 50, 16_000
_LABELS = "A label counts if it was added after the plan of the last push had ended, by a person who may write here."
_NOT_OWN = " The labels of who opened the {pull}, or pushed last to it, do not count."


def plan_sheet(report: PlanReport, links: Links) -> Sheet:
    """Return everything that a page about a plan may say; what is in the way comes first, then what is left."""
    plan, summary = report.plan, report.summary
    view = View(links=links, based=bool(plan.base))
    blocks = (
        *severe(plan.diagnostics, links),
        *_gates(report, links),
        *_left_blocks(report.differences(*LEFT), report.consent, view),
        *unreadable_block(plan.targets, links),
        *section("Will be sent", changes_blocks(report.differences(Treatment.SENT), view, sends=True)),
        *_apart(plan, TargetStatus.BLOCKED, view, title="Cannot be written"),
        *_apart(plan, TargetStatus.OBSERVED, view, title="Only observed, never applied"),
        *let_go(plan.released),
        *also(plan.targets, plan.diagnostics, links),
    )
    lead = (
        _heading(plan, summary),
        _in_the_way(report),
        _left(report, summary),
        status_line(plan, summary, links),
        _asked_no_provider(plan),
        _overview(report, links),
    )
    return Sheet(lead="\n\n".join(part for part in lead if part), blocks=blocks)


def _heading(plan: Plan, summary: Summary) -> str:
    if summary.will_be_sent:
        said = f"{many(summary.will_be_sent, 'change')} in {many(summary.changed, 'profile')}"
    elif not plan.targets:
        said = prose(no_profile(plan))
    elif plan.has_changes:
        said = "nothing will be sent"
    else:
        said = "no changes" if plan.idle else "nothing is planned"
    return f"### WhatsApp profiles: {said}"


def _in_the_way(report: PlanReport) -> str:
    """Return the gates that stop an apply, each with what it says."""
    said = "; ".join(_said(gate) for gate in report.tripped if report.stopped_by(gate))
    return f"**In the way:** {said}." if said else ""


def _said(gate: Tripped) -> str:
    """Return a gate with its sentence, which is as long as the names in it."""
    return f"{code_span(gate.gate)}: {prose(cut(gate.summary))}"


def _left(report: PlanReport, summary: Summary) -> str:
    """Return how many differences an apply leaves, and the gates that would stop one that sends them."""
    found = (
        (summary.left_alone, "left alone"),
        (summary.left_for_a_person, "left for a person"),
    )
    said = ", ".join(f"{many(number, 'difference')} {words}" for number, words in found if number)
    gates = "; ".join(_said(gate) for gate in report.further if report.stopped_by(gate))
    more = f" Sending what is left would also be stopped by {gates}." if gates else ""
    return f"**Not sent:** {said}.{more}" if said else ""


def status_line(plan: Plan, summary: Summary, links: Links) -> str:
    """Return the commit of the plan, its base, and how many profiles have no change, and why."""
    against = f" against {commit_link(plan.base, links)}" if plan.base else ""
    looked = f"Commit {commit_link(plan.head, links)}{against}." if plan.head else ""
    return " ".join(part for part in (looked, in_numbers(_numbers(plan, summary))) if part)


def _numbers(plan: Plan, summary: Summary) -> Iterator[tuple[int, str]]:
    """Yield how many profiles need no change, or get none, each number with its words."""
    unread = any(planned.offline for planned in plan.targets)
    yield summary.in_sync, "in sync"
    yield summary.not_as_sent, "with a field that is not as sent"
    yield summary.assumed, f"assumed ({'not read' if unread else 'cannot be read back'})"
    yield summary.unverified, "without changes as far as anyone can tell"
    yield summary.unmanaged, "without a managed field"
    yield summary.observed, "only observed"
    yield summary.paused, "paused"
    yield summary.blocked, "cannot be written"
    yield summary.unreadable, "could not be read"
    yield summary.not_read, NOT_LOOKED_AT


def _asked_no_provider(plan: Plan) -> str:
    """Say for how many profiles no provider was asked; "" if every provider was."""
    blind = sum(planned.offline for planned in plan.targets)
    if not blind:
        return ""
    about = "" if plan.offline else f" about {many(blind, 'profile')} of {len(plan.targets):,}"
    means = "what is remembered stands in for what WhatsApp shows, so nothing that was changed there is seen"
    return f"**No provider was asked{about}:** {means}."


def _overview(report: PlanReport, links: Links) -> str:
    """Return a table with one row for what several profiles share, and one for each that has a change of its own."""
    shared, rest = alike(report.differences(Treatment.SENT))
    sent: dict[str, list[Change]] = {}
    for planned, change in rest:
        sent.setdefault(planned.target.profile, []).append(change)
    changed = [planned for planned in report.plan.targets if planned.target.profile in sent]
    if not (shared or changed):
        return ""
    gates: dict[str, list[str]] = {}
    for gate in report.tripped:
        for name in gate.profiles:
            gates.setdefault(name, []).append(gate.gate)
    every = [_shared_row(one, gates) for one in shared[:_ROWS]]
    every += [_row(one, sent[one.target.profile], gates, links) for one in changed[:_ROWS]]
    rows = [row for row, size in zip(every, accumulate(map(_size, every)), strict=True) if size <= _BYTES][:_ROWS]
    left = len(shared) + len(changed) - len(rows)
    more = f"\n\n… and {many(left, 'more profile')} with changes." if left else ""
    return table(("Profile", "Number", "Account", "Changes", "Look at"), rows) + more


def _size(row: Sequence[str]) -> int:
    return sum(len(cell.encode()) + 3 for cell in row)


def _shared_row(shared: SharedChanges, gates: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    concerned = dict.fromkeys(gate for name in shared.profiles for gate in gates.get(name, ()))
    return (
        many(len(shared.profiles), "profile"),
        "",
        accounts_of(shared),
        ", ".join(code_span(change.field) for change in shared.changes),
        ", ".join(map(prose, concerned)),
    )


def _row(
    planned: TargetPlan, sent: Sequence[Change], gates: Mapping[str, Sequence[str]], links: Links
) -> tuple[str, ...]:
    return (
        name_cell(planned, links),
        number_cell(planned),
        account_of(planned.target),
        ", ".join(code_span(change.field) for change in sent),
        ", ".join(map(prose, gates.get(planned.target.profile, ()))),
    )


def _gates(report: PlanReport, links: Links) -> Iterator[Block]:
    """Yield the gates that stop an apply, and apart from them those that it passes."""
    for title, stops in (("In the way", True), ("Gates that pass", False)):
        found = [gate for gate in report.tripped if report.stopped_by(gate) is stops]
        below = _labels(report, links) if stops and any(gate.rule is Rule.ASK for gate in found) else ""
        if found:
            yield from section(
                title, [gates_table(found, [_opens(gate, report, links) for gate in found])], below=below
            )


def _labels(report: PlanReport, links: Links) -> str:
    """Return whose label counts, by the policy that counts."""
    allowed = report.consent.policy.self_label is SelfLabel.ALLOW
    return _LABELS if allowed else _LABELS + _NOT_OWN.format(pull=links.words.pull)


def _opens(gate: Tripped, report: PlanReport, links: Links) -> str:
    """Return what opens a gate: a label if its rule is to ask, the settings if it is denied."""
    setting = gate.hint.rpartition("; ")[2]
    if gate.rule is Rule.WARN:
        return "it only warns"
    if gate.rule is Rule.DENY or gate.gate == "empty":
        return f"no label: {prose(setting)}"
    return (
        "let through by `--allow`"
        if gate.gate in report.consent.allowed
        else f"the label {links.words.label(f'allow-{gate.gate}')}"
    )


def _left_blocks(found: ChangePairs, consent: Consent, view: View) -> Iterator[Block]:
    """Yield the differences that an apply leaves, each group under what it is, with what a person can do."""
    for title, origin, _, mine in grouped([pair for pair in found if not pair[1].acknowledged], consent):
        yield from section(title, changes_blocks(mine, view, sends=False), below=_ways(origin, mine, view))
    accepted = [pair for pair in found if pair[1].acknowledged]
    title = "Accepted in `profiles/drift-ignore.yaml` (left alone)"
    origins = sorted({change.origin for _, change in accepted})
    labels = ", ".join(view.links.words.label(f"allow-{origin}") for origin in origins)
    below = f"Only its label sends it all the same: {labels}."
    yield from section(title, changes_blocks(accepted, view, sends=False), below=below)


def _ways(origin: Origin, found: ChangePairs, view: View) -> str:
    """Return what a person can do about differences of one origin; a label sends them with the merge."""
    names, at_forge, words = named(found), bool(view.links.repository), view.links.words
    ways = (way for way in ORIGINS[origin].ways if not (way.sends and at_forge))
    lines = [f"- {way.what}: {_command(way.command, names)}" for way in ways]
    lines.append(f"- send what the file says with this {words.pull}: the label {words.label(f'allow-{origin}')}")
    return "\n".join(lines)


def _command(command: str, names: str) -> str:
    return code_span(command.format(names=names)) if "{names}" in command else command


def _apart(plan: Plan, status: TargetStatus, view: View, *, title: str) -> Iterator[Block]:
    found = [(p, change) for p in plan.targets if p.status is status for change in p.differences]
    yield from section(title, changes_blocks(found, view, sends=False))


def validate_sheet(report: ValidateReport, links: Links) -> Sheet:
    """Return every problem in the files, and how many profiles are sound."""
    if not (report.profiles or report.diagnostics):
        return Sheet(lead="### WhatsApp profiles: nothing is selected")
    sound = f"{many(report.profiles, 'profile')} {'is' if report.profiles == 1 else 'are'} sound."
    lead = f"### WhatsApp profiles: {_counted(report.diagnostics) or 'no problems'}\n\n{sound}"
    return Sheet(lead=lead, blocks=_separate(report.diagnostics, links))


def problems_sheet(found: Sequence[Diagnostic], links: Links) -> Sheet:
    """Return what stopped a command."""
    lead = f"### WhatsApp profiles: {_counted(found) or 'stopped'}\n\nNothing was done."
    return Sheet(lead=lead, blocks=_separate(found, links))


def _separate(found: Iterable[Diagnostic], links: Links) -> tuple[Block, ...]:
    blocks = problems(found, links)
    return (*(replace(block, follows=False) for block in blocks[:1]), *blocks[1:])


def _counted(found: Iterable[Diagnostic]) -> str:
    severities = [diagnostic.severity for diagnostic in found]
    return ", ".join(many(severities.count(one), one) for one in Severity if one in severities)

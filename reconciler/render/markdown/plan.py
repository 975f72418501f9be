"""plan_sheet: (a plan and its gates, where links lead) → what a reviewer reads: numbers, what stops it, each field.

validate_sheet: (what `validate` found, where links lead) → the problems in the files.
problems_sheet: (problems, where links lead) → what stopped a command before it had a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.explanations import FINDINGS, ORIGINS
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports import ValidateReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.render.markdown.blocks import (
    account_of,
    also,
    changes_blocks,
    gates_table,
    in_numbers,
    let_go,
    name_cell,
    problems,
    severe,
    table,
    unreadable_block,
)
from reconciler.render.markdown.sheet import Block, Links, Sheet, View, commit_link, items, section
from reconciler.render.safe_text import code_span, prose
from reconciler.render.words import many

# A lead stands on every page, however small, so its table has at most this many rows and bytes.
_ROWS, _BYTES = 50, 16_000
_LABELS = (
    "A label counts when somebody who may write here, and is not the author of the pull request, "
    "puts it on after the last push."
)


def plan_sheet(report: PlanReport, links: Links) -> Sheet:
    """Return everything that a page about a plan may say; the most important comes first."""
    plan = report.plan
    left = frozenset(origin for origin, _ in report.held if origin not in report.allowed)
    view = View(links=links, based=bool(plan.base), left=left)
    blocks = (
        *severe(plan.diagnostics, links),
        *_gates(report),
        *_held(report),
        *unreadable_block(plan.targets, links),
        *section("Changes", changes_blocks(plan.changes, view, sends=True)),
        *_apart(plan, TargetStatus.BLOCKED, view, title="Cannot be written"),
        *_apart(plan, TargetStatus.OBSERVED, view, title="Only observed, never applied"),
        *let_go(plan.released),
        *also(plan.targets, plan.diagnostics, links),
    )
    lead = (_heading(plan), status_line(plan, links), asked_nobody(plan), _overview(report, links))
    return Sheet(lead="\n\n".join(part for part in lead if part), blocks=blocks)


def _heading(plan: Plan) -> str:
    summary = plan.summary
    if summary.changes:
        said = f"{many(summary.changes, 'change')} in {many(summary.changed, 'profile')}"
    elif not plan.targets:
        said = "nothing is selected"
    else:
        idle = plan.complete and not (plan.errored or plan.not_as_sent)
        said = "no changes" if idle else "nothing is planned"
    return f"### WhatsApp profiles: {said}"


def status_line(plan: Plan, links: Links) -> str:
    """Return the commit of the plan, its base, and how many profiles have no change, and why."""
    against = f" against {commit_link(plan.base, links)}" if plan.base else ""
    looked = f"Commit {commit_link(plan.head, links)}{against}." if plan.head else ""
    return " ".join(part for part in (looked, in_numbers(_numbers(plan))) if part)


def _numbers(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield how many profiles need no change, or get none, each number with its words."""
    summary = plan.summary
    blind = sum(_unseen(planned) for planned in plan.targets)
    yield summary.in_sync, "in sync"
    yield summary.not_as_sent, "with a field that is not as sent"
    yield blind, "cannot be read back"
    yield summary.unverified - blind, "without changes as far as anyone can tell"
    yield summary.unmanaged, "without a managed field"
    yield summary.observed, "only observed"
    yield summary.paused, "paused"
    yield summary.blocked, "cannot be written"
    yield summary.unreadable, "could not be read"


def _unseen(planned: TargetPlan) -> bool:
    """True if a profile is only assumed to need no change, because its provider shows nothing."""
    settled = planned.status is TargetStatus.PLANNED and planned.complete and not planned.changes
    reasons = {field.reason for field in planned.unchanged}
    return settled and not planned.offline and not planned.certain and SameReason.ASSUMED in reasons


def asked_nobody(plan: Plan) -> str:
    """Say for how many profiles no provider was asked; "" if every provider was."""
    blind = sum(planned.offline for planned in plan.targets)
    if not blind:
        return ""
    about = "" if plan.offline else f" about {many(blind, 'profile')} of {len(plan.targets):,}"
    means = "what is remembered stands in for what WhatsApp shows, so nothing that was changed there is seen"
    return f"**Nobody was asked{about}:** {means}."


def _overview(report: PlanReport, links: Links) -> str:
    """Return a table with one row for each profile that has a change."""
    changed = [planned for planned in report.plan.targets if planned.changes]
    if not changed:
        return ""
    gates: dict[str, list[str]] = {}
    for gate in report.tripped:
        for name in gate.profiles:
            gates.setdefault(name, []).append(gate.gate)
    rows: list[tuple[str, ...]] = []
    room = _BYTES
    for planned in changed[:_ROWS]:
        row = _row(planned, gates.get(planned.target.profile, []), links)
        room -= sum(len(cell.encode()) + 3 for cell in row)
        if room < 0:
            break
        rows.append(row)
    rest = len(changed) - len(rows)
    more = f"\n\n… and {many(rest, 'more profile')} with changes." if rest else ""
    return table(("Profile", "Number", "Account", "Changes", "Look at"), rows) + more


def _row(planned: TargetPlan, gates: list[str], links: Links) -> tuple[str, ...]:
    found = Counter(change.origin for change in planned.changes if change.origin in FINDINGS)
    attention = (*map(prose, gates), *(f"{number} {origin}" for origin, number in found.items()))
    return (
        name_cell(planned, links),
        code_span(planned.target.number),
        account_of(planned.target),
        ", ".join(code_span(change.field) for change in planned.changes),
        ", ".join(attention),
    )


def _gates(report: PlanReport) -> Iterator[Block]:
    if not report.tripped:
        return
    table_of_gates = gates_table(report.tripped, [_opens(gate, report) for gate in report.tripped])
    asks = any(gate.rule is Rule.ASK for gate in report.tripped)
    yield from section("Gates", [table_of_gates], below=_LABELS if asks else "")


def _opens(gate: Tripped, report: PlanReport) -> str:
    """Return what opens a gate: a label if its rule is to ask, the settings if it is denied."""
    setting = gate.hint.rpartition("; ")[2]
    if gate.rule is Rule.WARN:
        return "it only warns"
    if gate.rule is Rule.DENY or gate.gate == "empty":
        return f"no label: {prose(setting)}"
    return "let through by `--allow`" if gate.gate in report.allowed else f"the label {code_span(f'allow-{gate.gate}')}"


def _held(report: PlanReport) -> Iterator[Block]:
    """Yield what an apply leaves alone unless a label or a flag sends it."""
    changes = [change for _, change in report.plan.changes if change.origin not in report.allowed]
    accepted = Counter(change.origin for change in changes if change.acknowledged)
    lines = [
        f"{many(number, 'change')} **{origin}** ({ORIGINS[origin].page}){_accepted(accepted[origin])}: "
        f"sent with the label {code_span(f'allow-{origin}')}"
        for origin, number in report.held
        if origin not in report.allowed
    ]
    yield from section("Left alone unless somebody says so", items("finding", lines))


def _accepted(number: int) -> str:
    return f", {number:,} of them accepted in `profiles/drift-ignore.yaml`" if number else ""


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

"""apply_sheet: (what a plan came to, where links lead) → what was written, what was not and why, and what to do.

refused: (the same) → the changes that the approved plan does not hold, beside what it holds in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from reconciler.core.basics import NOWHERE, Location, many
from reconciler.core.memory.runs import NOT_TO_SEND, FieldOutcome, FieldStatus, Outcome, OutcomeStatus
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.plan import TargetPlan
from reconciler.core.reports.causes import unsent_together
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.roster import NO_BUSINESS, Business
from reconciler.core.safety.approval import Rerouted, Unapproved
from reconciler.core.target import Change, Target
from reconciler.render.markdown.advice import stopping_gates, what_next
from reconciler.render.markdown.blocks import OPEN, gates_table, profile_block, table
from reconciler.render.markdown.changes import BREAK, after_cell, before_cell, field_cell
from reconciler.render.markdown.plan import status_line
from reconciler.render.markdown.remarks import also, cause_line, let_go, severe, unreadable_block
from reconciler.render.markdown.sheet import Block, Links, Sheet, items, section
from reconciler.render.pieces import unseen_between
from reconciler.render.safe_text import code_span, prose
from reconciler.render.text.apply import cut_short


def refused(report: ApplyReport, links: Links) -> Iterator[Block]:
    """Yield the changes that the approved plan does not hold, and its profiles that the files no longer have."""
    groups = [list(mine) for _, mine in groupby(report.unapproved, key=lambda one: one.target.key)]
    yield from section("Not in the approved plan", [_unapproved_block(mine, links) for mine in groups])
    gone = items("profile", [code_span(name) for name in report.gone])
    yield from section("In the approved plan, and no longer in the files", gone)


def _unapproved_block(found: list[Unapproved], links: Links) -> Block:
    first = found[0]
    fields = [one.now.field for one in found]
    said = [*_elsewhere(first), *map(_rerouted, dict.fromkeys(moved for one in found for moved in one.rerouted))]
    if first.planned_offline:
        # What was remembered then and what is live now are not two versions of one value.
        said.append(f"it was planned offline: plan it with its credential ({', '.join(map(code_span, fields))})")
        shown = ""
    else:
        rows = [(code_span(one.now.field), _moves(one.approved), _moves(one.now, beside=one.approved)) for one in found]
        shown = table(("Field", "Approved", "Now"), rows)
    body = "\n\n".join(part for part in (BREAK.join(said), shown) if part)
    return profile_block(first, body, fields=fields, noun="change", links=links, folded=False)


def _elsewhere(one: Unapproved) -> Iterator[str]:
    was, now = one.approved_for, one.target
    for part in one.elsewhere:
        yield f"approved for the {part} {code_span(getattr(was, part))}, and now it is {code_span(getattr(now, part))}"


def _rerouted(moved: Rerouted) -> str:
    """Return the approved and the present value of something else that decides where a change goes."""
    name = prose(moved.name)
    was = f"approved with the {name} {code_span(moved.approved)}" if moved.approved else f"approved without a {name}"
    return f"{was}, and now {f'it is {code_span(moved.now)}' if moved.now else 'there is none'}"


def _moves(change: Change | None, *, beside: Change | None = None) -> str:
    """Return the two values of a change, and what in them differs from those `beside` it and cannot be seen."""
    if change is None:
        return "nothing"
    pairs = ((beside.before_value, change.before_value), (beside.after, change.after)) if beside is not None else ()
    notes = "".join(f"{BREAK}{prose(note)}" for was, now in pairs for note in unseen_between(was, now))
    return f"{before_cell(change, offline=False)}{BREAK}becomes{BREAK}{after_cell(change)}{notes}"


WRITTEN = (FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED)
_BECAME: dict[FieldStatus, str] = {
    FieldStatus.APPLIED: "written, and seen there",
    FieldStatus.ACKNOWLEDGED: "written; the provider took it, and it cannot be read back",
    FieldStatus.ALTERED: "**taken, and something else is shown**",
    FieldStatus.UNCONVERGED: "**sent, and not seen there yet**",
    FieldStatus.UNKNOWN: "**whether it arrived is not known**",
    FieldStatus.FAILED: "**failed**",
    FieldStatus.NOT_SENT: "not sent",
    FieldStatus.LEFT_ALONE: "left alone",
    FieldStatus.FOR_A_PERSON: "**left for a person**",
}
_FAILED, _ALTERED, _SKIPPED = "Failed, or not certain", "Altered by the provider", "Not sent"
_PERSON, _WRITTEN, _LEFT = "Left for a person", "Written", "Left alone"
_GROUPS = (_FAILED, _ALTERED, _SKIPPED, _PERSON, _WRITTEN, _LEFT)
# Limits a text about the whole run, which stands on every page: it may come from a server or a file.
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class _Done:
    """One target's outcome, and its plan, which has the values."""

    outcome: Outcome
    place: Location
    planned: TargetPlan | None

    @property
    def target(self) -> Target:
        return self.outcome.target

    @property
    def business(self) -> Business:
        return self.planned.business if self.planned is not None else NO_BUSINESS


def apply_sheet(report: ApplyReport, links: Links) -> Sheet:
    """Return everything that a page about an apply may say; what needs a person comes first."""
    lead = (
        _heading(report),
        status_line(report.plan, report.summary, links),
        *_statements(report),
        what_next(report, links),
    )
    plan = report.plan
    closed = stopping_gates(report)
    blocks = (
        *severe(plan.diagnostics, links),
        *section("Gates", [gates_table(closed)] if closed else []),
        *refused(report, links),
        *_outcomes(report, links),
        *unreadable_block(plan.targets, links),
        *let_go(plan.released),
        *also(plan.targets, plan.diagnostics, links),
    )
    return Sheet(lead="\n\n".join(part for part in lead if part), blocks=blocks)


def _heading(report: ApplyReport) -> str:
    number = report.came_to
    profiles = sum(any(field.status in WRITTEN for field in outcome.fields) for outcome in report.outcomes)
    rest = [
        (number[FieldStatus.FAILED], "failed"),
        (number[FieldStatus.UNKNOWN] + number[FieldStatus.UNCONVERGED], "not certain"),
        (number[FieldStatus.ALTERED], "altered by the provider"),
        (number[FieldStatus.NOT_SENT], "not sent"),
        (number[FieldStatus.LEFT_ALONE], "left alone"),
        (number[FieldStatus.FOR_A_PERSON], "left for a person"),
    ]
    written = sum(number[status] for status in WRITTEN)
    done = f"{many(written, 'change')} written in {many(profiles, 'profile')}" if written else "nothing was written"
    return f"### WhatsApp profiles: {', '.join((done, *(f'{some:,} {word}' for some, word in rest if some)))}"


def _statements(report: ApplyReport) -> Iterator[str]:
    """Yield why nothing was written, and other statements about the whole run."""
    if report.superseded:
        newer = code_span(report.superseded[:7])
        yield f"A newer commit, {newer}, has taken this one's place: its own run does the work."
    elif report.stale or report.stopped:
        yield f"**Why:** {_short(report.stale or report.stopped)}."
    elif not report.outcomes:
        yield "There was nothing to write."
    for why in dict.fromkeys(why for _, _, why in report.waiting):
        mine = [planned.target.key for planned, _, told in report.waiting if told == why]
        number = f"{many(len(mine), 'change')} in {many(len({*mine}), 'profile')}"
        yield f"**Waiting for another apply:** {number} ({_short(why)})."
    if report.signal and report.record is not None:
        yield f"**Interrupted by {_short(report.record.interrupted)}:** {cut_short(report)}."
    if report.unrecorded:
        yield f"**Not recorded:** {_short(report.unrecorded)}"


def _outcomes(report: ApplyReport, links: Links) -> Iterator[Block]:
    """Yield what became of each target. A field that was left stands apart from those that were sent."""
    targets = {planned.target.key: planned for planned in report.plan.targets}
    groups: dict[str, list[_Done]] = {title: [] for title in _GROUPS}
    for outcome in report.outcomes:
        planned = targets.get(outcome.target.key)
        for title, part in _parts(outcome):
            place = planned.place if planned is not None else NOWHERE
            groups[title].append(_Done(outcome=part, place=place, planned=planned))
    shared, told = unsent_together(report.outcomes)
    yield from section("Of one cause", items("cause", [cause_line(group) for group in shared]))
    folded = sum(map(len, groups.values())) > OPEN
    for title, mine in groups.items():
        yield from section(title, [_outcome_block(_briefly(done, told), links, folded=folded) for done in mine])


def _briefly(done: _Done, told: Collection[tuple[TargetKey, str]]) -> _Done:
    """Return an outcome without the reasons that are `told` of several profiles together."""
    outcome = done.outcome
    fields = tuple(
        replace(field, detail="") if (done.target.key, field.field) in told else field for field in outcome.fields
    )
    detail = "" if fields and all((done.target.key, field.field) in told for field in fields) else outcome.detail
    return replace(done, outcome=replace(outcome, fields=fields, detail=detail))


def _parts(outcome: Outcome) -> Iterator[tuple[str, Outcome]]:
    """Yield an outcome in parts: what was to be sent, what was left for a person, and what was left alone."""
    sent = tuple(field for field in outcome.fields if field.status not in NOT_TO_SEND)
    if sent or outcome.skipped:
        yield _group(outcome), replace(outcome, fields=sent)
    for title, status in ((_PERSON, FieldStatus.FOR_A_PERSON), (_LEFT, FieldStatus.LEFT_ALONE)):
        if left := tuple(field for field in outcome.fields if field.status is status):
            yield title, Outcome(target=outcome.target, fields=left)


def _group(outcome: Outcome) -> str:
    match outcome.status:
        case OutcomeStatus.APPLIED | OutcomeStatus.ACKNOWLEDGED:
            return _WRITTEN
        case OutcomeStatus.ALTERED:
            return _ALTERED
        case OutcomeStatus.SKIPPED:
            return _SKIPPED
        case _:
            return _FAILED


def _outcome_block(done: _Done, links: Links, *, folded: bool) -> Block:
    outcome, planned = done.outcome, done.planned
    changes = {change.field: change for change in planned.differences} if planned is not None else {}
    offline = planned is not None and planned.offline
    rows = [_row(field, changes.get(field.field), outcome.detail, offline=offline) for field in outcome.fields]
    shown = table(("Field", "Before", "After", "What happened"), rows) if rows else ""
    body = "\n\n".join(part for part in (prose(outcome.detail), shown) if part)
    fields = [field.field for field in outcome.fields]
    return profile_block(done, body, fields=fields, noun="change", links=links, folded=folded)


def _row(field: FieldOutcome, change: Change | None, said: str, *, offline: bool) -> tuple[str, ...]:
    """Return one field's row; what is `said` of the whole target is not repeated."""
    detail = prose(field.detail) if field.detail != said else ""
    happened = ": ".join(part for part in (_BECAME[field.status], detail) if part)
    if change is None:
        return (code_span(field.field), "", "", happened)
    return (field_cell(change), before_cell(change, offline=offline), after_cell(change), happened)


def _short(text: str) -> str:
    return prose(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")

"""What an apply asks, and what it came to, as text for a terminal.

question_text: a question → what a person at the terminal says yes to.
apply_text: a report → what became of every target, or why nothing was written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from reconciler.core.basics import count
from reconciler.core.explanations import ORIGINS
from reconciler.core.memory.runs import NOT_TO_SEND, FieldOutcome, FieldStatus, Outcome, OutcomeStatus
from reconciler.core.planning.base import TargetKey
from reconciler.core.reports.causes import unsent_together
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.approval import Rerouted, Unapproved
from reconciler.core.safety.decision import Question
from reconciler.core.target import Assumed, Change
from reconciler.render.alike import FEWEST
from reconciler.render.pieces import unseen_between
from reconciler.render.safe_text import quoted, terminal
from reconciler.render.terminal import STATUS_LOOK, Look, padded, styled
from reconciler.render.text.causes import cause_lines, which
from reconciler.render.text.changes import FIELD_WIDTH, not_as_sent_lines, titled, value_lines
from reconciler.render.words import FIELD_SIGN, listed

# What an apply is started for. Any other question has the title of the origin that it is about.
_SENDING = "Will be sent"


def question_text(question: Question) -> str:
    """Return what a yes sends, and the gates that it opens."""
    profiles: dict[str, list[str]] = {}
    for planned, change in question.sending:
        profiles.setdefault(planned.target.profile, []).append(change.field)
    named = listed(tuple(f"{profile} ({', '.join(fields)})" for profile, fields in profiles.items()))
    number = f"{count(len(question.sending), 'change')} in {count(len(profiles), 'profile')}"
    title = ORIGINS[question.origin].title if question.origin is not None else _SENDING
    lines = [f"{title}: {number}: {terminal(named)}." if profiles else "Nothing will be sent."]
    if question.waiting:
        waits = "wait" if question.waiting > 1 else "waits"
        lines.append(f"{count(question.waiting, 'more profile')} of the plan {waits} for another run.")
    if question.tripped:
        lines.append(f"A yes also opens: {', '.join(terminal(gate.gate) for gate in question.tripped)}.")
    asked = "Should this be sent?" if question.origin is None else "Should what the files say replace it?"
    part = " `yes NAME` sends only that profile, and `yes except NAME` all others." if len(profiles) > 1 else ""
    return "\n".join((*lines, f"{asked} Only `yes` is taken as yes.{part}"))


def _approving_parts(report: ApplyReport) -> Iterator[str]:
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
    name = styled(terminal(str(first.place) or target.profile), Look.HEADING)
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
        if one.approved is not None:
            pairs = ((one.approved.before_value, one.now.before_value), (one.approved.after, one.now.after))
            yield from (f"      {note}" for was, now in pairs for note in unseen_between(was, now))


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
    old = value_lines(before, change.field) if before is not None else ["(cannot be read back)"]
    yield from (styled(f"- {line}", Look.REMOVED) for line in old)
    if isinstance(change.before, Assumed):
        yield styled("- (assumed, for it cannot be read back)", Look.REMOVED)
    yield from (styled(f"+ {line}", Look.ADDED) for line in value_lines(change.after, change.field))


def apply_text(report: ApplyReport, *, verbose: bool = False) -> str:
    """Return what happened to every target, or why nothing did; the plan itself was shown before.

    What several profiles have from one cause is told once, and so is that the same fields of several profiles were
    applied; a `verbose` text tells it of each as well.
    """
    groups, told = unsent_together(() if verbose else report.outcomes)
    done = {} if verbose else _done_alike(report.outcomes)
    alike = {outcome.target.key for mine in done.values() for outcome in mine}
    parts = [_several(fields, mine) for fields, mine in done.items()]
    parts += [_outcome(outcome, told) for outcome in report.outcomes if outcome.target.key not in alike]
    lines = [line for group in groups for line in cause_lines(group)]
    parts.append(titled(styled("Of one cause:", Look.FAILED), lines))
    parts += _approving_parts(report)
    if report.superseded:
        newer = terminal(report.superseded[:12])
        parts.append(f"Superseded by {newer}: nothing was written here, for the newer commit's own run does it.")
    elif report.stale:
        parts.append(styled(f"Nothing was written: {terminal(report.stale)}.", Look.FAILED))
    elif report.stopped:
        parts.append(styled(f"Nothing was written: {terminal(report.stopped)}.", Look.FAILED))
    else:
        parts += [not_as_sent_lines(report.plan), "\n".join(_waits(report)), _applied(report)]
    if report.signal and report.record is not None:
        parts.append(f"Interrupted by {terminal(report.record.interrupted)}: {cut_short(report)}.")
    if report.unrecorded:
        parts.append(styled(f"Not recorded: {terminal(report.unrecorded)}", Look.FAILED))
    return "\n\n".join(part for part in parts if part)


def _done_alike(outcomes: Iterable[Outcome]) -> dict[tuple[str, ...], list[Outcome]]:
    """Return the targets of which everything was applied and nothing more is to be said, several by the same fields."""
    found: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        quiet = all(field.status is FieldStatus.APPLIED and not field.detail for field in outcome.fields)
        if outcome.status is OutcomeStatus.APPLIED and not outcome.detail and quiet:
            found.setdefault(tuple(field.field for field in outcome.fields), []).append(outcome)
    return {fields: mine for fields, mine in found.items() if len(mine) >= FEWEST}


def _several(fields: tuple[str, ...], mine: Sequence[Outcome]) -> str:
    title = styled(count(len(mine), "profile"), Look.HEADING)
    status = styled(OutcomeStatus.APPLIED, STATUS_LOOK[OutcomeStatus.APPLIED])
    said = f"  {FIELD_SIGN[FieldStatus.APPLIED]} {terminal(', '.join(fields))}"
    return "\n".join([f"{title}: {status}", said, f"    in {which([one.target.profile for one in mine])}"])


def cut_short(report: ApplyReport) -> str:
    """Return what an interruption left undone."""
    unsent = report.came_to[FieldStatus.NOT_SENT]
    return "what had not begun was not sent" if unsent else "everything had been sent"


def _outcome(outcome: Outcome, told: Collection[tuple[TargetKey, str]]) -> str:
    """Return a target's lines; "" if all of its fields are `told` of elsewhere."""
    elsewhere = {field.field for field in outcome.fields if (outcome.target.key, field.field) in told}
    if elsewhere and len(elsewhere) == len(outcome.fields):
        return ""
    status = styled(_status(outcome), STATUS_LOOK[outcome.status])
    name = styled(terminal(outcome.target.profile), Look.HEADING)
    why = f": {terminal(outcome.detail)}" if outcome.detail else ""
    lines = [f"{name} ({terminal(outcome.target.number)}): {status}{why}"]
    fields = (replace(field, detail="as told below") if field.field in elsewhere else field for field in outcome.fields)
    return "\n".join([*lines, *(_field(field, said=outcome.detail) for field in fields)])


def _status(outcome: Outcome) -> str:
    """Return what became of a target; one that had nothing to be sent was not skipped."""
    kinds = {field.status for field in outcome.fields}
    if outcome.status is not OutcomeStatus.SKIPPED or not kinds or not kinds <= NOT_TO_SEND:
        return outcome.status
    return FieldStatus.FOR_A_PERSON if FieldStatus.FOR_A_PERSON in kinds else FieldStatus.LEFT_ALONE


def _field(field: FieldOutcome, *, said: str) -> str:
    """Return one field's line; what is `said` of the whole target is not repeated."""
    status = "" if field.status is FieldStatus.APPLIED else f"{field.status}"
    detail = terminal(field.detail) if field.detail != said else ""
    words = ": ".join(word for word in (status, detail) if word)
    return f"  {FIELD_SIGN[field.status]} {padded(terminal(field.field), FIELD_WIDTH)}{words}".rstrip()


def _waits(report: ApplyReport) -> Iterator[str]:
    """Yield how many changes wait, once for each reason; the next apply sends them."""
    for why in dict.fromkeys(why for _, _, why in report.waiting):
        mine = [planned.target.profile for planned, _, told in report.waiting if told == why]
        names = tuple(dict.fromkeys(mine))
        number = f"{count(len(mine), 'change')} in {count(len(names), 'profile')}"
        yield f"Waiting for another apply: {number}: {terminal(listed(names))}. ({terminal(why)})"


def _applied(report: ApplyReport) -> str:
    """Return the last line: how many changes came to what. Only what was sent and seen is applied."""
    if not report.outcomes:
        return "Nothing was written: there was nothing to write."
    number = report.came_to
    done = count(number[FieldStatus.APPLIED], "change")
    unread = report.summary.unreadable
    parts = (
        f"{done} applied" if any(number[status] for status in _TAKEN) else "Nothing was written",
        *(f"{number[status]} {word}" for status, word in _CAME_TO.items() if number[status]),
        f"{count(unread, 'profile')} could not be read" if unread else "",
    )
    return " · ".join(filter(None, parts))


_TAKEN = (FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED, FieldStatus.ALTERED)
_CAME_TO = {
    FieldStatus.ACKNOWLEDGED: "acknowledged (cannot be read back)",
    FieldStatus.ALTERED: "altered by the provider",
    FieldStatus.FAILED: "failed",
    FieldStatus.UNKNOWN: "unknown",
    FieldStatus.UNCONVERGED: "not converged",
    FieldStatus.NOT_SENT: "not sent",
    FieldStatus.LEFT_ALONE: "left alone",
    FieldStatus.FOR_A_PERSON: "left for a person",
}

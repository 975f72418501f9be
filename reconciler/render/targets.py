"""Targets as text for a terminal: what differs, what could not be read, what else is worth knowing of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import click

from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.target import Change
from reconciler.render.changes import difference_lines, heading, not_read
from reconciler.render.safe_text import terminal
from reconciler.render.words import ORIGIN, SAME, UNLOOKED, on_whose_word

Below = Callable[[TargetPlan, Change], Iterable[str]]


def titled(title: str, lines: Sequence[str]) -> str:
    """Return `lines` under a title, or nothing where there are none."""
    return "\n".join([title, *lines]) if lines else ""


def target_lines(planned: TargetPlan, lines: Iterable[str]) -> str:
    """Return a target's heading, what there is to say of all of it, and `lines`."""
    why = [f"    {terminal(planned.reason)}"] if planned.reason else []
    return "\n".join([heading(planned), *why, *lines])


def nothing(_: TargetPlan, __: Change) -> tuple[str, ...]:
    """Say nothing more of a change."""
    return ()


def differing(planned: TargetPlan, changes: Iterable[Change], *, below: Below = nothing) -> str:
    """Return a target whose differences are only looked at; why they exist is known where the profile is managed.

    `below` makes the lines that follow those of each change.
    """
    observed = planned.status is TargetStatus.OBSERVED
    lines: list[str] = []
    for change in changes:
        why = "differs" if observed else ORIGIN[change.origin]
        lines += difference_lines(change, why=why, offline=planned.offline)
        lines += below(planned, change)
    return target_lines(planned, lines)


def unreadable_lines(plan: Plan, title: str) -> str:
    """Return what could not be read, and why."""
    lines: list[str] = []
    for planned in plan.targets:
        if not_read(planned):
            whole = [planned.reason] if planned.status is TargetStatus.UNREADABLE else []
            fields = [f"{field.field}: {field.reason}" for field in planned.unreadable]
            lines += [f"  {heading(planned)}", *(f"      {terminal(why)}" for why in (*whole, *fields))]
    return titled(click.style(title, fg="red", bold=True), lines)


def noted(plan: Plan) -> str:
    """Return what is no change and yet worth knowing."""
    lines: list[str] = []
    for planned in plan.targets:
        if notes := list(_notes(planned)):
            lines += [f"  {heading(planned)}", *(f"      {terminal(note)}" for note in notes)]
    return titled(click.style("Also:", bold=True), lines)


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
    words = UNLOOKED if planned.offline else SAME
    for field in planned.unchanged:
        if field.reason in words:
            notes = [field.note, on_whose_word(field.since, field.run, offline=planned.offline) if field.since else ""]
            note = "; ".join(filter(None, notes))
            yield f"{words[field.reason]}{f' ({note})' if note else ''}", field.field

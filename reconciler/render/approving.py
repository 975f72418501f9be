"""What an apply of an approved plan found that nobody approved, as text: what was approved beside what is asked now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from reconciler.core.reports import ApplyReport
from reconciler.core.safety.approval import Rerouted, Unapproved
from reconciler.core.target import Assumed, Change
from reconciler.render.changes import value_lines
from reconciler.render.safe_text import quoted, terminal


def approving_parts(report: ApplyReport) -> Iterator[str]:
    """Yield the changes that are not in the approved plan, and the profiles of it that the files no longer have."""
    if report.unapproved:
        yield click.style("Not in the approved plan:", fg="red", bold=True)
    for _, mine in groupby(report.unapproved, key=lambda one: one.target.key):
        yield "\n".join(_target(list(mine)))
    if report.gone:
        yield f"In the approved plan, and no longer in the files: {terminal(', '.join(report.gone))}."


def _target(found: list[Unapproved]) -> Iterator[str]:
    first = found[0]
    target, was = first.target, first.approved_for
    name = click.style(terminal(first.file or target.profile), bold=True)
    yield f"{name} ({terminal(f'{target.number}, account {target.account}')})"
    for part in first.elsewhere:
        yield f"    approved for the {part} {quoted(getattr(was, part))}, and now it is {quoted(getattr(target, part))}"
    for moved in dict.fromkeys(moved for one in found for moved in one.rerouted):
        yield f"    {_rerouted(moved)}"
    if first.planned_offline:
        yield "    it was planned offline: plan it with its credential"
    for one in found:
        yield f"  {click.style('≠', fg='yellow', bold=True)} {terminal(one.now.field)}"
        if one.planned_offline:
            # What was remembered then and what is live now are no two versions of one thing.
            continue
        yield from _side("approved:", _moves(one.approved) if one.approved is not None else ["nothing"])
        yield from _side("now:", _moves(one.now))


def _rerouted(moved: Rerouted) -> str:
    """Return what else decides where a change goes, as it was approved and as it is."""
    name = terminal(moved.name)
    was = f"approved with the {name} {quoted(moved.approved)}" if moved.approved else f"approved without a {name}"
    return f"{was}, and now {f'it is {quoted(moved.now)}' if moved.now else 'there is none'}"


def _side(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"      {title}"
    yield from (f"        {line}" for line in lines)


def _moves(change: Change) -> Iterator[str]:
    before = change.before_value
    old = value_lines(before) if before is not None else ["(cannot be read back)"]
    yield from (click.style(f"- {line}", fg="red") for line in old)
    if isinstance(change.before, Assumed):
        yield click.style("- (assumed, for it cannot be read back)", fg="red")
    yield from (click.style(f"+ {line}", fg="green") for line in value_lines(change.after))

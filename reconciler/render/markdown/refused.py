"""What an apply of an approved plan found that nobody approved: what was approved beside what would be sent now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from reconciler.core.reports import ApplyReport
from reconciler.core.safety.approval import Rerouted, Unapproved
from reconciler.core.target import Change
from reconciler.render.markdown.blocks import profile_block
from reconciler.render.markdown.cells import BREAK, before_cell, table, value_cell
from reconciler.render.markdown.links import Links
from reconciler.render.markdown.sheet import Block, items, section
from reconciler.render.safe_text import code_span, prose


def refused(report: ApplyReport, links: Links) -> Iterator[Block]:
    """Yield the changes that are not in the approved plan, and the profiles of it that the files no longer have."""
    groups = [list(mine) for _, mine in groupby(report.unapproved, key=lambda one: one.target.key)]
    yield from section("Not in the approved plan", [_block(mine, links) for mine in groups])
    gone = items("profile", [code_span(name) for name in report.gone])
    yield from section("In the approved plan, and no longer in the files", gone)


def _block(found: list[Unapproved], links: Links) -> Block:
    first = found[0]
    fields = [one.now.field for one in found]
    said = [*_elsewhere(first), *map(_rerouted, dict.fromkeys(moved for one in found for moved in one.rerouted))]
    if first.planned_offline:
        # What was remembered then and what is live now are no two versions of one thing.
        said.append(f"it was planned offline: plan it with its credential ({', '.join(map(code_span, fields))})")
        shown = ""
    else:
        rows = [(code_span(one.now.field), _moves(one.approved), _moves(one.now)) for one in found]
        shown = table(("Field", "Approved", "Now"), rows)
    body = "\n\n".join(part for part in (BREAK.join(said), shown) if part)
    return profile_block(first, body, fields=fields, noun="change", links=links, folded=False)


def _elsewhere(one: Unapproved) -> Iterator[str]:
    was, now = one.approved_for, one.target
    for part in one.elsewhere:
        yield f"approved for the {part} {code_span(getattr(was, part))}, and now it is {code_span(getattr(now, part))}"


def _rerouted(moved: Rerouted) -> str:
    """Return what else decides where a change goes, as it was approved and as it is."""
    name = prose(moved.name)
    was = f"approved with the {name} {code_span(moved.approved)}" if moved.approved else f"approved without a {name}"
    return f"{was}, and now {f'it is {code_span(moved.now)}' if moved.now else 'there is none'}"


def _moves(change: Change | None) -> str:
    if change is None:
        return "nothing"
    return f"{before_cell(change, offline=False)}{BREAK}becomes{BREAK}{value_cell(change.after)}"

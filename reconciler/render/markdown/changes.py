"""A change as cells of a table: the field, the value before and after, and why.

change_row: (its target's plan, the change) → all four.
field_cell, before_cell, after_cell: → one of them.

Values stand as code, line under line; foreign text in them means nothing to Markdown. What is written from right to
left is isolated, outside of the code, so that a person who copies the code copies nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.core.basics import Location
from reconciler.core.comparing.difference import Became
from reconciler.core.comparing.kinds import is_empty
from reconciler.core.fields import FIELD, Picture, Value, ValueKind, Webhook
from reconciler.core.planning.plan import TargetPlan, TargetStatus
from reconciler.core.target import Assumed, Change, Known, Unknown
from reconciler.render.markdown.sheet import Links, View, place_link, replaced, why
from reconciler.render.pieces import is_of_several, new_items, notes_of, old_items, rows, side, words_of
from reconciler.render.safe_text import code_span, isolated, prose
from reconciler.render.text.changes import is_only_moved, picture_size
from reconciler.render.words import industry_label, note_words, on_whose_word

_TableRow = tuple[str, str, str, str]
BREAK = "<br>"
_EMPTY = "(empty)"
_NO_LINKS = Links()


def change_row(planned: TargetPlan, change: Change, view: View, *, sends: bool) -> _TableRow:
    """Return a change's field, its value before and after, and its reason; `sends` says that an apply sends it."""
    reason = "differs" if planned.status is TargetStatus.OBSERVED else why(change, view, offline=planned.offline)
    if sends:
        reason += replaced(change)
    before = before_cell(change, offline=planned.offline)
    return (field_cell(change), before, after_cell(change, view.links), _why_cell(reason, change, view))


def field_cell(change: Change) -> str:
    """Return the field's name, and for a text also its length and its limit."""
    spec, after = FIELD.get(change.field), change.after
    name = code_span(change.field)
    if spec is None or spec.kind is not ValueKind.TEXT or not isinstance(after, str) or not after:
        return name
    most = "≤ " if is_of_several(change) else ""
    return f"{name} {most}{len(after)}/{change.limit or spec.limit}"


def before_cell(change: Change, *, offline: bool) -> str:
    """Return the present value as far as it is known, and who says so."""
    match change.before:
        case Unknown():
            return "(not looked at)" if offline else "(cannot be read back)"
        case Assumed(value=value, since=since, run=run):
            said = on_whose_word(since.partition("T")[0], run, offline=offline)
            shown = _marked(change, Became.ADDED) or _value_cell(value, change.field)
            return f"{shown}{BREAK}{prose(said)}" if since else shown
        case Known(value=value):
            return _marked(change, Became.ADDED) or _value_cell(value, change.field)
        case _:
            assert_never(change.before)


def after_cell(change: Change, links: Links = _NO_LINKS) -> str:
    """Return the value to come, with what is new in it marked; a new picture leads to its file."""
    match change.after:
        case Picture() as picture if picture.file:
            return f"{place_link(Location(file=f'profiles/{picture.file}'), links)}, {prose(picture_size(picture))}"
        case value:
            return _marked(change, Became.REMOVED) or _value_cell(value, change.field)


_MARKS = {Became.REMOVED: "~~", Became.ADDED: "**"}


def _marked(change: Change, without: Became) -> str:
    """Return one side of a text or a list with what differs marked, `without` what the other side has; else ""."""
    if words := words_of(change):
        found = rows(side(words, without))
        return BREAK.join(isolated("".join(_run(piece.became, piece.text) for piece in row)) for row in found)
    items = old_items(change) if without is Became.ADDED else new_items(change)
    moved = (f" (was number {one.was})" if one.was else "" for one in items)
    return BREAK.join(f"{isolated(_run(one.became, one.link))}{was}" for one, was in zip(items, moved, strict=True))


def _run(became: Became, text: str) -> str:
    mark = _MARKS.get(became, "")
    return f"{mark}{code_span(text)}{mark}"


def _value_cell(value: Value, field: str = "") -> str:
    """Return a value, line under line; an industry's code has its label, if `field` says that it is one."""
    label = industry_label(field, value)
    shown = _EMPTY if is_empty(value) else BREAK.join(_lines(value))
    return f"{shown} ({prose(label)})" if label else shown


def _lines(value: Value) -> Iterator[str]:
    match value:
        case Picture():
            # A reader compares names and sizes. `notes_of` says where only the content differs.
            yield prose(f"{value.file or 'a picture'}, {picture_size(value)}")
        case Webhook():
            yield code_span(value.url)
            if value.verify_token is not None:
                yield f"verify token from {code_span(str(value.verify_token))}"
            for header in value.headers:
                source = f"from {code_span(str(header.secret))}" if header.secret else "(its value is not shown)"
                yield f"header {code_span(header.name)} {source}"
        case tuple():
            yield from (isolated(code_span(item)) for item in value)
        case str():
            yield from (isolated(code_span(line)) if line else "" for line in value.split("\n"))
        case _:
            assert_never(value)


def _why_cell(first: str, change: Change, view: View) -> str:
    """Return the reason, notes, and the place in the files."""
    parts = (
        first,
        "the same links in another order" if is_only_moved(change) else "",
        *(prose(note) for note in notes_of(change)),
        prose(note_words(change.note, clock=False)),
        prose(f"accepted: {change.acknowledged}") if change.acknowledged else "",
        place_link(change.source, view.links) if change.source.file else "",
    )
    return BREAK.join(part for part in parts if part)

"""One change → the cells of its row: the field, what was, what will be, and why.

Values stand as code, line under line; foreign text in them means nothing to Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from reconciler.core.fields import FIELD, Picture, Value, ValueKind, Webhook, is_empty
from reconciler.core.planning.plan import TargetPlan, TargetStatus
from reconciler.core.target import Assumed, Change, Known, Unknown
from reconciler.render.changes import only_moved, picture_words
from reconciler.render.markdown.links import place_link
from reconciler.render.markdown.view import View, replaced, why
from reconciler.render.safe_text import code_span, prose
from reconciler.render.words import on_whose_word

TableRow = tuple[str, str, str, str]
EMPTY = "(empty)"
BREAK = "<br>"
_BAR = r"\|"


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows of Markdown as a table."""
    return "\n".join(map(_row, (header, ("---",) * len(header), *rows)))


def _row(cells: tuple[str, ...]) -> str:
    # A bar ends a cell even within code, unless it is escaped there.
    return f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"


def change_row(planned: TargetPlan, change: Change, view: View, *, sends: bool) -> TableRow:
    """Return a change's field, its value before and after, and why it is there; `sends` where an apply sends it."""
    reason = "differs" if planned.status is TargetStatus.OBSERVED else why(change, view, offline=planned.offline)
    if sends:
        reason += replaced(change) + ("; **left alone**" if change.origin in view.left else "")
    before = before_cell(change, offline=planned.offline)
    return (field_cell(change), before, value_cell(change.after), _why_cell(reason, change, view))


def field_cell(change: Change) -> str:
    """Return the field's name, and of a text how long it is and may be."""
    spec, after = FIELD.get(change.field), change.after
    name = code_span(change.field)
    if spec is None or spec.kind is not ValueKind.TEXT or not isinstance(after, str) or not after:
        return name
    return f"{name} {len(after)}/{change.limit or spec.limit}"


def before_cell(change: Change, *, offline: bool) -> str:
    """Return what is there now, as far as anybody knows, and on whose word."""
    match change.before:
        case Unknown():
            return "(nobody looked)" if offline else "(cannot be read back)"
        case Assumed(value=value, since=since, run=run):
            said = on_whose_word(since.partition("T")[0], run, offline=offline)
            return f"{value_cell(value)}{BREAK}{prose(said)}" if since else value_cell(value)
        case Known(value=value):
            return value_cell(value)
        case _:
            assert_never(change.before)


def value_cell(value: Value) -> str:
    """Return a value, line under line."""
    return EMPTY if is_empty(value) else BREAK.join(_lines(value))


def _lines(value: Value) -> Iterator[str]:
    match value:
        case Picture():
            yield prose(picture_words(value))
        case Webhook():
            yield code_span(value.url)
            if value.verify_token is not None:
                yield f"verify token from {code_span(str(value.verify_token))}"
            for header in value.headers:
                source = f"from {code_span(str(header.secret))}" if header.secret else "(its value is not shown)"
                yield f"header {code_span(header.name)} {source}"
        case tuple():
            yield from map(code_span, value)
        case str():
            yield from (code_span(line) if line else "" for line in value.split("\n"))
        case _:
            assert_never(value)


def _why_cell(first: str, change: Change, view: View) -> str:
    """Return the reason, what is worth knowing besides, and where the value is written."""
    before, after = change.before_value, change.after
    moved = isinstance(before, tuple) and isinstance(after, tuple) and only_moved(before, after)
    parts = (
        first,
        "the same links in another order" if moved else "",
        prose(change.note),
        prose(f"accepted: {change.acknowledged}") if change.acknowledged else "",
        place_link(change.source, view.links) if change.source.file else "",
    )
    return BREAK.join(part for part in parts if part)

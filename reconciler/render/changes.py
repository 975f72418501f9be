"""Changes as lines for a terminal: what is there, what will be, and why."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reconciler.core.change import Action, Assumed, Change, Unknown
from reconciler.core.plan import TargetPlan
from reconciler.core.profile import FIELD, Kind
from reconciler.core.target import Known
from reconciler.core.value import Picture, Value, Webhook, is_empty
from reconciler.render.safe_text import quoted, terminal
from reconciler.render.words import COLOUR, SIGN, origin_words

_LEGEND_WIDTH = 13


def heading(planned: TargetPlan) -> str:
    """Return the line that names a target: its file, its account, its number."""
    target = planned.target
    where = "" if target.endpoint.startswith("https:") else f" at {target.endpoint}"
    name = click.style(terminal(planned.file or target.profile), bold=True)
    return f"{name}  {terminal(target.number)}  {terminal(target.account)} ({target.provider}{terminal(where)})"


def change_lines(change: Change, *, applies: bool = True) -> Iterator[str]:
    """Yield the lines of one change; where it is only looked at, nothing is said of what an apply would do."""
    sign = click.style(SIGN[change.action], fg=COLOUR[change.action], bold=True)
    why = click.style(origin_words(change) if applies else "differs", dim=True)
    yield f"  {sign} {change.field:<{_LEGEND_WIDTH}}{why}"
    if change.note:
        yield f"      {click.style(terminal(change.note), dim=True)}"
    for line in _before(change):
        yield click.style(f"      - {line}", fg="red")
    if change.action is Action.CLEAR:
        yield click.style("      + (empty)", fg="green")
        return
    counts = _count(change)
    for line in value_lines(change.after):
        yield click.style(f"      + {line}", fg="green") + counts
        counts = ""


def _before(change: Change) -> Iterator[str]:
    match change.before:
        case Unknown():
            yield "(cannot be read back, and nothing is recorded)"
        case Assumed(value=value, since=since):
            for line in value_lines(value):
                yield f"{line} (assumed, sent {since})"
        case Known(value=value):
            if not is_empty(value):
                yield from value_lines(value)


def value_lines(value: Value) -> Iterator[str]:
    """Yield a value, one line for each item of it; foreign text in it cannot act."""
    match value:
        case Picture():
            name = f"{terminal(value.file)}, " if value.file else ""
            kind = value.mime.removeprefix("image/").upper()
            pixels = f"{value.width} x {value.height}"
            yield f"picture {name}{pixels} {kind}, {_size(value.size)}, sha256 {value.sha256[:12]}"
        case Webhook():
            yield quoted(value.url) if value.url else "(empty)"
            if value.verify_token is not None:
                yield f"verify_token from {terminal(str(value.verify_token))}"
        case tuple():
            yield from (quoted(item) for item in value)
        case str():
            yield quoted(value) if value else "(empty)"


def _size(size: int) -> str:
    return f"{size / 1024:.0f} KiB" if size >= 1024 else f"{size} bytes"


def _count(change: Change) -> str:
    spec = FIELD[change.field]
    if spec.kind is not Kind.TEXT or not isinstance(change.after, str):
        return ""
    return click.style(f"  {len(change.after)}/{spec.limit}", dim=True)

"""How a terminal is spoken to: what a colour means, and tables. Below the command line only this file knows rich.

styled: (text, what it means) → the text in its colour
uncoloured: the same → the text without colours, with signs around the words that a colour marked
text_table: (head, rows, width in columns) → the lines of a table

Colours are always in the text. The command line takes them out where no terminal is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum, auto
from functools import cache
from typing import TYPE_CHECKING

from reconciler.core.memory.runs import Status
from reconciler.core.target import Action

if TYPE_CHECKING:
    from rich.style import Style


class Look(StrEnum):
    """What a piece of text means to the person who reads it."""

    # What stands above other lines, and what stands back behind them.
    HEADING = auto()
    DIM = auto()
    # The lines of a value: the one that comes, the one that is lost.
    ADDED = auto()
    REMOVED = auto()
    # The words of a text that differ.
    NEW_WORDS = auto()
    LOST_WORDS = auto()
    # The sign before a field: set, replaced, cleared, or different and left alone.
    SET = auto()
    CHANGED = auto()
    CLEARED = auto()
    DIFFERS = auto()
    # What stands in the way, and what was found.
    GATE = auto()
    ERROR = auto()
    WARNING = auto()
    NOTICE = auto()
    # How a run ended for one profile.
    DONE = auto()
    UNDECIDED = auto()
    FAILED = auto()
    # What a check of the surroundings came to.
    GOOD = auto()
    DOUBTFUL = auto()
    BAD = auto()


_STYLE = {
    Look.HEADING: "bold",
    Look.DIM: "dim",
    Look.ADDED: "green",
    Look.REMOVED: "red",
    Look.NEW_WORDS: "green underline",
    Look.LOST_WORDS: "red strike",
    Look.SET: "bold green",
    Look.CHANGED: "bold yellow",
    Look.CLEARED: "bold red",
    Look.DIFFERS: "bold yellow",
    Look.GATE: "bold yellow",
    Look.ERROR: "bold red",
    Look.WARNING: "bold yellow",
    Look.NOTICE: "bold blue",
    Look.DONE: "bold green",
    Look.UNDECIDED: "bold yellow",
    Look.FAILED: "bold red",
    Look.GOOD: "green",
    Look.DOUBTFUL: "yellow",
    Look.BAD: "red",
}

# What stands around words where there is no colour.
SIGNS: dict[Look, tuple[str, str]] = {Look.LOST_WORDS: ("[-", "-]"), Look.NEW_WORDS: ("[+", "+]")}
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

ACTION_LOOK: dict[Action, Look] = {
    Action.SET: Look.SET,
    Action.REPLACE: Look.CHANGED,
    Action.CLEAR: Look.CLEARED,
}
STATUS_LOOK: dict[Status, Look] = {
    Status.APPLIED: Look.DONE,
    Status.ACKNOWLEDGED: Look.DONE,
    Status.ALTERED: Look.UNDECIDED,
    Status.UNCHANGED: Look.DONE,
    Status.SKIPPED: Look.UNDECIDED,
    Status.PARTIAL: Look.FAILED,
    Status.FAILED: Look.FAILED,
    Status.UNKNOWN: Look.FAILED,
}


def styled(text: str, look: Look) -> str:
    """Return `text` as a terminal shows what it means; foreign text must be made safe before."""
    return _style(look).render(text)


def uncoloured(text: str) -> str:
    """Return `text` without the colours of `styled`, and with signs around the words that one of them marked."""
    if "\x1b" not in text:
        return text
    for look, (begins, ends) in SIGNS.items():
        before, after = map(re.escape, styled("\0", look).split("\0"))
        text = re.sub(f"{before}(.*?){after}", rf"{begins}\1{ends}", text)
    return _ESCAPES.sub("", text)


@cache
def _style(look: Look) -> Style:
    from rich.style import Style

    return Style.parse(_STYLE[look])


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, width: int) -> str:
    """Return a table for a terminal of `width` columns. Long cells are folded, never cut; nothing in them is markup."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD)
    for title in head:
        drawn.add_column(Text(title), overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None, legacy_windows=False).print(drawn)
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n")).strip("\n")

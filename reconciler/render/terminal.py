"""How a terminal is spoken to: what a colour means, and tables. Below the command line only this file knows rich.

styled: (text, what it means) → the text in its colour
uncoloured: the same → the text without colours, with signs around the words that a colour marked
wrapped: (text, width in columns) → the same in lines that fit, with hanging indents
clipped: (text, width in columns) → as much of it as fits
columns: a text without colours → how many columns of a terminal it takes
padded: (text, width in columns) → the same with spaces up to that width
aligned: (names) → the same, as wide as the widest of them
text_table: (head, rows, width in columns) → the lines of a table
LiveLines: (what draws them) → lines at the bottom of a terminal that are drawn again and again, and taken away

Colours are always in the text. The command line takes them out where no terminal is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum, auto
from functools import cache
from typing import TYPE_CHECKING

from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.target import Action
from reconciler.render.safe_text import ISOLATE, ISOLATE_END

if TYPE_CHECKING:
    from rich.live import Live


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
    Look.NEW_WORDS: "underline green",
    Look.LOST_WORDS: "strike red",
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

# The numbers that terminals know these words by. Text with colours is made for a file too, so it is made without rich.
_NUMBERS = {"bold": 1, "dim": 2, "underline": 4, "strike": 9, "red": 31, "green": 32, "yellow": 33, "blue": 34}
# What stands around words where there is no colour.
SIGNS: dict[Look, tuple[str, str]] = {Look.LOST_WORDS: ("[-", "-]"), Look.NEW_WORDS: ("[+", "+]")}
_END = "\x1b[0m"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

ACTION_LOOK: dict[Action, Look] = {
    Action.SET: Look.SET,
    Action.REPLACE: Look.CHANGED,
    Action.CLEAR: Look.CLEARED,
}
STATUS_LOOK: dict[OutcomeStatus, Look] = {
    OutcomeStatus.APPLIED: Look.DONE,
    OutcomeStatus.ACKNOWLEDGED: Look.DONE,
    OutcomeStatus.ALTERED: Look.UNDECIDED,
    OutcomeStatus.UNCHANGED: Look.DONE,
    OutcomeStatus.SKIPPED: Look.UNDECIDED,
    OutcomeStatus.PARTIAL: Look.FAILED,
    OutcomeStatus.FAILED: Look.FAILED,
    OutcomeStatus.UNKNOWN: Look.FAILED,
}


def styled(text: str, look: Look) -> str:
    """Return `text` as a terminal shows what it means; foreign text must be made safe before."""
    return f"{_begin(look)}{text}{_END}" if text else ""


def uncoloured(text: str) -> str:
    """Return `text` without the colours of `styled`, and with signs around the words that one of them marked."""
    if "\x1b" not in text:
        return text
    for look, (begins, ends) in SIGNS.items():
        before, after = map(re.escape, styled("\0", look).split("\0"))
        text = re.sub(f"{before}(.*?){after}", rf"{begins}\1{ends}", text)
    return _ESCAPES.sub("", text)


_NARROWEST = 20
_HANG = 4
# A line may end after spaces, and beside a letter of a script that is written without them. No line of such a script
# begins with what ends a sentence or a quote, and none ends with what opens one.
_DENSE = "[\u2e80-\u9fff\uf900-\ufaff]"
_BREAKS = re.compile(rf"(?<= )(?=[^ ])|(?<={_DENSE})(?<![「『【〈《])(?={_DENSE})(?![、。」』】〉》々ー])")
# What people copy into a file stays on one line, if it fits there, and so does how long a text is.
_CODE = re.compile(r"`[^`]*`|\([0-9]+ of [0-9]+ characters\)")
# Numbers stand between these, each with its words.
_BETWEEN = " · "
# What stands before the words of a line: a sign and a field's name, or a sign or a label and a quote.
_BEFORE = re.compile(
    r"\A *(?:[^\w\s\"'(] \w+ {2,}|(?:[-+~≠✓✗?·→|] |(?:live|file|sent|was|desired|memory): *)*\u2068?\"?)"
)
# What people copy into a shell stays on one line, however long.
_COMMAND = re.compile(r"(?:\A|: |\$ ) *(?:\S*/)?(?:reconciler|git|gh|export) ")


def wrapped(text: str, width: int) -> str:
    """Return `text` in lines of at most `width` columns; what continues a line stands under its beginning.

    No word is broken, and of several spaces at a line's end all are there. Commands stay whole. An isolate that a line
    breaks goes on in the next one.
    """
    return "\n".join(part for line in text.split("\n") for part in _folded(line, max(width, _NARROWEST)))


def _folded(line: str, width: int) -> Iterator[str]:
    plain = _ESCAPES.sub("", line)
    if columns(plain) <= width or _COMMAND.search(plain):
        yield line
        return
    hang = columns(plain) - columns(_BEFORE.sub("", plain, count=1))
    # In a narrow window most of the width is for the words.
    indent = min(max(hang, _HANG), width // 3)
    row, at, style, turned = "", 0, "", False
    # Where the words of the row begin. A sign or a label may stand before those of the first one.
    begin = hang
    for unit in _units(_less_indented(line, indent), width - indent):
        bare = _ESCAPES.sub("", unit)
        size, needs = columns(bare), columns(bare.rstrip(" "))
        # A word that fits on no line stays beside its sign or its label.
        if at > (min(begin, indent) if needs <= width - indent else begin) and at + needs > width:
            spaces = "" if at <= hang or not row.endswith("  ") else row[len(row.rstrip(" ")) :]
            yield f"{row.rstrip(' ')}{spaces}{ISOLATE_END if turned else ''}{_END if style else ''}"
            row, at, begin = f"{' ' * indent}{style}{ISOLATE if turned else ''}", indent, indent
        row, at = row + unit, at + size
        turned = turned if unit.isascii() else _is_turned(unit, before=turned)
        for escape in _ESCAPES.findall(unit):
            style = "" if escape == _END else escape
    yield row


def _is_turned(unit: str, *, before: bool) -> bool:
    """Return whether an isolate goes on behind a piece of a line."""
    begin, end = unit.rfind(ISOLATE), unit.rfind(ISOLATE_END)
    return before if begin == end else begin > end


def _less_indented(line: str, most: int) -> str:
    """Return a line with at most so many spaces before it."""
    words = line.lstrip(" ")
    return f"{' ' * min(len(line) - len(words), most)}{words}"


def _units(line: str, room: int) -> Iterator[str]:
    """Yield the pieces of a line between which it may end: words, or more where they belong together and fit."""
    parts = line.split(_BETWEEN) if not line.startswith(" ") else [line]
    for number, part in enumerate(parts):
        whole = f"{part}{_BETWEEN if number < len(parts) - 1 else ''}"
        yield from [whole] if len(parts) > 1 and columns(_ESCAPES.sub("", whole)) <= room else _words(whole, room)


def _words(text: str, room: int) -> Iterator[str]:
    spans = [match.span() for match in _CODE.finditer(text) if columns(match[0]) <= room]
    begin = 0
    for found in _BREAKS.finditer(text):
        at = found.start()
        if not any(first < at < last for first, last in spans):
            yield text[begin:at]
            begin = at
    yield text[begin:]


def padded(text: str, width: int) -> str:
    """Return `text` with spaces after it, so that it takes `width` columns at least."""
    return text + " " * (width - columns(text))


def aligned(names: Sequence[str]) -> list[str]:
    """Return `names` with spaces after them, so that all are as wide as the widest; some letters take two columns."""
    width = max(map(columns, names), default=0)
    return [padded(name, width) for name in names]


@cache
def _begin(look: Look) -> str:
    return f"\x1b[{';'.join(str(_NUMBERS[word]) for word in _STYLE[look].split())}m"


def columns(text: str) -> int:
    """Return how many columns `text` takes; it has no colours and no line breaks."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def clipped(text: str, width: int) -> str:
    """Return as much of `text` as fits `width` columns, with `…` where the rest was; it has no colours."""
    if columns(text) <= width:
        return text
    kept = text[:width]
    while columns(kept) >= width:
        kept = kept[:-1]
    # What joins two signs of an emoji joins nothing to the ellipsis.
    return kept.rstrip(" \u200d") + "…"


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


# How often live lines are drawn in a second: the time left goes on while every worker waits.
_DRAWINGS = 4


class LiveLines:
    """Lines at the bottom of stderr. Whatever is printed meanwhile stands above them.

    `draw` returns them for a terminal of so many columns. While they are shown, rich calls it again a few times a
    second, unless `ticking` is off.
    """

    def __init__(self, draw: Callable[[int], str], *, coloured: bool, ticking: bool = True) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        console = Console(stderr=True, no_color=not coloured, highlight=False)

        def lines() -> Text:
            return Text.from_ansi(draw(console.width), no_wrap=True, overflow="ellipsis")

        self._live: Live = Live(
            console=console,
            get_renderable=lines,
            auto_refresh=ticking,
            refresh_per_second=_DRAWINGS,
            transient=True,
        )
        self._live.start(refresh=True)

    def close(self) -> None:
        """Take the lines away."""
        self._live.stop()

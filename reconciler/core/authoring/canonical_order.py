"""The canonical order of the keys of a file. Every byte stays; only whole entries move.

in_canonical_order: (the file's text, its data with places) → the text with its keys in order
Formatted, FormatReport: what `fmt` came to, for one file and for all

An entry is its key, its value, and the comment and blank lines above it. Text above the first key is about the
file, and stays at the top. A mapping in brackets keeps its order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.basics import Diagnostic
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.yaml_documents import LINE, LINE_BREAK, Document, Span, SpanKind

# The provider's own keys stand between the number and these.
_BEFORE = ("account", "number")
_BEHIND = ("credentials", "mode", "extends", "vars", "omit", "profile")


class FormatState(StrEnum):
    """What `fmt` did with a file."""

    IN_ORDER = "in order"
    FORMATTED = "formatted"
    BROKEN = "broken"
    # A table's columns have no order of their own.
    TABLE = "a table"


@dataclass(frozen=True, slots=True)
class Formatted:
    """One file, and what became of it; `problems` say why it was left alone."""

    file: str
    state: FormatState
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class FormatReport:
    """What `fmt` came to. With `check` nothing was written, and a file that is not in order is a finding."""

    files: tuple[Formatted, ...]
    check: bool = False

    def of(self, state: FormatState) -> tuple[str, ...]:
        """Return the files of this `state`."""
        return tuple(one.file for one in self.files if one.state is state)

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Why files were left alone."""
        return tuple(problem for one in self.files for problem in one.problems)

    @property
    def exit_code(self) -> int:
        """1 if a file is broken, or is not in order and nothing may be written."""
        return int(bool(self.of(FormatState.BROKEN)) or (self.check and bool(self.of(FormatState.FORMATTED))))


def in_canonical_order(text: str, document: Document) -> str:
    """Return `text` with its keys, and those below `profile`, in their order; the same text if they are already."""
    root = document.root
    if root is None or not _in_lines(text, root):
        return text
    lines = LINE.findall(text)
    fields = root.values.get("profile")
    # The inner one first: its lines stay within those of its entry.
    if fields is not None and _in_lines(text, fields):
        lines = _ordered(lines, fields, sorted(fields.keys, key=_field_place))
    lines = _ordered(lines, root, sorted(root.keys, key=_key_place))
    return "".join(lines)


def _key_place(name: str) -> int:
    """Return where a key of the file stands; the provider's own keys keep their order among each other."""
    if name in _BEFORE:
        return _BEFORE.index(name)
    return len(_BEFORE) + (_BEHIND.index(name) + 1 if name in _BEHIND else 0)


def _field_place(name: str) -> int:
    return FIELD_NAMES.index(name) if name in FIELD_NAMES else len(FIELD_NAMES)


def _in_lines(text: str, mapping: Span) -> bool:
    """Return whether each key of a mapping begins a line of its own."""
    if mapping.kind is not SpanKind.MAPPING or mapping.style:
        return False
    return all(not text[key.begin - key.column + 1 : key.begin].strip(" ") for key in mapping.keys.values())


def _ordered(lines: Sequence[str], mapping: Span, names: Sequence[str]) -> list[str]:
    """Return the lines with the entries of `mapping` in the order of `names`."""
    if [*mapping.keys] == [*names]:
        return [*lines]
    entries = dict(_entries(lines, mapping))
    first, last = min(begin for begin, _ in entries.values()), max(end for _, end in entries.values())
    newline = next((found[0] for line in lines if (found := LINE_BREAK.search(line))), "\n")
    moved = [line for name in names for line in lines[slice(*entries[name])]]
    # The file's last line may have no break, and may not be the last any more.
    bare = not LINE_BREAK.search(lines[last - 1])
    moved = [line if LINE_BREAK.search(line) else f"{line}{newline}" for line in moved]
    if bare:
        moved[-1] = LINE_BREAK.sub("", moved[-1])
    return [*lines[:first], *moved, *lines[last:]]


def _entries(lines: Sequence[str], mapping: Span) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each key with the numbers of its lines, from the comments above it to before those of the next."""
    keys = [*mapping.keys.items()]
    column = keys[0][1].column - 1
    begin = keys[0][1].line - 1
    for number, (name, _) in enumerate(keys):
        after = keys[number + 1][1].line - 1 if number + 1 < len(keys) else _end(lines, keys[number][1].line, column)
        end = after
        # Lines above the next key belong to that key, unless they are indented like this one's value.
        while number + 1 < len(keys) and end > keys[number][1].line and _is_above(lines[end - 1], column):
            end -= 1
        yield name, (begin, end)
        begin = end


def _is_above(line: str, column: int) -> bool:
    text = line.strip()
    return not text or (text.startswith("#") and len(line) - len(line.lstrip(" ")) <= column)


def _end(lines: Sequence[str], line: int, column: int) -> int:
    """Return the number of the line behind the last entry, whose key is in `line`: the rest is no part of it."""
    last = line
    for number in range(line, len(lines)):
        text = lines[number].strip()
        if text and len(lines[number]) - len(lines[number].lstrip(" ")) <= column and not text.startswith("-"):
            break
        if text:
            last = number + 1
    return last

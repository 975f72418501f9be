"""A YAML file, or a row of a table, as plain data that knows where each part of it is written.

Document: the data, with the tree of its spans.
Span: a key or a value as it is written. Slip: what is sound YAML and may not be what its author meant.
Path: the keys and numbers that lead to a part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final

from reconciler.core.basics import Location

# What ends a line, in YAML as in a table. Python's own splitlines knows more, which people may write within a value.
LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


class SlipKind(StrEnum):
    """What can be odd about a text of sound YAML: YAML reads less or other than what was typed."""

    HASH = "hash"  # a word with a hash follows, and is a comment
    HASH_BELOW = "hash-below"  # the same, in a line that stands further left than those of its block
    FOLDED = "folded"  # several lines are joined to one
    QUOTES = "quotes"  # the quotes of a word processor, which belong to the text
    GLUED = "glued"  # no comment begins at the hash, for what stands before it is no space
    SIGN = "sign"  # a character only looks like a space, a colon or a dash


@dataclass(frozen=True, slots=True)
class Slip:
    """One odd value, or key if `is_key`: where to look, and the comment, the characters or the count of lines."""

    kind: SlipKind
    path: Path
    mark: Mark
    text: str = ""
    lines: int = 1
    is_key: bool = False


class SpanKind(Enum):
    """The part of a document that a span begins or is."""

    DOCUMENT = "document"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    SCALAR = "scalar"
    END = "end"


@dataclass(slots=True)
class Span:
    """A key or a value as it is written: between `begin` and `end` of the text, from `line` and `column` on.

    `style` is its first character if that is a sign of its form: a quote, the sign of a block, an opening bracket.
    `text` and `plain` (neither quoted nor a block) are a scalar's; once it is read, `text` is kept of those alone that
    are not text, so that a hint can quote it. `keys` are a mapping's keys by their names. `values` are what stands in a
    mapping or a list, by name or number.
    """

    kind: SpanKind
    begin: int
    end: int
    line: int = 1
    column: int = 1
    style: str = ""
    text: str = ""
    plain: bool = False
    keys: dict[str, Span] = field(default_factory=dict)
    values: dict[str | int, Span] = field(default_factory=dict)

    @property
    def mark(self) -> Mark:
        """Where it begins."""
        return Mark(self.line, self.column)

    @property
    def parts(self) -> list[Span]:
        """What stands in it, in order."""
        return [*self.values.values()]

    def inner(self, path: Path) -> Span | None:
        """Return what stands at `path` in it."""
        found: Span | None = self
        for part in path:
            found = found.values.get(part) if found is not None else None
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as strict data, or one row of a table as a file would hold it.

    `data` holds only dict (with text keys), list, str, int, float, bool, date, datetime and None. `root` says where
    each part of it is written. `slips` are what is sound YAML and may not be what its author meant. `row` is the line
    in which a row begins, 0 for a file of its own.
    """

    file: str
    data: object
    root: Span | None = None
    slips: tuple[Slip, ...] = ()
    row: int = 0

    def at(self, path: Path) -> Location:
        """Return the place of the value of `path`, or of its nearest ancestor."""
        found = self.root
        for part in path:
            if found is None or part not in found.values:
                break
            found = found.values[part]
        return self._place(found)

    def at_key(self, path: Path) -> Location:
        """Return the place of the key of `path`, or of its value if it has no key."""
        above = self._written(path[:-1])
        key = above.keys.get(str(path[-1])) if above is not None and path else None
        return self._place(key) if key is not None else self.at(path)

    def source_of(self, path: Path) -> str:
        """Return how the scalar at `path` is written, if it is not read as text; else ""."""
        found = self._written(path)
        return found.text if found is not None else ""

    def _written(self, path: Path) -> Span | None:
        return self.root.inner(path) if self.root is not None else None

    def _place(self, span: Span | None) -> Location:
        return Location(self.file, span.line, span.column) if span is not None else Location(self.file)

"""What a YAML parser says, without any parser: the words between the border to ruamel.yaml and the rest.

Must never: import ruamel.yaml, which is slow to import and not needed by those who only name these types.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from reconciler.core.basics import Location, Mark

# A quarter of a megabyte can hold many mistakes; nobody reads more than these.
MOST_DIAGNOSTICS = 100


class YamlEventKind(Enum):
    """What an event begins or is."""

    DOCUMENT = "document"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    SCALAR = "scalar"
    END = "end"


class YamlEvent(NamedTuple):
    """One step through a document; `text` and `plain` (neither quoted nor a block) are a scalar's.

    It stands between `begin` and `end` in the text; `style` is its first character where that says how it is written: a
    quote, the sign of a block, an opening bracket.
    """

    kind: YamlEventKind
    mark: Mark
    text: str = ""
    plain: bool = False
    begin: int = 0
    end: int = 0
    style: str = ""


class YamlRefused(NamedTuple):
    """Something that is YAML but not data: its kind, where it stands, how it is written."""

    what: str
    mark: Mark
    text: str


class BrokenError(Exception):
    """The parser gave up: in its words why, where, and where the thing began that it was reading."""

    def __init__(self, problem: str, *, mark: Mark, began: Mark) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mark = mark
        self.began = began


def location(file: str, mark: Mark) -> Location:
    """Return the place of `mark` in `file`."""
    return Location(file=file, line=mark.line, column=mark.column)

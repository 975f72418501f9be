"""The one shape of every document: frozen, closed and strict; and the way from foreign data to a checked value.

Model: frozen, closed and strict. Every value of core is one.
Cause: why something failed, in the parts that people are told.
Diagnostic: one problem with its place. A run reports all problems at once, so that ten mistakes do not take ten runs.
Document: a parsed file as plain data, with the tree of its spans: where each piece is written.

Exceptions stop a run, each with its exit code:

    ReconcilerError            1   anything that stops the run
    ├── InvalidInput           1   the files or the environment are wrong: carries diagnostics, all of them
    └── EnvironmentProblem     1   the machine is: a store that cannot be opened, a ledger that cannot be written

An expected, plural problem (a wrong field, an unreadable number) is a value: a `Diagnostic`, an `Unreadable`, an
`Outcome`. Usage errors are click's own, mapped to 64 by the command line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model


def http_date(text: str) -> datetime | None:
    """Return the time that an HTTP header says; None for what is no time, or names no zone."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None


class Model(BaseModel):
    """A frozen document. Unknown keys and silent conversions (`"1"` for `1`) are errors; collections are tuples."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


_T = TypeVar("_T")


def checked(kind: type[_T], data: object) -> _T:
    """Return foreign `data` as a value of the dataclass `kind`, held to its fields as strictly as a `Model` is.

    Raises pydantic's ValidationError. A value inside of `data` is a value already.
    """
    make: Any = kind
    value: _T = make(**dict(_document(make).model_validate(data)))
    return value


@cache
def _document(kind: type[Any]) -> type[Model]:
    """Return the document that has the fields of a dataclass."""
    types = get_type_hints(kind)
    parts: Any = {one.name: (types[one.name], ... if one.default is MISSING else one.default) for one in fields(kind)}
    return create_model(kind.__name__, __base__=Model, **parts)


def to_dict(value: Any, *, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a dataclass as a dictionary in the order of its fields, `without` some, and so each dataclass in it."""
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name not in without}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return to_dict(value) if hasattr(value, "__dataclass_fields__") else value


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops, a warning deserves a look, a notice only informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. Line and column count from 1; 0 means "the file as a whole"."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file:line:column` as far as it is known."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(part for part in parts if part)


NOWHERE: Final = Location()
# The most characters of one foreign text that a message repeats. A reply of 1 MiB must not fill a log or the ledger.
MOST_QUOTED: Final = 300


def cut(text: str, most: int = MOST_QUOTED) -> str:
    """Return `text` with at most `most` characters; an ellipsis says that some are missing."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something failed, in parts that are for people; they come from a server, or are our own words.

    `message` is what went wrong, and `reason` what the server says besides. `code` is the server's own. `trace` is the
    id under which the server's support finds the call. `hint` says what to do. `credential` is where the refused
    credential is kept, such as a variable's name; it is empty where none was refused.
    """

    message: str
    reason: str = ""
    code: str = ""
    trace: str = ""
    hint: str = ""
    credential: str = ""

    def text(self, *, hint: bool = True, trace: bool = False, credential: bool = True) -> str:
        """Return the parts as one line, with or without what to do, the trace, the credential."""
        said = f"{self.message.rstrip('.')}: {self.reason}" if self.reason else self.message
        refused = self.credential if credential else ""
        marks = ", ".join(filter(None, (self.code, refused, f"trace {self.trace}" if trace and self.trace else "")))
        return " ".join(
            filter(None, (said, f"[{marks}]" if marks else "", f"({self.hint})" if hint and self.hint else ""))
        )


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: `summary` says what and how much, `hint` what to do; `code` is stable and searchable."""

    severity: Severity
    code: str
    summary: str
    hint: str = ""
    location: Location = NOWHERE
    profile: str = ""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """A total order by place, so that output is the same on every run."""
        at = self.location
        return (at.file, at.line, at.column, self.code, self.summary)


def error(code: str, summary: str, *, hint: str = "", location: Location | None = None) -> Diagnostic:
    """Return an error: while there is one, nothing is planned or written."""
    return Diagnostic(severity=Severity.ERROR, code=code, summary=summary, hint=hint, location=location or NOWHERE)


def warning(code: str, summary: str, *, hint: str = "", location: Location | None = None) -> Diagnostic:
    """Return a warning: it deserves a look and stops nothing."""
    return Diagnostic(severity=Severity.WARNING, code=code, summary=summary, hint=hint, location=location or NOWHERE)


def notice(code: str, summary: str, *, hint: str = "", location: Location | None = None) -> Diagnostic:
    """Return a notice: it informs and stops nothing."""
    return Diagnostic(severity=Severity.NOTICE, code=code, summary=summary, hint=hint, location=location or NOWHERE)


def errors_of(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return only the errors, in their order."""
    return tuple(d for d in diagnostics if d.severity is Severity.ERROR)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics in the order of their places."""
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.order))


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
    """What a span begins or is."""

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


class ReconcilerError(Exception):
    """An error that stops the run; `exit_code` says how the process ends."""

    exit_code = 1


class InvalidInput(ReconcilerError):
    """The files, or the environment that they name, are wrong; it carries every problem at once."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(f"{len(diagnostics)} problem(s)")
        self.diagnostics = diagnostics


class EnvironmentProblem(ReconcilerError):
    """The machine lacks something that the run needs."""

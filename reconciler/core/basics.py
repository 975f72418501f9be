"""The one shape of every value in core: frozen, closed and strict.

Problems as values: many at once, each with its place, so that the tenth mistake does not need the tenth run.
A parsed file: plain data, and for each piece of it where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value. Unknown keys and silent conversions (`"1"` for `1`) are errors; collections are tuples."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops, a warning is worth a look, a notice is only said."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Location(Model):
    """Where in a file something stands. Line and column count from 1; 0 means "the file as a whole"."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file:line:column` as far as it is known."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(part for part in parts if part)


class Diagnostic(Model):
    """One problem: `summary` says what and how much, `hint` what to do, `code` is stable and searchable."""

    severity: Severity
    code: str
    summary: str
    hint: str = ""
    location: Location = Location()
    profile: str = ""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """A total order by place, so that output is the same on every run."""
        at = self.location
        return (at.file, at.line, at.column, self.code, self.summary)


def error(code: str, summary: str, *, hint: str = "", location: Location | None = None) -> Diagnostic:
    """Return an error: nothing is planned or written while one stands."""
    return Diagnostic(severity=Severity.ERROR, code=code, summary=summary, hint=hint, location=location or Location())


def warning(code: str, summary: str, *, hint: str = "", location: Location | None = None) -> Diagnostic:
    """Return a warning: worth a look, stops nothing."""
    return Diagnostic(severity=Severity.WARNING, code=code, summary=summary, hint=hint, location=location or Location())


def notice(code: str, summary: str, *, hint: str = "", location: Location | None = None) -> Diagnostic:
    """Return a notice: said, and nothing more."""
    return Diagnostic(severity=Severity.NOTICE, code=code, summary=summary, hint=hint, location=location or Location())


def errors_of(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return only the errors, in their order."""
    return tuple(d for d in diagnostics if d.severity is Severity.ERROR)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics by place."""
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.order))


Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as strict data.

    `data` holds only dict (with text keys), list, str, int, float, bool, date, datetime and None. `keys` and `values`
    say where the key and the value of each path stand; `plain` holds the source text of every scalar that is not text,
    so that a hint can say what to write in quotes.
    """

    file: str
    data: object
    keys: Mapping[Path, Mark] = field(default_factory=dict)
    values: Mapping[Path, Mark] = field(default_factory=dict)
    plain: Mapping[Path, str] = field(default_factory=dict)

    def at(self, path: Path) -> Location:
        """Return where the value of `path` stands, or its nearest ancestor's place."""
        return self._locate(self.values, path)

    def at_key(self, path: Path) -> Location:
        """Return where the key of `path` stands, or, where it has none, its value's place."""
        return self._locate(self.keys, path) if path in self.keys else self.at(path)

    def _locate(self, marks: Mapping[Path, Mark], path: Path) -> Location:
        for length in range(len(path), -1, -1):
            mark = marks.get(path[:length])
            if mark is not None:
                return Location(file=self.file, line=mark.line, column=mark.column)
        return Location(file=self.file)

"""Problems as values: many at once, each with its place, so that the tenth mistake does not need the tenth run."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from reconciler.core.model import Model


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

"""The one shape of every document, the way from foreign data to a checked value, and what is said of what is wrong.

Model: frozen, closed and strict. Every document that is read is one.
count, many: a number with its noun, in the form that the number asks for.
Cause: why something failed, in the parts that people are told.
Diagnostic: one problem with its place. A run reports all problems at once, so that ten mistakes do not take ten runs.

Exceptions stop a run, each with its exit code:

    ReconcilerError            1   anything that stops the run
    ├── InvalidInput           1   the files or the environment are wrong: carries diagnostics, all of them
    └── EnvironmentProblem     1   the machine is: a store that cannot be opened, a ledger that cannot be written

An expected, plural problem (a wrong field, an unreadable number) is a value: a `Diagnostic`, an `Unreadable`, an
`Outcome`. Usage errors are click's own, mapped to 64 by the command line.

exit_code: the reasons of a run → the code the process ends with. Frozen; scripts and workflows depend on it.

| code | meaning |
|---|---|
| 0 | done: nothing pending, everything applied, superseded, or drift left alone by policy |
| 1 | error |
| 2 | with `--detailed-exitcode`: something will be sent or is left for a person, or `drift` found drift, or no record |
| 3 | stopped by a gate or by something unreviewed |
| 4 | stale: with `--require-tip`, this commit is not to be applied, and none has taken its place |
| 5 | partly applied |
| 6 | incomplete: something could not be read, verified or recorded |
| 64 | usage |
| 130, 143 | interrupted, terminated |
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model


def http_date(text: str) -> datetime | None:
    """Return the time that an HTTP header says; None for a text that is not a time, or names no zone."""
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
_MOST_QUOTED: Final = 300


def cut(text: str, most: int = _MOST_QUOTED) -> str:
    """Return `text` with at most `most` characters; an ellipsis says that some are missing."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def count(number: int, singular: str) -> str:
    """Return a number with its noun, in the form that the number asks for."""
    return _counted(str(number), number, singular)


def many(number: int, singular: str) -> str:
    """Return the same with separators between thousands, for pages that a person skims."""
    return _counted(f"{number:,}", number, singular)


def _counted(shown: str, number: int, singular: str) -> str:
    return f"{shown} {singular}{'' if number == 1 else 's'}"


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


class Reason(StrEnum):
    """Why a run does not simply end with 0; `exit_code` turns the reasons into a code."""

    ERROR = "error"
    STALE = "stale"
    STOPPED = "stopped"
    PARTLY = "partly applied"
    INCOMPLETE = "incomplete"
    CHANGES = "changes"


USAGE = 64
# A run that a signal ended has the signal's number above this one.
SIGNALLED = 128

# In the order in which they win; interruptions and usage errors are decided before any reason.
_CODES = (
    (Reason.ERROR, 1),
    (Reason.STALE, 4),
    (Reason.STOPPED, 3),
    (Reason.PARTLY, 5),
    (Reason.INCOMPLETE, 6),
    (Reason.CHANGES, 2),
)


def exit_code(reasons: Collection[Reason], *, signal: int = 0) -> int:
    """Return 128 + `signal` if one came, else the code of the first reason in the order above; 0 without a reason."""
    if signal:
        return SIGNALLED + signal
    return next((code for reason, code in _CODES if reason in reasons), 0)


def reason_of(code: int) -> Reason:
    """Return the reason of exit code `code`; an error if no reason has it."""
    return next((reason for reason, known in _CODES if known == code), Reason.ERROR)

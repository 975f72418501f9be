"""Exceptions that stop a run, each with its exit code.

    ReconcilerError            1   anything that stops the run
    ├── InvalidInput           1   the files or the environment are wrong: carries diagnostics, all of them
    ├── EnvironmentProblem     1   the machine is: a store that cannot be opened, a ledger that cannot be written
    └── CallFailed             -   a provider refused or was not reached; caught by the stages, never seen by the CLI

An expected, plural problem (a wrong field, an unreadable number) is a value: a `Diagnostic`, an `Unreadable`, an
`Outcome`. Usage errors are click's own, mapped to 64 by the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.core.basics import Diagnostic
    from reconciler.core.provider import Failure


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


class CallFailed(Exception):
    """A call that did not succeed, thrown into the exchange that made it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary)
        self.failure = failure

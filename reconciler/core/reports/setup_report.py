"""What setting up a repository came to: files, an import, a check, a plan, and what is left to be done by hand."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.authoring.new_repository import NewFile
from reconciler.core.authoring.next_steps import NextStep
from reconciler.core.basics import Reason
from reconciler.core.reports.account_reports import CredentialState, DoctorReport, ImportReport
from reconciler.core.safety.gates import PlanReport

_WRONG = (CredentialState.REFUSED, CredentialState.UNUSABLE)


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file that was left alone because it was there, or that could not be written; `why` goes on after its name."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """A part that was not done, and why. An empty text means that it was not wanted. `files` are those with errors."""

    why: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InitReport:
    """Everything that `init` did and found.

    `failed` are files that could not be written. `checked` is None for the example, which needs no credential.
    """

    written: tuple[NewFile, ...]
    left: tuple[LeftFile, ...]
    failed: tuple[LeftFile, ...]
    imported: ImportReport | NotDone
    checked: DoctorReport | None
    planned: PlanReport | NotDone
    steps: tuple[NextStep, ...]

    @property
    def reasons(self) -> frozenset[Reason]:
        """A file that was not written is an error, and so is a refused credential. Work that merely waits is not."""
        found = self.imported.reasons if isinstance(self.imported, ImportReport) else frozenset()
        accounts = self.checked.accounts if self.checked is not None else ()
        refused = any(one.state in _WRONG for account in accounts for one in account.credentials)
        return found | {Reason.ERROR} if refused or self.failed else found

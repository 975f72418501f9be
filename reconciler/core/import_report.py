"""What an import came to: one line for each number, and how the run ends."""

from __future__ import annotations

from enum import StrEnum

from reconciler.core.model import Model
from reconciler.core.outcome import Reason


class ImportStatus(StrEnum):
    """What became of one number."""

    WRITTEN = "written"
    SKELETON = "written without fields"
    KNOWN = "already managed"
    EXISTS = "left alone, there is a file"
    UNREADABLE = "not read"
    FAILED = "not written"


class Imported(Model):
    """One number: the file, the fields that are managed in it, and those that are not, each with the reason."""

    number: str
    file: str
    status: ImportStatus
    fields: tuple[str, ...] = ()
    asides: tuple[tuple[str, str], ...] = ()
    detail: str = ""


class ImportReport(Model):
    """All numbers of one import; `unrecorded` says why the ledger does not know what was seen."""

    account: str
    numbers: tuple[Imported, ...] = ()
    unrecorded: str = ""

    @property
    def reasons(self) -> frozenset[Reason]:
        """What could not be read makes it incomplete, what could not be written is an error; 0 of 0 is never green."""
        unread = any(one.status is ImportStatus.UNREADABLE for one in self.numbers)
        found = {Reason.INCOMPLETE} if unread or self.unrecorded else set()
        found |= {Reason.ERROR} if any(one.status is ImportStatus.FAILED for one in self.numbers) else set()
        return frozenset(found if self.numbers else found | {Reason.STOPPED})

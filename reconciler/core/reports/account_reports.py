"""Reports about accounts: what `doctor` checked, and what `import` came to. A part that was not checked says so.

seconds_ahead: (the time here, the HTTP dates of replies) → how many seconds this machine is ahead of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.core.basics import Cause, Reason, http_date


class CredentialState(StrEnum):
    """What is known of a credential. Only a write would show whether it may write, so it is never tried for that."""

    VALID = "valid"
    REFUSED = "refused"
    MISSING = "missing"
    UNUSABLE = "cannot be used"
    NOT_NEEDED = "not needed"
    NOT_SET = "not set"
    UNCHECKED = "cannot be checked"


# With a credential in one of these states no call can be made.
NOT_THERE = frozenset({CredentialState.MISSING, CredentialState.UNUSABLE})


@dataclass(frozen=True, slots=True)
class CredentialCheck:
    """One credential: its name, the place of its secret, and its state.

    `detail` says why, and `cause` holds its parts if a call failed.
    """

    name: str
    source: str
    state: CredentialState
    detail: str = ""
    cause: Cause | None = None


class NumberState(StrEnum):
    """What is known of a number."""

    READ = "ok"
    BLOCKED = "cannot be written"
    UNREADABLE = "not read"
    OTHER = "another number"
    UNSEEN = "not looked at"


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """One number, with its profile, or none if it is in no file.

    `detail` says why, and `cause` holds its parts if a call failed.
    """

    number: str
    state: NumberState
    profile: str = ""
    detail: str = ""
    cause: Cause | None = None


class WebhookState(StrEnum):
    """What the address of a webhook answers to a call without a secret. What it makes of messages is not tried."""

    READY = "answers 200"
    ANSWERS = "answers"
    FAILING = "cannot take messages"
    UNREACHED = "not reached"
    UNSEEN = "not tried"


@dataclass(frozen=True, slots=True)
class WebhookCheck:
    """One address of a webhook, and the profiles that have it; `detail` says why."""

    url: str
    profiles: tuple[str, ...]
    state: WebhookState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """One account. `listed` is how many numbers the account lists; if it is None, `unlisted` says why.

    `bulk` says of each way to read many numbers at once whether it was answered.
    """

    name: str
    provider: str
    endpoint: str
    readable: bool
    credentials: tuple[CredentialCheck, ...] = ()
    numbers: tuple[NumberCheck, ...] = ()
    webhooks: tuple[WebhookCheck, ...] = ()
    listed: int | None = None
    unlisted: str = ""
    bulk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything that was checked.

    `clock` is how many seconds this machine is ahead, None if no reply gave a time. `shared` says which profiles share
    a credential that decides which number is written to.
    """

    profiles: int
    errors: int
    ledger: str
    ledger_problem: str = ""
    clock: float | None = None
    shared: tuple[str, ...] = ()
    accounts: tuple[AccountCheck, ...] = ()

    @property
    def wrong(self) -> int:
        """How many things are wrong: errors in files, credentials that do not serve, and failing webhooks."""
        states = [credential.state for account in self.accounts for credential in account.credentials]
        bad = sum(state is CredentialState.REFUSED or state in NOT_THERE for state in states)
        others = sum(number.state is NumberState.OTHER for account in self.accounts for number in account.numbers)
        return self.errors + len(self.shared) + bad + others + self._webhooks(WebhookState.FAILING)

    def _webhooks(self, state: WebhookState) -> int:
        return sum(webhook.state is state for account in self.accounts for webhook in account.webhooks)

    @property
    def unchecked(self) -> int:
        """How many things could have been checked and were not: the ledger, credentials, numbers, webhooks."""
        numbers = (number for account in self.accounts for number in account.numbers if number.profile)
        unread = sum(number.state is NumberState.UNREADABLE for number in numbers)
        # Without a read, a credential could not have been checked.
        untried = sum(
            credential.state is CredentialState.UNCHECKED
            for account in self.accounts
            if account.readable
            for credential in account.credentials
        )
        return unread + untried + self._webhooks(WebhookState.UNREACHED) + bool(self.ledger_problem)

    @property
    def reasons(self) -> frozenset[Reason]:
        """An error if something is wrong; incomplete if something was not checked that could have been."""
        found = {Reason.ERROR} if self.wrong else set()
        found |= {Reason.INCOMPLETE} if self.unchecked else set()
        return frozenset(found if self.accounts else found | {Reason.STOPPED})


class ImportStatus(StrEnum):
    """What importing one number came to."""

    WRITTEN = "written"
    SKELETON = "written without fields"
    KNOWN = "already managed"
    EXISTS = "left alone, there is a file"
    UNREADABLE = "not read"
    FAILED = "not written"


@dataclass(frozen=True, slots=True)
class Imported:
    """One number: the file, the fields that are managed in it, and those that are not, each with the reason.

    `name` is that of the business, where it is known.
    `detail` says why there is no file, and `cause` holds its parts if a call failed.
    """

    number: str
    file: str
    status: ImportStatus
    fields: tuple[str, ...] = ()
    asides: tuple[tuple[str, str], ...] = ()
    detail: str = ""
    cause: Cause | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """All numbers of one import; `unrecorded` says why the ledger did not record what was read.

    `template` is the file that holds the fields that all of them share; `unshared` is the one that was asked for, and
    was not written because they share none.
    `schemas` are the files for editors that were written too.
    """

    account: str
    numbers: tuple[Imported, ...] = ()
    unrecorded: str = ""
    template: str = ""
    shared: tuple[str, ...] = ()
    unshared: str = ""
    schemas: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The place a number is written into: a file of its own, or a row of a table."""
        return "row" if any(one.file.endswith(".csv") for one in self.numbers) else "file"

    @property
    def reasons(self) -> frozenset[Reason]:
        """An unread number makes it incomplete, an unwritten file is an error, and an empty import is stopped."""
        unread = any(one.status is ImportStatus.UNREADABLE for one in self.numbers)
        found = {Reason.INCOMPLETE} if unread or self.unrecorded else set()
        found |= {Reason.ERROR} if any(one.status is ImportStatus.FAILED for one in self.numbers) else set()
        return frozenset(found if self.numbers else found | {Reason.STOPPED})


def seconds_ahead(now: datetime, dates: Sequence[str]) -> float | None:
    """Return the seconds, or None if no date is usable; `dates` are HTTP dates, and the last usable one counts."""
    for text in reversed(dates):
        if (said := http_date(text)) is not None:
            return float(round((now - said).total_seconds()))
    return None

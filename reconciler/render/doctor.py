"""What a look at the accounts came to, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from reconciler.core.account_reports import (
    AccountCheck,
    CredentialCheck,
    CredentialState,
    DoctorReport,
    NumberCheck,
    NumberState,
)
from reconciler.core.memory.stored import FORMAT_VERSION
from reconciler.render.ends import ends
from reconciler.render.safe_text import terminal
from reconciler.render.words import count

DoctorRow = tuple[str, str, str]
# Further than this, signatures and tokens of some providers are not accepted any more, in seconds.
_FAR_OFF = 300
_CREDENTIAL = {
    CredentialState.VALID: "green",
    CredentialState.REFUSED: "red",
    CredentialState.MISSING: "red",
    CredentialState.NOT_NEEDED: "green",
    CredentialState.UNCHECKED: "yellow",
}
_NUMBER = {
    NumberState.READ: "green",
    NumberState.BLOCKED: "yellow",
    NumberState.UNREADABLE: "red",
    NumberState.UNSEEN: "yellow",
}


def doctor_text(report: DoctorReport) -> str:
    """Return one line for each thing that was looked at."""
    wrong = count(report.errors, "error") if report.errors else "no errors"
    more = "; `reconciler validate` says which" if report.errors else ""
    rows = [
        ("files", f"{count(report.profiles, 'profile')}, {wrong}{more}", "red" if report.errors else "green"),
        ("ledger", report.ledger_problem or report.ledger, "red" if report.ledger_problem else "green"),
        ("clock", *_clock(report.clock)),
        *(("credentials", problem, "red") for problem in report.shared),
    ]
    lines = [*_lines(rows)]
    for account in report.accounts:
        lines += ["", *_account(account)]
    return "\n".join(lines if report.accounts else [*lines, "", "No account could be looked at."])


def _lines(rows: Sequence[DoctorRow], *, indent: str = "") -> Iterator[str]:
    """Yield a name and what is said of it, each in a column of its own."""
    width = max(len(terminal(name)) for name, _, _ in rows)
    for name, text, colour in rows:
        yield f"{indent}{terminal(name):<{width}}  {click.style(terminal(text), fg=colour)}"


def _clock(ahead: float | None) -> tuple[str, str]:
    if ahead is None:
        return "not compared: nobody outside this process answered", "yellow"
    word = "ahead of" if ahead >= 0 else "behind"
    return f"{abs(ahead):.0f} s {word} the provider's", "red" if abs(ahead) > _FAR_OFF else "green"


def _account(account: AccountCheck) -> Iterator[str]:
    name = click.style(terminal(account.name), bold=True)
    yield f"{name} ({terminal(f'{account.provider} at {account.endpoint}')})"
    rows: list[DoctorRow] = [(credential.name, *_credential(credential)) for credential in account.credentials]
    if account.listed is not None:
        rows.append(("its list", count(account.listed, "number"), "green"))
    rows += ((number.profile or "(in no file)", *_number(number)) for number in account.numbers)
    rows.append(("may it write", "unknown without writing, and so never tried", "yellow"))
    yield from _lines(rows, indent="  ")


def _credential(credential: CredentialCheck) -> tuple[str, str]:
    words = [credential.source, f"{credential.state}{f', {credential.detail}' if credential.detail else ''}"]
    return ": ".join(filter(None, words)), _CREDENTIAL[credential.state]


def _number(number: NumberCheck) -> tuple[str, str]:
    return f"{number.number}: {number.state}{f', {number.detail}' if number.detail else ''}", _NUMBER[number.state]


def doctor_json(report: DoctorReport) -> dict[str, Any]:
    """Return the report as a document."""
    accounts = [{**account.model_dump(), "may_write": "unknown without writing"} for account in report.accounts]
    return {"format_version": FORMAT_VERSION, **report.model_dump(), "accounts": accounts, **ends(report.reasons)}

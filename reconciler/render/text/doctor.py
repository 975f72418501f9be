"""What a check of the accounts found: doctor_text for a terminal, doctor_json as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.core.basics import count, to_dict
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reports.account_reports import (
    AccountCheck,
    CredentialCheck,
    CredentialState,
    DoctorReport,
    NumberCheck,
    NumberState,
    WebhookCheck,
    WebhookState,
)
from reconciler.core.reports.causes import by_failed_call, failed_call
from reconciler.core.target import SANDBOX
from reconciler.render.safe_text import cell, terminal
from reconciler.render.terminal import Look, aligned, styled
from reconciler.render.words import NO_NUMBER, ends, listed

DoctorRow = tuple[str, str, Look]
# Seconds. Beyond this, some providers reject signatures and tokens.
_FAR_OFF = 300
_CREDENTIAL = {
    CredentialState.VALID: Look.GOOD,
    CredentialState.REFUSED: Look.BAD,
    CredentialState.MISSING: Look.BAD,
    CredentialState.UNUSABLE: Look.BAD,
    CredentialState.NOT_NEEDED: Look.GOOD,
    CredentialState.NOT_SET: Look.DOUBTFUL,
    CredentialState.UNCHECKED: Look.DOUBTFUL,
}
_NUMBER = {
    NumberState.READ: Look.GOOD,
    NumberState.BLOCKED: Look.DOUBTFUL,
    NumberState.UNREADABLE: Look.BAD,
    NumberState.OTHER: Look.BAD,
    NumberState.UNSEEN: Look.DOUBTFUL,
}
_WEBHOOK = {
    WebhookState.READY: Look.GOOD,
    WebhookState.ANSWERS: Look.GOOD,
    WebhookState.FAILING: Look.BAD,
    WebhookState.UNREACHED: Look.BAD,
    WebhookState.UNSEEN: Look.DOUBTFUL,
}


def doctor_text(report: DoctorReport, *, verbose: bool = False) -> str:
    """Return one line for each thing that was checked, and what they come to.

    What is wrong with several for one cause is one line, unless the text is `verbose`.
    """
    wrong = count(report.errors, "error") if report.errors else "no errors"
    more = "; `reconciler validate` says which" if report.errors else ""
    rows = [
        ("files", f"{count(report.profiles, 'profile')}, {wrong}{more}", Look.BAD if report.errors else Look.GOOD),
        ("ledger", report.ledger_problem or report.ledger, Look.BAD if report.ledger_problem else Look.GOOD),
        ("clock", *_clock(report)),
        *(("credentials", problem, Look.BAD) for problem in report.shared),
    ]
    lines = [*_lines(rows)]
    for account in report.accounts:
        lines += ["", *_account(account, verbose=verbose)]
    return "\n".join([*lines, "", _closing(report)])


def _closing(report: DoctorReport) -> str:
    """Return the line that says what the others come to, as the exit code does."""
    if not report.accounts:
        where = "`accounts` in profiles/reconciler.yaml"
        return f"No account could be looked at: {f'mend {where}' if report.errors else f'write one under {where}'}."
    wrong = f"{count(report.wrong, 'thing')} {'is' if report.wrong == 1 else 'are'} wrong"
    unchecked = f", {report.unchecked} could not be checked" if report.unchecked else ""
    clock = ", the clock is far off" if abs(report.clock or 0) > _FAR_OFF else ""
    verdict = f"{wrong if report.wrong else 'nothing else is wrong' if clock else 'nothing is wrong'}{unchecked}."
    numbers = sum(len(account.numbers) for account in report.accounts)
    unseen = sum(one.state is NumberState.UNSEEN for account in report.accounts for one in account.numbers)
    aside = f" ({unseen} not looked at)" if unseen else ""
    return f"{count(len(report.accounts), 'account')}, {count(numbers, 'number')}{aside}{clock}: {verdict}"


def _lines(rows: Sequence[DoctorRow], *, indent: str = "") -> Iterator[str]:
    """Yield each name and its text, in two columns."""
    names = aligned([cell(name) for name, _, _ in rows])
    for name, (_, text, look) in zip(names, rows, strict=True):
        yield f"{indent}{name}  {styled(terminal(text), look)}"


def _clock(report: DoctorReport) -> tuple[str, Look]:
    ahead = report.clock
    if ahead is None:
        sandboxed = report.accounts and all(account.endpoint == SANDBOX for account in report.accounts)
        why = "the sandbox runs in this process" if sandboxed else "no provider answered with its time"
        return f"not compared: {why}", Look.DOUBTFUL
    word = "ahead of" if ahead >= 0 else "behind"
    return f"{abs(ahead):.0f} s {word} the provider's", Look.BAD if abs(ahead) > _FAR_OFF else Look.GOOD


def _account(account: AccountCheck, *, verbose: bool) -> Iterator[str]:
    name = styled(terminal(account.name), Look.HEADING)
    yield f"{name} ({terminal(f'{account.provider} at {account.endpoint}')})"
    rows: list[DoctorRow] = []
    for mine in by_failed_call(account.credentials, apart=verbose):
        said, look = _credential_line(mine[0])
        names = [one.name for one in mine]
        rows.append(
            (names[0], said, look) if len(mine) == 1 else (f"{len(mine)} credentials", _of(mine[0], names), look)
        )
    listed = account.unlisted if account.listed is None else count(account.listed, "number")
    if listed:
        rows.append(("its list", listed, Look.DOUBTFUL if account.listed is None else Look.GOOD))
    rows += (("many at once", said, Look.DOUBTFUL if "refused" in said else Look.GOOD) for said in account.bulk)
    for found in by_failed_call(account.numbers, apart=verbose):
        said, look = _checked_number(found[0])
        names = [one.profile for one in found]
        first = names[0] or "(in no file)"
        rows.append((first, said, look) if len(found) == 1 else (f"{len(found)} numbers", _of(found[0], names), look))
    rows += (_webhook_line(webhook) for webhook in account.webhooks)
    rows.append(("may it write", "unknown without writing, and so never tried", Look.DOUBTFUL))
    yield from _lines(rows, indent="  ")


def _of(first: CredentialCheck | NumberCheck, names: Sequence[str]) -> str:
    """Return what was found of several, and of which."""
    return f"{first.state}, {failed_call(first)}: {listed(tuple(names))}"


def _webhook_line(webhook: WebhookCheck) -> DoctorRow:
    first, more = webhook.profiles[0], len(webhook.profiles) - 1
    whose = f"webhook of {first}{f' and {more} more' if more else ''}"
    why = f", {webhook.detail}" if webhook.detail else ""
    return whose, f"{webhook.url}: {webhook.state}{why}", _WEBHOOK[webhook.state]


def _credential_line(credential: CredentialCheck) -> tuple[str, Look]:
    words = [credential.source, f"{credential.state}{f', {credential.detail}' if credential.detail else ''}"]
    return ": ".join(filter(None, words)), _CREDENTIAL[credential.state]


def _checked_number(number: NumberCheck) -> tuple[str, Look]:
    said = f"{number.number or NO_NUMBER}: {number.state}{f', {number.detail}' if number.detail else ''}"
    return said, _NUMBER[number.state]


def doctor_json(report: DoctorReport) -> dict[str, Any]:
    """Return the report as a document."""
    accounts = [{**to_dict(account), "may_write": "unknown without writing"} for account in report.accounts]
    return {"format_version": RESULT_FORMAT, **to_dict(report), "accounts": accounts, **ends(report.reasons)}

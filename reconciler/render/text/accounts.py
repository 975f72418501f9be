"""Accounts and providers as text and as JSON.

providers_text, providers_markdown, providers_json: the declared capabilities → the table of what each provider manages.
doctor_text, doctor_json: what a check of the accounts found.
import_text, import_json: what an import came to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, assert_never

from reconciler.core.account_reports import (
    AccountCheck,
    CredentialCheck,
    CredentialState,
    DoctorReport,
    Imported,
    ImportReport,
    ImportStatus,
    NumberCheck,
    NumberState,
    WebhookCheck,
    WebhookState,
)
from reconciler.core.basics import to_dict
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.plurals import count
from reconciler.core.target import SANDBOX
from reconciler.core.traits import Capability, HeaderAuth, JsonFieldAuth, Traits, UrlRule
from reconciler.render.safe_text import cell, terminal
from reconciler.render.terminal import Look, aligned, styled, text_table
from reconciler.render.words import ends, listed

Rows = list[tuple[str, ...]]


def capability_rows(providers: Mapping[str, Traits]) -> Rows:
    """Return the table's rows, the head first: a column for each provider, a row for each field and a few others."""
    columns = list(providers.values())
    return [
        ("", *providers),
        *((name, *(_cell(traits.capabilities[name]) for traits in columns)) for name in FIELD_NAMES),
        ("hosts", *(", ".join(origin.removeprefix("https://") for origin in traits.hosts) for traits in columns)),
        ("credential", *(_credential_cell(traits) for traits in columns)),
        ("pace", *(f"at most {t.rate.calls} calls in {_seconds(t.rate.seconds)}" for t in columns)),
    ]


def _cell(capability: Capability) -> str:
    """Return what can be done with one field, in words: its limits and its special rules."""
    if not capability.writable:
        return f"no: {capability.lacking}"
    length = f"≤ {capability.limit}" if capability.limit else ""
    length = f"≤ {capability.items} of {capability.limit}" if capability.items else length
    words = [
        length,
        f"{len(capability.industries)} codes" if capability.industries else "",
        f"needs {capability.needs}" if capability.needs else "",
        f"with {', '.join(capability.parts)}" if capability.parts else "",
        capability.url_rule.value if capability.url_rule is not UrlRule.ANY else "",
        "" if capability.readable else "write-only",
        "can be cleared" if capability.clearable else "",
    ]
    return "; ".join(filter(None, words)) or "yes"


def _credential_cell(traits: Traits) -> str:
    names = ", ".join(name for name in (traits.credential, traits.looking_credential) if name)
    whose = "one for each number" if traits.credential_per_number else "of the account"
    proof = f"; {traits.proof.credential} for its proof in the query's {traits.proof.parameter}" if traits.proof else ""
    return f"{names}, {whose}, {_auth(traits)}{proof}"


def _auth(traits: Traits) -> str:
    match traits.auth:
        case HeaderAuth(header=header):
            return f"in the header {header}"
        case JsonFieldAuth(field=field):
            return f"in the body's {field}"
        case _:
            assert_never(traits.auth)


def _seconds(seconds: float) -> str:
    return {60: "a minute", 3600: "an hour"}.get(int(seconds), f"{seconds:g} s")


def providers_text(providers: Mapping[str, Traits], *, width: int) -> str:
    """Return the table for a terminal of `width` columns."""
    head, *rows = capability_rows(providers)
    return text_table(head, rows, width=width)


def providers_markdown(providers: Mapping[str, Traits]) -> str:
    """Return the table for docs/providers.md."""
    head, *rows = capability_rows(providers)
    titles = [f"`{title}`" if title else title for title in head]
    lines = [titles, ["---"] * len(head), *([f"`{first}`", *rest] for first, *rest in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def providers_json(providers: Mapping[str, Traits]) -> dict[str, Any]:
    """Return everything in the declared tables, facts included."""
    listed = [_provider(traits) for traits in providers.values()]
    return {"format_version": RESULT_FORMAT, "providers": listed, "exit_code": 0}


def _provider(traits: Traits) -> dict[str, Any]:
    fields = {name: _capability(traits.capabilities[name]) for name in FIELD_NAMES}
    kept = ("name", "title", "hosts", "must_choose_host", "credential", "looking_credential", "credential_per_number")
    known = {*kept, "proof", "env_prefix", "picture_hosts", "rate"}
    data = {name: told for name, told in to_dict(traits).items() if name in known}
    return {**data, "auth": {"kind": type(traits.auth).__name__, **to_dict(traits.auth)}, "fields": fields}


def _capability(capability: Capability) -> dict[str, Any]:
    return {"writable": capability.writable, **to_dict(capability)}


DoctorRow = tuple[str, str, Look]
_Check = TypeVar("_Check", CredentialCheck, NumberCheck, Imported)
# An account may list an id without showing its number.
_NO_NUMBER = "(no number)"
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
    for mine in _alike(account.credentials, apart=verbose):
        said, look = _credential_line(mine[0])
        names = [one.name for one in mine]
        rows.append(
            (names[0], said, look) if len(mine) == 1 else (f"{len(mine)} credentials", _of(mine[0], names), look)
        )
    listed = account.unlisted if account.listed is None else count(account.listed, "number")
    if listed:
        rows.append(("its list", listed, Look.DOUBTFUL if account.listed is None else Look.GOOD))
    rows += (("many at once", said, Look.DOUBTFUL if "refused" in said else Look.GOOD) for said in account.bulk)
    for found in _alike(account.numbers, apart=verbose):
        said, look = _checked_number(found[0])
        names = [one.profile for one in found]
        first = names[0] or "(in no file)"
        rows.append((first, said, look) if len(found) == 1 else (f"{len(found)} numbers", _of(found[0], names), look))
    rows += (_webhook_line(webhook) for webhook in account.webhooks)
    rows.append(("may it write", "unknown without writing, and so never tried", Look.DOUBTFUL))
    yield from _lines(rows, indent="  ")


def _alike(found: Sequence[_Check], *, apart: bool) -> list[list[_Check]]:
    """Return checks in groups: those that a call failed for one cause are together, unless they are to stand apart."""
    groups: dict[object, list[_Check]] = {}
    for number, one in enumerate(found):
        groups.setdefault(number if apart else _cause(one) or number, []).append(one)
    return list(groups.values())


def _cause(one: CredentialCheck | NumberCheck | Imported) -> str:
    """Return why a call failed, without the credential, which may be each number's own; "" if none failed."""
    return one.cause.text(credential=False) if one.cause is not None else ""


def _of(first: CredentialCheck | NumberCheck, names: Sequence[str]) -> str:
    """Return what was found of several, and of which."""
    return f"{first.state}, {_cause(first)}: {listed(tuple(names))}"


def _webhook_line(webhook: WebhookCheck) -> DoctorRow:
    first, more = webhook.profiles[0], len(webhook.profiles) - 1
    whose = f"webhook of {first}{f' and {more} more' if more else ''}"
    why = f", {webhook.detail}" if webhook.detail else ""
    return whose, f"{webhook.url}: {webhook.state}{why}", _WEBHOOK[webhook.state]


def _credential_line(credential: CredentialCheck) -> tuple[str, Look]:
    words = [credential.source, f"{credential.state}{f', {credential.detail}' if credential.detail else ''}"]
    return ": ".join(filter(None, words)), _CREDENTIAL[credential.state]


def _checked_number(number: NumberCheck) -> tuple[str, Look]:
    said = f"{number.number or _NO_NUMBER}: {number.state}{f', {number.detail}' if number.detail else ''}"
    return said, _NUMBER[number.state]


def doctor_json(report: DoctorReport) -> dict[str, Any]:
    """Return the report as a document."""
    accounts = [{**to_dict(account), "may_write": "unknown without writing"} for account in report.accounts]
    return {"format_version": RESULT_FORMAT, **to_dict(report), "accounts": accounts, **ends(report.reasons)}


_IMPORTED = {
    ImportStatus.WRITTEN: Look.DONE,
    ImportStatus.SKELETON: Look.UNDECIDED,
    ImportStatus.UNREADABLE: Look.FAILED,
    ImportStatus.FAILED: Look.FAILED,
}


def import_text(report: ImportReport, *, verbose: bool = False) -> str:
    """Return one line for each number, below it the fields that are not managed, and then what to do next.

    Numbers that could not be read for one cause are one line, unless the text is `verbose`.
    """
    groups = _alike(report.numbers, apart=verbose)
    lines = [line for mine in groups for line in (_imported_number(mine[0]) if len(mine) == 1 else _unread(mine))]
    found = {status: sum(one.status is status for one in report.numbers) for status in ImportStatus}
    written = found[ImportStatus.WRITTEN] + (skeletons := found[ImportStatus.SKELETON])
    empty = f", {skeletons} of them without any field, for nothing can be read there" if skeletons else ""
    left = (ImportStatus.KNOWN, ImportStatus.EXISTS, ImportStatus.UNREADABLE, ImportStatus.FAILED)
    tail = empty + "".join(f", {found[status]} {status}" for status in left if found[status])
    if not report.numbers:
        lines.append(f"The account {terminal(report.account)} has no numbers that it lists.")
    else:
        lines += ["", f"Import: {count(written, report.unit)} written{tail}."]
    if report.template:
        lines.append(f"What all of them share is in {terminal(report.template)}: {terminal(', '.join(report.shared))}.")
    elif report.unshared and written:
        lines.append(f"{terminal(report.unshared)} is not written: the imported numbers share no field.")
    read = "Read the files, commit them with schemas/," if report.schemas else "Read the files,"
    lines += [f"{read} and run `reconciler plan`: it has nothing to do."] if written else []
    lines += [styled(f"Not recorded: {terminal(report.unrecorded)}", Look.FAILED)] if report.unrecorded else []
    return "\n".join(lines)


def _unread(mine: Sequence[Imported]) -> Iterator[str]:
    status = styled(mine[0].status, Look.FAILED)
    yield f"{count(len(mine), 'number')}: {status}: {terminal(_cause(mine[0]))}"
    yield f"    {terminal(listed(tuple(one.number or _NO_NUMBER for one in mine)))}"


def _imported_number(one: Imported) -> Iterator[str]:
    status = styled(one.status, _IMPORTED.get(one.status, Look.HEADING))
    said = f"{status} {terminal(one.file)}" if one.file else status
    what = ": ".join(filter(None, (said, terminal(one.detail), terminal(", ".join(one.fields)))))
    yield f"{terminal(one.number or _NO_NUMBER)}{terminal(f' ({one.name})') if one.name else ''}: {what}"
    for name, why in one.asides:
        yield f"    {terminal(name)} is not managed: {terminal(why)}"


def import_json(report: ImportReport) -> dict[str, Any]:
    """Return the report as a document."""
    return {"format_version": RESULT_FORMAT, **to_dict(report), **ends(report.reasons)}

"""The fleet as a table, for a terminal and as JSON.

list_text: a report → a row for each profile, and the numbers of all. A column that says the same in each row is told
once, below the table. If a line has no room for the rest, the columns that the account says as well go first. `wide`
leaves every column in the table.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.basics import count, to_dict
from reconciler.core.fields import Mode
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reports.fleet import ListedProfile, ListReport, Standing
from reconciler.core.roster import NO_BUSINESS
from reconciler.render.safe_text import cell, terminal
from reconciler.render.terminal import Look, clipped, columns, padded, styled, wrapped
from reconciler.render.text.causes import Quotes, diagnostics_text
from reconciler.render.words import business_json, business_words, ends, provider_words

# The columns that go first where a line has no room for all. A profile's number is never cut.
_FIRST_TO_GO = ("provider", "mode", "account", "name")
_BETWEEN = "  "
# As narrow as the last column gets: each of its words fits.
_NARROWEST = 17
FROM_LEDGER = "From the files and the ledger. --live also asks what was changed elsewhere."
# What only a wide table has.
_MORE = ("address", "file", "run")
# As much of a name as a table shows that is not wide.
_MOST_NAME = 30
# What is told below the table where every row says the same, and in which words.
_COMMON = {"account": "account {}", "provider": "at {}", "mode": "{}"}
_STANDING = {
    Standing.DRIFTED: "changed elsewhere",
    Standing.UNRECORDED: "without a record",
    Standing.ALTERED: "not as sent",
    Standing.WAITING: "to send",
    Standing.ACCEPTED: "accepted",
    Standing.ASSUMED: "assumed",
}


def list_text(
    report: ListReport, *, width: int, wide: bool = False, verbose: bool = False, quotes: Quotes | None = None
) -> str:
    """Return the table for a terminal of `width` columns, and the numbers below it. `quotes` are lines of files."""
    said = diagnostics_text(report.plan.diagnostics, verbose=verbose, quotes=quotes)
    if not report.profiles:
        return "\n\n".join(filter(None, (said, "Nothing is selected.")))
    rows = [_cells(one, wide=wide) for one in report.profiles]
    # No list says these of any number, so there is nothing to head.
    untold = [name for name in business_words(NO_BUSINESS) if not any(row.get(name) for row in rows)]
    rows = [{name: text for name, text in row.items() if name not in untold} for row in rows]
    shared = {} if wide or len(rows) == 1 else {name: told for name in _COMMON if (told := _same(rows, name))}
    widths = {name: max(columns(row[name]) for row in (*rows, {name: name})) for name in rows[0] if name not in shared}
    hidden = () if wide else _hidden(widths, width)
    shown = {name: wanted for name, wanted in widths.items() if name not in hidden}
    if _needed(shown) > width:
        table, hidden = wrapped("\n\n".join(_stacked(row, widths) for row in rows), width), ()
    else:
        table = "\n".join(_table(rows, shown, width))
    return "\n\n".join(filter(None, (said, table, _totals(report, shared, hidden))))


def _hidden(widths: dict[str, int], width: int) -> tuple[str, ...]:
    """Return the columns that a line of `width` has no room for, beside a last column of its least width."""
    gone: list[str] = []
    for name in (one for one in _FIRST_TO_GO if one in widths):
        if _needed({one: size for one, size in widths.items() if one not in gone}) <= width:
            break
        gone.append(name)
    return tuple(gone)


def _needed(widths: Mapping[str, int]) -> int:
    """Return how wide a line is, with the last column at its least width."""
    *others, last = widths.values()
    return sum(one + len(_BETWEEN) for one in others) + min(last, _NARROWEST)


def _stacked(row: Mapping[str, str], names: Iterable[str]) -> str:
    """Return a row whose cells stand below each other, for a terminal that is too narrow for any table."""
    first, *others = names
    # A line of its own turns nothing around, and may be folded.
    alone = {name: row[name].strip("\u2068\u2069") for name in (first, *others)}
    lines = (f"  {name}: {alone[name]}" for name in others if alone[name])
    return "\n".join((styled(alone[first], Look.HEADING), *lines))


def _table(rows: list[dict[str, str]], widths: dict[str, int], width: int) -> Iterator[str]:
    """Yield the head and the rows; the words of the last column go on below it where the line ends."""
    *names, last = widths
    before = sum(widths[name] + len(_BETWEEN) for name in names)
    yield styled(_line({name: name for name in widths}, names, widths) + last, Look.HEADING)
    for row in rows:
        first, *rest = textwrap.wrap(row[last], max(width - before, _NARROWEST), break_long_words=False)
        yield _line(row, names, widths) + first
        yield from (" " * before + line for line in rest)


def _line(row: Mapping[str, str], names: Iterable[str], widths: Mapping[str, int]) -> str:
    return "".join(padded(row[name], widths[name]) + _BETWEEN for name in names)


def _cells(one: ListedProfile, *, wide: bool) -> dict[str, str]:
    """Return a row, by the heads of its columns."""
    target, at, business = one.target, one.last.at if one.last is not None else "", business_words(one.business)
    more = (target.address, str(one.place), one.last.run if one.last is not None else "")
    cells = {
        "profile": target.profile,
        "number": target.number,
        **(business if wide else {"name": clipped(terminal(business["name"]), _MOST_NAME)}),
        "account": target.account,
        "provider": provider_words(target.provider, target.endpoint) if wide else target.provider,
        "mode": one.mode.value,
        "last apply": (at if wide else at.partition("T")[0]) or "never",
        **(dict(zip(_MORE, more, strict=True)) if wide else {}),
        "drift": drift_words(one),
    }
    return {name: cell(text) for name, text in cells.items()}


def _same(rows: list[dict[str, str]], name: str) -> str:
    """Return what every row says in a column, or ""."""
    found = {row[name] for row in rows}
    return found.pop() if len(found) == 1 else ""


def drift_words(one: ListedProfile) -> str:
    """Return what is known of a profile's drift; only a look at the provider can say that there is none."""
    if one.mode is Mode.PAUSED:
        return "not looked at"
    parts = [f"{one.fields[standing]} {words}" for standing, words in _STANDING.items() if one.fields.get(standing)]
    if one.unread:
        parts.insert(0, "could not be read")
    if parts:
        return ", ".join(parts)
    if one.looked:
        return "none"
    return "none known" if one.known else "not known"


def _totals(report: ListReport, shared: dict[str, str], hidden: Sequence[str]) -> str:
    """Return what all rows share, how many profiles there are of what, and what is not in the table."""
    told = ", ".join(_COMMON[name].format(text) for name, text in shared.items())
    parts = [f"{count(len(report.profiles), 'profile')}{f', all {told}' if told else ''}", *standing_totals(report)]
    asked = "" if report.live else f"\n{FROM_LEDGER}"
    more = f"\n--wide also shows {', '.join(hidden)}." if hidden else ""
    return f"{' · '.join(parts)}{asked}{more}"


def standing_totals(report: ListReport) -> Iterator[str]:
    """Yield how many profiles have fields of each kind, and how many could not be read."""
    of = Counter(standing for one in report.profiles for standing in one.fields)
    yield from (f"{of[standing]} with fields {words}" for standing, words in _STANDING.items() if of[standing])
    if unread := sum(bool(one.unread) for one in report.profiles):
        yield f"{unread} could not be read"


def list_json(report: ListReport) -> dict[str, Any]:
    """Return every row with all that is known of it."""
    return {
        "format_version": RESULT_FORMAT,
        "live": report.live,
        "profiles": [_row_json(one) for one in report.profiles],
        "diagnostics": [to_dict(one) for one in report.plan.diagnostics],
        **ends(report.reasons),
    }


def _row_json(one: ListedProfile) -> dict[str, Any]:
    return {
        **to_dict(one.target),
        "mode": one.mode,
        "business": business_json(one.business),
        "file": one.file,
        "last_applied": one.last.model_dump() if one.last is not None else None,
        "drift": {
            "known_from": "live" if one.looked else "ledger" if one.known else None,
            "unread": one.unread,
            **{standing: one.fields.get(standing, 0) for standing in Standing},
        },
    }

"""What has one cause, as lines for a terminal: once, with how many and which profiles.

unreadable_lines, unsent_lines: targets of a plan, outcomes of an apply → what was stopped, by its cause.
noted, several: a plan, targets with a remark → what else there is to know of them.
diagnostics_text: problems → where, what, the line of the file if it may be shown, and what to do.

A `verbose` text lists every profile, every remark and every problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from reconciler.core.basics import Diagnostic, Severity, count
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.causes import NOT_READ, CauseGroup, ProblemGroup, by_note, by_problem, unread_groups
from reconciler.render.safe_text import cell, terminal
from reconciler.render.terminal import Look, clipped, columns, styled
from reconciler.render.text.changes import heading, titled
from reconciler.render.words import SAME, UNLOOKED, assumed_words, listed, note_words, on_whose_word

if TYPE_CHECKING:
    from reconciler.core.reading.quotable import QuotedLine

_LOOK = {Severity.ERROR: Look.ERROR, Severity.WARNING: Look.WARNING, Severity.NOTICE: Look.NOTICE}
_MOST = 10
_LISTS = " (-v lists them)"
# Around the number of a line that is quoted, and the fewest columns that one is shown in.
_GUTTER = "     │ "
_LEAST_QUOTED = 24


def which(names: Sequence[str]) -> str:
    """Return the first ten of `names`, and how many more there are."""
    return which_of([*map(terminal, names)])


def which_of(shown: Sequence[str]) -> str:
    """Return the same of names that are harmless already."""
    return f"{listed(tuple(shown))}{_LISTS if len(shown) > _MOST else ''}"


def several(found: Sequence[TargetPlan], said: str) -> tuple[str, str]:
    """Return what is said of several profiles, and which they are."""
    names = [planned.target.profile for planned in found]
    return f"  {count(len(names), 'profile')}: {terminal(said)}", f"      {which(names)}"


def unreadable_lines(plan: Plan, title: str, *, verbose: bool = False) -> str:
    """Return what could not be read, by its cause; a cause of one profile stands under the profile."""
    if plan.complete:
        return ""
    groups, files = unread_groups(plan.targets), {one.target.key: one for one in plan.targets}
    lines: list[str] = []
    for planned, mine in groupby(
        [group for group in groups if len(group.members) == 1], key=lambda group: files[group.members[0].target.key]
    ):
        lines.append(f"  {heading(planned)}")
        for group in mine:
            fields = f"{', '.join(group.fields)}: " if group.fields else ""
            lines.append(f"      {terminal(fields + group.members[0].said)}")
    shared = [line for group in groups if len(group.members) > 1 for line in cause_lines(group, verbose=verbose)]
    return titled(styled(title, Look.FAILED), [*shared, *lines])


def cause_lines(group: CauseGroup, *, verbose: bool = False) -> Iterator[str]:
    """Yield how many profiles, the cause, the refused credentials, what to do, and which profiles."""
    number = f"{count(len(group.profiles), 'profile')} of account {group.account}"
    what = f"{', '.join(group.fields)} of {number}" if group.fields else number
    status = "" if group.status == NOT_READ else f"{group.status}: "
    yield f"  {terminal(f'{status}{what}: {group.cause.text(hint=False)}')}"
    if group.credentials:
        yield f"      the credential: {which(group.credentials)}"
    if group.cause.hint:
        yield f"      → {terminal(group.cause.hint)}"
    if not verbose:
        yield f"      {which(group.profiles)}"
        return
    for one in group.members:
        own = one.cause.text(trace=True) if one.cause.trace else one.said
        yield f"      {terminal(f'{one.target.profile} ({one.target.number}): {own}')}"


def noted(plan: Plan, *, verbose: bool = False) -> str:
    """Return notes that are not changes; a note of several targets is told once."""
    found = [(planned, note) for planned in plan.targets for note in _notes(planned)]
    alone_each = verbose or len(found) < 2
    groups = [(note, (planned,)) for planned, note in found] if alone_each else by_note(found)
    assumed = [planned for planned in plan.targets if _assumed(planned)]
    briefly = len(assumed) > 1 and not verbose
    alone: dict[TargetKey, list[str]] = {}
    lines = [f"  {terminal(assumed_words(assumed))}{_LISTS}"] if briefly else []
    for note, mine in groups:
        if len(mine) == 1:
            alone.setdefault(mine[0].target.key, []).append(note)
            continue
        lines += several(mine, note)
    for planned in plan.targets:
        if own := [*alone.get(planned.target.key, ()), *(() if briefly else _assumed(planned))]:
            lines += [f"  {heading(planned)}", *(f"      {terminal(note)}" for note in own)]
    return titled(styled("Also:", Look.HEADING), lines)


def _notes(planned: TargetPlan) -> Iterator[str]:
    """Yield why a target is left out, if that is shown nowhere else, the provider's notes, and what is not certain."""
    silent = planned.status is TargetStatus.PAUSED or not planned.differences
    if silent and planned.status is not TargetStatus.UNREADABLE and planned.reason:
        yield planned.reason
    yield from planned.notes
    yield from _said(planned, assumed=False)


def _assumed(planned: TargetPlan) -> list[str]:
    return list(_said(planned, assumed=True))


def _said(planned: TargetPlan, *, assumed: bool) -> Iterator[str]:
    """Yield what is said of the fields that need no change; those that share a note are listed together."""
    words = UNLOOKED if planned.offline else SAME
    found: list[tuple[str, str]] = []
    for field in planned.unchanged:
        if field.reason in words and (field.reason is SameReason.ASSUMED) is assumed:
            whose = on_whose_word(field.since, field.run, offline=planned.offline) if field.since else ""
            note = "; ".join(filter(None, (note_words(field.note), whose)))
            found.append((f"{words[field.reason]}{f' ({note})' if note else ''}", field.field))
    for said, fields in groupby(sorted(found, key=itemgetter(0)), key=itemgetter(0)):
        yield f"{', '.join(name for _, name in fields)}: {said}"


def diagnostics_text(diagnostics: Iterable[Diagnostic], *, verbose: bool = False, quotes: Quotes | None = None) -> str:
    """Return problems, one after the other: where, what, and what to do; those that say the same are one.

    `quotes` has the lines of files that are shown below what is wrong with them.
    """
    every = tuple(diagnostics)
    groups = [ProblemGroup((one,)) for one in every] if verbose or len(every) < 2 else by_problem(every)
    return "\n".join(line for group in groups for line in _problem(group, quotes or Quotes({})))


def explain_hint(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the command that says more of the first of the worst problems."""
    first = min(diagnostics, key=lambda one: [*Severity].index(one.severity))
    return styled(f"More of this: reconciler explain {terminal(first.code)}", Look.DIM)


@dataclass(frozen=True, slots=True)
class Quotes:
    """The lines of files that may be shown, by the problem that is in them, for a terminal of `width` columns."""

    lines: Mapping[Diagnostic, QuotedLine]
    width: int = 80


def _quoted(quote: QuotedLine, problem: Diagnostic, width: int) -> Iterator[str]:
    """Yield a line of a file as far as it fits, and a line that points into it.

    Nothing points into a line that a terminal may turn around, and none is shown where there is no room for it.
    """
    number = str(problem.location.line)
    room, text = width - len(number) - len(_GUTTER), terminal(quote.text)
    if room < _LEAST_QUOTED or cell(quote.text) != text:
        return
    before = terminal(quote.text[: quote.begin])
    at, size = columns(before), columns(terminal(quote.text[quote.begin :][: quote.size]))
    if at + size >= room:
        # The beginning gives way, so that what is meant stands in the middle.
        kept = next(n for n in range(max(0, len(before) - room), len(before) + 1) if columns(before[n:]) < room // 2)
        text, at = f"…{text[kept:]}", columns(before[kept:]) + 1
    mark = styled("^" * max(1, min(size, room - at)), _LOOK[problem.severity])
    yield f"    {styled(f'{number} │', Look.DIM)} {clipped(text, room)}"
    yield f"    {' ' * len(number)} {styled('│', Look.DIM)} {' ' * at}{mark}"


def _problem(group: ProblemGroup, quotes: Quotes) -> Iterator[str]:
    first, places = group.first, [str(one.location) for one in group.members if one.location.file]
    severity = styled(first.severity, _LOOK[first.severity])
    place = f"{terminal(places[0])}: " if len(places) == 1 else ""
    yield f"{place}{severity}: {terminal(first.summary)} [{terminal(first.code)}]"
    if len(places) == 1 and (quote := quotes.lines.get(first)) is not None:
        yield from _quoted(quote, first, quotes.width)
    for line in first.hint.split("\n") if first.hint else ():
        yield f"    {terminal(line)}"
    if len(places) > 1:
        yield f"    at {count(len(places), 'place')}: {which(places)}"
    if group.further:
        yield f"    and {count(group.further, 'more ' + first.severity)} of this kind{_LISTS}"

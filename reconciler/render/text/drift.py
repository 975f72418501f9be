"""The result of `drift`, as text for a terminal.

accepting_commands: (differences) → what accepts them until a day, for each profile.
adopting_text, adopting_json: what `drift --adopt` wrote into the files, and what it left out.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.basics import count, to_dict
from reconciler.core.planning.acknowledged import acceptable
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.planning.treatment import ChangePairs, Treatment, treated
from reconciler.core.reports.causes import by_fields
from reconciler.core.reports.command_reports import DriftReport
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, padded, styled
from reconciler.render.text.causes import Quotes, diagnostics_text, noted, several, unreadable_lines
from reconciler.render.text.changes import FIELD_WIDTH, heading, titled
from reconciler.render.text.plan import left_parts, nothing_planned
from reconciler.render.text.targets import left_targets

NO_MEMORY: Final = (
    "No memory: the ledger holds no trace of any apply. "
    "What differs was changed elsewhere, or was never sent from here."
)


BY_MEMORY_TITLE: Final = "Waits for an apply by memory alone, for which no mark vouches, or was changed elsewhere"


def drift_text(report: DriftReport, *, verbose: bool = False, quotes: Quotes | None = None) -> str:
    """Return what moved elsewhere, then the other groups. That memory is missing comes first.

    A `verbose` text lists every profile, where another one says how many there are. `quotes` are lines of files.
    """
    parts: list[str] = [
        styled(NO_MEMORY, Look.HEADING) if report.without_memory else "",
        diagnostics_text(report.plan.diagnostics, verbose=verbose, quotes=quotes),
        *left_parts(report.drifted, report.consent, verbose=verbose),
        *_group("Only observed, and different from its file", report.observed, verbose=verbose),
        *left_parts(report.unknown_since, report.consent, verbose=verbose),
        *left_parts(report.newly_managed, report.consent, verbose=verbose),
        *_group(BY_MEMORY_TITLE, report.by_memory, verbose=verbose),
        *_group("Accepted, and still so", report.acknowledged, verbose=verbose),
        *_group("Pending: asked for by the files, not applied yet; not drift", report.pending, verbose=verbose),
        _never_sent(report, verbose=verbose),
        unreadable_lines(report.plan, "Could not be read:", verbose=verbose),
        noted(report.plan, verbose=verbose),
    ]
    found = (*report.drifted, *report.observed, *report.unknown_since, *report.newly_managed)
    # What was just adopted or accepted needs no further advice.
    parts += ["" if report.adopted or report.accepted else _how_to_accept(found), _drift_summary(report)]
    parts += [adopting_text(report), _accepted_text(report)]
    if report.unrecorded:
        parts.append(f"What was seen could not be recorded: {terminal(report.unrecorded)}")
    return "\n\n".join(part for part in parts if part)


def _group(title: str, found: ChangePairs, *, verbose: bool) -> Iterator[str]:
    if found:
        yield styled(f"{title}:", Look.HEADING)
    yield from left_targets(found, verbose=verbose)


def _how_to_accept(found: ChangePairs) -> str:
    """Return the command that accepts what the first profile shows; it can be typed for the others too."""
    commands = accepting_commands(found)
    if not commands:
        return ""
    title = "To accept a live value until a day, type this (for every profile: `--accept all`, and name none):"
    return titled(title if len(commands) > 1 else "To accept a live value until a day, type:", [f"  {commands[0]}"])


def accepting_commands(found: ChangePairs) -> tuple[str, ...]:
    """Return for each profile the command that accepts what can be accepted of it, as a shell takes it."""
    fields: dict[str, dict[str, None]] = {}
    for planned, change in found:
        if acceptable(planned, change):
            fields.setdefault(planned.target.profile, {})[change.field] = None
    return tuple(_accepting(profile, names) for profile, names in fields.items())


def _accepting(profile: str, fields: Iterable[str]) -> str:
    named = (word for field in fields for word in ("--accept", field))
    # A name that begins like an option is none after the two dashes.
    place = ("--", profile) if profile.startswith("-") else (profile,)
    words = ("reconciler", "drift", *named, "--until", "YYYY-MM-DD", "--reason", "why it is accepted", *place)
    return terminal(shlex.join(words))


def _never_sent(report: DriftReport, *, verbose: bool) -> str:
    """Return the fields that cannot be read back and were never sent; profiles with the same ones stand together."""
    lines: list[str] = []
    for fields, found in by_fields(report.never_sent):
        said = ", ".join(fields)
        if len(found) > 1 and not verbose:
            lines += several(found, said)
        else:
            lines += [line for planned in found for line in (f"  {heading(planned)}", f"      {terminal(said)}")]
    title = "Not known: it cannot be read back, and was never sent from here"
    return titled(styled(f"{title}:", Look.HEADING), lines)


def _drift_summary(report: DriftReport) -> str:
    targets = [planned for planned in report.plan.targets if planned.status is not TargetStatus.PAUSED]
    unasked = f"this run did not look at {count(len(report.unasked), 'profile')}, for want of a credential"
    if not targets and report.unasked:
        return f"Drift: {unasked}."
    if not targets:
        paused = "Drift: nothing was looked at; every selected profile is paused."
        return paused if report.plan.targets else nothing_planned(report.plan)
    unread = sum(planned.status is TargetStatus.UNREADABLE for planned in targets)
    unseen = sum(not planned.seen for planned in targets if planned.differences or planned.unchanged)
    blind = f"{count(unseen, 'profile')} {'has' if unseen == 1 else 'have'} nothing that can be read back"
    if unseen == len(targets):
        return f"Drift: none can be seen; {blind}."
    found = len(report.drifted) + len(report.observed)
    tail = "".join(f", {number} {word}" for number, word in _apart(report)) + (f"; {blind}" if unseen else "")
    tail += f"; {unasked}" if report.unasked else ""
    tail += f"; {count(unread, 'profile')} could not be read" if unread else ""
    tail += "; not everything could be read" if any(planned.unreadable for planned in targets) else ""
    looked = len(targets) - unseen - unread
    if not looked:
        return f"Drift: not known{tail}."
    none = "not known" if report.unexplained or report.without_memory else "none"
    said = f"{count(found, 'difference')} ({_treated(report)})" if found else none
    return f"Drift: {said} in {count(looked, 'profile')}{tail}."


def _treated(report: DriftReport) -> str:
    """Return what the next apply does with what moved, and with what is only observed."""
    found = Counter(treated(*pair, report.consent) for pair in (*report.drifted, *report.observed))
    return ", ".join(f"{found[way]} {way}" for way in Treatment if found[way])


def _apart(report: DriftReport) -> Iterator[tuple[int, str]]:
    """Yield how many other differences there are."""
    found = (
        (len(report.unknown_since), "unrecorded"),
        (len(report.by_memory), "explained by memory alone"),
        (len(report.newly_managed), "newly managed"),
        (len(report.not_as_sent), "not as sent"),
        (len(report.acknowledged), "accepted"),
        (len(report.pending), "pending"),
    )
    yield from ((number, word) for number, word in found if number)


def adopting_text(report: DriftReport) -> str:
    """Return what was adopted, what was not and why, and what to do next; "" if there is neither."""
    if not (report.adopted or report.not_adopted):
        return ""
    parts = [
        *authored_lines("Adopted: the files now say what is live", report.adopted),
        *left_lines("Not adopted:", report.not_adopted),
    ]
    files = count(len({one.file for one in report.adopted}), "file")
    done = f"{count(len(report.adopted), 'field')} in {files}" if report.adopted else "nothing"
    left = f", {len(report.not_adopted)} not adopted" if report.not_adopted else ""
    parts.append(f"Adopted: {done}{left}.")
    if report.adopted:
        parts.append("Review it like any edit: `git diff`, then `reconciler plan`, which no longer calls it drift.")
    return "\n".join(parts)


def _accepted_text(report: DriftReport) -> str:
    """Return what was accepted on request, and until when."""
    if report.accepted is None:
        return ""
    if not report.accepted:
        return "Nothing to accept: no live value of these fields differs, or it is accepted already."
    profiles = count(len({one.profile for one in report.accepted}), "profile")
    what = f"{count(len(report.accepted), 'field')} of {profiles} until {report.accepted[0].until}"
    return f"Accepted: {what}. Review profiles/drift-ignore.yaml like any edit: `git diff`."


def authored_lines(title: str, found: Sequence[Authored]) -> Iterator[str]:
    """Yield what was written, file by file."""
    if found:
        yield styled(f"{title}:", Look.HEADING)
    for place, mine in groupby(found, key=attrgetter("place")):
        yield f"  {terminal(str(place))}"
        yield from (_line(one.field, one.detail, sign="✓") for one in mine)


def left_lines(title: str, found: Sequence[LeftOut]) -> Iterator[str]:
    """Yield what was not written and why, file by file; a profile without a file goes by its name."""
    if found:
        yield styled(title, Look.HEADING)
    for (place, profile), mine in groupby(found, key=attrgetter("place", "profile")):
        yield f"  {terminal(str(place) or profile)}"
        yield from (_line(one.field, one.reason, sign="✗" if one.failed else "·") for one in mine)


def _line(field: str, why: str, *, sign: str) -> str:
    return f"    {sign} {padded(terminal(field), FIELD_WIDTH)}{terminal(why)}".rstrip()


def adopting_json(report: DriftReport) -> dict[str, Any]:
    """Return the part of a drift document about adopting."""
    return {
        "adopted": [to_dict(one, without=("line",)) for one in report.adopted],
        "not_adopted": [to_dict(one, without=("line",)) for one in report.not_adopted],
        "accepted": [
            {"profile": one.profile, "field": one.field, "value": one.value, "until": one.until.isoformat()}
            for one in report.accepted or ()
        ],
    }

"""What a page says besides changes: problems, what could not be read, notes. What has one cause stands there once.

problems, severe: diagnostics → what is wrong in the files.
unreadable_block, cause_line: targets of a plan, what one cause stopped → why.
let_go: what is no longer managed → who keeps it.
also, several_names: targets of a plan → what else there is to know, and of which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from reconciler.core.basics import Diagnostic, Severity, many
from reconciler.core.planning.base import TargetKey, Unmanaged
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import TargetPlan, TargetStatus
from reconciler.core.reports.causes import NOT_READ, CauseGroup, ProblemGroup, by_note, by_problem, unread_groups
from reconciler.render.markdown.blocks import first_of, name_cell, profiles_cell
from reconciler.render.markdown.changes import BREAK
from reconciler.render.markdown.sheet import Block, Links, items, place_link, section
from reconciler.render.safe_text import code_span, prose
from reconciler.render.text.plan import LET_GO
from reconciler.render.words import SAME, UNLOOKED, note_words, provider_words

# Problems come first, but warnings about a whole fleet must not leave the page without its changes.
_FIRST_BYTES = 8_000


def problems(found: Iterable[Diagnostic], links: Links, *, noun: str = "problem") -> tuple[Block, ...]:
    """Return each problem: its place, what is wrong, and what to do. Problems that say the same are one."""
    return items(noun, [_problem(group, links) for group in by_problem(found)])


def _problem(group: ProblemGroup, links: Links) -> str:
    diagnostic = group.first
    places = [place_link(one.location, links) for one in group.members if one.location.file]
    at = f" {places[0]}" if len(places) == 1 else ""
    where = f"<br>at {many(len(places), 'place')}: {first_of(places)}" if len(places) > 1 else ""
    more = f"<br>and {many(group.further, f'more {diagnostic.severity}')} of this kind" if group.further else ""
    code = f" ({code_span(diagnostic.code)})" if diagnostic.code else ""
    hint = "".join(f"<br>{prose(line)}" for line in diagnostic.hint.split("\n") if line)
    severity = "" if diagnostic.severity is Severity.NOTICE else f"**{diagnostic.severity}**"
    head = ": ".join(part for part in (f"{severity}{at}".strip(), prose(diagnostic.summary)) if part)
    return f"{head}{code}{hint}{where}{more}"


def severe(found: Iterable[Diagnostic], links: Links) -> Iterator[Block]:
    """Yield errors and warnings under their heading, errors first; those beyond a limit are left to `also`."""
    yield from section("Errors and warnings", _severe(found, links)[0])


def _severe(found: Iterable[Diagnostic], links: Links) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Return the problems that a page begins with, and the remaining ones."""
    wrong = [one for one in found if one.severity is not Severity.NOTICE]
    blocks = problems(sorted(wrong, key=lambda one: one.severity is not Severity.ERROR), links)
    first = sum(size <= _FIRST_BYTES for size in accumulate(len(block.text.encode()) for block in blocks))
    return blocks[:first], blocks[first:]


def unreadable_block(targets: Iterable[TargetPlan], links: Links) -> Iterator[Block]:
    """Yield what could not be read, by its cause; a cause of one profile stands under the profile's name."""
    found = {planned.target.key: planned for planned in targets}
    groups = unread_groups(found.values())
    lines = [cause_line(group) for group in groups if len(group.members) > 1]
    alone: dict[TargetKey, list[str]] = {}
    for one in (group.members[0] for group in groups if len(group.members) == 1):
        fields = f"{', '.join(map(code_span, one.fields))}: " if one.fields else ""
        alone.setdefault(one.target.key, []).append(f"{fields}{prose(one.said)}")
    lines += [f"{name_cell(found[key], links)}: {'; '.join(said)}" for key, said in alone.items()]
    below = "Nothing is planned for what is named here."
    yield from section("Could not be read", items("unreadable profile", lines), below=below)


def cause_line(group: CauseGroup) -> str:
    """Return how many profiles, the cause, the refused credentials, what to do, and which profiles."""
    number = f"**{many(len(group.profiles), 'profile')}** of account {prose(group.account)}"
    fields = f"{', '.join(map(code_span, group.fields))} of " if group.fields else ""
    status = "" if group.status == NOT_READ else f"**{prose(group.status)}:** "
    parts = (
        f"{status}{fields}{number}: {prose(group.cause.text(hint=False))}",
        f"the credential: {profiles_cell(group.credentials)}" if group.credentials else "",
        f"→ {prose(group.cause.hint)}" if group.cause.hint else "",
        profiles_cell(group.profiles),
    )
    return BREAK.join(part for part in parts if part)


def also(targets: Iterable[TargetPlan], found: Sequence[Diagnostic], links: Links) -> Iterator[Block]:
    """Yield notes that are not changes; assumed fields and paused profiles are only counted, elsewhere."""
    yield from section("More errors and warnings", _severe(found, links)[1])
    alike = by_note((planned, note) for planned in targets for note in _notes(planned))
    lines = [f"{several_names(mine, links)}: {note}" for note, mine in alike]
    told = [one for one in found if one.severity is Severity.NOTICE]
    yield from section("Good to know", (*problems(told, links, noun="note"), *items("note", lines)))


def several_names(found: Sequence[TargetPlan], links: Links) -> str:
    """Return the profiles that one thing is said of; of several, how many they are too."""
    names = first_of([name_cell(planned, links) for planned in found])
    return f"**{many(len(found), 'profile')}** ({names})" if len(found) > 1 else names


def _notes(planned: TargetPlan) -> Iterator[str]:
    if planned.status is TargetStatus.BLOCKED and not planned.differences:
        yield prose(planned.reason)
    yield from map(prose, planned.notes)
    words = UNLOOKED if planned.offline else SAME
    for field in planned.unchanged:
        if field.reason in words and field.reason is not SameReason.ASSUMED:
            note = f" ({prose(note_words(field.note, clock=False))})" if field.note else ""
            yield f"{code_span(field.field)}: {words[field.reason]}{note}"


def let_go(found: Iterable[Unmanaged]) -> Iterator[Block]:
    """Yield what is no longer managed."""
    lines = [f"{_released(one)}: {', '.join(map(code_span, one.fields))}{LET_GO[one.mode]}" for one in found]
    title = "No longer managed here: WhatsApp keeps what it shows"
    yield from section(title, items("released profile", lines))


def _released(one: Unmanaged) -> str:
    provider, endpoint, address = one.key
    name = code_span(one.profile) if one.profile else "a profile"
    return f"{name} ({code_span(address)}, {prose(provider_words(provider, endpoint))})" if one.whole else name

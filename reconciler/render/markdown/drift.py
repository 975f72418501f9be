"""drift_sheet: (a drift report, where links lead) → what a person should look at, and how to accept or adopt it.

The sheet does not say when the tool looked, so that two looks with the same findings give the same text. The issue that
shows it adds the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.basics import many
from reconciler.core.explanations import ORIGINS
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.planning.treatment import ChangePairs
from reconciler.core.reports.causes import by_fields
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.target import Origin
from reconciler.render.markdown.blocks import changes_blocks, in_numbers
from reconciler.render.markdown.remarks import also, several_names, severe, unreadable_block
from reconciler.render.markdown.sheet import Block, Links, Sheet, View, commit_link, items, section
from reconciler.render.safe_text import code_span, fenced, prose
from reconciler.render.text.changes import was_not_read
from reconciler.render.text.drift import BY_MEMORY_TITLE, NO_MEMORY, accepting_commands
from reconciler.render.text.plan import grouped
from reconciler.render.words import no_profile

# The commands of this many profiles show how it is done.
_COMMANDS = 10
_LONGEST = 1_000
_ACCEPT = (
    "To accept what WhatsApp shows until a day, type its command with that day and a reason, and commit "
    "`profiles/drift-ignore.yaml`."
)
_ADOPT = "To take it into the files, {adopt}, or run `reconciler drift --adopt`."
_BY_HAND = "What no record explains, and what both sides changed, `adopt` leaves out: write it into the file by hand."
_PUT_BACK = "To have the files' value back, {start} with {what} {allow}."


def drift_sheet(report: DriftReport, links: Links) -> Sheet:
    """Return everything that a page about drift may say; what a person should look at comes first."""
    plan, view = report.plan, View(links=links)

    def told(title: str, found: ChangePairs) -> Iterator[Block]:
        yield from section(title, changes_blocks(found, view, sends=False))

    blocks = (
        *severe(plan.diagnostics, links),
        *_groups(report.drifted, report, view),
        *told("Only observed, and different from its file", report.observed),
        *_groups(report.unknown_since, report, view),
        *_groups(report.newly_managed, report, view),
        *told(BY_MEMORY_TITLE, report.by_memory),
        *_how_to_accept(_still_there(report), links),
        *_adopted(report.adopted, report.not_adopted),
        *unreadable_block(plan.targets, links),
        *told("Accepted, and still so", report.acknowledged),
        *told("Not applied yet: asked for by the files, and no drift", report.pending),
        *_never_sent(report.never_sent, links),
        *also(plan.targets, plan.diagnostics, links),
    )
    no_memory = f"**{NO_MEMORY.replace(':', ':**', 1)}" if report.without_memory else ""
    lead = (_heading(report), no_memory, _looked(report, links), _not_recorded(report))
    return Sheet(lead="\n\n".join(part for part in lead if part), blocks=blocks)


def _groups(found: ChangePairs, report: DriftReport, view: View) -> Iterator[Block]:
    """Yield the differences by their origin, and by what an apply does with them."""
    for title, _, _, mine in grouped(found, report.consent):
        yield from section(title, changes_blocks(mine, view, sends=False))


def _heading(report: DriftReport) -> str:
    found = (*report.drifted, *report.observed)
    looked = [planned for planned in report.plan.targets if planned.status is not TargetStatus.PAUSED]
    if found:
        profiles = len({planned.target.key for planned, _ in found})
        said = f"{many(len(found), 'difference')} in {many(profiles, 'profile')}"
    elif report.unexplained:
        profiles = len({planned.target.key for planned, _ in report.unexplained})
        record = "a record that counts" if report.by_memory else "a record"
        said = f"{many(len(report.unexplained), 'difference')} without {record} in {many(profiles, 'profile')}"
    elif not looked and report.unasked:
        said = "not looked at"
    elif not looked:
        said = "nothing was looked at" if report.plan.targets else prose(no_profile(report.plan))
    elif all(planned.status is TargetStatus.UNREADABLE for planned in looked):
        said = "nothing could be read"
    elif not report.sees_anything:
        said = "drift cannot be seen"
    elif report.not_as_sent:
        said = f"{many(len(report.not_as_sent), 'field')} not as sent"
    elif report.without_memory:
        said = "no memory of what was sent"
    else:
        said = "no drift" if report.plan.complete else "no drift, as far as it could be read"
    return f"### WhatsApp profiles: {said}"


def _looked(report: DriftReport, links: Links) -> str:
    """Return what was looked at, and once for all profiles how many have fields that cannot be read back."""
    plan = report.plan
    at = f"Commit {commit_link(plan.head, links)}." if plan.head else ""
    blind = len({planned.target.key for planned, _ in report.assumed})
    unseen = f"{many(blind, 'profile')} {'has' if blind == 1 else 'have'} fields that cannot be read back."
    return " ".join(part for part in (at, in_numbers(_numbers(report, plan)), unseen if blind else "") if part)


def _numbers(report: DriftReport, plan: Plan) -> Iterator[tuple[int, str]]:
    differing = {p.target.key for p in plan.targets if p.differences}
    quiet = [p for p in plan.targets if p.status in (TargetStatus.PLANNED, TargetStatus.OBSERVED) and p.complete]
    seen = [p for p in quiet if p.seen or not p.unchanged]
    yield sum(p.target.key not in differing for p in seen), "without differences"
    yield len({planned.target.key for planned, _ in report.not_as_sent}), "with a field that is not as sent"
    yield len({planned.target.key for planned, _ in report.unknown_since}), "with unrecorded differences"
    yield len({planned.target.key for planned, _ in report.by_memory}), "with differences explained by memory alone"
    yield len({planned.target.key for planned, _ in report.newly_managed}), "with newly managed fields"
    yield len({planned.target.key for planned, _ in report.acknowledged}), "with accepted differences"
    yield len({planned.target.key for planned, _ in report.pending}), "with fields that are not applied yet"
    yield sum(map(was_not_read, plan.targets)), "could not be read"
    yield len(report.unasked), "that this run did not look at, for want of a credential"
    yield sum(planned.status is TargetStatus.PAUSED for planned in plan.targets), "paused"


def _not_recorded(report: DriftReport) -> str:
    text = report.unrecorded
    return f"**What was seen could not be recorded:** {prose(text[:_LONGEST])}" if text else ""


def _still_there(report: DriftReport) -> ChangePairs:
    """Return the differences that the files still have; what was adopted is none any more."""
    adopted = {(one.profile, one.field) for one in report.adopted}
    found = (*report.drifted, *report.observed, *report.unknown_since, *report.newly_managed)
    return tuple((p, change) for p, change in found if (p.target.profile, change.field) not in adopted)


def _how_to_accept(found: ChangePairs, links: Links) -> Iterator[Block]:
    """Yield the commands that accept what the first profiles show."""
    commands = accepting_commands(found)
    rest = len(commands) - _COMMANDS
    others = f"The other {many(rest, 'profile')}: the same with its name, or `--accept all` without a name for all."
    more = f"\n\n{others}" if rest > 0 else ""
    text = fenced("\n".join(commands[:_COMMANDS]), language="sh") + more
    block = Block(
        text=text, noun="list of what can be accepted", instead="- the commands are too large to be shown here"
    )
    below = " ".join((_ACCEPT, *_buttons(found, links)))
    yield from section("What to do about it", [block] if commands else [], below=below)


def _buttons(found: ChangePairs, links: Links) -> Iterator[str]:
    """Yield what else can be done about these differences; no apply writes a profile that is only observed."""
    words = asdict(links.words)
    writable = {change.origin for planned, change in found if planned.status is not TargetStatus.OBSERVED}
    undecided = {origin for origin in writable if ORIGINS[origin].undecided}
    if Origin.DRIFTED in writable or any(planned.status is TargetStatus.OBSERVED for planned, _ in found):
        yield _ADOPT.format(**words)
    if undecided:
        yield _BY_HAND
    if left := sorted(origin for origin in writable if ORIGINS[origin].setting):
        yield _PUT_BACK.format(what=code_span(" ".join(left)), **words)


def _adopted(written: Sequence[Authored], left: Sequence[LeftOut]) -> Iterator[Block]:
    """Yield what `--adopt` wrote into the files, and what it left out and why."""
    lines = [f"{code_span(str(one.place))}: {code_span(one.field)}{_detail(one.detail)}" for one in written]
    yield from section("Adopted: the files now say what WhatsApp shows", items("adopted field", lines))
    kept = [f"{code_span(str(one.place) or one.profile)}: {code_span(one.field)}{_detail(one.reason)}" for one in left]
    yield from section("Not adopted", items("unadopted field", kept))


def _detail(text: str) -> str:
    return f": {prose(text)}" if text else ""


def _never_sent(found: ChangePairs, links: Links) -> Iterator[Block]:
    alike = by_fields(found)
    lines = [f"{several_names(mine, links)}: {', '.join(map(code_span, fields))}" for fields, mine in alike]
    title = "Not known: it cannot be read back, and was never sent from here"
    yield from section(title, items("unknown profile", lines))

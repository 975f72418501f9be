"""What the two issues say: their titles, bodies and comments.

drift_body, news_comment, turned_comment, closing_comment: (what differs, a page, the run) → the drift issue's texts.
failure_body, settled_body, failed_again, applied_comment: (an apply's page, the run) → the failure issue's texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from reconciler.core.basics import count
from reconciler.core.reports.handover import COMMENT_BYTES, Handover, UnreadField
from reconciler.forge.marker import hidden, marker_lines, unmarked
from reconciler.forge.port import WorkflowContext
from reconciler.forge.rules.issue import (
    DriftedField,
    DriftIssueNews,
    DriftIssueRoll,
    EachField,
    FieldPlace,
    LedgerMemory,
    ManyFields,
    issue_marker,
)
from reconciler.forge.text.signature import by_run, in_folder, links_here, of_commit, run_link, signed
from reconciler.render.markdown.sheet import Block, Sheet, fitted, items, section
from reconciler.render.safe_text import code_span

DRIFT_ISSUE_NAME: Final = "drift"
# Above the text that people read, so that a later run can keep that text.
_BELOW: Final = "<!-- reconciler:below -->"
_UNSEEN_BYTES: Final = 8_000
_UNREAD_BYTES: Final = 4_000
_NEWS_BYTES: Final = 20_000


def drift_title(folder: str) -> str:
    """Return the issue's title; each folder of a repository has its own issue."""
    return f"WhatsApp profiles differ from their files{in_folder(folder)}"


def drift_body(page: Handover, running: WorkflowContext, *, roll: DriftIssueRoll, now: str, old: str = "") -> str:
    """Return the issue's body; the text of `old`, the body before, stays where the look cannot replace it."""
    marker = running.marker(page)
    known = issue_marker(marker, roll.standing, looked=now, remembered=roll.memory.keeps)
    top = hidden(DRIFT_ISSUE_NAME, known)
    who = f"{by_run(marker, running)}{of_commit(marker, running)}"
    head = _forgotten(roll.memory)
    head += [f"**Last looked at {now}** by {who}: {_differ(roll.standing.count)}.", *_partial(page)]
    head += _unseen(roll.standing)
    if isinstance(roll.standing, ManyFields):
        head.append(_too_many(roll, running.url(running.run)))
    room = COMMENT_BYTES - len("\n\n".join((top, *head, _BELOW, "")).encode())
    text = _kept(old) if roll.stays else unmarked(page.text).strip("\n")
    if len(text.encode()) > room:
        link = run_link(marker, running)
        text = _listed(
            roll.standing, f"What they are now does not fit here: it is in the summary of {link}.", most=room
        )
    return "\n".join((top, "\n\n".join((*head, _BELOW)), text, ""))


def news_comment(news: DriftIssueNews, running: WorkflowContext, *, page: Handover, now: str) -> str:
    """Return the comment that says that other fields differ than before."""
    by = by_run(running.marker(page), running)
    if not news.each:
        more = f"Now {_differ(news.after)}; at the look before it was {news.before}. They are too many to say which."
        return f"Looked at {now} by {by}.\n\n{more}\n"
    lead = f"Looked at {now} by {by}: now {_differ(news.after)}."
    new = section("Differs since the look before", items("field", [*map(_place, news.new)]))
    gone = section("Does not differ any more", items("field", [*map(_place, news.gone)]))
    return fitted(Sheet(lead=lead, blocks=(*new, *gone)), _NEWS_BYTES)


def turned_comment(turned: Sequence[FieldPlace], running: WorkflowContext, *, page: Handover, now: str) -> str:
    """Return the comment that opens the issue again, although no other fields differ than before."""
    lead = f"Looked at {now} by {by_run(running.marker(page), running)}: what differed already was changed again."
    blocks = section("Another value than when this was closed", items("field", [*map(_place, turned)]))
    return fitted(Sheet(lead=lead, blocks=tuple(blocks)), _NEWS_BYTES)


def closing_comment(running: WorkflowContext, *, page: Handover, now: str) -> str:
    """Return the comment that closes the issue."""
    return f"Looked at {now} by {by_run(running.marker(page), running)}: everything was read, and nothing differs.\n"


def _differ(number: int) -> str:
    return (
        f"{count(number, 'field')} differ{'s' if number == 1 else ''} from the files" if number else "nothing differs"
    )


def _forgotten(memory: LedgerMemory) -> list[str]:
    """Return that the ledger lost memory; nothing if it did not."""
    if not memory.gone:
        return []
    what, now = ("A part of the", f"{memory.now:,}") if memory.now else ("The", "none")
    held = f"It held records of {count(memory.before, 'profile')} at an earlier look, and of {now} now."
    tells = "What it cannot tell from drift any more counts as drift until the next apply."
    return [f"**{what} ledger's memory is gone.** {held} {tells}"]


def _partial(page: Handover) -> list[str]:
    """Return what was not seen; nothing if everything was."""
    if page.errored:
        return ["**The look did not get to its end.** What differed before may differ still."]
    if page.complete:
        return []
    lead = "**Not everything could be read.** What differed there before counts until a look can read it again."
    return [fitted(Sheet(lead=lead, blocks=items("target", _unread(page.unread))), _UNREAD_BYTES).rstrip("\n")]


def _unread(unread: Iterable[UnreadField]) -> list[str]:
    return [_place((one.profile, one.field)) for one in unread]


def _unseen(standing: EachField | ManyFields) -> list[str]:
    match standing:
        case EachField(fields=fields):
            found = [f"{_field(one)}; last seen {code_span(one.seen)}" for one in fields if one.seen]
            blocks = [*section("Not seen today", items("field", found))]
            return [_below("", blocks, most=_UNSEEN_BYTES)] if found else []
        case ManyFields():
            return []
        case _:
            assert_never(standing)


def _too_many(roll: DriftIssueRoll, url: str) -> str:
    """Return the consequences of having too many fields to remember each."""
    said = "They are too many to be remembered one by one, so what is new or gone is only told as a number."
    stays = f" What stands below is from the last complete look; [this one]({url}) could not see everything."
    return f"{said}{stays if roll.stays else ''}"


def _kept(old: str) -> str:
    """Return the text of the body before, without its head."""
    body = [*marker_lines(old)]
    return "\n".join(body[body.index(_BELOW) + 1 :]).strip("\n") if _BELOW in body else ""


def _listed(standing: EachField | ManyFields, lead: str, *, most: int) -> str:
    """Return at least the fields that differ, as many as fit."""
    found = [_field(one) for one in standing.fields] if isinstance(standing, EachField) else []
    return _below(lead, [*items("field", found)], most=most)


def _below(lead: str, blocks: Sequence[Block], *, most: int) -> str:
    return fitted(Sheet(lead=lead, blocks=tuple(blocks)), most).strip("\n")


def _field(one: DriftedField) -> str:
    return f"{_place(one.place)}, {f'since {code_span(one.since)}' if one.since else 'since earlier'}"


def _place(place: FieldPlace) -> str:
    return " ".join(code_span(name) for name in place if name)


FAILURE_ISSUE_NAME: Final = "failure"
_CLOSES: Final = "An apply that ends well closes this issue."
# A page of an apply says what to do. One of a command without a result lists only what stopped it.
_ERRORED: Final = (
    "Below is what stopped it. A change of a file is applied by its merge. If the cause was another one and is gone, "
    "{again}."
)


def failure_title(folder: str) -> str:
    """Return the issue's title; each folder of a repository has its own issue."""
    return f"WhatsApp profiles could not be applied{in_folder(folder)}"


def failure_body(page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the issue's body."""
    marker = running.marker(page)
    lead = f"**{signed(marker, running)} failed** at {now}{_code(page)}.{_merged_by(marker.commit, running)} {_CLOSES}"
    top = "\n\n".join(
        (hidden(FAILURE_ISSUE_NAME, issue_marker(marker, EachField(), looked=now)), lead, *_errored(page, running))
    )
    text = unmarked(page.text).strip("\n")
    long = f"The result is too long for an issue: it is in the summary of {run_link(marker, running)}."
    bodies = [f"{top}\n\n{one}\n" for one in (text, long)]
    return bodies[0] if len(bodies[0].encode()) <= COMMENT_BYTES else bodies[1]


def _merged_by(commit: str, running: WorkflowContext) -> str:
    """Return where the plan is, if the commit is known: the forge finds what merged it."""
    found = f"{running.home}/{running.words.commit_path}{commit}"
    return f" The plan is in [the {running.words.pull}]({found})." if commit else ""


def _errored(page: Handover, running: WorkflowContext) -> list[str]:
    """Return what to do about a command without a result; one that was stopped from outside has its own advice."""
    advised = page.errored and page.exit_code
    return [_ERRORED.format(again=links_here(running).words.again)] if advised else []


def _code(page: Handover) -> str:
    """Return the exit code; a workflow that was stopped from outside has none."""
    return f", with exit code {page.exit_code}" if page.exit_code else ""


def settled_body(old: str, page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the body of a closed issue: what failed then, and which run settled it."""
    marker = issue_marker(running.marker(page), EachField(), looked=now)
    return "\n".join((hidden(FAILURE_ISSUE_NAME, marker), *[*marker_lines(old)][1:]))


def failed_again(page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the comment that says that the apply of another commit failed too."""
    return f"{signed(running.marker(page), running)} failed too, at {now}{_code(page)}.\n"


def applied_comment(page: Handover, running: WorkflowContext, *, now: str) -> str:
    """Return the comment that closes the issue."""
    return f"{signed(running.marker(page), running)} ended well at {now}.\n"

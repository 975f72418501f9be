"""chat_message: (a kind of chat, a page, the run's address) → the JSON that its webhook takes, about that page.

is_news: (a page) → whether a person should hear of it.

Nothing in a message can be a link, a mention or markup: of what people wrote, only names of letters, digits and hyphens
stand in it. The rest is numbers and our own words. `reconciler/forge/APIS.md` says what each chat takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final, assert_never

from reconciler.core.basics import count
from reconciler.core.formats import MESSAGE_FORMAT
from reconciler.core.reports.handover import Handover, HandoverKind

_MOST_NAMES: Final = 5
# A dot would let a chat make a link of a name, and an underscore or a star would mark it up.
_PLAIN = re.compile(r"[^\W_](?:[^\W_]|[/-]){0,59}\Z")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:/-]+\Z")
_APPLY_WORDS: Final = {
    3: "was stopped by a gate, or by something that no review covers",
    4: "sent nothing: its commit is not the one to apply",
    5: "was applied in part",
    6: "cannot say everything that it did",
}


class ChatKind(StrEnum):
    """Whose form a message has; `json` is for a receiver of one's own."""

    SLACK = "slack"
    TEAMS = "teams"
    JSON = "json"


def is_news(page: Handover) -> bool:
    """Return whether a person should hear of it: an apply that needs one, or a look that is not all quiet."""
    return page.failed or (page.kind is HandoverKind.DRIFT and not page.quiet)


def chat_message(to: ChatKind, page: Handover, *, run: str) -> dict[str, Any]:
    """Return the message in the form that `to` takes; `run` is the address of the run, or empty."""
    lines = [*_lines(page, run if _ADDRESS.match(run) else "")]
    match to:
        case ChatKind.SLACK:
            return {"text": "\n".join(lines)}
        case ChatKind.TEAMS:
            body = [{"type": "TextBlock", "text": line, "wrap": True} for line in lines]
            content = {"type": "AdaptiveCard", "version": "1.2", "body": body}
            card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
            return {"type": "message", "attachments": [card]}
        case ChatKind.JSON:
            return {
                "format_version": MESSAGE_FORMAT,
                "kind": page.kind.value,
                "text": "\n".join(lines),
                "exit_code": page.exit_code,
                "differences": None if page.errored else len(page.moved),
                "unreadable": None if page.errored else len(page.unread),
                "run": run,
            }
        case _:
            assert_never(to)


def _lines(page: Handover, run: str) -> Iterator[str]:
    yield f"WhatsApp profiles: {_found(page)}"
    if run:
        yield run


def _found(page: Handover) -> str:
    if page.errored:
        return f"{page.kind.value} was stopped before it had a result (exit code {page.exit_code})."
    if page.kind is HandoverKind.APPLY:
        return f"the apply {_APPLY_WORDS.get(page.exit_code, 'failed')} (exit code {page.exit_code})."
    return " ".join(_looked(page))


def _looked(page: Handover) -> Iterator[str]:
    profiles = sorted({one.profile for one in page.moved})
    if profiles:
        verb = "differs" if len(page.moved) == 1 else "differ"
        many = f"{count(len(page.moved), 'field')} in {count(len(profiles), 'profile')}"
        yield f"{many} {verb} from what was applied{_names(profiles)}."
    if page.unread:
        yield f"{count(len(page.unread), 'place')} could not be read."
    if not (profiles or page.unread):
        yield f"the look ended with exit code {page.exit_code}."


def _names(profiles: Sequence[str]) -> str:
    """Return the plain names, as many as are read at a glance; other ones are counted."""
    shown = [name for name in profiles if _PLAIN.match(name)][:_MOST_NAMES]
    more = len(profiles) - len(shown)
    return f": {', '.join(shown)}{f' and {more} more' if more else ''}" if shown else ""

"""360dialog's keys: which number each opens, and how the sandbox's own keys differ from an ordinary one.

A key is all that a request says about its number (B), so the sandbox's own keys have the number in them: the key
`sandbox-493012345678` opens +493012345678, and `sandbox-<word>-493012345678` opens the same number with a quirk. Every
other key is ordinary and opens one number of its own, which has no E.164 form.

360dialog refuses a call in two shapes of its own. Both shapes and the texts are documented, but not which text travels
in which shape: that is the sandbox's own choice, and nothing should depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from reconciler.sandbox.exchange import Exchange, fingerprint

_GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Refusal(Exception):
    """360dialog answers in Graph's place, and does nothing."""

    def __init__(self, reply: Response) -> None:
        super().__init__(reply.status_code)
        self.reply = reply


def brief(status: int, text: str) -> Refusal:
    """Refuse with `{"error": text}` (B: its API reference)."""
    return Refusal(JSONResponse({"error": text}, status_code=status))


def detailed(status: int, text: str, *details: str) -> Refusal:
    """Refuse with `{"meta": {…}}` (B: its webhook page)."""
    meta = {"success": False, "http_code": status, "developer_message": text, "details": details}
    return Refusal(JSONResponse({"meta": meta}, status_code=status))


def garbage() -> Refusal:
    """Refuse with a page that is made for people, as gateways do (the sandbox's own choice)."""
    return Refusal(Response(_GARBAGE, status_code=502, media_type="text/html"))


_HEADER = "d360-api-key"
_WELL_FORMED = re.compile(r"[!-~]+")
_NAMES_ITS_NUMBER = re.compile(r"sandbox-(?:([a-z-]+)-)?([0-9]+)")


NUMBER_FIELDS = frozenset({"id", "display_phone_number", "is_on_biz_app", "verified_name", "platform_type"})
"""The fields of the number that two clients ask the health status for (D); `id` was seen live (C)."""


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """How a key differs from an ordinary one."""

    refusal: Callable[[Exchange], Refusal | None] = lambda _: None
    """Refuses every call."""
    swallows: bool = False
    stale_reads: int = 0
    misses_webhook: bool = False
    """Answers 404 for a webhook that is not set."""
    empty_webhook: bool = False
    """Answers an empty `url` for a webhook that is not set."""
    nests_webhook: bool = False
    """Answers with the webhook below the key `webhook`."""
    told: frozenset[str] | None = NUMBER_FIELDS
    """What the health status tells of the number; None if it tells nothing but its documented form."""
    on_app: bool = False
    """The number is on the WhatsApp Business app."""


@dataclass(frozen=True)
class Key:
    """What a key opens."""

    address: str
    quirk: Quirk


def _throttled(_: Exchange) -> Refusal:
    # The status says that the request is at fault. Only the text says that it may be sent again.
    return brief(400, "You have exceeded the endpoint rate limit.")


def _throttled_once(x: Exchange) -> Refusal | None:
    with x.world.transaction():
        if x.world.state(x.provider, x.address).get("throttled_once"):
            return None
        x.world.edit(x.provider, x.address, throttled_once=True)
    return _throttled(x)


UNPAID = (
    "Could not send message due to lack of payment. Messaging can resume once overdue invoices towards 360Dialog are "
    "settled. Please reach out to our integration partner."
)
QUIRKS: Mapping[str, Quirk] = {
    "revoked": Quirk(refusal=lambda _: invalid_key()),
    "disabled": Quirk(refusal=lambda _: detailed(400, "Your WhatsApp for Business API has been disabled")),
    "throttled": Quirk(refusal=_throttled),
    "throttled-once": Quirk(refusal=_throttled_once),
    "blocked": Quirk(refusal=lambda _: brief(403, "The endpoint is blocked")),
    "unpaid": Quirk(refusal=lambda _: detailed(400, UNPAID)),
    "broken": Quirk(refusal=lambda _: brief(500, "Internal server error")),
    "unavailable": Quirk(refusal=lambda _: brief(502, "WhatsApp for Business API not available")),
    "garbage": Quirk(refusal=lambda _: garbage()),
    "swallows": Quirk(swallows=True),
    "slow": Quirk(stale_reads=2),
    "no-webhook": Quirk(misses_webhook=True),
    "empty-webhook": Quirk(empty_webhook=True),
    "nested-webhook": Quirk(nests_webhook=True),
    "id-only": Quirk(told=frozenset({"id"})),
    "plain-health": Quirk(told=None),
    "no-health": Quirk(told=frozenset()),
    "on-app": Quirk(on_app=True),
}
"""By the word in the key; the texts are B (360dialog's error list)."""
ORDINARY = Quirk()


def invalid_key() -> Refusal:
    """Refuse a key (B: its error list; only the newest key of a number is valid)."""
    return brief(401, "Invalid api_key")


def key_of(x: Exchange) -> Key | None:
    """Read the key that a request carries; None if there is none or it is malformed."""
    text = x.headers.get(_HEADER, "")
    if not _WELL_FORMED.fullmatch(text):
        return None
    if named := _NAMES_ITS_NUMBER.fullmatch(text):
        word, digits = named.groups()
        if word is None or word in QUIRKS:
            return Key(f"+{digits}", QUIRKS.get(word or "", ORDINARY))
    return Key(fingerprint(text).replace("sha256:", "key:"), ORDINARY)

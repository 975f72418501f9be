"""360dialog's API keys: which number a key opens, and how the magic ones behave.

A key is all that a request says about its number (B), so the sandbox's own keys have the number in them: the key
`sandbox-493012345678` opens +493012345678, and `sandbox-<word>-493012345678` opens the same number with a quirk. All
other keys are ordinary and open a number each, which nobody can name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.sandbox.dialog360_errors import Refusal, brief, detailed, garbage
from reconciler.sandbox.exchange import Exchange, fingerprint

_HEADER = "d360-api-key"
_WELL_FORMED = re.compile(r"[!-~]+")
_NAMES_ITS_NUMBER = re.compile(r"sandbox-(?:([a-z-]+)-)?([0-9]+)")


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """How a key differs from an ordinary one."""

    refusal: Callable[[Exchange], Refusal | None] = lambda _: None
    """Refuses every call."""
    swallows: bool = False
    stale_reads: int = 0
    misses_webhook: bool = False
    """Answers 404 for a webhook that is not set."""


@dataclass(frozen=True)
class Key:
    """What a key opens."""

    address: str
    quirk: Quirk


def _throttled(_: Exchange) -> Refusal:
    # The status says that the request is at fault; only the text says that it may be sent again.
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
}
"""By the word in the key; the texts are B (360dialog's error list)."""
ORDINARY = Quirk()


def invalid_key() -> Refusal:
    """Refuse a key (B: its error list; only the newest key of a number is valid)."""
    return brief(401, "Invalid api_key")


def key_of(x: Exchange) -> Key | None:
    """Read the key that a request carries; None when there is none, or what there is cannot be one."""
    text = x.headers.get(_HEADER, "")
    if not _WELL_FORMED.fullmatch(text):
        return None
    if named := _NAMES_ITS_NUMBER.fullmatch(text):
        word, digits = named.groups()
        if word is None or word in QUIRKS:
            return Key(f"+{digits}", QUIRKS.get(word or "", ORDINARY))
    return Key(fingerprint(text).replace("sha256:", "key:"), ORDINARY)

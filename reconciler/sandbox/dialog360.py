"""360dialog's WhatsApp API for Cloud numbers: keys, profile, resumable upload and webhook.

360dialog passes Graph's replies through (B), so profile and upload are Meta's. Key, webhook and some errors are its
own. No version and no phone number id is in a path (B): the key says which number is meant.

A key is all that a request says about its number (B), so the sandbox's own keys have the number in them: the key
`sandbox-493012345678` opens +493012345678, and `sandbox-<word>-493012345678` opens the same number with a quirk. Every
other key is ordinary and opens one number of its own, which has no E.164 form.

360dialog refuses a call in two shapes of its own. Both shapes and the texts are documented, but not which text travels
in which shape: that is the sandbox's own choice, and nothing should depend on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox import pictures, profile
from reconciler.sandbox.exchange import Exchange, exchange_of, fingerprint
from reconciler.sandbox.graph import GraphError, body_fields, dump, error_text

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


PROVIDER = "360dialog"

_HTTPS = re.compile(r"https://(?:[^\s/?#@]*@)?([^\s/?#@]+)(?:[/?#]\S*)?", re.IGNORECASE)
"""Its group is the host, with the port if there is one."""


def address_of(x: Exchange, _: Mapping[str, str]) -> str:
    """Name the number that the key opens: in E.164, or by the key's fingerprint."""
    key = key_of(x)
    return key.address if key else ""


def _endpoint(answer: Callable[..., Mapping[str, Any] | Response]) -> Callable[[Request], Any]:
    """Make an endpoint of a function from exchange and quirk to Graph's reply, or to one of 360dialog's own."""

    async def keyed_endpoint(request: Request) -> Response:
        x = exchange_of(request)
        try:
            found = answer(x, _admitted(x), **request.path_params)
            return found if isinstance(found, Response) else _passed_through(dump(found), status=200)
        except Refusal as refusal:
            return refusal.reply
        except GraphError as error:
            return _passed_through(error_text(error), status=error.status)

    keyed_endpoint.__doc__ = answer.__doc__
    return keyed_endpoint


def _admitted(x: Exchange) -> Quirk:
    """Check the key, let its quirk refuse, and bring the number to life at its first touch."""
    key = key_of(x)
    if key is None:
        raise invalid_key()
    if refusal := key.quirk.refusal(x):
        raise refusal
    number = {"number": x.address} if x.address.startswith("+") else {}
    x.world.touch(PROVIDER, x.address, newborn={"about": profile.NEWBORN_ABOUT, **number})
    return key.quirk


def _passed_through(text: str, *, status: int) -> Response:
    """Pass on what Graph says, without its headers: whether 360dialog passes those is not known."""
    return Response(text, status_code=status, media_type="application/json")


def _get_profile(x: Exchange, _: Quirk) -> dict[str, Any]:
    """Read the profile, as Graph shows it (B)."""
    state = x.world.view(PROVIDER, x.address, surface="profile")
    return {"data": [profile.show(x, state, x.query.get("fields", ""))]}


def _post_profile(x: Exchange, quirk: Quirk) -> dict[str, Any]:
    """Change the fields that are sent and no others (B)."""
    changes = profile.accepted(x, body_fields(x))
    profile.write(x, changes, surface="profile", swallows=quirk.swallows, stale_reads=quirk.stale_reads)
    return {"success": True}


def _open_upload(x: Exchange, _: Quirk) -> dict[str, Any]:
    """Open an upload, of no app in particular (B)."""
    _refuse_authorization(x)
    return pictures.open_session(x)


def _see_upload(x: Exchange, _: Quirk, *, session: str) -> dict[str, Any]:
    _refuse_authorization(x)
    return pictures.progress(x, session)


def _feed_upload(x: Exchange, _: Quirk, *, session: str) -> dict[str, Any]:
    _refuse_authorization(x)
    return pictures.receive(x, session)


def _refuse_authorization(x: Exchange) -> None:
    """Refuse an upload that carries a token as Meta's does (C: 401, about the token; the wording is Graph's)."""
    if "authorization" in x.headers:
        raise GraphError(401, 190, message="Invalid OAuth access token")


def _get_webhook(x: Exchange, quirk: Quirk) -> Response:
    """Read the webhook with its header values (C). The answer when none is set is not known."""
    state = x.world.view(PROVIDER, x.address, surface="webhook")
    if "webhook" in state:
        return _webhook(state["webhook"], state.get("webhook_headers", {}))
    if quirk.misses_webhook:
        raise detailed(404, "Webhook not found")
    return JSONResponse({})


def _post_webhook(x: Exchange, quirk: Quirk) -> Response:
    """Set the webhook; it replaces the older one and its headers (B; 360dialog's own rules, not Meta's)."""
    body = _json_object(x.body)
    url, headers = _https_url(body.get("url")), _texts(body.get("headers", {}))
    changes = {"webhook": url, "webhook_headers": headers or None}
    profile.write(x, changes, surface="webhook", swallows=quirk.swallows, stale_reads=quirk.stale_reads)
    return _webhook(url, headers)


def _webhook(url: str, headers: Mapping[str, str]) -> Response:
    return JSONResponse({"url": url, "headers": headers})


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise detailed(400, "Invalid request body", "the body must be a JSON object")
    return read


def _https_url(url: Any) -> str:
    """Accept a webhook's URL (B: https, and neither an underscore nor a port in the host; the wording is our own)."""
    found = _HTTPS.fullmatch(url) if isinstance(url, str) else None
    if found is None:
        raise detailed(400, "Invalid webhook URL", "url must be an https URL")
    if "_" in found[1]:
        raise detailed(400, "Invalid webhook URL", "an underscore in the host is not supported")
    if ":" in found[1]:
        raise detailed(400, "Invalid webhook URL", "a port is not supported")
    return found[0]


def _texts(headers: Any) -> dict[str, str]:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise detailed(400, "Invalid webhook headers", "headers must be an object of strings")
    return headers


ROUTES = [
    Route("/whatsapp_business_profile", _endpoint(_get_profile), methods=["GET"]),
    Route("/whatsapp_business_profile", _endpoint(_post_profile), methods=["POST"]),
    Route("/uploads", _endpoint(_open_upload), methods=["POST"]),
    Route("/upload:{session}", _endpoint(_see_upload), methods=["GET"]),
    Route("/upload:{session}", _endpoint(_feed_upload), methods=["POST"]),
    Route("/v1/configs/webhook", _endpoint(_get_webhook), methods=["GET"]),
    Route("/v1/configs/webhook", _endpoint(_post_webhook), methods=["POST"]),
]

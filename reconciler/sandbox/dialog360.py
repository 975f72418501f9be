"""360dialog's WhatsApp API for Cloud numbers: keys, profile, resumable upload and webhook.

360dialog passes Graph's replies through (B), so profile and upload are Meta's. Key, webhook and some errors are its
own. No version and no phone number id is in a path (B): the key says which number is meant.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox import pictures, profile
from reconciler.sandbox.dialog360_keys import Quirk, Refusal, brief, detailed, invalid_key, key_of
from reconciler.sandbox.exchange import Exchange, exchange_of, read_json
from reconciler.sandbox.graph import GraphError, body_fields, dump, error_text, nonexisting_field
from reconciler.sandbox.meta_nodes import display, names

PROVIDER = "360dialog"

_WABA = "200000000000360"
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
        return _webhook(state["webhook"], state.get("webhook_headers", {}), quirk)
    if quirk.misses_webhook:
        raise detailed(404, "Webhook not found")
    return _webhook("", {}, quirk) if quirk.empty_webhook else JSONResponse({})


def _post_webhook(x: Exchange, quirk: Quirk) -> Response:
    """Set the webhook; it replaces the older one and its headers (B; 360dialog's own rules, not Meta's)."""
    body = _json_object(x.body)
    url, headers = _https_url(body.get("url")), _texts(body.get("headers", {}))
    changes = {"webhook": url, "webhook_headers": headers or None}
    profile.write(x, changes, surface="webhook", swallows=quirk.swallows, stale_reads=quirk.stale_reads)
    return _webhook(url, headers, quirk)


def _webhook(url: str, headers: Mapping[str, str], quirk: Quirk) -> Response:
    hook = {"url": url, "headers": headers}
    return JSONResponse({"webhook": hook} if quirk.nests_webhook else hook)


def _get_health(x: Exchange, quirk: Quirk) -> dict[str, Any]:
    """Show the wanted fields of the number that the key opens (C, D); without `fields`, the documented form (B)."""
    if quirk.told == frozenset():
        raise brief(403, "The endpoint is blocked")
    node = _node(x, quirk)
    wanted = names(x.query.get("fields", ""))
    for name in wanted:
        if name not in (quirk.told or ()):
            raise nonexisting_field(name)
    if wanted:
        return {name: node[name] for name in wanted if name in node}
    entities = [("PHONE_NUMBER", node["id"]), ("WABA", _WABA)]
    shown = [{"entity_type": kind, "id": one, "can_send_message": "AVAILABLE"} for kind, one in entities]
    return {"health_status": {"can_send_message": "AVAILABLE", "entities": shown}}


def _node(x: Exchange, quirk: Quirk) -> dict[str, Any]:
    """Return the number's node; a number without an E.164 form shows none."""
    state = x.world.state(PROVIDER, x.address)
    shown = {"display_phone_number": display(state["number"])} if "number" in state else {}
    return {
        "id": state.get("phone_number_id", number_id(x.address)),
        **shown,
        "is_on_biz_app": quirk.on_app or state.get("is_on_biz_app", False),
        "verified_name": "Sandbox Business",
        "platform_type": "CLOUD_API",
    }


def number_id(address: str) -> str:
    """Return the phone number id that a number has unless its state names another one: always the same 15 digits."""
    return f"1{int(hashlib.sha256(address.encode()).hexdigest(), 16) % 10**14:014}"


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        read = read_json(body)
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
    Route("/health_status", _endpoint(_get_health), methods=["GET"]),
    Route("/v1/configs/webhook", _endpoint(_get_webhook), methods=["GET"]),
    Route("/v1/configs/webhook", _endpoint(_post_webhook), methods=["POST"]),
]

"""What a profile accepts and shows, as Graph does it; shared by Meta and by providers that pass Graph's replies on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.sandbox import pictures
from reconciler.sandbox.exchange import Exchange, read_json
from reconciler.sandbox.graph import GraphError, bad_parameter, nonexisting_field
from reconciler.sandbox.pictures import uploaded

FIELDS = ("about", "address", "description", "email", "profile_picture_url", "websites", "vertical")
"""In the order in which Graph shows them; `messaging_product` always follows (A: recorded 2024-10)."""

NEWBORN_ABOUT = "Hey there! I am using WhatsApp."
"""A: pass-through sample of an untouched number."""

VERTICALS = (
    *("OTHER", "AUTO", "BEAUTY", "APPAREL", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE", "GROCERY", "GOVT", "HOTEL"),
    *("HEALTH", "NONPROFIT", "PROF_SERVICES", "RETAIL", "TRAVEL", "RESTAURANT", "ALCOHOL", "ONLINE_GAMBLING"),
    *("PHYSICAL_GAMBLING", "OTC_DRUGS", "MATRIMONY_SERVICE"),
)
"""A: OpenAPI; the last one C: two developers found it in Graph's own error message."""

_MAX_TEXT = {"about": 139, "address": 256, "description": 512, "email": 128}
"""B: Meta docs; the OpenAPI says 256 for the description. Counted in code points, which is the sandbox's own choice."""
_MAX_WEBSITES = 2
_MAX_WEBSITE = 256
_MAX_PICTURE_BYTES = 5 * 1024 * 1024

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_EMPTY_PATH = re.compile(r"(https?://[^/?#]+)(?=[?#]|$)", re.IGNORECASE)


def show(x: Exchange, state: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    """Show the wanted fields (comma-separated) of a profile; a field that is not set is absent (A: recorded 2024-10).

    Without a wanted field, only `messaging_product` is shown (C: a developer found `fields` mandatory; Meta's OpenAPI
    promises all of them).
    """
    asked = {name.strip() for name in wanted.split(",")} - {""}
    for name in sorted(asked - {*FIELDS, "messaging_product"}):
        raise nonexisting_field(name)
    shown = {name: _SHOWN.get(name, _as_kept)(x, state, name) for name in FIELDS if name in asked}
    return {**{k: v for k, v in shown.items() if v is not None}, "messaging_product": "whatsapp"}


def accepted(x: Exchange, body: Mapping[str, Any]) -> dict[str, Any]:
    """Check a write and return its changes, None for a removal; one bad field fails all (C)."""
    if body.get("messaging_product") != "whatsapp":
        raise bad_parameter("The parameter messaging_product is required and must be whatsapp")
    changes: dict[str, Any] = {}
    for name, value in body.items():
        if name in _ACCEPTED:  # Graph's answer to an unknown name is not known; here it is ignored
            changes |= _ACCEPTED[name](x, name, value)
    return changes


def write(x: Exchange, changes: Mapping[str, Any], *, surface: str, swallows: bool, stale_reads: int) -> None:
    """Apply an accepted write, unless the number or a fault swallows it or hides it from the next reads."""
    if x.take("swallow") or swallows:
        return
    stale = x.take("stale")
    reads = stale.reads if stale else stale_reads
    x.world.write(x.provider, x.address, changes, surface=surface, stale_reads=reads)


def _as_kept(_: Exchange, state: Mapping[str, Any], name: str) -> Any:
    return state.get(name)


def _picture_url(x: Exchange, state: Mapping[str, Any], _: str) -> str | None:
    return pictures.url(x, state["picture"]) if "picture" in state else None


def _websites(_: Exchange, state: Mapping[str, Any], name: str) -> list[str] | None:
    """Show websites; an empty path is read back as `/` (A: sent one day, read the next, recorded 2024-10)."""
    return [_EMPTY_PATH.sub(r"\1/", site) for site in state[name]] if name in state else None


def _vertical(_: Exchange, state: Mapping[str, Any], name: str) -> str:
    """Show the industry; UNDEFINED when it was never set (A: recorded 2024-10)."""
    return str(state.get(name, "UNDEFINED"))


def _accept_text(_: Exchange, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, str):
        raise bad_parameter(f"Param {name} must be a string")
    if len(value) > _MAX_TEXT[name]:
        raise bad_parameter(f"Param {name} must be a maximum of {_MAX_TEXT[name]} characters")
    return {name: value or None}


def _accept_about(x: Exchange, name: str, value: Any) -> dict[str, Any]:
    """Accept an about line; an empty one gets the error of a passing failure (C: a developer's live test)."""
    if value == "":
        raise GraphError(500, 131000, message="(#131000) Something went wrong")
    return _accept_text(x, name, value)


def _accept_email(x: Exchange, name: str, value: Any) -> dict[str, Any]:
    change = _accept_text(x, name, value)
    if value and not _EMAIL.fullmatch(value):
        raise bad_parameter(f"Param {name} must be a valid email address")
    return change


def _accept_websites(_: Exchange, name: str, value: Any) -> dict[str, Any]:
    """Accept a JSON array, a form's `websites[]`, or an array written as a string (A, A, B); "" and [] clear (C)."""
    sites = _json_array(value) if isinstance(value, str) else value
    if not isinstance(sites, list) or not all(isinstance(site, str) for site in sites):
        raise bad_parameter(f"Param {name} must be an array of strings")
    if len(sites) > _MAX_WEBSITES:
        raise bad_parameter(f"Param {name} must have at most {_MAX_WEBSITES} elements")
    for i, site in enumerate(sites):
        if len(site) > _MAX_WEBSITE:
            raise bad_parameter(f"Param {name}[{i}] must be a maximum of {_MAX_WEBSITE} characters")
        if not _URL.fullmatch(site):
            raise bad_parameter(f"Param {name}[{i}] must be a valid URL that starts with http:// or https://")
    return {name: sites or None}


def _json_array(text: str) -> Any:
    try:
        return read_json(text) if text else []
    except ValueError:
        return None


def _accept_vertical(_: Exchange, name: str, value: Any) -> dict[str, Any]:
    """Accept an industry; it cannot be unset again (C: two developers quote the message)."""
    if value not in VERTICALS:
        raise bad_parameter(f'Param {name} must be one of {{{", ".join(VERTICALS)}}} - got "{value}"')
    return {name: value}


def _accept_picture(x: Exchange, name: str, value: Any) -> dict[str, Any]:
    """Accept an upload's handle (A: the refusal is an example in Meta's OpenAPI; B: the size limit, on premises)."""
    upload = uploaded(x, value) if isinstance(value, str) else None
    if upload is None:
        message = "The profile picture handle is invalid or expired"
        raise GraphError(422, 100, message=message, type="GraphMethodException")
    declared, content = upload
    if len(content) > _MAX_PICTURE_BYTES:
        raise bad_parameter(f"Param {name} must be an image of at most 5 MB")
    try:
        jpeg = pictures.reencode(content, declared=declared)
    except pictures.NotAPictureError:
        raise bad_parameter(f"Param {name} must be an image of type image/jpeg or image/png") from None
    return {"picture": pictures.keep(x.world, jpeg)}


_SHOWN: Mapping[str, Callable[[Exchange, Mapping[str, Any], str], Any]] = {
    "profile_picture_url": _picture_url,
    "websites": _websites,
    "vertical": _vertical,
}
_ACCEPTED: Mapping[str, Callable[[Exchange, str, Any], dict[str, Any]]] = {
    "about": _accept_about,
    "address": _accept_text,
    "description": _accept_text,
    "email": _accept_email,
    "websites": _accept_websites,
    "vertical": _accept_vertical,
    "profile_picture_handle": _accept_picture,
}

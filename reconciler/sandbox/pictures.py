"""Pictures: how one is uploaded, what becomes of it, and the short-lived URLs under which it is served.

A: the URL's form (recorded pass-through of Graph v24). B (on-premises documentation): cropped and scaled to a square
with a maximum edge of 640. D: `oe` is the expiry as hexadecimal Unix time; transparency becomes a solid background.
The scaling implies that the bytes differ from the upload. JPEG quality, white background and a week's life are the
sandbox's own choices.

The Resumable Upload API opens a session, takes bytes, says how far it got and goes on (B: Meta's "Upload a file" page).
B (Meta's Postman collection): a session's id carries a query string and is used verbatim. An unknown session gets the
same answer as any unknown object (A for objects, D here).
"""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
import warnings
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.sandbox.exchange import Exchange, exchange_of
from reconciler.sandbox.graph import GraphError, bad_parameter, body_fields, unknown_object
from reconciler.sandbox.world import World

PROVIDER = "whatsapp.net"

_REAL_ORIGIN = "https://pps.whatsapp.net"
_MAX_EDGE = 640
_LIFE_SECONDS = 7 * 24 * 3600
_FORMATS = {"image/jpeg": "JPEG", "image/jpg": "JPEG", "image/png": "PNG"}


class NotAPictureError(Exception):
    """Bytes are not an image of the declared type."""


def reencode(content: bytes, *, declared: str) -> bytes:
    """Turn an upload into what the picture host will serve: a centred square JPEG of at most 640 pixels."""
    from PIL import Image, ImageOps

    if declared not in _FORMATS:
        raise NotAPictureError(declared)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[_FORMATS[declared]]) as opened:
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPictureError(declared) from error
    edge = min(*upright.size, _MAX_EDGE)
    square = ImageOps.fit(upright, (edge, edge))
    solid = Image.new("RGB", square.size, "white")
    solid.paste(square, mask=square.getchannel("A"))
    out = io.BytesIO()
    solid.save(out, "JPEG", quality=80)
    return out.getvalue()


def keep(world: World, jpeg: bytes) -> str:
    """Keep a picture's served bytes; return its name, which is the same for the same bytes."""
    digits = str(int(hashlib.sha256(jpeg).hexdigest(), 16))
    name = f"{digits[:9]}_{digits[9:25]}_{digits[25:44]}_n.jpg"
    world.put("picture", name, {}, content=jpeg)
    return name


def url(x: Exchange, name: str) -> str:
    """Make a new URL for a picture each time: on the real host, or on the socket that was asked."""
    nonce = secrets.token_urlsafe(6)
    expiry = f"{int(x.clock()) + _LIFE_SECONDS:X}"
    origin = _REAL_ORIGIN if x.origin.startswith("https:") else x.origin
    query = f"ccb=11-4&oh={_signature(name, nonce, expiry)}&oe={expiry}&_nc_sid=5e03e0&_nc_cat=100"
    return f"{origin}/v/t61.24694-24/{name}?{query}"


async def serve_picture(request: Request) -> Response:
    """Serve a picture to every client that has its whole URL, without a token, until the time in `oe`."""
    x = exchange_of(request)
    name, oh, oe = request.path_params["name"], x.query.get("oh", ""), x.query.get("oe", "")
    nonce = oh.removeprefix("01_")[:8]
    if oh != _signature(name, nonce, oe):
        return PlainTextResponse("Bad URL hash", status_code=403)
    if int(oe, 16) < x.clock():
        return PlainTextResponse("URL signature expired", status_code=403)
    found = x.world.get("picture", name)
    return Response(found[1], media_type="image/jpeg") if found else PlainTextResponse("Not found", status_code=404)


def address_of(_: Exchange, path_params: Mapping[str, str]) -> str:
    """Name the picture asked for."""
    return path_params["name"]


def _signature(name: str, nonce: str, expiry: str) -> str:
    """Bind name and expiry together, so that a URL mangled on its way is noticed; it guards no secret."""
    digest = hashlib.sha256(f"{name} {nonce} {expiry}".encode()).hexdigest()
    return f"01_{nonce}{digest[:24]}"


ROUTES = [Route("/v/t61.24694-24/{name}", serve_picture)]


TYPES = ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4")
_LARGEST = 16 * 1024 * 1024
_STRING_OFFSETS_SINCE = 25


def open_session(x: Exchange) -> dict[str, Any]:
    """Open a session for the length and type that are given, as a rule in the query."""
    given = body_fields(x)
    length, declared = str(given.get("file_length", "")), given.get("file_type", "")
    if not length.isdecimal() or not 0 < int(length) <= _LARGEST:
        raise bad_parameter("Param file_length must be a number of bytes")
    if declared not in TYPES:
        raise bad_parameter(f'Param file_type must be one of {{{", ".join(TYPES)}}} - got "{declared}"')
    session = base64.b64encode(f"1:attachment:{secrets.token_hex(16)}?".encode()).decode()
    sig = "AR" + secrets.token_urlsafe(12)
    x.world.put("upload", session, {"sig": sig, "length": int(length), "type": declared, "handle": ""})
    return {"id": f"upload:{session}?sig={sig}"}


def progress(x: Exchange, session: str, *, version: str = "") -> dict[str, Any]:
    """Say how many bytes arrived; a number in older texts, a string since v25 (B)."""
    value, content = _find(x, session)
    return _standing(session, value, content, version=version)


def receive(x: Exchange, session: str, *, version: str = "") -> dict[str, Any]:
    """Take bytes at the session's offset; return the handle once the file is complete."""
    cut = x.take("upload_cut")
    with x.world.transaction():
        value, content = _append(x, session, x.body[: cut.bytes] if cut else x.body)
    if cut:
        message = "An unexpected error occurred. Please retry your request"
        raise GraphError(500, 2, message=message, type="GraphMethodException", is_transient=True)
    return {"h": value["handle"]} if value["handle"] else _standing(session, value, content, version=version)


def uploaded(x: Exchange, handle: str) -> tuple[str, bytes] | None:
    """Find the declared type and the bytes behind a handle."""
    known = x.world.get("handle", handle)
    upload = x.world.get("upload", known[0]["session"]) if known else None
    return (upload[0]["type"], upload[1]) if upload else None


def _append(x: Exchange, session: str, chunk: bytes) -> tuple[dict[str, Any], bytes]:
    """Add bytes to a session. An empty last chunk may be repeated, because its first answer may have been lost."""
    value, content = _find(x, session)
    offset = x.headers.get("file_offset", "")
    if offset != str(len(content)):
        raise bad_parameter(f"The header file_offset must be {len(content)} - got {offset!r}")
    arrived = content + chunk
    if len(arrived) > value["length"]:
        raise bad_parameter(f"The file is longer than its file_length of {value['length']}")
    if len(arrived) == value["length"] and not value["handle"]:
        value["handle"] = _handle(x, value["type"])
        x.world.put("handle", value["handle"], {"session": session})
    x.world.put("upload", session, value, content=arrived)
    return value, arrived


def _find(x: Exchange, session: str) -> tuple[dict[str, Any], bytes]:
    found = x.world.get("upload", session)
    # A session id is sent verbatim: an id whose `:` or `=` was percent-encoded is another one.
    if found is None or x.query.get("sig") != found[0]["sig"] or "%" in x.path:
        raise unknown_object(x.method, f"upload:{session}")
    return found


def _standing(session: str, value: dict[str, Any], content: bytes, *, version: str) -> dict[str, Any]:
    major = version.removeprefix("v").partition(".")[0]
    text = major.isdecimal() and int(major) >= _STRING_OFFSETS_SINCE
    return {"id": f"upload:{session}?sig={value['sig']}", "file_offset": str(len(content)) if text else len(content)}


def _handle(x: Exchange, declared: str) -> str:
    """Make a handle of the form that real ones have, `4::aW…` (B)."""
    mime = base64.b64encode(declared.encode()).decode()
    tail = f"e:{int(x.clock())}:{secrets.randbelow(10**15)}"
    return f"4::{mime}:AR{secrets.token_urlsafe(48)}:{tail}:AR{secrets.token_urlsafe(12)}"

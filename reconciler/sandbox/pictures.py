"""The picture host: what becomes of an uploaded profile picture, and the short-lived URLs under which it is served.

A: the URL's form (recorded pass-through of Graph v24). B (on-premises documentation): cropped and scaled to a square
with a maximum edge of 640. D: `oe` is the expiry as hexadecimal Unix time; transparency becomes a solid background.
The scaling implies that the bytes differ from the upload. JPEG quality, white background and a week's life are the
sandbox's own choices.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import warnings
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reconciler.sandbox.exchange import Exchange, exchange_of
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

"""Picky Assist's API for a WhatsApp profile. It can only be written to: nothing is ever read back.

Marks as in graph.py: B is Picky Assist's documentation. Where it is silent, the sandbox's own choice is called one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from reconciler.sandbox.exchange import Exchange, exchange_of, fingerprint, read_json

PROVIDER = "pickyassist"

INVALID_TOKEN = "sandbox-invalid-token"

SUCCESS = 100
WRONG_TOKEN = 99401
"""The sandbox's own choice, outside the documented list: the general codes are not known."""
MALFORMED = 99400
"""As WRONG_TOKEN: for a body that is not a JSON object, or a value whose type is not the documented one."""

MESSAGES: Mapping[int, str] = {
    SUCCESS: "Success",
    819: "The Maximum Length Of About Exceeds",
    820: "The Maximum Length Of Address Exceeds",
    821: "The Maximum Length Of Description Exceeds",
    822: "The Maximum Length Of Email Exceeds",
    823: "Invalid Email Address",
    824: "Maximum 2 Websites Allowed",
    825: "Invalid Industry",
    826: "Invalid Website",
    827: "The Maximum Length Of Website Exceeds",
    828: "The Image Size Should Not Exceed 5MB",
    830: "The Image Is Too Small",
    831: "Unable To Upload Profile Photo",
    MALFORMED: "Invalid request",
    WRONG_TOKEN: "Invalid token",
}
"""B: the codes and what they stand for, there is no 829; D: that this is the `message` of the reply."""

_INDUSTRIES = range(1, 18)
_MAX_WEBSITES = 2
_MAX_WEBSITE = 256
"""The sandbox's own choice: the documents say that there is a limit, but not which one."""
_MAX_EMAIL = 250
_TOKEN = re.compile(r"[!-~]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_BAD_PICTURES = {"too-large": 828, "too-small": 830, "no-upload": 831}
"""The sandbox fetches no picture: the file's name says what is wrong with it."""
_HTML = "<html><head><title>500 Internal Server Error</title></head><body><h1>500</h1></body></html>"


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """How a channel differs from an ordinary one."""

    answer: Callable[[], Response] | None = None
    """Replaces the whole call: nothing is done."""
    receipt: Callable[[], Response] = lambda: _reply(SUCCESS)
    """The reply once the write is done."""
    swallows: bool = False
    clears_omitted: bool = False
    """The documents do not say whether omitted fields are kept; ordinary channels keep them."""


_QUIRKS: Mapping[str, Quirk] = {
    # D: that its numbers may be spelt as text.
    "706": Quirk(receipt=lambda: _reply(SUCCESS, as_text=True)),
    "819": Quirk(answer=lambda: _reply(819, as_text=True)),
    "200": Quirk(receipt=Response),
    # B: excess requests "will be dropped and won't be processed"; the answer to them is not documented.
    "429": Quirk(answer=lambda: PlainTextResponse("Too Many Requests", status_code=429)),
    "500": Quirk(answer=lambda: HTMLResponse(_HTML, status_code=500)),
    "701": Quirk(swallows=True),
    "705": Quirk(clears_omitted=True),
}
QUIRKS: Mapping[str, Quirk] = {
    name: quirk
    for mark, quirk in _QUIRKS.items()
    for name in (f"100000000000{mark}", f"sandbox-{mark}-token")  # with an application in the call, and without one
}
"""Magic applications and tokens; all others are ordinary."""


def address_of(x: Exchange, _: Mapping[str, str]) -> str:
    """Name the application (a channel's id), or without one the token by its fingerprint; "" if neither is readable."""
    body = _body(x) or {}
    application, token = _application(body), _token(body)
    if application == "":
        return f"token:{fingerprint(token).removeprefix('sha256:')}" if token else ""
    return application or ""


async def _update(request: Request) -> Response:
    """Change the fields that are sent; every failure is a 200 with another `status` (D)."""
    x = exchange_of(request)
    body = _body(x)
    if body is None:
        return _reply(MALFORMED)
    token, application = _token(body), _application(body)
    if token in {"", INVALID_TOKEN}:
        return _reply(WRONG_TOKEN)
    if application is None:
        return _reply(MALFORMED)
    quirk = QUIRKS.get(application) or QUIRKS.get(token) or Quirk()
    if quirk.answer is not None:
        return quirk.answer()
    changes = {name: body[name] for name in _WRONGS if name in body}
    # One bad field fails it all, and the lowest code is reported: the sandbox's own choices.
    if wrongs := [code for name, value in changes.items() for code in _WRONGS[name](value)]:
        return _reply(min(wrongs))
    if quirk.clears_omitted:
        changes = {**dict.fromkeys(_WRONGS), **changes}
    if not (x.take("swallow") or quirk.swallows):
        x.world.write(PROVIDER, x.address, changes, surface="profile")
    return quirk.receipt()


def _reply(status: int, *, as_text: bool = False) -> Response:
    return JSONResponse({"status": str(status) if as_text else status, "message": MESSAGES[status]})


def _body(x: Exchange) -> Mapping[str, Any] | None:
    """Read the JSON object that was sent; None if the body is not one."""
    try:
        body = read_json(x.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _token(body: Mapping[str, Any]) -> str:
    """Read the token, "" if it is malformed (B: it is in the body; no header opens anything)."""
    token = body.get("token")
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else ""


def _application(body: Mapping[str, Any]) -> str | None:
    """Read the channel's id; "" if none is sent, None if it is not an id.

    B: numeric. D: digits as text are accepted too, because public clients of Picky Assist's other calls send them so.
    """
    value = body.get("application", "")
    match value:
        case bool():
            return None
        case int() if value >= 0:
            return str(value)
        case str() if "application" not in body or re.fullmatch(r"[0-9]+", value):
            return value
        case _:
            return None


def _text_wrongs(value: Any, *, longest: int, too_long: int) -> Iterator[int]:
    """Judge a text. The effect of "" is not known: it is kept as sent."""
    if not isinstance(value, str):
        yield MALFORMED
    elif len(value) > longest:
        yield too_long


def _email_wrongs(value: Any) -> Iterator[int]:
    yield from _text_wrongs(value, longest=_MAX_EMAIL, too_long=822)
    if isinstance(value, str) and value and not _EMAIL.fullmatch(value):
        yield 823


def _industry_wrongs(value: Any) -> Iterator[int]:
    if not isinstance(value, int) or isinstance(value, bool) or value not in _INDUSTRIES:
        yield 825


def _websites_wrongs(value: Any) -> Iterator[int]:
    sites = value if isinstance(value, list) else [None]
    if len(sites) > _MAX_WEBSITES:
        yield 824
    for site in sites:
        if not isinstance(site, str) or not _URL.fullmatch(site):
            yield 826
        elif len(site) > _MAX_WEBSITE:
            yield 827


def _picture_wrongs(value: Any) -> Iterator[int]:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        yield 831
        return
    name = re.split(r"[?#]", value, maxsplit=1)[0].rpartition("/")[2]
    yield from (code for mark, code in _BAD_PICTURES.items() if mark in name)


_WRONGS: Mapping[str, Callable[[Any], Iterator[int]]] = {
    "about": partial(_text_wrongs, longest=139, too_long=819),
    "address": partial(_text_wrongs, longest=256, too_long=820),
    "description": partial(_text_wrongs, longest=256, too_long=821),
    "email": _email_wrongs,
    "industry": _industry_wrongs,
    "websites": _websites_wrongs,
    "profile_pic": _picture_wrongs,
}
"""For each field, what is wrong with a value (B: the limits)."""

ROUTES = [Route(path, _update, methods=["POST"]) for path in ("/app/api/v2/update-profile", "/api/v2/update-profile")]

"""Kaleyra's API for the details of a WhatsApp number. It can only be written to: nothing is ever read back.

Marks as in graph.py: B is Kaleyra's documentation. Where it is silent, the sandbox's own choice is called one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from reconciler.sandbox.exchange import Exchange, exchange_of, read_json

PROVIDER = "kaleyra"

INVALID_KEY = "sandbox-invalid-key"

FIELDS = (
    *("address", "incoming_url", "display_image", "business_description", "business_category", "website"),
    *("contact_email", "about"),
)
"""B: the parameters of the request samples; the page's lists also misspell two of them."""

CATEGORIES = (
    *("Automotive", "Beauty, Spa, and Salon", "Clothing and Apparel", "Education", "Entertainment"),
    *("Event Planning and Service", "Finance and Banking", "Food and Grocery", "Public Service", "Hotel and Lodging"),
    *("Medical and Health", "Non-profit", "Professional Services", "Shopping and Retail"),
    *("Travel and Transportation", "Restaurant", "Other"),
)
"""B. Kaleyra compares the whole name, in any case."""

_MAX_TEXT = {"address": 256, "business_description": 256}
"""B: the page about the web interface. The other lengths are not documented, and not checked here."""
_SID = re.compile(r"[A-Za-z0-9]+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FOLDED_CATEGORIES = frozenset(map(str.casefold, CATEGORIES))
_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class KaleyraError(Exception):
    """Kaleyra refuses a call (B: shape, E413 and E962; every other use of E413 is the sandbox's own choice)."""

    def __init__(self, code: str, *, message: str, parameter: str = "", kind: str = "VALIDATION_ERROR") -> None:
        super().__init__(message)
        self.error = {"code": code, "type": kind, "parameter": parameter, "message": message, "reference": ""}


class WrongKeyError(KaleyraError):
    """SID or key open nothing (B: RBC001, for sending messages; the sandbox chooses to use it here too)."""

    def __init__(self) -> None:
        super().__init__("RBC001", message="Incorrect SID or API Key.", kind="AUTHENTICATION_ERROR")


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """How an account differs from an ordinary one."""

    answer: Callable[[], Response] | None = None
    """Replaces the whole call: nothing is done."""
    receipt: Callable[[], Response] = lambda: JSONResponse(_success())
    """The reply once the write is done."""
    refusal_status: int = 200
    """Kaleyra can say failure inside a 200; which HTTP status its failures have is not documented."""
    swallows: bool = False


def _success(**differing: Any) -> dict[str, Any]:
    """Give the documented success (B)."""
    return {"status": 200, "message": "WA Phone number update successfully.", "data": [], "error": {}} | differing


def _failure(error: KaleyraError) -> dict[str, Any]:
    return {"error": error.error}


def _broken() -> KaleyraError:
    # B: E13001 is the code of many failures, and the message is that of HTTP 500. Pairing them is a choice.
    return KaleyraError("E13001", message="Server Error, unable to process your request", kind="SERVER_ERROR")


def _empty_image() -> KaleyraError:
    return KaleyraError("E962", parameter="display_image", message="display_image cannot be empty")


def _outside() -> Response:
    """Say the code of a wrong key outside of `error` (D: another of Kaleyra's calls does; the rest is a choice)."""
    told = WrongKeyError().error
    return JSONResponse({"status": 401, "code": told["code"], "message": told["message"], "error": {}})


QUIRKS: Mapping[str, Quirk] = {
    "SANDBOX001": Quirk(answer=_outside),
    "SANDBOX100": Quirk(receipt=lambda: JSONResponse(_success(status="200"))),
    "SANDBOX200": Quirk(receipt=Response),
    "SANDBOX202": Quirk(receipt=lambda: JSONResponse({"status": "accepted", "data": None}, status_code=202)),
    "SANDBOX400": Quirk(refusal_status=400),
    "SANDBOX429": Quirk(answer=lambda: PlainTextResponse("Too Many Requests.", status_code=429)),
    "SANDBOX500": Quirk(answer=lambda: JSONResponse(_failure(_broken()), status_code=500)),
    "SANDBOX502": Quirk(answer=lambda: HTMLResponse(_HTML, status_code=502)),
    "SANDBOX701": Quirk(swallows=True),
    "SANDBOX962": Quirk(answer=lambda: JSONResponse(_success(**_failure(_empty_image())))),
}
"""Magic SIDs; every other one of letters and digits is an ordinary account."""


def address_of(x: Exchange, path_params: Mapping[str, str]) -> str:
    """Name SID and number, which the body carries; "" if one of them cannot be read."""
    sid, number = path_params.get("sid", ""), _body(x).get("wa_number")
    readable = _SID.fullmatch(sid) and isinstance(number, str) and _E164.fullmatch(number)
    return f"{sid}/{number}" if readable else ""


async def _update(request: Request) -> Response:
    """Change the fields that are sent and no others (B)."""
    x = exchange_of(request)
    sid = request.path_params["sid"]
    quirk = QUIRKS.get(sid, Quirk())
    try:
        _authorise(x, sid)
        if quirk.answer is not None:
            return quirk.answer()
        changes = _accepted(_body(x))
    except WrongKeyError as refusal:
        return JSONResponse(_failure(refusal), status_code=401)
    except KaleyraError as refusal:
        return JSONResponse(_failure(refusal), status_code=quirk.refusal_status)
    if not (x.take("swallow") or quirk.swallows):
        x.world.write(PROVIDER, x.address, changes, surface="number")
    return quirk.receipt()


def _authorise(x: Exchange, sid: str) -> None:
    if x.headers.get("api-key", "") in {"", INVALID_KEY} or not _SID.fullmatch(sid):
        raise WrongKeyError


def _body(x: Exchange) -> Mapping[str, Any]:
    """Read the JSON object that was sent; another body has no fields (the sandbox's own choice)."""
    try:
        body = read_json(x.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _accepted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Check a write. One bad field fails it all, and the first in the documented order is named (a choice)."""
    number = body.get("wa_number")
    if number is None or number == "":
        raise _invalid("wa_number", "field is required and cannot be empty.")  # B, word for word
    if not isinstance(number, str) or not _E164.fullmatch(number):
        raise _invalid("wa_number", "must be a phone number in E164 format.")
    changes = {name: body[name] for name in FIELDS if name in body}
    if not changes:
        # B: at least one is needed; Kaleyra's answer to none is not documented.
        raise KaleyraError("E413", message="at least one field to update is required.")
    for name, value in changes.items():
        _check(name, value)
    return changes


def _check(name: str, value: Any) -> None:
    """Check one field. The effect of "" on fields other than `display_image` is not known: it is kept as sent."""
    if name == "display_image" and value in ("", None):
        raise _empty_image()
    if not isinstance(value, str):
        raise _invalid(name, "must be a string.")
    if len(value) > _MAX_TEXT.get(name, len(value)):
        raise _invalid(name, f"must not have more than {_MAX_TEXT[name]} characters.")
    if name == "business_category" and value.casefold() not in _FOLDED_CATEGORIES:
        raise _invalid(name, "is not one of the accepted categories.")
    if name in {"incoming_url", "display_image", "website"} and value and not _URL.fullmatch(value):
        raise _invalid(name, "must be a URL.")
    if name == "contact_email" and value and not _EMAIL.fullmatch(value):
        raise _invalid(name, "must be an email address.")


def _invalid(parameter: str, complaint: str) -> KaleyraError:
    return KaleyraError("E413", parameter=parameter, message=f"{parameter} {complaint}")


ROUTES = [Route("/v1/{sid}/whatsapp/number", _update, methods=["PUT"])]

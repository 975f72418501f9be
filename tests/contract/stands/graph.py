"""What Meta's profile looks like, also where somebody else passes it on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from unittest.mock import ANY

from reconciler.core.planning.origin import SameReason
from reconciler.core.provider import FailureKind
from tests.contract.stand import PICTURES, SECRET, Door, Refusal, Rewritten, Said, Sample

DEMANDS: Mapping[str, Any] = {"messaging_product": "whatsapp"}
REWRITTEN = Rewritten(
    field="websites", written=["https://bread.example"], shown=("https://bread.example/",), reason=SameReason.IN_SYNC
)


def profile(door: Door, *, opens: str, feeds: str) -> Mapping[str, Sample]:
    """Return the fields of a profile; `opens` and `feeds` are pieces of an upload's paths."""

    def text(key: str, first: str, second: str, *, clears: bool = True, wire: str = "") -> Sample:
        name = wire or key
        says = (Said(yaml=value, wire={name: value}, world={name: value}) for value in (first, second))
        cleared = Said(yaml="", wire={name: ""}) if clears else None
        return Sample(door=door, first=next(says), second=next(says), cleared=cleared)

    sites = [Said(yaml=[site], wire={"websites": [site]}, world={"websites": [site]}) for site in _SITES]
    return {
        "about": text("about", "Fresh bread", "Fresh bread and cake", clears=False),
        "address": text("address", "Main Street 1", "Main Street 2"),
        "description": text("description", "A bakery.", "A bakery, and a good one."),
        "email": text("email", "a@bread.example", "b@bread.example"),
        "industry": text("industry", "RESTAURANT", "RETAIL", clears=False, wire="vertical"),
        "websites": Sample(door=door, first=sites[0], second=sites[1], cleared=Said(yaml=[], wire={"websites": []})),
        "picture": Sample(
            door=door,
            first=_picture("pictures/logo.png", opens, feeds),
            second=_picture("pictures/cafe.png", opens, feeds),
        ),
    }


_SITES = ("https://bread.example/old", "https://bread.example/new")


def _picture(name: str, opens: str, feeds: str) -> Said:
    """A picture goes ahead of its handle, which nobody can know beforehand."""
    content = PICTURES[name]
    told = {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    size = f"file_length={len(content)}"
    errands = ((f"{opens}?file_name=picture.png&{size}&file_type=image%2Fpng", None), (feeds, told))
    return Said(yaml=name, wire={"profile_picture_handle": ANY}, world={"picture": ANY}, errands=errands)


def refusals() -> tuple[Refusal, ...]:
    """Return what Graph's documents, recordings and users say that it answers."""

    def refusal(code: int, message: str, kind: FailureKind, *, status: int = 400, **more: Any) -> Refusal:
        body = {"error": {"message": message, "type": "OAuthException", "code": code, **more}}
        shown = f"{code}/{more['error_subcode']}" if more else f"{code}"
        says = f"{message.replace(SECRET, '⟨secret⟩')} [{shown}]"
        return Refusal(name=f"code {shown}", status=status, body=body, kind=kind, says=says)

    quoted = f"Malformed access token {SECRET}"
    return (
        refusal(100, "(#100) Param about must be a maximum of 139 characters", FailureKind.REJECTED),
        refusal(100, "Unsupported post request.", FailureKind.NOT_FOUND, error_subcode=33),
        refusal(100, _UNREGISTERED, FailureKind.UNREGISTERED),
        refusal(190, quoted, FailureKind.UNAUTHORISED, status=401, error_subcode=463),
        refusal(10, "Application does not have permission for this action", FailureKind.FORBIDDEN, status=403),
        refusal(80008, "There have been too many calls to this account", FailureKind.THROTTLED),
        refusal(4, "(#4) Application request limit reached", FailureKind.THROTTLED, status=403),
        refusal(131000, "(#131000) Something went wrong", FailureKind.AMBIGUOUS, status=500),
        refusal(2, "Service temporarily unavailable", FailureKind.TRANSIENT, status=500),
        Refusal(name="a page", status=502, body="<html>Bad Gateway</html>", kind=FailureKind.GARBAGE, says="HTTP 502"),
    )


_UNREGISTERED = "(#100) Tried accessing nonexisting field (whatsapp_business_profile)"

"""Kaleyra at its stand: nothing that is brought here is ever seen again."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from reconciler.core.provider import FailureKind
from tests.contract.stand import PICTURES, SECRET, Door, Misfit, Refusal, Said, Sample, Stand, number

_KEY = "kaleyra-contract-key"
_SID = "HXIN1700000071US"
_PICTURES = "https://files.example/profiles/"
_DOOR = Door(method="PUT", path=f"/v1/{_SID}/whatsapp/number", demands={"wa_number": number(0)})


def _said(yaml: Any, key: str, sent: str) -> Said:
    return Said(yaml=yaml, wire={key: sent}, world={key: sent})


def _text(key: str, first: str, second: str) -> Sample:
    return Sample(door=_DOOR, first=_said(first, key, first), second=_said(second, key, second))


def _site(site: str) -> Said:
    return _said([site], "website", site)


def _picture(name: str) -> Said:
    mark = hashlib.sha256(PICTURES[name]).hexdigest()[:16]
    return _said(name, "display_image", f"{_PICTURES}{name}?sha256={mark}")


def _webhook(url: str) -> Said:
    return _said({"url": url}, "incoming_url", url)


def _refusal(code: str, message: str, kind: FailureKind, *, status: int = 200, parameter: str = "") -> Refusal:
    error = {"code": code, "type": "ERROR", "parameter": parameter, "message": message, "reference": ""}
    says = f"{message.replace(SECRET, '⟨secret⟩')} [{code}]"
    return Refusal(name=f"{code} {status}", status=status, body={"error": error}, kind=kind, says=says)


STAND: Final = Stand(
    name="kaleyra",
    readable=False,
    account={
        "sid": _SID,
        "picture_base_url": _PICTURES,
        "credentials": {"api_key": {"env": "KALEYRA_API_KEY"}},
    },
    head=lambda index: {"number": number(index)},
    address=lambda index: f"{_SID}/{number(index)}",
    secret=_KEY,
    environ={"KALEYRA_API_KEY": _KEY},
    samples={
        "about": _text("about", "Fresh bread", "Fresh bread and cake"),
        "address": _text("address", "Main Street 1", "Main Street 2"),
        "description": _text("business_description", "A bakery.", "A bakery, and a good one."),
        "email": _text("contact_email", "a@bread.example", "b@bread.example"),
        "industry": Sample(
            door=_DOOR,
            first=_said("BEAUTY", "business_category", "Beauty, Spa, and Salon"),
            second=_said("RESTAURANT", "business_category", "Restaurant"),
        ),
        "websites": Sample(
            door=_DOOR, first=_site("https://bread.example/old"), second=_site("https://bread.example/new")
        ),
        "picture": Sample(door=_DOOR, first=_picture("pictures/logo.png"), second=_picture("pictures/cafe.png")),
        "webhook": Sample(
            door=_DOOR, first=_webhook("https://hooks.example/old"), second=_webhook("https://hooks.example/new")
        ),
    },
    misfits=(
        Misfit(field="description", yaml="x" * 257, code="too-long"),
        Misfit(field="industry", yaml="ALCOHOL", code="industry"),
        Misfit(field="websites", yaml=["https://a.example", "https://b.example"], code="too-many"),
        Misfit(field="picture", yaml="pictures/logo.png", code="picture", fact="K-4", without="picture_base_url"),
        Misfit(field="webhook", yaml={"url": "https://hooks.example/wa", "headers": {}}, code="unknown-key"),
    ),
    refusals=(
        _refusal("E413", "wa_number field is required and cannot be empty.", FailureKind.REJECTED),
        _refusal("E962", "display_image cannot be empty", FailureKind.REJECTED, parameter="display_image"),
        _refusal("RBC001", f"Incorrect SID or API Key {SECRET}.", FailureKind.UNAUTHORISED, status=401),
        _refusal("RBC001", "Incorrect SID or API Key.", FailureKind.UNAUTHORISED),
        _refusal("E110", "Insufficient balance", FailureKind.FORBIDDEN),
        _refusal("E13001", "Server Error, unable to process your request", FailureKind.TRANSIENT, status=500),
        Refusal(
            name="429",
            status=429,
            body="Too Many Requests.",
            kind=FailureKind.THROTTLED,
            says="HTTP 429",
        ),
        Refusal(name="an empty 200", body="", kind=FailureKind.GARBAGE, says="does not say that it succeeded"),
        Refusal(name="a page", status=502, body="<html></html>", kind=FailureKind.GARBAGE, says="HTTP 502"),
    ),
)

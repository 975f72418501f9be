"""Picky Assist at its stand: its token travels in the body, and its channel decides which number is meant."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from reconciler.core.provider import FailureKind
from tests.contract.stand import PICTURES, SECRET, Door, Misfit, Refusal, Said, Sample, Stand, fingerprint, number

_TOKEN = "picky-contract-token"
_PICTURES = "https://files.example/profiles/"
_DOOR = Door(
    method="POST", path="/app/api/v2/update-profile", demands={"token": fingerprint(_TOKEN), "application": 4000}
)


def _said(yaml: Any, key: str, sent: Any) -> Said:
    return Said(yaml=yaml, wire={key: sent}, world={key: sent})


def _text(key: str, first: str, second: str) -> Sample:
    return Sample(door=_DOOR, first=_said(first, key, first), second=_said(second, key, second))


def _picture(name: str) -> Said:
    mark = hashlib.sha256(PICTURES[name]).hexdigest()[:16]
    return _said(name, "profile_pic", f"{_PICTURES}{name}?sha256={mark}")


def _sites(*sites: str) -> Said:
    return _said([*sites], "websites", [*sites])


def _refusal(status: int, message: str) -> Refusal:
    says = f"{message.replace(SECRET, '⟨secret⟩')} [{status}]"
    body = {"status": status, "message": message}
    return Refusal(name=f"status {status}", body=body, kind=FailureKind.REJECTED, says=says)


STAND: Final = Stand(
    name="pickyassist",
    readable=False,
    account={"picture_base_url": _PICTURES, "credentials": {"token": {"env": "PICKYASSIST_TOKEN"}}},
    head=lambda index: {"number": number(index), "application": 4000 + index},
    address=lambda index: str(4000 + index),
    secret=_TOKEN,
    environ={"PICKYASSIST_TOKEN": _TOKEN},
    samples={
        "about": _text("about", "Fresh bread", "Fresh bread and cake"),
        "address": _text("address", "Main Street 1", "Main Street 2"),
        "description": _text("description", "A bakery.", "A bakery, and a good one."),
        "email": _text("email", "a@bread.example", "b@bread.example"),
        "industry": Sample(door=_DOOR, first=_said("AUTO", "industry", 1), second=_said("RESTAURANT", "industry", 16)),
        "websites": Sample(
            door=_DOOR,
            first=_sites("https://bread.example/old"),
            second=_sites("https://bread.example/new", "https://bread.example/cake"),
        ),
        "picture": Sample(door=_DOOR, first=_picture("pictures/logo.png"), second=_picture("pictures/cafe.png")),
    },
    misfits=(
        Misfit(field="webhook", yaml={"url": "https://hooks.example/wa"}, code="unsupported", fact="P-6"),
        Misfit(field="description", yaml="x" * 257, code="too-long"),
        Misfit(field="industry", yaml="ONLINE_GAMBLING", code="industry"),
        Misfit(field="picture", yaml="pictures/logo.png", code="picture", fact="P-8", without="picture_base_url"),
    ),
    refusals=(
        _refusal(819, "The Maximum Length Of About Exceeds"),
        _refusal(823, "Invalid Email Address"),
        _refusal(825, "Invalid Industry"),
        _refusal(831, "Unable To Upload Profile Photo"),
        _refusal(99401, f"Invalid token {SECRET}"),
        Refusal(
            name="429",
            status=429,
            body="Too Many Requests",
            kind=FailureKind.THROTTLED,
            says="HTTP 429",
        ),
        Refusal(name="an empty 200", body="", kind=FailureKind.GARBAGE, says="does not say that it succeeded"),
        Refusal(name="a page", status=500, body="<html></html>", kind=FailureKind.GARBAGE, says="HTTP 500"),
    ),
)

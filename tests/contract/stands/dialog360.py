"""360dialog at its stand. Its sandbox knows a number by the key that has the number in it."""

from __future__ import annotations

from typing import Final

from reconciler.core.provider import FailureKind
from tests.contract.stand import SECRET, STAND_IN, Door, Misfit, Refusal, Said, Sample, Stand, fingerprint, number
from tests.contract.stands import graph

_SECRET = "let-me-in-please"
_PROFILE = Door(method="POST", path="/whatsapp_business_profile", demands=graph.DEMANDS)
_WEBHOOK = Door(method="POST", path="/v1/configs/webhook")
_SHOPS = 3


def _key(index: int) -> str:
    return f"sandbox-{number(index).removeprefix('+')}"


def _webhook(url: str) -> Said:
    return Said(
        yaml={"url": url, "headers": {"Authorization": {"env": "WEBHOOK_SHOP"}}},
        wire={"url": url, "headers": {"Authorization": fingerprint(STAND_IN)}},
        world={"webhook": url, "webhook_headers": {"Authorization": STAND_IN}},
    )


STAND: Final = Stand(
    name="360dialog",
    readable=True,
    account={},
    head=lambda index: {"number": number(index)},
    address=number,
    secret=_key(0),
    environ={**{f"D360_API_KEY_SHOP{index}": _key(index) for index in range(_SHOPS)}, "WEBHOOK_SHOP": _SECRET},
    samples={
        **graph.profile(_PROFILE, opens="/uploads", feeds="/upload:"),
        "webhook": Sample(
            door=_WEBHOOK, first=_webhook("https://hooks.example/old"), second=_webhook("https://hooks.example/new")
        ),
    },
    misfits=(
        Misfit(field="about", yaml="x" * 140, code="too-long"),
        Misfit(field="webhook", yaml={"url": "https://hooks.example:8443/wa"}, code="url", fact="D-7"),
        Misfit(field="webhook", yaml={"url": "https://my_hooks.example/wa"}, code="url", fact="D-7"),
        Misfit(field="webhook", yaml={"url": "https://hooks.example/wa", "verify_token": {}}, code="unknown-key"),
    ),
    refusals=(
        *graph.refusals(),
        Refusal(
            name="a wrong key",
            status=401,
            body={"error": f"Invalid api_key {SECRET}"},
            kind=FailureKind.UNAUTHORISED,
            says="Invalid api_key ⟨secret⟩ [HTTP 401]",
        ),
        Refusal(
            name="throttled",
            status=400,
            body={"error": "You have exceeded the endpoint rate limit."},
            kind=FailureKind.THROTTLED,
            says="You have exceeded the endpoint rate limit. [HTTP 400]",
        ),
        Refusal(
            name="disabled",
            status=400,
            body={"meta": {"success": False, "developer_message": "Your WhatsApp for Business API has been disabled"}},
            kind=FailureKind.FORBIDDEN,
            says="Your WhatsApp for Business API has been disabled [HTTP 400]",
        ),
        Refusal(
            name="blocked",
            status=403,
            body={"error": "The endpoint is blocked"},
            kind=FailureKind.FORBIDDEN,
            says="The endpoint is blocked [HTTP 403]",
        ),
        Refusal(
            name="unavailable",
            status=502,
            body={"error": "WhatsApp for Business API not available"},
            kind=FailureKind.TRANSIENT,
            says="WhatsApp for Business API not available [HTTP 502]",
        ),
    ),
    rewritten=graph.REWRITTEN,
)

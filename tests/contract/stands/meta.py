"""Meta at its stand."""

from __future__ import annotations

from typing import Final

from tests.contract.stand import STAND_IN, Door, Misfit, Said, Sample, Stand, fingerprint, number
from tests.contract.stands import graph

_TOKEN = "EAAG-contract-token"
_VERIFY = "verify-me-please"
_FIRST = "106540352242000"
_WEBHOOK = Door(method="POST", path=f"/v23.0/{_FIRST}")
_PROFILE = Door(method="POST", path=f"{_WEBHOOK.path}/whatsapp_business_profile", demands=graph.DEMANDS)


def _webhook(url: str) -> Said:
    return Said(
        yaml={"url": url, "verify_token": {"env": "WEBHOOK_VERIFY"}},
        wire={"webhook_configuration": {"override_callback_uri": url, "verify_token": fingerprint(STAND_IN)}},
        world={"webhook": url},
    )


STAND: Final = Stand(
    name="meta",
    readable=True,
    account={"credentials": {"token": {"env": "META_TOKEN"}}},
    head=lambda index: {"number": number(index), "phone_number_id": str(int(_FIRST) + index)},
    address=lambda index: str(int(_FIRST) + index),
    secret=_TOKEN,
    environ={"META_TOKEN": _TOKEN, "WEBHOOK_VERIFY": _VERIFY},
    samples={
        **graph.profile(_PROFILE, opens="/v23.0/app/uploads", feeds="/v23.0/upload:"),
        "webhook": Sample(
            door=_WEBHOOK,
            first=_webhook("https://hooks.example/old"),
            second=_webhook("https://hooks.example/new"),
            cleared=Said(yaml={}, wire={"webhook_configuration": {"override_callback_uri": ""}}),
        ),
    },
    misfits=(
        Misfit(field="about", yaml="x" * 140, code="too-long"),
        Misfit(field="industry", yaml="NOT_A_BIZ", code="industry"),
        Misfit(field="websites", yaml=[f"https://{n}.example" for n in "abc"], code="too-many"),
        Misfit(field="webhook", yaml={"url": "https://hooks.example/wa"}, code="secret"),
    ),
    refusals=graph.refusals(),
    rewritten=graph.REWRITTEN,
)

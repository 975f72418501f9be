"""The carrier pigeons at their stand."""

from __future__ import annotations

from typing import Any, Final

from reconciler.core.provider import FailureKind
from tests.contract.stand import SECRET, Door, Misfit, Refusal, Rewritten, Said, Sample, Stand, number

_KEY = "corn-in-the-left-pocket"
_PIGEONS = ("ada", "bob", "coo")
_DOOR = Door(method="PUT", path="/pigeons/ada", demands={"ring": number(0)})


def _said(yaml: Any, line: str, sent: Any) -> Said:
    return Said(yaml=yaml, wire={line: sent}, world={line: sent})


def _text(line: str, first: str, second: str, *, clears: bool = True) -> Sample:
    cleared = Said(yaml="", wire={line: ""}) if clears else None
    return Sample(door=_DOOR, first=_said(first, line, first), second=_said(second, line, second), cleared=cleared)


def _perch(site: str) -> Said:
    return _said([site], "perches", [site])


def _refusal(code: str, said: str, kind: FailureKind, *, status: int) -> Refusal:
    body = {"trouble": {"code": code, "said": said}}
    says = f"{said.replace(SECRET, '⟨secret⟩')} [{code}]"
    return Refusal(name=code, status=status, body=body, kind=kind, says=says)


STAND: Final = Stand(
    name="carrierpigeon",
    readable=True,
    account={"credentials": {"key": {"env": "PIGEON_KEY"}}},
    head=lambda index: {"number": number(index), "pigeon": _PIGEONS[index]},
    address=lambda index: _PIGEONS[index],
    secret=_KEY,
    environ={"PIGEON_KEY": _KEY},
    samples={
        "about": _text("line", "Fresh bread", "Fresh bread and cake", clears=False),
        "address": _text("roost", "Main Street 1", "Main Street 2"),
        "email": _text("mail", "a@bread.example", "b@bread.example"),
        "industry": Sample(
            door=_DOOR,
            first=_said("RESTAURANT", "trade", "restaurant"),
            second=_said("RETAIL", "trade", "shopping and retail"),
        ),
        "websites": Sample(
            door=_DOOR,
            first=_perch("https://bread.example/old"),
            second=_perch("https://bread.example/new"),
            cleared=Said(yaml=[], wire={"perches": []}),
        ),
    },
    misfits=(
        Misfit(field="description", yaml="A bakery.", code="unsupported", fact="C-2"),
        Misfit(field="picture", yaml="pictures/logo.png", code="unsupported", fact="C-2"),
        Misfit(field="webhook", yaml={"url": "https://hooks.example/wa"}, code="unsupported", fact="C-3"),
        Misfit(field="about", yaml="x" * 41, code="too-long"),
        Misfit(field="industry", yaml="HOTEL", code="industry"),
    ),
    refusals=(
        _refusal("WRONG_KEY", f"{SECRET} opens no loft of ours", FailureKind.UNAUTHORISED, status=401),
        _refusal("TOO_HEAVY", "She cannot lift that", FailureKind.REJECTED, status=422),
        _refusal("NO_SUCH_PIGEON", "We never saw her", FailureKind.NOT_FOUND, status=404),
        _refusal("RESTING", "She has flown enough today", FailureKind.THROTTLED, status=429),
        _refusal("FOG", "Nobody flies in this", FailureKind.TRANSIENT, status=503),
        Refusal(name="a feather", status=502, body="🪶", kind=FailureKind.GARBAGE, says="HTTP 502"),
    ),
    rewritten=Rewritten(field="about", written="Fresh bread  ", shown="Fresh bread "),
)

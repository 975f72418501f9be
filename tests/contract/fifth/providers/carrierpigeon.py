"""Carrier pigeons: a made-up provider, as small as one can be that can be read.

A loft keeps a card for each pigeon. The key of the loft goes in a header, and the pigeon's ring in every body. Whoever
keeps the cards writes them by hand, and leaves one space where there were many.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from reconciler.core.basics import Model
from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import INDUSTRIES, Json, Value
from reconciler.core.provider import (
    CallFailed,
    Exchange,
    Failure,
    FailureKind,
    Read,
    Reply,
    RosterPage,
    Step,
    Usage,
    Write,
)
from reconciler.core.roster import NumberFacts
from reconciler.core.settings import Account
from reconciler.core.target import Change, Desired, Known, Live, Observed, Target, Unreadable
from reconciler.core.traits import Capability, HeaderAuth, Rate, Traits

_TRADES: Final[Mapping[str, str]] = {code: INDUSTRIES[code].lower() for code in ("RESTAURANT", "RETAIL", "GROCERY")}
_KINDS: Final[Mapping[str, FailureKind]] = {
    "WRONG_KEY": FailureKind.UNAUTHORISED,
    "TOO_HEAVY": FailureKind.REJECTED,
    "NO_SUCH_PIGEON": FailureKind.NOT_FOUND,
    "RESTING": FailureKind.THROTTLED,
    "FOG": FailureKind.TRANSIENT,
}


class CarrierPigeonOptions(Model):
    """An account says nothing besides."""


class CarrierPigeonKeys(Model):
    """A profile says which pigeon it is about."""

    pigeon: Annotated[str, Field(pattern=r"^[a-z]{2,20}$")]


class CarrierPigeon:
    """A loft for one account."""

    traits: ClassVar[Traits] = Traits(
        name="carrierpigeon",
        title="Carrier Pigeon",
        hosts=("https://loft.pigeons.example",),
        auth=HeaderAuth(header="X-Loft-Key", prefix="Key "),
        credential="key",
        env_prefix="PIGEON_",
        capabilities={
            "about": Capability(wire="line", limit=40, fact="C-1"),
            "address": Capability(wire="roost", limit=80, clearable=True, fact="C-1"),
            "description": Capability(lacking="a pigeon carries no second page", fact="C-2"),
            "email": Capability(wire="mail", limit=60, clearable=True, fact="C-1"),
            "industry": Capability(wire="trade", industries=tuple(_TRADES), fact="C-1"),
            "websites": Capability(wire="perches", limit=60, items=1, clearable=True, fact="C-1"),
            "picture": Capability(lacking="a pigeon carries no picture", fact="C-2"),
            "webhook": Capability(lacking="a pigeon comes home by itself", fact="C-3"),
        },
        options=CarrierPigeonOptions,
        keys=CarrierPigeonKeys,
        rate=Rate(calls=60, seconds=60),
    )

    def __init__(self, account: Account) -> None:
        """Bind to an account, which holds nothing that a call needs."""

    @staticmethod
    def address(options: Model, keys: Model, number: str) -> str:
        """Return the pigeon's name."""
        return CarrierPigeonKeys.model_validate(keys).pigeon

    @staticmethod
    def channel(options: Model, keys: Model) -> str | None:
        """Every call names the pigeon."""
        return None

    def roster(self, after: str = "", *, profiles: bool = False) -> Exchange[RosterPage] | None:
        """Nobody lists pigeons."""
        return None

    def together(self, reads: tuple[Read, ...]) -> Exchange[tuple[Reply | None, ...]] | None:
        """No request holds several reads."""
        return None

    def identify(self, target: Target) -> None:
        """Every call names its pigeon."""

    def read(self, target: Target, facts: NumberFacts | None, *, wanted: Collection[str]) -> Exchange[Live]:
        """Read the pigeon's card; what does not stand on it is empty."""
        card = (yield Read(f"/pigeons/{target.address}")).json().get("card")
        if not isinstance(card, dict):
            return Unreadable(reason="the reply holds no card")
        offered = {name: c.wire for name, c in self.traits.capabilities.items() if c.writable}
        return Observed({name: Known(_read(name, card.get(key))) for name, key in offered.items()})

    def write(self, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Send the changed lines of the card in one flight, with the ring that every flight must carry."""
        if not changes:
            return ()
        body: dict[str, Any] = {"ring": desired.target.number}
        body |= {self.traits.capabilities[c.field].wire: _sent(c.field, c.after) for c in changes}
        return (Step(tuple(c.field for c in changes), _fly(f"/pigeons/{desired.target.address}", body)),)

    def failure(self, reply: Reply) -> Failure | None:
        """Read what went wrong from the note that the pigeon brings back."""
        body = reply.json()
        if not isinstance(body, dict):
            return Failure(kind=FailureKind.GARBAGE, summary=f"HTTP {reply.status} without a note")
        note = body.get("trouble")
        if note is None and reply.status == 200:
            return None
        code = str(note.get("code", "")) if isinstance(note, dict) else ""
        said = str(note.get("said", "")) if isinstance(note, dict) else ""
        return Failure(kind=_KINDS.get(code, FailureKind.GARBAGE), summary=said or "no message", code=code)

    def usage(self, reply: Reply) -> Usage | None:
        """Nothing is told about an allowance."""
        return None


def _fly(path: str, body: Mapping[str, Any]) -> Exchange[None]:
    reply = yield Write("PUT", path, body, repeatable=True)
    if reply.json().get("home") is not True:
        raise CallFailed(Failure(kind=FailureKind.GARBAGE, summary="the pigeon did not come home"))


def _sent(field: str, value: Value) -> Json:
    return _TRADES[value] if field == "industry" and isinstance(value, str) else to_json(value)


def _read(field: str, data: Any) -> Value:
    if field == "websites":
        return tuple(map(str, data or ()))
    codes = {label: code for code, label in _TRADES.items()}
    return codes.get(str(data), str(data or "")) if field == "industry" else str(data or "")


PROVIDER: Final = CarrierPigeon

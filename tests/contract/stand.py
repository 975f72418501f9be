"""What the suite must know of a provider besides its code: a stand, as on a market, where its goods are laid out.

A stand says what goes in and what must come out, in its own words: nothing in it is computed by the provider's code, so
that a mistake there cannot agree with itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reconciler.core.fields import Header, Value, Webhook
from reconciler.core.memory.runs import FieldStatus
from reconciler.core.planning.origin import SameReason
from reconciler.core.provider import FailureKind

SECRET = "{secret}"

_PICTURES = Path(__file__).parents[2] / "profiles" / "pictures"
# By the name that a profile gives them.
PICTURES: Mapping[str, bytes] = MappingProxyType(
    {f"pictures/{name}": (_PICTURES / name).read_bytes() for name in ("logo.png", "cafe.png")}
)


def number(index: int) -> str:
    """Return the phone number of one shop."""
    return f"+4930{12345000 + index}"


# What goes to the sandbox in place of a webhook's secrets: it remembers what it is sent.
STAND_IN = "sandbox-secret"


def fingerprint(secret: str) -> str:
    """Return how the sandbox's journal writes a secret down."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One value, in three tongues: as a file writes it, as it travels, and as the provider's world then holds it.

    `errands` are calls that must go before it: a piece of each one's path and query, and its body in the journal.
    """

    yaml: Any
    wire: Mapping[str, Any]
    world: Mapping[str, Any] = field(default_factory=dict)
    errands: tuple[tuple[str, Any], ...] = ()

    @property
    def value(self) -> Value:
        """The value as the tool knows it when it reads it; no picture has one that can be written down here."""
        if isinstance(self.yaml, dict):
            headers = tuple(Header(name=name) for name in self.yaml.get("headers", {}))
            return Webhook(url=self.yaml["url"], headers=headers)
        return tuple(self.yaml) if isinstance(self.yaml, list) else str(self.yaml)


@dataclass(frozen=True, kw_only=True)
class Door:
    """A mutating call about the first shop, and what its body must hold besides, whatever is sent."""

    method: str
    path: str
    demands: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One field that the provider has: a value to set, another to replace it, and the clearing where there is one."""

    door: Door
    first: Said
    second: Said
    cleared: Said | None = None


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """Something that a file may ask for and the provider has not: what is said of it, and by which fact.

    `without` is a key that the account must lack for it.
    """

    field: str
    yaml: Any
    code: str
    fact: str = ""
    without: str = ""


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A value that the provider shows in another spelling than the one that was sent.

    Where that spelling is a documented one, and so the same to everybody, both are `in sync`; else it is remembered.
    """

    field: str
    written: Any
    shown: Value
    reason: SameReason = SameReason.ECHO


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A documented reply that is no success; `{secret}` in it stands for the credential, which some servers quote."""

    name: str
    body: Any
    kind: FailureKind
    says: str
    status: int = 200

    def quoting(self, secret: str) -> str:
        """Return the reply's body as text."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.replace(SECRET, secret)


@dataclass(frozen=True, kw_only=True)
class Stand:
    """One provider: `account` is its entry in the settings, `head` what a shop's profile must say besides its fields.

    `address` is where the sandbox's world keeps a shop, `environ` the variables that hold secrets, `secret` the
    credential that calls about the first shop carry. A provider that can only be written to is not `readable`, and has
    nothing `rewritten` that anybody could see.
    """

    name: str
    readable: bool
    account: Mapping[str, Any]
    head: Callable[[int], Mapping[str, Any]]
    address: Callable[[int], str]
    secret: str
    environ: Mapping[str, str]
    samples: Mapping[str, Sample]
    misfits: tuple[Misfit, ...]
    refusals: tuple[Refusal, ...]
    rewritten: Rewritten | None = None

    @property
    def done(self) -> FieldStatus:
        """What becomes of a change that was taken: only what is seen is applied."""
        return FieldStatus.APPLIED if self.readable else FieldStatus.ACKNOWLEDGED

    @property
    def plainest(self) -> str:
        """The name of a field that needs nothing but itself: the first."""
        return next(iter(self.samples))

    @property
    def firsts(self) -> Mapping[str, Any]:
        """Every field's first value, as a file writes it."""
        return {name: sample.first.yaml for name, sample in self.samples.items()}

    @property
    def seconds(self) -> Mapping[str, Any]:
        """Every field's second value, as a file writes it."""
        return {name: sample.second.yaml for name, sample in self.samples.items()}

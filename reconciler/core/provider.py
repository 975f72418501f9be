"""The port: what a provider must be.

A provider translates. It must not decide, retry, log, sleep, authenticate or touch the network. Reads and writes are
generators that yield a `Call` and receive a `Reply`; one driver owns every hard part once, and a provider is tested
without a network. A call never holds a credential: `Traits.auth` says where the driver puts it, and a secret inside a
body is a `SecretRef` that the driver fills in as the bytes go out.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from reconciler.core.change import Change
from reconciler.core.model import Model
from reconciler.core.settings import Account
from reconciler.core.target import Live, Target
from reconciler.core.value import Picture


@dataclass(frozen=True, slots=True)
class Read:
    """A GET below the endpoint. `path` begins with a slash and is used verbatim.

    `upload` says that it asks after an upload, for which some providers want the credential written differently.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    upload: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """A mutating call with a JSON body, in which a `SecretRef` stands for its secret.

    `repeatable` says that sending it twice leaves the world as sending it once does.
    """

    method: Literal["POST", "PUT"]
    path: str
    body: Mapping[str, Any] | None = None
    query: tuple[tuple[str, str], ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A mutating call that carries a picture's bytes from `offset` on. `path` is used verbatim, query and all."""

    path: str
    picture: Picture
    offset: int = 0
    headers: tuple[tuple[str, str], ...] = ()


Call = Read | Write | Upload


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: header names are lower case, `body` is whole."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """Return the body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


T = TypeVar("T")
Exchange = Generator[Call, Reply, T]


@dataclass(frozen=True, slots=True)
class Step:
    """One write of a target, and the fields that it covers: they are taken or refused together."""

    fields: tuple[str, ...]
    exchange: Exchange[None]


class FailureKind(StrEnum):
    """Why a call did not succeed, as far as what to do next depends on it."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"
    AMBIGUOUS = "ambiguous"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    UNREGISTERED = "unregistered"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    GARBAGE = "garbage"


# The provider itself says that it did nothing. Anything else that a write meets leaves open whether it acted.
DID_NOTHING = frozenset(
    {
        FailureKind.THROTTLED,
        FailureKind.UNAUTHORISED,
        FailureKind.FORBIDDEN,
        FailureKind.NOT_FOUND,
        FailureKind.UNREGISTERED,
        FailureKind.REJECTED,
    }
)


class Failure(Model):
    """One failed call. `after` is in seconds, `field` the profile field that was refused where the reply says so.

    `sent` is False only when no byte of the request can have reached the provider.
    """

    kind: FailureKind
    summary: str
    hint: str = ""
    code: str = ""
    field: str = ""
    after: float | None = None
    sent: bool = True

    @property
    def did_nothing(self) -> bool:
        """Say whether the call is known to have changed nothing."""
        return not self.sent or self.kind in DID_NOTHING


class Usage(Model):
    """How much of its allowance a provider says is used, and how long it asks us to stay away, in seconds."""

    percent: float
    regain_after: float = 0.0


class Capability(Model):
    """What a provider makes of one field; `wire` is its name there, `fact` the entry in providers/APIS.md.

    `advised` is a length from which on the provider's documents disagree. `secrets` are the parts of a webhook that
    must be given.
    """

    wire: str
    limit: int = 0
    items: int = 0
    advised: int = 0
    readable: bool = True
    clearable: bool = False
    industries: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    fact: str = ""


class HeaderAuth(Model):
    """The credential travels in this header, after `prefix`; `upload_prefix` replaces it where uploads differ."""

    header: str
    prefix: str = ""
    upload_prefix: str = ""


class Rate(Model):
    """So many calls in so many seconds for one credential."""

    calls: int
    seconds: float


class Traits(Model):
    """Everything about a provider that is data: hosts, credentials, capabilities, limits."""

    name: str
    title: str
    hosts: tuple[str, ...]
    picture_hosts: tuple[str, ...]
    auth: HeaderAuth
    credential: str
    looking_credential: str = ""
    env_prefix: str
    capabilities: Mapping[str, Capability]
    options: type[Model]
    keys: type[Model]
    rate: Rate


class NumberFacts(Model):
    """What a provider's list says about one number, in its own words, kept as the provider's reader needs it."""

    number: str
    webhook: str = ""
    blocked: str = ""
    unregistered: bool = False


Roster = Mapping[str, NumberFacts]


class Provider(Protocol):
    """One provider bound to one account."""

    traits: ClassVar[Traits]

    def __init__(self, account: Account) -> None:
        """Bind the provider to `account`; its `options` are an instance of `traits.options`."""

    @staticmethod
    def address(options: Model, keys: Model, number: str) -> str:
        """Return the address of a profile: what the provider's own API calls the number."""

    def roster(self) -> Exchange[Roster] | None:
        """Return the exchange that lists the account's numbers by address, or None where no list exists."""

    def read(self, target: Target, facts: NumberFacts | None) -> Exchange[Live]:
        """Read one number; `facts` is its line in the roster, if it has one."""

    def write(self, target: Target, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Return the steps that send exactly `changes`, in the order in which they must go."""

    def failure(self, reply: Reply) -> Failure | None:
        """Classify a reply by the provider's own codes; None when it succeeded."""

    def usage(self, reply: Reply) -> Usage | None:
        """Return what the reply says about the allowance, if it says anything."""

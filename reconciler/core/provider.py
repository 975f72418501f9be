"""The port: what a provider must be.

A provider translates. It must not decide, retry, log, sleep, authenticate or touch the network. Reads and writes are
generators that yield a `Call` and receive a `Reply`. One driver owns every hard part once, and a provider is tested
without a network. A call never holds a credential: `Traits.auth` says where the driver puts it. A secret inside a body
is a `SecretRef` that the driver fills in as the bytes go out.
"""

from __future__ import annotations

import html
import re
from codecs import BOM_UTF8
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from reconciler.core.basics import Cause, Model, http_date
from reconciler.core.fields import Picture, strict_json
from reconciler.core.roster import NumberFacts, Roster
from reconciler.core.settings import Account
from reconciler.core.target import Change, Desired, Live, Target
from reconciler.core.traits import Traits


@dataclass(frozen=True, slots=True)
class Read:
    """A GET below the endpoint. `path` begins with a slash and is used verbatim.

    `upload` says that it asks about an upload, for which some providers want the credential in another form.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    upload: bool = False


@dataclass(frozen=True, slots=True)
class ReadMany:
    """Several GETs below `path` in one request, which changes nothing. Each counts as one call of the allowance."""

    path: str
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A mutating call with a JSON body, in which a `SecretRef` stands for its secret.

    `repeatable` says that sending it twice has the same effect as sending it once.
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


Call = Read | ReadMany | Write | Upload

_UNREAD = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
# Seconds.
_YEAR = 366 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's answer: header names are lower case, `body` is whole.

    `received` is when it came, by the clock of this machine. A part of another reply is its `data`, and has no body.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    received: datetime | None = field(default=None, compare=False)
    data: Any = None

    def json(self) -> Any:
        """Return the body as JSON, or None if it is not JSON, or says two things under one key."""
        return self.data if self.data is not None else _parsed(self.body)

    @property
    def words(self) -> str:
        """The text of a body that is not JSON, as a person reads it: on one line, and a page without its mark-up.

        A body that is JSON, or begins like it, is not repeated: it may hold a secret that is not ours. The text is
        whole. The driver takes our secrets out of it, and cuts it after that.
        """
        text = self.body.decode("utf-8", "replace").strip()
        if self.json() is not None or text.startswith(("{", "[", '"')):
            return ""
        # Scripts and style sheets are not for people: go on after the end of the element.
        first, *rest = _UNREAD.split(text)
        shown = first + "".join("".join(part.partition("</")[1:]) for part in rest)
        return " ".join(html.unescape(_TAG.sub(" ", shown)).split())

    @property
    def retry_after(self) -> float | None:
        """Seconds to stay away, at most a year, if the reply says so: as a number, or as the time until which.

        No provider documents the header; it is honoured all the same.
        """
        text = self.headers.get("retry-after", "")
        if text.isdecimal():
            # A number of any length is one, and no calendar holds the time that it leads to.
            return min(float(text), _YEAR)
        until = http_date(text)
        if until is None or self.received is None:
            return None
        # A time that is over asks for nothing.
        seconds = (until - self.received).total_seconds()
        return min(seconds, _YEAR) if seconds > 0 else None


@lru_cache(maxsize=1)
def _parsed(body: bytes) -> Any:
    """Return a body as JSON. What failed, what was used and what is shown are asked of one reply, one after another."""
    try:
        return strict_json(body.removeprefix(BOM_UTF8))
    except ValueError:
        return None


_T = TypeVar("_T")
Exchange = Generator[Call, Reply, _T]


@dataclass(frozen=True, slots=True)
class Step:
    """One write of a target, and the fields that it covers: they are taken or refused together.

    `divisible` says that each field can be sent alone, to find the refused one if the reply does not name it.
    """

    fields: tuple[str, ...]
    exchange: Exchange[None]
    divisible: bool = True


class FailureKind(StrEnum):
    """Why a call did not succeed; each kind calls for another reaction."""

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


# The provider itself says that it did nothing. After any other failure of a write, it may have acted.
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


_REFUSED = frozenset({FailureKind.UNAUTHORISED, FailureKind.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed call. `after` is in seconds; `field` is the refused profile field, if the reply names it.

    The texts are those of a `Cause`; `summary` is its message. `sent` is False only if no byte of the request can have
    reached the provider. `status` is the HTTP status, if the provider needs it to tell what failed. `credential` is
    where the credential is kept that was refused; the driver says it. `hung` is True if the host was too slow.
    """

    kind: FailureKind
    summary: str
    hint: str = ""
    code: str = ""
    field: str = ""
    after: float | None = None
    sent: bool = True
    reason: str = ""
    trace: str = ""
    status: int = 0
    credential: str = ""
    hung: bool = False

    @property
    def cause(self) -> Cause:
        """What people are told of it."""
        return Cause(self.summary, self.reason, self.code, self.trace, self.hint, self.credential)

    @property
    def refuses_credential(self) -> bool:
        """True if the credential was not accepted, or not for this."""
        return self.kind in _REFUSED

    @property
    def did_nothing(self) -> bool:
        """True if the call is known to have changed nothing."""
        return not self.sent or self.kind in DID_NOTHING


class CallFailed(Exception):
    """A call that did not succeed, thrown into the exchange that made it. The stages catch it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its allowance a provider says is used, in percent, and how long to stay away, in seconds."""

    percent: float
    regain_after: float = 0.0


@dataclass(frozen=True, slots=True)
class RosterPage:
    """One page of an account's list: its numbers by their address. `after` leads to the next page, "" after the last.

    What leads on is given back as it came, and is never shown. `profiles` holds, for each number whose profile stands
    on the page too, the reply that a read of it alone would get.
    """

    numbers: Roster
    after: str = ""
    profiles: Mapping[str, Reply] = field(default_factory=dict)


class Provider(Protocol):
    """One provider bound to one account."""

    traits: ClassVar[Traits]

    def __init__(self, account: Account) -> None:
        """Bind the provider to `account`; its `options` are an instance of `traits.options`."""

    @staticmethod
    def address(account: Account, keys: Model, number: str) -> str:
        """Return the address of a profile: what identifies the number at the provider, now and in the ledger."""

    @staticmethod
    def channel(account: Account, keys: Model) -> str | None:
        """Return what a call says about where it goes, besides its credential; None if it names the number.

        If no call names the number, two profiles with one credential and one channel would overwrite each other.
        """

    def roster(self, after: str = "", *, profiles: bool = False) -> Exchange[RosterPage] | None:
        """Return the exchange that reads one page of the account's numbers, or None where no list exists.

        `after` is that of the page before. With `profiles`, if `Traits.lists_profiles`, those are asked for as well.
        """

    def together(self, reads: tuple[Read, ...]) -> Exchange[tuple[Reply | None, ...]] | None:
        """Return the exchange that makes `reads`, `Traits.reads_together` at most, in one request; None if none can.

        Its result has one reply for each, None for one that the provider left out.
        """

    def identify(self, target: Target) -> Exchange[NumberFacts] | None:
        """Return the exchange that asks about the number itself, or None where there is nothing to ask.

        The driver asks once in a run, unless the list has told it, and once more where a field of `Traits.in_facts` is
        to be read again. It gives the reply to `read` as the number's `facts`.
        """

    def read(self, target: Target, facts: NumberFacts | None, *, wanted: Collection[str]) -> Exchange[Live]:
        """Read the fields `wanted` of one number, and others if they cost nothing.

        `facts` is the number's line in the list, or the reply to `identify`, if there is one.
        """

    def write(self, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        """Return the steps that send `changes`, in the order in which they must go.

        Nothing else of `desired` may travel, unless the provider's API demands it. Without changes, nothing may travel.
        """

    def failure(self, reply: Reply) -> Failure | None:
        """Classify a reply by the provider's own codes; None if it succeeded."""

    def usage(self, reply: Reply) -> Usage | None:
        """Return what the reply says about the allowance, or None if it says nothing."""

"""What a provider is, as data: its hosts, its credentials, and its capabilities for each field.

One table for each provider drives validation, schemas, the command `providers` and the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.basics import Model
from reconciler.core.fields import FIELD_NAMES


class UrlRule(StrEnum):
    """What the address of a webhook must satisfy, besides https."""

    ANY = "any"
    PLAIN_HOST = "no underscore and no port in its host"


@dataclass(frozen=True, slots=True)
class Capability:
    """What a provider can do with one field; `wire` is its name there, `fact` the entry in providers/APIS.md.

    `limit` is in code points, 0 if it is not known; beyond the length `advised`, the provider's documents disagree.
    `needs` is an option of the account without which the field cannot be sent. For a webhook, `url_rule` is what its
    address must satisfy, `parts` are what it may hold besides the address, `secrets` those that must be given. A field
    that cannot be written at all says why in `lacking`. With `unique`, each number should have another value. `fact` is
    about the field's values and whether it can be cleared, `limit_fact` about its limits.
    """

    wire: str = ""
    limit: int = 0
    items: int = 0
    advised: int = 0
    readable: bool = True
    clearable: bool = False
    industries: tuple[str, ...] = ()
    needs: str = ""
    url_rule: UrlRule = UrlRule.ANY
    parts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    lacking: str = ""
    unique: bool = False
    fact: str = ""
    limit_fact: str = ""

    @property
    def writable(self) -> bool:
        """True if the field can be written at all."""
        return not self.lacking


@dataclass(frozen=True, slots=True)
class HeaderAuth:
    """The credential travels in this header, after `prefix`; `upload_prefix` replaces it where uploads differ."""

    header: str
    prefix: str = ""
    upload_prefix: str = ""


@dataclass(frozen=True, slots=True)
class JsonFieldAuth:
    """The credential travels in this field of a call's JSON body."""

    field: str


Auth = HeaderAuth | JsonFieldAuth


@dataclass(frozen=True, slots=True)
class Proof:
    """Each call may have to prove that its sender holds the secret `credential`, which never travels.

    The query's `parameter` is the hex HMAC-SHA256 of the credential that the call carries, under that secret.
    """

    credential: str
    parameter: str


class BulkRead(StrEnum):
    """How an account's numbers are read: many in one call, or one by one.

    `expand` asks for the profiles in the account's list, `batch` puts many reads into one request, and `auto` takes
    whichever saves calls or time. Where the provider refuses, numbers are read one by one.
    """

    AUTO = "auto"
    EXPAND = "expand"
    BATCH = "batch"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most this many calls in this many seconds, for one credential."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Everything about a provider that is data: hosts, credentials, capabilities, limits.

    `hosts` is closed: an account picks one by name, or gets the first. With `must_choose_host` it must name one. With
    `credential_per_number` every profile has a credential of its own and the account has none. `proof` is what calls
    carry besides, if the account names its secret. `read_fact` is the source for what can be read back. `group_option`
    names the account's option for the group of its numbers, if the provider has groups. `refuses_whole_calls` says that
    a call that is refused for one field changes none of the others. `shows_number` says that every read compares the
    file's number with the one that the API shows, so that a number of an unknown length is no error. `identity_key`
    names the profile's key for the number's id, where no call names the number and the provider tells which one a
    credential opens. An account's list of numbers has `roster_page` of them on a page; with
    `lists_profiles` it can be asked for their profiles. One request can hold `reads_together` reads, and then carries
    the credential in its parameter `batch_credential` too. The fields `in_facts` are part of what is told of a number
    itself, and of no read of its profile.
    """

    name: str
    title: str
    hosts: tuple[str, ...]
    must_choose_host: bool = False
    picture_hosts: tuple[str, ...] = ()
    auth: Auth
    credential: str
    looking_credential: str = ""
    proof: Proof | None = None
    credential_per_number: bool = False
    env_prefix: str
    capabilities: Mapping[str, Capability]
    options: type[Model]
    keys: type[Model]
    rate: Rate
    read_fact: str = ""
    refuses_whole_calls: bool = True
    group_option: str = ""
    shows_number: bool = False
    identity_key: str = ""
    roster_page: int = 0
    lists_profiles: bool = False
    reads_together: int = 0
    batch_credential: str = ""
    in_facts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Raise ValueError where a field is left out."""
        if missing := [name for name in FIELD_NAMES if name not in self.capabilities]:
            raise ValueError(f"nothing is said of {', '.join(missing)}: where it cannot be written, `lacking` says why")

    @property
    def account_credentials(self) -> tuple[str, ...]:
        """The names of all that an account may hold, the one for every call first."""
        proof = self.proof.credential if self.proof is not None else ""
        return tuple(filter(None, (self.credential, self.looking_credential, proof)))

    @property
    def bulk_ways(self) -> tuple[BulkRead, ...]:
        """How numbers can be read: one by one always, and otherwise as far as the API has it."""
        ways = ((BulkRead.EXPAND, self.lists_profiles), (BulkRead.BATCH, self.reads_together > 0))
        return (BulkRead.AUTO, *(way for way, there in ways if there), BulkRead.SINGLE)

    @property
    def readable(self) -> bool:
        """True if anything at all can be read back."""
        return any(capability.readable for capability in self.capabilities.values())

"""Where a profile goes, what it should be there, what is there now, and how one field changes.

Target, Desired: the place and the wanted values. Observed, LiveField: what was read. Change: one field's difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.basics import NOWHERE, Cause, Location
from reconciler.core.comparing.difference import Detail
from reconciler.core.comparing.kinds import is_empty
from reconciler.core.fields import Mode, SecretRef, Value
from reconciler.core.roster import NO_BUSINESS, Business

SANDBOX = "sandbox"


class Placed:
    """What is written in a file, or in the `line` of one that holds other profiles too."""

    __slots__ = ()
    file: str
    line: int

    @property
    def place(self) -> Location:
        """Where it is written: its file, with the line if that holds other profiles too."""
        return Location(self.file, self.line)


@dataclass(frozen=True, slots=True)
class Target:
    """The thing a profile is applied to: provider + endpoint + address. Profile, account and number are its names."""

    provider: str
    endpoint: str
    address: str
    account: str
    profile: str
    number: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The identity of the target everywhere: the sandbox can never be mistaken for production."""
        return (self.provider, self.endpoint, self.address)


@dataclass(frozen=True, slots=True)
class Binding:
    """What decides, besides its target, where a value goes or is fetched from: as files write it, never a secret."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class DesiredField:
    """One managed field: its value, and where it is written (the file, a template or the defaults).

    `limit` is how many characters its provider takes, 0 if it is not known. The parts of its place are its own: a fleet
    has many fields, and nearly none of them is ever told of.
    """

    name: str
    value: Value
    file: str = ""
    line: int = 0
    column: int = 0
    limit: int = 0
    via: tuple[Binding, ...] = ()

    @property
    def source(self) -> Location:
        """Where it is written."""
        return Location(self.file, self.line, self.column)


@dataclass(frozen=True, slots=True)
class Desired(Placed):
    """A resolved profile: defaults, templates and variables filled in. Fields that it does not hold are not managed.

    `credentials` are the places where the number's own credential may be; the first that is set counts. There are none
    if the account has one credential for all its numbers. `channel` is what a call says about where it goes, besides
    its credential; None if it names the number. `identity` is the id under which the provider knows the number, where
    the file says it and no call does. `keys` are the provider's own keys as the file writes them. `line` is that of its
    row, 0 if the file holds nothing else.
    """

    target: Target
    fields: tuple[DesiredField, ...]
    mode: Mode = Mode.MANAGED
    file: str = ""
    credentials: tuple[SecretRef, ...] = ()
    channel: str | None = None
    identity: str = ""
    line: int = 0
    keys: tuple[tuple[str, str | int], ...] = ()

    def get(self, name: str) -> DesiredField | None:
        """Return the managed field `name`, or None if it is not managed."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Known:
    """The provider gave the value; an empty one means that the provider said so, never that a read failed.

    `doubt` says why an empty value is likely and not certain; it is empty where the provider said so plainly.
    """

    value: Value
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class WriteOnly:
    """The provider has no way to read this back."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A read failed; the value is not known, and nothing may be planned from it.

    `cause` holds the parts of the reason, if a call failed.
    """

    reason: str
    cause: Cause | None = None

    @classmethod
    def of(cls, cause: Cause) -> Unreadable:
        """Return what could not be read for `cause`."""
        return cls(reason=cause.text(), cause=cause)


@dataclass(frozen=True, slots=True)
class Linked:
    """The provider shows a picture at this URL; the fetch stage downloads it and makes it Known."""

    url: str


LiveField = Known | WriteOnly | Unreadable | Linked
_NOT_SAID = Unreadable(reason="the reply does not say")


@dataclass(frozen=True, slots=True)
class Opened:
    """What the provider says of the number that a credential opens; a part that it does not say is empty.

    `identity` is the number's id at the provider. `untold` says why the provider tells neither part.
    """

    number: str = ""
    identity: str = ""
    untold: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """The reading of one target, each field by its name. `blocked` says why it may not be written.

    `notes` are the provider's remarks. `opened` is the number that the credential opens, None where every call names
    its number.
    """

    fields: Mapping[str, LiveField]
    blocked: str = ""
    notes: tuple[str, ...] = ()
    opened: Opened | None = None
    # Shown beside the number. It is not a part of the profile, so two readings that differ in it are equal.
    business: Business = field(default=NO_BUSINESS, compare=False)

    def get(self, name: str) -> LiveField:
        """Return the field `name`; a field that the provider did not report was not read."""
        return self.fields.get(name, _NOT_SAID)


Live = Observed | Unreadable


def opened_identity(live: Live | None) -> str:
    """Return the id of the number that the credential opens, "" if the provider does not tell it."""
    return live.opened.identity if isinstance(live, Observed) and live.opened is not None else ""


class Action(StrEnum):
    """What a change does to the live value."""

    SET = "set"
    REPLACE = "replace"
    CLEAR = "clear"


class Origin(StrEnum):
    """Why a change exists; `render` has the words that a reviewer reads."""

    EDITED = "edited"
    PENDING = "pending"
    ADOPTED = "adopted"
    UNSETTLED = "unsettled"
    DRIFTED = "drifted"
    CONFLICT = "conflict"
    UNRECORDED = "unrecorded"
    RESENT = "resent"


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value that cannot be read back: the last sent one, when (ISO 8601) and by which run."""

    value: Value
    since: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be read back and was never sent by us."""


Before = Known | Assumed | Unknown


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one target that is not as desired.

    `details`, `note` and `limit` (in characters) are for people only.
    `via` are its bindings: what decides, besides the target, where it goes. `acknowledged` says why and until when the
    difference is accepted; empty if it is not. `by_memory` says that memory explains it which may be forged.
    """

    field: str
    before: Before
    after: Value
    origin: Origin
    source: Location = NOWHERE
    details: tuple[Detail, ...] = ()
    note: str = ""
    limit: int = 0
    via: tuple[Binding, ...] = ()
    acknowledged: str = ""
    by_memory: bool = False

    @property
    def before_value(self) -> Value | None:
        """The value before, as far as it is known."""
        return None if isinstance(self.before, Unknown) else self.before.value

    @property
    def action(self) -> Action:
        """Set for the first time, replaced or cleared."""
        if is_empty(self.after):
            return Action.CLEAR
        before = self.before_value
        return Action.REPLACE if before is not None and not is_empty(before) else Action.SET

    @property
    def classes(self) -> tuple[str, ...]:
        """The gates that this change alone concerns."""
        named = {"clear": self.action is Action.CLEAR, "webhook": self.field == "webhook"}
        return tuple(name for name, holds in named.items() if holds)

"""Where a profile goes, what it should be there, and what is there now.

One field's move: set, replace or clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.core.basics import NOWHERE, Location
from reconciler.core.fields import Mode, SecretRef, Value, is_empty

SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Target:
    """The thing a profile is applied to: provider + endpoint + address; profile, account and number are its names."""

    provider: str
    endpoint: str
    address: str
    account: str
    profile: str
    number: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the target everywhere: the sandbox can never be mistaken for production."""
        return (self.provider, self.endpoint, self.address)


@dataclass(frozen=True, slots=True)
class Binding:
    """What decides, besides its target, where a value goes or is fetched from: as files write it, never a secret."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class DesiredField:
    """One managed field: its value, and where that is written (the file, a template or the defaults).

    `limit` is how many characters its provider takes, 0 where none is known.
    """

    name: str
    value: Value
    source: Location = NOWHERE
    limit: int = 0
    via: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class Desired:
    """A resolved profile: defaults, templates and variables filled in. Fields it does not hold are not managed.

    `credentials` are the places where the number's own credential may be, the first that is set counts; none where the
    account has one for all its numbers. `channel` is what a call says besides its credential about where it goes, None
    where it names the number.
    """

    target: Target
    fields: tuple[DesiredField, ...]
    mode: Mode = Mode.MANAGED
    file: str = ""
    credentials: tuple[SecretRef, ...] = ()
    channel: str | None = None

    def get(self, name: str) -> DesiredField | None:
        """Return the managed field `name`, or None when it is not managed."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Known:
    """The provider said what the value is; empty means that it said so, never that a read failed."""

    value: Value


@dataclass(frozen=True, slots=True)
class WriteOnly:
    """The provider has no way to read this back."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A read failed; nothing is known, and nothing may be planned from it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The provider shows a picture at this URL; the fetch stage downloads it and makes it Known."""

    url: str


LiveField = Known | WriteOnly | Unreadable | Linked


@dataclass(frozen=True, slots=True)
class LiveValue:
    """One field as the provider has it now."""

    name: str
    live: LiveField


@dataclass(frozen=True, slots=True)
class Observed:
    """What was read of one target. `blocked` says why it may not be written, `notes` what else the provider told."""

    fields: tuple[LiveValue, ...]
    blocked: str = ""
    notes: tuple[str, ...] = ()

    def get(self, name: str) -> LiveField:
        """Return the field `name`; a field that the provider did not report was not read."""
        for field in self.fields:
            if field.name == name:
                return field.live
        return Unreadable(reason="the reply does not say")


Live = Observed | Unreadable


class Action(StrEnum):
    """What happens to the live value."""

    SET = "set"
    REPLACE = "replace"
    CLEAR = "clear"


class Origin(StrEnum):
    """Why a change exists; the words a reviewer reads are in `render`."""

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
    """A value that cannot be read back: what was last sent, when (ISO 8601) and by which run."""

    value: Value
    since: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be read back and was never sent by us."""


Before = Known | Assumed | Unknown


@dataclass(frozen=True, slots=True)
class Detail:
    """One item of a list or webhook that moved; for people, apply must never read it."""

    path: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one target that is not as desired. `note` and `limit` (in characters) are for people only.

    `via` is what decides, besides the target, where it goes. `acknowledged` says by what reason and until when somebody
    accepts that live differs; empty where nobody does.
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

    @property
    def before_value(self) -> Value | None:
        """The value before, as far as anything is known of it."""
        return None if isinstance(self.before, Unknown) else self.before.value

    @property
    def action(self) -> Action:
        """Whether the field is set for the first time, replaced or cleared."""
        if is_empty(self.after):
            return Action.CLEAR
        before = self.before_value
        return Action.REPLACE if before is not None and not is_empty(before) else Action.SET

    @property
    def classes(self) -> tuple[str, ...]:
        """The gates that this change alone concerns."""
        named = {"clear": self.action is Action.CLEAR, "webhook": self.field == "webhook"}
        return tuple(name for name, holds in named.items() if holds)

"""Where a profile goes, what it should be there, and what is there now."""

from __future__ import annotations

from reconciler.core.diagnostics import Location
from reconciler.core.model import Model
from reconciler.core.profile import Mode
from reconciler.core.secret import SecretRef
from reconciler.core.value import Value

SANDBOX = "sandbox"


class Target(Model):
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


class Binding(Model):
    """What decides, besides its target, where a value goes or is fetched from: as files write it, never a secret."""

    name: str
    value: str


class DesiredField(Model):
    """One managed field: its value, and where that is written (the file, a template or the defaults).

    `limit` is how many characters its provider takes, 0 where none is known.
    """

    name: str
    value: Value
    source: Location = Location()
    limit: int = 0
    via: tuple[Binding, ...] = ()


class Desired(Model):
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


class Known(Model):
    """The provider said what the value is; empty means that it said so, never that a read failed."""

    value: Value


class WriteOnly(Model):
    """The provider has no way to read this back."""


class Unreadable(Model):
    """A read failed; nothing is known, and nothing may be planned from it."""

    reason: str


class Linked(Model):
    """The provider shows a picture at this URL; the fetch stage downloads it and makes it Known."""

    url: str


LiveField = Known | WriteOnly | Unreadable | Linked


class LiveValue(Model):
    """One field as the provider has it now."""

    name: str
    live: LiveField


class Observed(Model):
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

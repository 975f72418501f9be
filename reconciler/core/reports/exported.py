"""The report of `export`: what each profile's number shows, in one row, and what no row can say.

exported_profiles: (the profiles, what was read, what providers can do) → a row for each profile.

A value is in a row only if the provider said it. What it cannot say, or did not say, stands apart with the reason, and
is never an empty value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.core.authoring.edits import spelled
from reconciler.core.basics import Diagnostic, Reason
from reconciler.core.comparing.kinds import is_same
from reconciler.core.fields import Mode, Picture, Value
from reconciler.core.planning.base import TargetKey
from reconciler.core.target import Desired, Known, Linked, Live, Observed, Target, Unreadable, WriteOnly
from reconciler.core.traits import Traits

NOT_READ_BACK = "the provider has no way to read it back"
_NO_FILE = "no file is known to hold this picture; `drift --adopt` saves it as one"
_PAUSED = "the profile is paused, so its number was not looked at"


@dataclass(frozen=True, slots=True)
class ExportedProfile:
    """One profile: its number, the `values` that it shows, and why each field that is `apart` is not among them.

    `aside` says why the row has no value at all. `failed` is True where a read should have told more.
    """

    target: Target
    keys: Mapping[str, str | int] = field(default_factory=dict)
    mode: Mode = Mode.MANAGED
    values: Mapping[str, Value] = field(default_factory=dict)
    apart: Mapping[str, str] = field(default_factory=dict)
    aside: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The rows in the order of the profiles' names; `stopped` says that an empty table is a stop."""

    profiles: tuple[ExportedProfile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    stopped: bool = False

    @property
    def reasons(self) -> frozenset[Reason]:
        """A table without a row is a stop; what could not be read, or a fleet that cannot be, makes it incomplete."""
        told = any(one.values for one in self.profiles)
        untold = any(one.failed for one in self.profiles) or (bool(self.profiles) and not told)
        found = {Reason.STOPPED} if self.stopped else set()
        return frozenset(found | ({Reason.INCOMPLETE} if untold else set()))


def exported_profiles(
    desired: Iterable[Desired], live: Mapping[TargetKey, Live], traits: Mapping[str, Traits], fields: Collection[str]
) -> tuple[ExportedProfile, ...]:
    """Return a row for each profile, with the `fields` that its provider has; without `fields`, with all of them."""
    return tuple(
        _row(one, live.get(one.target.key), exported_fields(traits[one.target.provider], fields)) for one in desired
    )


def exported_fields(traits: Traits, fields: Collection[str]) -> tuple[str, ...]:
    """Return the fields that a provider has: those of `fields`, or all if `fields` is empty."""
    return tuple(name for name, one in traits.capabilities.items() if one.writable and (not fields or name in fields))


def _row(one: Desired, live: Live | None, names: Iterable[str]) -> ExportedProfile:
    """Return a profile's row; what is paused was not read."""
    if not isinstance(live, Observed):
        aside = _PAUSED if live is None else live.reason
        return ExportedProfile(one.target, dict(one.keys), one.mode, aside=aside, failed=live is not None)
    told = [*_told(one, live, names)]
    values = {name: value for name, value, _ in told if value is not None}
    apart = {name: why for name, _, why in told if why}
    failed = any(isinstance(live.get(name), Unreadable) for name in apart)
    return ExportedProfile(one.target, dict(one.keys), one.mode, values, apart, failed=failed)


def _told(one: Desired, live: Observed, names: Iterable[str]) -> Iterator[tuple[str, Value | None, str]]:
    """Yield each field with its value, or why there is none."""
    for name in names:
        held = one.get(name)
        match live.get(name):
            case Known(value=Picture() as picture):
                known = held.value if held is not None and is_same(held.value, picture) else None
                yield name, known, "" if known is not None else _NO_FILE
            case Known(value=value):
                yield name, spelled(value, held.value) if held is not None else value, ""
            case WriteOnly():
                yield name, None, NOT_READ_BACK
            case Unreadable(reason=reason):
                yield name, None, reason
            case Linked():
                raise AssertionError("a link is made a value before it is exported")
            case other:
                assert_never(other)

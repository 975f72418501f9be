"""base: what the files at an earlier revision asked for, by target and field.

released: (desired, the base, the ledger) → what is no longer managed here. Live stays as it is.

Never by the file's name: a profile that was renamed, or whose template was changed, is looked up by the number that it
is for. That a field was not managed there, and that nobody knows whether it was, are two answers.

Two know of it: the base revision, which managed it, and the ledger, which remembers that it was sent. A target that
moves to another account or provider is released there and adopted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.basics import Diagnostic, Location, notice
from reconciler.core.fields import FIELD_NAMES, Mode, SecretRef, Value
from reconciler.core.memory.records import LedgerEntry, RecordState
from reconciler.core.planning.origin import BaseValue
from reconciler.core.target import Desired, Target

TargetKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class BaseProfile:
    """One profile as it was; what it only observed or had paused it did not manage."""

    target: Target
    fields: Mapping[str, Value]
    mode: Mode = Mode.MANAGED
    credentials: tuple[SecretRef, ...] = ()


@dataclass(frozen=True, slots=True)
class BaseRevision:
    """The profiles as they were at `commit`.

    `whole` where every file there was sound; where one was not, a target that is not among `profiles` may have been.
    """

    commit: str
    profiles: Mapping[TargetKey, BaseProfile]
    whole: bool = True

    def value(self, key: TargetKey, field: str) -> BaseValue | None:
        """Return what was wanted of a field, a value of None where it was not managed; None where nobody knows."""
        profile = self.profiles.get(key)
        if profile is None:
            return BaseValue(value=None) if self.whole else None
        return BaseValue(value=profile.fields.get(field) if profile.mode is Mode.MANAGED else None)

    def asked(self, one: Desired) -> bool:
        """Say whether a profile asks for exactly what was asked for then, in whatever file."""
        was, now = self.profiles.get(one.target.key), _profile(one)
        return was is not None and replace(now, target=was.target) == was

    def rekeyed(self, desired: Iterable[Desired]) -> Iterator[Diagnostic]:
        """Yield the profiles whose number has another credential than then, which may be another number's."""
        for one in desired:
            was = self.profiles.get(one.target.key)
            if was is not None and was.credentials != one.credentials:
                now, then = (" or ".join(map(str, refs)) for refs in (one.credentials, was.credentials))
                summary = f"the credential of {one.target.profile} is {now} here and {then} at the base"
                hint = "the credential decides which number is written to"
                yield notice("credential", summary, hint=hint, location=Location(file=one.file))


def base(commit: str, desired: Iterable[Desired], *, whole: bool) -> BaseRevision:
    """Return the base of the profiles that are sound; of two that are the same target, nobody knows which counted."""
    found = list(desired)
    count = Counter(one.target.key for one in found)
    profiles = {one.target.key: _profile(one) for one in found if count[one.target.key] == 1}
    return BaseRevision(commit=commit, profiles=profiles, whole=whole and len(profiles) == len(found))


def _profile(one: Desired) -> BaseProfile:
    fields = {field.name: field.value for field in one.fields}
    return BaseProfile(target=one.target, fields=fields, mode=one.mode, credentials=one.credentials)


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """What is no longer managed here; live stays as it is. `whole` where no file of the profile is left.

    `profile` is the name it had, as far as that is known.
    """

    key: TargetKey
    profile: str
    fields: tuple[str, ...]
    whole: bool


def find_unmanaged(
    desired: Sequence[Desired], base: BaseRevision | None, *, entries: Mapping[TargetKey, LedgerEntry], everything: bool
) -> tuple[Unmanaged, ...]:
    """Return what is no longer managed; that a whole target is not can be said only where `desired` is `everything`."""
    before = _managed(base, entries)
    now = {one.target.key: one for one in desired}
    left = (_fields(one, before.get(key, ())) for key, one in now.items())
    names = {key: entry.profile for key, entry in entries.items()}
    if base is not None:
        names |= {key: profile.target.profile for key, profile in base.profiles.items()}
    gone = (_whole(key, fields, names[key]) for key, fields in before.items() if everything and key not in now)
    found = (*(one for one in left if one.fields), *gone)
    return tuple(sorted(found, key=lambda one: (one.profile, one.key)))


def _managed(base: BaseRevision | None, entries: Mapping[TargetKey, LedgerEntry]) -> dict[TargetKey, set[str]]:
    """Return the fields that were managed, as far as anybody knows, by target."""
    found: dict[TargetKey, set[str]] = {}
    for key, fields in (*_at_base(base), *_remembered(entries)):
        found.setdefault(key, set()).update(fields)
    return found


def _at_base(base: BaseRevision | None) -> Iterator[tuple[TargetKey, Collection[str]]]:
    for key, profile in base.profiles.items() if base is not None else ():
        if profile.mode is Mode.MANAGED:
            yield key, profile.fields.keys()


def _remembered(entries: Mapping[TargetKey, LedgerEntry]) -> Iterator[tuple[TargetKey, Collection[str]]]:
    for key, entry in entries.items():
        if names := [record.field for record in entry.records if record.state is not RecordState.RELEASED]:
            yield key, names


def _fields(one: Desired, before: Collection[str]) -> Unmanaged:
    managed = {field.name for field in one.fields}
    return Unmanaged(key=one.target.key, profile=one.target.profile, fields=_named(before, managed), whole=False)


def _whole(key: TargetKey, fields: Collection[str], name: str) -> Unmanaged:
    return Unmanaged(key=key, profile=name, fields=_named(fields, ()), whole=True)


def _named(before: Collection[str], managed: Collection[str]) -> tuple[str, ...]:
    """Return those fields that were managed and are not now, in the order of the table."""
    return tuple(name for name in FIELD_NAMES if name in before and name not in managed)

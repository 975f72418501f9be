"""The base: what the files at an earlier revision asked for, by target and field.

base: (a commit, the desired profiles there) → a BaseRevision.
find_unmanaged: (desired, the base, the ledger) → what is no longer managed here. Live stays as it is.

A profile is looked up by its number's target, never by its file's name: it may have been renamed, or its template
changed. "The field was not managed there" and "whether it was is not known" are two answers.

Two sources tell what was managed: the base revision, and the ledger, which remembers what was sent. A target that moves
to another account or provider is released there and adopted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.basics import Diagnostic, warning
from reconciler.core.comparing.spellings import is_same_number
from reconciler.core.fields import FIELD_NAMES, Mode, SecretRef, Value
from reconciler.core.memory.records import LedgerEntry, RecordState
from reconciler.core.planning.origin import BaseValue
from reconciler.core.target import Desired, Target

TargetKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class BaseProfile:
    """One profile at the base; fields that it only observed, or that it had paused, were not managed."""

    target: Target
    fields: Mapping[str, Value]
    mode: Mode = Mode.MANAGED
    credentials: tuple[SecretRef, ...] = ()
    channel: str | None = None

    @property
    def way(self) -> tuple[object, ...] | None:
        """How the number is reached, if no call names it: two profiles with one way reach one number."""
        if self.channel is None:
            return None
        return (*self.target.key[:2], self.target.account, self.credentials, self.channel)


@dataclass(frozen=True, slots=True)
class BaseRevision:
    """The profiles as they were at `commit`.

    `whole` if every file there was sound; otherwise a target that is missing in `profiles` may have been managed.
    """

    commit: str
    profiles: Mapping[TargetKey, BaseProfile]
    whole: bool = True

    def value(self, key: TargetKey, field: str) -> BaseValue | None:
        """Return the wanted value of a field, which holds None if it was not managed; None if that is not known."""
        profile = self.profiles.get(key)
        if profile is None:
            return BaseValue(value=None) if self.whole else None
        return BaseValue(value=profile.fields.get(field) if profile.mode is Mode.MANAGED else None)

    def asked(self, one: Desired) -> bool:
        """True if a profile asks for exactly what was asked for at the base, whichever file says it."""
        was, now = self.profiles.get(one.target.key), _profile(one)
        return was is not None and replace(now, target=was.target) == was

    def unmoved(self, one: Desired) -> bool:
        """True if a profile asks for exactly what was asked for at the base, of the same account."""
        was = self.profiles.get(one.target.key)
        return was is not None and was.target.account == one.target.account and self.asked(one)

    def accessed(self, desired: Sequence[Desired]) -> tuple[Diagnostic, ...]:
        """Return what is to be said of how the profiles' numbers are reached now, and were reached at the base."""
        return (*self.account_moves(desired), *self.rekeyed(desired), *self.renumbered(desired))

    def account_moves(self, desired: Iterable[Desired]) -> Iterator[Diagnostic]:
        """Yield the profiles whose number was another account's at the base: its credential is another one."""
        for one in desired:
            was = self.profiles.get(one.target.key)
            if was is not None and was.target.account != one.target.account:
                summary = f"{one.target.profile} moves from account {was.target.account} to {one.target.account}"
                hint = "the account's credential, rates and rules count for the number from now on"
                yield warning("account-moved", summary, hint=hint, location=one.place)

    def rekeyed(self, desired: Iterable[Desired]) -> Iterator[Diagnostic]:
        """Yield the profiles whose number had another credential at the base: it may be another number's."""
        for one in desired:
            was = self.profiles.get(one.target.key)
            if was is not None and was.credentials != one.credentials:
                now, then = (" or ".join(map(str, refs)) for refs in (one.credentials, was.credentials))
                summary = f"the credential of {one.target.profile} is {now} here and {then} at the base"
                hint = "the credential decides which number is written to"
                yield warning("credential", summary, hint=hint, location=one.place)

    def renumbered(self, desired: Iterable[Desired]) -> Iterator[Diagnostic]:
        """Yield the profiles that have another number than at the base, and whose calls go where they went before."""
        ways = {was.way: was for was in self.profiles.values()}
        for one in desired:
            way, now = _profile(one).way, one.target
            was = ways.get(way) if way is not None else None
            if was is not None and not is_same_number(was.target.number, now.number):
                summary = f"{now.profile} has the number {now.number} here and {was.target.number} at the base"
                hint = "no call names the number; its credential is the same, so writes go to the same number"
                yield warning("number-changed", summary, hint=hint, location=one.place)


def base(commit: str, desired: Iterable[Desired], *, whole: bool) -> BaseRevision:
    """Return the base of the sound profiles; if two have the same target, neither is used: which counted is unknown."""
    found = list(desired)
    count = Counter(one.target.key for one in found)
    profiles = {one.target.key: _profile(one) for one in found if count[one.target.key] == 1}
    return BaseRevision(commit=commit, profiles=profiles, whole=whole and len(profiles) == len(found))


def _profile(one: Desired) -> BaseProfile:
    fields = {field.name: field.value for field in one.fields}
    return BaseProfile(
        target=one.target, fields=fields, mode=one.mode, credentials=one.credentials, channel=one.channel
    )


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """Fields that are no longer managed here; live stays as it is. `whole` if no file of the profile is left.

    `profile` is the name it had, if it is known. Where its file has another `mode` than at the base, that is why, and
    what is remembered of the fields stays.
    """

    key: TargetKey
    profile: str
    fields: tuple[str, ...]
    whole: bool
    mode: Mode = Mode.MANAGED

    @property
    def unwatched(self) -> bool:
        """True if the number as a whole is let go, and not only a field of it."""
        return self.whole or self.mode is not Mode.MANAGED


# How closely a profile is watched: a paused one is not even read.
_CLOSENESS = {Mode.PAUSED: 0, Mode.OBSERVE: 1, Mode.MANAGED: 2}


def find_unmanaged(
    desired: Sequence[Desired], base: BaseRevision | None, *, entries: Mapping[TargetKey, LedgerEntry], everything: bool
) -> tuple[Unmanaged, ...]:
    """Return what is no longer managed. A whole target can be found missing only if `desired` is `everything`."""
    before = _managed(base, entries)
    now = {one.target.key: one for one in desired}
    left = (_fields(one, before.get(key, ())) for key, one in now.items())
    names = {key: entry.profile for key, entry in entries.items()}
    if base is not None:
        names |= {key: profile.target.profile for key, profile in base.profiles.items()}
    gone = (_whole(key, fields, names[key]) for key, fields in before.items() if everything and key not in now)
    found = (*(one for one in left if one.fields), *gone, *(_resting(desired, base) if base is not None else ()))
    return tuple(sorted(found, key=lambda one: (one.profile, one.key, one.mode)))


def _resting(desired: Sequence[Desired], base: BaseRevision) -> Iterator[Unmanaged]:
    """Yield the profiles that were watched more closely at the base than their files' mode asks for now."""
    for one in desired:
        was = base.profiles.get(one.target.key)
        if was is not None and was.fields and _CLOSENESS[one.mode] < _CLOSENESS[was.mode]:
            stay = {field.name for field in one.fields} & was.fields.keys()
            fields = _named(stay or was.fields, ())
            yield Unmanaged(one.target.key, one.target.profile, fields=fields, whole=False, mode=one.mode)


def _managed(base: BaseRevision | None, entries: Mapping[TargetKey, LedgerEntry]) -> dict[TargetKey, set[str]]:
    """Return the fields that are known to have been managed, or observed at the base, by target."""
    found: dict[TargetKey, set[str]] = {}
    for key, fields in (*_at_base(base), *_remembered(entries)):
        found.setdefault(key, set()).update(fields)
    return found


def _at_base(base: BaseRevision | None) -> Iterator[tuple[TargetKey, Collection[str]]]:
    for key, profile in base.profiles.items() if base is not None else ():
        if profile.mode is not Mode.PAUSED:
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
    """Return the fields that were managed and are not now, in the order of the table."""
    return tuple(name for name in FIELD_NAMES if name in before and name not in managed)

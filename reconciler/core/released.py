"""released: (desired, the base, the ledger) → what is no longer managed here. Live stays as it is.

Two know of it: the base revision, which managed it, and the ledger, which remembers that it was sent. A target that
moves to another account or provider is released there and adopted here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from reconciler.core.base import BaseRevision, TargetKey
from reconciler.core.ledger import LedgerEntry, RecordState
from reconciler.core.model import Model
from reconciler.core.profile import FIELD_NAMES, Mode
from reconciler.core.target import Desired


class Unmanaged(Model):
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

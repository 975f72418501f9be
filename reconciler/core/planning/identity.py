"""identified: (profiles, what was read, the ledger) → what was read; a target is unreadable if it is another number's.

Where no call names its number, the credential alone decides which number is read and written. So what the provider says
of the number that a credential opens is compared with the file, then with the other profiles, then with the ledger. The
reviewed file goes before the ledger: the ledger counts only where the file and the provider have nothing in common.

A target whose credential opens another number is unreadable: what was read there is another number's. Where nothing
tells, the target has a note that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.core.comparing.spellings import is_same_number, one_spelling
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.planning.base import TargetKey
from reconciler.core.target import Desired, Live, Observed, Opened, Unreadable, opened_identity
from reconciler.core.traits import Traits


def identified(
    desired: Iterable[Desired],
    live: Mapping[TargetKey, Live],
    entries: Mapping[TargetKey, LedgerEntry],
    *,
    traits: Mapping[str, Traits],
) -> dict[TargetKey, Live]:
    """Return what was read, each target judged; `desired` may be more profiles than were read."""
    everyone = list(desired)
    owners = _Owners(everyone, live, entries)
    return {**live, **{one.target.key: seen for one in everyone if (seen := _judged(one, owners, traits)) is not None}}


@dataclass(slots=True)
class _Owners:
    """Which profile has which number and which id: by its file, by the ledger, or by what its credential opens."""

    everyone: list[Desired]
    live: Mapping[TargetKey, Live]
    entries: Mapping[TargetKey, LedgerEntry]
    numbers: dict[tuple[str, str, str], Desired] = field(default_factory=dict)
    identities: dict[tuple[str, str, str], list[Desired]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index all profiles."""
        for one in self.everyone:
            self.numbers[(*one.target.key[:2], one_spelling(one.target.number))] = one
            known = one.identity or self.remembered(one)
            for identity in dict.fromkeys((known, opened_identity(self.live.get(one.target.key)))):
                self.identities.setdefault((*one.target.key[:2], identity), []).append(one)

    def opened(self, one: Desired) -> Opened | None:
        """Return what the provider says of the number that the profile's credential opens."""
        live = self.live.get(one.target.key)
        return live.opened if isinstance(live, Observed) else None

    def remembered(self, one: Desired) -> str:
        """Return the id that the ledger remembers."""
        entry = self.entries.get(one.target.key)
        return entry.identity if entry is not None else ""

    def vouched(self, one: Desired) -> str:
        """Return the id that the ledger remembers, if no forger can have written it."""
        entry = self.entries.get(one.target.key)
        return entry.identity if entry is not None and entry.vouched else ""

    def other(self, one: Desired, opened: Opened) -> Desired | None:
        """Return the other profile that has the number which the credential of `one` opens."""
        place = one.target.key[:2]
        found = [self.numbers.get((*place, one_spelling(opened.number)))] if opened.number else []
        found += self.identities.get((*place, opened.identity), []) if opened.identity else []
        return next((owner for owner in found if owner is not None and owner is not one), None)


def _judged(one: Desired, owners: _Owners, traits: Mapping[str, Traits]) -> Live | None:
    """Return the target's live value if it differs from what was read, or None."""
    seen, opened = owners.live.get(one.target.key), owners.opened(one)
    if not isinstance(seen, Observed) or opened is None:
        return None
    kind = traits[one.target.provider]
    if why := _mismatch(one, opened, owners, kind):
        return Unreadable(reason=why)
    note = _unproven(one, opened, owners, kind)
    return replace(seen, notes=(*seen.notes, note)) if note else None


def _mismatch(one: Desired, opened: Opened, owners: _Owners, kind: Traits) -> str:
    """Say which other number the credential opens, or "" if nothing speaks against the file."""
    number, identity, before = one.target.number, opened.identity, owners.remembered(one)
    other = owners.other(one, opened)
    if opened.number and not is_same_number(opened.number, number):
        meant = f'. If that is the number meant, write `number: "{opened.number}"`' if other is None else ""
        against = f", and the file says {number}{meant}"
    elif one.identity and identity and identity != one.identity:
        against = f", and the file says {kind.identity_key} {one.identity}"
    elif opened.number or one.identity or not identity:
        return ""
    elif before not in ("", identity):
        against = f", and opened {before} before. If it is still {number}, {_advice(opened, kind)}"
    elif other is not None:
        against = ""
    else:
        return ""
    whose, swapped = _whose(one, other, owners, kind) if other is not None else ("", "")
    return f"its {kind.credential} opens {_named(opened, kind)}{whose}{against}{swapped}"


def _named(opened: Opened, kind: Traits) -> str:
    told = f"{kind.identity_key} {opened.identity}" if opened.identity else ""
    return f"{opened.number} ({told})" if opened.number and told else opened.number or told


def _whose(one: Desired, other: Desired, owners: _Owners, kind: Traits) -> tuple[str, str]:
    """Say whose number that is, and if the other profile's credential opens this one's number in turn."""
    back = owners.opened(other)
    crossed = back is not None and owners.other(other, back) is one
    mine, theirs = one.target.profile, other.target.profile
    swapped = f": the {kind.credential} of {mine} and that of {theirs} are swapped" if crossed else ""
    return f", the number of {theirs}", swapped


def _advice(opened: Opened, kind: Traits) -> str:
    return f'write `{kind.identity_key}: "{opened.identity}"` in its file'


def _unproven(one: Desired, opened: Opened, owners: _Owners, kind: Traits) -> str:
    """Say what nothing proves: that the credential opens the number that the file says."""
    if not (opened.number or opened.identity):
        said = f" ({opened.untold})" if opened.untold else ""
        return f"cannot tell which number its {kind.credential} opens: {kind.title} does not say{said}"
    if opened.number or opened.identity in (one.identity, owners.vouched(one)):
        return ""
    only = f"{kind.title} names only {kind.identity_key} {opened.identity}"
    which = f"whether its {kind.credential} opens {one.target.number}"
    return f"cannot tell {which}: {only}. If that is it, {_advice(opened, kind)}"

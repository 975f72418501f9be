"""route: (profiles, their accounts) → the profiles, each field with what else decides where it goes.

A target says where a profile belongs. Where no call names the number, its credential decides which one is written to,
and what a provider fetches itself is fetched from where the account says. Whoever approves a change approves these too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.core.settings import Account
from reconciler.core.target import Binding, Desired
from reconciler.core.traits import Traits


def bind_profiles(
    desired: Iterable[Desired], accounts: Mapping[str, Account], *, traits: Mapping[str, Traits]
) -> tuple[Desired, ...]:
    """Return the profiles with the way of each of their fields; mostly the target says it all."""
    found = ((one, accounts[one.target.account]) for one in desired)
    return tuple(_routed(one, account, traits[account.provider]) for one, account in found)


def _routed(desired: Desired, account: Account, traits: Traits) -> Desired:
    credential = tuple(_credential(desired, account, traits))
    ways = {field.name: (*credential, *_option(field.name, account, traits)) for field in desired.fields}
    if not any(ways.values()):
        return desired
    fields = tuple(field.model_copy(update={"via": ways[field.name]}) for field in desired.fields)
    return desired.model_copy(update={"fields": fields})


def _credential(desired: Desired, account: Account, traits: Traits) -> Iterator[Binding]:
    """Yield the places where the credential may be, where that is what tells one number from another."""
    own = account.credentials.get(traits.credential)
    refs = desired.credentials or (() if own is None else (own,))
    if desired.channel is not None and refs:
        yield Binding(name="credential", value=" or ".join(map(str, refs)))


def _option(field: str, account: Account, traits: Traits) -> Iterator[Binding]:
    """Yield the option of the account without which the field cannot be sent."""
    name = traits.capabilities[field].needs
    value = getattr(account.options, name, None) if name else None
    if value is not None:
        yield Binding(name=name, value=str(value))

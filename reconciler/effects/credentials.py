"""Credentials: what each call carries, for accounts and for numbers.

credentials: (accounts and profiles, the environment) → what each call carries, or everything that is missing.
shared: (profiles, the environment) → a problem for each profile that shares a credential which decides its number.
unset: (profiles, accounts, the environment) → the targets that cannot be read, because their credential is not set.

Nothing is sent to find out. A missing credential for the sandbox becomes a stand-in, which never leaves this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from reconciler.core.basics import Diagnostic, InvalidInput, error, in_order
from reconciler.core.comparing.spellings import one_spelling
from reconciler.core.fields import MemberRef, SecretRef
from reconciler.core.planning.base import TargetKey
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Desired
from reconciler.core.traits import Traits
from reconciler.effects.secrets import BrokenObject, MissingSecret, UnusableSecret, issued, missing
from reconciler.effects.world import Context


@dataclass(frozen=True, slots=True)
class Held:
    """What an account's calls carry: one credential for all, or one for each profile. Its repr shows none of them.

    `proof_secret` is the secret that each call proves to have, if the account names one.
    """

    account: str = field(default="", repr=False)
    proof_secret: str = field(default="", repr=False)
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The profiles whose number has no credential, and why: only these profiles fail.
    absent: Mapping[str, str] = field(default_factory=dict)
    # Where each of them is kept, for messages.
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Absent:
    """Why one number has no credential."""

    reason: str


def credentials(
    accounts: Mapping[str, Account],
    desired: Sequence[Desired],
    traits: Mapping[str, Traits],
    context: Context,
    *,
    read_only: bool,
) -> dict[str, Held]:
    """Return what each of `accounts` holds; raises InvalidInput that names everything that is missing.

    A number without a credential of its own is not missing but absent: the other numbers go on.
    """
    found: dict[str, Held] = {}
    problems: list[Diagnostic] = []
    by_name = by_account(desired)
    for name, account in accounts.items():
        kind, mine = traits[account.provider], by_name.get(name, ())
        if kind.credential_per_number:
            held, wrong = _held_by_numbers(mine, account, kind, context)
        else:
            held, wrong = _held_by_account(account, kind, context, read_only=read_only)
        refs = (*account.credentials.values(), *(ref for one in mine for ref in one.credentials))
        found[name] = replace(held, places=_places(refs, context))
        problems += wrong
    if problems:
        # A problem of the one variable with all numbers' credentials is reported once.
        raise InvalidInput(in_order(dict.fromkeys(problems)))
    return found


def _held_by_numbers(
    mine: Iterable[Desired], account: Account, kind: Traits, context: Context
) -> tuple[Held, list[Diagnostic]]:
    """Return the credential of each number, why a number has none, and what is wrong with any."""
    numbers = {one.target.profile: _of_number(one, account, kind, context) for one in mine}
    held = Held(
        numbers={number: held for number, held in numbers.items() if isinstance(held, str)},
        absent={number: held.reason for number, held in numbers.items() if isinstance(held, _Absent)},
    )
    return held, [held for held in numbers.values() if isinstance(held, Diagnostic)]


def _held_by_account(
    account: Account, kind: Traits, context: Context, *, read_only: bool
) -> tuple[Held, list[Diagnostic]]:
    """Return the account's own credential and its proof, and what is wrong with either."""
    own, proof = _of_account(account, kind, context, read_only=read_only), _for_proof(account, kind, context)
    held = Held(account=own if isinstance(own, str) else "", proof_secret=proof if isinstance(proof, str) else "")
    return held, [one for one in (own, proof) if isinstance(one, Diagnostic)]


def _places(refs: Iterable[SecretRef], context: Context) -> dict[str, str]:
    """Return where each credential is kept; if two places hold one credential, the first."""
    places: dict[str, str] = {}
    for ref in dict.fromkeys(refs):
        if isinstance(value := _secret(ref, context, who=""), str):
            places.setdefault(value, str(ref) if isinstance(ref, MemberRef) else ref.name)
    return places


def shared(
    everyone: Iterable[Desired], accounts: Mapping[str, Account], traits: Mapping[str, Traits], context: Context
) -> tuple[Diagnostic, ...]:
    """Return a problem for each profile, selected or not, that shares a credential which decides the number.

    The credentials' values are compared, not their variables; a credential that is not set cannot be compared.
    """
    first: dict[tuple[str, str, str], str] = {}
    problems: list[Diagnostic] = []
    for one in everyone:
        account = accounts[one.target.account]
        own = account.credentials.get(traits[account.provider].credential)
        refs = one.credentials or (() if own is None else (own,))
        held = next((_secret(ref, context, who="") for ref in refs if _is_set(ref, context)), None)
        if one.channel is None or not isinstance(held, str):
            continue
        realm = account.endpoint if account.endpoint == SANDBOX else ""
        name = one.target.profile
        other = first.setdefault((f"{account.provider}{realm}", held, one.channel), name)
        if other != name:
            summary = f"{other} and {name} have the same credential, and it decides which number is written to"
            hint = "both would write to one number; look up which is which"
            problems.append(error("same-secret", summary, hint=hint, location=one.place))
    return tuple(problems)


def unset(
    desired: Iterable[Desired], accounts: Mapping[str, Account], *, traits: Mapping[str, Traits], context: Context
) -> dict[TargetKey, tuple[SecretRef, ...]]:
    """Return the targets that cannot be read because their credential is not set, and the places where it may be.

    A credential that is set and unusable counts as set: it was meant to be there, and its error is reported.
    """
    there = cache(partial(_is_set, context=context))
    found: dict[TargetKey, tuple[SecretRef, ...]] = {}
    for one in desired:
        for refs in _needed(one, accounts, traits):
            if refs and not any(map(there, refs)):
                found.setdefault(one.target.key, refs)
    return found


def _needed(
    one: Desired, accounts: Mapping[str, Account], traits: Mapping[str, Traits]
) -> tuple[tuple[SecretRef, ...], ...]:
    """Return the places of each secret that reading a target takes; nothing if it takes none."""
    account = accounts[one.target.account]
    kind = traits[account.provider]
    if account.endpoint == SANDBOX or not kind.readable:
        return ()
    return (one.credentials or _of_looking(account, kind), tuple(proof_credential(account, kind).values()))


def proof_credential(account: Account, traits: Traits) -> dict[str, SecretRef]:
    """Return the secret that the account's calls prove to have, by its name; nothing if the account names none."""
    name = traits.proof.credential if traits.proof is not None else ""
    return {name: account.credentials[name]} if name in account.credentials else {}


def _for_proof(account: Account, traits: Traits, context: Context) -> str | Diagnostic:
    """Return the secret that the account's calls prove to have; "" if it names none, or has none for the sandbox."""
    for ref in proof_credential(account, traits).values():
        if account.endpoint != SANDBOX or _is_set(ref, context):
            return _secret(ref, context, who=f"account {account.name}")
    return ""


def _of_looking(account: Account, traits: Traits) -> tuple[SecretRef, ...]:
    names = (traits.looking_credential, traits.credential)
    return tuple(account.credentials[name] for name in names if name in account.credentials)


def by_account(desired: Iterable[Desired]) -> dict[str, list[Desired]]:
    """Group profiles by their account."""
    found: dict[str, list[Desired]] = {}
    for one in desired:
        found.setdefault(one.target.account, []).append(one)
    return found


def _of_account(account: Account, traits: Traits, context: Context, *, read_only: bool) -> str | Diagnostic:
    """Return the one credential of `account`; "" if it is only for reading and there is nothing to read."""
    if read_only and not traits.readable:
        return ""
    own = (account.credentials[name] for name in (traits.credential,) if name in account.credentials)
    refs = _of_looking(account, traits) if read_only else tuple(own)
    present = next((ref for ref in refs if _is_set(ref, context)), None)
    if present is None and account.endpoint == SANDBOX:
        return SANDBOX
    return _secret(present or refs[-1], context, who=f"account {account.name}")


def _of_number(one: Desired, account: Account, traits: Traits, context: Context) -> str | _Absent | Diagnostic:
    """Return the credential of one number, from the first place that has one."""
    for ref in one.credentials:
        try:
            return issued(ref, context)
        except BrokenObject as problem:
            return missing(ref, problem, who="")
        except UnusableSecret as problem:
            return _Absent(f"its {traits.credential} cannot be used: {problem}")
        except MissingSecret:
            continue
    if account.endpoint == SANDBOX:
        return f"{SANDBOX}-{one_spelling(one.target.number).removeprefix('+')}"
    places = " nor ".join(map(str, one.credentials))
    advice = f"set one of them, or write `credentials: {{{traits.credential}: …}}` in {one.place}"
    return _Absent(f"it has no {traits.credential}: it is not in {places} ({advice})")


def _secret(ref: SecretRef, context: Context, *, who: str) -> str | Diagnostic:
    try:
        return issued(ref, context)
    except MissingSecret as problem:
        return missing(ref, problem, who=who)


def _is_set(ref: SecretRef, context: Context) -> bool:
    """True if something is there: an unusable credential is reported later, not replaced by a mightier one."""
    try:
        issued(ref, context)
    except UnusableSecret:
        return True
    except MissingSecret:
        return False
    return True

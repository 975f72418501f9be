"""credentials: (accounts and profiles, the environment) → what each call is to carry, or everything that is missing.

Nothing is sent to find out. What is absent at the sandbox becomes a stand-in, which never leaves this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from reconciler.core.basics import Diagnostic, Location, error, in_order
from reconciler.core.errors import InvalidInput
from reconciler.core.fields import SecretRef
from reconciler.core.planning.base import TargetKey
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Desired
from reconciler.core.traits import Traits
from reconciler.effects.context import Context
from reconciler.effects.secrets import BrokenObject, MissingSecret, UnusableSecret, missing, secret


@dataclass(frozen=True, slots=True)
class Held:
    """What an account's calls carry: one credential for all, or one for each profile. Nothing shows them."""

    account: str = field(default="", repr=False)
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The profiles whose number has none, and why: that is their own failure and nobody else's.
    absent: Mapping[str, str] = field(default_factory=dict)


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
    looking: bool,
) -> dict[str, Held]:
    """Return what each of `accounts` holds; raises InvalidInput that names everything that is missing.

    A number without a credential of its own is not missing but absent: the others go on.
    """
    found: dict[str, Held] = {}
    problems: list[Diagnostic] = []
    mine = by_account(desired)
    for name, account in accounts.items():
        kind = traits[account.provider]
        if kind.credential_per_number:
            numbers = {one.target.profile: _of_number(one, account, kind, context) for one in mine.get(name, ())}
            found[name] = Held(
                numbers={number: held for number, held in numbers.items() if isinstance(held, str)},
                absent={number: held.reason for number, held in numbers.items() if isinstance(held, _Absent)},
            )
            problems += (held for held in numbers.values() if isinstance(held, Diagnostic))
        else:
            held = _of_account(account, kind, context, looking=looking)
            found[name] = Held(account=held if isinstance(held, str) else "")
            problems += [held] if isinstance(held, Diagnostic) else []
    if problems:
        # What is wrong with the one variable that holds everybody's is said once.
        raise InvalidInput(in_order(dict.fromkeys(problems)))
    return found


def shared(
    everyone: Iterable[Desired], accounts: Mapping[str, Account], traits: Mapping[str, Traits], context: Context
) -> tuple[Diagnostic, ...]:
    """Return the profiles, selected or not, that hold one and the same credential where that decides the number.

    Which variables a credential stands in does not matter; what is not set cannot be compared.
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
            problems.append(error("same-secret", summary, hint=hint, location=Location(file=one.file)))
    return tuple(problems)


def unset(
    desired: Iterable[Desired], accounts: Mapping[str, Account], *, traits: Mapping[str, Traits], context: Context
) -> dict[TargetKey, tuple[SecretRef, ...]]:
    """Return the targets that nobody can look at because their credential is not set, and where it may be.

    What is set and cannot be used is set: it is named as ever, for somebody meant it to be there.
    """
    there = cache(partial(_is_set, context=context))
    found = {one.target.key: _needed(one, accounts, traits) for one in desired}
    return {key: refs for key, refs in found.items() if refs and not any(map(there, refs))}


def _needed(one: Desired, accounts: Mapping[str, Account], traits: Mapping[str, Traits]) -> tuple[SecretRef, ...]:
    """Return where the credential for looking at a target may be; nothing where it needs none."""
    account = accounts[one.target.account]
    kind = traits[account.provider]
    if account.endpoint == SANDBOX or not kind.readable:
        return ()
    return one.credentials or _of_looking(account, kind)


def _of_looking(account: Account, traits: Traits) -> tuple[SecretRef, ...]:
    names = (traits.looking_credential, traits.credential)
    return tuple(account.credentials[name] for name in names if name in account.credentials)


def by_account(desired: Iterable[Desired]) -> dict[str, list[Desired]]:
    """Group profiles by their account."""
    found: dict[str, list[Desired]] = {}
    for one in desired:
        found.setdefault(one.target.account, []).append(one)
    return found


def _of_account(account: Account, traits: Traits, context: Context, *, looking: bool) -> str | Diagnostic:
    """Return the one credential of `account`; nothing where it is only looked at and has nothing to show."""
    if looking and not traits.readable:
        return ""
    own = (account.credentials[name] for name in (traits.credential,) if name in account.credentials)
    refs = _of_looking(account, traits) if looking else tuple(own)
    present = next((ref for ref in refs if _is_set(ref, context)), None)
    if present is None and account.endpoint == SANDBOX:
        return SANDBOX
    return _secret(present or refs[-1], context, who=f"account {account.name}")


def _of_number(one: Desired, account: Account, traits: Traits, context: Context) -> str | _Absent | Diagnostic:
    """Return the credential of one number, from the first place that has one."""
    for ref in one.credentials:
        try:
            return secret(ref, context)
        except BrokenObject as problem:
            return missing(ref, problem, who="")
        except UnusableSecret as problem:
            return _Absent(f"its {traits.credential} cannot be used: {problem}")
        except MissingSecret:
            continue
    if account.endpoint == SANDBOX:
        return f"{SANDBOX}-{one.target.number.removeprefix('+')}"
    places = " nor ".join(map(str, one.credentials))
    advice = f"set one of them, or write `credentials: {{{traits.credential}: …}}` in {one.file}"
    return _Absent(f"it has no {traits.credential}: it is not in {places} ({advice})")


def _secret(ref: SecretRef, context: Context, *, who: str) -> str | Diagnostic:
    try:
        return secret(ref, context)
    except MissingSecret as problem:
        return missing(ref, problem, who=who)


def _is_set(ref: SecretRef, context: Context) -> bool:
    """Say whether something is there; what cannot be used is named later, not passed over for a mightier credential."""
    try:
        secret(ref, context)
    except UnusableSecret:
        return True
    except MissingSecret:
        return False
    return True

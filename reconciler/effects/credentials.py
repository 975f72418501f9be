"""credentials: (accounts and profiles, the environment) → what each call is to carry, or everything that is missing.

Nothing is sent to find out. What is absent at the sandbox becomes a stand-in, which never leaves this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.errors import InvalidInput
from reconciler.core.secret import SecretRef
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Desired
from reconciler.core.traits import Traits
from reconciler.effects.context import Context
from reconciler.effects.secrets import MissingSecret, UnusableSecret, missing, secret


@dataclass(frozen=True, slots=True)
class Held:
    """What an account's calls carry: one credential for all, or one for each profile. Nothing shows them."""

    account: str = field(default="", repr=False)
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)


def credentials(
    accounts: Mapping[str, Account],
    desired: Sequence[Desired],
    traits: Mapping[str, Traits],
    context: Context,
    *,
    looking: bool,
) -> dict[str, Held]:
    """Return what each of `accounts` holds; raises InvalidInput that names everything that is missing."""
    found: dict[str, Held] = {}
    problems: list[Diagnostic] = []
    for name, account in accounts.items():
        mine = [one for one in desired if one.target.account == name]
        kind = traits[account.provider]
        try:
            if kind.credential_per_number:
                found[name] = Held(numbers=_by_number(account, mine, context, kind))
            else:
                found[name] = Held(account=_of_account(account, kind, context, looking=looking))
        except InvalidInput as wrong:
            problems += wrong.diagnostics
    if problems:
        raise InvalidInput(tuple(sorted(problems, key=lambda problem: problem.order)))
    return found


def _of_account(account: Account, traits: Traits, context: Context, *, looking: bool) -> str:
    """Return the one credential of `account`; nothing where it is only looked at and has nothing to show."""
    if looking and not traits.readable:
        return ""
    names = [traits.looking_credential, traits.credential] if looking else [traits.credential]
    refs = [account.credentials[name] for name in names if name in account.credentials]
    present = next((ref for ref in refs if _is_set(ref, context)), None)
    if present is None and account.endpoint == SANDBOX:
        return SANDBOX
    return _secret(present or refs[-1], context, who=f"account {account.name}")


def _by_number(account: Account, desired: Iterable[Desired], context: Context, traits: Traits) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for one in desired:
        present = next((ref for ref in one.credentials if _is_set(ref, context)), None)
        name = one.target.profile
        try:
            if present is None and account.endpoint == SANDBOX:
                found[name] = f"{SANDBOX}-{one.target.number.removeprefix('+')}"
            elif present is None:
                places = " nor ".join(str(ref) for ref in one.credentials)
                problems.append(
                    error(
                        "missing-secret",
                        f"profile {name} has no {traits.credential}: it is not in {places}",
                        hint=f"set one of them, or write `credentials: {{{traits.credential}: …}}` in {one.file}",
                    )
                )
            else:
                found[name] = _secret(present, context, who=f"profile {name}")
        except InvalidInput as wrong:
            problems += wrong.diagnostics
    problems += _shared(found, traits)
    if problems:
        raise InvalidInput(tuple(problems))
    return found


def _shared(found: Mapping[str, str], traits: Traits) -> Iterable[Diagnostic]:
    """Yield the profiles that hold one and the same credential: it decides which number is written to."""
    first: dict[str, str] = {}
    for profile, credential in sorted(found.items()):
        other = first.setdefault(credential, profile)
        if other != profile:
            summary = f"{other} and {profile} have the same {traits.credential}, and each number has its own"
            yield error("same-secret", summary, hint="both would write to one number; look up which is which")


def _secret(ref: SecretRef, context: Context, *, who: str) -> str:
    try:
        return secret(ref, context)
    except MissingSecret as problem:
        raise InvalidInput((missing(ref, problem, who=who),)) from None


def _is_set(ref: SecretRef, context: Context) -> bool:
    """Say whether something is there; what cannot be used is named later, not passed over for a mightier credential."""
    try:
        secret(ref, context)
    except UnusableSecret:
        return True
    except MissingSecret:
        return False
    return True

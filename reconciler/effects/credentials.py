"""credentials: (accounts and profiles, the environment) → what each call is to carry, or everything that is missing.

Nothing is sent to find out. What is absent at the sandbox becomes a stand-in, which never leaves this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.diagnostics import Diagnostic, error, in_order
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
        kind = traits[account.provider]
        if kind.credential_per_number:
            mine = {one: _of_number(one, account, kind, context) for one in desired if one.target.account == name}
            numbers = {one.target.profile: held for one, held in mine.items() if isinstance(held, str)}
            found[name] = Held(numbers=numbers)
            problems += (held for held in mine.values() if isinstance(held, Diagnostic))
        else:
            held = _of_account(account, kind, context, looking=looking)
            found[name] = Held(account=held if isinstance(held, str) else "")
            problems += [held] if isinstance(held, Diagnostic) else []
    problems += _shared(found)
    if problems:
        # What is wrong with the one variable that holds everybody's is said once.
        raise InvalidInput(in_order(dict.fromkeys(problems)))
    return found


def _of_account(account: Account, traits: Traits, context: Context, *, looking: bool) -> str | Diagnostic:
    """Return the one credential of `account`; nothing where it is only looked at and has nothing to show."""
    if looking and not traits.readable:
        return ""
    names = [traits.looking_credential, traits.credential] if looking else [traits.credential]
    refs = [account.credentials[name] for name in names if name in account.credentials]
    present = next((ref for ref in refs if _is_set(ref, context)), None)
    if present is None and account.endpoint == SANDBOX:
        return SANDBOX
    return _secret(present or refs[-1], context, who=f"account {account.name}")


def _of_number(one: Desired, account: Account, traits: Traits, context: Context) -> str | Diagnostic:
    """Return the credential of one number, from the first place that has one."""
    present = next((ref for ref in one.credentials if _is_set(ref, context)), None)
    if present is not None:
        return _secret(present, context, who=f"profile {one.target.profile}")
    if account.endpoint == SANDBOX:
        return f"{SANDBOX}-{one.target.number.removeprefix('+')}"
    places = " nor ".join(str(ref) for ref in one.credentials)
    summary = f"profile {one.target.profile} has no {traits.credential}: it is not in {places}"
    hint = f"set one of them, or write `credentials: {{{traits.credential}: …}}` in {one.file}"
    return error("missing-secret", summary, hint=hint)


def _shared(held: Mapping[str, Held]) -> Iterable[Diagnostic]:
    """Yield the profiles that hold one and the same credential: it decides which number is written to."""
    first: dict[str, str] = {}
    numbers = {profile: credential for one in held.values() for profile, credential in one.numbers.items()}
    for profile, credential in sorted(numbers.items()):
        other = first.setdefault(credential, profile)
        if other != profile:
            summary = f"{other} and {profile} have the same credential, and each number has its own"
            yield error("same-secret", summary, hint="both would write to one number; look up which is which")


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

"""Secrets and credentials: looking them up where their references point.

secret: (a reference, the environment) → the secret; raises MissingSecret.
marks: (profiles, the environment) → a mark of each webhook's secrets, if the key and all of them are at hand.
credentials: (accounts and profiles, the environment) → what each call carries, or everything that is missing.
unset: (profiles, accounts, the environment) → the targets that cannot be read, because their credential is not set.

Names are checked when files are validated (`core.fields`); here they are only looked up. A secret is returned to the
one place that puts it on the wire and kept nowhere else.

Nothing is sent to find out. A missing credential for the sandbox becomes a stand-in, which never leaves this process.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from pathlib import Path

from reconciler.core.basics import Diagnostic, InvalidInput, Location, error, in_order
from reconciler.core.fields import MemberRef, SecretRef, Webhook
from reconciler.core.memory.records import KEY_BYTES, keyed_mark
from reconciler.core.numbers import one_spelling
from reconciler.core.planning.base import TargetKey
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Desired
from reconciler.core.traits import Traits
from reconciler.effects.world import Context

_MOST_BYTES = 64 * 1024
_DEFAULT_FOLDER = "/run/secrets"


class MissingSecret(Exception):
    """A secret is not where its reference points; the message names that place, never the secret."""


class UnusableSecret(MissingSecret):
    """Something is there, but it is not a secret that can be sent."""


class BrokenObject(UnusableSecret):
    """The variable that holds many secrets is not a JSON object of texts."""


def secret(ref: SecretRef, context: Context) -> str:
    """Return the secret that `ref` names; raises MissingSecret."""
    value = context.environ.get(ref.env, "") if ref.env else _from_file(ref, context)
    if isinstance(ref, MemberRef):
        value = _member(ref, value)
    value = value.rstrip("\r\n")
    if not value:
        raise MissingSecret(_where(ref, "is not set" if ref.env else "is empty"))
    if not value.isprintable() or not value.isascii():
        raise UnusableSecret(_where(ref, "holds characters that no header can carry"))
    if value != value.strip(" "):
        raise UnusableSecret(_where(ref, "begins or ends with a space"))
    return value


def require(refs: Iterable[tuple[SecretRef, str]], context: Context) -> None:
    """Raise InvalidInput that names every missing secret of `refs` and what needs it, all at once."""
    problems: dict[str, Diagnostic] = {}
    for ref, who in refs:
        try:
            secret(ref, context)
        except MissingSecret as problem:
            problems.setdefault(str(ref), missing(ref, problem, who=who))
    if problems:
        raise InvalidInput(tuple(problems[key] for key in sorted(problems)))


def missing(ref: SecretRef, problem: MissingSecret, *, who: str) -> Diagnostic:
    """Return a missing secret as a diagnostic: where it should be, and what needs it."""
    if isinstance(problem, BrokenObject):
        return error("missing-secret", str(problem), hint='write {"berlin": "…", "cafes/vienna": "…"}')
    hint = f"set {ref.env} in the environment" if ref.env else f"put {ref.file} below RECONCILER_SECRETS_DIR"
    return error("missing-secret", f"{problem} (for {who})", hint=hint)


def _member(ref: MemberRef, text: str) -> str:
    """Return one member of the JSON object in a variable; "" if it has no such member."""
    members = _members(text) if text else {}
    if members is None:
        raise BrokenObject(f"the environment variable {ref.env} is not a JSON object of names and texts")
    return members.get(ref.member, "")


@lru_cache(maxsize=1)
def _members(text: str) -> dict[str, str] | None:
    """Parse the object once for all profiles; None if it is not an object of texts."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()) else None


def _from_file(ref: SecretRef, context: Context) -> str:
    folder = Path(context.environ.get("RECONCILER_SECRETS_DIR") or _DEFAULT_FOLDER)
    try:
        # Links are followed, because secrets are mounted that way. A pipe is opened without waiting, and refused.
        descriptor = os.open(folder / ref.file, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise MissingSecret(_where(ref, "does not exist")) from None
    except OSError as problem:
        raise UnusableSecret(_where(ref, f"cannot be read: {problem.strerror}")) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnusableSecret(_where(ref, "is not a regular file"))
        content = os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > _MOST_BYTES:
        raise UnusableSecret(_where(ref, f"is larger than {_MOST_BYTES} bytes"))
    # Latin-1 takes every byte; the caller refuses what is not ASCII, with all that no header can carry.
    return content.decode("latin-1")


def _where(ref: SecretRef, what: str) -> str:
    if isinstance(ref, MemberRef):
        return f"{ref} {what}"
    return f"the environment variable {ref.env} {what}" if ref.env else f"the secret file {ref.file} {what}"


KEY = "RECONCILER_LEDGER_KEY"


def marks(desired: Iterable[Desired], context: Context) -> dict[tuple[str, str, str], str]:
    """Return the marks by target; raises InvalidInput for a key that is too short to protect anything."""
    key = context.environ.get(KEY, "").encode()
    if not key:
        return {}
    if len(key) < KEY_BYTES:
        summary = f"{KEY} has {len(key)} bytes, {KEY_BYTES - len(key)} fewer than the {KEY_BYTES} that it must have"
        raise InvalidInput((error("ledger-key", summary, hint="make one with: openssl rand -hex 32"),))
    found = {one.target.key: _mark(one, key, context) for one in desired}
    return {target: made for target, made in found.items() if made}


def _mark(one: Desired, key: bytes, context: Context) -> str:
    field = one.get("webhook")
    if field is None or not isinstance(field.value, Webhook) or not field.value.named_secrets:
        return ""
    try:
        secrets = {name: secret(ref, context) for name, ref in field.value.named_secrets.items()}
    except MissingSecret:
        # As in a pull request's job: without the secrets there is no mark.
        return ""
    return keyed_mark(secrets, key)


@dataclass(frozen=True, slots=True)
class Held:
    """What an account's calls carry: one credential for all, or one for each profile. Its repr shows none of them."""

    account: str = field(default="", repr=False)
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The profiles whose number has no credential, and why: only these profiles fail.
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
    read_only: bool,
) -> dict[str, Held]:
    """Return what each of `accounts` holds; raises InvalidInput that names everything that is missing.

    A number without a credential of its own is not missing but absent: the other numbers go on.
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
            held = _of_account(account, kind, context, read_only=read_only)
            found[name] = Held(account=held if isinstance(held, str) else "")
            problems += [held] if isinstance(held, Diagnostic) else []
    if problems:
        # A problem of the one variable with all numbers' credentials is reported once.
        raise InvalidInput(in_order(dict.fromkeys(problems)))
    return found


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
            problems.append(error("same-secret", summary, hint=hint, location=Location(file=one.file)))
    return tuple(problems)


def unset(
    desired: Iterable[Desired], accounts: Mapping[str, Account], *, traits: Mapping[str, Traits], context: Context
) -> dict[TargetKey, tuple[SecretRef, ...]]:
    """Return the targets that cannot be read because their credential is not set, and the places where it may be.

    A credential that is set and unusable counts as set: it was meant to be there, and its error is reported.
    """
    there = cache(partial(_is_set, context=context))
    found = {one.target.key: _needed(one, accounts, traits) for one in desired}
    return {key: refs for key, refs in found.items() if refs and not any(map(there, refs))}


def _needed(one: Desired, accounts: Mapping[str, Account], traits: Mapping[str, Traits]) -> tuple[SecretRef, ...]:
    """Return the places of the credential for reading a target; nothing if it needs none."""
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
            return secret(ref, context)
        except BrokenObject as problem:
            return missing(ref, problem, who="")
        except UnusableSecret as problem:
            return _Absent(f"its {traits.credential} cannot be used: {problem}")
        except MissingSecret:
            continue
    if account.endpoint == SANDBOX:
        return f"{SANDBOX}-{one_spelling(one.target.number).removeprefix('+')}"
    places = " nor ".join(map(str, one.credentials))
    advice = f"set one of them, or write `credentials: {{{traits.credential}: …}}` in {one.file}"
    return _Absent(f"it has no {traits.credential}: it is not in {places} ({advice})")


def _secret(ref: SecretRef, context: Context, *, who: str) -> str | Diagnostic:
    try:
        return secret(ref, context)
    except MissingSecret as problem:
        return missing(ref, problem, who=who)


def _is_set(ref: SecretRef, context: Context) -> bool:
    """True if something is there: an unusable credential is reported later, not replaced by a mightier one."""
    try:
        secret(ref, context)
    except UnusableSecret:
        return True
    except MissingSecret:
        return False
    return True

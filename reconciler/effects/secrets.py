"""Secrets: looking them up where their references point.

secret: (a reference, the environment) → the secret; raises MissingSecret.
issued: (a reference, the environment) → a secret that a provider made; raises UnusableSecret for what was copied along.
webhook_secrets: (profiles, the environment) → their webhooks' secrets are known, where they are at hand.
ledger_keys: (the environment) → the keys of the ledger; raises InvalidInput for one that protects nothing.
marks: (profiles, the environment) → marks of each webhook's secrets, if a key and all of them are at hand.

Names are checked when files are validated (`core.fields`); here they are only looked up. A secret is returned to the
one place that puts it on the wire and kept nowhere else. No message repeats it or a part of it.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from reconciler.core.basics import Diagnostic, InvalidInput, error
from reconciler.core.fields import MemberRef, SecretRef, Webhook, strict_json
from reconciler.core.memory.records import KEY_BYTES, keyed_mark
from reconciler.core.memory.vouching import LedgerKeys, parse_keys
from reconciler.core.target import Desired
from reconciler.effects.world import LEDGER_KEY, Context

_MOST_BYTES = 64 * 1024
# Quotation marks as a word processor writes them.
_TYPED_QUOTES = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb")
_UNSEEN = ("Zs", "Zl", "Zp", "Cf")
_SCHEME = re.compile(r"(Bearer|OAuth|Basic|Token) ", re.IGNORECASE)
_HEADER = re.compile(r"(Authorization|D360-API-KEY|api-key) ?:", re.IGNORECASE)
_DEFAULT_FOLDER = "/run/secrets"
# A JSON object of variables' names and secrets, for the variables that no workflow names.
SECRETS = "RECONCILER_SECRETS"


class MissingSecret(Exception):
    """A secret is not where its reference points; the message names that place, never the secret."""


class UnusableSecret(MissingSecret):
    """Something is there, but it is not a secret that can be sent."""


class BrokenObject(UnusableSecret):
    """The variable that holds many secrets is not a JSON object of texts."""


def secret(ref: SecretRef, context: Context) -> str:
    """Return the secret that `ref` names, which no message shows from now on; raises MissingSecret."""
    value = _from_environment(ref, context) if ref.env else _from_file(ref, context)
    if isinstance(ref, MemberRef):
        value = _member(ref, value)
    value = value.rstrip("\r\n")
    if not value:
        raise MissingSecret(_where(ref, "is not set" if ref.env else "is empty"))
    if wrong := _unsendable(value):
        raise UnusableSecret(_where(ref, wrong))
    context.secrets.add(value, str(ref) if isinstance(ref, MemberRef) else ref.name)
    return value


def issued(ref: SecretRef, context: Context) -> str:
    """Return the secret that a provider made, as its API wants it; raises MissingSecret.

    No provider makes one with a space or a quotation mark, so both came along when it was copied (facts M-1, D-1).
    """
    value = secret(ref, context)
    if wrong := _copied_along(ref, value):
        raise UnusableSecret(_where(ref, wrong))
    return value


def _unsendable(value: str) -> str:
    """Say why no header can carry `value`, without a word of it; "" if one can."""
    if {value[0], value[-1]} & _TYPED_QUOTES:
        return "stands in quotation marks"
    if "\n" in value or "\r" in value:
        return "holds a line break"
    if "\t" in value:
        return "holds a tab"
    if unseen := next((char for char in value if not char.isascii() and unicodedata.category(char) in _UNSEEN), ""):
        return f"holds a character that cannot be seen (U+{ord(unseen):04X})"
    if not value.isprintable() or not value.isascii():
        return "holds characters that no header can carry"
    return "begins or ends with a space" if value != value.strip(" ") else ""


def _copied_along(ref: SecretRef, value: str) -> str:
    """Say what was copied along with a provider's secret, without a word of the secret; "" if nothing was."""
    if {value[0], value[-1]} & set("\"'`"):
        return "stands in quotation marks, and only what is between them is wanted"
    if scheme := _SCHEME.match(value):
        return f"begins with `{scheme.group(1)} `, and only what follows is wanted"
    if header := _HEADER.match(value):
        return f"begins with the header's name `{header.group(1)}`, and only what follows is wanted"
    if ref.env and value.startswith(f"{ref.env}="):
        return f"begins with its own name `{ref.env}=`, and only what follows is wanted"
    return "holds a space" if " " in value else ""


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
    if isinstance(problem, UnusableSecret):
        hint = f"set {ref.env} anew" if ref.env else f"write {ref.file} anew"
        return error("missing-secret", f"{problem} (for {who})", hint=f"{hint}, with nothing but the secret in it")
    hint = f"set {ref.env} in the environment" if ref.env else f"put {ref.file} below RECONCILER_SECRETS_DIR"
    return error("missing-secret", f"{problem} (for {who})", hint=hint)


def _from_environment(ref: SecretRef, context: Context) -> str:
    """Return the variable, else the member of its name in RECONCILER_SECRETS; "" if neither has it.

    A called workflow hands over the secrets that it names, and no job gets all secrets of an environment.
    """
    value = context.environ.get(ref.env, "")
    return value or _member(MemberRef(env=SECRETS, member=ref.env), context.environ.get(SECRETS, ""))


def _member(ref: MemberRef, text: str) -> str:
    """Return one member of the JSON object in a variable; "" if it has no such member."""
    members = _members(text) if text else {}
    if members is None:
        raise BrokenObject(f"the environment variable {ref.env} is not a JSON object of names and texts")
    return members.get(ref.member, "")


@lru_cache(maxsize=2)
def _members(text: str) -> dict[str, str] | None:
    """Parse the object once for all profiles; None if it is not an object of texts."""
    try:
        data = strict_json(text)
    except ValueError:
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


def webhook_secrets(desired: Iterable[Desired], context: Context) -> None:
    """Look up the secrets of all webhooks that are at hand, so that no live value and no message shows one."""
    for one in desired:
        field = one.get("webhook")
        refs = field.value.secrets if field is not None and isinstance(field.value, Webhook) else ()
        for ref in refs:
            with suppress(MissingSecret):
                secret(ref, context)


def ledger_keys(context: Context) -> LedgerKeys:
    """Return the keys in the environment; raises InvalidInput for a key that is too short to protect anything."""
    found = parse_keys(context.environ.get(LEDGER_KEY, ""))
    if isinstance(found, LedgerKeys):
        return found
    fewer = KEY_BYTES - found
    summary = f"{LEDGER_KEY} has {found} bytes, {fewer} fewer than the {KEY_BYTES} that it must have"
    hint = "make one with: openssl rand -hex 32. Several keys stand apart by a space, and each must be as long"
    raise InvalidInput((error("ledger-key", summary, hint=hint),))


def marks(desired: Iterable[Desired], context: Context) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return each target's marks, one for each key of the ledger, that of the key that marks first."""
    keys = ledger_keys(context)
    found = {one.target.key: _marks(one, keys, context) for one in desired} if keys else {}
    return {target: made for target, made in found.items() if made}


def _marks(one: Desired, keys: LedgerKeys, context: Context) -> tuple[str, ...]:
    field = one.get("webhook")
    if field is None or not isinstance(field.value, Webhook) or not field.value.named_secrets:
        return ()
    try:
        secrets = {name: secret(ref, context) for name, ref in field.value.named_secrets.items()}
    except MissingSecret:
        # As in a pull request's job: without the secrets there is no mark.
        return ()
    return tuple(keyed_mark(secrets, key) for key in keys.keys)

"""secrets: (a reference, the environment) → the secret, or why it is not there.

Names are checked when files are validated (`core.secret`); here they are only looked up. A secret is returned to the
one place that puts it on the wire and kept nowhere else.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from reconciler.core.basics import Diagnostic, error
from reconciler.core.errors import InvalidInput
from reconciler.core.fields import MemberRef, SecretRef
from reconciler.effects.context import Context

_MOST_BYTES = 64 * 1024
_DEFAULT_FOLDER = "/run/secrets"


class MissingSecret(Exception):
    """A secret is not where its reference says; the message says where that is, and never what."""


class UnusableSecret(MissingSecret):
    """Something is there, and it is no secret that can be sent."""


class BrokenObject(UnusableSecret):
    """The variable that holds the secrets of many is no object of texts."""


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
    """Raise InvalidInput that names every secret of `refs` that is missing, and who wants it: all at once."""
    problems: dict[str, Diagnostic] = {}
    for ref, who in refs:
        try:
            secret(ref, context)
        except MissingSecret as problem:
            problems.setdefault(str(ref), missing(ref, problem, who=who))
    if problems:
        raise InvalidInput(tuple(problems[key] for key in sorted(problems)))


def missing(ref: SecretRef, problem: MissingSecret, *, who: str) -> Diagnostic:
    """Return a missing secret as a diagnostic: where it should be, and for whom."""
    if isinstance(problem, BrokenObject):
        return error("missing-secret", str(problem), hint='write {"berlin": "…", "cafes/vienna": "…"}')
    hint = f"set {ref.env} in the environment" if ref.env else f"put {ref.file} below RECONCILER_SECRETS_DIR"
    return error("missing-secret", f"{problem} (for {who})", hint=hint)


def _member(ref: MemberRef, text: str) -> str:
    """Return one member of the JSON object in a variable; one that is not there is missing like a variable."""
    members = _members(text) if text else {}
    if members is None:
        raise BrokenObject(f"the environment variable {ref.env} is not a JSON object of names and texts")
    return members.get(ref.member, "")


@lru_cache(maxsize=1)
def _members(text: str) -> dict[str, str] | None:
    """Parse the object once, and not for each of a thousand profiles; None when it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()) else None


def _from_file(ref: SecretRef, context: Context) -> str:
    folder = Path(context.environ.get("RECONCILER_SECRETS_DIR") or _DEFAULT_FOLDER)
    try:
        # Links are followed: that is how secrets are mounted. A pipe is opened without waiting, and refused.
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
    # Latin-1 takes every byte; what is not ASCII is refused with the rest of what no header can carry.
    return content.decode("latin-1")


def _where(ref: SecretRef, what: str) -> str:
    if isinstance(ref, MemberRef):
        return f"{ref} {what}"
    return f"the environment variable {ref.env} {what}" if ref.env else f"the secret file {ref.file} {what}"

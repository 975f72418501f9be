"""References to secrets: a file names where a secret is, never what it is, and may name only its own provider's.

A file in the repository must not be able to send a credential elsewhere. A reference is therefore held to a prefix: a
provider's credentials to the provider's own, webhook secrets to `WEBHOOK_`. Further names come only from outside the
repository, through `RECONCILER_ALLOW_ENV`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from reconciler.core.model import Model

WEBHOOK_PREFIX = "WEBHOOK_"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PLAINLY_A_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\Z")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")


class SecretRef(Model):
    """Where a secret is: the environment variable `env`, or `file` below the secrets directory. Exactly one is set."""

    env: str = ""
    file: str = ""

    @property
    def name(self) -> str:
        """The variable's or the file's name, for messages; it is not secret."""
        return self.env or self.file

    def __str__(self) -> str:
        """Return the reference as it is written in YAML."""
        return f"{{env: {self.env}}}" if self.env else f"{{file: {self.file}}}"


class MemberRef(SecretRef):
    """One member of the JSON object in the environment variable `env`. It stands in no file; code makes it."""

    member: str = ""

    def __str__(self) -> str:
        """Return the reference in words."""
        return f"{self.member!r} in {self.env}"


def refusal(ref: SecretRef, prefix: str, *, allowed: Collection[str] = ()) -> str | None:
    """Return why `ref` may not be read as a secret with `prefix`, or None when it may.

    `allowed` holds the names that the environment (never a file) permits besides. What does not look like a
    variable's name is not repeated: somebody may have written the secret itself there.
    """
    pattern = _NAME if ref.env else _FILE
    if not pattern.match(ref.name):
        kind = "an environment variable" if ref.env else "a file in the secrets directory"
        return f"this is not the name of {kind}"
    if ref.name.startswith(prefix) or ref.name in allowed:
        return None
    shown = ref.name if _PLAINLY_A_NAME.match(ref.name) else "this"
    return f"{shown} is not a name that may be read here: only names that begin with {prefix} are"


def permitted(ref: SecretRef) -> str:
    """Return how a name could be permitted, or an empty text where it is no name at all."""
    if not (_NAME if ref.env else _FILE).match(ref.name):
        return "it is a plain name, without folders" if ref.file else "it is made of letters, digits and underscores"
    return "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"

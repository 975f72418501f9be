"""credentials: (references as written, the provider) → where credentials may be, and what is wrong with that.

A file names where a credential is, never what it is, and only under its own provider's names. Where a provider has one
credential for each number, a profile that names none is looked up under a name made of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.document import Document, Path
from reconciler.core.parsing import did_you_mean
from reconciler.core.secret import MemberRef, SecretRef, permitted, refusal
from reconciler.core.traits import Traits


@dataclass(frozen=True, slots=True)
class WrittenCredentials:
    """The references that stand at `path` of a document, by the credential's name."""

    document: Document
    path: Path
    refs: Mapping[str, SecretRef]

    def of_account(self, traits: Traits, allowed: Collection[str]) -> Iterator[Diagnostic]:
        """Yield what is wrong with them in an account; `allowed` are names that the environment permits besides."""
        if traits.credential_per_number and self.refs:
            summary = f"{traits.title} has one {traits.credential} for each number, and none for an account"
            hint = f"move it into the profile, or set {variable(traits)}_<PROFILE> in the environment"
            yield error("credentials", summary, hint=hint, location=self.document.at_key(self.path))
        yield from self._problems(traits, allowed)

    def of_profile(self, traits: Traits, allowed: Collection[str]) -> Iterator[Diagnostic]:
        """Yield what is wrong with them in a profile."""
        if self.refs and not traits.credential_per_number:
            summary = f"at {traits.title} credentials belong to the account, not to a profile"
            hint = "move them to the account in profiles/reconciler.yaml"
            yield error("credentials", summary, hint=hint, location=self.document.at_key(self.path))
        yield from self._problems(traits, allowed)

    def _problems(self, traits: Traits, allowed: Collection[str]) -> Iterator[Diagnostic]:
        known = [key for key in (traits.credential, traits.looking_credential) if key]
        for key, ref in self.refs.items():
            path = (*self.path, key)
            at = self.document.at(path)
            if key not in known:
                summary, hint = f"unknown credential {key!r}", did_you_mean(key, known)
                yield error("unknown-key", summary, hint=hint, location=self.document.at_key(path))
            elif bool(ref.env) == bool(ref.file):
                yield error("secret", f"{key} must be {{env: NAME}} or {{file: NAME}}", location=at)
            elif traits.credential_per_number and ref.env == f"{variable(traits)}S":
                summary = f"{ref.env} holds the credentials of many numbers, and one is wanted here"
                hint = "leave `credentials` out: the profile's own member of it is found by the profile's name"
                yield error("secret-name", summary, hint=hint, location=at)
            elif reason := refusal(ref, traits.env_prefix, allowed=allowed):
                yield error("secret-name", reason, hint=permitted(ref), location=at)


def variable(traits: Traits) -> str:
    """Return how the environment variables of a provider's credential begin: `D360_API_KEY`."""
    return f"{traits.env_prefix}{traits.credential.upper()}"


def number_credentials(profile: str, refs: Mapping[str, SecretRef], traits: Traits) -> tuple[SecretRef, ...]:
    """Return where the credential of `profile` may be, in the order of looking; nothing where its account has one.

    What the profile names itself, or `D360_API_KEY_<PROFILE>`, or the profile's member of the object `D360_API_KEYS`.
    """
    if not traits.credential_per_number:
        return ()
    if traits.credential in refs:
        return (refs[traits.credential],)
    own = re.sub(r"[^A-Z0-9]", "_", profile.upper())
    return (
        SecretRef(env=f"{variable(traits)}_{own}"),
        MemberRef(env=f"{variable(traits)}S", member=profile),
    )

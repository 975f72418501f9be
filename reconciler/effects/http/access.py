"""AccountAccess: what the workers of one account share: its provider, the way there, and what its calls carry."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.provider import Failure, NumberFacts, Provider
from reconciler.core.target import Target
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.hosts import Hosts
from reconciler.effects.world import Context


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """What all workers of one account share; `opened` is what was told of the numbers. No repr shows the credential."""

    provider: Provider
    connection: Connection
    pace: Pace
    context: Context
    credential: str = ""
    # What each call proves to have, if the account names it; it never travels itself.
    proof_secret: str = ""
    # The numbers' own credentials, if they have any: by the profile's name.
    credentials: Mapping[str, str] = field(default_factory=dict)
    # The profiles without a credential, and why: no call is made for them.
    absent: Mapping[str, str] = field(default_factory=dict)
    opened: dict[str, NumberFacts] = field(default_factory=dict)
    # Where each credential is kept, for messages, and why the provider refused one: it is called no more with that.
    places: Mapping[str, str] = field(default_factory=dict)
    refused: dict[str, Failure] = field(default_factory=dict)
    deadline: float = float("inf")
    hosts: Hosts = field(default_factory=Hosts)

    def __repr__(self) -> str:
        """Name the endpoint and nothing else."""
        return f"AccountAccess({self.connection.origin})"

    def credential_for(self, target: Target | None) -> str:
        """Return the credential of `target`, which may be the account's."""
        return self.credentials.get(target.profile, self.credential) if target is not None else self.credential

    def proof_for(self, credential: str) -> str:
        """Return the proof that goes with `credential`; "" if none is asked for."""
        if not self.proof_secret:
            return ""
        return hmac.new(self.proof_secret.encode(), credential.encode(), "sha256").hexdigest()

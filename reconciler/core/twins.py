"""twins: the profiles and what each lays claim to → those that claim the same: each run would undo the other's work.

Where no call names the number (360dialog, Picky Assist), the credential decides which number is written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.document import Document
from reconciler.core.target import SANDBOX, Target


@dataclass(frozen=True, slots=True)
class AddressClaim:
    """What one profile says is its own. `credential` says where that comes from; `channel` is the provider's word."""

    target: Target
    document: Document
    credential: str = ""
    channel: str | None = None
    remedy: str = ""

    def rights(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield everything that no other profile may claim, and what it is called."""
        provider, endpoint, address = self.target.key
        # Whichever of a provider's hosts it is reached at, a number is the same one, and so is a credential.
        realm = endpoint if endpoint == SANDBOX else ""
        yield f"the same address ({address})", (provider, realm, "address", address)
        yield f"the same number ({self.target.number})", (provider, realm, "number", self.target.number)
        if self.channel is not None:
            named = f"{self.credential}{f', channel {self.channel}' if self.channel else ''}"
            key = (provider, realm, "credential", self.credential, self.channel)
            yield f"the same credential ({named}), which decides the number that is written to", key


def duplicates(claims: Iterable[AddressClaim]) -> Iterator[tuple[str, Diagnostic]]:
    """Yield each profile that claims what an earlier one does, once, and why that is wrong."""
    first: dict[tuple[str, ...], AddressClaim] = {}
    for claim in claims:
        for what, key in claim.rights():
            other = first.setdefault(key, claim)
            if other is not claim:
                summary = f"{claim.target.profile} and {other.target.profile} are {what}"
                hint = f"keep one of {claim.document.file} and {other.document.file}"
                if "credential" in key:
                    summary = f"{claim.target.profile} and {other.target.profile} use {what}"
                    hint = claim.remedy
                at = claim.document.at(("number",))
                yield claim.target.profile, error("same-target", summary, hint=hint, location=at)
                break

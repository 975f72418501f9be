"""What an account's list, or a number's own node, says of the number besides its profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What a provider's list says about one number, in the form that the provider's own reader needs.

    `webhook` is its own webhook's address, empty where it has none, None where what is said of it is not understood.
    `keys` are the further keys that the number's profile may have. `untold` says why the provider does not name the
    number that was asked about.
    """

    number: str
    webhook: str | None = ""
    blocked: str = ""
    unregistered: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    untold: str = ""


Roster = Mapping[str, NumberFacts]

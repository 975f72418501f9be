"""What an account's list, or a number's own node, says of the number besides its profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Business:
    """What a provider says of the business behind a number, in the provider's own words; a part not told is empty.

    Customers see the `name` above the chat. `name_status` says whether it was approved, `quality` how people take the
    number's messages, and `limit` to how many people it may write first. It is shown, and decides nothing.
    """

    name: str = ""
    name_status: str = ""
    quality: str = ""
    limit: str = ""


NO_BUSINESS = Business()


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
    business: Business = NO_BUSINESS


Roster = Mapping[str, NumberFacts]

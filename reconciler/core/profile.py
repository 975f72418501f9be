"""The canonical profile: one declared table of fields, and the industries.

Validation, JSON Schemas, the plan, documentation tables and the contract suite read this table; what a provider makes
of a field (its wire name, its own limit, whether it can be read or cleared) is in that provider's capability table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from reconciler.core.model import Model


class ValueKind(StrEnum):
    """What a field holds, and so how it is written in YAML, compared and shown."""

    TEXT = "text"
    EMAIL = "email"
    INDUSTRY = "industry"
    URLS = "urls"
    PICTURE = "picture"
    WEBHOOK = "webhook"


class FieldSpec(Model):
    """One field. `limit` is the widest limit of any provider, in code points; `items` the most entries of a list."""

    name: str
    title: str
    kind: ValueKind
    limit: int = 0
    items: int = 0


# Limits: the widest that any provider documents (Meta's, but for the e-mail, which Picky Assist allows to be 250).
FIELDS: Final[tuple[FieldSpec, ...]] = (
    FieldSpec(name="about", title="The short line under the name.", kind=ValueKind.TEXT, limit=139),
    FieldSpec(name="address", title="The street address, as one text.", kind=ValueKind.TEXT, limit=256),
    FieldSpec(name="description", title="What the business is, in a few sentences.", kind=ValueKind.TEXT, limit=512),
    FieldSpec(name="email", title="The contact address for customers.", kind=ValueKind.EMAIL, limit=250),
    FieldSpec(name="industry", title="The line of business, as Meta's code.", kind=ValueKind.INDUSTRY),
    FieldSpec(name="websites", title="Links, most important first.", kind=ValueKind.URLS, limit=256, items=2),
    FieldSpec(name="picture", title="An image file, relative to profiles/.", kind=ValueKind.PICTURE),
    FieldSpec(name="webhook", title="Where customers' messages are delivered.", kind=ValueKind.WEBHOOK, limit=200),
)

FIELD: Final[dict[str, FieldSpec]] = {field.name: field for field in FIELDS}
FIELD_NAMES: Final[tuple[str, ...]] = tuple(FIELD)

# What a number shows that nobody ever edited: replacing it loses nothing (facts M-4 in providers/APIS.md).
UNTOUCHED: Final[dict[str, str]] = {"about": "Hey there! I am using WhatsApp."}

# Meta's codes and labels. MATRIMONY_SERVICE has no published label (fact M-12).
INDUSTRIES: Final[dict[str, str]] = {
    "AUTO": "Automotive",
    "BEAUTY": "Beauty, Spa and Salon",
    "APPAREL": "Clothing and Apparel",
    "EDU": "Education",
    "ENTERTAIN": "Entertainment",
    "EVENT_PLAN": "Event Planning and Service",
    "FINANCE": "Finance and Banking",
    "GROCERY": "Food and Grocery",
    "GOVT": "Public Service",
    "HOTEL": "Hotel and Lodging",
    "HEALTH": "Medical and Health",
    "NONPROFIT": "Non-profit",
    "PROF_SERVICES": "Professional Services",
    "RETAIL": "Shopping and Retail",
    "TRAVEL": "Travel and Transportation",
    "RESTAURANT": "Restaurant",
    "OTHER": "Other",
    "ALCOHOL": "Alcoholic Beverages",
    "ONLINE_GAMBLING": "Online Gambling & Gaming",
    "PHYSICAL_GAMBLING": "Non-Online Gambling & Gaming",
    "OTC_DRUGS": "Over-the-Counter Drugs",
    "MATRIMONY_SERVICE": "Matrimony Service",
}


class Mode(StrEnum):
    """What the tool does with a profile: manage it, only look at it, or leave it alone."""

    MANAGED = "managed"
    OBSERVE = "observe"
    PAUSED = "paused"

"""The canonical profile: one declared table of fields, the industries, and the values that a field can hold.

FIELDS, INDUSTRIES: the tables. refusal: (a reference to a secret, a prefix) → why it may not be read, or None.
canonical_json: JSON → its one spelling. canonical_url: a link → its one spelling.
strict_json: JSON from another party → its one value; of `{"status":820,"status":100}` two readers see two values.

Validation, JSON Schemas, the plan, documentation tables and the contract suite read this table. A provider's own rules
for a field (its wire name, its limit, whether it can be read or cleared) are in that provider's capability table.

A file names the place of a secret, never the secret. A file in the repository must not be able to send a credential
elsewhere, so a reference is held to a prefix: a provider's credentials to the provider's own, webhook secrets to
`WEBHOOK_`. Further names come only from outside the repository, through `RECONCILER_ALLOW_ENV`.

A value is text, a list of links, a picture or a webhook. "Nothing set" is the empty text, and for links the empty list;
only `kinds.is_empty` decides that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reconciler.core.basics import Model


class ValueKind(StrEnum):
    """The kind of a field, which decides how it is written in YAML, compared and shown."""

    TEXT = "text"
    EMAIL = "email"
    INDUSTRY = "industry"
    URLS = "urls"
    PICTURE = "picture"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. `limit` is the widest limit of any provider, in code points; `items` the most entries of a list."""

    name: str
    title: str
    kind: ValueKind
    limit: int = 0
    items: int = 0


# Limits: the widest that any provider documents (Meta's, except for the e-mail: Picky Assist allows 250).
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

# The values of a number that was never edited: replacing them loses nothing (facts M-4 in providers/APIS.md).
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
    """What the tool does with a profile: manage it, only read it, or leave it alone."""

    MANAGED = "managed"
    OBSERVE = "observe"
    PAUSED = "paused"


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
    """One member of the JSON object in the environment variable `env`. No file holds one; code makes it."""

    member: str = ""

    def __str__(self) -> str:
        """Return the reference in words."""
        return f"{self.member!r} in {self.env}"


def refusal(ref: SecretRef, prefix: str, *, allowed: Collection[str] = ()) -> str | None:
    """Return why `ref` may not be read as a secret with `prefix`, or None if it may.

    `allowed` holds further names that the environment (never a file) permits. A text that does not look like a
    variable's name is not repeated: the author may have written the secret itself there.
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
    """Return how a name could be permitted, or, if it is not a name, of what a name may consist."""
    if not (_NAME if ref.env else _FILE).match(ref.name):
        return "it is a plain name, without folders" if ref.file else "it is made of letters, digits and underscores"
    return "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, identified by its content and never by its path.

    `sha256` is of the file's bytes; `size` is in bytes, `width` and `height` in pixels. `grid` is 64 x 64 RGB cells in
    base64, for telling a re-encoded picture from another one; `alpha` says that parts of it are see-through. `file` is
    the path below profiles/, empty for a picture that a provider serves.
    """

    sha256: str
    mime: str
    size: int
    width: int
    height: int
    grid: str
    alpha: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """An HTTP header that a provider calls a webhook with. Its value is only ever a reference to a secret.

    A live header has none: its value is neither shown, compared nor kept.
    """

    name: str
    secret: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a provider delivers customers' messages. The token is only ever a reference to a secret."""

    url: str
    verify_token: SecretRef | None = None
    headers: tuple[Header, ...] = ()

    @property
    def named_secrets(self) -> dict[str, SecretRef]:
        """The references by their use: the token under "", and each header under its name (RFC 9110: no case)."""
        token = {"": self.verify_token} if self.verify_token is not None else {}
        return token | {one.name.lower(): one.secret for one in self.headers if one.secret is not None}

    @property
    def secrets(self) -> tuple[SecretRef, ...]:
        """Every reference to a secret in it."""
        return tuple(ref for ref in (self.verify_token, *(header.secret for header in self.headers)) if ref is not None)


Value = str | tuple[str, ...] | Picture | Webhook

_NO_PATH = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*://[^/?#]+)(?=[?#]|\Z)")

Json = str | int | float | bool | None | list[Any] | dict[str, Any]


def canonical_json(data: Json) -> str:
    """Return the one spelling of `data` as text: sorted keys, no spaces, no escapes beyond what JSON demands."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class RepeatedKey(ValueError):
    """A key stands twice in one object, so that two readers could see two different values."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def strict_json(content: bytes | str) -> Any:
    """Return the data of JSON from another party; raises ValueError if it is not JSON, and RepeatedKey.

    It has to be UTF-8. `NaN` and `Infinity` are not JSON, and neither is data nested too deeply to be read.
    """
    text = content.decode() if isinstance(content, bytes) else content
    if text.startswith("\ufeff"):
        raise ValueError("it begins with a byte-order mark (BOM)")
    try:
        return _STRICT.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise RepeatedKey(key)
        found[key] = value
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# One for all replies: `json.loads` makes one for each.
_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def canonical_url(url: str) -> str:
    """Return `url` with an empty path written as `/`.

    This is the one rewrite on record (Meta: `https://a.example` reads back as `https://a.example/`, fact M-6). Whether
    hosts are lower-cased or percent-escapes rewritten is unknown, so those stay real differences. Live values come
    here too, so no text raises.
    """
    return _NO_PATH.sub(r"\1/", url)

"""What a field can hold, in canonical form, and how that is written as JSON.

A value is text, a list of links, a picture or a webhook. Nothing set is the empty text, and for links the empty list:
`is_empty` is the one place that says so.
"""

from __future__ import annotations

import json
import re
from typing import Any

from reconciler.core.model import Model
from reconciler.core.profile import FIELD, UNTOUCHED, ValueKind
from reconciler.core.secret import SecretRef


class Picture(Model):
    """An image, by what it is and never by where it lies.

    `sha256` is of the file's bytes; `size` is in bytes, `width` and `height` in pixels. `grid` is 64 x 64 RGB cells in
    base64, for telling a re-encoded picture from another one; `alpha` says that parts of it are see-through. `file` is
    the path below profiles/, empty for what a provider serves.
    """

    sha256: str
    mime: str
    size: int
    width: int
    height: int
    grid: str
    alpha: bool = False
    file: str = ""


class Header(Model):
    """An HTTP header that a provider calls a webhook with. Its value is only ever a reference to a secret.

    A live header has none: what it holds is neither shown, compared nor kept.
    """

    name: str
    secret: SecretRef | None = None


class Webhook(Model):
    """Where a provider delivers customers' messages. The token is only ever a reference to a secret."""

    url: str
    verify_token: SecretRef | None = None
    headers: tuple[Header, ...] = ()

    @property
    def named_secrets(self) -> dict[str, SecretRef]:
        """The references by where they are used: the token, and each header by its name (RFC 9110: no case)."""
        token = {"": self.verify_token} if self.verify_token is not None else {}
        return token | {one.name.lower(): one.secret for one in self.headers if one.secret is not None}

    @property
    def secrets(self) -> tuple[SecretRef, ...]:
        """Every reference to a secret in it."""
        return tuple(ref for ref in (self.verify_token, *(header.secret for header in self.headers)) if ref is not None)


Value = str | tuple[str, ...] | Picture | Webhook

_NO_PATH = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*://[^/?#]+)(?=[?#]|\Z)")

Json = str | int | float | bool | None | list[Any] | dict[str, Any]


def is_empty(value: Value) -> bool:
    """Say whether `value` means "nothing set"."""
    match value:
        case Webhook():
            return not value.url
        case Picture():
            return False
        case _:
            return not value


def is_worth_keeping(name: str, value: Value) -> bool:
    """Say whether replacing `value` of field `name` loses something that somebody wrote."""
    return not is_empty(value) and value != UNTOUCHED.get(name)


def empty(name: str) -> Value:
    """Return the empty value of the field `name`."""
    match FIELD[name].kind:
        case ValueKind.URLS:
            return ()
        case ValueKind.WEBHOOK:
            return Webhook(url="")
        case _:
            return ""


def to_json(value: Value) -> Json:
    """Return `value` as JSON for people and plans: no grid (it is 16 KB of noise), no secret (there is none)."""
    match value:
        case Picture():
            data: dict[str, Any] = value.model_dump(exclude={"grid", "alpha"})
            return data
        case Webhook():
            token = {"verify_token": _reference(value.verify_token)} if value.verify_token else {}
            headers = {header.name: _reference(header.secret) for header in value.headers}
            return {"url": value.url} | token | ({"headers": headers} if headers else {})
        case tuple():
            return list(value)
        case _:
            return value


def _reference(ref: SecretRef | None) -> Json:
    return {key: name for key, name in ref.model_dump().items() if name} if ref is not None else None


def to_record(value: Value) -> Json:
    """Return `value` as JSON for the ledger: everything that `from_record` needs."""
    return value.model_dump() if isinstance(value, Picture) else to_json(value)


def from_record(name: str, data: Json) -> Value:
    """Return the value of field `name` that `to_record` wrote; raises ValueError when `data` is not one."""
    match FIELD[name].kind, data:
        case ValueKind.URLS, list() if all(isinstance(item, str) for item in data):
            return tuple(data)
        case ValueKind.PICTURE, dict():
            return Picture.model_validate(data)
        case ValueKind.WEBHOOK, {"headers": dict(headers), **rest}:
            found = tuple({"name": header, "secret": headers[header]} for header in sorted(headers, key=str.lower))
            return Webhook.model_validate({**rest, "headers": found})
        case ValueKind.WEBHOOK, dict():
            return Webhook.model_validate(data)
        case ((ValueKind.TEXT | ValueKind.EMAIL | ValueKind.INDUSTRY), str()):
            return data
        case ValueKind.PICTURE, "":
            return ""
        case _:
            raise ValueError(f"not a value of {name}")


def from_json(name: str, data: Json) -> Value | None:
    """Return the value of field `name` that `to_json` wrote; None when `data` is not one, or there is no such field.

    A picture is then told by its hash alone.
    """
    if name not in FIELD:
        return None
    pixels = {"grid": ""} if FIELD[name].kind is ValueKind.PICTURE else {}
    try:
        value = from_record(name, {**data, **pixels} if isinstance(data, dict) else data)
        return value if canonical_json(to_json(value)) == canonical_json(data) else None
    except ValueError:
        return None


def canonical_json(data: Json) -> str:
    """Return the one spelling of `data` as text: sorted keys, no spaces, no escapes beyond what JSON demands."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_url(url: str) -> str:
    """Return `url` with an empty path written as `/`.

    The one rewrite that is on record (Meta: `https://a.example` reads back as `https://a.example/`, fact M-6). Whether
    hosts are lower-cased or percent-escapes rewritten is unknown, so those stay real differences. Live values come
    here too: whatever `url` is, nothing raises.
    """
    return _NO_PATH.sub(r"\1/", url)

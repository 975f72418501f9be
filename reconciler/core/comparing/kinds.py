"""kinds: what each kind of value means, as one table: its emptiness, its JSON, its equality and its short words.

is_empty, is_worth_keeping, empty: emptiness. to_json, from_json: a value ↔ JSON for people.
to_record, from_record: a value ↔ JSON for a ledger. equality, is_same, is_identical: (a value, another) → same?
brief: a value → enough of it to recognise it by.

A new kind is a class in `fields`, a row here, and its look in `render/text/changes` and `render/markdown/changes`.

Pictures are compared by hash and then by likeness, because providers serve re-encoded bytes. A webhook is compared by
its URL and the names of its headers: its token can never be read back, and the values of its headers are secrets.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from reconciler.core.basics import checked, to_dict
from reconciler.core.comparing.picture_comparison import Likeness, compare_pictures
from reconciler.core.fields import (
    FIELD,
    UNTOUCHED,
    Header,
    Json,
    Picture,
    SecretRef,
    Value,
    ValueKind,
    Webhook,
    canonical_json,
    canonical_url,
)

_V = TypeVar("_V", str, tuple[str, ...], Picture, Webhook)
_MOST_CHARACTERS = 40


class Equality(StrEnum):
    """The answer to "are these the same?"; only pictures can leave it open."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot tell"


_BY_LIKENESS = {
    Likeness.SAME: Equality.SAME,
    Likeness.DIFFERENT: Equality.DIFFERENT,
    Likeness.CANNOT_TELL: Equality.CANNOT_TELL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindMeaning(Generic[_V]):
    """One row: what is true of all values of one kind.

    `empty` is the explicit empty value of a field of this kind. `is_empty` says whether a value means "nothing set".
    `json` is for people and plans and holds no secret; `record` is for the ledger, and `read` takes that back, or
    returns None where the data is not of this kind. `equal` compares two values as a customer would see them.
    `unchanged` compares two values that we wrote: "did we change it?". `brief` is enough to recognise a value by.
    """

    empty: Value
    is_empty: Callable[[_V], bool]
    json: Callable[[_V], Json]
    record: Callable[[_V], Json]
    read: Callable[[Json], Value | None]
    equal: Callable[[_V, _V], Equality]
    unchanged: Callable[[_V, _V], bool]
    brief: Callable[[_V], str]


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= _MOST_CHARACTERS else f'"{text[:_MOST_CHARACTERS]}…"'


def _exact(one: Json, other: Json) -> Equality:
    """Compare canonical JSON: Python's own equality would call 1 and True the same."""
    return Equality.SAME if canonical_json(one) == canonical_json(other) else Equality.DIFFERENT


_TEXT: KindMeaning[str] = KindMeaning(
    empty="",
    is_empty=lambda text: not text,
    json=lambda text: text,
    record=lambda text: text,
    read=lambda data: data if isinstance(data, str) else None,
    equal=lambda one, other: Equality.SAME if one == other else Equality.DIFFERENT,
    unchanged=lambda one, other: one == other,
    brief=_quoted,
)


def _equal_links(one: tuple[str, ...], other: tuple[str, ...]) -> Equality:
    same_links = one == other or [*map(canonical_url, one)] == [*map(canonical_url, other)]
    return Equality.SAME if same_links else Equality.DIFFERENT


def _read_links(data: Json) -> Value | None:
    return tuple(data) if isinstance(data, list) and all(isinstance(item, str) for item in data) else None


_LINKS: KindMeaning[tuple[str, ...]] = KindMeaning(
    empty=(),
    is_empty=lambda links: not links,
    json=list,
    record=list,
    read=_read_links,
    equal=_equal_links,
    unchanged=lambda one, other: _equal_links(one, other) is Equality.SAME,
    brief=lambda links: _quoted(", ".join(links)),
)


def _equal_pictures(one: Picture, other: Picture) -> Equality:
    if one.sha256 == other.sha256:
        return Equality.SAME
    verdict = _BY_LIKENESS[compare_pictures(one.grid, other.grid)]
    # A provider puts a see-through picture on a background of its choice, which is not documented (fact M-15).
    unsure = verdict is Equality.DIFFERENT and (one.alpha or other.alpha)
    return Equality.CANNOT_TELL if unsure else verdict


def _read_picture(data: Json) -> Value | None:
    """Return a picture, or the empty text that stands for none."""
    if isinstance(data, dict):
        found = checked(Picture, data)
        # A grid has 16 KB, and one logo serves many numbers, as it was sent and as it is served.
        return replace(found, grid=sys.intern(found.grid))
    return "" if data == "" else None


_PICTURE: KindMeaning[Picture] = KindMeaning(
    empty="",
    is_empty=lambda _: False,
    # The grid is 16 KB of noise.
    json=lambda picture: to_dict(picture, without=("grid", "alpha")),
    record=to_dict,
    read=_read_picture,
    equal=_equal_pictures,
    # By their bytes alone.
    unchanged=lambda one, other: one.sha256 == other.sha256,
    brief=lambda picture: picture.file or f"a picture of {picture.width} × {picture.height} pixels",
)


def _webhook_json(webhook: Webhook) -> Json:
    token = {"verify_token": _reference(webhook.verify_token)} if webhook.verify_token else {}
    headers = {header.name: _reference(header.secret) for header in webhook.headers}
    return {"url": webhook.url} | token | ({"headers": headers} if headers else {})


def _reference(ref: SecretRef | None) -> Json:
    return {key: name for key, name in ref.model_dump().items() if name} if ref is not None else None


def _read_webhook(data: Json) -> Value | None:
    match data:
        case {"headers": dict(headers), **rest}:
            written = ({"name": header, "secret": headers[header]} for header in sorted(headers, key=str.lower))
            return checked(Webhook, {**rest, "headers": tuple(checked(Header, one) for one in written)})
        case dict():
            return checked(Webhook, data)
        case _:
            return None


def _readable(webhook: Webhook) -> list[Any]:
    """Return the part of a webhook that a provider shows: its URL and the names of its headers (RFC 9110: no case).

    The values of the headers and the token are secrets.
    """
    return [canonical_url(webhook.url), *sorted(header.name.lower() for header in webhook.headers)]


def _equal_webhooks(one: Webhook, other: Webhook) -> Equality:
    return _exact(_readable(one), _readable(other))


def _secrets(webhook: Webhook) -> tuple[SecretRef | None, dict[str, SecretRef | None]]:
    return webhook.verify_token, {header.name.lower(): header.secret for header in webhook.headers}


def _unchanged_webhooks(one: Webhook, other: Webhook) -> bool:
    """Compare the references to their secrets too."""
    return _equal_webhooks(one, other) is Equality.SAME and _secrets(one) == _secrets(other)


_WEBHOOK: KindMeaning[Webhook] = KindMeaning(
    empty=Webhook(url=""),
    is_empty=lambda webhook: not webhook.url,
    json=_webhook_json,
    record=_webhook_json,
    read=_read_webhook,
    equal=_equal_webhooks,
    unchanged=_unchanged_webhooks,
    brief=lambda webhook: _quoted(webhook.url),
)

KINDS: dict[ValueKind, KindMeaning[Any]] = {
    ValueKind.TEXT: _TEXT,
    ValueKind.EMAIL: _TEXT,
    ValueKind.INDUSTRY: _TEXT,
    ValueKind.URLS: _LINKS,
    ValueKind.PICTURE: _PICTURE,
    ValueKind.WEBHOOK: _WEBHOOK,
}
_BY_TYPE: dict[type, KindMeaning[Any]] = {str: _TEXT, tuple: _LINKS, Picture: _PICTURE, Webhook: _WEBHOOK}


def is_empty(value: Value) -> bool:
    """True if `value` means "nothing set"."""
    return _BY_TYPE[type(value)].is_empty(value)


def is_worth_keeping(name: str, value: Value) -> bool:
    """True if replacing `value` of field `name` loses a text that a person wrote."""
    return not is_empty(value) and value != UNTOUCHED.get(name)


def empty(name: str) -> Value:
    """Return the empty value of the field `name`."""
    return KINDS[FIELD[name].kind].empty


def to_json(value: Value) -> Json:
    """Return `value` as JSON for people and plans, without the grid (16 KB of noise); it holds no secret."""
    return _BY_TYPE[type(value)].json(value)


def to_record(value: Value) -> Json:
    """Return `value` as JSON for the ledger: everything that `from_record` needs."""
    return _BY_TYPE[type(value)].record(value)


def from_record(name: str, data: Json) -> Value:
    """Return the value of field `name` that `to_record` wrote; raises ValueError if `data` is not one."""
    value = KINDS[FIELD[name].kind].read(data)
    if value is None:
        raise ValueError(f"not a value of {name}")
    return value


def from_json(name: str, data: Json) -> Value | None:
    """Return the value of field `name` that `to_json` wrote; None if `data` is not one, or there is no such field.

    A picture is then identified by its hash alone.
    """
    if name not in FIELD:
        return None
    pixels = {"grid": ""} if FIELD[name].kind is ValueKind.PICTURE else {}
    try:
        value = from_record(name, {**data, **pixels} if isinstance(data, dict) else data)
        return value if canonical_json(to_json(value)) == canonical_json(data) else None
    except ValueError:
        return None


def equality(one: Value, other: Value) -> Equality:
    """Compare two values of one field as a customer would see them."""
    if type(one) is type(other):
        return _BY_TYPE[type(one)].equal(one, other)
    return Equality.SAME if is_empty(one) and is_empty(other) else Equality.DIFFERENT


def is_same(one: Value, other: Value) -> bool:
    """True if two values are known to be the same."""
    return equality(one, other) is Equality.SAME


def is_identical(one: Value, other: Value) -> bool:
    """True if two values that we wrote are the same: "did we change it?"."""
    return _BY_TYPE[type(one)].unchanged(one, other) if type(one) is type(other) else is_same(one, other)


def brief(value: Value) -> str:
    """Return enough of a value to recognise it by."""
    return _BY_TYPE[type(value)].brief(value)

"""One repository that writes every key there is, and that repository with one value in the place of another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from reconciler.render.schemas import Schema

Place = tuple[str | int, ...]

_SECRET = {"env": "WEBHOOK_SECRET"}
_FIELDS = {
    "about": "Bread in ${city}",
    "address": "Hauptstr. 1",
    "description": "Since 1901",
    "email": "a@shop.example",
    "industry": "RESTAURANT",
    "websites": ["https://shop.example"],
    "picture": "logo.png",
}
_RULES = ("clear", "webhook", "first-contact", "same-value", "removed", "last-look", "empty")
_POLICY = dict.fromkeys(_RULES, "ask")
_FINDINGS = dict.fromkeys(("on_drift", "on_conflict", "on_unrecorded"), "report")


def _webhook(**parts: Any) -> dict[str, Any]:
    return {"url": "https://hooks.shop.example/${city}", **parts}


def _profile(account: str, number: int, fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"account": account, "number": f"+4930123450{number}", **more, "extends": ["templates/one.yaml"]}
    return {
        **head,
        "vars": {"city": "Berlin"},
        "omit": [] if "webhook" in fields else ["webhook"],
        "mode": "managed",
        "profile": fields,
    }


def _keyed(**secrets: str) -> dict[str, Any]:
    return {"credentials": {name: {"env": variable} for name, variable in secrets.items()}}


_EVERY_PART = _webhook(verify_token=_SECRET, headers={"X-Key": _SECRET})
# Each profile writes its webhook as its provider has it, or omits it: the others' parts are not for each provider.
FILES: dict[str, dict[str, Any]] = {
    "reconciler.yaml": {
        "version": 1,
        "accounts": {
            "bakery": {
                "provider": "meta",
                "endpoint": "sandbox",
                "concurrency": 4,
                "api_version": "v23.0",
                "waba_id": "104996122399160",
                "bulk_read": "auto",
                "defaults": {**_FIELDS, "webhook": _webhook(verify_token=_SECRET)},
                **_keyed(token="META_TOKEN", plan_token="META_PLAN_TOKEN", app_secret="META_APP_SECRET"),
            },
            "dialog": {
                "provider": "360dialog",
                "endpoint": "sandbox",
                "concurrency": 4,
                "defaults": {"webhook": _webhook(headers={"X-Key": _SECRET})},
            },
            "kaleyra": {
                "provider": "kaleyra",
                "host": "api.kaleyra.io",
                "endpoint": "sandbox",
                "concurrency": 4,
                "sid": "HXAP0000000000IN",
                "picture_base_url": "https://pictures.shop.example/",
                **_keyed(api_key="KALEYRA_API_KEY"),
            },
            "picky": {
                "provider": "pickyassist",
                "host": "pickyassist.com",
                "endpoint": "sandbox",
                "concurrency": 4,
                "application": 8,
                "picture_base_url": "https://pictures.shop.example/",
                "send": "changed",
                **_keyed(token="PICKYASSIST_TOKEN"),
            },
        },
        "ledger": "local",
        "policy": {
            "bulk": {"profiles": 5, "percent": 30, "never_above": 100},
            **_POLICY,
            **_FINDINGS,
            "self_label": "deny",
            "placeholders": "warn",
        },
        "defaults": {**_FIELDS, "about": "Bread", "webhook": _EVERY_PART},
    },
    "defaults.yaml": {
        "account": "bakery",
        "mode": "managed",
        "extends": ["templates/one.yaml"],
        "vars": {"city": "Rome"},
        "profile": {**_FIELDS, "webhook": _EVERY_PART},
    },
    "templates/one.yaml": {
        "extends": ["templates/two.yaml"],
        "vars": {"city": "Paris"},
        "profile": {**_FIELDS, "webhook": _EVERY_PART},
    },
    "templates/two.yaml": {"profile": {"about": "Bread"}},
    "drift-ignore.yaml": {
        "version": 1,
        "ignore": [
            {
                "profile": "meta",
                "field": "about",
                "value": f"sha256:{'0' * 64}",
                "reason": "A campaign",
                "until": "2100-12-27",
            }
        ],
    },
    "meta.yaml": _profile(
        "bakery", 10, {**_FIELDS, "webhook": _webhook(verify_token=_SECRET)}, phone_number_id="106540352242922"
    ),
    "dialog.yaml": _profile(
        "dialog",
        11,
        {**_FIELDS, "webhook": _webhook(headers={"X-Key": _SECRET, "X-Id": {"file": "WEBHOOK_ID"}})},
        phone_number_id="196079650431159",
        **_keyed(api_key="D360_API_KEY_DIALOG"),
    ),
    "kaleyra.yaml": _profile("kaleyra", 12, {**_FIELDS, "webhook": _webhook()}),
    "picky.yaml": _profile("picky", 13, _FIELDS, application=9),
}
# Every type of value that YAML has, as it is written; the empty text writes nothing behind the colon.
VALUES = (
    *("", "~", "''", "x", "5", "-1", "9" * 400, "1.5", ".nan", "true", "2026-12-27", "'${a}'", "'\\0'"),
    *("[]", "[x]", "[[]]", "[~]", "{}", "{a: x}", "{a: ~}", "{5: x}"),
)


@dataclass(frozen=True)
class Cell:
    """One value, as it is written, in the place of another one."""

    file: str
    place: Place
    value: str

    def __str__(self) -> str:
        return f"{self.file} {'.'.join(map(str, self.place)) or 'all of it'}: {self.value[:20]}"

    def write(self, profiles: Path) -> None:
        """Write all files, with the value in its place; the empty ones have nothing behind the colon."""
        Image.new("RGB", (640, 640), "white").save(profiles / "logo.png")
        for name, data in FILES.items():
            path = profiles / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = _written(data, (), self) if name == self.file else _written(data, (), None)
            path.write_text(text + "\n", encoding="utf-8")


def cells() -> Iterator[Cell]:
    """Yield each place of each file with each value."""
    for name, data in FILES.items():
        for place in _places(data, ()):
            yield from (Cell(name, place, value) for value in VALUES)


def keys(data: object, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each key in a file; a list adds nothing to it."""
    if isinstance(data, dict):
        for key, inner in data.items():
            yield (*place, key)
            yield from keys(inner, (*place, key))
    elif isinstance(data, list):
        for inner in data:
            yield from keys(inner, place)


def declared(schema: Schema, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each key that a schema declares; `*` is a key that people name."""
    for key, inner in schema.get("properties", {}).items():
        yield (*place, key)
        yield from declared(inner, (*place, key))
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        yield from declared(more, (*place, "*"))
    for inner in (*filter(None, [schema.get("items")]), *(one["then"] for one in schema.get("allOf", ()))):
        yield from declared(inner, place)


def _places(data: object, place: Place) -> Iterator[Place]:
    yield place
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from _places(value, (*place, key))


def _written(data: object, place: Place, cell: Cell | None) -> str:
    """Return `data` as YAML, with the cell's value in its place."""
    if cell is not None and place == cell.place:
        return cell.value
    indent = "\n" + "  " * len(place)
    if isinstance(data, dict) and data:
        return "".join(f"{indent}{json.dumps(key)}: {_written(one, (*place, key), cell)}" for key, one in data.items())
    if isinstance(data, list) and data:
        return "".join(f"{indent}- {_written(one, (*place, at), cell)}" for at, one in enumerate(data))
    return json.dumps(data)

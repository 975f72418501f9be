"""The parts of the plan document's JSON Schema: what stands in a diagnostic, a gate, a value, and so on.

A reader of the document checks what permits a change. Of these parts it checks only the type.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

from reconciler.core.basics import Severity
from reconciler.core.comparing.difference import Became
from reconciler.core.fields import FIELD_NAMES, Mode
from reconciler.core.planning.origin import SameReason
from reconciler.core.settings import Rule

SchemaPart: TypeAlias = dict[str, Any]


def closed(properties: SchemaPart, **optional: SchemaPart) -> SchemaPart:
    """Return an object that requires `properties`, allows `optional` ones, and no others."""
    return {
        "type": "object",
        "properties": {**properties, **optional},
        "required": list(properties),
        "additionalProperties": False,
    }


def array_of(items: SchemaPart) -> SchemaPart:
    """Return a list of `items`."""
    return {"type": "array", "items": items}


def enum_of(values: type[StrEnum]) -> SchemaPart:
    """Return one of `values`."""
    return {"enum": [value.value for value in values]}


A_TEXT: SchemaPart = {"type": "string"}
A_WHOLE: SchemaPart = {"type": "integer"}
A_FIELD: SchemaPart = {"enum": list(FIELD_NAMES)}
A_DIGEST: SchemaPart = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
A_COMMIT: SchemaPart = {"type": ["string", "null"], "pattern": "^[0-9a-f]{40,64}$"}
TEXT_OR_NULL: SchemaPart = {"type": ["string", "null"]}
A_SENSITIVE: SchemaPart = {
    "type": "object",
    "additionalProperties": {"anyOf": [{"const": True}, {"type": "object", "additionalProperties": {"const": True}}]},
}
A_LOCATION = closed({"file": A_TEXT, "line": A_WHOLE, "column": A_WHOLE})
A_DIAGNOSTIC = closed(
    {
        "severity": enum_of(Severity),
        **dict.fromkeys(("code", "summary", "hint", "profile"), A_TEXT),
        "location": A_LOCATION,
    }
)
A_GATE = closed(
    {"gate": A_TEXT, "rule": enum_of(Rule), "summary": A_TEXT, "hint": A_TEXT, "profiles": array_of(A_TEXT)}
)
A_TOLD = dict.fromkeys(("note", "since", "run"), A_TEXT)
A_UNCHANGED = closed({"field": A_FIELD, "reason": enum_of(SameReason), **A_TOLD}, by_memory={"const": True})
A_PIECE = closed({"became": enum_of(Became), "text": A_TEXT})
A_DETAIL = closed(
    {
        "path": {
            **A_TEXT,
            "description": "Where in the value: empty for a text, [1] in a list, url, headers.x-shop.",
        },
        "became": enum_of(Became),
        "before": TEXT_OR_NULL,
        "after": TEXT_OR_NULL,
        "came_from": {**A_TEXT, "description": "Where an item was that has another place now."},
        "pieces": {**array_of(A_PIECE), "description": "A text, word by word: what is kept, removed and added."},
        "note": {**A_TEXT, "description": "The characters that differ and look alike."},
    }
)
A_CAUSE: SchemaPart = {
    "description": "The parts of the reason, null where no call failed; `trace` is for the provider's support.",
    "anyOf": [
        closed(dict.fromkeys(("message", "reason", "code", "trace", "hint", "credential"), A_TEXT)),
        {"type": "null"},
    ],
}
A_UNREAD = closed({"field": A_FIELD, "reason": A_TEXT, "cause": A_CAUSE})
A_CAUSES = closed(
    {
        "cause": closed(dict.fromkeys(("message", "reason", "code", "hint"), A_TEXT)),
        **dict.fromkeys(("status", "account"), A_TEXT),
        "credentials": array_of(A_TEXT),
        "fields": {
            **array_of(A_FIELD),
            "description": "The fields of each profile; none if it is the whole profile.",
        },
        "profiles": array_of(A_TEXT),
    }
)
A_RELEASED = closed(
    {
        **dict.fromkeys(("provider", "endpoint", "address", "profile"), A_TEXT),
        "fields": array_of(A_FIELD),
        "whole": {"type": "boolean", "description": "Whether no file of the profile is left."},
        "mode": {**enum_of(Mode), "description": "The mode in its file; other than managed where that is why."},
    }
)


def value_schema() -> SchemaPart:
    """Return what may stand in the place of a value."""
    number: SchemaPart = {"type": "integer", "minimum": 0}
    texts = dict.fromkeys(("sha256", "mime", "file"), A_TEXT)
    secret: SchemaPart = {"type": "object", "additionalProperties": A_TEXT, "minProperties": 1, "maxProperties": 1}
    told = {**secret, "description": "Where the secret is, never what it is."}
    headers = {"type": "object", "additionalProperties": {"anyOf": [secret, {"type": "null"}]}}
    webhook = closed({"url": A_TEXT}, verify_token=told, headers=headers)
    picture = closed({**texts, **dict.fromkeys(("size", "width", "height"), number)})
    described = "Text, a list of links, a picture by hash, or a webhook; null where nothing is known."
    return {"description": described, "anyOf": [{"type": ["string", "null"]}, array_of(A_TEXT), picture, webhook]}

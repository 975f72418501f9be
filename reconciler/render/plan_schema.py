"""The JSON Schema of the plan document."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import Any

from reconciler.core.basics import Severity
from reconciler.core.fields import FIELD_NAMES
from reconciler.core.formats import PLAN_FORMAT
from reconciler.core.memory.runs import Reason
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Summary, TargetStatus
from reconciler.core.settings import Rule
from reconciler.core.target import Action, Origin

_Schema = dict[str, Any]

_TEXT: _Schema = {"type": "string"}
_DIGEST: _Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_COMMIT: _Schema = {"type": ["string", "null"], "pattern": "^[0-9a-f]{40,64}$"}
_FIELD: _Schema = {"enum": list(FIELD_NAMES)}
_SENSITIVE: _Schema = {
    "type": "object",
    "additionalProperties": {"anyOf": [{"const": True}, {"type": "object", "additionalProperties": {"const": True}}]},
}


def plan_schema() -> _Schema:
    """Return the schema of what `plan --json` and `plan --out` write."""
    properties: _Schema = {
        "format_version": {"const": PLAN_FORMAT},
        "digest": {**_DIGEST, "description": "Binds every change to its target; nothing volatile is in it."},
        "has_changes": {"type": "boolean"},
        "complete": {"type": "boolean", "description": "False when something could not be read, or written."},
        "errored": {"type": "boolean"},
        "summary": _closed({one.name: {"type": "integer", "minimum": 0} for one in fields(Summary)}),
        "offline": {"type": "boolean", "description": "True when nobody was asked at all."},
        "base": {**_COMMIT, "description": "The commit that the changes are explained by, null where there was none."},
        "head": {**_COMMIT, "description": "The commit that was checked out, null where git knew none."},
        "diagnostics": _list(_diagnostic()),
        "targets": _list(_target()),
        "released": {**_list(_released()), "description": "No longer managed here; live stays as it is."},
        "gates": _list(_gate()),
        "held": {
            "type": "object",
            "description": "How many changes an apply leaves alone unless somebody says otherwise, by origin.",
            "propertyNames": _enum(Origin),
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
        "reasons": _list(_enum(Reason)),
        "exit_code": {"type": "integer", "description": "What the process ends with."},
    }
    draft = "https://json-schema.org/draft/2020-12/schema"
    definitions = {"change": _change(), "value": _value()}
    return {"$schema": draft, "title": "A plan", **_closed(properties), "$defs": definitions}


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _value() -> _Schema:
    number: _Schema = {"type": "integer", "minimum": 0}
    texts = dict.fromkeys(("sha256", "mime", "file"), _TEXT)
    secret: _Schema = {"type": "object", "additionalProperties": _TEXT, "minProperties": 1, "maxProperties": 1}
    told = {**secret, "description": "Where the secret is, never what it is."}
    headers = {"type": "object", "additionalProperties": {"anyOf": [secret, {"type": "null"}]}}
    webhook = _closed({"url": _TEXT}, verify_token=told, headers=headers)
    picture = _closed({**texts, **dict.fromkeys(("size", "width", "height"), number)})
    described = "Text, a list of links, a picture by hash, or a webhook; null where nothing is known."
    return {"description": described, "anyOf": [{"type": ["string", "null"]}, _list(_TEXT), picture, webhook]}


def _closed(properties: _Schema, **optional: _Schema) -> _Schema:
    """Return an object that requires `properties`, allows `optional` ones, and no others."""
    return {
        "type": "object",
        "properties": {**properties, **optional},
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _enum(values: type[StrEnum]) -> _Schema:
    return {"enum": [value.value for value in values]}


def _location() -> _Schema:
    return _closed({"file": _TEXT, "line": {"type": "integer"}, "column": {"type": "integer"}})


def _diagnostic() -> _Schema:
    texts = dict.fromkeys(("code", "summary", "hint", "profile"), _TEXT)
    return _closed({"severity": _enum(Severity), **texts, "location": _location()})


def _gate() -> _Schema:
    return _closed({"gate": _TEXT, "rule": _enum(Rule), "summary": _TEXT, "hint": _TEXT, "profiles": _list(_TEXT)})


def _target() -> _Schema:
    names = ("provider", "endpoint", "address", "account", "profile", "number", "file", "reason")
    unchanged = _closed({"field": _FIELD, "reason": _enum(SameReason), "note": _TEXT, "since": _TEXT, "run": _TEXT})
    return _closed(
        {
            **dict.fromkeys(names, _TEXT),
            "status": _enum(TargetStatus),
            "changes": _list(_ref("change")),
            "not_applied": {
                **_list(_ref("change")),
                "description": "Differences of a profile that is observed or blocked.",
            },
            "unchanged": _list(unchanged),
            "unreadable": _list(_closed({"field": _FIELD, "reason": _TEXT})),
            "notes": _list(_TEXT),
            "offline": {"type": "boolean", "description": "True when the ledger stood in for what is live."},
        }
    )


def _released() -> _Schema:
    texts = dict.fromkeys(("provider", "endpoint", "address", "profile"), _TEXT)
    whole: _Schema = {"type": "boolean", "description": "Whether no file of the profile is left."}
    return _closed({**texts, "fields": _list(_FIELD), "whole": whole})


def _change() -> _Schema:
    detail = _closed({"path": _TEXT, "before": {"type": ["string", "null"]}, "after": {"type": ["string", "null"]}})
    return _closed(
        {
            "field": _FIELD,
            "action": _enum(Action),
            "origin": _enum(Origin),
            "classes": _list(_TEXT),
            "before": _ref("value"),
            "before_is": {"enum": ["known", "assumed", "unknown"]},
            "before_since": {"type": ["string", "null"]},
            "before_run": {"type": ["string", "null"]},
            "before_sensitive": _SENSITIVE,
            "after": _ref("value"),
            "after_sensitive": _SENSITIVE,
            "details": _list(detail),
            "note": _TEXT,
            "acknowledged": {**_TEXT, "description": "Why and until when the live value is accepted, if it is."},
            "via": {
                "type": "object",
                "description": "What decides, besides the target, where it goes; where a secret is, never what it is.",
                "additionalProperties": _TEXT,
            },
            "source": _location(),
            "digest": _DIGEST,
        }
    )

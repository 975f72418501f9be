"""document: the plan document, declared once for those who read it: `apply PLAN.json`, and people with its JSON Schema.

PlanDocument.model_validate: JSON that a stranger may have written → the document; unknown and missing keys are errors.
plan_schema: → the JSON Schema of the same document.

A reader checks what permits a change. Of the other parts it checks only the type, and the schema shows their keys.
`render/json` writes the document, and does not go through this model: a provider may say half of a surrogate pair,
which is no text here and no reason for a plan to fail. The goldens of all plans are held against the schema.
"""

from __future__ import annotations

from dataclasses import fields as members
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from typing_extensions import override

from reconciler.core.basics import Model, Severity
from reconciler.core.difference import Became
from reconciler.core.explanations import Treatment
from reconciler.core.fields import FIELD_NAMES, Mode
from reconciler.core.formats import PLAN_FORMAT
from reconciler.core.memory.runs import Reason
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.planning.summary import Summary
from reconciler.core.settings import Rule
from reconciler.core.target import Action, Origin

_Schema: TypeAlias = dict[str, Any]
_T = TypeVar("_T")
# Strict models take no list for a tuple; JSON has nothing else.
_List: TypeAlias = Annotated[tuple[_T, ...], Field(strict=False)]


def _closed(properties: _Schema, **optional: _Schema) -> _Schema:
    """Return an object that requires `properties`, allows `optional` ones, and no others."""
    return {
        "type": "object",
        "properties": {**properties, **optional},
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _enum(values: type[StrEnum]) -> _Schema:
    return {"enum": [value.value for value in values]}


_TEXT: _Schema = {"type": "string"}
_WHOLE: _Schema = {"type": "integer"}
_FIELD: _Schema = {"enum": list(FIELD_NAMES)}
_DIGEST: _Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_COMMIT: _Schema = {"type": ["string", "null"], "pattern": "^[0-9a-f]{40,64}$"}
_TEXT_OR_NULL: _Schema = {"type": ["string", "null"]}
_SENSITIVE: _Schema = {
    "type": "object",
    "additionalProperties": {"anyOf": [{"const": True}, {"type": "object", "additionalProperties": {"const": True}}]},
}
_LOCATION = _closed({"file": _TEXT, "line": _WHOLE, "column": _WHOLE})
_DIAGNOSTIC = _closed(
    {
        "severity": _enum(Severity),
        **dict.fromkeys(("code", "summary", "hint", "profile"), _TEXT),
        "location": _LOCATION,
    }
)
_GATE = _closed({"gate": _TEXT, "rule": _enum(Rule), "summary": _TEXT, "hint": _TEXT, "profiles": _array(_TEXT)})
_TOLD = dict.fromkeys(("note", "since", "run"), _TEXT)
_UNCHANGED = _closed({"field": _FIELD, "reason": _enum(SameReason), **_TOLD}, by_memory={"const": True})
_PIECE = _closed({"became": _enum(Became), "text": _TEXT})
_DETAIL = _closed(
    {
        "path": {**_TEXT, "description": "Where in the value: empty for a text, [1] in a list, url, headers.x-shop."},
        "became": _enum(Became),
        "before": _TEXT_OR_NULL,
        "after": _TEXT_OR_NULL,
        "came_from": {**_TEXT, "description": "Where an item was that has another place now."},
        "pieces": {**_array(_PIECE), "description": "A text, word by word: what is kept, removed and added."},
        "note": {**_TEXT, "description": "The characters that differ and look alike."},
    }
)
_CAUSE: _Schema = {
    "description": "The parts of the reason, null where no call failed; `trace` is for the provider's support.",
    "anyOf": [
        _closed(dict.fromkeys(("message", "reason", "code", "trace", "hint", "credential"), _TEXT)),
        {"type": "null"},
    ],
}
_UNREAD = _closed({"field": _FIELD, "reason": _TEXT, "cause": _CAUSE})
_CAUSES = _closed(
    {
        "cause": _closed(dict.fromkeys(("message", "reason", "code", "hint"), _TEXT)),
        **dict.fromkeys(("status", "account"), _TEXT),
        "credentials": _array(_TEXT),
        "fields": {**_array(_FIELD), "description": "The fields of each profile; none if it is the whole profile."},
        "profiles": _array(_TEXT),
    }
)
_RELEASED = _closed(
    {
        **dict.fromkeys(("provider", "endpoint", "address", "profile"), _TEXT),
        "fields": _array(_FIELD),
        "whole": {"type": "boolean", "description": "Whether no file of the profile is left."},
        "mode": {**_enum(Mode), "description": "The mode in its file; other than managed where that is why."},
    }
)


def _value() -> _Schema:
    number: _Schema = {"type": "integer", "minimum": 0}
    texts = dict.fromkeys(("sha256", "mime", "file"), _TEXT)
    secret: _Schema = {"type": "object", "additionalProperties": _TEXT, "minProperties": 1, "maxProperties": 1}
    told = {**secret, "description": "Where the secret is, never what it is."}
    headers = {"type": "object", "additionalProperties": {"anyOf": [secret, {"type": "null"}]}}
    webhook = _closed({"url": _TEXT}, verify_token=told, headers=headers)
    picture = _closed({**texts, **dict.fromkeys(("size", "width", "height"), number)})
    described = "Text, a list of links, a picture by hash, or a webhook; null where nothing is known."
    return {"description": described, "anyOf": [{"type": ["string", "null"]}, _array(_TEXT), picture, webhook]}


_Digest: TypeAlias = Annotated[str, WithJsonSchema(_DIGEST)]
_Value: TypeAlias = Annotated[Any, WithJsonSchema({"definition": "value"})]
_Sensitive: TypeAlias = Annotated[dict[str, Any], WithJsonSchema(_SENSITIVE)]
_TextOrNull: TypeAlias = Annotated[str | None, WithJsonSchema(_TEXT_OR_NULL)]
_Parts: TypeAlias = Annotated[tuple[dict[str, Any], ...], Field(strict=False)]


class _Part(Model):
    """One object of the document. A writer writes every key; a reader may find the newest ones missing."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class SourceDocument(_Part):
    """Where a value is written."""

    file: str = ""
    line: int = 0
    column: int = 0


class ChangeDocument(_Part):
    """One change of one target."""

    field: Annotated[str, WithJsonSchema(_FIELD)]
    action: Annotated[str, WithJsonSchema(_enum(Action))]
    origin: Annotated[Origin, Field(strict=False), WithJsonSchema(_enum(Origin))]
    treatment: Annotated[
        Treatment,
        Field(strict=False),
        WithJsonSchema({**_enum(Treatment), "description": "What an apply does with it."}),
    ]
    classes: _List[str]
    before: _Value
    before_is: Annotated[
        Literal["known", "assumed", "unknown"], WithJsonSchema({"enum": ["known", "assumed", "unknown"]})
    ]
    before_since: _TextOrNull
    before_run: _TextOrNull
    before_sensitive: _Sensitive
    after: _Value
    after_sensitive: _Sensitive
    details: Annotated[_Parts, WithJsonSchema(_array(_DETAIL))]
    note: str
    acknowledged: Annotated[
        str,
        WithJsonSchema({**_TEXT, "description": "Why and until when the live value is accepted, if it is."}),
    ] = ""
    via: Annotated[
        dict[str, str],
        WithJsonSchema(
            {
                "type": "object",
                "description": "What decides, besides the target, where it goes; where a secret is, never what it is.",
                "additionalProperties": _TEXT,
            }
        ),
    ] = Field(default_factory=dict)
    by_memory: Annotated[bool, WithJsonSchema({"const": True})] = False
    source: Annotated[SourceDocument, WithJsonSchema(_LOCATION)]
    digest: _Digest


_Changes: TypeAlias = Annotated[tuple[ChangeDocument, ...], Field(strict=False)]
_CHANGES = _array({"definition": "change"})


class TargetDocument(_Part):
    """One target: its changes, and what was found about its other fields."""

    provider: str
    endpoint: str
    address: str
    account: str
    profile: str
    number: str
    file: str
    reason: str
    status: Annotated[TargetStatus, Field(strict=False), WithJsonSchema(_enum(TargetStatus))]
    changes: Annotated[_Changes, WithJsonSchema(_CHANGES)]
    not_applied: Annotated[
        _Changes,
        WithJsonSchema({**_CHANGES, "description": "Differences of a profile that is observed or blocked."}),
    ]
    unchanged: Annotated[_Parts, WithJsonSchema(_array(_UNCHANGED))]
    unreadable: Annotated[_Parts, WithJsonSchema(_array(_UNREAD))]
    notes: _List[str]
    offline: Annotated[
        bool,
        WithJsonSchema({"type": "boolean", "description": "True when the ledger stood in for what is live."}),
    ] = False
    cause: Annotated[dict[str, str] | None, WithJsonSchema(_CAUSE)] = None


class PlanDocument(_Part):
    """The whole document."""

    format_version: Annotated[str, WithJsonSchema({"const": PLAN_FORMAT})]
    digest: Annotated[
        str,
        WithJsonSchema({**_DIGEST, "description": "Binds every change to its target; nothing volatile is in it."}),
    ]
    has_changes: Annotated[
        bool, WithJsonSchema({"type": "boolean", "description": "True when an apply would send something."})
    ]
    complete: Annotated[
        bool,
        WithJsonSchema({"type": "boolean", "description": "False when something could not be read, or written."}),
    ]
    errored: bool
    summary: Annotated[
        dict[str, int],
        WithJsonSchema(_closed({one.name: {"type": "integer", "minimum": 0} for one in members(Summary)})),
    ]
    offline: Annotated[
        bool, WithJsonSchema({"type": "boolean", "description": "True when no provider was asked at all."})
    ] = False
    base: Annotated[
        str | None, WithJsonSchema({**_COMMIT, "description": "The commit that explains the changes, null if none."})
    ]
    head: Annotated[
        str | None,
        WithJsonSchema({**_COMMIT, "description": "The commit that was checked out, null where git knew none."}),
    ]
    fields: Annotated[_List[str], WithJsonSchema({**_array(_FIELD), "description": "The only fields planned."})] = ()
    diagnostics: Annotated[_Parts, WithJsonSchema(_array(_DIAGNOSTIC))]
    targets: _List[TargetDocument]
    released: Annotated[
        _Parts,
        WithJsonSchema({**_array(_RELEASED), "description": "No longer managed here; live stays as it is."}),
    ] = ()
    causes: Annotated[
        _Parts,
        WithJsonSchema({**_array(_CAUSES), "description": "What could not be read, by its cause and account."}),
    ] = ()
    gates: Annotated[
        _Parts, WithJsonSchema({**_array(_GATE), "description": "The gates that sending what will be sent trips."})
    ]
    further_gates: Annotated[
        _Parts,
        WithJsonSchema({**_array(_GATE), "description": "The gates that only sending what is left would trip."}),
    ] = ()
    held: Annotated[
        dict[str, int],
        WithJsonSchema(
            {
                "type": "object",
                "description": "How many changes an apply leaves, by origin.",
                "propertyNames": _enum(Origin),
                "additionalProperties": {"type": "integer", "minimum": 1},
            }
        ),
    ]
    reasons: Annotated[_List[str], WithJsonSchema(_array(_enum(Reason)))]
    exit_code: Annotated[int, WithJsonSchema({"type": "integer", "description": "What the process ends with."})]


class _InOrder(GenerateJsonSchema):
    """Leaves the keys in the order in which they are declared."""

    @override
    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Return `value` as it is."""
        return value


def plan_schema() -> _Schema:
    """Return the JSON Schema of what `plan --json` and `plan --out` write."""
    whole = PlanDocument.model_json_schema(mode="serialization", schema_generator=_InOrder)
    schema = _closed(_referring(whole["properties"]))
    schema["required"].remove("fields")
    schema["properties"]["targets"]["items"] = _closed(_referring(whole["$defs"]["TargetDocument"]["properties"]))
    found = ChangeDocument.model_json_schema(mode="serialization", schema_generator=_InOrder)
    change = _closed(_referring(found["properties"]))
    change["required"].remove("by_memory")
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": "A plan", **schema, "$defs": {"change": change, "value": _value()}}


def _referring(part: Any) -> Any:
    """Return a part of a schema with references to our own definitions, and without the names of our classes."""
    match part:
        case {"definition": str(name)}:
            return {"$ref": f"#/$defs/{name}"}
        case dict():
            ours = {key: value for key, value in part.items() if key not in ("title", "default")}
            return {key: _referring(value) for key, value in ours.items()}
        case list():
            return [_referring(item) for item in part]
        case _:
            return part

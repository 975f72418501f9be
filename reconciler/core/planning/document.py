"""document: the plan document, declared once for those who read it: `apply PLAN.json`, and people with its JSON Schema.

PlanDocument.model_validate: JSON that a stranger may have written → the document; unknown and missing keys are errors.
plan_schema: → the JSON Schema of the same document.

A reader checks what permits a change. Of the other parts it checks only the type, and the schema shows their keys.
`render/json` writes the document, and does not go through this model: a provider may say half of a surrogate pair,
which is no text here and no reason for a plan to fail. The goldens of all plans are held against the schema.
"""

from __future__ import annotations

from dataclasses import fields as members
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from typing_extensions import override

from reconciler.core.basics import Model, Reason
from reconciler.core.formats import PLAN_FORMAT
from reconciler.core.planning.document_parts import (
    A_CAUSE,
    A_CAUSES,
    A_COMMIT,
    A_DETAIL,
    A_DIAGNOSTIC,
    A_DIGEST,
    A_FIELD,
    A_GATE,
    A_LOCATION,
    A_RELEASED,
    A_SENSITIVE,
    A_TEXT,
    A_UNCHANGED,
    A_UNREAD,
    TEXT_OR_NULL,
    SchemaPart,
    array_of,
    closed,
    enum_of,
    value_schema,
)
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.planning.treatment import Summary, Treatment
from reconciler.core.target import Action, Origin

_T = TypeVar("_T")
# Strict models take no list for a tuple; JSON has nothing else.
_List: TypeAlias = Annotated[tuple[_T, ...], Field(strict=False)]
_Digest: TypeAlias = Annotated[str, WithJsonSchema(A_DIGEST)]
_Value: TypeAlias = Annotated[Any, WithJsonSchema({"definition": "value"})]
_Sensitive: TypeAlias = Annotated[dict[str, Any], WithJsonSchema(A_SENSITIVE)]
_TextOrNull: TypeAlias = Annotated[str | None, WithJsonSchema(TEXT_OR_NULL)]
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

    field: Annotated[str, WithJsonSchema(A_FIELD)]
    action: Annotated[str, WithJsonSchema(enum_of(Action))]
    origin: Annotated[Origin, Field(strict=False), WithJsonSchema(enum_of(Origin))]
    treatment: Annotated[
        Treatment,
        Field(strict=False),
        WithJsonSchema({**enum_of(Treatment), "description": "What an apply does with it."}),
    ]
    classes: _List[str]
    before: _Value
    before_is: Annotated[
        Literal["known", "assumed", "unknown"], WithJsonSchema({"enum": ["known", "assumed", "unknown"]})
    ]
    before_doubt: Annotated[
        str, WithJsonSchema({**A_TEXT, "description": "Why an empty value before is likely, and not certain."})
    ] = ""
    before_since: _TextOrNull
    before_run: _TextOrNull
    before_sensitive: _Sensitive
    after: _Value
    after_sensitive: _Sensitive
    details: Annotated[_Parts, WithJsonSchema(array_of(A_DETAIL))]
    note: str
    acknowledged: Annotated[
        str,
        WithJsonSchema({**A_TEXT, "description": "Why and until when the live value is accepted, if it is."}),
    ] = ""
    via: Annotated[
        dict[str, str],
        WithJsonSchema(
            {
                "type": "object",
                "description": "What decides, besides the target, where it goes; where a secret is, never what it is.",
                "additionalProperties": A_TEXT,
            }
        ),
    ] = Field(default_factory=dict)
    by_memory: Annotated[bool, WithJsonSchema({"const": True})] = False
    source: Annotated[SourceDocument, WithJsonSchema(A_LOCATION)]
    digest: _Digest


_Changes: TypeAlias = Annotated[tuple[ChangeDocument, ...], Field(strict=False)]
_CHANGES = array_of({"definition": "change"})


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
    status: Annotated[TargetStatus, Field(strict=False), WithJsonSchema(enum_of(TargetStatus))]
    changes: Annotated[_Changes, WithJsonSchema(_CHANGES)]
    not_applied: Annotated[
        _Changes,
        WithJsonSchema({**_CHANGES, "description": "Differences of a profile that is observed or blocked."}),
    ]
    unchanged: Annotated[_Parts, WithJsonSchema(array_of(A_UNCHANGED))]
    unreadable: Annotated[_Parts, WithJsonSchema(array_of(A_UNREAD))]
    notes: _List[str]
    offline: Annotated[
        bool,
        WithJsonSchema({"type": "boolean", "description": "True when the ledger stood in for what is live."}),
    ] = False
    cause: Annotated[dict[str, str] | None, WithJsonSchema(A_CAUSE)] = None
    business: Annotated[
        dict[str, str] | None,
        WithJsonSchema({"type": "object", "additionalProperties": A_TEXT, "description": "What it is called."}),
    ] = None
    line: Annotated[int, WithJsonSchema({"type": "integer", "description": "That of its row in a table."})] = 0


class PlanDocument(_Part):
    """The whole document."""

    format_version: Annotated[str, WithJsonSchema({"const": PLAN_FORMAT})]
    digest: Annotated[
        str,
        WithJsonSchema({**A_DIGEST, "description": "Binds every change to its target; nothing volatile is in it."}),
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
        WithJsonSchema(closed({one.name: {"type": "integer", "minimum": 0} for one in members(Summary)})),
    ]
    offline: Annotated[
        bool, WithJsonSchema({"type": "boolean", "description": "True when no provider was asked at all."})
    ] = False
    base: Annotated[
        str | None,
        WithJsonSchema({**A_COMMIT, "description": "The commit that explains the changes, null if none."}),
    ]
    head: Annotated[
        str | None,
        WithJsonSchema({**A_COMMIT, "description": "The commit that was checked out, null where git knew none."}),
    ]
    fields: Annotated[_List[str], WithJsonSchema({**array_of(A_FIELD), "description": "The only fields planned."})] = ()
    shard: Annotated[
        str, WithJsonSchema({**A_TEXT, "description": "Of which part of the profiles it is, as in 3/8."})
    ] = ""
    selection: Annotated[
        str, WithJsonSchema({**A_DIGEST, "description": "Of the settings and of all that the shards share."})
    ] = ""
    program: Annotated[str, WithJsonSchema({**A_TEXT, "description": "The version that made the plan of a part."})] = ""
    diagnostics: Annotated[_Parts, WithJsonSchema(array_of(A_DIAGNOSTIC))]
    targets: _List[TargetDocument]
    released: Annotated[
        _Parts,
        WithJsonSchema({**array_of(A_RELEASED), "description": "No longer managed here; live stays as it is."}),
    ] = ()
    causes: Annotated[
        _Parts,
        WithJsonSchema({**array_of(A_CAUSES), "description": "What could not be read, by its cause and account."}),
    ] = ()
    gates: Annotated[
        _Parts,
        WithJsonSchema({**array_of(A_GATE), "description": "The gates that sending what will be sent trips."}),
    ]
    further_gates: Annotated[
        _Parts,
        WithJsonSchema({**array_of(A_GATE), "description": "The gates that only sending what is left would trip."}),
    ] = ()
    held: Annotated[
        dict[str, int],
        WithJsonSchema(
            {
                "type": "object",
                "description": "How many changes an apply leaves, by origin.",
                "propertyNames": enum_of(Origin),
                "additionalProperties": {"type": "integer", "minimum": 1},
            }
        ),
    ]
    reasons: Annotated[_List[str], WithJsonSchema(array_of(enum_of(Reason)))]
    exit_code: Annotated[int, WithJsonSchema({"type": "integer", "description": "What the process ends with."})]


class _InOrder(GenerateJsonSchema):
    """Leaves the keys in the order in which they are declared."""

    @override
    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Return `value` as it is."""
        return value


def plan_schema() -> SchemaPart:
    """Return the JSON Schema of the document that `plan --json` and `plan --out` write."""
    whole = PlanDocument.model_json_schema(mode="serialization", schema_generator=_InOrder)
    schema = closed(_referring(whole["properties"]))
    for name in ("fields", "shard", "selection", "program"):
        schema["required"].remove(name)
    target = closed(_referring(whole["$defs"]["TargetDocument"]["properties"]))
    for name in ("business", "line"):
        target["required"].remove(name)
    schema["properties"]["targets"]["items"] = target
    found = ChangeDocument.model_json_schema(mode="serialization", schema_generator=_InOrder)
    change = closed(_referring(found["properties"]))
    for name in ("by_memory", "before_doubt"):
        change["required"].remove(name)
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": "A plan", **schema, "$defs": {"change": change, "value": value_schema()}}


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

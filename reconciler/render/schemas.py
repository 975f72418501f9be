"""schemas: the declared tables → JSON Schemas for editors, one for each kind of file.

`profile` has the widest limits of all; `profile.<provider>` has that provider's own limits and only its fields. A text
with a variable in it is not measured here: only `validate` knows its length once it is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from reconciler.core.basics import Model
from reconciler.core.comparing.spellings import IN_FULL
from reconciler.core.fields import FIELD, FIELD_NAMES, FIELDS, INDUSTRIES, FieldSpec, Mode, ValueKind
from reconciler.core.reading.acknowledgements import FINGERPRINT
from reconciler.core.settings import PolicyDocument
from reconciler.core.traits import BulkRead, Capability, Traits
from reconciler.render.hovers import field_hover, hovered

Schema = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SECRET: Schema = {
    "description": "Where the secret is; never the secret itself. Example: {env: META_TOKEN}.",
    "type": "object",
    "properties": {"env": {"type": "string", "minLength": 1}, "file": {"type": "string", "minLength": 1}},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


_HEADERS: Schema = {
    "type": "object",
    "additionalProperties": _SECRET,
}
_PARTS = ("verify_token", "headers")


def schemas(providers: Mapping[str, Traits]) -> dict[str, Schema]:
    """Return every schema of the files that people write, by file name."""
    found = {
        "settings.schema.json": _settings(providers),
        "template.schema.json": _template(),
        "defaults.schema.json": _folder_defaults(),
        "drift-ignore.schema.json": _drift_ignore(),
        "profile.schema.json": _profile("A profile", _widest(providers), {}, {}),
    }
    for name, traits in providers.items():
        title = f"A profile at {traits.title}"
        offered = {field: capability for field, capability in traits.capabilities.items() if capability.writable}
        credentials = {traits.credential: _SECRET} if traits.credential_per_number else {}
        found[f"profile.{name}.schema.json"] = _profile(title, offered, _inner(traits.keys), credentials)
    return {name: hovered(schema) for name, schema in found.items()}


def _widest(providers: Mapping[str, Traits]) -> dict[str, Capability]:
    """Return capabilities that allow everything that some provider allows."""
    found: dict[str, Capability] = {}
    for spec in FIELDS:
        offered = [traits.capabilities[spec.name] for traits in providers.values()]
        found[spec.name] = Capability(
            wire=spec.name,
            limit=spec.limit,
            items=spec.items,
            clearable=any(capability.clearable for capability in offered),
            industries=tuple(INDUSTRIES),
            parts=_PARTS,
        )
    return found


def _object(title: str, properties: Schema, *, required: tuple[str, ...] = (), more: object = False) -> Schema:
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": more,
    }


def _profile(title: str, capabilities: Mapping[str, Capability], keys: Schema, credentials: Schema) -> Schema:
    own: Schema = keys.get("properties", {})
    if credentials:
        own = {**own, "credentials": _object("Where this number's credentials are", credentials)}
    properties: Schema = {
        "account": _ACCOUNT,
        "number": {"type": "string", "pattern": IN_FULL},
        **own,
        "extends": _EXTENDS,
        "vars": _VARS,
        "omit": {"type": "array", "items": {"enum": list(FIELD_NAMES)}},
        "profile": _fields(capabilities),
        "mode": _MODE,
    }
    # The account may stand in the defaults of a folder.
    required = ("number", *keys.get("required", ()))
    more: object = False if keys else {}
    return {"$schema": _DRAFT, **_object(title, properties, required=required, more=more)}


_ACCOUNT: Schema = {"type": "string"}
_EXTENDS: Schema = {"type": "array", "items": {"type": "string"}}
_MODE: Schema = {"enum": [mode.value for mode in Mode], "default": Mode.MANAGED.value}
_VARS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


def _template() -> Schema:
    widest = {
        spec.name: Capability(wire=spec.name, limit=spec.limit, items=spec.items, clearable=True, parts=_PARTS)
        for spec in FIELDS
    }
    properties: Schema = {"extends": _EXTENDS, "vars": _VARS, "profile": _fields(widest)}
    return {"$schema": _DRAFT, **_object("A template: fields that profiles share", properties)}


def _folder_defaults() -> Schema:
    inner: Schema = _template()["properties"]
    properties = {"account": _ACCOUNT, "mode": _MODE, **inner}
    return {"$schema": _DRAFT, **_object("What the profiles of a folder begin with", properties)}


def _drift_ignore() -> Schema:
    properties: Schema = {
        "profile": {"type": "string", "minLength": 1},
        "field": {"enum": list(FIELD_NAMES)},
        "value": {
            "type": "string",
            "pattern": FINGERPRINT,
            "description": "The hash of the live value that is accepted, as `reconciler drift --accept` writes it.",
        },
        "reason": {"type": "string", "minLength": 1, "description": "Why it is accepted, for those who come after."},
        "until": {
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "description": "The last day, like 2026-12-27; from the next on it is drift again.",
        },
    }
    entry = _object("A live value that is accepted for now", properties, required=tuple(properties))
    whole: Schema = {"version": {"const": 1}, "ignore": {"type": "array", "items": entry}}
    return {"$schema": _DRAFT, **_object("Drift that is accepted", whole, required=tuple(whole))}


def _fields(capabilities: Mapping[str, Capability]) -> Schema:
    return _object("The profile", {name: _field(FIELD[name], capability) for name, capability in capabilities.items()})


def _field(spec: FieldSpec, capability: Capability) -> Schema:
    least = 0 if capability.clearable else 1
    limit, described = capability.limit, field_hover(spec, capability)
    match spec.kind:
        case ValueKind.TEXT | ValueKind.EMAIL:
            return {"description": described, **_text(limit, least)}
        case ValueKind.INDUSTRY:
            codes = capability.industries or tuple(INDUSTRIES)
            return {"description": described, "enum": list(codes)}
        case ValueKind.URLS:
            item = {**_text(limit, 1), "pattern": r"^(https?://|\$\{)"}
            return {
                "description": described,
                "type": "array",
                "items": item,
                "minItems": least,
                "maxItems": capability.items,
            }
        case ValueKind.PICTURE:
            return {"description": described, "type": "string", "pattern": r"\.([Pp][Nn][Gg]|[Jj][Pp][Ee]?[Gg])$"}
        case ValueKind.WEBHOOK:
            return _webhook(spec, capability)
        case _:
            assert_never(spec.kind)


def _webhook(spec: FieldSpec, capability: Capability) -> Schema:
    url = {**_text(capability.limit, 1), "pattern": r"^(https://|\$\{)"}
    parts = {"verify_token": _SECRET, "headers": _HEADERS}
    offered = {"url": url, **{name: parts[name] for name in capability.parts}}
    needed: Schema = {"required": ["url", *capability.secrets]}
    # The keys stand outside the condition, so that an editor offers them in a mapping that is still empty.
    when: Schema = {"if": {"minProperties": 1}, "then": needed} if capability.clearable else needed
    return {**_object("A webhook", offered), "description": field_hover(spec, capability), **when}


def _text(limit: int, least: int) -> Schema:
    """A text within its limit, or with a variable in it, whose final length a schema cannot know."""
    if not limit:
        return {"type": "string", "minLength": least}
    measured = {"if": {"not": {"pattern": r"\$\{"}}, "then": {"maxLength": limit}}
    return {"type": "string", "minLength": least, **measured}


def _inner(model: type[Model]) -> Schema:
    """Return a model's own properties in JSON Schema, without pydantic's titles and nulls."""
    schema = model.model_json_schema(by_alias=True)
    properties = {name: _plain(found, schema.get("$defs", {})) for name, found in schema.get("properties", {}).items()}
    return {"properties": properties, "required": schema.get("required", [])}


def _plain(found: Schema, definitions: Schema) -> Schema:
    """Return one property with references resolved, optional ones without their null, and no titles."""
    if "$ref" in found:
        inner = definitions[found["$ref"].rpartition("/")[2]]
        return _plain({**inner, **{key: value for key, value in found.items() if key != "$ref"}}, definitions)
    if "anyOf" in found:
        (only,) = (option for option in found["anyOf"] if option != {"type": "null"})
        return _plain(only, definitions)
    plain = {key: value for key, value in found.items() if key != "title"}
    if "properties" in plain:
        plain["properties"] = {name: _plain(inner, definitions) for name, inner in plain["properties"].items()}
    return plain


def _settings(providers: Mapping[str, Traits]) -> Schema:
    policy = _inner(PolicyDocument)["properties"]
    properties: Schema = {
        "version": {"const": 1},
        "accounts": {
            "type": "object",
            "additionalProperties": _any_account(providers),
        },
        "ledger": {
            "enum": ["local", "git", "postgres"],
            "default": "local",
            "description": "Where what was sent is remembered.",
        },
        "policy": _object("The gates, and what apply does with what it did not expect", policy),
        "defaults": _fields(_widest(providers)),
    }
    return {"$schema": _DRAFT, **_object("Accounts and rules", properties, required=("version", "accounts"))}


def _any_account(providers: Mapping[str, Traits]) -> Schema:
    """Return the choice by `provider`, so that an editor complains of the wrong key and not of all alternatives."""
    cases = [
        {
            "if": {"type": "object", "properties": {"provider": {"const": name}}, "required": ["provider"]},
            "then": _account(traits),
        }
        for name, traits in providers.items()
    ]
    known = {"provider": {"enum": list(providers)}}
    return {"type": "object", "properties": known, "required": ["provider"], "allOf": cases}


def _account(traits: Traits) -> Schema:
    names = traits.account_credentials
    hosts = [origin.removeprefix("https://") for origin in traits.hosts]
    properties: Schema = {
        "provider": {"const": traits.name},
        **({"host": {"enum": hosts, "description": f"Which of {traits.title}'s hosts."}} if hosts[1:] else {}),
        "endpoint": {
            "type": "string",
            "minLength": 1,
            "description": f"Leave it out for {traits.title} itself; `sandbox` is the embedded stand-in.",
        },
        "concurrency": {"type": "integer", "minimum": 1, "maximum": 64, "default": 16},
        "bulk_read": {
            "enum": [way.value for way in traits.bulk_ways],
            "default": BulkRead.AUTO.value,
            "description": "How numbers are read: profiles in the list, reads in batches, or one by one.",
        },
        **_inner(traits.options)["properties"],
        "defaults": _fields({name: one for name, one in traits.capabilities.items() if one.writable}),
    }
    if not traits.credential_per_number:
        properties["credentials"] = _object("Where the credentials are", dict.fromkeys(names, _SECRET))
    required = ("provider", *_inner(traits.options)["required"])
    return _object(f"An account at {traits.title}", properties, required=required)

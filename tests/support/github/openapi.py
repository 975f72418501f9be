"""complaints: (a request and its reply) → everything in them that GitHub's own OpenAPI description does not allow.

Three things differ at GitHub from its description, and are taken out before the check. A pull request or a run whose
fork is gone has no head repository. An event whose actor's account is gone has no actor. Every call may be refused
(401, 403, 404, 429) or fail (5xx), with the body that errors have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DATA = Path(__file__).parents[2] / "data"
# The calls of jobs, whole, and those about settings, with the members that are used.
_FILES = ("github_openapi.json", "github_settings_openapi.json")
_ANYWHERE = (401, 403, 404, 429, 500, 502, 503)
_ERROR = "/components/schemas/basic-error"


@dataclass(frozen=True)
class Exchange:
    """One request, with the query and the body that it had, and the reply to it."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    headers: Mapping[str, str]
    content: bytes


def complaints(exchange: Exchange) -> list[str]:
    """Return what is wrong, each with the call that it is about."""
    about = f"{exchange.method} {exchange.path} {exchange.status}"
    found = _operation(exchange.method.lower(), exchange.path)
    if found is None:
        return [f"{about}: no such operation"]
    template, values = found
    pointer = f"/paths/{_escaped(template)}/{exchange.method.lower()}"
    operation = _document()["paths"][template][exchange.method.lower()]
    wrong = [
        *_parameters(operation, exchange, values),
        *_body(operation, pointer, exchange),
        *_reply(operation, pointer, exchange),
    ]
    return [f"{about}: {one}" for one in wrong]


def _parameters(operation: Mapping[str, Any], exchange: Exchange, values: Mapping[str, str]) -> Iterable[str]:
    known = {(one["in"], one["name"]): one for one in map(_resolved, operation.get("parameters", ()))}
    sent = [("path", name, value) for name, value in values.items()]
    sent += [("query", name, value) for name, value in exchange.query]
    for place, name, value in sent:
        if (place, name) not in known:
            yield f"the {place} parameter {name} is unknown"
            continue
        schema = known[place, name]["schema"]
        if not OAS30Validator(schema, format_checker=oas30_format_checker).is_valid(_typed(value, schema)):
            yield f"the {place} parameter {name} cannot be {value!r}"


def _body(operation: Mapping[str, Any], pointer: str, exchange: Exchange) -> Iterable[str]:
    described = operation.get("requestBody")
    if described is None or not exchange.body:
        if exchange.body or (described or {}).get("required"):
            yield "the request's body is missing, or is one too many"
        return
    data = json.loads(exchange.body)
    schema = described["content"]["application/json"]["schema"]
    properties = schema.get("properties") or schema["oneOf"][0]["properties"]
    yield from (f"the body's key {key} is unknown" for key in data if key not in properties)
    yield from _wrong(f"{pointer}/requestBody/content/application~1json/schema", data)


def _reply(operation: Mapping[str, Any], pointer: str, exchange: Exchange) -> Iterable[str]:
    described = operation["responses"].get(str(exchange.status))
    if described is None:
        if exchange.status not in _ANYWHERE:
            yield "this status is not described"
        yield from _wrong(_ERROR, json.loads(exchange.content or b"null"))
        return
    if "$ref" in described:
        pointer, described = described["$ref"].removeprefix("#"), _resolved(described)
    else:
        pointer = f"{pointer}/responses/{exchange.status}"
    if "content" not in described:
        if exchange.content:
            yield "the reply's body is one too many"
        return
    if not exchange.headers.get("content-type", "").startswith("application/json"):
        yield "the reply is not JSON"
        return
    yield from _wrong(f"{pointer}/content/application~1json/schema", _described(json.loads(exchange.content)))


def _wrong(pointer: str, data: Any) -> Iterable[str]:
    for error in _validator(pointer).iter_errors(data):
        yield f"{'/'.join(map(str, error.absolute_path)) or 'all of it'}: {error.validator} ({error.message[:120]})"


def _described(data: Any) -> Any:
    """Return a reply as it would be if no account and no fork had gone."""
    if isinstance(data, list):
        return [_described(one) for one in data]
    if not isinstance(data, dict):
        return data
    if "workflow_runs" in data:
        return {**data, "workflow_runs": _described(data["workflow_runs"])}
    if "head_repository" in data and data["head_repository"] is None:
        return {**data, "head_repository": data["repository"]}
    if "actor" in data and data["actor"] is None:
        return {**data, "actor": _someone()}
    if isinstance(data.get("head"), dict) and data["head"]["repo"] is None and "base" in data:
        return {**data, "head": {**data["head"], "repo": data["base"]["repo"]}}
    return data


def _someone() -> Any:
    from tests.support.github.documents import user

    return user("ghost")


def _typed(value: str, schema: Mapping[str, Any]) -> Any:
    kinds = {one.get("type") for one in schema.get("oneOf", (schema,))}
    if "integer" in kinds and value.lstrip("-").isdecimal():
        return int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return value


def _operation(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    for template, pattern in _patterns():
        match = pattern.fullmatch(path)
        if match and method in _document()["paths"][template]:
            return template, match.groupdict()
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return the paths, those with the fewest parameters first: a word is closer than a place for one."""
    paths = sorted(_document()["paths"], key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))) for path in paths]


@cache
def _document() -> dict[str, Any]:
    first, second = (json.loads((DATA / name).read_text()) for name in _FILES)
    return {**first, "paths": {**second["paths"], **first["paths"]}}


@cache
def _validator(pointer: str) -> OAS30Validator:
    registry: Registry[Any] = Registry().with_resource("urn:github", DRAFT202012.create_resource(_document()))
    return OAS30Validator({"$ref": f"urn:github#{pointer}"}, registry=registry, format_checker=oas30_format_checker)


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = _document()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")

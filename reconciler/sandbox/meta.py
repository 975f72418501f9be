"""Meta's WhatsApp Cloud API: profile, phone number node, phone numbers of a WABA, resumable upload."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.sandbox import meta_accounts as accounts
from reconciler.sandbox import meta_bulk as bulk
from reconciler.sandbox import meta_nodes as nodes
from reconciler.sandbox import pictures, profile
from reconciler.sandbox.exchange import Exchange, exchange_of, fingerprint, read_json
from reconciler.sandbox.graph import (
    bad_parameter,
    body_fields,
    endpoint,
    nonexisting_field,
    not_capable,
    unknown_object,
    unknown_path,
)
from reconciler.sandbox.meta_bulk import PROFILE_EDGE
from reconciler.sandbox.meta_nodes import Quirk, quirk_of
from reconciler.sandbox.unknown_paths import provider_meant

PROVIDER = "meta"

OLDEST = "v23.0"
"""B: a call without a version gets the oldest that there is. Which one that is here is the sandbox's own choice."""

_MAX_CALLBACK = 200
_OTHER_SETTINGS = frozenset(
    {"connection_status", "webhook_url", "whatsapp_business_api_data", "pin", "search_visibility"}
    | {"new_display_name", "username"}
)
"""A: OpenAPI: what a number's node can be told, besides its webhook. The sandbox imitates none of it."""
_HTTPS = re.compile(r"https://[^\s/?#]+\S*", re.IGNORECASE)
_GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class _Version(StringConvertor):
    """A Graph version in a path (A: OpenAPI's pattern)."""

    regex = r"v[0-9]+\.[0-9]+"


class _OfObject(StringConvertor):
    """A path below an object's id, or only the id."""

    regex = r"[0-9]+(?:/.*)?"


class _Digits(StringConvertor):
    """An object's id."""

    regex = r"[0-9]+"


register_url_convertor("graph_version", _Version())
register_url_convertor("graph_id", _Digits())
register_url_convertor("graph_path", _OfObject())


def address_of(_: Exchange, path_params: Mapping[str, str]) -> str:
    """Name the phone number id that a request is about."""
    return path_params.get("phone", "")


def _of_number(answer: Callable[[Exchange, Quirk], dict[str, Any]]) -> Callable[..., Mapping[str, Any] | Response]:
    """Check the phone number id, bring the number to life at its first touch, and let its quirk refuse."""

    def checked(x: Exchange, *, phone: str, **_: str) -> Mapping[str, Any] | Response:
        quirk = quirk_of(_numeric(phone))
        if accounts.is_account(x, phone):
            return _of_account(x, phone)
        if quirk.answers_garbage:
            return Response(_GARBAGE, status_code=502, media_type="text/html")
        if not quirk.is_unknown:
            x.group = x.world.touch(PROVIDER, phone, newborn=nodes.newborn(phone)).get("group", "")
        if refusal := quirk.refusal(x):
            raise refusal
        return answer(x, quirk)

    return checked


def _of_account(x: Exchange, waba: str) -> dict[str, Any]:
    """Answer for an account what was asked of a number: its own node. It has no profile, and no setting here."""
    x.address, x.group = "", waba
    if nodes.is_of_profile(x):
        raise nonexisting_field("whatsapp_business_profile")  # D: as for every other object that has none
    if x.method == "POST":
        raise not_capable()
    return accounts.account(x, waba)


@_of_number
def _get_profile(x: Exchange, quirk: Quirk) -> dict[str, Any]:
    """Read the profile: flat in `data[0]` (A: recorded 2024-10; the OpenAPI nests it in `business_profile`)."""
    if not quirk.is_registered:
        raise nonexisting_field("whatsapp_business_profile")
    state = x.world.view(PROVIDER, x.address, surface="profile")
    shown = profile.show(x, state, x.query.get("fields", ""))
    return {"data": [{"business_profile": shown} if quirk.nests_profile else shown]}


@_of_number
def _post_profile(x: Exchange, quirk: Quirk) -> dict[str, Any]:
    """Change the fields that are sent and no others (B: Meta docs; C: a developer's live test)."""
    if not quirk.is_registered:
        raise nonexisting_field("whatsapp_business_profile")
    changes = profile.accepted(x, body_fields(x))
    if quirk.drops_pictures:
        changes.pop("picture", None)
    profile.write(x, changes, surface="profile", swallows=quirk.swallows, stale_reads=quirk.stale_reads)
    return {"success": True}


@_of_number
def _get_node(x: Exchange, _: Quirk) -> dict[str, Any]:
    """Read the phone number's own node."""
    return nodes.node(x, x.address, nodes.names(x.query.get("fields", "")) or nodes.NODE_DEFAULT)


@_of_number
def _post_node(x: Exchange, quirk: Quirk) -> dict[str, Any]:
    """Set or clear the number's own webhook (B: Meta's webhook override page; unlike Meta we do not call the URL)."""
    given = body_fields(x)
    if not _OTHER_SETTINGS.isdisjoint(given):
        raise not_capable()
    wanted = _object(given.get("webhook_configuration"))
    uri = wanted.get("override_callback_uri")
    if not isinstance(uri, str):
        raise bad_parameter("Param webhook_configuration[override_callback_uri] is required")
    if uri and (len(uri) > _MAX_CALLBACK or not _HTTPS.fullmatch(uri)):
        raise bad_parameter(f"Param override_callback_uri must be an https URL of at most {_MAX_CALLBACK} characters")
    token = wanted.get("verify_token") if uri else None
    changes = {"webhook": uri or None, "webhook_verify_token": fingerprint(str(token)) if token else None}
    profile.write(x, changes, surface="node", swallows=quirk.swallows, stale_reads=quirk.stale_reads)
    return {"success": True}


def _get_numbers(x: Exchange, *, waba: str, **_: str) -> dict[str, Any]:
    """List an account's numbers."""
    if quirk_of(_numeric(waba)).is_unknown:
        raise unknown_object(x.method, waba)
    x.group = waba
    return accounts.listing(x, waba)


def _post_batch(x: Exchange, **_: str) -> Response:
    """Answer many reads in one request."""
    return bulk.batch(x, _item)


def _item(x: Exchange, path: str) -> Mapping[str, Any] | Response:
    """Answer one item of a batch, as if it had come alone."""
    name, _, edge = path.strip("/").partition("/")
    answers = {"": _get_node, PROFILE_EDGE: _get_profile}
    if edge == "phone_numbers":
        return _get_numbers(x, waba=name)
    if not name.isdecimal() or edge not in answers:
        return _unknown(x, path=path)
    x.address = name
    return answers[edge](x, phone=name)


def _open_upload(x: Exchange, *, app: str, **_: str) -> dict[str, Any]:
    """Open an upload for an app: by its id, or `app` for the token's own (B: Meta's Postman collection)."""
    if app != "app":
        _numeric(app)
    return pictures.open_session(x)


def _see_upload(x: Exchange, *, version: str, session: str) -> dict[str, Any]:
    return pictures.progress(x, session, version=version)


def _feed_upload(x: Exchange, *, version: str, session: str) -> dict[str, Any]:
    return pictures.receive(x, session, version=version)


def _unknown(x: Exchange, *, path: str, **_: str) -> dict[str, Any]:
    """Refuse what no other route has: a method, an edge, or a path that leads nowhere."""
    name, *rest = path.rstrip("/").split("/", 1)
    edge = "".join(rest)
    if "/" in edge or not name.isdecimal():
        raise unknown_path(f"/{path}")
    if x.method in ("GET", "HEAD") and edge:
        raise nonexisting_field(edge)
    raise unknown_object(x.method, name)


def _numeric(name: str) -> str:
    """Refuse an id that is not made of digits (A: example in the OpenAPI)."""
    if not re.fullmatch(r"[0-9]+", name):
        raise bad_parameter("Invalid phone number ID format. Must be numeric.")
    return name


def _object(value: Any) -> dict[str, Any]:
    """Read an object, which a form carries as JSON text."""
    try:
        read = read_json(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {}


def _unversioned(answer: Callable[..., Mapping[str, Any] | Response]) -> Callable[[Request], Any]:
    """Make an endpoint for a path without a version, unless the request is meant for another provider."""
    graphs = endpoint(answer, unversioned=OLDEST)

    async def unversioned_endpoint(request: Request) -> Response:
        x = exchange_of(request)
        if provider_meant(x):
            x.provider = x.address = ""
            raise HTTPException(404)
        found: Response = await graphs(request)
        return found

    return unversioned_endpoint


_VERSION = "/{version:graph_version}"
_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_OBJECTS: Sequence[tuple[str, str, Callable[..., Mapping[str, Any] | Response]]] = [
    (method, path + slash, answer)
    for method, path, answer in (
        ("GET", "/{phone:graph_id}/whatsapp_business_profile", _get_profile),
        ("POST", "/{phone:graph_id}/whatsapp_business_profile", _post_profile),
        ("GET", "/{waba:graph_id}/phone_numbers", _get_numbers),
        ("GET", "/{phone:graph_id}", _get_node),
        ("POST", "/{phone:graph_id}", _post_node),
    )
    for slash in ("", "/")  # B
]
ROUTES = [
    # An upload's id is used verbatim, so it ends in no slash.
    Route(f"{_VERSION}/upload:{{session}}", endpoint(_see_upload), methods=["GET"]),
    Route(f"{_VERSION}/upload:{{session}}", endpoint(_feed_upload), methods=["POST"]),
    *(Route(f"{_VERSION}{slash}", endpoint(_post_batch), methods=["POST"]) for slash in ("", "/")),
    *(Route(f"{_VERSION}/{{app}}/uploads{slash}", endpoint(_open_upload), methods=["POST"]) for slash in ("", "/")),
    *(
        Route(_VERSION + path.replace(":graph_id", ""), endpoint(answer), methods=[method])
        for method, path, answer in _OBJECTS
    ),
    Route(f"{_VERSION}/{{path:path}}", endpoint(_unknown), methods=_ANY_METHOD),
    *(Route(path, _unversioned(answer), methods=[method]) for method, path, answer in _OBJECTS),
    Route("/{path:graph_path}", _unversioned(_unknown), methods=_ANY_METHOD),
]

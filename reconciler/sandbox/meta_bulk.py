"""Meta's two ways to read many numbers at once: profiles inside of the list of numbers, and a batch of GETs in a POST.

The profile inside of a node or of a list (C: it is asked for in public code) has a shape that nothing records. It is
flat as in the types of that code (C), or an edge's own `{"data": [{…}]}` as Graph's other edges (D) with the fault
`edge`. The fault `unexpanded` refuses it as a field that does not exist (C: seen for a number that is not registered).

A batch is Graph's own (B: its page about batch requests): items in parallel, replies in their order, each with its own
`code` and its body as text; an item that was not finished is `null` (the fault `dropped`). The token must stand in the
body. Only items that read are imitated. The fault `unbatched` refuses it as a whole, in words of our own choice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from reconciler.sandbox import profile
from reconciler.sandbox.exchange import Exchange
from reconciler.sandbox.graph import GraphError, bad_parameter, body_fields, dump, error_text, nonexisting_field

LARGEST_BATCH = 50
"""B: Graph's page about batch requests."""
PROFILE_EDGE = "whatsapp_business_profile"
_EXPANSION = re.compile(PROFILE_EDGE + r"\{([^{}]*)\}")

Answer = Callable[[Exchange, str], Mapping[str, Any] | Response]
"""(one item as an exchange of its own, its path without the version) → the reply."""


def expanded(x: Exchange, address: str, *, registered: bool) -> dict[str, Any]:
    """Show a number's profile inside of its node, with the fields that are asked for in braces."""
    if not registered or x.take("unexpanded"):
        raise nonexisting_field(PROFILE_EDGE)
    asked = _EXPANSION.search(x.query.get("fields", ""))
    state = x.world.view(x.provider, address, surface="profile")
    shown = profile.show(x, state, asked[1] if asked else "")
    return {"data": [shown]} if x.take("edge") else shown


def batch(x: Exchange, answer: Answer) -> Response:
    """Answer every item of a batch; one that is refused refuses no other."""
    given = body_fields(x)
    if not given.get("access_token"):
        raise GraphError(401, 190, message="An access token is required to request this resource")
    if x.take("unbatched"):
        raise bad_parameter("Batch requests are not available to this app")
    items = _items(given.get("batch"))
    with_headers = str(given.get("include_headers", "true")).lower() != "false"
    replies = [None if x.take("dropped") else _replied(x, item, answer, with_headers=with_headers) for item in items]
    return Response(json.dumps(replies), media_type="application/json; charset=UTF-8")


def _items(given: Any) -> list[dict[str, Any]]:
    try:
        items = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        items = None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise bad_parameter("Param batch must be an array of objects")
    if len(items) > LARGEST_BATCH:
        raise bad_parameter(f"Too many requests in batch message. Maximum batch size is {LARGEST_BATCH}")
    return items


def _replied(x: Exchange, item: Mapping[str, Any], answer: Answer, *, with_headers: bool) -> dict[str, Any]:
    code, body = _answered(x, item, answer)
    headers = [{"name": "Content-Type", "value": "application/json; charset=UTF-8"}]
    return {"code": code, **({"headers": headers} if with_headers else {}), "body": body}


def _answered(x: Exchange, item: Mapping[str, Any], answer: Answer) -> tuple[int, str]:
    url, method = item.get("relative_url"), item.get("method")
    try:
        if method != "GET" or not isinstance(url, str):
            raise bad_parameter("The sandbox answers only items with the method GET and a relative_url")
        path, _, query = url.partition("?")
        one = replace(x, method="GET", path=f"{x.path.rstrip('/')}/{path}", query_string=query, body=b"", faults=None)
        found = answer(one, path)
        x.group = x.group or one.group
    except GraphError as refusal:
        return refusal.status, error_text(refusal)
    if isinstance(found, Response):
        return found.status_code, bytes(found.body).decode()
    return 200, dump(found)

"""How Graph talks: replies, headers, errors and tokens. Shared by Meta and by providers that pass Graph's replies on.

Confidence marks in this package: A recorded traffic or Meta's OpenAPI, B Meta's documentation, C developers who report
live tests, D inference. A choice of the sandbox's own is called one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from reconciler.sandbox.exchange import Exchange, exchange_of, parsed_body, query_parameters

INVALID_TOKEN = "sandbox-invalid-token"
EXPIRED_TOKEN = "sandbox-expired-token"
FORBIDDEN_TOKEN = "sandbox-forbidden-token"
DEMANDING_TOKEN = "sandbox-demanding-token"
"""Its app demands a proof of its secret with every call."""
DEMANDING_APP = "sandbox-app-secret"
"""The secret of that app."""

_MEDIA_TYPE = "application/json; charset=UTF-8"
_DOCS = "https://developers.facebook.com/docs/graph-api"


class GraphError(Exception):
    """Graph refuses a call: HTTP status, code, and the other members of its error object."""

    def __init__(self, status: int, code: int, *, message: str, minutes: int = 0, **members: str | int | bool) -> None:
        super().__init__(message)
        self.status = status
        self.minutes = minutes
        """Minutes until an exhausted budget is free again; 0 if it is not exhausted."""
        self.error = {"message": message, "type": "OAuthException", "code": code, **members}


def bad_parameter(text: str) -> GraphError:
    """Refuse a parameter: HTTP 400, code 100 (A: OpenAPI and error-codes page; `(#100) Param …` wording C)."""
    return GraphError(400, 100, message=f"(#100) {text}")


def nonexisting_field(name: str) -> GraphError:
    """Refuse a field that a node does not have (C: seen for numbers that are not registered on Cloud API)."""
    return bad_parameter(f"Tried accessing nonexisting field ({name})")


def not_capable() -> GraphError:
    """Refuse a call that the app has not the capability for (B: error-codes page, words and status)."""
    return GraphError(500, 3, message="(#3) Application does not have the capability to make this API call.")


def unknown_path(path: str) -> GraphError:
    """Refuse a path that leads nowhere (C: many clients' reports quote the message, with HTTP 400)."""
    return GraphError(400, 2500, message=f"Unknown path components: {path}")


def unknown_object(method: str, name: str) -> GraphError:
    """Refuse an object that does not exist or is not the caller's (A: recorded 2024-10, GET and POST alike)."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{name}' does not exist, cannot be loaded due to "
        f"missing permissions, or does not support this operation. Please read the Graph API documentation at {_DOCS}"
    )
    return GraphError(400, 100, message=message, type="GraphMethodException", error_subcode=33)


def endpoint(answer: Callable[..., Mapping[str, Any] | Response], *, unversioned: str = "") -> Callable[[Request], Any]:
    """Make a Starlette endpoint of a function from exchange and path parameters to a JSON reply.

    `unversioned` is the version in which a path that names none is answered.
    """

    async def graph_endpoint(request: Request) -> Response:
        x = exchange_of(request)
        version = request.path_params.get("version", unversioned)
        try:
            _authorise(x)
            found = answer(x, **request.path_params)
            return found if isinstance(found, Response) else _success(x, found, version=version)
        except GraphError as refusal:
            return _failure(x, refusal, version=version)

    graph_endpoint.__doc__ = answer.__doc__
    return graph_endpoint


def dump(body: Mapping[str, Any]) -> str:
    r"""Write JSON as Graph does: `/` as `\/`, `@` as `\u0040` (A: recorded 2024-10)."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").replace("@", "\\u0040")


def error_text(refusal: GraphError) -> str:
    """Write the body that refuses a call (A: recorded 2024-10)."""
    return dump({"error": {**refusal.error, "fbtrace_id": "A" + secrets.token_urlsafe(16)}})


def body_fields(x: Exchange) -> dict[str, Any]:
    """Read the parameters of a write: JSON or a form (A), a form in several parts (D), and the query (B, C).

    A parameter of the body outweighs one of the same name in the query, which is the sandbox's own choice.
    """
    try:
        body = parsed_body(x) if x.body else {}
    except ValueError:
        raise bad_parameter("The request body is neither JSON nor a form") from None
    if not isinstance(body, dict):
        raise bad_parameter("The request body must be an object")
    return query_parameters(x) | body


def _authorise(x: Exchange) -> None:
    """Check the token (A: `Bearer`; B: `OAuth` for uploads, `?access_token=` for Graph in general)."""
    scheme, _, token = x.headers.get("authorization", "").partition(" ")
    if scheme not in {"Bearer", "OAuth"} or not token:
        # B: an upload's bytes must carry their token in the header or the call will fail.
        token = "" if "/upload:" in x.path else x.query.get("access_token", "")
    match token:
        case "":
            raise GraphError(401, 190, message="An access token is required to request this resource")
        case _ if token == INVALID_TOKEN:
            raise GraphError(401, 190, message="Invalid OAuth access token", error_subcode=467)
        case _ if token == EXPIRED_TOKEN:
            raise GraphError(401, 190, message="Error validating access token: Session has expired", error_subcode=463)
        case _ if token == FORBIDDEN_TOKEN:
            message = "Your app doesn't have permission to access this WhatsApp Business Profile"
            raise GraphError(
                *(403, 200),
                message=message,
                error_subcode=1349174,
                # A: the example in the OpenAPI.
                error_user_title="Permission Denied",
                error_user_msg="Your app doesn't have permission to access this resource",
            )
    _prove(x, token)


def _prove(x: Exchange, token: str) -> None:
    """Let an app demand a proof of its secret: the hex HMAC-SHA256 of the token under it (B: Graph's docs)."""
    demand = DEMANDING_APP if token == DEMANDING_TOKEN else ""
    if fault := x.take("proof"):
        demand = fault.secret or DEMANDING_APP
    if not demand:
        return
    expected = hmac.new(demand.encode(), token.encode(), "sha256").hexdigest()
    sent = x.query.get("appsecret_proof") or _in_body(x, "appsecret_proof")
    if not sent:
        message = "API calls from the server require an appsecret_proof argument"
        raise GraphError(400, 100, message=message, type="GraphMethodException")
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        # Nothing says how Graph refuses a wrong one: that it is refused is the purpose, the words are a choice.
        message = "Invalid appsecret_proof provided in the API argument"
        raise GraphError(400, 100, message=message, type="GraphMethodException")


def _in_body(x: Exchange, name: str) -> str:
    """Find a parameter of the body; "" if the body has none, or is a picture."""
    try:
        body = parsed_body(x)
    except ValueError:
        return ""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""


def _success(x: Exchange, body: Mapping[str, Any], *, version: str) -> Response:
    content = dump(body).encode()
    headers = {
        "ETag": f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"',
        "Cache-Control": "private, no-cache, no-store, must-revalidate",
        **_traces(version),
    }
    if x.group:
        headers |= _usage(x)
    return Response(content, headers=headers, media_type=_MEDIA_TYPE)


def _failure(x: Exchange, refusal: GraphError, *, version: str) -> Response:
    """Answer an error (A: body and headers recorded 2024-10)."""
    content = error_text(refusal)
    # A header is one line of ASCII; the message may quote text that is neither.
    told = str(refusal).encode("ascii", "replace").decode().replace('"', "'").replace("\r", " ").replace("\n", " ")
    headers = {
        "WWW-Authenticate": f'OAuth "Facebook Platform" "invalid_request" "{told}"',
        "Cache-Control": "no-store",
        "X-App-Usage": json.dumps({"call_count": 0, "total_cputime": 0, "total_time": 0}, separators=(",", ":")),
        **_traces(version),
    }
    if refusal.minutes:
        headers |= _usage(x, percent=100, minutes=refusal.minutes)
    return Response(content, status_code=refusal.status, headers=headers, media_type=_MEDIA_TYPE)


def _traces(version: str) -> dict[str, str]:
    ids = {"X-Fb-Request-Id": secrets.token_urlsafe(16), "X-Fb-Trace-Id": secrets.token_urlsafe(8)}
    return {**ids, "Facebook-Api-Version": version} if version else ids


def _usage(x: Exchange, *, percent: int = 1, minutes: int = 0) -> dict[str, str]:
    """Tell the budget's use by WABA id: percent, and minutes until it is free again (A: recorded; B: the units)."""
    if fault := x.take("usage"):
        percent, minutes = fault.percent, fault.minutes
    counts = {"call_count": percent, "total_cputime": percent, "total_time": percent}
    use = {"type": "whatsapp_business_management", **counts, "estimated_time_to_regain_access": minutes}
    return {"X-Business-Use-Case-Usage": json.dumps({x.group: [use]}, separators=(",", ":"))}

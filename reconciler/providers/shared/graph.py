"""Meta's Graph API at its profile edge: replies become values, errors become kinds of failure.

Facts: M-3, M-4 (reading), M-16, M-25 and M-26 (errors), M-17 (usage) in APIS.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from reconciler.core.basics import Model
from reconciler.core.fields import strict_json
from reconciler.core.provider import CallFailed, Failure, FailureKind, Reply, Usage
from reconciler.core.target import Known, Linked, LiveField, Unreadable
from reconciler.providers.shared.messages import one_reason, whole_number

# Our field → its key on the wire when reading, in the order in which the API lists them (fact M-3).
_READ_KEYS = {
    "about": "about",
    "address": "address",
    "description": "description",
    "email": "email",
    "picture": "profile_picture_url",
    "websites": "websites",
    "industry": "vertical",
}
WRITE_KEYS = _READ_KEYS | {"picture": "profile_picture_handle"}
PROFILE_FIELDS = ",".join(_READ_KEYS.values())
PROFILE_EDGE = "whatsapp_business_profile"
_NEVER_SET = "UNDEFINED"
GRAPH_ID = r"^[0-9]{5,25}$"
GraphId = Annotated[str, Field(pattern=GRAPH_ID, description="an id of 5 to 25 digits, in quotes")]
# A number on the Business app keeps its profile there; the Cloud API does not support it (fact M-19).
ON_BUSINESS_APP = "the number is on the WhatsApp Business app: its owner edits the profile there, the API cannot"

# Codes, never HTTP statuses: the same case comes with different statuses (fact M-16).
_KINDS: dict[FailureKind, frozenset[int]] = {
    FailureKind.THROTTLED: frozenset({4, 17, 32, 613, 80007, 80008, 130429, 131056, 133016}),
    FailureKind.TRANSIENT: frozenset({1, 2, 131016, 131057, 133004, 2494100}),
    FailureKind.AMBIGUOUS: frozenset({131000}),
    FailureKind.UNAUTHORISED: frozenset({0, 102, 104, 190}),
    FailureKind.FORBIDDEN: frozenset({3, 10, 368, 130497, 131005, 131031, *range(200, 300)}),
    FailureKind.NOT_FOUND: frozenset({33, 803}),
    FailureKind.UNREGISTERED: frozenset({133010}),
    FailureKind.REJECTED: frozenset({12, 100, 2500, 2635, 131008, 131009}),
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes}

# Refused because of what the business did, not because of the token's permissions.
_BLOCKED = frozenset({368, 130497, 131031})
_DELETED = 33
# The version of the API is too old, or none (fact M-26).
_VERSIONS = frozenset({12, 2500, 2635})
_NO_TOKEN = 104
# In the words of the refusal; its code is that of every wrong parameter (fact M-25).
_PROOF = "appsecret_proof"
_TOKEN_STATES = {
    458: "the app is not installed for this account",
    459: "its user must log in to Facebook once",
    460: "its user's password was changed",
    463: "it has expired",
    464: "its user is not confirmed",
    467: "it is invalid",
}
_PARAM = re.compile(r"[Pp]aram(?:eter)? \(?([a-z_]+)")
_UNREGISTERED = "nonexisting field (whatsapp_business_profile)"


def profile_of(reply: Reply) -> dict[str, LiveField] | None:
    """Return the profile fields of a reply, or None when the reply holds no profile.

    The real shape is flat, `data[0].about`; the documented `data[0].business_profile.about` is taken too (fact M-3).
    """
    body = reply.json()
    data = body.get("data") if isinstance(body, dict) else None
    first = data[0] if isinstance(data, list) and data else None
    nested = first.get("business_profile") if isinstance(first, dict) else None
    found = nested if isinstance(nested, dict) else first
    if not isinstance(found, dict):
        return None
    return {name: _READERS[name](found.get(key)) for name, key in _READ_KEYS.items()}


def succeeded(reply: Reply) -> None:
    """Raise CallFailed unless a write's reply says that it succeeded."""
    if reply.json().get("success") is not True:
        raise CallFailed(garbage("the reply does not say that it succeeded"))


def garbage(summary: str) -> Failure:
    """Return the failure of a reply that has not the expected form."""
    return Failure(kind=FailureKind.GARBAGE, summary=summary)


def _text(data: object) -> LiveField:
    """An absent key is an empty field (fact M-3)."""
    if data is None:
        return Known(value="")
    return (
        Known(value=data) if isinstance(data, str) else Unreadable(reason="the reply holds something that is no text")
    )


def _industry(data: object) -> LiveField:
    return Known(value="") if data == _NEVER_SET else _text(data)


def _websites(data: object) -> LiveField:
    """An absent key, an empty text and a list of empty texts are no link (fact M-3)."""
    if data is None or data == "":
        return Known(value=())
    if isinstance(data, list) and all(isinstance(item, str) for item in data):
        return Known(value=tuple(item for item in data if item))
    return Unreadable(reason="the reply holds something that is no list of links")


def _picture(data: object) -> LiveField:
    found = _text(data)
    return (
        Linked(url=found.value) if isinstance(found, Known) and isinstance(found.value, str) and found.value else found
    )


_READERS: Mapping[str, Callable[[object], LiveField]] = {
    "about": _text,
    "address": _text,
    "description": _text,
    "email": _text,
    "picture": _picture,
    "websites": _websites,
    "industry": _industry,
}


def graph_failure(reply: Reply, hints: Hints) -> Failure | None:
    """Classify a reply of the Graph API by its error code; None when it is a success."""
    body = reply.json()
    if not isinstance(body, dict):
        summary = f"the reply (HTTP {reply.status}) is no JSON object"
        return Failure(kind=FailureKind.GARBAGE, summary=summary, reason=reply.words)
    error = body.get("error")
    if error is None and reply.status < 300:
        return None
    code = whole_number(error.get("code")) if isinstance(error, dict) else None
    if not isinstance(error, dict) or code is None:
        summary = f"HTTP {reply.status} without an error code"
        return Failure(kind=FailureKind.GARBAGE, summary=summary, reason=reply.words)
    return _classified(reply, error, code, hints)


def _classified(reply: Reply, error: Mapping[str, Any], code: int, hints: Hints) -> Failure:
    subcode, text = whole_number(error.get("error_subcode")), str(error.get("message") or "")
    # For an unknown code, only the server's word on whose fault it was is left.
    own_fault = error.get("is_transient") is True or reply.status >= 500
    kind = _KIND_OF.get(code, FailureKind.TRANSIENT if own_fault else FailureKind.REJECTED)
    if kind is FailureKind.REJECTED and _UNREGISTERED in text:
        kind = FailureKind.UNREGISTERED
    if kind is FailureKind.REJECTED and code == 100 and subcode == 33:
        kind = FailureKind.NOT_FOUND
    unproved = kind is FailureKind.REJECTED and _PROOF in text
    kind = FailureKind.UNAUTHORISED if unproved else kind
    reason = _reason(error, text)
    return Failure(
        kind=kind,
        summary=text or "no message",
        hint=hints.proof if unproved else hints.of(kind, code, subcode),
        code=f"{code}" if subcode is None else f"{code}/{subcode}",
        field=_field(text) or _field(reason) if kind in (FailureKind.REJECTED, FailureKind.AMBIGUOUS) else "",
        after=_after(reply),
        reason=reason,
        trace=_trace(reply, error),
    )


def _reason(error: Mapping[str, Any], message: str) -> str:
    """Return what an error says for people besides its message, which may be no more than "Invalid parameter"."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else data
    return one_reason(error.get("error_user_title"), error.get("error_user_msg"), details, beside=message)


def _trace(reply: Reply, error: Mapping[str, Any]) -> str:
    """Return the id that Meta's support asks for: in the body, else in a header (facts M-16, M-3)."""
    told = error.get("fbtrace_id")
    return told if isinstance(told, str) else reply.headers.get("x-fb-trace-id", "")


class Hints(Model):
    """What to do about each kind of failure; every provider that passes Graph's replies on has its own credentials."""

    unauthorised: str
    forbidden: str
    not_found: str
    unregistered: str
    throttled: str
    blocked: str
    proof: str
    version: str

    def of(self, kind: FailureKind, code: int = 0, subcode: int | None = None) -> str:
        """Return what to do; `{state}` becomes the token's state, if the codes give it."""
        if code in _BLOCKED:
            return self.blocked
        if code in _VERSIONS:
            return self.version
        if code == _DELETED:
            return "the number was deleted: remove its profile, or set `mode: paused`"
        match kind:
            case FailureKind.UNAUTHORISED:
                known = "the call arrived without one" if code == _NO_TOKEN else _TOKEN_STATES.get(subcode or 0)
                return self.unauthorised.format(state=known or "it is not accepted")
            case FailureKind.FORBIDDEN:
                return self.forbidden
            case FailureKind.NOT_FOUND:
                return self.not_found
            case FailureKind.UNREGISTERED:
                return self.unregistered
            case FailureKind.THROTTLED:
                return self.throttled
            case _:
                return ""


def _field(text: str) -> str:
    """Return the profile field that an error message names, or an empty text."""
    match = _PARAM.search(text)
    names = {wire: name for name, wire in WRITE_KEYS.items()}
    if match and match.group(1) in names:
        return names[match.group(1)]
    return "picture" if "picture handle" in text else ""


def _after(reply: Reply) -> float | None:
    """Seconds to stay away: `Retry-After` if it is there (undocumented), else what the usage headers say."""
    if (asked := reply.retry_after) is not None:
        return asked
    usage = graph_usage(reply)
    return usage.regain_after if usage is not None and usage.regain_after else None


def graph_usage(reply: Reply) -> Usage | None:
    """Read the usage headers: their figures are percent, their time to regain access is in minutes (fact M-17)."""
    rows: list[Any] = []
    business = _json(reply.headers.get("x-business-use-case-usage", ""))
    for entries in business.values():
        rows.extend(entries if isinstance(entries, list) else [])
    # If both headers are there, the business use case counts.
    rows = rows or [_json(reply.headers.get("x-app-usage", ""))]
    percents = [_number(row, key) for row in rows for key in ("call_count", "total_cputime", "total_time")]
    minutes = max((_number(row, "estimated_time_to_regain_access") for row in rows), default=0.0)
    if not any(isinstance(row, dict) and row for row in rows):
        return None
    return Usage(percent=max(percents), regain_after=60.0 * minutes)


def _json(text: str) -> dict[str, Any]:
    try:
        data = strict_json(text) if text else {}
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _number(row: object, key: str) -> float:
    value = row.get(key) if isinstance(row, dict) else None
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e9 else 0.0

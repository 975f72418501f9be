"""The Resumable Upload API: open a session, send bytes, ask how far it got, go on (B: Meta's "Upload a file" page).

B (Meta's Postman collection): a session's id carries a query string and is used verbatim. An unknown session gets the
same answer as any unknown object (A for objects, D here).
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from reconciler.sandbox.exchange import Exchange
from reconciler.sandbox.graph import GraphError, bad_parameter, unknown_object

TYPES = ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4")
_LARGEST = 16 * 1024 * 1024
_STRING_OFFSETS_SINCE = 25


def open_session(x: Exchange) -> dict[str, Any]:
    """Open a session for the length and type that the query gives."""
    length, declared = x.query.get("file_length", ""), x.query.get("file_type", "")
    if not length.isdecimal() or not 0 < int(length) <= _LARGEST:
        raise bad_parameter("Param file_length must be a number of bytes")
    if declared not in TYPES:
        raise bad_parameter(f'Param file_type must be one of {{{", ".join(TYPES)}}} - got "{declared}"')
    session = base64.b64encode(f"1:attachment:{secrets.token_hex(16)}?".encode()).decode()
    sig = "AR" + secrets.token_urlsafe(12)
    x.world.put("upload", session, {"sig": sig, "length": int(length), "type": declared, "handle": ""})
    return {"id": f"upload:{session}?sig={sig}"}


def progress(x: Exchange, session: str, *, version: str = "") -> dict[str, Any]:
    """Say how many bytes arrived; a number in older texts, a string since v25 (B)."""
    value, content = _find(x, session)
    return _standing(session, value, content, version=version)


def receive(x: Exchange, session: str, *, version: str = "") -> dict[str, Any]:
    """Take bytes at the session's offset; return the handle once the file is complete."""
    cut = x.take("upload_cut")
    with x.world.transaction():
        value, content = _append(x, session, x.body[: cut.bytes] if cut else x.body)
    if cut:
        message = "An unexpected error occurred. Please retry your request"
        raise GraphError(500, 2, message=message, type="GraphMethodException", is_transient=True)
    return {"h": value["handle"]} if value["handle"] else _standing(session, value, content, version=version)


def uploaded(x: Exchange, handle: str) -> tuple[str, bytes] | None:
    """Find the declared type and the bytes behind a handle."""
    known = x.world.get("handle", handle)
    upload = x.world.get("upload", known[0]["session"]) if known else None
    return (upload[0]["type"], upload[1]) if upload else None


def _append(x: Exchange, session: str, chunk: bytes) -> tuple[dict[str, Any], bytes]:
    """Add bytes to a session. An empty last chunk may be repeated, because its first answer may have been lost."""
    value, content = _find(x, session)
    offset = x.headers.get("file_offset", "")
    if offset != str(len(content)):
        raise bad_parameter(f"The header file_offset must be {len(content)} - got {offset!r}")
    arrived = content + chunk
    if len(arrived) > value["length"]:
        raise bad_parameter(f"The file is longer than its file_length of {value['length']}")
    if len(arrived) == value["length"] and not value["handle"]:
        value["handle"] = _handle(x, value["type"])
        x.world.put("handle", value["handle"], {"session": session})
    x.world.put("upload", session, value, content=arrived)
    return value, arrived


def _find(x: Exchange, session: str) -> tuple[dict[str, Any], bytes]:
    found = x.world.get("upload", session)
    # A session id is sent verbatim: an id whose `:` or `=` was percent-encoded is another one.
    if found is None or x.query.get("sig") != found[0]["sig"] or "%" in x.path:
        raise unknown_object(x.method, f"upload:{session}")
    return found


def _standing(session: str, value: dict[str, Any], content: bytes, *, version: str) -> dict[str, Any]:
    major = version.removeprefix("v").partition(".")[0]
    text = major.isdecimal() and int(major) >= _STRING_OFFSETS_SINCE
    return {"id": f"upload:{session}?sig={value['sig']}", "file_offset": str(len(content)) if text else len(content)}


def _handle(x: Exchange, declared: str) -> str:
    """Make a handle of the form that real ones have, `4::aW…` (B)."""
    mime = base64.b64encode(declared.encode()).decode()
    tail = f"e:{int(x.clock())}:{secrets.randbelow(10**15)}"
    return f"4::{mime}:AR{secrets.token_urlsafe(48)}:{tail}:AR{secrets.token_urlsafe(12)}"

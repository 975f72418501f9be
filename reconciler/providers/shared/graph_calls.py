"""Graph's calls beside the single read: those that write, and the two that read many numbers in one.

uploaded: (picture, where uploads are opened) → its handle, in three calls that resume where the server stopped.
steps: (changes, path, uploads, how to send a webhook) → one call for the fields after the upload, and the webhook last.
expanded_profile: (a number's row in the list, the page's reply) → the reply of its profile alone, or None.
batch_replies: (the reply to a batch, how many reads it held) → their replies, in their order; None for one left out.

Every provider that passes Graph's calls on writes by these. What a bulk reply has not in a form that is documented is
left out, never taken for empty: it is then read alone. Facts M-5, M-13, M-27, M-28, D-4 and D-6 in APIS.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import Picture, Webhook
from reconciler.core.provider import CallFailed, Exchange, FailureKind, Read, Reply, Step, Upload, Write
from reconciler.core.target import Change
from reconciler.providers.shared.graph import PROFILE_EDGE, WRITE_KEYS, garbage, succeeded

# The session's id carries its own query string and is used verbatim (fact M-13).
_SESSION = re.compile(r"upload:[A-Za-z0-9+/=_:.~-]{1,2000}(\?sig=[A-Za-z0-9_~.-]{1,500})?\Z")
_HANDLE = re.compile(r"[\x21-\x7e]{1,4000}\Z")
_DIGITS = re.compile(r"[0-9]{1,10}\Z")
_TRIES = 3
_RESUMABLE = frozenset({FailureKind.TRANSIENT, FailureKind.AMBIGUOUS, FailureKind.UNREACHABLE, FailureKind.GARBAGE})


@dataclass(frozen=True, slots=True)
class Uploads:
    """Where uploads are opened, and the path before a session's id."""

    open: str
    session: str


def uploaded(picture: Picture, at: Uploads) -> Exchange[str]:
    """Upload `picture` and return its handle."""
    suffix = picture.mime.removeprefix("image/")
    query = (("file_name", f"picture.{suffix}"), ("file_length", str(picture.size)), ("file_type", picture.mime))
    opened = yield Write("POST", at.open, query=query, repeatable=True)
    session = opened.json().get("id")
    if not isinstance(session, str) or not _SESSION.match(session):
        raise CallFailed(garbage("the reply holds no upload session"))
    reply = yield from _resumed(at.session + session, picture)
    handle = reply.json().get("h")
    if not isinstance(handle, str) or not _HANDLE.match(handle):
        raise CallFailed(garbage("the reply holds no picture handle"))
    return handle


def _resumed(path: str, picture: Picture) -> Exchange[Reply]:
    """Send the bytes. If that breaks off, ask how many arrived and go on from there."""
    offset = failures = 0
    while True:
        try:
            return (yield Upload(path, picture, offset, (("file_offset", str(offset)),)))
        except CallFailed as failed:
            failures += 1
            if failures == _TRIES or failed.failure.kind not in _RESUMABLE:
                raise
            offset = _offset((yield Read(path, upload=True)), picture)


def _offset(reply: Reply, picture: Picture) -> int:
    """Return how many bytes of an upload arrived; the reply gives a text or a number (fact M-13)."""
    text = str(reply.json().get("file_offset"))
    if not _DIGITS.match(text) or int(text) > picture.size:
        raise CallFailed(garbage("the reply holds no upload offset"))
    return int(text)


def steps(
    changes: tuple[Change, ...], path: str, uploads: Uploads, webhook: Callable[[Webhook], Exchange[None]]
) -> tuple[Step, ...]:
    """Return the steps that send `changes`: the fields to `path`, after the picture's upload, then the webhook."""
    fields = tuple(change for change in changes if change.field != "webhook")
    found = [Step(tuple(change.field for change in fields), _send(fields, path, uploads))] if fields else []
    hooks = (change.after for change in changes if isinstance(change.after, Webhook))
    return (*found, *(Step(("webhook",), webhook(hook)) for hook in hooks))


def _send(changes: tuple[Change, ...], path: str, uploads: Uploads) -> Exchange[None]:
    body: dict[str, Any] = {"messaging_product": "whatsapp"}
    for change in changes:
        value = change.after
        sent = (yield from uploaded(value, uploads)) if isinstance(value, Picture) else to_json(value)
        body[WRITE_KEYS[change.field]] = sent
    succeeded((yield Write("POST", path, body, repeatable=True)))


# A profile always shows these two, also one that was never touched (fact M-3).
_ALWAYS = frozenset({"messaging_product", "vertical"})


def expanded_profile(row: Mapping[str, Any], page: Reply) -> Reply | None:
    """Return the reply that a read of the row's profile would get; both shapes are taken, flat and as an edge."""
    found = row.get(PROFILE_EDGE)
    data = found.get("data", [found]) if isinstance(found, dict) else None
    first = data[0] if isinstance(data, list) and len(data) == 1 else None
    if not isinstance(first, dict) or _ALWAYS.isdisjoint(first):
        return None
    return replace(page, body=b"", data={"data": [first]})


def batch_replies(reply: Reply, number: int) -> tuple[Reply | None, ...]:
    """Return the replies to the reads of a batch, each with the headers of the batch's own reply."""
    items = reply.json()
    if not isinstance(items, list) or len(items) != number:
        raise CallFailed(garbage("the reply to a batch does not answer each of its reads"))
    return tuple(_item(item, reply) for item in items)


def _item(item: object, whole: Reply) -> Reply | None:
    if not isinstance(item, dict):
        return None
    code, body = item.get("code"), item.get("body")
    if not isinstance(code, int) or not isinstance(body, str):
        return None
    # Half of a surrogate pair is no text, and is judged as any other reply that is no JSON.
    return replace(whole, status=code, body=body.encode("utf-8", "surrogatepass"))

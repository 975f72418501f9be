"""Graph's two ways to read many numbers in one call, taken apart into the replies that single reads would get.

expanded_profile: (a number's row in the list, the page's reply) → the reply of its profile alone, or None.
batch_replies: (the reply to a batch, how many reads it held) → their replies, in their order; None for one left out.

What is not in a form that is documented is left out, never taken for empty: it is then read alone. Facts M-27 and M-28
in APIS.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.provider import CallFailed, Reply
from reconciler.providers.shared.graph import PROFILE_EDGE, garbage

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

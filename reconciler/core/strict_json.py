"""loaded: bytes that somebody else wrote → the JSON object that they are, or why they are none that can be trusted."""

from __future__ import annotations

import json
from typing import Any


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def loaded(content: bytes, what: str, *, most: int) -> dict[str, Any] | str:
    """Return the object, or why it is none; `what` it should be is said, and `most` is how many bytes that may have."""
    if len(content) > most:
        return f"it is larger than {most // 1024**2} MiB, and no {what} is"
    try:
        data = json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except _Twice as twice:
        return f"the key {twice.key!r:.40} stands twice in one place"
    except (ValueError, RecursionError):
        return "it is not JSON"
    return data if isinstance(data, dict) else f"it is no JSON object, and a {what} is one"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; a key that stands twice would be one thing to a reviewer and another to us."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

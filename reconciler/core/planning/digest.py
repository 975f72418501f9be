"""What an approval binds: the digest of one change, and that of a plan.

change_digest: (a target, a change) → where the change goes, what is there before and what after, as one SHA-256.
changes_digest: (all changes of a plan) → the same of all of them, in any order.
before_json: (what is known of the value before) → the same without anything that changes from run to run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, assert_never

from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import Json, canonical_json
from reconciler.core.target import Assumed, Before, Change, Known, Target, Unknown


def changes_digest(changes: Iterable[tuple[Target, Change]]) -> str:
    """Bind every change to its target: an approval of this digest approves these changes and no others."""
    return hashlib.sha256("\n".join(sorted(change_digest(*one) for one in changes)).encode()).hexdigest()


def before_json(before: Before) -> dict[str, Any]:
    """Return the value before and how it is known, without anything that changes from run to run."""
    match before:
        case Known():
            return {"known": to_json(before.value)}
        case Assumed():
            return {"assumed": to_json(before.value)}
        case Unknown():
            return {"unknown": True}
        case _:
            assert_never(before)


def change_digest(target: Target, change: Change) -> str:
    """Bind provider, endpoint, address, field, before and after of one change, and its other bindings."""
    bound: dict[str, Json] = {
        "provider": target.provider,
        "endpoint": target.endpoint,
        "address": target.address,
        "field": change.field,
        "before": before_json(change.before),
        "after": to_json(change.after),
    }
    if change.via:
        bound["via"] = {one.name: one.value for one in change.via}
    # A provider may send half of a surrogate pair: it is not text, but a plan must not fail for it.
    return hashlib.sha256(canonical_json(bound).encode("utf-8", "surrogatepass")).hexdigest()

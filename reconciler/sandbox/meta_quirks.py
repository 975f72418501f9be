"""Meta's magic phone number ids. Each has its own behaviour, like the test card numbers of payment providers.

Every other id of digits is an ordinary number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.exchange import Exchange
from reconciler.sandbox.graph import GraphError, unknown_object

THROTTLED_MINUTES = 2


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """How a number differs from an ordinary one."""

    refusal: Callable[[Exchange], GraphError | None] = lambda _: None
    """Refuses every call, profile and node alike."""
    is_unknown: bool = False
    is_registered: bool = True
    answers_garbage: bool = False
    node: Mapping[str, Any] = field(default_factory=dict)
    """Fields that the number is born with, besides those of every number."""
    swallows: bool = False
    stale_reads: int = 0
    drops_pictures: bool = False
    nests_profile: bool = False


def _unknown(x: Exchange) -> GraphError:
    return unknown_object(x.method, x.address)


def _forbidden(_: Exchange) -> GraphError:
    return GraphError(403, 10, message="(#10) Application does not have permission for this action")


def _throttled(_: Exchange) -> GraphError:
    message = "(#80008) There have been too many calls to this WhatsApp Business account. Wait a bit and try again."
    return GraphError(400, 80008, message=message, minutes=THROTTLED_MINUTES)


def _throttled_once(x: Exchange) -> GraphError | None:
    if x.world.state(x.provider, x.address).get("throttled_once"):
        return None
    x.world.edit(x.provider, x.address, throttled_once=True)
    # A developer saw 403; the docs say 400 and the OpenAPI 429. A client must not go by the status.
    return GraphError(
        403, 4, message="(#4) Application request limit reached", error_subcode=2446079, is_transient=True
    )


QUIRKS: Mapping[str, Quirk] = {
    "100000000000004": Quirk(refusal=_throttled_once),
    "100000000000010": Quirk(refusal=_forbidden),
    "100000000000033": Quirk(refusal=_unknown, is_unknown=True),
    "100000000000100": Quirk(is_registered=False, node={"platform_type": "NOT_APPLICABLE", "status": "PENDING"}),
    "100000000000502": Quirk(answers_garbage=True),
    "100000000000700": Quirk(node={"is_on_biz_app": True}),
    "100000000000701": Quirk(swallows=True),
    "100000000000702": Quirk(stale_reads=2),
    "100000000000703": Quirk(drops_pictures=True),
    "100000000000704": Quirk(nests_profile=True),
    "100000000080008": Quirk(refusal=_throttled),
}
ORDINARY = Quirk()


def quirk_of(address: str) -> Quirk:
    """Find how a number behaves."""
    return QUIRKS.get(address, ORDINARY)

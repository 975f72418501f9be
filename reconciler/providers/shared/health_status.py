"""Which number a credential opens, as Graph's health status tells it where no call names a number. Fact D-3 in APIS.md.

asked_number: → what the provider says of the number, or why it does not.
opened_number: (those facts) → the number that the credential opens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.core.comparing.spellings import number_shown
from reconciler.core.provider import CallFailed, Exchange, FailureKind, Read
from reconciler.core.roster import NumberFacts
from reconciler.core.target import Opened
from reconciler.providers.shared.graph import GRAPH_ID, ON_BUSINESS_APP

IDENTITY_KEY: Final = "phone_number_id"
_PATH: Final = "/health_status"
# What tells most comes first, and what is documented last: the fields of a number may be refused.
_QUESTIONS: Final = ((("fields", "id,display_phone_number,is_on_biz_app"),), (("fields", "id"),), ())
_OUTAGE: Final = 500
_REFUSALS: Final = frozenset(
    {
        FailureKind.REJECTED,
        FailureKind.FORBIDDEN,
        FailureKind.NOT_FOUND,
        FailureKind.UNREGISTERED,
        FailureKind.GARBAGE,
    }
)


def asked_number() -> Exchange[NumberFacts]:
    """Ask for all facts, and if they are refused, for fewer; any other failure than a refusal is raised."""
    why = ""
    for query in _QUESTIONS:
        try:
            facts = _facts((yield Read(_PATH, query)).json())
        except CallFailed as failed:
            if failed.failure.kind not in _REFUSALS or failed.failure.status >= _OUTAGE:
                raise
            why = failed.failure.cause.text(hint=False, credential=False)
            continue
        if facts.number or facts.keys:
            return facts
        why = "the reply names no number"
    return NumberFacts(number="", untold=why)


def _facts(body: Mapping[str, Any]) -> NumberFacts:
    """Read a number's own fields, or the one number in its health status; of two ids, neither is told."""
    health = body.get("health_status")
    entities = health.get("entities") if isinstance(health, dict) else None
    named = [one.get("id") for one in entities if _is_number(one)] if isinstance(entities, list) else []
    ids = {str(one) for one in (body.get("id"), *named) if re.fullmatch(GRAPH_ID, str(one))}
    return NumberFacts(
        number=number_shown(body.get("display_phone_number")),
        blocked=ON_BUSINESS_APP if body.get("is_on_biz_app") is True else "",
        keys={IDENTITY_KEY: ids.pop()} if len(ids) == 1 else {},
    )


def _is_number(entity: object) -> bool:
    return isinstance(entity, dict) and entity.get("entity_type") == "PHONE_NUMBER"


def opened_number(facts: NumberFacts) -> Opened:
    """Return the number that the credential opens, as far as the provider told it."""
    return Opened(number=facts.number, identity=facts.keys.get(IDENTITY_KEY, ""), untold=facts.untold)

"""Meta's WhatsApp Business Accounts: which ids are accounts, an account's own node, and the list of its numbers.

An id of digits is an account's once numbers belong to it or were asked for, or when its node is first asked for what
only an account has. An id that is a number already stays one, and a magic one is always a number's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_OID, uuid5

from reconciler.sandbox.exchange import Exchange, read_json
from reconciler.sandbox.graph import GraphError, bad_parameter, nonexisting_field
from reconciler.sandbox.meta_nodes import DEFAULT_WABA, QUIRKS, is_of_profile, names, newborn, node, quirk_of

ACCOUNT_DEFAULT = ("id", "name", "timezone_id", "message_template_namespace")
"""B: Meta's page about accounts; what is shown when no fields are asked for."""
LISTED_DEFAULT = ("id", "display_phone_number", "verified_name", "status", "quality_rating")
"""A: OpenAPI, examples of what is shown of a listed number when no fields are asked for."""
UNSET = frozenset(
    {"country", "primary_business_location"}  # A: asked for and absent.
    # C: a client asks for them.
    | {"currency", "status", "health_status", "is_enabled_for_insights", "on_behalf_of_business_info"}
    | {"owner_business_info", "marketing_messages_lite_api_status", "marketing_messages_onboarding_status"}
    | {"subscribed_apps", "disable_marketing_messages_on_cloud_api"}
)
"""An account's other fields: known, and never set here."""
ONLY_OF_ACCOUNTS = UNSET - {"status", "health_status"} | {"name", "timezone_id", "message_template_namespace"}

FILTERS = ("account_mode", "messaging_limit_tier", "is_official_business_account")
SORTS = ("creation_time.asc", "creation_time.desc", "last_onboarded_time.asc", "last_onboarded_time.desc")
"""A: OpenAPI, and so is the operator EQUAL, the only one that it shows."""
_DEFAULT_PAGE = 25
_LARGEST_PAGE = 100
_CURSORS = frozenset({"after", "before", "access_token", "appsecret_proof"})


def is_account(x: Exchange, name: str) -> bool:
    """Say whether an id is an account's."""
    if _is_number(x, name):
        return False
    if name == DEFAULT_WABA or x.world.get("account", name) is not None or x.world.members(x.provider, name):
        return True
    if x.method != "GET" or is_of_profile(x) or ONLY_OF_ACCOUNTS.isdisjoint(names(x.query.get("fields", ""))):
        return False
    _remember(x, name)
    return True


def _is_number(x: Exchange, name: str) -> bool:
    return name in QUIRKS or bool(x.world.state(x.provider, name))


def _remember(x: Exchange, name: str) -> None:
    if x.world.get("account", name) is None:
        x.world.put("account", name, {})


def account(x: Exchange, name: str) -> dict[str, Any]:
    """Show the wanted fields of an account's own node, in the order asked for, with its id (A: recorded 2026-02)."""
    kept = {
        "id": name,
        "name": "Sandbox Business Account",
        "timezone_id": "138",
        "message_template_namespace": str(uuid5(NAMESPACE_OID, name)).replace("-", "_"),
        "account_review_status": "APPROVED",
        "business_verification_status": "not_verified",
        "ownership_type": "SELF",
    }
    wanted = dict.fromkeys([*(names(x.query.get("fields", "")) or ACCOUNT_DEFAULT), "id"])
    for field in wanted:
        if field not in kept and field not in UNSET:
            raise nonexisting_field(field)
    return {field: kept[field] for field in wanted if field in kept}


def listing(x: Exchange, name: str) -> dict[str, Any]:
    """List an account's numbers; every account exists, many are empty."""
    if _is_number(x, name):
        raise nonexisting_field("phone_numbers")  # D: it is a number, and numbers have none
    _remember(x, name)
    unplaced = x.world.members(x.provider, "") if name == DEFAULT_WABA else []
    members = [*x.world.members(x.provider, name), *unplaced]
    return _page(x, _sorted(x, _filtered(x, [one for one in members if not quirk_of(one).is_unknown])))


def _filtered(x: Exchange, addresses: Sequence[str]) -> list[str]:
    conditions = _conditions(x.query["filtering"]) if "filtering" in x.query else []
    return [one for one in addresses if all(_state(x, one).get(field) == value for field, value in conditions)]


def _conditions(text: str) -> list[tuple[str, Any]]:
    """Read `filtering` (A: OpenAPI, which also has the words for what is no JSON)."""
    try:
        conditions = read_json(text)
    except ValueError:
        raise GraphError(400, 100, message="Invalid parameter: filtering must be valid JSON") from None
    if not isinstance(conditions, list) or not all(isinstance(condition, dict) for condition in conditions):
        raise bad_parameter("Param filtering must be an array of objects")
    return [_condition(condition, place=f"filtering[{i}]") for i, condition in enumerate(conditions)]


def _condition(condition: Mapping[str, Any], *, place: str) -> tuple[str, Any]:
    for name, known in (("field", FILTERS), ("operator", ("EQUAL",))):
        if condition.get(name) not in known:
            told = f'one of {{{", ".join(known)}}} - got "{condition.get(name, "")}"'
            raise bad_parameter(f"Param {place}[{name}] must be {told}")
    if "value" not in condition:
        raise bad_parameter(f"Param {place}[value] is required")
    value = condition["value"]
    return condition["field"], {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _sorted(x: Exchange, addresses: Sequence[str]) -> list[str]:
    """Sort by the first touch, or by the time of onboarding; without such a time, a number stands before the others."""
    order = x.query.get("sort", SORTS[0])
    if order not in SORTS:
        raise bad_parameter(f'Param sort must be one of {{{", ".join(SORTS)}}} - got "{order}"')
    found = list(addresses)
    if order.startswith("last_onboarded_time"):
        found.sort(key=lambda one: str(_state(x, one).get("last_onboarded_time", "")))
    return found[::-1] if order.endswith(".desc") else found


def _state(x: Exchange, address: str) -> dict[str, Any]:
    return x.world.touch(x.provider, address, newborn=newborn(address))


def _page(x: Exchange, addresses: Sequence[str]) -> dict[str, Any]:
    """Show one page of numbers (A: OpenAPI: `limit` 1 to 100, 25 when not said; cursors and full URLs)."""
    limit = _limit(x.query.get("limit", str(_DEFAULT_PAGE)))
    if "before" in x.query:
        end = _position(x.query["before"], addresses)
        start = max(0, end - limit)
    else:
        start = _position(x.query["after"], addresses) + 1 if "after" in x.query else 0
        end = min(start + limit, len(addresses))
    wanted = names(x.query.get("fields", "")) or LISTED_DEFAULT
    data = [node(x, address, wanted) for address in addresses[start:end]]
    if not data:
        return {"data": []}
    before, after = _cursor(addresses[start]), _cursor(addresses[end - 1])
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    if start > 0:
        paging["previous"] = _link(x, before=before)
    if end < len(addresses):
        paging["next"] = _link(x, after=after)
    return {"data": data, "paging": paging}


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise bad_parameter(f"Param limit must be a number from 1 to {_LARGEST_PAGE}")
    return int(text)


def _cursor(address: str) -> str:
    return base64.b64encode(address.encode()).decode()


def _position(cursor: str, addresses: Sequence[str]) -> int:
    try:
        return addresses.index(base64.b64decode(cursor, validate=True).decode())
    except (binascii.Error, ValueError):
        raise bad_parameter("Invalid cursors values were provided") from None


def _link(x: Exchange, **cursor: str) -> str:
    kept = {name: value for name, value in x.query.items() if name not in _CURSORS}
    return f"{x.origin}{x.path}?{urlencode({**kept, **cursor})}"

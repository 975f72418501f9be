"""Meta's phone number nodes: what each one shows.

Some ids are magic: each has its own behaviour, like the test card numbers of payment providers. Every other id of
digits is an ordinary number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox import meta_bulk
from reconciler.sandbox.exchange import Exchange
from reconciler.sandbox.graph import GraphError, nonexisting_field, unknown_object
from reconciler.sandbox.profile import NEWBORN_ABOUT

DEFAULT_WABA = "200000000000000"
"""The WABA of every number that was registered with none."""
APP_WEBHOOK = "https://app.example.com/webhook"

NODE_DEFAULT = ("id", "display_phone_number", "verified_name", "quality_rating")
"""A: OpenAPI, examples of what is shown when no fields are asked for."""

_AS_KEPT = frozenset(
    # A: recorded as answered, or asked for and absent.
    {"verified_name", "quality_rating", "status", "platform_type", "code_verification_status", "name_status"}
    | {"account_mode", "is_official_business_account", "messaging_limit_tier", "new_name_status", "is_pin_enabled"}
    | {"search_visibility", "eligibility_for_api_business_global_search", "certificate"}
    # A: OpenAPI.
    | {"host_platform", "unified_cert_status", "country_code", "country_dial_code", "username"}
    # B: Meta's pages.
    | {"is_on_biz_app", "throughput", "quality_score", "health_status", "last_onboarded_time", "is_preverified_number"}
    | {"conversational_automation", "new_certificate", "new_display_name", "whatsapp_business_manager_messaging_limit"}
)


def newborn(address: str) -> dict[str, Any]:
    """Return the fields that a number has at its first touch, unless others were registered."""
    return {
        "number": f"+1555{address[-7:]:0>7}",
        "group": DEFAULT_WABA,
        "about": NEWBORN_ABOUT,
        "verified_name": "Sandbox Business",
        "quality_rating": "GREEN",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "is_on_biz_app": False,
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "account_mode": "LIVE",
        "is_official_business_account": False,
        "messaging_limit_tier": "TIER_250",
        "new_name_status": "NONE",
        "is_pin_enabled": True,
        "search_visibility": "NON_VISIBLE",
        "eligibility_for_api_business_global_search": "NON_ELIGIBLE_VERIFIED_LEVEL",
        "throughput": {"level": "STANDARD"},
        "webhook_application": APP_WEBHOOK,
        **quirk_of(address).node,
    }


def is_of_profile(x: Exchange) -> bool:
    """Say whether a request is about the profile of its object, and not about the object's own node."""
    return x.path.rstrip("/").endswith("/whatsapp_business_profile")


def names(fields: str) -> tuple[str, ...]:
    """Split a `fields` parameter; `edge{a,b}` becomes the edge's name."""
    return tuple(name.strip() for name in re.sub(r"\{[^}]*\}", "", fields).split(",") if name.strip())


def node(x: Exchange, address: str, wanted: Sequence[str]) -> dict[str, Any]:
    """Show the wanted fields in the order asked for; `id` is always there (B: Meta's webhook page)."""
    state = x.world.touch(x.provider, address, newborn=newborn(address))
    shown = {name: _member(x, address, name, state) for name in dict.fromkeys([*wanted, "id"])}
    return {name: value for name, value in shown.items() if value is not None}


def _member(x: Exchange, address: str, name: str, state: Mapping[str, Any]) -> Any:
    match name:
        case "id":
            return address
        case "display_phone_number":
            return display(state["number"]) if "number" in state else None
        case meta_bulk.PROFILE_EDGE:
            return meta_bulk.expanded(x, address, registered=quirk_of(address).is_registered)
        case "webhook_configuration":
            return _webhooks(x.world.view(x.provider, address, surface="node"))
        case _ if name in _AS_KEPT:
            return state.get(name)
        case _:
            raise nonexisting_field(name)


def _webhooks(state: dict[str, Any]) -> dict[str, str]:
    """Show the URL of each level that has a webhook, never the verify token (B: Meta's webhook override page)."""
    levels = {
        "phone_number": state.get("webhook"),
        "whatsapp_business_account": state.get("webhook_account"),
        "application": state.get("webhook_application"),
    }
    return {level: url for level, url in levels.items() if url}


def display(number: str) -> str:
    """Write a number as Meta displays it, `+1 631-555-5555` (A: OpenAPI's samples); do not rely on the grouping.

    A Mexican number has a 1 after its 52, as WhatsApp has it: `+52 1 664 163 3345` (C: three public records).
    """
    digits = number.removeprefix("+")
    if digits.startswith("52") and len(digits) in (12, 13):
        return f"+52 1 {digits[-10:-7]} {digits[-7:-4]} {digits[-4:]}"
    if digits.startswith("1") and len(digits) == 11:
        return f"+1 {digits[1:4]}-{digits[4:7]}-{digits[7:]}"
    return f"+{digits[:2]} {digits[2:4]} {digits[4:]}".rstrip()


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


def _too_old(_: Exchange) -> GraphError:
    message = "(#2635) You are calling a deprecated version. Please update to the latest version."
    return GraphError(400, 2635, message=message)


def _not_registered(_: Exchange) -> GraphError:
    return GraphError(400, 133010, message="(#133010) Account not registered", error_subcode=2593006)


def _explained(x: Exchange) -> GraphError | None:
    """Refuse every write of the profile, and say why only in the texts for people (A: OpenAPI; the texts: a choice)."""
    if x.method != "POST" or not is_of_profile(x):
        return None
    return GraphError(
        *(400, 100),
        message="(#100) Invalid parameter",
        error_user_title="Description is too long",
        error_user_msg="The description may have at most 256 characters. Shorten it.",
    )


QUIRKS: Mapping[str, Quirk] = {
    "100000000000004": Quirk(refusal=_throttled_once),
    "100000000000010": Quirk(refusal=_forbidden),
    "100000000000033": Quirk(refusal=_unknown, is_unknown=True),
    "100000000000100": Quirk(is_registered=False, node={"platform_type": "NOT_APPLICABLE", "status": "PENDING"}),
    "100000000000256": Quirk(refusal=_explained),
    "100000000000502": Quirk(answers_garbage=True),
    "100000000000700": Quirk(node={"is_on_biz_app": True}),
    "100000000000701": Quirk(swallows=True),
    "100000000000702": Quirk(stale_reads=2),
    "100000000000703": Quirk(drops_pictures=True),
    "100000000000704": Quirk(nests_profile=True),
    "100000000002635": Quirk(refusal=_too_old),
    "100000000080008": Quirk(refusal=_throttled),
    "100000000133010": Quirk(refusal=_not_registered),
}
ORDINARY = Quirk()


def quirk_of(address: str) -> Quirk:
    """Find how a number behaves."""
    return QUIRKS.get(address, ORDINARY)

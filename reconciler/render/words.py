"""The words for what the program knows, as people read them.

ends: (the reasons of a run, its signal) → the members of every JSON document that say how the run ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from reconciler.core.basics import Reason, count, exit_code, to_dict
from reconciler.core.comparing.kinds import is_worth_keeping
from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import FIELD, INDUSTRIES, ValueKind
from reconciler.core.memory.runs import FieldStatus
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan
from reconciler.core.roster import NO_BUSINESS, Business
from reconciler.core.settings import Rule
from reconciler.core.target import Action, Change, Origin

# An account may list an id without showing its number.
NO_NUMBER = "(no number)"


def origin_words(change: Change, *, offline: bool = False) -> str:
    """Return why `change` exists and what applying it does; nothing is lost if there was no value worth keeping."""
    before = change.before_value
    meaning = ORIGINS[change.origin]
    if meaning.unseen and before is None:
        return meaning.forgotten if offline else meaning.unseen
    nothing_lost = change.origin is Origin.ADOPTED and (before is None or not is_worth_keeping(change.field, before))
    return f"{meaning.words}{'' if nothing_lost else meaning.applying}"


# Why a managed field needs no change, if that is worth a line. Fields in sync are only counted. A field that is not as
# it was sent has a warning of its own.
SAME: dict[SameReason, str] = {
    SameReason.ALREADY_LIVE: "already live",
    SameReason.LOOKS_THE_SAME: "the live picture looks the same as the file",
    SameReason.ASSUMED: "assumed, for it cannot be read back",
    SameReason.CANNOT_TELL: "cannot tell whether it changed",
    SameReason.ECHO: "in sync in the provider's form",
}
# The same if no provider was asked.
UNLOOKED: dict[SameReason, str] = {**SAME, SameReason.ASSUMED: "assumed, not looked at"}


def no_profile(plan: Plan) -> str:
    """Return why a plan has no profile: for that of a shard it is no fault."""
    return f"no profile falls into shard {plan.shard}" if plan.shard else "nothing is selected"


def on_whose_word(since: str, run: str, *, offline: bool = False) -> str:
    """Return since when a value is assumed, in words, and by which run.

    For a field that can never be read back, only sending is remembered. If no provider was asked, the value may also be
    one that a run just saw.
    """
    return f"{'remembered since' if offline else 'sent'} {time_words(since)} by run {run}"


def industry_label(field: str, value: object) -> str:
    """Return the label of an industry's code as Meta writes it; "" for other values, and for an unknown code."""
    coded = field in FIELD and FIELD[field].kind is ValueKind.INDUSTRY
    return INDUSTRIES.get(value, "") if coded and isinstance(value, str) else ""


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_words(at: str) -> str:
    """Return the day of an ISO 8601 time as people write it; a text that holds none as it is."""
    try:
        day = date.fromisoformat(at.partition("T")[0])
    except ValueError:
        return at
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_TIME = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<clock>[0-9]{2}:[0-9]{2}):[0-9]{2}Z")
# Of a note only our own words tell a time; what it quotes stays.
_TOLD_TIME = re.compile(rf"(?:(?<=last in sync )|(?<=sent )|(?<=asked for )){_TIME.pattern}")


def time_words(at: str) -> str:
    """Return an ISO 8601 time in UTC, to the minute, as people write it; a day as such, and another text as it is."""
    found = _TIME.fullmatch(at)
    return f"{day_words(found['day'])}, {found['clock']} UTC" if found else day_words(at)


def note_words(note: str, *, clock: bool = True) -> str:
    """Return what a plan notes at a field, with its times as people write them; without the `clock` only the days."""
    return _TOLD_TIME.sub(lambda found: (time_words if clock else day_words)(found[0]), note)


def assumed_words(targets: Iterable[TargetPlan]) -> str:
    """Return how many fields of how many targets are assumed, since when at the earliest, and why."""
    found = [(p, field) for p in targets for field in p.unchanged if field.reason is SameReason.ASSUMED]
    earliest = min((field.since for _, field in found if field.since), default="")
    since = f" since {day_words(earliest)}" if earliest else ""
    why = "not read" if any(planned.offline for planned, _ in found) else "cannot be read back"
    number = len({planned.target.key for planned, _ in found})
    forgeable = sum(field.by_memory for _, field in found)
    alone = f", {forgeable} by memory alone" if forgeable else ""
    return f"{count(len(found), 'field')} of {count(number, 'profile')} assumed{since} ({why}{alone})"


# Of profiles that a plan did not read: it says nothing of what is live there.
NOT_LOOKED_AT = "not read (unchanged since the base, and applied)"

RULE: dict[Rule, str] = {
    Rule.ALLOW: "passes",
    Rule.WARN: "only warns",
    Rule.ASK: "asks first",
    Rule.DENY: "stops the run",
}

SIGN: dict[Action, str] = {Action.SET: "+", Action.REPLACE: "~", Action.CLEAR: "-"}

FIELD_SIGN: dict[FieldStatus, str] = {
    FieldStatus.APPLIED: "✓",
    FieldStatus.ACKNOWLEDGED: "✓",
    FieldStatus.ALTERED: "≠",
    FieldStatus.UNCONVERGED: "?",
    FieldStatus.UNKNOWN: "?",
    FieldStatus.FAILED: "✗",
    FieldStatus.NOT_SENT: "·",
    FieldStatus.LEFT_ALONE: "·",
    FieldStatus.FOR_A_PERSON: "·",
}


def provider_words(provider: str, endpoint: str) -> str:
    """Return the provider of a target; only an endpoint that is not its own is named."""
    return provider if endpoint.startswith("https:") else f"{provider} at {endpoint}"


_NAME_STATUS = {
    "APPROVED": "approved",
    "AVAILABLE_WITHOUT_REVIEW": "usable without review",
    "DECLINED": "declined",
    "EXPIRED": "expired",
    "PENDING_REVIEW": "in review",
    "NONE": "none approved",
}
_QUALITY = {"GREEN": "high", "YELLOW": "medium", "RED": "low", "NA": "not rated", "UNKNOWN": "not rated"}
_LIMIT = {
    "TIER_50": "50",
    "TIER_250": "250",
    "TIER_1K": "1,000",
    "TIER_10K": "10,000",
    "TIER_100K": "100,000",
    "TIER_UNLIMITED": "unlimited",
}


def business_words(business: Business) -> dict[str, str]:
    """Return what is told of a business, by what it is about; a word that is not known is shown as it came."""
    return {
        "name": business.name,
        "name status": _NAME_STATUS.get(business.name_status, business.name_status),
        "quality": _QUALITY.get(business.quality, business.quality),
        "messaging limit": _LIMIT.get(business.limit, business.limit),
    }


def business_json(business: Business) -> dict[str, str] | None:
    """Return the same as the provider says it, or None where nothing was told."""
    return to_dict(business) if business != NO_BUSINESS else None


def listed(names: tuple[str, ...], *, most: int = 10) -> str:
    """Return `names` in one list; if there are many, only the first, and the number of the others."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def ends(reasons: Iterable[Reason], *, signal: int = 0) -> dict[str, Any]:
    """Return `reasons` and their exit code; `signal` is the one that ended the run, if one did."""
    found = frozenset(reasons)
    return {"reasons": sorted(found), "exit_code": exit_code(found, signal=signal)}

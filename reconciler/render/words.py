"""The words that people read for what the program knows.

How a run ends, in every JSON document: all the reasons, and the code that the process ends with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import is_worth_keeping
from reconciler.core.memory.runs import FieldStatus, Reason, exit_code
from reconciler.core.planning.origin import SameReason
from reconciler.core.settings import Rule
from reconciler.core.target import Action, Change, Origin


def origin_words(change: Change, *, offline: bool = False) -> str:
    """Return why `change` exists, and what applying it does; nothing is lost where nobody wrote anything."""
    before = change.before_value
    meaning = ORIGINS[change.origin]
    if meaning.unseen and before is None:
        return meaning.forgotten if offline else meaning.unseen
    nothing_lost = change.origin is Origin.ADOPTED and (before is None or not is_worth_keeping(change.field, before))
    return f"{meaning.words}{'' if nothing_lost else meaning.applying}"


# Why a managed field needs no change, where that is worth a line. What is in sync is only counted.
SAME: dict[SameReason, str] = {
    SameReason.ALREADY_LIVE: "already live",
    SameReason.LOOKS_THE_SAME: "the live picture looks the same as the file",
    SameReason.ASSUMED: "assumed, for it cannot be read back",
    SameReason.CANNOT_TELL: "cannot tell whether it changed",
    SameReason.IGNORED: "the provider does not take this value",
}
# The same where nobody looked.
UNLOOKED: dict[SameReason, str] = {**SAME, SameReason.ASSUMED: "assumed, for nobody looked"}


def on_whose_word(since: str, run: str, *, offline: bool = False) -> str:
    """Return since when a value is assumed, and by which run.

    Of what can never be read back only sending is remembered. Where nobody looked the value may be one that a run just
    saw there.
    """
    return f"{'remembered since' if offline else 'sent'} {since} by run {run}"


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
    FieldStatus.UNCONVERGED: "?",
    FieldStatus.UNKNOWN: "?",
    FieldStatus.FAILED: "✗",
    FieldStatus.NOT_SENT: "·",
    FieldStatus.LEFT_ALONE: "·",
}


def count(number: int, singular: str) -> str:
    """Return a number with its noun."""
    return f"{number} {singular}{'' if number == 1 else 's'}"


def many(number: int, singular: str) -> str:
    """Return a number that may be large with its noun, its thousands set apart."""
    return f"{number:,} {singular}{'' if number == 1 else 's'}"


def listed(names: tuple[str, ...], *, most: int = 10) -> str:
    """Return `names` as they are read out; of very many only the first, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def ends(reasons: Iterable[Reason], *, signal: int = 0) -> dict[str, Any]:
    """Return `reasons` and the exit code that they make; `signal` is the one that ended the run, if one did."""
    found = frozenset(reasons)
    return {"reasons": sorted(found), "exit_code": exit_code(found, signal=signal)}

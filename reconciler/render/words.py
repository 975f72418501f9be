"""The words that people read for what the program knows."""

from __future__ import annotations

from reconciler.core.change import Action, Change, Origin
from reconciler.core.outcome import FieldStatus, Status

ORIGIN: dict[Origin, str] = {
    Origin.EDITED: "changed in the files",
    Origin.PENDING: "asked for before, not live yet",
    Origin.ADOPTED: "newly managed",
    Origin.UNSETTLED: "the last run ended before it knew; it will be sent again",
    Origin.DRIFTED: "changed elsewhere, not in the files",
    Origin.CONFLICT: "changed in the files and elsewhere; applying overwrites the live value",
    Origin.UNRECORDED: "differs, and nothing says since when",
}


def origin_words(change: Change) -> str:
    """Return why `change` exists; for a newly managed field also that its live value is lost."""
    loses = change.origin is Origin.ADOPTED and change.action is not Action.SET
    return f"{ORIGIN[change.origin]}{': the live value shown here will be overwritten' if loses else ''}"


SIGN: dict[Action, str] = {Action.SET: "+", Action.REPLACE: "~", Action.CLEAR: "-"}
COLOUR: dict[Action, str] = {Action.SET: "green", Action.REPLACE: "yellow", Action.CLEAR: "red"}

STATUS_COLOUR: dict[Status, str] = {
    Status.APPLIED: "green",
    Status.UNCHANGED: "green",
    Status.SKIPPED: "yellow",
    Status.PARTIAL: "red",
    Status.FAILED: "red",
    Status.UNKNOWN: "red",
}

FIELD_SIGN: dict[FieldStatus, str] = {
    FieldStatus.APPLIED: "✓",
    FieldStatus.UNCONVERGED: "?",
    FieldStatus.UNKNOWN: "?",
    FieldStatus.FAILED: "✗",
    FieldStatus.NOT_SENT: "·",
    FieldStatus.LEFT_ALONE: "·",
}


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"

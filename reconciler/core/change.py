"""One field's move: set, replace or clear."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from reconciler.core.diagnostics import Location
from reconciler.core.model import Model
from reconciler.core.target import Binding, Known
from reconciler.core.value import Value, is_empty


class Action(StrEnum):
    """What happens to the live value."""

    SET = "set"
    REPLACE = "replace"
    CLEAR = "clear"


class Origin(StrEnum):
    """Why a change exists; the words a reviewer reads are in `render`."""

    EDITED = "edited"
    PENDING = "pending"
    ADOPTED = "adopted"
    UNSETTLED = "unsettled"
    DRIFTED = "drifted"
    CONFLICT = "conflict"
    UNRECORDED = "unrecorded"
    RESENT = "resent"


class Assumed(Model):
    """A value that cannot be read back: what was last sent, when (ISO 8601) and by which run."""

    value: Value
    since: str
    run: str = ""


class Unknown(Model):
    """A value that cannot be read back and was never sent by us."""


Before = Known | Assumed | Unknown


class Detail(Model):
    """One item of a list or webhook that moved; for people, apply must never read it."""

    path: str
    before: Any = None
    after: Any = None


class Change(Model):
    """One field of one target that is not as desired. `note` and `limit` (in characters) are for people only.

    `via` is what decides, besides the target, where it goes. `acknowledged` says by what reason and until when somebody
    accepts that live differs; empty where nobody does.
    """

    field: str
    before: Before
    after: Value
    origin: Origin
    source: Location = Location()
    details: tuple[Detail, ...] = ()
    note: str = ""
    limit: int = 0
    via: tuple[Binding, ...] = ()
    acknowledged: str = ""

    @property
    def before_value(self) -> Value | None:
        """The value before, as far as anything is known of it."""
        return None if isinstance(self.before, Unknown) else self.before.value

    @property
    def action(self) -> Action:
        """Whether the field is set for the first time, replaced or cleared."""
        if is_empty(self.after):
            return Action.CLEAR
        before = self.before_value
        return Action.REPLACE if before is not None and not is_empty(before) else Action.SET

    @property
    def classes(self) -> tuple[str, ...]:
        """The gates that this change alone concerns."""
        named = {"clear": self.action is Action.CLEAR, "webhook": self.field == "webhook"}
        return tuple(name for name, holds in named.items() if holds)

"""Filled: (a type, texts) → a value of it in which every text is the next of them.

It is made from the type's own declaration, so a new field of a report is filled without a change here.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from random import Random
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from reconciler.core.fields import FIELD_NAMES, SecretRef

T = TypeVar("T")
# These name a field of the profile, or a commit of this repository: the program itself chose them.
_FIELD = frozenset({("Change", "field"), ("UnchangedField", "field"), ("UnreadableField", "field")})
_FIELD |= {("FieldOutcome", "field"), ("FieldRecord", "field"), ("DesiredField", "name")}
_FIELD |= {("Authored", "field"), ("LeftOut", "field"), ("Unmanaged", "fields"), ("Imported", "fields")}
_COMMIT = frozenset({("Plan", "base"), ("Plan", "head"), ("Proposal", "commit")})
# The program's own words, of a closed list each.
_OURS: Mapping[tuple[str, str], Any] = {
    ("ForgeResult", "thing"): "comment",
    ("LedgerCheck", "store"): "git",
    ("AllowedByLabels", "rules"): ("bulk", "first-contact"),
    ("AllowedByLabels", "notes"): ("0123456789ab is the merge of no pull request: it was pushed.",),
}


@dataclass
class Filling:
    """Where texts come from, and how many of them were used."""

    texts: Iterator[str]
    random: Random
    used: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the next text."""
        self.used.append(next(self.texts))
        return self.used[-1]

    def make(self, kind: type[T]) -> T:
        """Return a value of a type."""
        made: T = self._of(kind)
        return made

    def _of(self, kind: Any) -> Any:
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self._of(inner[0])
        if origin in (Union, types.UnionType):
            return self._of(self.random.choice(inner))
        if origin is Literal:
            return self.random.choice(inner)
        if origin is not None:
            return self._many(origin, inner)
        return self._plain(kind)

    def _many(self, origin: Any, inner: Sequence[Any]) -> Any:
        if issubclass(origin, Mapping):
            return {self._of(inner[0]): self._of(inner[1]) for _ in range(2)}
        if origin is tuple and inner[-1] is not Ellipsis:
            return tuple(map(self._of, inner))
        found = [self._of(inner[0]) for _ in range(self.random.randint(1, 2))]
        return origin(found) if origin in (tuple, frozenset, set, list) else tuple(found)

    def _plain(self, kind: Any) -> Any:
        simple = {type(None): None, bool: self.random.random() < 0.5, int: self.random.randint(0, 300), float: 1.5}
        if kind in simple:
            return simple[kind]
        if kind in (date, datetime):
            return datetime(2026, 8, 2, tzinfo=UTC) if kind is datetime else date(2027, 1, 1)
        if kind is bytes:
            return self.text().encode("utf-8", "surrogatepass")
        if kind is SecretRef:
            return SecretRef(env=self.text() or "WEBHOOK_VERIFY")
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self.random.choice([*kind])
        if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel)):
            return kind(**{name: self._field(kind, name, hint) for name, hint in _declared(kind).items()})
        return self.text()

    def _field(self, kind: type, name: str, hint: Any) -> Any:
        if (kind.__name__, name) in _OURS:
            return _OURS[kind.__name__, name]
        if (kind.__name__, name) in _COMMIT:
            return self.random.choice(["", "c" * 40])
        if (kind.__name__, name) in _FIELD:
            one = self.random.choice(FIELD_NAMES)
            return one if hint is str else (one,)
        return self._of(hint)


@cache
def _declared(kind: type) -> Mapping[str, Any]:
    """Return the declared type of each field."""
    hints = get_type_hints(kind, include_extras=True)
    names = [*kind.model_fields] if issubclass(kind, BaseModel) else [one.name for one in fields(kind) if one.init]  # type: ignore[arg-type]
    return {name: hints[name] for name in names}

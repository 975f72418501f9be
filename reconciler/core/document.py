"""A parsed file: plain data, and for each piece of it where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.diagnostics import Location

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as strict data.

    `data` holds only dict (with text keys), list, str, int, float, bool, date, datetime and None. `keys` and `values`
    say where the key and the value of each path stand; `plain` holds the source text of every scalar that is not text,
    so that a hint can say what to write in quotes.
    """

    file: str
    data: object
    keys: Mapping[Path, Mark] = field(default_factory=dict)
    values: Mapping[Path, Mark] = field(default_factory=dict)
    plain: Mapping[Path, str] = field(default_factory=dict)

    def at(self, path: Path) -> Location:
        """Return where the value of `path` stands, or its nearest ancestor's place."""
        return self._locate(self.values, path)

    def at_key(self, path: Path) -> Location:
        """Return where the key of `path` stands, or, where it has none, its value's place."""
        return self._locate(self.keys, path) if path in self.keys else self.at(path)

    def _locate(self, marks: Mapping[Path, Mark], path: Path) -> Location:
        for length in range(len(path), -1, -1):
            mark = marks.get(path[:length])
            if mark is not None:
                return Location(file=self.file, line=mark.line, column=mark.column)
        return Location(file=self.file)

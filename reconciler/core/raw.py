"""Fields as they are written somewhere, and what is found wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.core.diagnostics import Diagnostic, Location, error, warning
from reconciler.core.document import Document, Path
from reconciler.core.parsing import dotted, type_error


@dataclass(frozen=True, slots=True)
class WrittenFields:
    """One field, or a part of one, as it is written somewhere: in the file, a template or the defaults."""

    name: str
    data: object
    document: Document
    path: Path

    @property
    def location(self) -> Location:
        """Where the value stands."""
        return self.document.at(self.path)

    @property
    def title(self) -> str:
        """What people call it: `about`, `websites[1]`, `webhook.url`."""
        return dotted(self.path[1:])

    def part(self, key: str | int, data: object) -> WrittenFields:
        """Return the part at `key`."""
        return WrittenFields(self.name, data, self.document, (*self.path, key))


@dataclass(slots=True)
class Findings:
    """Collects what is wrong with fields, each at the place where it is written."""

    problems: list[Diagnostic] = field(default_factory=list)

    def error(self, raw: WrittenFields, code: str, summary: str, *, hint: str = "") -> None:
        """Add an error."""
        self.problems.append(error(code, summary, hint=hint, location=raw.location))

    def warn(self, raw: WrittenFields, code: str, summary: str, *, hint: str = "") -> None:
        """Add a warning."""
        self.problems.append(warning(code, summary, hint=hint, location=raw.location))

    def unknown_key(self, raw: WrittenFields, hint: str) -> None:
        """Add that `raw` is no key of what it stands in."""
        at = raw.document.at_key(raw.path)
        self.problems.append(error("unknown-key", f"unknown key {raw.title}", hint=hint, location=at))

    def wrong_type(self, raw: WrittenFields, wanted: str) -> None:
        """Add that `raw` is not what is `wanted`, and how it is cleared where somebody seems to have meant that."""
        blank = "[]" if wanted == "a list" else "''" if wanted == "text" else "{}"
        hint = f"to clear it, write {blank}" if raw.data in ("", [], {}) else ""
        self.problems.append(type_error(raw.document, raw.path, data=raw.data, wanted=wanted, hint=hint))

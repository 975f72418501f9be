"""What imported numbers share stands once, in a template; the rest stays with each number.

ImportShape: what an import is to write. shape_problems: (that, which names are taken) → why it cannot be written.
shared_fields: (drafts) → the fields that all of them have alike. extending: (a draft, those, templates) → what is left.
without: (a draft, fields that its file cannot say) → the draft that says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.authoring.import_draft import ImportDraft
from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.fields import Json

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")
NOT_IN_A_CELL: Final = "a cell of a table cannot say it exactly"


@dataclass(frozen=True, slots=True)
class ImportShape:
    """What an import writes: a file for each number or one `table`, and what all share in a `template` of this name."""

    table: bool = False
    template: str = ""

    @property
    def template_file(self) -> str:
        """The path of the template, below profiles/."""
        return f"templates/{self.template}.yaml"


def table_file(account: str) -> str:
    """Return the path of an account's table, below profiles/."""
    return f"{account}.csv"


def shape_problems(shape: ImportShape, account: str, taken: Callable[[str], bool], folder: str) -> Iterator[Diagnostic]:
    """Yield an error for a template's name that cannot be one, and for each file that is there already."""
    if shape.template and not _NAME.match(shape.template):
        hint = "use lower-case letters, digits, '.', '_' and '-'"
        yield error("import-name", f"{shape.template!r} cannot be the name of a template", hint=hint)
    elif shape.template and taken(shape.template_file):
        where = Location(file=f"{folder}/{shape.template_file}")
        yield error("import-name", "the file is there already", hint="choose another name", location=where)
    if shape.table and taken(table_file(account)):
        where = Location(file=f"{folder}/{table_file(account)}")
        hint = "rename it, or import without `--as csv`"
        yield error("import-name", "the file is there already", hint=hint, location=where)


def shared_fields(drafts: Sequence[ImportDraft]) -> dict[str, Json]:
    """Return the fields that all drafts have with the same value; one draft alone shares nothing."""
    if len(drafts) < 2:
        return {}
    first, *others = drafts
    return {
        name: data
        for name, data in first.fields.items()
        if all(name in one.fields and one.fields[name] == data for one in others)
    }


def extending(draft: ImportDraft, common: Collection[str], templates: Sequence[str]) -> ImportDraft:
    """Return what is left of a draft whose `common` fields come from the last of `templates`."""
    own = {name: data for name, data in draft.fields.items() if name not in common}
    return replace(draft, fields=own, inherited=(*draft.inherited, *common), extends=tuple(templates))


def without(draft: ImportDraft, names: Collection[str], given: Mapping[str, object]) -> ImportDraft:
    """Return a draft that does not manage these fields; one that a default would bring along is left out by name."""
    own = {name: data for name, data in draft.fields.items() if name not in names}
    omit = (*draft.omit, *(name for name in names if name in given))
    asides = (*draft.asides, *((name, "", NOT_IN_A_CELL) for name in names))
    return replace(draft, fields=own, omit=omit, asides=asides)

"""format: (profiles, templates, folders' defaults) → their files with the keys in canonical order, comments kept.

A broken file is left as it is, byte for byte, and its problems are named. So is a table, whose columns may stand in any
order. A file is replaced as a whole, once, and only
after its new text was read and says the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.authoring.canonical_order import FormatReport, FormatState, Formatted, in_canonical_order
from reconciler.core.basics import Diagnostic, EnvironmentProblem, InvalidInput, Location, error
from reconciler.core.reading.inheritance import FOLDER_DEFAULTS
from reconciler.core.reading.selection import select
from reconciler.core.reading.table import is_table
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.folder import read_folder
from reconciler.effects.files.paths import is_folder_defaults, is_template
from reconciler.effects.files.writing import original, replace
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.world import Context

_MARK = "\ufeff"


def format_run(context: Context, paths: Sequence[str], *, check: bool) -> FormatReport:
    """Put the keys of the files in order, or with `check` only name the files that are not.

    Raises InvalidInput where a path means no file, and EnvironmentProblem where one cannot be written.
    """
    files = read_folder(context.profiles)
    # A shared file that cannot be read is one too.
    shared = {*files.templates, *(f"{folder}/{FOLDER_DEFAULTS}".lstrip("/") for folder in files.folders)}
    shared |= {name for name in files.broken if is_template(name) or is_folder_defaults(name)}
    known = {name: file for name, file in files.profiles.items() if file not in files.tables}
    known |= {name.rpartition(".")[0]: name for name in shared}
    # A table is told of where it was named.
    known |= {name: name for name in files.rows} if paths else {}
    chosen = select(sorted(known), paths)
    if wrong := tuple(one for one in chosen if isinstance(one, Diagnostic)):
        raise InvalidInput(wrong)
    return FormatReport(tuple(_formatted(context, known[str(name)], check=check) for name in chosen), check=check)


def _formatted(context: Context, relative: str, *, check: bool) -> Formatted:
    """Return what became of one file."""
    shown = f"{context.profiles.name}/{relative}"
    if is_table(relative):
        return Formatted(shown, FormatState.TABLE)
    try:
        content = original(context.profiles, relative)
    except EnvironmentProblem as problem:
        unread = error("unreadable-file", str(problem), location=Location(file=shown))
        return Formatted(shown, FormatState.BROKEN, (unread,))
    document = read_yaml(content, shown)
    if not isinstance(document, Document):
        return Formatted(shown, FormatState.BROKEN, document)
    text = content.decode("utf-8")
    mark = _MARK if text.startswith(_MARK) else ""
    new = mark + in_canonical_order(text.removeprefix(mark), document)
    if new == text:
        return Formatted(shown, FormatState.IN_ORDER)
    after = read_yaml(new.encode(), shown)
    if not isinstance(after, Document) or after.data != document.data:
        why = "its keys cannot be put in order without another meaning"
        other = error("not-edited", why, hint="Write it by hand.", location=Location(file=shown))
        return Formatted(shown, FormatState.BROKEN, (other,))
    if not check:
        replace(context.profiles, relative, new.encode(), was=content)
    return Formatted(shown, FormatState.FORMATTED)

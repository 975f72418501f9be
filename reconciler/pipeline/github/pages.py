"""pages: (a file) → the page in it; raises InvalidInput where it is none."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from reconciler.core.diagnostics import Location, error
from reconciler.core.errors import InvalidInput
from reconciler.core.page import LARGEST, Kind, Page, read_page


def page_of(file: str, *, kinds: Collection[Kind] = tuple(Kind)) -> Page:
    """Return the page that `--report` wrote; only of one of `kinds`."""
    try:
        with Path(file).open("rb") as opened:
            found = read_page(opened.read(LARGEST + 1))
    except OSError as problem:
        found = f"it cannot be read: {problem.strerror}"
    if isinstance(found, Page) and found.kind not in kinds:
        found = f"it is of {found.kind}, and this takes one of {' or '.join(kinds)}"
    if isinstance(found, Page):
        return found
    hint = "name the page.json that --report wrote"
    raise InvalidInput((error("no-page", found, hint=hint, location=Location(file=file)),))

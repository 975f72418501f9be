"""pages: (a file) → the page in it; raises InvalidInput where it is none."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from reconciler.core.basics import Location, error
from reconciler.core.errors import InvalidInput
from reconciler.core.handover import LARGEST_HANDOVER, Handover, HandoverKind, read_handover


def page_of(file: str, *, kinds: Collection[HandoverKind] = tuple(HandoverKind)) -> Handover:
    """Return the page that `--report` wrote; only of one of `kinds`."""
    try:
        with Path(file).open("rb") as opened:
            found = read_handover(opened.read(LARGEST_HANDOVER + 1))
    except OSError as problem:
        found = f"it cannot be read: {problem.strerror}"
    if isinstance(found, Handover) and found.kind not in kinds:
        found = f"it is of {found.kind}, and this takes one of {' or '.join(kinds)}"
    if isinstance(found, Handover):
        return found
    hint = "name the page.json that --report wrote"
    raise InvalidInput((error("no-page", found, hint=hint, location=Location(file=file)),))

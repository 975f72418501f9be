"""The hidden line above a text at GitHub, by which the next run finds and recognises the text.

hidden, read_marker: a Marker ↔ the line.

Every person who may edit the text may edit the line, and every person can quote it. So it counts only together with the
author, it is parsed strictly, and it can change nothing but which words are shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, ValidationError

from reconciler.core.basics import Model
from reconciler.core.memory.stored import loaded
from reconciler.core.reports.handover import COMMENT_BYTES, HandoverKind

_BEGIN: Final = "<!-- reconciler:"
_LINE: Final = re.compile(r"<!-- reconciler:([a-z]+) (.*) -->\Z")
# In JSON, these characters occur only in texts.
_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e"})
# GitHub's run numbers are far below this; an invented one must stay an exact number in every program.
_MOST: Final = 2**53

RunNumber = Annotated[int, Field(ge=0, le=_MOST)]


class Marker(Model):
    """Which folder of the repository a text is about (`key`, empty at the top), its kind, and the run that wrote it.

    `order` grows with every run and every attempt of it.
    """

    key: str
    kind: Annotated[HandoverKind, Field(strict=False)]
    run: RunNumber
    attempt: RunNumber
    commit: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """The order of two texts: the newer one is greater."""
        return (self.run, self.attempt)


AnyMarker = TypeVar("AnyMarker", bound=Marker)


def hidden(name: str, marker: Marker) -> str:
    """Return the marker's line: one HTML comment, which nothing inside it can end."""
    text = json.dumps(marker.model_dump(mode="json"), separators=(",", ":"))
    return f"{_BEGIN}{name} {text.translate(_ESCAPES)} -->"


def read_marker(name: str, line: str, *, of: type[AnyMarker]) -> AnyMarker | str | None:
    """Return the marker in a line, or why it is broken; None if the line is no marker of that name."""
    match = _LINE.match(line.rstrip("\r\n"))
    if match is None or match[1] != name:
        return None
    data: dict[str, Any] | str = loaded(match[2].encode(), "marker", most=COMMENT_BYTES)
    if isinstance(data, str):
        return data
    try:
        return of.model_validate(data)
    except ValidationError:
        return "it is not what this program writes there"


def unmarked(text: str) -> str:
    """Return a text in which no line is a marker, so that a page cannot put one into a comment."""
    return text.replace(_BEGIN, "<! -- reconciler:")


def first_line(body: str) -> str:
    """Return the line in which a marker counts."""
    return next(marker_lines(body), "")


def marker_lines(body: str) -> Iterator[str]:
    """Yield the lines of a body; a person who edits it at GitHub leaves other line ends."""
    yield from body.replace("\r\n", "\n").split("\n")

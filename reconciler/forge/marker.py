"""marker: what must be known of a text at GitHub ⇄ the hidden line above it, by which the next run finds it.

Whoever may edit the text may edit the line, and anybody can quote it: it counts only together with the author, what
comes back is parsed strictly, and it can change nothing but which words are shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, ValidationError

from reconciler.core.basics import Model
from reconciler.core.handover import COMMENT_BYTES, HandoverKind
from reconciler.core.memory.stored import loaded

_BEGIN: Final = "<!-- reconciler:"
_LINE: Final = re.compile(r"<!-- reconciler:([a-z]+) (.*) -->\Z")
# In JSON they stand in texts only.
_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e"})
# The numbers of GitHub's runs are far from it; one that somebody made up must stay a number in every program.
_MOST: Final = 2**53

RunNumber = Annotated[int, Field(ge=0, le=_MOST)]


class Marker(Model):
    """Of which folder of the repository a text is (`key`, empty at the top), of what kind, and by which run.

    `order` grows with every run and every attempt of it.
    """

    key: str
    kind: Annotated[HandoverKind, Field(strict=False)]
    run: RunNumber
    attempt: RunNumber
    commit: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Which of two texts is the newer one."""
        return (self.run, self.attempt)


AnyMarker = TypeVar("AnyMarker", bound=Marker)


def hidden(name: str, marker: Marker) -> str:
    """Return the line that is the marker: one HTML comment, which nothing inside of it can end."""
    text = json.dumps(marker.model_dump(mode="json"), separators=(",", ":"))
    return f"{_BEGIN}{name} {text.translate(_ESCAPES)} -->"


def read_marker(name: str, line: str, *, of: type[AnyMarker]) -> AnyMarker | str | None:
    """Return the marker that a line is, or why it is a broken one; None where it is none of that name."""
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
    """Return a text in which no line is a marker, so that a page can put none into a comment."""
    return text.replace(_BEGIN, "<! -- reconciler:")


def first_line(body: str) -> str:
    """Return the line in which a marker counts."""
    return next(marker_lines(body), "")


def marker_lines(body: str) -> Iterator[str]:
    """Yield the lines of a body; somebody who edits one at GitHub leaves line ends of another kind."""
    yield from body.replace("\r\n", "\n").split("\n")

"""SpannedText: a YAML text, with questions about its lines; and where a value ends in it.

Must: be given a text that the strict reader accepts. Must never: count to a value what is no part of it (a comment, the
blank lines behind it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.core.yaml_documents import LINE_BREAK, Span

BLOCK = ("|", ">")
_LAST_BREAK = re.compile(r"(?:\r\n|\r|\n)\Z")
_HEADER = re.compile(r"[|>][-+0-9]*")


@dataclass(frozen=True, slots=True)
class SpannedText:
    """A file's text, with questions about its lines."""

    text: str

    @property
    def newline(self) -> str:
        """The line break that the file uses."""
        found = LINE_BREAK.search(self.text)
        return found[0] if found else "\n"

    def line_begin(self, place: int) -> int:
        """Return where the line of `place` begins."""
        return max(self.text.rfind("\n", 0, place), self.text.rfind("\r", 0, place)) + 1

    def line_end(self, place: int) -> int:
        """Return where the line of `place` ends, its break not counted."""
        found = LINE_BREAK.search(self.text, place)
        return found.start() if found else len(self.text)

    def column(self, place: int) -> int:
        """Return how far `place` stands from the beginning of its line."""
        return place - self.line_begin(place)

    def spaces_end(self, place: int) -> int:
        """Return where the spaces that begin at `place` end."""
        return place + len(self.text[place:]) - len(self.text[place:].lstrip(" "))

    def header_end(self, block: Span) -> int:
        """Return the end of a block's sign: a comment may follow it, and then the block's lines."""
        found = _HEADER.match(self.text, block.begin)
        return found.end() if found else block.end

    def block_end(self, block: Span) -> int:
        """Return the end of a block's last line; blank lines belong to it only if its sign has a plus."""
        written = self.text[block.begin : block.end]
        if "+" in self.text[block.begin : self.header_end(block)]:
            return block.end - (len(found[0]) if (found := _LAST_BREAK.search(written)) else 0)
        return self.line_end(block.begin + len(written.rstrip(" \t\r\n")))

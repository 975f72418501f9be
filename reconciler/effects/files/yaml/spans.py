"""spans: a YAML text → its parts as a tree, each with its beginning and end in the text.

Must: be given a text that the strict reader accepts, and so one of bounded depth. Must never: count to a value what is
no part of it (a comment, the blank lines behind it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reconciler.effects.files.yaml.source import YamlEvent, YamlEventKind

BLOCK = ("|", ">")
_BREAK = re.compile(r"\r\n|\r|\n")
_HEADER = re.compile(r"[|>][-+0-9]*")


@dataclass(slots=True)
class Span:
    """A value as it is written. `parts` are a list's items or a mapping's values, `keys` are the mapping's keys."""

    kind: YamlEventKind
    begin: int
    end: int
    style: str = ""
    keys: list[Span] = field(default_factory=list)
    parts: list[Span] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def part(self, name: str) -> Span | None:
        """Return the value of the key `name` of a mapping."""
        return self.parts[self.names.index(name)] if name in self.names else None


@dataclass(frozen=True, slots=True)
class SpannedText:
    """A file's text, with questions about its lines."""

    text: str

    @property
    def newline(self) -> str:
        """The line break that the file uses."""
        found = _BREAK.search(self.text)
        return found[0] if found else "\n"

    def line_begin(self, place: int) -> int:
        """Return where the line of `place` begins."""
        return max(self.text.rfind("\n", 0, place), self.text.rfind("\r", 0, place)) + 1

    def line_end(self, place: int) -> int:
        """Return where the line of `place` ends, its break not counted."""
        found = _BREAK.search(self.text, place)
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


def spans(page: SpannedText) -> Span:
    """Return the whole of a text as a tree."""
    # As in the reader: a module that is slow to import is imported once there is something to read.
    from reconciler.effects.files.yaml.source import events

    root = Span(YamlEventKind.DOCUMENT, 0, 0)
    open_spans = [root]
    for event in events(page.text, []):
        top = open_spans[-1]
        if event.kind is YamlEventKind.END:
            _close(open_spans.pop(), event)
        elif event.kind is YamlEventKind.DOCUMENT:
            continue
        elif top.kind is YamlEventKind.MAPPING and len(top.keys) == len(top.parts):
            top.keys.append(_span(page, event, after=event.begin))
            top.names.append(event.text)
        else:
            made = _span(page, event, after=top.keys[-1].end if top.kind is YamlEventKind.MAPPING else event.begin)
            top.parts.append(made)
            open_spans += [made] if event.kind is not YamlEventKind.SCALAR else []
    return root.parts[0]


def _span(page: SpannedText, event: YamlEvent, *, after: int) -> Span:
    begin, end = event.begin, event.end
    if event.style in BLOCK:
        end = _block_end(page, begin, end)
    elif event.kind is YamlEventKind.SCALAR and begin == end:
        # An empty value has no place: the parser names the next token, an editor looks behind the colon.
        begin = end = page.text.find(":", after) + 1 or after
    return Span(event.kind, begin, end, event.style)


def _block_end(page: SpannedText, begin: int, end: int) -> int:
    """Return the end of a block's last line; blank lines belong to it only if its sign has a plus."""
    keeps = "+" in page.text[begin : page.header_end(Span(YamlEventKind.SCALAR, begin, end))]
    if keeps:
        return end - len(broken[0]) if (broken := re.search(r"(?:\r\n|\r|\n)\Z", page.text[begin:end])) else end
    return page.line_end(begin + len(page.text[begin:end].rstrip(" \t\r\n")))


def _close(span: Span, event: YamlEvent) -> None:
    """Set the end of a list or mapping: behind its bracket, or with its last part."""
    span.end = event.end if span.style else span.parts[-1].end

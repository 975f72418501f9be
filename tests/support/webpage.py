"""A page for a browser, as tests read it: its text as a person sees it, and what in it could act."""

from __future__ import annotations

from html.parser import HTMLParser

_INLINE = frozenset(
    {"a", "bdi", "code", "del", "em", "input", "ins", "mark", "meta", "output", "script", "span", "strong", "style"}
)
_UNSEEN = frozenset({"script", "style"})
_SIGNS = {"del": ("[-", "-]"), "ins": ("[+", "+]"), "mark": ("[≠", "≠]")}
_VOID = frozenset({"br", "input", "meta"})


class Webpage(HTMLParser):
    """One page, read.

    `text` has a line for each block, with changed words between signs. `tags` are the names of its elements, and
    `attributes` all of their attributes. `open` are the elements that were not closed, or closed in another order.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self._stack: list[str] = []
        self._text = ""
        self.feed(source)
        self.close()
        self.open += self._stack

    @property
    def text(self) -> str:
        """What a person reads, block by block."""
        lines = (" ".join(line.split()) for line in self._text.split("\n"))
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's name and attributes; a picture is read by its label."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self._stack.append(tag)
        self._text += "" if tag in _INLINE else "\n"
        self._text += _SIGNS.get(tag, ("", ""))[0]
        found = dict(attrs)
        if found.get("role") == "img":
            self._text += f"({found.get('aria-label')})"

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if not self._stack or self._stack.pop() != tag:
            self.open.append(tag)
        self._text += _SIGNS.get(tag, ("", ""))[1] + ("" if tag in _INLINE else "\n")

    def handle_data(self, data: str) -> None:
        """Take a text; what lies between two elements is read as it stands."""
        if not _UNSEEN.intersection(self._stack):
            self._text += data.replace("\n", " ")

"""SlipFinder: (a file's text, its scalars) → where sound YAML reads less or other than what was typed.

lookalike: a line that is no YAML → the character in it that only looks like one of YAML's.

Must: look at what is typed around and inside of a scalar, and name the place. Must never: decide whether that is a
mistake, for what a key means is not known here; look for signs in quotes or in a block, where they mean themselves.
"""

from __future__ import annotations

import re

from reconciler.core.reading.slips import TYPOGRAPHIC_QUOTES
from reconciler.core.yaml_documents import LINE_BREAK, Mark, Path, Slip, SlipKind, Span
from reconciler.effects.files.yaml.spans import BLOCK

# In double quotes a backslash before the break says that the author means one line.
_UNMEANT_BREAKS = re.compile(r"(?<!\\)(?:\r\n|\r|\n)")
# A comment that begins like a word or with a variable. One with a space behind its hash is meant as a comment.
_TAIL = r"#(?:[^\W_]|\$\{)[^\r\n]*"
_BEHIND = re.compile(rf" +(?P<tail>{_TAIL})")
# Where nothing stands in front of it, the value is empty.
_INSTEAD = re.compile(rf" *: +(?P<tail>{_TAIL})")
_BELOW = re.compile(rf"(?:[ \t]*(?:\r\n|\r|\n))+(?P<indent> *)(?P<tail>{_TAIL})")
# `#email: …` in a line of its own is a field that was commented out.
_COMMENTED_OUT = re.compile(r"#[\w.-]+:(?:\s|\Z)")

_ODD = "\u00a0\u00ad\u1680\u2000-\u200f\u202f\u205f\u2060\u3000"
_COLON = "\uff1a\ufe55\ua789"
_DASH = "\u2010-\u2015\u2022\u2023\u2043\u2212\u25aa\u25cf\u00b7"
_SIGN = re.compile(
    rf"(?P<front>[{_ODD}])"
    rf"|(?P<dash>[{_DASH}])[\s{_ODD}]"
    rf"|-(?P<item>[{_ODD}])"
    rf"|[\w.-]+ *(?:(?P<before>[{_ODD}])[{_ODD} ]*[:{_COLON}]|(?P<colon>[{_COLON}])|: *(?P<behind>[{_ODD}]))"
)
# Tried once for each run of such characters, not at each of them: a run can be as long as a file.
_END = re.compile(rf"(?<![{_ODD}])[{_ODD}]+\Z")
_GLUED = re.compile(rf"(?P<odd>[{_ODD}])#(?:\s|\Z)")
_HASH = re.compile(r"#(?:[^\W_]|\$\{)")
_FOREIGN = re.compile(rf"[{_ODD}{_COLON}{_DASH}{''.join(sorted(TYPOGRAPHIC_QUOTES))}]")
_LEVEL = re.compile(r" *(?:- +)*")


class SlipFinder:
    """Finds the slips of one file's text. Most files have none, and cost one look at the whole."""

    def __init__(self, text: str) -> None:
        self.found: list[Slip] = []
        self._text = text
        self._hashes = _HASH.search(text) is not None
        self._signs = not text.isascii() and _FOREIGN.search(text) is not None

    def key(self, span: Span, path: Path) -> None:
        """Look at a key."""
        if self._signs and span.plain:
            self._sign(span, path, is_key=True)

    def value(self, span: Span, text: str, path: Path, key: Span | None) -> None:
        """Look at a scalar that is read as `text`, and is a value; `key` is its key if it has one."""
        size = span.end - span.begin
        if span.style in BLOCK:
            if self._hashes:
                written = self._text[span.begin : span.end].rstrip()
                self._below(span, path, span.begin + len(written), key)
            return
        if size != len(text) + (0 if span.plain else 2):
            self._lines(span, path)
        if span.plain and self._hashes:
            behind = (
                _BEHIND.match(self._text, span.end) if size else _INSTEAD.match(self._text, key.end) if key else None
            )
            if behind:
                self._add(SlipKind.HASH, path, span.mark, behind["tail"].rstrip())
            elif size:
                self._below(span, path, span.end, key)
        if span.plain and self._signs:
            self._sign(span, path)

    def _add(self, kind: SlipKind, path: Path, mark: Mark, text: str, *, is_key: bool = False) -> None:
        self.found.append(Slip(kind, path, mark, text, is_key=is_key))

    def _lines(self, span: Span, path: Path) -> None:
        """Look for lines that are joined."""
        if breaks := len(_UNMEANT_BREAKS.findall(self._text, span.begin, span.end)):
            self.found.append(Slip(SlipKind.FOLDED, path, span.mark, lines=breaks + 1))

    def _below(self, span: Span, path: Path, at: int, key: Span | None) -> None:
        """Look for a comment in the next line that stands deeper than the key, as the lines of its text do."""
        found = _BELOW.match(self._text, at)
        if found and key and len(found["indent"]) >= key.column and not _COMMENTED_OUT.match(found["tail"]):
            kind = SlipKind.HASH_BELOW if span.style in BLOCK else SlipKind.HASH
            self._add(kind, path, span.mark, found["tail"].rstrip())

    def _sign(self, span: Span, path: Path, *, is_key: bool = False) -> None:
        """Look for the first character that is no sign of YAML and seems to be meant as one."""
        raw, mark = self._text[span.begin : span.end], span.mark
        if raw.isascii():
            return
        if raw[0] in TYPOGRAPHIC_QUOTES and raw[-1] in TYPOGRAPHIC_QUOTES:
            self._add(SlipKind.QUOTES, path, mark, raw[0] + raw[-1], is_key=is_key)
        elif found := _GLUED.search(raw):
            self._add(SlipKind.GLUED, path, _moved(mark, raw, found.start()), found["odd"], is_key=is_key)
        elif found := _SIGN.match(raw) or _END.search(raw):
            begin = found.start(found.lastgroup or 0)
            self._add(SlipKind.SIGN, path, _moved(mark, raw, begin), raw[begin], is_key=is_key)


def _moved(mark: Mark, raw: str, index: int) -> Mark:
    """Return the place of a character of a scalar that begins at `mark`."""
    before = LINE_BREAK.split(raw[:index])
    return Mark(mark.line + len(before) - 1, len(before[-1]) + (mark.column if len(before) == 1 else 1))


def lookalike(line: str) -> tuple[int, str] | None:
    """Return the column and the character at which the structure of a line only looks right."""
    if line.isascii():
        return None
    level = _LEVEL.match(line)
    found = _SIGN.match(line, level.end() if level else 0)
    if found is None:
        return None
    begin = found.start(found.lastgroup or 0)
    return begin + 1, line[begin]

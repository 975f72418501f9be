"""The text of a YAML file: which one a parser may see, and where it reads less or other than what was typed.

decode, without_forbidden: bytes → text that a YAML parser may see, or why not.
merge_conflict: a text → the problem, where git left the marks of a conflict in it.
YamlRefused, BrokenError: what a parser stepped over, and where it gave up.
SlipFinder: (the text, its scalars) → where sound YAML reads less or other than what was typed.
lookalike: a line that is no YAML → the character in it that only looks like one of YAML's.

Must: refuse, before any parser, what is too big, not UTF-8 or contains a character that YAML forbids or that programs
see differently (U+0085, U+2028, U+2029, U+FEFF), each with its exact place. Must never: guess an encoding or let such a
character through.

For slips, must: look at what is typed around and inside of a scalar, and name the place. Must never: decide whether
that is a mistake, for what a key means is not known here; look for signs in quotes or in a block, where they mean
themselves.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import NamedTuple

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.reading.slips import TYPOGRAPHIC_QUOTES
from reconciler.core.yaml_documents import LINE_BREAK, Mark, Path, Slip, SlipKind, Span
from reconciler.effects.files.yaml.spans import BLOCK

LIMIT = 256 * 1024
DEEPEST = 16

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NAMES = {
    "\x00": "a NUL character",
    "\x85": "a next-line character",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
    "\ufeff": "a byte order mark",
    "\ufffe": "a noncharacter",
    "\uffff": "a noncharacter",
}
# The four bytes of UTF-32-LE begin with the two of UTF-16-LE: the longer ones come first.
_FOREIGN_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SAVE_AS_UTF8 = "Save the file again with the encoding UTF-8."


def decode(content: bytes, file: str) -> str | Diagnostic:
    """Return the text of a file, without a byte order mark at its start, or why it cannot be read at all."""
    if len(content) > LIMIT:
        return error(
            "yaml-too-big",
            f"the file is {len(content)} bytes, {len(content) - LIMIT} over the limit of {LIMIT} (256 KiB)",
            hint="Split the file, or remove what does not belong in it.",
            location=Location(file=file),
        )
    return as_text(content, file)


def as_text(content: bytes, file: str) -> str | Diagnostic:
    """Return the text of a file that is UTF-8, without a byte order mark at its start, or the place where it is not."""
    for mark, name in _FOREIGN_MARKS:
        if content.startswith(mark):
            summary = f"the file is {name}, not UTF-8"
            return error("yaml-not-utf-8", summary, hint=_SAVE_AS_UTF8, location=location(file, Mark(1, 1)))
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8").removeprefix("\ufeff")
        summary = f"the byte 0x{content[problem.start]:02X} at offset {problem.start} is not UTF-8"
        return error("yaml-not-utf-8", summary, hint=_SAVE_AS_UTF8, location=location(file, _end_of(before)))


def without_forbidden(text: str, file: str, kind: str = "YAML file") -> tuple[str, tuple[Diagnostic, ...]]:
    """Return `text` with U+FFFD for each forbidden character, so that all places stay, and the diagnostics.

    `kind` is what people call such a file.
    """
    found = []
    line, start = 1, 0
    breaks = LINE_BREAK.finditer(text)
    following = next(breaks, None)
    for match in islice(_FORBIDDEN.finditer(text), MOST_DIAGNOSTICS + 1):
        while following is not None and following.end() <= match.start():
            line, start = line + 1, following.end()
            following = next(breaks, None)
        found.append(_forbidden(match[0], location(file, Mark(line, match.start() - start + 1)), kind))
    return (_FORBIDDEN.sub("\ufffd", text) if found else text), tuple(found)


_CONFLICT = re.compile(r"(?:<{7}|\|{7}|>{7})(?: .*)?|={7}")
_MOST_NAMED = 4


def merge_conflict(text: str, file: str) -> Diagnostic | None:
    """Return the problem of a text in which git left the marks of a conflict. Each mark is a line of its own."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return None
    marked = [number for number, line in enumerate(lines_of(text), 1) if _CONFLICT.fullmatch(line)]
    if not marked:
        return None
    first, *others = marked
    named = [str(number) for number in others[: _MOST_NAMED - 1]]
    if more := len(others) - len(named):
        where = f"marks stand here, in lines {', '.join(named)} and in {more} more"
    elif named:
        lines = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        where = f"marks stand here and in {'lines' if named[1:] else 'line'} {lines}"
    else:
        where = "mark stands here"
    hint = "keep one of the two sides, and delete the lines with <<<<<<<, ======= and >>>>>>>"
    summary = f"a merge is not finished: git's {where}"
    return error("merge-conflict", summary, hint=hint, location=location(file, Mark(first, 1)))


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` as YAML counts them, which is not how `str.splitlines` does."""
    return LINE_BREAK.split(text)


def _end_of(text: str) -> Mark:
    """Return the place right after `text`."""
    lines = lines_of(text)
    return Mark(len(lines), len(lines[-1]) + 1)


def _forbidden(character: str, where: Location, kind: str) -> Diagnostic:
    name = _NAMES.get(character, "a control character")
    return error(
        "yaml-forbidden-character",
        f"U+{ord(character):04X}, {name}, may not stand in a {kind}",
        hint="Delete it; it is invisible and usually comes along when text is pasted from another program.",
        location=where,
    )


# A quarter of a megabyte can hold many mistakes; no author reads more than these.
MOST_DIAGNOSTICS = 100


class YamlRefused(NamedTuple):
    """A construct that is YAML but not data: its kind, its place, its spelling."""

    what: str
    mark: Mark
    text: str


class BrokenError(Exception):
    """The parser gave up: its own words why, the place, and the place where the broken construct began."""

    def __init__(self, problem: str, *, mark: Mark, began: Mark) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mark = mark
        self.began = began


def location(file: str, mark: Mark) -> Location:
    """Return the place of `mark` in `file`."""
    return Location(file=file, line=mark.line, column=mark.column)


# In double quotes a backslash before the break says that the author means one line.
_UNMEANT_BREAKS = re.compile(r"(?<!\\)(?:\r\n|\r|\n)")
# A comment that begins like a word or with a variable. One with a space behind its hash is meant as a comment.
_TAIL = r"#(?:[^\W_]|\$\{)[^\r\n]*"
_BEHIND = re.compile(rf" +(?P<tail>{_TAIL})")
# If nothing stands before it, the value is empty.
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

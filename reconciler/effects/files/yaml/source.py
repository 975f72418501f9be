"""From bytes to text that a YAML parser may see.

decode, without_forbidden: bytes → text that a YAML parser may see, or why not.
YamlRefused, BrokenError: what a parser stepped over, and where it gave up.

Must: refuse, before any parser, what is too big, not UTF-8 or contains a character that YAML forbids or that programs
see differently (U+0085, U+2028, U+2029, U+FEFF), each with its exact place. Must never: guess an encoding or let such a
character through.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import NamedTuple

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.yaml_documents import LINE_BREAK, Mark

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

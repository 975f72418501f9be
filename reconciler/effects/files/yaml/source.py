"""From bytes to the events of a YAML document: the only module that uses ruamel.yaml.

decode, without_forbidden: bytes → text that a YAML parser may see, or why not.
events: a text → a flat stream of YamlEvent, with YamlRefused for what is not data, and BrokenError where it ends.

The text. Must: refuse, before any parser, what is too big, not UTF-8 or contains a character that YAML forbids or that
programs see differently (U+0085, U+2028, U+2029, U+FEFF), each with its exact place. Must never: guess an encoding or
let such a character through.

The events. Must: report the place of every anchor, alias, tag, directive and reserved first character, and go on behind
it, so that one run finds them all; turn each way in which the parser gives up into `BrokenError`. Must never: let the
parser act on an anchor, alias, tag or directive; recurse; hand out a ruamel type.

Only ruamel's reader, scanner and parser are used, as its own loaders combine them: the `YAML` class would also look for
plug-ins on the disk.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

from ruamel.yaml import events as ruamel
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner

from reconciler.core.basics import Diagnostic, Location, Mark, error

LIMIT = 256 * 1024

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BREAK = re.compile(r"\r\n|\r|\n")
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
    for mark, name in _FOREIGN_MARKS:
        if content.startswith(mark):
            summary = f"the file is {name}, not UTF-8"
            return error("yaml-not-utf-8", summary, hint=_SAVE_AS_UTF8, location=location(file, Mark(1, 1)))
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8").removeprefix("\ufeff")
        summary = f"the byte 0x{content[problem.start]:02X} at offset {problem.start} is not UTF-8"
        return error("yaml-not-utf-8", summary, hint=_SAVE_AS_UTF8, location=location(file, end_of(before)))


def without_forbidden(text: str, file: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return `text` with U+FFFD for each forbidden character, so that all places stay, and the diagnostics."""
    found = []
    line, start = 1, 0
    breaks = _BREAK.finditer(text)
    following = next(breaks, None)
    for match in islice(_FORBIDDEN.finditer(text), MOST_DIAGNOSTICS + 1):
        while following is not None and following.end() <= match.start():
            line, start = line + 1, following.end()
            following = next(breaks, None)
        found.append(_forbidden(match[0], location(file, Mark(line, match.start() - start + 1))))
    return (_FORBIDDEN.sub("\ufffd", text) if found else text), tuple(found)


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` as YAML counts them, which is not how `str.splitlines` does."""
    return _BREAK.split(text)


def end_of(text: str) -> Mark:
    """Return the place right after `text`."""
    lines = lines_of(text)
    return Mark(len(lines), len(lines[-1]) + 1)


def _forbidden(character: str, where: Location) -> Diagnostic:
    name = _NAMES.get(character, "a control character")
    return error(
        "yaml-forbidden-character",
        f"U+{ord(character):04X}, {name}, may not stand in a YAML file",
        hint="Delete it; it is invisible and usually comes along when text is pasted from another program.",
        location=where,
    )


# A quarter of a megabyte can hold many mistakes; no author reads more than these.
MOST_DIAGNOSTICS = 100


class YamlEventKind(Enum):
    """What an event begins or is."""

    DOCUMENT = "document"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    SCALAR = "scalar"
    END = "end"


class YamlEvent(NamedTuple):
    """One step through a document; `text` and `plain` (neither quoted nor a block) are a scalar's.

    It stands between `begin` and `end` in the text. `style` is its first character if that is a sign of its form: a
    quote, the sign of a block, an opening bracket.
    """

    kind: YamlEventKind
    mark: Mark
    text: str = ""
    plain: bool = False
    begin: int = 0
    end: int = 0
    style: str = ""


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


_KINDS = {
    ruamel.DocumentStartEvent: YamlEventKind.DOCUMENT,
    ruamel.MappingStartEvent: YamlEventKind.MAPPING,
    ruamel.SequenceStartEvent: YamlEventKind.SEQUENCE,
    ruamel.MappingEndEvent: YamlEventKind.END,
    ruamel.SequenceEndEvent: YamlEventKind.END,
}
_SPACES = " \t\r\n\0"


class _Source(Reader, Scanner, Parser):
    """A parser that steps over refused constructs and remembers them."""

    comment_handling = None
    processing_version = (1, 2)

    def __init__(self, text: str) -> None:
        self.refused: list[YamlRefused] = []
        self._resolver = self
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)

    def fetch_directive(self) -> None:
        self._step_over("directive", "\r\n\0")

    def fetch_anchor(self) -> None:
        self._step_over_property("anchor")

    def fetch_tag(self) -> None:
        self._step_over_property("tag")

    def fetch_alias(self) -> None:
        # As text, so that a line of `*bold* words` does not break the lines behind it.
        mark = _place(self.get_mark())
        self.fetch_plain()
        self.refused.append(YamlRefused("alias", mark, self.tokens[-1].value))

    def check_plain(self) -> bool:
        # Called last: a character that starts no plain text starts nothing. The reserved ones are read as text.
        if Scanner.check_plain(self):
            return True
        if self.peek() not in "@`%|>":
            return False
        self.refused.append(YamlRefused("reserved", _place(self.get_mark()), self.peek()))
        return True

    def _step_over_property(self, what: str) -> None:
        # A key begins at its anchor or tag, so the place of a possible key is taken before stepping over it.
        self.save_possible_simple_key()
        self.allow_simple_key = False
        self._step_over(what, _SPACES + (",[]{}" if self.flow_level else ""))

    def _step_over(self, what: str, until: str) -> None:
        mark = _place(self.get_mark())
        length = 1
        while self.peek(length) not in until:
            length += 1
        self.refused.append(YamlRefused(what, mark, self.prefix(length)))
        self.forward(length)


def events(text: str, refused: list[YamlRefused]) -> Iterator[YamlEvent]:
    """Yield the events of `text`, adding to `refused` on the way; raise BrokenError where it stops being YAML.

    `text` must hold only characters that YAML allows.
    """
    source = _Source(text)
    source.refused = refused
    while True:
        try:
            event = source.get_event() if source.check_event() else None
        except MarkedYAMLError as problem:
            raise _broken(problem, source) from None
        except (ValueError, OverflowError):  # an escape beyond the last character, as "\UFFFFFFFF"
            here = _place(source.get_mark())
            raise BrokenError("escape", mark=here, began=here) from None
        if event is None:
            return
        begin, end = event.start_mark.index, event.end_mark.index
        if type(event) is ruamel.ScalarEvent:
            mark, style = _place(event.start_mark), event.style or ""
            yield YamlEvent(YamlEventKind.SCALAR, mark, event.value, event.implicit[0], begin, end, style)
        elif kind := _KINDS.get(type(event)):
            style = text[begin] if getattr(event, "flow_style", False) else ""
            yield YamlEvent(kind, _place(event.start_mark), begin=begin, end=end, style=style)


def _broken(problem: MarkedYAMLError, source: _Source) -> BrokenError:
    context = str(problem.context or "")
    mark = problem.problem_mark or problem.context_mark
    # A flow node is reported where it is missing, but a reader must see the bracket around it.
    began = source.marks[-1] if context == "while parsing a flow node" else problem.context_mark or mark
    return BrokenError(f"{context}: {problem.problem or ''}", mark=_place(mark), began=_place(began))


def _place(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)

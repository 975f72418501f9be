"""From text to the spans of a YAML document, in order, and to every problem: the only module that uses ruamel.yaml.

events: a text → a flat stream of spans, with YamlRefused for what is not data, and BrokenError where it ends.

Must: report the place of every anchor, alias, tag, directive and reserved first character, and go on behind it, so that
one run finds them all; turn each way in which the parser gives up into `BrokenError`. Must never: let the parser act on
an anchor, alias, tag or directive; recurse; hand out a ruamel type.

Only ruamel's reader, scanner and parser are used, as its own loaders combine them: the `YAML` class would also look for
plug-ins on the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import events as ruamel
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner

from reconciler.core.yaml_documents import Mark, Span, SpanKind
from reconciler.effects.files.yaml.source import BrokenError, YamlRefused

_KINDS = {
    ruamel.DocumentStartEvent: SpanKind.DOCUMENT,
    ruamel.MappingStartEvent: SpanKind.MAPPING,
    ruamel.SequenceStartEvent: SpanKind.SEQUENCE,
    ruamel.MappingEndEvent: SpanKind.END,
    ruamel.SequenceEndEvent: SpanKind.END,
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


def events(text: str, refused: list[YamlRefused]) -> Iterator[Span]:
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
        line, column = event.start_mark.line, event.start_mark.column
        if type(event) is ruamel.ScalarEvent:
            style, plain = event.style or "", event.implicit[0]
            yield Span(SpanKind.SCALAR, begin, end, line + 1, column + 1, style, event.value, plain)
        elif kind := _KINDS.get(type(event)):
            style = text[begin] if getattr(event, "flow_style", False) else ""
            yield Span(kind, begin, end, line + 1, column + 1, style)


def _broken(problem: MarkedYAMLError, source: _Source) -> BrokenError:
    context = str(problem.context or "")
    mark = problem.problem_mark or problem.context_mark
    # A flow node is reported where it is missing, but a reader must see the bracket around it.
    began = source.marks[-1] if context == "while parsing a flow node" else problem.context_mark or mark
    return BrokenError(f"{context}: {problem.problem or ''}", mark=_place(mark), began=_place(began))


def _place(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)

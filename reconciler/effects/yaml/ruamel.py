"""The border to ruamel.yaml: text in, a flat stream of events out.

Must: say where every anchor, alias, tag, directive and reserved first character stands, and go on behind it, so that
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

from reconciler.core.basics import Mark
from reconciler.effects.yaml.events import BrokenError, YamlEvent, YamlEventKind, YamlRefused

_KINDS = {
    ruamel.DocumentStartEvent: YamlEventKind.DOCUMENT,
    ruamel.MappingStartEvent: YamlEventKind.MAPPING,
    ruamel.SequenceStartEvent: YamlEventKind.SEQUENCE,
    ruamel.MappingEndEvent: YamlEventKind.END,
    ruamel.SequenceEndEvent: YamlEventKind.END,
}
_SPACES = " \t\r\n\0"


class _Source(Reader, Scanner, Parser):
    """A parser that steps over what is refused and remembers it."""

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
        # Called last of all: what is no plain text here can start nothing, and the reserved ones are read as text.
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
    # A flow node is reported where it is missing; what a reader must see is the bracket around it.
    began = source.marks[-1] if context == "while parsing a flow node" else problem.context_mark or mark
    return BrokenError(f"{context}: {problem.problem or ''}", mark=_place(mark), began=_place(began))


def _place(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)

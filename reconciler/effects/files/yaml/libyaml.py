"""The fast way from text to the spans of a YAML document: libyaml, which PyYAML brings along.

plain_events: a text → the spans that `events` yields for it, or None where that is not certain.

Most files are plain: keys, texts, quotes, lists. libyaml reads those forty times as fast as ruamel.yaml. Must: give
exactly what `events` gives, or nothing. Must never: report a problem; whatever is unusual is left to `events`.

Where no wheel of PyYAML fits the machine, it may be installed without libyaml. Then every text is unusual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.core.yaml_documents import Span, SpanKind
from reconciler.effects.files.yaml.source import DEEPEST
from reconciler.effects.files.yaml.spans import BLOCK

if TYPE_CHECKING:
    from yaml._yaml import CParser

# A block whose text begins in the next line: the parsers differ in what else may stand there.
_PLAIN_BLOCK = re.compile(r"[|>][-+]?(?:\r\n|\r|\n) {1,16}[^\s#]")


class _UnusualError(Exception):
    """There is something in the text that is not plain; never leaves this module."""


@cache
def _libyaml() -> type[CParser] | None:
    # PyYAML is imported once there is something to read.
    try:
        from yaml._yaml import CParser
    except ImportError:
        return None
    return CParser


def plain_events(text: str) -> list[Span] | None:
    """Return the spans of a document, or None where its text holds more than plain data, or is no YAML.

    `text` must hold only characters that YAML allows.
    """
    parser = _libyaml()
    if parser is None or "\t" in text:
        return None
    from yaml import YAMLError

    try:
        return [*_spans(parser(text), text)]
    except (YAMLError, _UnusualError):
        return None


def _spans(parser: CParser, text: str) -> Iterator[Span]:
    depth = 0
    event: Any
    for event in iter(parser.get_event, None):
        match type(event).__name__:
            case "ScalarEvent" if depth:
                yield _scalar(event, text)
            case "MappingStartEvent" if depth < DEEPEST:
                depth += 1
                yield _collection(SpanKind.MAPPING, event, text)
            case "SequenceStartEvent" if depth < DEEPEST:
                depth += 1
                yield _collection(SpanKind.SEQUENCE, event, text)
            case "MappingEndEvent" | "SequenceEndEvent":
                depth -= 1
                yield _span(SpanKind.END, event)
            case "DocumentStartEvent" if not (event.version or event.tags):
                yield _span(SpanKind.DOCUMENT, event)
            case "StreamStartEvent" | "StreamEndEvent" | "DocumentEndEvent":
                pass
            case _:
                raise _UnusualError


def _scalar(event: Any, text: str) -> Span:
    found = _span(SpanKind.SCALAR, event)
    found.style, found.text, found.plain = event.style or "", event.value, not event.style
    block = found.style in BLOCK and not _PLAIN_BLOCK.match(text, found.begin)
    if block or event.tag or event.anchor or found.begin == found.end:
        raise _UnusualError
    return found


def _collection(kind: SpanKind, event: Any, text: str) -> Span:
    if event.tag or event.anchor:
        raise _UnusualError
    found = _span(kind, event)
    found.style = text[found.begin] if event.flow_style else ""
    return found


def _span(kind: SpanKind, event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(kind, start.index, end.index, start.line + 1, start.column + 1)

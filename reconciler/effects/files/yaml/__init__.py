"""Strict YAML 1.2 data: bytes → plain values, with the place of each of them.

read_yaml: (a file's bytes) → its data, or every problem in it.
plain_events: (a text) → the spans that `events` yields for it, or None where that is not certain.

Must: report every problem that one pass can find, each with its line and column; return everything that some YAML reads
as a number, a date, null or a boolean as such, together with its source text. Must never: raise, whatever the bytes;
recurse; build anything but dict, list, str, int, float, bool, date, datetime and None; touch a file.

Reading and patching YAML text lives here. Two parsers give the same spans: libyaml is fast and takes plain files alone,
ruamel.yaml takes every file and finds every problem. libyaml is imported here alone, ruamel.yaml in `events` alone,
and one tree grows of either's spans. What a key means belongs to `core/reading`.

Most files are plain: keys, texts, quotes, lists. libyaml reads those forty times as fast as ruamel.yaml. It gives what
`events` gives, or nothing, and reports no problem. Where no wheel of PyYAML fits the machine, it may be installed
without libyaml. Then every text is unusual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.core.basics import Diagnostic, error
from reconciler.core.yaml_documents import Document, Span, SpanKind
from reconciler.effects.files.yaml.reader import Tree, shown
from reconciler.effects.files.yaml.source import (
    DEEPEST,
    MOST_DIAGNOSTICS,
    BrokenError,
    YamlRefused,
    decode,
    lines_of,
    location,
    merge_conflict,
    without_forbidden,
)
from reconciler.effects.files.yaml.spans import BLOCK
from reconciler.effects.files.yaml.syntax import explain

if TYPE_CHECKING:
    from yaml._yaml import CParser

_REFUSED = {
    "directive": (
        "yaml-directive",
        "is a YAML directive, which is not allowed",
        "Delete the line; if it is part of a text, put the text in quotes.",
    ),
    "anchor": (
        "yaml-anchor",
        "is a YAML anchor, which is not allowed",
        "Write the value out in each place; if it is a text, put it in quotes.",
    ),
    "alias": (
        "yaml-alias",
        "starts with `*`, which makes it a YAML alias, which is not allowed",
        "If it is a text, put it in quotes; an item of a list starts with `- `.",
    ),
    "tag": (
        "yaml-tag",
        "is a YAML tag, which is not allowed",
        "Delete it; if it is a text, put it in quotes.",
    ),
    "reserved": (
        "yaml-reserved-start",
        "may not start a text",
        "Put the whole text in quotes.",
    ),
}


def read_yaml(content: bytes, file: str) -> Document | tuple[Diagnostic, ...]:
    """Return the data of a YAML file with the place of each part, or every problem in it, in order."""
    decoded = decode(content, file)
    if isinstance(decoded, Diagnostic):
        return (decoded,)
    text, found = without_forbidden(decoded, file)
    return (None if found else _read_plain(text, file)) or _read_closely(text, file, found)


def _read_plain(text: str, file: str) -> Document | None:
    """Return the data of a file without a problem, None where it has one or is unusual."""
    spans = plain_events(text)
    if spans is None:
        return None
    tree = Tree(file, text)
    tree.grow(spans)
    return None if tree.found else Document(file, tree.data, tree.root, tree.slips)


def _read_closely(text: str, file: str, found: tuple[Diagnostic, ...]) -> Document | tuple[Diagnostic, ...]:
    """Return the data of any file, or every problem in it; `found` are those known already."""
    if conflict := merge_conflict(text, file):
        return (conflict,)
    # ruamel.yaml is slow to import, and most files do not need it.
    from reconciler.effects.files.yaml.events import events

    refused: list[YamlRefused] = []
    tree = Tree(file, text)
    broken = None
    try:
        tree.grow(events(text, refused))
    except BrokenError as problem:
        broken = explain(problem, file, lines=lines_of(text))
    found = (*found, *(_refusal(one, file) for one in refused[: MOST_DIAGNOSTICS + 1]), *tree.found)
    # A refused construct is often why the parser gives up behind it: one mistake gets one message.
    if broken is not None and broken.location.line not in {one.location.line for one in found}:
        found = (*found, broken)
    if found:
        return _first(sorted(found, key=lambda one: one.order))
    return Document(file, tree.data, tree.root, tree.slips)


def _refusal(refused: YamlRefused, file: str) -> Diagnostic:
    code, summary, hint = _REFUSED[refused.what]
    return error(code, f"{shown(refused.text)} {summary}", hint=hint, location=location(file, refused.mark))


def _first(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    if len(found) <= MOST_DIAGNOSTICS:
        return tuple(found)
    summary = f"there are more problems from here on; these are the first {MOST_DIAGNOSTICS}"
    more = error("yaml-more", summary, hint="Mend these and run again.", location=found[MOST_DIAGNOSTICS].location)
    return (*found[:MOST_DIAGNOSTICS], more)


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

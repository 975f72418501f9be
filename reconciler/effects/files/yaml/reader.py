"""Spans in order → plain data, and one tree of where each part is written.

Must: keep the place of every key and value and the source text of every scalar that is not text; find duplicate keys,
keys that are not text, lone surrogates, a second document and nesting that is too deep. Must never: recurse, or stop at
the first problem if it can go on.

plain_value must: read as something other than text everything that YAML 1.1 or the YAML 1.2 core schema reads so
(numbers, dates, null, true and false). So no `0123` or `12:30` is text in one program and a number in another. It must
never: raise, take more than linear time, or convert what neither of them converts (`yes`, `no`, `on`, `off` are text in
YAML 1.2).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import reduce
from math import inf, nan

from reconciler.core.basics import Diagnostic, error
from reconciler.core.yaml_documents import Mark, Path, Slip, Span, SpanKind
from reconciler.effects.files.yaml.source import DEEPEST, MOST_DIAGNOSTICS, SlipFinder, location
from reconciler.effects.files.yaml.spans import BLOCK, SpannedText

_LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """Return `text` as one short quoted line."""
    return json.dumps(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…", ensure_ascii=False)


class _Open:
    """A mapping or list whose end has not come yet."""

    __slots__ = ("as_key", "data", "key", "path", "span")

    def __init__(self, data: dict[str, object] | list[object], span: Span, path: Path, *, as_key: bool) -> None:
        self.data = data
        self.span = span
        self.path = path
        self.as_key = as_key
        # The name whose value comes next, and where it is written; it has no span where it is no text.
        self.key: tuple[str, Span | None] | None = None

    @property
    def wants_key(self) -> bool:
        return self.key is None and isinstance(self.data, dict)


class Tree:
    """The data of one document as far as it has grown, and the problems found on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.data: object = None
        self.root: Span | None = None
        self.found: list[Diagnostic] = []
        self._file = file
        self._text = text
        self._slips = SlipFinder(text)
        self._open: list[_Open] = []

    @property
    def slips(self) -> tuple[Slip, ...]:
        """Sound YAML that its author may not have meant."""
        return tuple(self._slips.found)

    def grow(self, spans: Iterable[Span]) -> None:
        """Take in all spans, or those up to a place after which nothing useful can be reported."""
        documents = 0
        for span in spans:
            if span.kind is SpanKind.SCALAR:
                self._scalar(span)
            elif span.kind is SpanKind.END:
                self._close(span)
            elif span.kind is SpanKind.DOCUMENT:
                documents += 1
                if documents > 1:
                    self._second_document(span.mark)
                    return
            elif len(self._open) == DEEPEST:
                self._too_deep(span.mark)
                return
            else:
                self._collection(span)

    def _scalar(self, span: Span) -> None:
        text, span.text = self._joined(span), ""
        top = self._open[-1] if self._open else None
        if top is not None and top.wants_key:
            self._check_key(span, text, top=top)
            # The files of a fleet have few names of keys, and many of each.
            text = sys.intern(text)
            top.key = text, span
            top.span.keys.setdefault(text, span)
            self._slips.key(span, (*top.path, text))
            return
        key = top.key[1] if top is not None and top.key is not None else None
        value = plain_value(text) if span.plain else text
        path = self._put(value, span)
        self._slips.value(span, text, path, key)
        if not isinstance(value, str):
            span.text = text
        if span.style in BLOCK:
            span.end = SpannedText(self._text).block_end(span)
        elif key is not None and span.plain and not text:
            # An empty value has no place: the parser names the next line. A reader looks for the name before it, and an
            # editor behind the colon.
            span.line, span.column = key.line, key.column
            span.begin = span.end = self._text.find(":", key.end) + 1 or key.end

    def _collection(self, span: Span) -> None:
        data: dict[str, object] | list[object] = {} if span.kind is SpanKind.MAPPING else []
        top = self._open[-1] if self._open else None
        if top is not None and top.wants_key:
            self._report(
                "yaml-key-not-text",
                "a key must be a text, not a list or a mapping",
                hint="If the brackets are part of a text, put it in quotes.",
                mark=span.mark,
            )
            self._open.append(_Open(data, span, (*top.path, ""), as_key=True))
        else:
            self._open.append(_Open(data, span, self._put(data, span), as_key=False))

    def _close(self, end: Span) -> None:
        closed = self._open.pop()
        if closed.as_key:
            self._open[-1].key = "", None
        elif closed.span.style:
            closed.span.end = end.end
        elif closed.span.values:
            closed.span.end = next(reversed(closed.span.values.values())).end

    def _put(self, value: object, span: Span) -> Path:
        if not self._open:
            self.data, self.root = value, span
            return ()
        top = self._open[-1]
        part: str | int
        if isinstance(top.data, list):
            part = len(top.data)
            top.data.append(value)
        else:
            part = top.key[0] if top.key else ""
            top.data[part] = value
            top.key = None
        top.span.values[part] = span
        return (*top.path, part)

    def _check_key(self, span: Span, text: str, *, top: _Open) -> None:
        if span.plain and text == "":
            hint = "Write the name in front of the colon."
            self._report("yaml-key-not-text", "the name in front of this colon is missing", hint=hint, mark=span.mark)
        elif span.plain and text == "<<":
            hint = "Write the merged values out; if it is a text, put it in quotes."
            self._report("yaml-merge-key", "`<<` is a YAML merge key, which is not allowed", hint=hint, mark=span.mark)
        elif span.plain and not isinstance(plain_value(text), str):
            summary = f"a key must be a text, and {text[:_LONGEST_SHOWN]} without quotes is none"
            self._report("yaml-key-not-text", summary, hint=f"Write {shown(text)} in quotes.", mark=span.mark)
        elif text in top.data and (first := top.span.keys.get(text)):
            summary = f"{shown(text)} stands twice; the first one is in line {first.line}, column {first.column}"
            self._report("yaml-duplicate-key", summary, hint="Keep one of the two.", mark=span.mark)

    def _joined(self, span: Span) -> str:
        """Return the text with escaped surrogate pairs, as JSON writes an emoji, joined to one character."""
        if span.text.isascii():
            return span.text
        units = span.text.encode("utf-16-le", "surrogatepass")
        try:
            return units.decode("utf-16-le")
        except UnicodeDecodeError:
            self._report(
                "yaml-lone-surrogate",
                "this text contains half of a surrogate pair, which is no character",
                hint="Write the character itself instead of its `\\u` escape.",
                mark=span.mark,
            )
            return units.decode("utf-16-le", "replace")

    def _second_document(self, mark: Mark) -> None:
        self._report(
            "yaml-second-document",
            "a second YAML document starts here, and a file may hold only one",
            hint="Write one file for each document; or delete the line `---`.",
            mark=mark,
        )

    def _too_deep(self, mark: Mark) -> None:
        self._report(
            "yaml-too-deep",
            f"lists and mappings are nested {DEEPEST + 1} levels deep or more; the limit is {DEEPEST}",
            hint="If the brackets are part of a text, put it in quotes.",
            mark=mark,
        )

    def _report(self, code: str, summary: str, *, hint: str, mark: Mark) -> None:
        if len(self.found) <= MOST_DIAGNOSTICS:
            self.found.append(error(code, summary, hint=hint, location=location(self._file, mark)))


Scalar = str | int | float | date | datetime | None

# Python refuses to print or parse integers of thousands of digits; a float cannot blow up.
_MOST_EXACT_DIGITS = 30

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), nan),
}
_NUMBER_STARTS = frozenset("+-.0123456789")

_INTEGER = re.compile(
    r"[-+]?(?:0b(?P<base2>_*[01][01_]*)|0o(?P<base8>_*[0-7][0-7_]*)|0x(?P<base16>_*[0-9a-fA-F][0-9a-fA-F_]*)"
    r"|(?P<base10>[0-9][0-9_]*))"
)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_BASE_60 = re.compile(r"[-+]?(?P<parts>[0-9][0-9_]*(?::[0-5]?[0-9])+)(?P<fraction>\.[0-9_]*)?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(?P<fraction>\d*))?"
    r"(?:[ \t]*(?P<zone>Z|(?P<sign>[-+])(?P<hours>\d\d?)(?::(?P<minutes>\d\d))?))?",
    re.ASCII,
)


def plain_value(text: str) -> Scalar:
    """Return the value of an unquoted `text`: the text itself unless YAML 1.1 or 1.2 reads something else."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    number = _number(text)
    if number is not None:
        return number
    try:
        return _moment(text)
    except ValueError:  # the 45th of a month is no date in any YAML
        return text


def _number(text: str) -> int | float | None:
    size: int | float | None = None
    if match := _INTEGER.fullmatch(text):
        name = match.lastgroup or ""
        base, digits = int(name.removeprefix("base")), match[name].replace("_", "")
        size = int(digits, base) if len(digits) <= _MOST_EXACT_DIGITS else _fold((int(d, base) for d in digits), base)
    elif _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    elif match := _BASE_60.fullmatch(text):
        size = _base_60(match["parts"].replace("_", ""), match["fraction"])
    return -size if size is not None and text[0] == "-" else size


def _base_60(parts: str, fraction: str | None) -> int | float | None:
    if fraction is not None:
        return _fold(map(float, parts.split(":")), 60) + float(f"0{fraction.replace('_', '')}")
    if parts[0] == "0":  # `08:30` is text everywhere
        return None
    whole = _fold(map(float, parts.split(":")), 60)
    return int(whole) if len(parts) <= _MOST_EXACT_DIGITS // 2 else whole


def _fold(digits: Iterable[float], base: int) -> float:
    return reduce(lambda total, digit: total * base + digit, digits, 0.0)


def _moment(text: str) -> date | datetime | str:
    if match := _DATE.fullmatch(text):
        return date(*map(int, match.groups()))
    match = _DATETIME.fullmatch(text)
    if match is None:
        return text
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=_zone(match))


def _zone(match: re.Match[str]) -> tzinfo:
    if match["sign"] is None:  # `Z`, or nothing, which YAML says is UTC
        return UTC
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or "0"))
    return timezone(-offset if match["sign"] == "-" else offset)

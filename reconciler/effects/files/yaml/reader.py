"""Events → plain data with the place of each part.

Must: keep the place of every key and value and the source text of every scalar that is not text; find duplicate keys,
keys that are not text, lone surrogates, a second document and nesting that is too deep. Must never: recurse, or stop at
the first problem if it can go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from reconciler.core.basics import Diagnostic, Mark, Path, Slip, error
from reconciler.effects.files.yaml.scalars import plain_value
from reconciler.effects.files.yaml.slips import SlipFinder
from reconciler.effects.files.yaml.source import MOST_DIAGNOSTICS, YamlEvent, YamlEventKind, location

DEEPEST = 16
_LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """Return `text` as one short quoted line."""
    return json.dumps(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…", ensure_ascii=False)


class _Open:
    """A mapping or list whose end has not come yet."""

    __slots__ = ("as_key", "data", "key", "key_event", "path")

    def __init__(self, data: dict[str, object] | list[object], path: Path, *, as_key: bool) -> None:
        self.data = data
        self.path = path
        self.as_key = as_key
        self.key: str | None = None
        self.key_event: YamlEvent | None = None

    @property
    def wants_key(self) -> bool:
        return self.key is None and isinstance(self.data, dict)


class Tree:
    """The data of one document as far as it has grown, and the problems found on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.data: object = None
        self.keys: dict[Path, Mark] = {}
        self.values: dict[Path, Mark] = {}
        self.plain: dict[Path, str] = {}
        self.found: list[Diagnostic] = []
        self._file = file
        self._slips = SlipFinder(text)
        self._open: list[_Open] = []

    @property
    def slips(self) -> tuple[Slip, ...]:
        """What is sound YAML, and may not be what its author meant."""
        return tuple(self._slips.found)

    def grow(self, events: Iterable[YamlEvent]) -> None:
        """Take in all events, or those up to a place after which nothing useful can be reported."""
        documents = 0
        for event in events:
            if event.kind is YamlEventKind.SCALAR:
                self._scalar(event)
            elif event.kind is YamlEventKind.END:
                self._close()
            elif event.kind is YamlEventKind.DOCUMENT:
                documents += 1
                if documents > 1:
                    self._second_document(event.mark)
                    return
            elif len(self._open) == DEEPEST:
                self._too_deep(event.mark)
                return
            else:
                self._collection(event)

    def _scalar(self, event: YamlEvent) -> None:
        text = self._joined(event)
        top = self._open[-1] if self._open else None
        if top is not None and top.wants_key:
            self._check_key(event, text, top=top)
            top.key, top.key_event = text, event
            path = (*top.path, text)
            self.keys.setdefault(path, event.mark)
            self._slips.key(event, path)
            return
        value = plain_value(text) if event.plain else text
        path = self._put(value, event.mark)
        self._slips.value(event, path, top.key_event if top else None)
        if not isinstance(value, str):
            self.plain[path] = text
        if text == "" and event.plain and path in self.keys:
            # An empty value has no place: the parser names the next line, a reader looks for the name before it.
            self.values[path] = self.keys[path]

    def _collection(self, event: YamlEvent) -> None:
        data: dict[str, object] | list[object] = {} if event.kind is YamlEventKind.MAPPING else []
        top = self._open[-1] if self._open else None
        if top is not None and top.wants_key:
            self._report(
                "yaml-key-not-text",
                "a key must be a text, not a list or a mapping",
                hint="If the brackets are part of a text, put it in quotes.",
                mark=event.mark,
            )
            self._open.append(_Open(data, (*top.path, ""), as_key=True))
        else:
            self._open.append(_Open(data, self._put(data, event.mark), as_key=False))

    def _close(self) -> None:
        if self._open.pop().as_key:
            self._open[-1].key = ""

    def _put(self, value: object, mark: Mark) -> Path:
        path: Path = ()
        if not self._open:
            self.data = value
        else:
            top = self._open[-1]
            if isinstance(top.data, list):
                path = (*top.path, len(top.data))
                top.data.append(value)
            else:
                path = (*top.path, top.key or "")
                top.data[top.key or ""] = value
                top.key = None
        self.values[path] = mark
        return path

    def _check_key(self, event: YamlEvent, text: str, *, top: _Open) -> None:
        if event.plain and text == "":
            hint = "Write the name in front of the colon."
            self._report("yaml-key-not-text", "the name in front of this colon is missing", hint=hint, mark=event.mark)
        elif event.plain and text == "<<":
            hint = "Write the merged values out; if it is a text, put it in quotes."
            self._report("yaml-merge-key", "`<<` is a YAML merge key, which is not allowed", hint=hint, mark=event.mark)
        elif event.plain and not isinstance(plain_value(text), str):
            summary = f"a key must be a text, and {text[:_LONGEST_SHOWN]} without quotes is none"
            self._report("yaml-key-not-text", summary, hint=f"Write {shown(text)} in quotes.", mark=event.mark)
        elif text in top.data and (first := self.keys.get((*top.path, text))):
            summary = f"{shown(text)} stands twice; the first one is in line {first.line}, column {first.column}"
            self._report("yaml-duplicate-key", summary, hint="Keep one of the two.", mark=event.mark)

    def _joined(self, event: YamlEvent) -> str:
        """Return the text with escaped surrogate pairs, as JSON writes an emoji, joined to one character."""
        if event.text.isascii():
            return event.text
        units = event.text.encode("utf-16-le", "surrogatepass")
        try:
            return units.decode("utf-16-le")
        except UnicodeDecodeError:
            self._report(
                "yaml-lone-surrogate",
                "this text contains half of a surrogate pair, which is no character",
                hint="Write the character itself instead of its `\\u` escape.",
                mark=event.mark,
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

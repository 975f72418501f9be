"""Data → YAML as a person would have written it; the strict reader gives the same data back.

mapping: a mapping → its lines. text_lines, scalar, quoted_scalar, flow: a value → the text after its key.

A text is plain if YAML gives none of it a meaning, folded if it is long, a block if it has lines, and in double quotes
otherwise.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping

from reconciler.core.comparing.characters import hidden_kind, is_drawn
from reconciler.core.fields import Json

_WIDTH = 100
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"})
# A text that begins like this is plain; a text of these characters alone may be a number or a date.
_BEGINS = re.compile(r"[^\W_]", re.UNICODE)
_NUMERIC = re.compile(r"[0-9][0-9a-fA-FxXoOtTzZ_.,:+ -]*")
# Spaces that JSON leaves as they are, and that a reader takes for ordinary ones.
_ODD_SPACES = ("\u00a0", "\u202f")


def mapping(data: Mapping[str, Json], *, indent: int = 0, step: int = 2) -> Iterator[str]:
    """Yield the lines of a mapping in its own order; inner lines are indented by `step` columns more."""
    for key, value in data.items():
        yield from _entry(f"{' ' * indent}{scalar(key)}:", value, indent=indent + step, step=step)


def _entry(head: str, value: Json, *, indent: int, step: int) -> Iterator[str]:
    match value:
        case dict() if value:
            yield head
            yield from mapping(value, indent=indent, step=step)
        case list() if value:
            yield head
            yield from (f"{' ' * indent}- {scalar(item) if isinstance(item, str) else flow(item)}" for item in value)
        case str():
            first, *more = text_lines(value, indent=indent)
            yield f"{head} {first}"
            yield from more
        case _:
            yield f"{head} {flow(value)}"


def text_lines(text: str, *, indent: int) -> Iterator[str]:
    """Yield `text` as it follows its key: all of it, or a block's sign and then the block's lines."""
    if "\n" in text and _is_block(text):
        yield "|-"
        yield from (f"{' ' * indent}{line}".rstrip() for line in text.split("\n"))
    elif len(text) > _WIDTH and _is_folded(text):
        yield ">-"
        wrapped = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
        yield from (f"{' ' * indent}{line}" for line in wrapped)
    else:
        yield scalar(text)


def scalar(text: str) -> str:
    """Return `text` on one line: plain, or in double quotes."""
    return text if _is_plain(text) else quoted_scalar(text)


def in_quotes(text: str, quote: str) -> str:
    """Return `text` in the quotes that the file had, but in double ones if single ones cannot hold it."""
    single = quote == "'" and _is_seen(text) and "\n" not in text
    return "'" + text.replace("'", "''") + "'" if single else quoted_scalar(text)


def quoted_scalar(text: str) -> str:
    """Return `text` in double quotes, with invisible characters escaped."""
    dumped = json.dumps(text, ensure_ascii=False)
    return "".join(_escape(char) if _is_unseen(dumped, index) else char for index, char in enumerate(dumped))


def flow(value: Json) -> str:
    """Return `value` on one line, as `{env: NAME}` is written."""
    match value:
        case dict():
            inner = ", ".join(f"{in_flow(key)}: {in_flow(item)}" for key, item in value.items())
            return f"{{{inner}}}"
        case list():
            return f"[{', '.join(map(in_flow, value))}]"
        case str():
            return scalar(value)
        case _:
            return json.dumps(value)


def in_flow(value: Json) -> str:
    """Return `value` on one line in a form that may stand between brackets."""
    return quoted_scalar(value) if isinstance(value, str) and re.search(r"[\[\]{},]", value) else flow(value)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _is_plain(text: str) -> bool:
    return (
        _BEGINS.match(text) is not None
        and _is_seen(text)
        and not any(mark in text for mark in (": ", " #", "\n"))
        and not text.endswith((":", " "))
        and text.lower() not in _WORDS
        and _NUMERIC.fullmatch(text) is None
    )


def _is_seen(text: str) -> bool:
    """True if every character can stand in a file as it is and is visible there."""
    line = text.replace("\n", "")
    return line.isprintable() and not any(_is_unseen(line, index) for index in range(len(line)))


def _is_unseen(text: str, index: int) -> bool:
    """True if the character at `index` may not stand in a file, or is not seen there."""
    char = text[index]
    return char in _ODD_SPACES or (hidden_kind(char) != "" and not is_drawn(text, index))


def _is_folded(text: str) -> bool:
    """True if folding gives the same text back: single spaces between words, and no other white space."""
    return _is_seen(text) and " ".join(text.split()) == text and "\n" not in text


def _is_block(text: str) -> bool:
    lines = text.split("\n")
    # A blank line between two others stays one; at an end it would be lost.
    ends = bool(lines[0] and lines[-1])
    return _is_seen(text) and ends and all(line == line.strip() for line in lines)

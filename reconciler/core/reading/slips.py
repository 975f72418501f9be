"""slip_problems: (a document) → what its author did not mean, where YAML reads less or other than what was typed.

slipped: (a document) → the places at which such an error says more than any other message there.

Only text that is published, and a reason that people read, can lose a word unnoticed. Everywhere else the value is
wrong then, and the message names the character that made it so.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

from reconciler.core.basics import Diagnostic, Location, error, warning
from reconciler.core.fields import FIELDS, ValueKind
from reconciler.core.reading.parsing import dotted
from reconciler.core.yaml_documents import Document, Path, Slip, SlipKind

# The quotes that word processors make of straight ones.
TYPOGRAPHIC_QUOTES = frozenset(
    "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b\u2039\u203a\u2033\u2032\u00b4\uff02\uff07"
)
_TEXTS = frozenset(spec.name for spec in FIELDS if spec.kind is ValueKind.TEXT)
_LOST = (SlipKind.HASH, SlipKind.HASH_BELOW)
_FOREIGN = (SlipKind.QUOTES, SlipKind.GLUED, SlipKind.SIGN)
SLIP_ERRORS = ("hash-in-text", "typographic-quotes", "lookalike")
_LONGEST = 48
_COLONS = "\uff1a\ufe55\ua789"
_PASTED = "it comes along when text is pasted from another program"


def slip_problems(document: Document) -> Iterator[Diagnostic]:
    """Yield an error for text that is lost or wrong, and a warning for text that only reads otherwise."""
    for slip in document.slips:
        if not _in_text(slip):
            yield from _in_structure(document, slip)
        elif slip.kind in _LOST:
            yield _cut(document, slip)
        else:
            yield from _read_otherwise(document, slip)


def slipped(document: Document) -> frozenset[Location]:
    """Return the places of the wrong values and keys: what else is said of them follows from the slip."""
    wrong = [slip for slip in document.slips if slip.kind in (_LOST if _in_text(slip) else _FOREIGN)]
    found = (place for slip in wrong for place in (document.at(slip.path), document.at_key(slip.path)))
    return frozenset(found)


def character(char: str) -> str:
    """Return a character's number and name, for it may be invisible or look like another."""
    return f"U+{ord(char):04X} ({unicodedata.name(char, 'unnamed').lower()})"


def _in_text(slip: Slip) -> bool:
    """True if it is about published text, a part of one, or a reason."""
    match slip.path:
        case ("vars", _) | ("ignore", _, "reason"):
            return not slip.is_key
        case ("profile" | "defaults", name) | ("accounts", _, "defaults", name):
            return name in _TEXTS and not slip.is_key
        case _:
            return False


def _cut(document: Document, slip: Slip) -> Diagnostic:
    """Return the error for a text that ends before a hash, with both of its readings."""
    title, key, at = _title(slip.path), slip.path[-1], document.at(slip.path)
    comment = slip.text.lstrip("#")
    if slip.kind is SlipKind.HASH_BELOW:
        summary = f"{title} ends above the hash: the line {_shown(slip.text)} begins too far left, so it is a comment"
        hint = f"with the hash: indent the line like the text above it\nas a comment:  # {_front(comment)}"
        return error("hash-in-text", summary, hint=hint, location=at)
    text = _value(document, slip.path)
    state = "is cut at the hash" if text else "is empty"
    whole = " ".join(filter(None, (text, slip.text)))
    if whole[0] in TYPOGRAPHIC_QUOTES and whole[-1] in TYPOGRAPHIC_QUOTES:
        whole = whole[1:-1]
    readings = [f"with the hash: {key}: {_quoted(whole)}"]
    readings += [f"as a comment:  {key}: {_tail(text)}  # {_front(comment)}"] if text else []
    hint = "\n".join(readings)
    return error(
        "hash-in-text", f"{title} {state}: YAML reads {_shown(slip.text)} as a comment", hint=hint, location=at
    )


def _read_otherwise(document: Document, slip: Slip) -> Iterator[Diagnostic]:
    """Yield the warning for a text that is whole, but not as it was typed."""
    title, key, at = _title(slip.path), slip.path[-1], document.at(slip.path)
    text = _value(document, slip.path)
    match slip.kind:
        case SlipKind.FOLDED:
            now = text.count("\n") + 1
            summary = f"{title} is written on {slip.lines} lines, and YAML reads them as {'one' if now == 1 else now}"
            below = "and the lines below it, indented"
            hint = f"to keep the lines: {key}: |-  {below}\nto join them:      {key}: >-  {below}"
            yield warning("folded-lines", summary, hint=hint, location=at)
        case SlipKind.QUOTES:
            summary = f"{title} is published with {slip.text[0]} and {slip.text[1]}: YAML's own quotes are straight"
            hint = f"without them: {key}: {_quoted(text[1:-1])}\nwith them:    {key}: {_quoted(text)}"
            yield warning("typographic-quotes", summary, hint=hint, location=at)
        case SlipKind.GLUED:
            summary = f"{title} goes on after the hash, for {character(slip.text)} before it is no space to YAML"
            hint = "as a comment: type an ordinary space there\nas text:      put the whole text in quotes"
            yield warning("lookalike", summary, hint=hint, location=_place(document, slip))


def _in_structure(document: Document, slip: Slip) -> Iterator[Diagnostic]:
    """Yield the error for a character that only looks right; the value is not repeated, for it may be a secret."""
    at = _place(document, slip)
    match slip.kind:
        case SlipKind.QUOTES:
            yield quotes_error(slip.text, at)
        case SlipKind.SIGN | SlipKind.GLUED:
            yield lookalike_error(slip.text, at)


def quotes_error(quotes: str, at: Location) -> Diagnostic:
    """Return the error for the quotes of a word processor, or the first of them, in the place of straight ones."""
    told = " and ".join(map(character, dict.fromkeys(quotes)))
    summary = f"{told} {'is no quote' if len(quotes) == 1 else 'are no quotes'} to YAML"
    return error("typographic-quotes", summary, hint='write straight quotes: "…"', location=at)


def lookalike_error(char: str, at: Location) -> Diagnostic:
    """Return the error for a character that stands at the place of a space, a colon or a dash."""
    if char in _COLONS:
        wanted, hint = "a colon", "type `: `, a colon and a space"
    elif unicodedata.category(char) in ("Zs", "Cf"):
        wanted, hint = "an ordinary space", f"delete it and press the space bar; {_PASTED}"
    else:
        wanted, hint = "the dash of a list", "type `- `, a hyphen and a space"
    return error("lookalike", f"{character(char)} stands where YAML wants {wanted}", hint=hint, location=at)


def _place(document: Document, slip: Slip) -> Location:
    return Location(file=document.file, line=slip.mark.line, column=slip.mark.column)


def _title(path: Path) -> str:
    match path:
        case ("vars", name):
            return f"the variable {name}"
        case ("profile" | "defaults", name) | ("accounts", _, "defaults", name):
            return str(name)
        case _:
            return dotted(path)


def _value(document: Document, path: Path) -> str:
    """Return the text at `path` as it is written; "" if there is none."""
    data: Any = document.data
    for part in path:
        data = data[part]
    return data if isinstance(data, str) else document.source_of(path)


def _quoted(text: str) -> str:
    return json.dumps(_tail(text), ensure_ascii=False)


def _shown(text: str) -> str:
    return json.dumps(_front(text), ensure_ascii=False)


def _front(text: str) -> str:
    """Return the beginning of a text that is too long for a line."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"


def _tail(text: str) -> str:
    """Return the end of a text that is too long for a line."""
    return text if len(text) <= _LONGEST else f"…{text[-_LONGEST:].lstrip()}"

"""Which line of a file a message may repeat, so that a person sees what is wrong where it is wrong.

FileLines: the lines of a file, and to which line each belongs.
quotable: (a problem, the lines of its file) → the line and where to point, None if the line may hold a secret.

A secret never belongs into a file, so a wrong file may hold one anywhere. Only lines of known, harmless keys are
repeated, and none that stands below another kind of key, has mappings inside of it, or looks like a token. Of a
misspelt key no one knows what its value is, so `…` stands in its place. Of a table no line is repeated: a row has more
cells than the one that is wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.basics import Diagnostic
from reconciler.core.fields import FIELDS

# A longer line is not searched for what may be a secret, and not shown.
_LONGEST: Final = 1_000
# What belongs to these may be on lines of its own.
_LONG: Final = frozenset({"extends", "omit", *(one.name for one in FIELDS)} - {"webhook"})
# The other keys that hold neither a secret nor what a person names.
_KEYS: Final = ("account", "number", "mode", "profile", "phone_number_id", "application", "version")
_HARMLESS: Final = _LONG | {*_KEYS, "accounts", "provider", "waba_id", "ledger"}
_DELICATE = re.compile(r"token|secret|credential|password|key|webhook|header|auth|\bvars\b", re.IGNORECASE)
_KEY = re.compile(r"(?P<indent> *)(?P<quote>[\"']?)(?P<key>[\w.-]+)(?P=quote) *:(?: |$)")
# Many letters and digits without a break, of both kinds; and a login in an address.
_TOKEN = re.compile(r"(?=[A-Za-z_+=]*[0-9])(?=[0-9_+=]*[A-Za-z])[A-Za-z0-9_+=]{16,}|://[^/\s]*@")
_VARIABLE = re.compile(r"\$\{\w+\}")
# The message names the key, so that its line says nothing new but for the value.
_NAMES_KEY: Final = frozenset({"unknown-key", "unknown-field"})
_CUT_OFF = re.compile(r"(?<=\s)#\S+")


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line, and the characters in it that are meant: where they begin, counted from 0, and how many they are."""

    text: str
    begin: int
    size: int


class FileLines:
    """The lines of a file, each with the line that owns it by its indentation."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._owner: list[int] = []
        # The lines that may own the next one, each deeper than the one before it. A file has thousands of wrong lines
        # at times, so what is above each of them is not looked through again.
        depths: list[int] = []
        numbers: list[int] = []
        for number, text in enumerate(texts):
            depth = _depth(text)
            above = bisect_left(depths, depth)
            self._owner.append(numbers[above - 1] if above else -1)
            if text.strip() and not text.lstrip().startswith("#"):
                del depths[above:], numbers[above:]
                depths.append(depth)
                numbers.append(number)

    def owners(self, number: int) -> Iterator[str]:
        """Yield the lines to which one belongs, from the nearest to the outermost; the first line has number 0."""
        while (number := self._owner[number]) >= 0:
            yield self.texts[number]


def quotable(problem: Diagnostic, lines: FileLines) -> QuotedLine | None:
    """Return the line that `problem` is about. None for one that may hold a secret, or if none is meant."""
    at = problem.location
    if not (0 < at.line <= len(lines.texts) and at.column) or not at.file.endswith((".yaml", ".yml")):
        return None
    text = lines.texts[at.line - 1].rstrip()
    if len(text) > _LONGEST or "secret" in problem.code:
        return None
    begin = min(at.column - 1, len(text))
    is_harmless = _is_harmless(text, lines.owners(at.line - 1))
    if problem.code in _NAMES_KEY and (key := _KEY.match(text, begin)) and not text[:begin].strip(" -"):
        return _line_of_key(text, begin, key, is_harmless=is_harmless)
    if not is_harmless:
        return None
    found = _CUT_OFF.search(text, begin) if problem.code == "hash-in-text" else None
    return QuotedLine(text, found.start(), len(found[0])) if found else QuotedLine(text, begin, 1)


def _line_of_key(text: str, begin: int, key: re.Match[str], *, is_harmless: bool) -> QuotedLine | None:
    """Return a line that begins with a wrong key, without its value unless it is harmless."""
    named = text[begin : key.end("key") + len(key["quote"])]
    if is_harmless:
        return QuotedLine(text, begin, len(named))
    if _TOKEN.search(named):
        return None
    value = " …" if text[key.end() :].strip() else ""
    return QuotedLine(f"{text[:begin]}{named}:{value}", begin, len(named))


def _is_harmless(text: str, owned_by: Iterator[str]) -> bool:
    """Return whether a line is one of a harmless key, in a file that says so plainly."""
    if _TOKEN.search(text) or any(sign in _VARIABLE.sub("", text) for sign in "{}"):
        return False
    owners = list(owned_by)
    known = _key(text) in _HARMLESS if _KEY.match(text) else bool(owners) and _key(owners[0]) in _LONG
    plain = not any(sign in line for line in owners for sign in "{[")
    return known and plain and not any(_DELICATE.search(line.partition(":")[0]) for line in owners)


def _depth(line: str) -> int:
    """Return how deep a line stands; the dash of a list may stand right below its key, and is deeper."""
    bare = line.lstrip(" ")
    return 2 * (len(line) - len(bare)) + bare.startswith("- ")


def _key(line: str) -> str:
    found = _KEY.match(line)
    return found["key"] if found else ""

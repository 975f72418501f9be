"""Which line of a file a message may repeat, so that a person sees what is wrong where it is wrong.

quotable: (a problem, the lines of its file) → the line and where to point, None if the line may hold a secret.

A secret never belongs into a file, so a wrong file may hold one anywhere. Only lines of known, harmless keys are
repeated, and none that stands below another kind of key, has mappings inside of it, or looks like a token. Of a table
no line is repeated: a row has more cells than the one that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.basics import Diagnostic
from reconciler.core.fields import FIELDS

# What belongs to these may be on lines of its own.
_LONG: Final = frozenset({"extends", "omit", *(one.name for one in FIELDS)} - {"webhook"})
# The other keys that hold neither a secret nor what a person names.
_KEYS: Final = ("account", "number", "mode", "profile", "phone_number_id", "application", "version")
_HARMLESS: Final = _LONG | {*_KEYS, "accounts", "provider", "waba_id", "ledger"}
_DELICATE = re.compile(r"token|secret|credential|password|key|webhook|header|auth|\bvars\b", re.IGNORECASE)
_KEY = re.compile(r"(?P<indent> *)(?P<quote>[\"']?)(?P<key>[\w.-]+)(?P=quote) *:(?: |$)")
# Many letters and digits without a break, of both kinds; and a login in an address.
_TOKEN = re.compile(r"(?=[A-Za-z_+=]*[0-9])(?=[0-9_+=]*[A-Za-z])[A-Za-z0-9_+=]{16,}|://[^/\s]*@")
_CUT_OFF = re.compile(r"(?<=\s)#\S+")


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line, and the characters in it that are meant: where they begin, counted from 0, and how many they are."""

    text: str
    begin: int
    size: int


def quotable(problem: Diagnostic, lines: Sequence[str]) -> QuotedLine | None:
    """Return the line that `problem` is about. None for one that may hold a secret, or if none is meant."""
    at = problem.location
    if not (0 < at.line <= len(lines) and at.column) or not at.file.endswith((".yaml", ".yml")):
        return None
    text = lines[at.line - 1].rstrip()
    if "secret" in problem.code or not _is_harmless(text, lines[: at.line - 1]):
        return None
    begin = min(at.column - 1, len(text))
    found = _CUT_OFF.search(text, begin) if problem.code == "hash-in-text" else None
    return QuotedLine(text, found.start(), len(found[0])) if found else QuotedLine(text, begin, 1)


def _is_harmless(text: str, above: Sequence[str]) -> bool:
    """Return whether a line is one of a harmless key, in a file that says so plainly."""
    if _TOKEN.search(text) or any(sign in text for sign in "{}"):
        return False
    owners = list(_owners(text, above))
    known = _key(text) in _HARMLESS if _KEY.match(text) else bool(owners) and _key(owners[0]) in _LONG
    plain = not any(sign in line for line in owners for sign in "{[")
    return known and plain and not any(_DELICATE.search(line.partition(":")[0]) for line in owners)


def _owners(text: str, above: Sequence[str]) -> Iterator[str]:
    """Yield the lines to which one belongs by its indentation, from the nearest to the outermost."""
    # The dash of a list may stand right below its key.
    indent = _indent(text) + text.lstrip().startswith("- ")
    for line in reversed(above):
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) < indent:
            yield line
            indent = _indent(line)


def _key(line: str) -> str:
    found = _KEY.match(line)
    return found["key"] if found else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

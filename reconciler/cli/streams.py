"""The standard streams. No command fails because of what the place of its words can spell, hold or take.

prepare_streams: what an encoding cannot spell is replaced, and stays different from everything else
is_stuck, abandon: a stream that takes nothing more → nothing more is tried on it
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TextIO

_HANDLER = "reconciler.spell"
# What this program itself prints. Foreign characters become escapes, so that two of them never look the same.
_SIGNS = {"→": "->", "↔": "<->", "…": "...", "≠": "!=", "≤": "<=", "·": "-", "✓": "+", "✗": "x", "○": "o", "×": "x"}  # noqa: RUF001


def prepare_streams() -> None:
    """Let the standard streams take any text, whatever encoding the machine has given them."""
    codecs.register_error(_HANDLER, _spelt)
    for stream in (sys.stdout, sys.stderr):
        # A program without a console has no streams at all.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _spelt(problem: UnicodeError) -> tuple[str, int]:
    """Return other words for what cannot be encoded, and where to go on."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    text = problem.object[problem.start : problem.end]
    return "".join(_SIGNS.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in text), problem.end


def is_stuck(stream: TextIO) -> bool:
    """Return whether the stream takes nothing more, not even an empty line."""
    try:
        stream.write("\n")
        stream.flush()
    except OSError:
        return True
    return False


def abandon(stream: TextIO) -> None:
    """Send what the stream still holds to nowhere, or the interpreter complains on its way out, and ends with 120."""
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)

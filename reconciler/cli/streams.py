"""The standard streams. No command fails because of what the place of its words can spell, hold or take.

prepare_streams: what an encoding cannot spell is replaced, and stays different from everything else
is_stuck, abandon: a stream that takes nothing more → nothing more is tried on it
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import TextIO

_HANDLER = "reconciler.spell"
_LAST_STREAM = 2
# What this program itself prints. Foreign characters become escapes, so that two of them never look the same.
_SIGNS = {"→": "->", "↔": "<->", "…": "...", "≠": "!=", "≤": "<=", "·": "-", "✓": "+", "✗": "x", "─": "-"}


class _Closed(io.TextIOBase):
    """Stands for a stdout that was closed before the program began: a result cannot be printed there."""

    def write(self, _: str, /) -> int:
        """Refuse the text."""
        raise OSError(errno.EBADF, "it is closed")


def prepare_streams() -> None:
    """Let the standard streams take any text, whatever encoding the machine has given them.

    Closed ones are replaced. Nothing can be read from a closed stdin. A closed stderr takes all: a log stops no run.
    """
    # The interpreter says None where a stream is closed. Its number is taken, or the next file that is opened gets it.
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
            pass
        os.close(number)
    sys.stdin = sys.stdin or io.StringIO()
    sys.stdout = sys.stdout or _Closed()
    sys.stderr = sys.stderr or io.StringIO()
    codecs.register_error(_HANDLER, _spelt)
    for stream in (sys.stdout, sys.stderr):
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

"""The standard streams. No command fails because of what the place of its words can spell, hold or take.

prepare_streams: what an encoding cannot spell is replaced, and stays different from everything else
ClosedStream: stands for a stream that is closed
machine_words: (what the operating system refused) → it in words, and what to do
is_stuck, abandon: a stream that takes nothing more → nothing more is tried on it
is_coloured: (a stream) → whether colours are wanted there; keep_color: what --color says is kept for the call
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import Final, TextIO

import click
from click.core import ParameterSource

from reconciler.ci import ci_of

_HANDLER = "reconciler.spell"
_LAST_STREAM = 2
_LONGEST_NAME = 120
# What this program itself prints. Foreign characters become escapes, so that two of them never look the same.
_SIGNS = {
    "→": "->",
    "↔": "<->",
    "…": "...",
    "≠": "!=",
    "≤": "<=",
    "·": "-",
    "×": "x",
    "✓": "+",
    "✗": "x",
    "─": "-",
    "█": "#",
    "░": ".",
}


class ClosedStream(io.TextIOBase):
    """Stands for a stdout or stderr that was closed before the program began: nothing can be printed there."""

    def write(self, _: str, /) -> int:
        """Refuse the text."""
        raise OSError(errno.EBADF, "it is closed")


def prepare_streams() -> None:
    """Let the standard streams take any text, whatever encoding the machine has given them.

    Closed ones are replaced: nothing can be read from them, and nothing be printed there.
    """
    # The interpreter says None where a stream is closed. Its number is taken, or the next file that is opened gets it.
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
            pass
        os.close(number)
    sys.stdin = sys.stdin or io.StringIO()
    sys.stdout = sys.stdout or ClosedStream()
    sys.stderr = sys.stderr or ClosedStream()
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


_ADVICE: Final = {
    errno.EMFILE: "this program may open too few files at once: raise `ulimit -n`",
    errno.ENFILE: "the machine has too many files open: end other programs",
    errno.ENAMETOOLONG: "use a shorter path",
    errno.ENOSPC: "make room on the disk",
}


def machine_words(problem: OSError) -> str:
    """Return what the operating system refused, and what to do where its kind tells."""
    name = str(problem.filename or "")
    place = f" ({name if len(name) <= _LONGEST_NAME else f'{name[:_LONGEST_NAME]}…'})" if name else ""
    advice = _ADVICE.get(problem.errno or 0, "")
    words = problem.strerror or str(problem) or type(problem).__name__
    return f"the machine refused: {words}{place}{f'; {advice}' if advice else ''}"


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


COLORS = ("auto", "always", "never")
_COLOR = "reconciler.color"


def keep_color(ctx: click.Context, parameter: click.Parameter, choice: str | None) -> None:
    """Keep what --color says for the whole call: what is typed wins, and of that what stands behind the command."""
    from_environment = ctx.get_parameter_source(str(parameter.name)) is not ParameterSource.COMMANDLINE
    if choice is not None and not (from_environment and _COLOR in ctx.meta):
        ctx.meta[_COLOR] = choice


def is_coloured(stream: TextIO) -> bool:
    """Return whether colours are wanted in a stream: by --color, else by NO_COLOR or FORCE_COLOR, else at a terminal.

    A runner that reads commands gets none: one could be put together by taking the colours out.
    """
    if ci_of(os.environ).reads_commands:
        return False
    ctx = click.get_current_context(silent=True)
    choice = str(ctx.meta.get(_COLOR, "")) if ctx is not None else ""
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return os.environ.get("FORCE_COLOR", "0") not in ("", "0") or stream.isatty()

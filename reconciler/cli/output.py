"""Where output goes. No line of it can be taken for a command by a CI runner.

emit: a result → stdout
print_stderr: what the person who runs this must know → stderr
print_error: what stopped the run → stderr, or stdout if stderr takes nothing
log: what is being done → stderr
open_places: (where documents will go) → nothing, or NoPlace before anything is done
write, append, make_folder: documents → files; NotWritten names those that could not be written
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

import click

from reconciler.ci import ci_of
from reconciler.cli.streams import ClosedStream, abandon, is_coloured
from reconciler.core.basics import EnvironmentProblem

if TYPE_CHECKING:
    from pathlib import Path


class NotWritten(EnvironmentProblem):
    """A document could not be written to its file, or the result to stdout. The result was printed somewhere."""


class NoPlace(EnvironmentProblem):
    """A place for output cannot be used. Nothing was done yet."""


def emit(text: str, *, wrap: bool = True) -> None:
    """Print a result. If stdout cannot take it, it is printed to stderr, and NotWritten raised.

    At a terminal, lines that are too long for it are wrapped, unless `wrap` forbids it.
    """
    try:
        _echo(text, sys.stdout, wrap=wrap)
    except BrokenPipeError:
        raise
    except OSError as problem:
        abandon(sys.stdout)
        print_stderr(text)
        raise NotWritten(f"stdout cannot be written: {problem.strerror}; the result was printed to stderr") from None


def print_stderr(text: str) -> None:
    """Print to the person who runs this. A log that takes nothing more stops no run."""
    try:
        _echo(text, sys.stderr)
    except OSError:
        abandon(sys.stderr)


def print_error(text: str) -> None:
    """Print what stopped the run. If stderr takes nothing, it goes to stdout, and to neither only if both are lost."""
    try:
        _echo(text, sys.stderr)
    except OSError:
        abandon(sys.stderr)
        with suppress(OSError):
            _echo(text, sys.stdout)


def log(text: str) -> None:
    """Print what is being done. The text may quote a ledger or a server, so its control characters are replaced."""
    from reconciler.render.safe_text import terminal

    print_stderr(terminal(text))


def _echo(text: str, stream: TextIO, *, wrap: bool = True) -> None:
    """Print to a stream: in colours at a terminal, if they are wanted, and so that no CI runner finds a command."""
    from reconciler.render.safe_text import Inert, ci_log
    from reconciler.render.terminal import uncoloured, wrapped

    reads, coloured = ci_of(os.environ).reads_commands, is_coloured(stream)
    # JSON goes on to other programs, and is made so that no runner finds a command in it.
    if not isinstance(text, Inert):
        text = text if coloured else uncoloured(text)
        text = wrapped(text, shutil.get_terminal_size().columns) if wrap and stream.isatty() and not reads else text
        text = ci_log(text) if reads else text
    click.echo(text, file=stream, color=coloured)


def write(path: str | Path, text: str) -> None:
    """Write a document to a file, after the result was printed; raises NotWritten if it cannot be written."""
    from pathlib import Path

    with _writing(path):
        Path(path).write_text(text + "\n", encoding="utf-8")


def append(path: str, text: str) -> None:
    """Add to the end of a file, after the result was printed; raises NotWritten if it cannot be written."""
    from pathlib import Path

    with _writing(path), Path(path).open("a", encoding="utf-8") as file:
        file.write(text)


def make_folder(folder: str) -> Path:
    """Make a folder for documents, and those above it; raises NotWritten if it cannot be made."""
    from pathlib import Path

    path = Path(folder)
    with _writing(folder):
        path.mkdir(parents=True, exist_ok=True)
    return path


def open_places(folder: str | None, files: Iterable[str], *, document: bool) -> None:
    """See that the folder and the files can be written, and stdout if it gets a `document`; raises NoPlace.

    What is learnt after the first write cannot stop it. No file is made, and none loses its content.
    """
    from pathlib import Path

    if document and isinstance(sys.stdout, ClosedStream):
        raise NoPlace("stdout cannot be written: it is closed; nothing was done")
    try:
        if folder:
            with _writing(folder):
                _try_folder(next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.exists()))
        for file in files:
            with _writing(file):
                _try_file(Path(file))
    except NotWritten as problem:
        raise NoPlace(f"{problem}; nothing was done") from None


def _try_file(path: Path) -> None:
    """Open a file that is there; for a new one, try its folder. A device or a pipe is opened only to write."""
    if not path.exists():
        _try_folder(path.parent)
    elif not path.is_fifo() and not path.is_char_device():
        path.open("ab").close()


def _try_folder(path: Path) -> None:
    import tempfile

    tempfile.TemporaryFile(dir=path).close()


@contextmanager
def _writing(path: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise NotWritten(f"{path} cannot be written: {problem.strerror}") from None


def run_all(steps: Iterable[Callable[[], None]]) -> None:
    """Do every step, also after one that could not write; raises NotWritten that names all of those."""
    problems: list[str] = []
    for step in steps:
        try:
            step()
        except NotWritten as problem:
            problems.append(str(problem))
    if problems:
        raise NotWritten("; ".join(dict.fromkeys(problems)))

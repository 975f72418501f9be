"""Problems as workflow commands: a runner shows each at its line of the pull request.

Where a file is, is said from the top of the repository: `folder` is where in it the files are, with a slash at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.basics import Diagnostic
from reconciler.render.safe_text import Inert, command_message, command_property


def commands(diagnostics: Iterable[Diagnostic], *, folder: str = "") -> Inert:
    """Return one command for each problem that has a file; nothing foreign in them is another one."""
    return Inert("\n".join(_command(one, folder) for one in diagnostics if one.location.file))


def _command(diagnostic: Diagnostic, folder: str) -> str:
    properties = ",".join(f"{name}={command_property(text)}" for name, text in _properties(diagnostic, folder))
    message = "\n".join(part for part in (diagnostic.summary, diagnostic.hint) if part)
    return f"::{diagnostic.severity} {properties}::{command_message(message)}"


def _properties(diagnostic: Diagnostic, folder: str) -> Iterator[tuple[str, str]]:
    at = diagnostic.location
    yield "file", folder + at.file
    if at.line:
        yield "line", str(at.line)
        if at.column:
            yield "col", str(at.column)
    yield "title", diagnostic.code

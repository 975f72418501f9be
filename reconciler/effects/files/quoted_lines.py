"""The lines that problems are about, read once more for the person who sees the messages.

quoted_lines: (problems, the world) → the line of each problem whose line may be repeated.

`core.reading.quotable` says which lines hold no secret by their keys. Here they are compared with the secrets that are
at hand: those that the run came to know, and all that the environment holds under the name of a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from reconciler.core.basics import Diagnostic
from reconciler.core.reading.quotable import FileLines, QuotedLine, quotable
from reconciler.core.scrubbing import SecretMatcher, secret_matcher
from reconciler.effects.files.paths import read_regular
from reconciler.effects.world import Context

# So many problems show their lines; a file may have thousands of both.
_MOST_QUOTES = 50
# A file that has more is refused before any line of it is read.
_MOST_BYTES = 256 * 1024
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_NAMES = re.compile(r"TOKEN|KEY|SECRET|PASSWORD", re.IGNORECASE)
# Several secrets stand in one variable as the members of a JSON object, or beside each other.
_MEMBERS = re.compile(r"[^\s\"{},:]{4,}")


def quoted_lines(problems: Iterable[Diagnostic], context: Context) -> dict[Diagnostic, QuotedLine]:
    """Return the lines of the first problems. A file that cannot be read any more has none, and its messages stay."""
    files: dict[str, FileLines] = {}
    matchers = (context.secrets.matcher, _matcher(context))
    found: dict[Diagnostic, QuotedLine] = {}
    for problem in islice(problems, _MOST_QUOTES):
        name = problem.location.file
        if name not in files:
            files[name] = _lines(context.root / name)
        quote = quotable(problem, files[name])
        if quote is not None and all(matcher.without(quote.text) == quote.text for matcher in matchers):
            found[problem] = quote
    return found


def _matcher(context: Context) -> SecretMatcher:
    """Return the matcher of the environment's secrets, which no command may have looked up yet."""
    return secret_matcher(dict(_secrets(context)))


def _secrets(context: Context) -> Iterator[tuple[str, str]]:
    for name, value in context.environ.items():
        if _NAMES.search(name):
            yield value.strip(), name
            yield from ((member, name) for member in _MEMBERS.findall(value))


def _lines(path: Path) -> FileLines:
    """Return the lines of a file; none if it is a link, is not text, or is too large."""
    try:
        content, _ = read_regular(path, _MOST_BYTES)
        return FileLines(_LINE_ENDS.split(content.decode("utf-8-sig")))
    except (OSError, ValueError):
        return FileLines(())

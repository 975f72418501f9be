"""Places and commits as Markdown: links into the repository where one is known, and plain text elsewhere."""

from __future__ import annotations

import re
from urllib.parse import quote

from reconciler.core.basics import Location, Model
from reconciler.render.safe_text import code_span

_REPOSITORY = re.compile(r"https://[\w.-]+(?::[0-9]+)?/[\w.-]+/[\w.-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_SHORT = 7


class Links(Model):
    """Where the files can be seen: the repository's address, as https://github.com/OWNER/NAME, and the commit.

    `folder` is where in the repository the files are, empty or with a slash at its end.
    """

    repository: str = ""
    commit: str = ""
    folder: str = ""


def place_link(location: Location, links: Links) -> str:
    """Return where something stands in a file; the column is of no use to people who read a page."""
    at = location.model_copy(update={"column": 0})
    line = f"#L{at.line}" if at.line else ""
    path = quote(links.folder + at.file, errors="replace")
    known = _COMMIT.fullmatch(links.commit)
    return _linked(code_span(str(at)), f"/blob/{links.commit}/{path}{line}" if known else "", links)


def commit_link(name: str, links: Links) -> str:
    """Return a commit by the beginning of its name."""
    return _linked(code_span(name[:_SHORT]), f"/commit/{name}" if _COMMIT.fullmatch(name) else "", links)


def _linked(text: str, path: str, links: Links) -> str:
    return f"[{text}]({links.repository}{path})" if path and _REPOSITORY.fullmatch(links.repository) else text

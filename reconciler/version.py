"""version_line: → the version, and the commit that the program is of.

pip_note: (a folder) → what pip wrote down there of where it took the program from.

It reads files beside the program and runs nothing, since a person who reports a fault may have no git. Nothing is
imported that a Python has not imported already: pathlib and patterns alone would take twice the time of the rest.
"""

from __future__ import annotations

from os import PathLike
from os.path import dirname, join

from reconciler import VERSION

# A release writes its commit here (.github/workflows/release.yml): a package from an index has no other trace of it.
COMMIT = ""

_PROGRAM = dirname(dirname(__file__))
_FULL = 40
_HEX = frozenset("0123456789abcdef")


def version_line(beside: str | PathLike[str] = _PROGRAM) -> str:
    """Return one line for a report of a fault, as the same version can be of many commits.

    `beside` is the folder that the package stands in: site-packages, or the top of a clone.
    """
    commit = COMMIT or _fetched(beside) or _checked_out(join(beside, ".git"))
    return f"reconciler {VERSION} (commit {commit[:12]})" if commit else f"reconciler {VERSION}"


def pip_note(folder: str | PathLike[str]) -> str:
    """Return the JSON in which pip notes beside the package where it was fetched (PEP 610); "" without a note."""
    return _content(join(folder, f"wa_reconciler-{VERSION}.dist-info", "direct_url.json"))


def _fetched(folder: str | PathLike[str]) -> str:
    noted = pip_note(folder).partition('"commit_id":')[2]
    return _hash(noted.lstrip().removeprefix('"'), end='"')


def _checked_out(marker: str) -> str:
    """Return the commit of the clone that the program runs in. In a linked worktree, `marker` names git's folder."""
    named = _content(marker).strip()
    folder = join(dirname(marker), named.removeprefix("gitdir: ")) if named else marker
    head = _content(join(folder, "HEAD")).strip()
    ref = head.removeprefix("ref: ")
    if ref == head:
        return _hash(head)
    shared = join(folder, _content(join(folder, "commondir")).strip())
    packed = (line for line in _content(join(shared, "packed-refs")).splitlines() if line.endswith(f" {ref}"))
    found = map(_hash, (_content(join(shared, ref)).strip(), *(line.partition(" ")[0] for line in packed)))
    return next(filter(None, found), "")


def _hash(text: str, end: str = "") -> str:
    """Return the commit that `text` is up to `end`; "" where it is none."""
    commit = text.partition(end)[0] if end else text
    return commit if len(commit) == _FULL and set(commit) <= _HEX else ""


def _content(path: str) -> str:
    """Return a file's text; "" for anything that cannot be read as one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""

"""version_line: → the version, and the commit that the program is of.

pip_note: (a folder) → what pip wrote down there of where it took the program from.

It reads files beside the program and runs nothing, since a person who reports a fault may have no git.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconciler import VERSION

# A release writes its commit here (.github/workflows/release.yml): a package from an index has no other trace of it.
COMMIT = ""

_FULL = re.compile(r"[0-9a-f]{40}\b")
_FETCHED = re.compile(r'"commit_id": ?"([0-9a-f]{40})"')


def version_line(beside: Path = Path(__file__).parents[1]) -> str:
    """Return one line for a report of a fault, as the same version can be of many commits.

    `beside` is the folder that the package stands in: site-packages, or the top of a clone.
    """
    commit = COMMIT or _fetched(beside) or _checked_out(beside / ".git")
    return f"reconciler {VERSION} (commit {commit[:12]})" if commit else f"reconciler {VERSION}"


def pip_note(folder: Path) -> str:
    """Return the JSON in which pip notes beside the package where it was fetched (PEP 610); "" without a note."""
    return _content(folder / f"wa_reconciler-{VERSION}.dist-info" / "direct_url.json")


def _fetched(folder: Path) -> str:
    found = _FETCHED.search(pip_note(folder))
    return found[1] if found else ""


def _checked_out(marker: Path) -> str:
    """Return the commit of the clone that the program runs in. In a linked worktree, `marker` names git's folder."""
    named = _content(marker).strip()
    folder = marker.parent / named.removeprefix("gitdir: ") if named else marker
    head = _content(folder / "HEAD").strip()
    ref = head.removeprefix("ref: ")
    if ref == head:
        return head if _FULL.fullmatch(head) else ""
    shared = folder / _content(folder / "commondir").strip()
    packed = (line for line in _content(shared / "packed-refs").splitlines() if line.endswith(f" {ref}"))
    found = (_FULL.match(text) for text in (_content(shared / ref), *packed))
    return next((match[0] for match in found if match), "")


def _content(path: Path) -> str:
    """Return a file's text; "" for anything that cannot be read as one."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

"""Sinks behind the command line itself: what is typed, and what files and providers say, through whole commands.

Each command runs in this process, in a log of CI or at a terminal, and everything that it prints and writes is judged.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from reconciler.cli import main
from reconciler.core.authoring.edits import is_text
from tests.laws import inert
from tests.laws.filled import Filling
from tests.support.fleet import Fleet

# A value stands in the place of `…`.
_TYPED: tuple[tuple[str, ...], ...] = (
    *(("explain", "…"), ("show", "…"), ("history", "…"), ("rollback", "…"), ("recover", "…"), ("…",), ("plan", "…")),
    *(("plan", "--base", "…"), ("plan", "--account", "…"), ("import", "…"), ("import", "bakery", "…"), ("apply", "…")),
    *(("drift", "--field", "…"), ("validate", "…"), ("ledger", "check", "--tip", "…"), ("apply", "-y", "--allow", "…")),
    *(("init", "--provider", "…"), ("init", "--provider", "meta", "--account", "…"), ("schema", "…"), ("doctor", "…")),
    *(("init", "--provider", "meta", "--option", "…"), ("init", "--provider", "meta", "--owner", "…"), ("ledger", "…")),
    *(("init", "--provider", "meta", "--number", "…"), ("apply", "--resend", "…"), ("plan", "--format", "…")),
    *(("github", "comment", "…"), ("github", "comment", "--page", "…"), ("github", "propose", "--branch", "…")),
)
_LOOKS = (("validate",), ("plan",), ("drift",), ("apply", "-y", "--allow", "first-contact"), ("drift", "--adopt"))
_PROFILES = 6


def _environment(*, ci: bool) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **({"CI": "true", "GITHUB_ACTIONS": "true"} if ci else {})}


def printed(arguments: Sequence[str], *, root: Path, ci: bool) -> str:
    """Run a command, and return all that it prints."""
    out = io.StringIO()
    with patch.dict(os.environ, _environment(ci=ci), clear=True), redirect_stdout(out), redirect_stderr(out):
        main(["-C", str(root), *arguments])
    return out.getvalue()


def _judged(text: str, *, ci: bool) -> Iterator[str]:
    return inert.in_log(text) if ci else inert.in_terminal(text)


def _argument(text: str) -> str:
    """Return a text as an argument of a process can be: without NUL, and with bytes that are no text escaped."""
    return text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def typed(one: Filling) -> list[str]:
    """Type a hostile word, and return what of it acts."""
    words = [_argument(one.text()) if word == "…" else word for word in one.random.choice(_TYPED)]
    ci = one.random.random() < 0.5
    with tempfile.TemporaryDirectory() as folder:
        Fleet(Path(folder, "shop"))
        return [*_judged(printed(words, root=Path(folder, "shop"), ci=ci), ci=ci)]


def looked_at(one: Filling) -> list[str]:
    """Let files and live values be hostile, run the commands that read them, and return what acts anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(Path(folder, "shop"))
        # One file that is wrong keeps every command from planning.
        odd = one.random.random() < 0.2
        for number in range(_PROFILES):
            _profile(fleet, one, number, odd=odd)
        if odd:
            text = one.text()
            fleet.write("odd.yaml", f"{json.dumps(text)}: 1\n{text if is_text(text) else ''}\n")
        ci = one.random.random() < 0.5
        return [problem for words in _LOOKS for problem in _ran(words, fleet.root, Path(folder), ci=ci)]


def _profile(fleet: Fleet, one: Filling, number: int, *, odd: bool) -> None:
    about = one.text() if odd else "Fresh bread"
    fields: dict[str, Any] = {"description": "A bakery.", "address": "Main Street 1"}
    if is_text(about):
        fields["about"] = about
    address = fleet.profile(f"p{number}", number, **fields)
    texts = {name: one.text().encode("utf-8", "replace").decode() for name in ("description", "email", "address")}
    fleet.edit(address, **texts)
    if one.random.random() < 0.2:
        body = {"error": {"message": one.text(), "error_user_msg": one.text(), "code": 100, "fbtrace_id": one.text()}}
        fleet.faults({"kind": "reply", "method": "POST", "path": address, "status": 400, "body": body})


def _ran(words: Sequence[str], root: Path, folder: Path, *, ci: bool) -> Iterator[str]:
    outputs, summary, report = folder / "outputs", folder / "summary.md", folder / "report"
    for path in (outputs, summary):
        path.write_text("")
    places = ("--outputs", str(outputs), "--summary", str(summary), "--report", str(report))
    ledger = ("--ledger", "local") if words[0] != "validate" else ()
    text = printed([*words, *ledger, *places], root=root, ci=ci)
    found = [*_judged(text, ci=ci), *inert.in_outputs(outputs.read_text("utf-8"))]
    found += inert.in_markdown(summary.read_text("utf-8"))
    # What the page for a browser shows has judges of its own, in tests/render/html.
    found += [one for path in report.glob("*.json") for one in inert.in_json(path.read_text("utf-8"))]
    yield from (f"{' '.join(words)}: {one}" for one in found)

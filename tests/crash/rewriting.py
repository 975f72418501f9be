"""The campaign of kills for every command that writes files or memory and sends nothing. Prints one JSON report.

    python -m tests.crash.rewriting [--command NAME] [--random N] [--lines each|few|none] [--only WAY]

Each command of COMMANDS dies, at a line or at a share of its time, and is then typed once more. `few` are lines spread
over those at which a death leaves other bytes. `--only line:effects/files/writing.py:87` repeats one trial alone.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from reconciler.cli import main as reconciler
from reconciler.core.basics import errors_of
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.effects.world import Context
from reconciler.pipeline.validating import validate_run
from reconciler.sandbox.world import World
from tests.crash import shops
from tests.crash.commands import COMMANDS, ENVIRON, KEPT
from tests.crash.lines import dying_at, executed, one_of_each_kind
from tests.crash.processes import SHELF, Ended, forked

_FEW = 3
# Done, something to look at, something left for a person, something left out.
_WELL = (0, 2, 3, 6)


@dataclass(frozen=True)
class Left:
    """What a folder holds: the files below profiles/, what the ledger remembers, and what was sent."""

    files: Mapping[str, bytes]
    memory: Mapping[str, Any]
    sent: Sequence[str]


@dataclass(frozen=True)
class Ready:
    """A command to kill: the folder to copy, the words, what there is before it, and after it when nothing disturbs.

    `lines` are those that it executes, each with a digest of what is on disk then.
    """

    folder: Path
    words: Sequence[str]
    before: Left
    after: Left
    whole: float
    lines: Mapping[str, str]


def typed(root: Path, words: Sequence[str]) -> int:
    """Type a command in this process, which is a child; return how it ended."""
    os.environ.update(ENVIRON)
    os.chdir(root)
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        return reconciler(["-C", str(root), *words])


def left_in(root: Path) -> Left:
    """Return what a folder holds. Where a value came from does not count: each run has a time of its own."""
    profiles = root / "profiles"
    paths = [path for path in sorted(profiles.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    memory = {
        f"{key} {one.field}": [str(part) for part in (one.state, one.sent, one.shown, one.intent, one.vouched)]
        for key, entry in SqliteLedger(root / ".reconciler" / LEDGER_FILE).read().entries.items()
        for one in entry.records
    }
    world = World(root / shops.WORLD)
    sent = [entry["path"] for entry in world.journal() if entry["method"] != "GET"]
    world.close()
    return Left({str(path.relative_to(profiles)): path.read_bytes() for path in paths}, memory, sent)


def ready(name: str, folder: Path) -> Ready:
    """Prepare the shops for a command, and find out what it does when nothing disturbs it."""
    root, made, second = folder / name, folder / f"{name}-after", folder / f"{name}-lines"
    root.mkdir()
    words = forked(partial(COMMANDS[name], root)).answer
    assert isinstance(words, list), words
    for copy in (made, second):
        shutil.copytree(root, copy)
    before = left_in(root)
    first = forked(partial(typed, made, words))
    assert first.answer in _WELL, first.answer
    finished(made, words)
    lines = forked(lambda: executed(partial(typed, second, words), second)[1]).answer
    after = left_in(made)
    assert after != before, f"{name} changes nothing"
    return Ready(root, words, before, after, first.seconds, lines)


def finished(root: Path, words: Sequence[str]) -> Sequence[Any]:
    """Type the command again, and look for drift, which remembers what it finds in sync."""
    return [forked(partial(typed, root, one)).answer for one in (words, ["drift"])]


def tried(one: Ready, way: str) -> dict[str, Any]:
    """Let the command die, look at what it left, and type it once more; return what is wrong."""
    kind, _, which = way.partition(":")
    with tempfile.TemporaryDirectory(dir=SHELF, prefix="rewriting-") as folder:
        root = Path(folder, "shops")
        shutil.copytree(one.folder, root)
        run: Callable[[], int] = partial(typed, root, one.words)
        if kind == "line":
            died: Ended = forked(partial(dying_at, which, run))
        else:
            died = forked(run, kill_after=float(which) * one.whole)
        problems = [*_after_kill(one, root), *_after_last(one, root, finished(root, one.words))]
    return {"way": way, "killed": died.killed, "problems": problems}


def _after_kill(one: Ready, root: Path) -> Iterator[str]:
    yield from half_written(one, left_in(root))
    found = errors_of(validate_run(Context(root=root, environ=ENVIRON), ()).diagnostics)
    yield from (f"the files cannot be read: {problem.summary}" for problem in found)


def half_written(one: Ready, left: Left) -> Iterator[str]:
    """Yield what is wrong after a death: every file is whole, old or new, none is gone, and nothing was sent."""
    for name, content in left.files.items():
        if content not in (one.before.files.get(name), one.after.files.get(name)):
            yield f"{name} is neither as it was nor as it is to be: {content[:80]!r}"
    yield from (f"{name} is gone" for name in one.before.files.keys() - left.files.keys())
    if left.sent != one.before.sent:
        yield f"it sent {left.sent[len(one.before.sent) :]}"


def _after_last(one: Ready, root: Path, ended: Sequence[Any]) -> Iterator[str]:
    if any(code not in _WELL for code in ended):
        yield f"the next run ended with {ended}"
        return
    yield from differences(one, left_in(root))
    odd = [path.name for path in (root / ".reconciler").iterdir() if not path.name.startswith(KEPT)]
    yield from (f".reconciler/{name} was left behind" for name in odd)


def differences(one: Ready, left: Left) -> Iterator[str]:
    """Yield what is wrong after the command was typed once more: all is as if nothing had happened."""
    for what, now, then in (("files", left.files, one.after.files), ("memory", left.memory, one.after.memory)):
        differ = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
        yield from (f"of the {what}, {name} is {now.get(name)!r:.120}, not {then.get(name)!r:.120}" for name in differ)
    if left.sent != one.before.sent:
        yield f"the next run sent {left.sent[len(one.before.sent) :]}"


def ways(one: Ready, moments: int, lines: str, random: Random) -> Iterator[str]:
    """Yield in which ways a command is to die."""
    yield from (f"moment:{random.uniform(0.3, 1.0):.4f}" for _ in range(moments))
    kinds = one_of_each_kind(one.lines)
    step = max(1, len(kinds) // _FEW)
    chosen = {"none": (), "few": kinds[1::step][:_FEW], "each": tuple(one.lines)}[lines]
    yield from (f"line:{line}" for line in chosen)


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.rewriting")
    parser.add_argument("--command", default="", help="only commands with this in their name")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="so many deaths at random moments, for each")
    parser.add_argument("--lines", choices=("none", "few", "each"), default="none")
    parser.add_argument("--only", default="", metavar="WAY", help="this trial alone")
    asked = parser.parse_args(arguments)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=SHELF, prefix="rewriting-") as folder:
        for name in COMMANDS:
            if asked.command in name:
                one = ready(name, Path(folder))
                found = [asked.only] if asked.only else ways(one, asked.random, asked.lines, Random(name))
                results += [{"command": name, **tried(one, way)} for way in found]
    failures = [result for result in results if result["problems"]]
    killed = sum(result["killed"] for result in results)
    told = {"trials": len(results), "killed": killed, "commands": sorted({one["command"] for one in results})}
    sys.stdout.write(json.dumps({**told, "failures": failures}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

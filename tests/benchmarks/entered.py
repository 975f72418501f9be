"""How far a reader has to walk: the files that a plan of one profile enters, and how often it comes back into one.

    python -m tests.benchmarks.entered [--list]

A reader reads each function once, when it is first called. So a function counts at its first call alone. Whenever the
next such function stands in another file than the one before, the reader walks; into a file that was left before, the
reader comes back. Imports do not count, and neither does the sandbox, which stands where the provider's servers do.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import reconciler
from reconciler.cli import main

PACKAGE = Path(reconciler.__file__).parent
FILES = {
    "reconciler.yaml": (
        "version: 1\naccounts:\n  shops:\n    provider: meta\n    endpoint: sandbox\n"
        "    credentials: {token: {env: META_TOKEN}}\n"
    ),
    "berlin.yaml": (
        'account: shops\nnumber: "+493012345678"\nphone_number_id: "106540352242922"\n'
        "profile: {about: Fresh bread in Berlin.}\n"
    ),
}


@dataclass(frozen=True, slots=True)
class Walk:
    """The functions of a run as `file::name`, each once, in the order of their first calls."""

    steps: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is entered, in the order in which it comes first."""
        return tuple(dict.fromkeys(step.partition("::")[0] for step in self.steps))

    @property
    def returns(self) -> int:
        """How often the walk comes back into a file that it had left."""
        left: set[str] = set()
        count = 0
        for before, here in pairwise(step.partition("::")[0] for step in self.steps):
            if here != before:
                left.add(before)
                count += here in left
        return count


def walked(work: Callable[[], object], package: Path, *, without: Path) -> Walk:
    """Run `work`, and return its walk through the files of `package`, but for those below `without`."""
    seen: dict[CodeType, str] = {}

    def at(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code not in seen:
            seen[frame.f_code] = _step(frame.f_code, package, without)

    threading.setprofile(at)
    sys.setprofile(at)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return Walk(tuple(step for step in seen.values() if step))


def _step(code: CodeType, package: Path, without: Path) -> str:
    """Return a function as `file::name`; an empty text where it is of no file that counts."""
    path = Path(code.co_filename)
    if not path.is_relative_to(package) or path.is_relative_to(without):
        return ""
    return f"{path.relative_to(package).as_posix()}::{code.co_qualname}"


def a_plan_of_one_profile() -> Walk:
    """Plan one profile with one changed field, everything imported before, and return its walk."""
    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
        profiles = Path(folder, "profiles")
        profiles.mkdir()
        for name, text in FILES.items():
            (profiles / name).write_text(text, encoding="utf-8")
        walk = walked(lambda: main(["-C", folder, "plan"]), PACKAGE, without=PACKAGE / "sandbox")
    if "1 change in 1 profile" not in said.getvalue():
        raise RuntimeError(said.getvalue())
    return walk


if __name__ == "__main__":
    found = a_plan_of_one_profile()
    if "--list" in sys.argv[1:]:
        sys.stdout.write("".join(f"{name}\n" for name in found.files))
    sys.stdout.write(f"{len(found.files)} files, {found.returns} times back into one that was left\n")

"""What command one of the README installs: packages, megabytes, seconds.

`python -m tests.install.weight` measures it. On a machine that is busy, compare the processor's seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.install.clone import clone
from tests.support.readme import commands, installing


@dataclass(frozen=True)
class Weight:
    """An environment's weight. Its pip is weighed too, and what Python compiles at the installation."""

    packages: int
    bytes: int

    def __str__(self) -> str:
        """Return it as the README says it."""
        return f"{self.packages} packages, {self.bytes / 1_000_000:.0f} MB"


def weigh(environment: Path) -> Weight:
    """Return what lies in an environment; the project itself and pip are no packages that it needs."""
    named = {path.name.split("-")[0] for path in environment.glob("lib/python3*/site-packages/*.dist-info")}
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    return Weight(len(named - {"pip", "setuptools", "wa_reconciler"}), sum(path.stat().st_size for path in files))


def measure() -> str:
    """Install into a fresh copy of the project, with this Python and this machine's index, and say what it took."""
    with tempfile.TemporaryDirectory() as folder:
        here = clone(Path(folder) / "clone", Path(sys.executable).resolve())
        began = time.monotonic()
        subprocess.run(
            ["bash", "-c", installing(commands()[0])], cwd=here.folder, stdout=subprocess.DEVNULL, check=True
        )
        clock, processor = time.monotonic() - began, sum(os.times()[2:4])
        return f"{weigh(here.folder / '.venv')}, {clock:.0f} s by the clock, {processor:.0f} s of a processor"


if __name__ == "__main__":
    sys.stdout.write(f"{measure()}\n")

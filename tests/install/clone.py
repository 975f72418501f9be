"""A fresh copy of the project, in which the README's commands are typed with one Python and one pip."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.support.locks import DEV, MAIN
from tests.support.readme import ROOT

TAKEN = ("reconciler", "profiles", "pyproject.toml", "README.md", "LICENSE", MAIN.name, DEV.name)
# `python3` as a machine has it whose environments come with another pip than this Python's own.
_PYTHON3 = """\
#!/bin/sh
set -e
"{python}" "$@"
{then}
"""


def pythons() -> dict[str, Path]:
    """Return every Python from 3.11 on that this machine has, by its version: of the search path, and of pyenv."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    # A shim of pyenv starts only the versions that are switched on.
    path = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep) if not folder.endswith("shims")]
    folders = [*path, *sorted(versions.glob("*/bin"))]
    # The environment that the tests run in is none that another is made of.
    return {
        f"3.{minor}": program.resolve()
        for minor in range(11, 30)
        for folder in folders
        if (program := folder / f"python3.{minor}").exists() and not (folder.parent / "pyvenv.cfg").exists()
    }


@dataclass(frozen=True)
class Clone:
    """The copy, the Python that is `python3` there, and the one index that pip knows."""

    folder: Path
    index: str

    def type(self, command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Type a command there, on a machine with its own settings for pip put aside."""
        around = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTEST_", "COV"))}
        around |= {"PATH": f"{self.folder / 'path'}:{os.environ['PATH']}", "PIP_CONFIG_FILE": os.devnull}
        around |= {"PIP_INDEX_URL": self.index, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1"}
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=around | environ, capture_output=True, text=True, check=False
        )

    def installed(self) -> dict[str, str]:
        """Return what the environment holds, by name, without pip and what Python's own venv adds."""
        (packages,) = self.folder.glob(".venv/lib/python3*/site-packages")
        stems = (path.stem.rsplit("-", 1) for path in packages.glob("*.dist-info"))
        found = {canonicalize_name(name): version for name, version in stems}
        return {name: version for name, version in found.items() if name not in {"pip", "setuptools", "wheel"}}


def clone(folder: Path, python: Path, index: str = "", pip: Path | None = None) -> Clone:
    """Copy the project; `pip` is the wheel of the pip that a new environment has, without it: Python's own."""
    folder.mkdir()
    for name in TAKEN:
        source, into = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, into, ignore=shutil.ignore_patterns("__pycache__", ".reconciler"))
        else:
            shutil.copy(source, into)
    (folder / "path").mkdir()
    program = folder / "path" / "python3"
    then = f'.venv/bin/python -m pip install -q --no-index --force-reinstall "{pip}"' if pip else ""
    program.write_text(_PYTHON3.format(python=python, then=then))
    program.chmod(0o755)
    return Clone(folder, index)

"""What the tests of the workflows share: the tool as the action takes it, copied and compiled once."""

from __future__ import annotations

import compileall
import shutil
from pathlib import Path

import pytest

from tests.workflows.documents import ROOT

# What the action takes of the tool's repository.
_TAKEN = (
    "reconciler",
    "pyproject.toml",
    "requirements.lock",
    "README.md",
    "LICENSE",
    ".github/actions",
    ".github/workflows",
)


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool's folder. It is compiled, as an installation is: each job of each run has a copy of its own."""
    folder = tmp_path_factory.mktemp("tool")
    for name in _TAKEN:
        source, into = ROOT / name, folder / name
        into.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, into)
        else:
            shutil.copy(source, into)
    assert compileall.compile_dir(folder / "reconciler", quiet=1)
    return folder

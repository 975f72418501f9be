"""Where in its repository a folder is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.effects.git.clone import prefix


@pytest.mark.parametrize(("folder", "found"), [(".", ""), ("shops/ä b", "shops/ä b/")])
def test_a_folder_is_named_from_the_top_of_its_repository(tmp_path: Path, folder: str, found: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    assert prefix(tmp_path / folder) == found


def test_outside_of_a_repository_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    assert prefix(tmp_path / "plain") == ""

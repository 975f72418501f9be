"""The action installs what the tests ran with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.workflows.documents import ACTION, GITHUB, ROOT

TESTED = ROOT / "requirements.lock"
LOCKS = [TESTED, ACTION.parent / "requirements.lock", GITHUB / "release" / "requirements.lock"]
# What builds the tool out of its folder, and nothing that the tests run.
BUILDING = {"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}


def test_the_action_installs_the_versions_that_were_tested() -> None:
    tested, installed = pins(TESTED), pins(ACTION.parent / "requirements.lock")
    assert {name: version for name, version in installed.items() if name not in BUILDING} == {
        name: version for name, version in tested.items() if name in set(installed) - BUILDING
    }


def test_the_action_installs_everything_that_the_tool_and_its_building_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    installed = pins(ACTION.parent / "requirements.lock")
    missing = [
        text
        for text in needed
        if not (need := Requirement(text)).specifier.contains(installed.get(canonicalize_name(need.name), "0"))
    ]
    assert missing == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_pins_everything_by_hash_and_names_no_index(lock: Path) -> None:
    blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert all(re.match(r"[a-z0-9.-]+==[^\s;]+( ;[^\\]+)? \\\n    --hash=sha256:[0-9a-f]{64}", one) for one in blocks)
    assert "://" not in lock.read_text()


def pins(lock: Path) -> dict[str, str]:
    """Return what a lock pins: name and version."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(), re.MULTILINE))

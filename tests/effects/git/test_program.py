"""Which repository and commit this program is of: from its own clone, or from what pip wrote down."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from reconciler.core.authoring.callers import Callers
from reconciler.effects.git.program import program_callers
from tests.support.readme import ROOT
from tests.support.repository import ENVIRONMENT, Git

AROUND = {"PATH": os.environ["PATH"], **ENVIRONMENT}
COMMIT = "a" * 40


@pytest.fixture
def clone(tmp_path: Path) -> Git:
    """A clone of the tool, whose commit is at origin as far as it knows."""
    (tmp_path / "reconciler").mkdir()
    git = Git(tmp_path)
    commit = git.commit()
    git("remote", "add", "origin", "https://x:secret@github.com/acme/reconciler.git")
    git("update-ref", "refs/remotes/origin/main", commit)
    return git


def asked(folder: Path) -> Callers | None:
    return program_callers(AROUND, package=folder / "reconciler")


def test_a_clone_names_its_origin_and_its_commit(clone: Git) -> None:
    commit = clone("rev-parse", "HEAD")
    assert asked(clone.root) == Callers("acme/reconciler", commit)
    clone("tag", "v1.2.0")
    assert asked(clone.root) == Callers("acme/reconciler", commit, version="v1.2.0")


def test_a_commit_that_github_may_not_have_is_named_by_no_workflow(clone: Git) -> None:
    clone.commit("not pushed")
    assert asked(clone.root) is None


@pytest.mark.parametrize("origin", ["https://gitlab.com/acme/reconciler.git", "/srv/reconciler"])
def test_workflows_call_no_repository_beyond_github(clone: Git, origin: str) -> None:
    clone("remote", "set-url", "origin", origin)
    assert asked(clone.root) is None


def installed(folder: Path, written: str) -> None:
    """Lay out what pip leaves beside a package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "direct_url.json").write_text(written)


def test_what_pip_installed_from_git_is_of_that_commit_in_any_clone(clone: Git) -> None:
    """An environment can lie in the clone of the profiles, which is no clone of the tool."""
    source = {"url": "https://github.com/acme/tool.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}
    folder = clone.root / ".venv" / "site-packages"
    installed(folder, json.dumps(source))
    assert asked(folder) == Callers("acme/tool", COMMIT)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "{",
        '{"url": "file:///srv/reconciler", "dir_info": {}}',
        f'{{"url": "file:///srv/reconciler", "vcs_info": {{"vcs": "git", "commit_id": "{COMMIT}"}}}}',
    ],
)
def test_what_pip_took_from_elsewhere_is_of_no_commit(tmp_path: Path, written: str) -> None:
    installed(tmp_path, written)
    assert asked(tmp_path) is None


def test_a_program_that_was_copied_does_not_know(tmp_path: Path) -> None:
    assert asked(tmp_path) is None

"""A folder of the repository in which a pull request put the files of a repository of its own: git must not go by it.

Git takes any folder that holds HEAD, objects/ and refs/ for a bare repository, and does what the config there says. All
of that can be committed. What the config could do is run a program, name the remote that gets the ledger's token, and
supply a history in which the rules were laxer.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.fleet import Fleet
from tests.support.git_server import GitServer, git_server
from tests.support.repository import Git


@dataclass(frozen=True)
class Planted:
    """A clone whose folder shop/ is also a bare repository, and the server that its config names as origin."""

    clone: Git
    server: GitServer
    mark: Path

    @property
    def shop(self) -> Path:
        """The folder."""
        return self.clone.root / "shop"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program on the folder, as a job does that has the ledger's token and a provider's."""
        return program(self.clone.root, "-C", "shop", *arguments, alone=self.clone.root.parent)


def program(cwd: Path, *arguments: str, alone: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder, with the credentials of a job; `alone` is above every repository."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(alone),
        "GIT_CEILING_DIRECTORIES": str(alone),
        "RECONCILER_LEDGER_TOKEN": "s3cret",
        "META_TOKEN": "t0ken",
    }
    words = [sys.executable, "-m", "reconciler", *arguments]
    return subprocess.run(words, cwd=cwd, env=environ, capture_output=True, text=True, timeout=120, check=False)


def plant(shop: Path, *, origin: str, runs: Path) -> str:
    """Make the folder a repository too, of plain files that could be committed; return its only commit."""
    history = Git(shop.parent.parent / "history")
    shutil.copytree(shop, history.root)
    (history.root / "profiles" / "berlin.yaml").unlink()
    commit = history.commit()
    for name in ("HEAD", "objects", "refs"):
        source = history.root / ".git" / name
        shutil.copytree(source, shop / name) if source.is_dir() else shutil.copy(source, shop / name)
    for folder in [path for path in shop.rglob("*") if path.is_dir() and not any(path.iterdir())]:
        (folder / ".keep").touch()
    shutil.copy(history.root / ".git" / "index", shop / "index")
    lines = ["[core]", "repositoryformatversion = 0", "bare = false", "worktree = .", f"fsmonitor = {runs}"]
    lines += ['[remote "origin"]', f"url = {origin}", "fetch = +refs/heads/*:refs/remotes/origin/*"]
    (shop / "config").write_text("\n".join(lines) + "\n")
    return commit


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    """A clone with a base, and upon it the commit of a pull request that plants a repository."""
    mark, script = tmp_path / "ran", tmp_path / "clone" / "shop" / "run.sh"
    for name in ("remote.git", "served/theirs.git"):
        Git(tmp_path)("init", "-q", "--bare", "-b", "main", name)
    Git(tmp_path / "served" / "theirs.git")("config", "http.receivepack", "true")
    clone = Git(tmp_path / "clone")
    shop = Fleet(clone.root / "shop")
    settings = shop.root / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text() + "ledger: git\n")
    shop.profile(about="Fresh bread")
    clone.commit()
    clone("remote", "add", "origin", "../remote.git")
    clone("push", "-q", "origin", "main")
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    with git_server(tmp_path / "served") as server:
        plant(shop.root, origin=f"{server.origin}/theirs.git", runs=script)
        clone.commit()
        clone("push", "-q", "origin", "main")
        yield Planted(clone, server, mark)


def test_the_files_are_those_of_a_repository_that_git_goes_by(planted: Planted) -> None:
    """Else none of the tests here could fail."""
    assert planted.clone("status", "--porcelain") == ""
    asked = ("git", "-C", str(planted.shop), "remote", "get-url", "origin")
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    assert said == f"{planted.server.origin}/theirs.git"
    subprocess.run(["git", "-C", str(planted.shop), "status"], capture_output=True, check=True)
    assert planted.mark.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("plan", "--base", "HEAD"),
        ("plan", "--base", "c" * 40),
        ("drift",),
        ("drift", "--adopt"),
        ("apply", "-y", "--allow", "first-contact"),
        ("apply", "-y", "--allow", "first-contact", "--require-tip", "origin/main"),
        ("history",),
    ],
)
def test_nothing_that_it_names_is_run_and_no_token_goes_where_it_says(planted: Planted, words: tuple[str, ...]) -> None:
    ran = planted.run(*words)
    assert (ran.returncode, planted.mark.exists(), planted.server.seen) == (0, False, []), ran.stderr


def test_the_base_is_the_outer_repositorys(planted: Planted) -> None:
    document = json.loads(planted.run("plan", "--base", "HEAD", "--json").stdout)
    head = planted.clone("rev-parse", "HEAD")
    assert (document["base"], document["head"]) == (head, head)


def test_what_was_written_is_remembered_at_the_outer_repositorys_remote(planted: Planted) -> None:
    assert planted.run("apply", "-y", "--allow", "first-contact").returncode == 0
    remote = Git(planted.clone.root.parent / "remote.git")
    assert remote("branch", "--list", "reconciler-ledger*") == "reconciler-ledger-shop"


def test_the_program_may_be_run_from_inside(planted: Planted) -> None:
    """Git then begins in the planted folder also where it works in a repository of our own."""
    words = ("apply", "-y", "--allow", "first-contact", "--require-tip", "origin/main")
    ran = program(planted.shop, *words, alone=planted.clone.root.parent)
    assert (ran.returncode, planted.mark.exists(), planted.server.seen) == (0, False, []), ran.stderr


def test_a_bare_layout_at_the_top_is_no_repository(planted: Planted) -> None:
    """No path named .git is anywhere: nothing says that this is a clone."""
    alone = planted.clone.root.parent
    top = planted.shop.rename(alone / "bare")
    ran = program(top, "-C", ".", "drift", alone=alone)
    assert (ran.returncode, "not a git repository" in ran.stderr) == (1, True)
    based = program(top, "-C", ".", "plan", "--ledger", "local", "--base", "HEAD", alone=alone)
    assert (based.returncode, "not a git repository" in based.stdout) == (0, True)
    applied = program(top, "-C", ".", "apply", "-y", "--allow", "first-contact", "--ledger", "local", alone=alone)
    assert (applied.returncode, planted.mark.exists(), planted.server.seen) == (0, False, [])

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git import process
from reconciler.effects.git.checkout import edits
from tests.support.proposing import Desk, desk
from tests.support.repository import Git


@pytest.fixture
def clone(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def held(clone: Desk, tree: str) -> dict[str, str]:
    """Return the files of a tree that is only in our own repository, and their modes."""
    found = clone.edits()
    assert found.tree == tree
    listed = found.origin.bare.ask("ls-tree", "-r", "-z", tree).decode().split("\0")[:-1]
    return {path: about.split()[0] for about, _, path in (row.partition("\t") for row in listed)}


def everything(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file() and not path.is_symlink()}


def test_where_nothing_differs_there_are_no_edits(clone: Desk) -> None:
    found = clone.edits()
    assert (found.files, found.parent) == ((), clone.git("rev-parse", "HEAD"))
    assert found.tree == clone.git("rev-parse", "HEAD^{tree}")


def test_changed_new_and_missing_files_are_edits_and_ignored_ones_are_not(clone: Desk) -> None:
    clone.write("profiles/berlin.yaml")
    (clone.root / "profiles/munich.yaml").unlink()
    clone.write("profiles/pictures/neü.png", b"\x89\0")
    clone.write("profiles/secret.txt")
    (clone.root / ".git/info/exclude").write_text("secret.txt\n")
    found = clone.edits()
    assert found.files == ("profiles/berlin.yaml", "profiles/munich.yaml", "profiles/pictures/neü.png")
    assert sorted(held(clone, found.tree)) == ["README.md", "profiles/berlin.yaml", "profiles/pictures/neü.png"]


def test_what_is_elsewhere_is_no_edit_staged_or_not(clone: Desk) -> None:
    clone.write("README.md")
    clone.write("other.txt")
    clone.git("add", "other.txt")
    clone.write("profiles/berlin.yaml")
    assert clone.edits().files == ("profiles/berlin.yaml",)


def test_of_a_folder_inside_the_repository_its_own_profiles_are_taken(clone: Desk) -> None:
    clone.write("profiles/berlin.yaml")
    clone.write("shops/north/profiles/rome.yaml")
    inner = replace(clone.context, root=clone.root / "shops" / "north")
    assert edits(inner, process.Git(), author={}).files == ("shops/north/profiles/rome.yaml",)


def test_the_clone_and_its_index_stay_as_they_are_and_no_hook_runs(clone: Desk, tmp_path: Path) -> None:
    for name in ("pre-commit", "post-index-change", "reference-transaction", "fsmonitor"):
        clone.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (clone.root / ".git/hooks" / name).chmod(0o755)
    clone.git("config", "core.splitIndex", "true")
    clone.git("config", "core.fsmonitor", f"{clone.root}/.git/hooks/fsmonitor")
    clone.write("profiles/berlin.yaml")
    before = everything(clone.root)
    assert clone.edits().files == ("profiles/berlin.yaml",)
    assert everything(clone.root) == before
    assert not (tmp_path / "ran").exists()


def test_a_shallow_clone_will_do(clone: Desk) -> None:
    runner = clone.shallow()
    runner.write("profiles/berlin.yaml")
    assert runner.edits().files == ("profiles/berlin.yaml",)


def test_what_a_sparse_clone_left_out_is_not_gone(clone: Desk) -> None:
    clone.write("profiles/north/rome.yaml", "one\n")
    clone.git.commit()
    clone.git("sparse-checkout", "set", "profiles/north")
    (clone.root / "profiles/berlin.yaml").unlink(missing_ok=True)
    clone.git("sparse-checkout", "set", "--no-cone", "/profiles/north/")
    assert not (clone.root / "profiles/berlin.yaml").exists()
    clone.write("profiles/north/rome.yaml")
    assert clone.edits().files == ("profiles/north/rome.yaml",)


def test_a_repository_with_long_names_will_do(tmp_path: Path) -> None:
    git = Git(tmp_path / "clone")
    git.root.mkdir()
    git("init", "-q", "--object-format=sha256", "-b", "main")
    git("remote", "add", "origin", "../origin.git")
    made = Desk(tmp_path)
    made.write("profiles/berlin.yaml", "one")
    git.commit()
    made.write("profiles/berlin.yaml")
    assert (made.edits().files, len(made.edits().tree)) == (("profiles/berlin.yaml",), 64)


def test_a_name_that_is_no_text_is_spelled(clone: Desk) -> None:
    (clone.root / "profiles" / os.fsdecode(b"caf\xe9.yaml")).write_text("one")
    assert clone.edits().files == ("profiles/caf\\xe9.yaml",)


def test_without_a_commit_nothing_can_differ_from_it(tmp_path: Path) -> None:
    Git(tmp_path)("init", "-q", str(tmp_path / "clone"))
    with pytest.raises(EnvironmentProblem, match="git names no commit that is checked out here"):
        Desk(tmp_path).edits()


def test_what_git_complains_of_is_said(clone: Desk) -> None:
    (clone.root / "profiles/berlin.yaml").unlink()
    os.mkfifo(clone.root / "profiles/berlin.yaml")
    with pytest.raises(EnvironmentProblem, match="git does not say what differs below profiles/: "):
        clone.edits()


def test_git_is_not_waited_for_longer_than_a_signal_allows(clone: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    git = process.Git()
    git.hurry(0)
    monkeypatch.setattr("reconciler.effects.git.checkout.head", lambda *_, **__: "a" * 40)
    with pytest.raises(EnvironmentProblem, match="what differs below profiles/; try again"):
        clone.edits(git)

"""Which clone a folder lies in, and what git is kept from on the way there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.effects.git import process
from reconciler.effects.git.clone import Clone, NoClone, applying_workflow, find_clone, main_branch
from reconciler.effects.world import Context
from tests.support.repository import Git

NONE = "not a git repository (or any of the parent directories): .git"
CEILINGS = "GIT_CEILING_DIRECTORIES"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository with one commit."""
    (tmp_path / "clone" / "shop").mkdir(parents=True)
    found = Git(tmp_path / "clone")
    found.commit()
    return found


def found(root: Path, **environ: str) -> Clone:
    """Return the clone that holds a folder; above pytest's own folder nothing is looked for."""
    ceiling = next(path for path in root.parents if path.name.startswith("pytest-"))
    return find_clone(root, process.Git(), {"PATH": os.environ["PATH"], CEILINGS: str(ceiling), **environ})


def head(clone: Clone) -> str:
    """Return the commit that git names there."""
    return clone.run("rev-parse", "HEAD").out.decode().strip()


def refused(root: Path, **environ: str) -> str:
    """Return why there is no clone."""
    with pytest.raises(NoClone) as raised:
        found(root, **environ)
    return str(raised.value)


@pytest.mark.parametrize("folder", [".", "shop"])
def test_the_clone_is_the_nearest_folder_with_a_path_named_git(git: Git, folder: str) -> None:
    clone = found(git.root / folder)
    assert (clone.top, clone.folder) == (git.root, git.root / ".git")
    assert head(clone) == git("rev-parse", "HEAD")
    assert clone.run("rev-parse", "--show-prefix").out.decode() == {".": "\n", "shop": "shop/\n"}[folder]


def test_a_linked_worktree_is_one(git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "-b", "aside", str(tmp_path / "linked"))
    Git(tmp_path / "linked").commit("Aside")
    clone = found(tmp_path / "linked")
    assert (clone.top, clone.folder) == (tmp_path / "linked", git.root / ".git" / "worktrees" / "linked")
    assert head(clone) == git("rev-parse", "aside") != git("rev-parse", "HEAD")


@pytest.mark.parametrize("relative", [False, True])
def test_git_may_keep_its_folder_elsewhere(tmp_path: Path, *, relative: bool) -> None:
    Git(tmp_path)("init", "-q", f"--separate-git-dir={tmp_path}/kept", "clone")
    git = Git(tmp_path / "clone")
    commit = git.commit()
    if relative:
        (git.root / ".git").write_text("gitdir: ../kept\n")
    clone = found(git.root)
    assert (clone.folder, head(clone)) == (tmp_path / "kept", commit)


def test_a_link_leads_to_the_clone_that_it_leads_into(git: Git, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(git.root / "shop")
    assert found(tmp_path / "link").top == git.root


@pytest.mark.parametrize("folder", ["bare", "bare/objects", "bare/refs/.."])
def test_a_folder_that_only_looks_like_a_repository_is_none(tmp_path: Path, folder: str) -> None:
    Git(tmp_path)("init", "-q", "--bare", "bare")
    assert refused(tmp_path / folder) == NONE


def test_a_folder_that_is_not_there_is_in_no_clone(git: Git) -> None:
    assert refused(git.root / "missing") == "its folder cannot be read: No such file or directory"


def test_no_clone_is_looked_for_beyond_a_ceiling(git: Git) -> None:
    """As to git, the folder itself is none for itself."""
    assert refused(git.root / "shop", **{CEILINGS: str(git.root)}) == NONE
    assert found(git.root, **{CEILINGS: str(git.root)}).top == git.root


@pytest.mark.parametrize("content", ["", "gitdir: nowhere\n", "gitdir: ../shop\n", "no gitfile"])
def test_a_file_that_names_no_repository_leads_nowhere_else(git: Git, content: str) -> None:
    """The folders above hold one, and it is not the one that was meant."""
    (git.root / "shop" / ".git").write_text(content)
    assert refused(git.root / "shop")


@pytest.mark.parametrize("planted", [False, True])
def test_an_unusable_folder_named_git_leads_nowhere_else(git: Git, planted: bool) -> None:
    """Neither to the folders above nor to the one that holds it, which is a repository if one goes by its files."""
    if planted:
        Git(git.root)("init", "-q", "--bare", "shop")
    (git.root / "shop" / ".git").mkdir()
    assert refused(git.root / "shop")


def test_a_repository_of_another_user_is_used_only_if_git_would(git: Git) -> None:
    """Git asks who owns a repository only while it looks for one; naming the folder outright would skip that."""
    script = git.root.parent / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {shutil.which("git")} "$@"\n')
    script.chmod(0o755)
    around = {"PATH": f"{script.parent}:/usr/bin:/bin", "GIT_CONFIG_GLOBAL": str(git.root.parent / "config")}
    assert refused(git.root, **around).startswith("detected dubious ownership in repository at ")
    (git.root.parent / "config").write_text(f"[safe]\ndirectory = {git.root}\n")
    assert found(git.root, **around).top == git.root


def test_variables_that_lead_git_elsewhere_do_not(git: Git, tmp_path: Path) -> None:
    Git(tmp_path)("init", "-q", "--bare", "bare")
    astray = {"GIT_DIR": str(tmp_path / "bare"), "GIT_WORK_TREE": str(tmp_path), "GIT_COMMON_DIR": str(tmp_path)}
    assert head(found(git.root, **astray)) == git("rev-parse", "HEAD")


def test_neither_hooks_nor_a_file_monitor_of_the_clone_run(git: Git, tmp_path: Path) -> None:
    script = git.root / ".git" / "hooks" / "post-index-change"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    git("config", "core.fsmonitor", str(script))
    (git.root / "new").touch()
    clone = found(git.root)
    assert clone.run("status", "--porcelain").out == b"?? new\n"
    assert clone.run("add", "new").code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "path", [".git/config", ".GIT/config", "profiles/.git/config", "git~1/config", ".git\u200c/config"]
)
def test_no_commit_holds_a_path_that_is_git_s_own(git: Git, path: str) -> None:
    """What find_clone relies on: a path named .git was made on this machine."""
    (git.root / "x").write_text("[core]\n")
    blob = git("hash-object", "-w", "x")
    with pytest.raises(subprocess.CalledProcessError):
        git("-c", "core.protectHFS=true", "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")


def test_a_folder_with_nearly_that_name_is_no_repository(git: Git, tmp_path: Path) -> None:
    for name in (".GIT", ".git ", "git~1"):
        shutil.copytree(git.root / ".git", tmp_path / "shop" / name)
    assert refused(tmp_path / "shop") == NONE


def test_alternates_and_grafts_of_a_checkout_are_no_part_of_its_clone(git: Git, tmp_path: Path) -> None:
    """Git reads both below .git alone; here they lie where a commit can put them."""
    (tmp_path / "other").mkdir()
    other = Git(tmp_path / "other")
    commit = other.commit("Theirs")
    for name in ("objects/info/alternates", "info/grafts", "packed-refs", "shallow"):
        path = git.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{other.root}/.git/objects\n" if "alternates" in name else f"{commit} {commit}\n")
    assert found(git.root).run("cat-file", "-e", commit).code != 0
    assert found(git.root).run("rev-list", "--count", "HEAD").out == b"1\n"


@pytest.mark.parametrize(
    ("mine", "there", "found"),
    [
        ("drift.yml", "apply.yml", "apply.yml"),
        ("drift-staging.yaml", "apply-staging.yaml", "apply-staging.yaml"),
        ("drift-staging.yml", "apply.yml", ""),
        ("look.yml", "apply.yml", ""),
        ("", "apply.yml", ""),
    ],
)
def test_the_workflow_that_applies_has_the_name_of_the_one_that_looks(
    git: Git, mine: str, there: str, found: str
) -> None:
    folder = git.root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / there).touch()
    ref = {"GITHUB_WORKFLOW_REF": f"o/r/.github/workflows/{mine}@refs/heads/main"}
    assert applying_workflow(Context(git.root / "shop", environ=ref)) == found


def test_without_a_clone_no_workflow_is_known(tmp_path: Path) -> None:
    ref = {"GITHUB_WORKFLOW_REF": "o/r/.github/workflows/drift.yml@refs/heads/main"}
    assert applying_workflow(Context(tmp_path / "elsewhere", environ=ref)) == ""


@pytest.mark.parametrize(
    ("words", "branch"),
    [
        ((), "main"),
        (("branch -m trunk",), "trunk"),
        (("branch -m master", "checkout -qb change"), "master"),
        (("branch -m trunk", "checkout -q --detach"), "main"),
        (("branch -m trunk", "update-ref refs/remotes/origin/master HEAD"), "master"),
        (("update-ref refs/remotes/origin/master HEAD",), "master"),
        (
            (
                "update-ref refs/remotes/origin/release/1 HEAD",
                "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/release/1",
            ),
            "release/1",
        ),
    ],
)
def test_the_branch_that_changes_go_to_is_origin_s_own_or_has_a_usual_name(
    git: Git, words: tuple[str, ...], branch: str
) -> None:
    for one in words:
        git(*one.split())
    assert main_branch(found(git.root)) == branch


def test_a_clone_without_a_commit_will_have_main(tmp_path: Path) -> None:
    new = Git(tmp_path)
    new("init", "-q", "-b", "master")
    assert main_branch(found(tmp_path)) == "main"

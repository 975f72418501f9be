from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from reconciler.effects.git import process
from reconciler.effects.git.clone import edited_paths, head, known_commit
from reconciler.effects.world import Context
from tests.support.repository import STAND_IN


def run(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(root), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of which git knows nothing, however the tests are run."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.fixture
def fake_git(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of git, for the test to write; the repository is there."""
    run(root, "init", "-q")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "git"


def test_the_commit_is_the_one_that_is_checked_out(root: Path) -> None:
    run(root, "init", "-q")
    run(root, "commit", "-q", "--allow-empty", "-m", "one")
    run(root, "commit", "-q", "--allow-empty", "-m", "two")
    assert re.fullmatch("[0-9a-f]{40}", head(root))
    assert head(root) == run(root, "log", "-1", "--format=%H")
    run(root, "checkout", "-q", "HEAD~1")
    assert head(root) == run(root, "log", "-1", "--format=%H")


def known(root: Path, *, ref: str, commit: str) -> str:
    return known_commit(Context(root, environ={"GITHUB_REF": ref, "GITHUB_SHA": commit}))


def test_a_pull_request_is_known_by_its_own_commit_and_not_by_the_merge_that_github_tests(root: Path) -> None:
    run(root, "init", "-q", "-b", "main")
    run(root, "commit", "-q", "--allow-empty", "-m", "base")
    run(root, "checkout", "-qb", "change")
    run(root, "commit", "-q", "--allow-empty", "-m", "change")
    changed = head(root)
    run(root, "checkout", "-q", "main")
    run(root, "merge", "-q", "--no-ff", "-m", "test merge", "change")
    merge, test = head(root), "refs/pull/7/merge"
    assert known(root, ref=test, commit=merge) == changed
    # Of a merge that people made, of another checkout in the same job, and of a commit without a second parent.
    assert known(root, ref="refs/heads/main", commit=merge) == merge
    assert known(root, ref=test, commit="d" * 40) == merge
    run(root, "checkout", "-q", "change")
    assert known(root, ref=test, commit=changed) == changed
    assert known(root / "..", ref=test, commit="") == ""


def test_a_hook_that_runs_the_program_does_not_lead_it_to_another_repository(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git tells its hooks by variables which repository they are run in."""
    run(root, "init", "-q")
    run(root, "commit", "-q", "--allow-empty", "-m", "one")
    commit = head(root)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
    assert head(root) == commit != ""


def test_a_repository_without_a_commit_has_none(root: Path) -> None:
    run(root, "init", "-q")
    assert head(root) == ""


@pytest.mark.parametrize("name", [".", "missing", "caf\udce9"])
def test_a_folder_that_is_no_repository_has_none(root: Path, name: str) -> None:
    """It is quoted in git's complaint, whatever bytes it is made of."""
    assert head(root / name) == ""


def test_without_git_there_is_no_commit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / ".git").mkdir()
    monkeypatch.setenv("PATH", str(root))
    assert head(root) == ""


def test_a_git_that_does_not_answer_is_not_waited_for(root: Path, fake_git: Path) -> None:
    fake_git.write_text("#!/bin/sh\nexec sleep 600\n")
    assert head(root, git=process.Git(0.1)) == ""


@pytest.mark.parametrize(
    ("said", "commit"),
    [
        ("a" * 40, "a" * 40),
        ("0123456789abcdef" * 4, "0123456789abcdef" * 4),
        ("a" * 39, ""),
        ("A" * 40, ""),
        ("HEAD", ""),
        ("a" * 40 + r"\n" + "b" * 40, ""),
        (r"\377\376", ""),
    ],
)
def test_only_a_commits_full_name_is_taken(root: Path, fake_git: Path, said: str, commit: str) -> None:
    fake_git.write_text(f"{STAND_IN}printf '{said}\\n'\nprintf '\\377' >&2\n")
    assert head(root) == commit


def test_a_clean_folder_has_no_edited_files(root: Path) -> None:
    run(root, "init", "-q")
    (root / "profiles").mkdir()
    (root / "profiles" / "berlin.yaml").write_text("one")
    run(root, "add", "-A")
    run(root, "commit", "-q", "-m", "one")
    (root / "elsewhere.yaml").write_text("two")
    assert edited_paths(root, "profiles") == ()


def test_edited_new_moved_and_missing_files_are_named(root: Path) -> None:
    run(root, "init", "-q")
    folder = root / "profiles"
    folder.mkdir()
    for name in ("changed.yaml", "gone.yml", "moved.png"):
        (folder / name).write_text(name)
    run(root, "add", "-A")
    run(root, "commit", "-q", "-m", "one")
    (folder / "changed.yaml").write_text("two")
    (folder / "gone.yml").unlink()
    (folder / "note.txt").write_text("nothing of a profile")
    (folder / "neü.yaml").write_text("two")
    run(root, "mv", "profiles/moved.png", "profiles/to.PNG")
    names = ("changed.yaml", "gone.yml", "moved.png", "neü.yaml", "to.PNG")
    assert sorted(edited_paths(root, "profiles") or ()) == sorted(f"profiles/{name}" for name in names)


def test_what_no_run_reads_for_its_name_is_no_edited_file(root: Path) -> None:
    """A picture may lie in a hidden folder, and the folder of all may lie in one."""
    run(root, "init", "-q")
    for name in (".config/profiles/a.yaml", "profiles/._a.yaml", "profiles/.x/b.yml", "profiles/.x/c.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("new")
    assert edited_paths(root, "profiles") == ("profiles/.x/c.png",)
    assert edited_paths(root / ".config", "profiles") == (".config/profiles/a.yaml",)


def test_a_repository_inside_may_hold_anything(root: Path) -> None:
    run(root, "init", "-q")
    (root / "profiles" / "inner").mkdir(parents=True)
    run(root / "profiles" / "inner", "init", "-q")
    run(root / "profiles" / "inner", "commit", "-q", "--allow-empty", "-m", "one")
    assert edited_paths(root, "profiles") == ("profiles/inner/",)


def submodule(root: Path) -> Path:
    """Make a submodule below profiles/, with one file, and a .gitmodules that hides its changes; return its folder."""
    inner = root / "profiles" / "inner"
    inner.mkdir(parents=True)
    for folder in (root, inner):
        run(folder, "init", "-q")
    (inner / "a.yaml").write_text("one")
    run(inner, "add", "a.yaml")
    run(inner, "commit", "-q", "-m", "one")
    (root / ".gitmodules").write_text('[submodule "inner"]\npath = profiles/inner\nurl = ./inner\nignore = all\n')
    run(root, "add", ".gitmodules", "profiles")
    run(root, "commit", "-q", "-m", "one")
    return inner


def test_a_file_of_the_checkout_hides_no_change_of_a_submodule(root: Path) -> None:
    inner = submodule(root)
    assert edited_paths(root, "profiles") == ()
    (inner / "a.yaml").write_text("two")
    assert run(root, "status", "--porcelain") == ""
    assert edited_paths(root, "profiles") == ("profiles/inner",)


def test_another_commit_of_a_submodule_is_an_edit(root: Path) -> None:
    run(submodule(root), "commit", "-q", "--allow-empty", "-m", "two")
    assert edited_paths(root, "profiles") == ("profiles/inner",)


def test_what_a_commit_was_replaced_with_is_not_what_was_committed(root: Path) -> None:
    """A clone that fetches every ref has replacements too, which need no review; git's own checkout goes by them."""
    run(root, "init", "-q")
    (root / "profiles").mkdir()
    commits = []
    for text in ("reviewed", "replaced"):
        (root / "profiles" / "a.yaml").write_text(text)
        run(root, "add", "--all")
        run(root, "commit", "-q", "-m", text)
        commits.append(head(root))
    run(root, "replace", *commits)
    run(root, "checkout", "-q", commits[0])
    assert ((root / "profiles" / "a.yaml").read_text(), run(root, "status", "--porcelain")) == ("replaced", "")
    assert (head(root), edited_paths(root, "profiles")) == (commits[0], ("profiles/a.yaml",))


def test_where_git_fails_it_is_unknown_what_was_edited(root: Path) -> None:
    assert edited_paths(root, "profiles") is None

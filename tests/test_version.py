"""`reconciler --version` says the commit wherever it can be told: in a clone, of a release, and fetched by pip."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import VERSION
from reconciler.version import version_line
from tests.support.repository import Git

ROOT = str(Path(__file__).parents[1])


@pytest.fixture
def clone(tmp_path: Path) -> Git:
    """A clone with one commit."""
    folder = tmp_path / "tool"
    folder.mkdir()
    git = Git(folder)
    git("init", "-q", "-b", "main")
    git.commit("First")
    return git


def line(commit: str) -> str:
    return f"reconciler {VERSION} (commit {commit[:12]})"


def test_a_clone_says_what_is_checked_out(clone: Git) -> None:
    assert version_line(clone.root) == line(clone("rev-parse", "HEAD"))


@pytest.mark.parametrize("how", ["detached", "packed", "worktree"])
def test_so_does_a_clone_in_each_of_its_forms(clone: Git, tmp_path: Path, how: str) -> None:
    root = clone.root
    if how == "detached":
        clone("checkout", "-q", "--detach")
    elif how == "packed":
        clone("pack-refs", "--all")
        assert not (root / ".git" / "refs" / "heads" / "main").exists()
    else:
        root = tmp_path / "linked"
        clone("worktree", "add", "-q", "-b", "aside", str(root))
        clone.commit("Second")
    assert version_line(root) == line(Git(root)("rev-parse", "HEAD"))


def test_what_pip_fetched_from_git_says_its_commit(tmp_path: Path) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    noted = tmp_path / f"wa_reconciler-{VERSION}.dist-info" / "direct_url.json"
    noted.parent.mkdir()
    noted.write_text(json.dumps({"url": "https://github.com/a/b", "vcs_info": {"vcs": "git", "commit_id": commit}}))
    assert version_line(tmp_path) == line(commit)


def test_a_release_says_the_commit_that_was_written_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.version.COMMIT", "f" * 40)
    assert version_line(tmp_path) == line("f" * 40)


@pytest.mark.parametrize("head", [None, "", "ref: refs/heads/unborn\n", "nonsense\n", "f" * 39 + "\n"])
def test_without_a_trace_it_says_the_version_alone(tmp_path: Path, head: str | None) -> None:
    if head is not None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "HEAD").write_text(head)
    assert version_line(tmp_path) == f"reconciler {VERSION}"


def test_the_version_is_told_without_what_takes_longer_than_it() -> None:
    """A shell's prompt may ask for it. What a Python imports for `-m` is imported before the program begins."""
    program = (
        "import sys; sys.argv[1:] = ['--version']; import reconciler.__main__; reconciler.__main__.main(); "
        "print([name for name in ('pathlib', 're', 'json', 'typing', 'click') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {ROOT!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[1:] == ["[]"]


def test_the_collector_looks_seldom_through_what_a_run_keeps() -> None:
    program = (
        "import gc, sys; sys.argv[1:] = ['--version']; import reconciler.__main__; reconciler.__main__.main(); "
        "print(gc.isenabled(), gc.get_threshold()[0] >= 50_000)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[1:] == ["True True"]


def test_at_its_end_a_run_is_not_looked_through() -> None:
    program = (
        "import gc, sys; sys.argv[1:] = ['--help']; import reconciler.__main__\n"
        "try: reconciler.__main__.main()\n"
        "except SystemExit as ended: print(ended.code, gc.get_freeze_count() > 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "0 True"

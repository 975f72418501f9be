"""The rules at the commit that was applied last: told by its settings alone, whatever a record says of itself."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.planning.base import BaseRevision
from reconciler.core.safety.policy import KnownRules, LastApply, UnknownBase, UnknownRules
from reconciler.core.settings import Rule
from reconciler.effects.base import BaseReading, read_base_revision, rules_of_last_apply
from reconciler.effects.git import revision as module
from reconciler.effects.git.process import Git as Plumbing
from reconciler.effects.world import Context
from reconciler.providers import providers
from tests.support.git_server import git_server
from tests.support.repository import Git
from tests.support.stores import run_record

ENVIRON = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"}
SETTINGS = "version: 1\naccounts:\n  bakery: {{provider: meta, endpoint: sandbox}}\npolicy: {{clear: {}}}\n"


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository in which `clear` is one rule after the other; a profile beside it is wrong, and of no interest."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git = Git(tmp_path / "shop")
    (git.root / "profiles").mkdir(parents=True)
    (git.root / "profiles" / "berlin.yaml").write_text("account: [")
    for rule in (Rule.DENY, Rule.WARN, Rule.ALLOW):
        (git.root / "profiles" / "reconciler.yaml").write_text(SETTINGS.format(rule))
        git.commit()
    return git


def ruled(root: Path, commit: str, *, was: BaseReading | None = None, edited: bool = False) -> LastApply:
    """Return the rules at the last apply, whose record says that it was of `commit`."""
    last = replace(run_record(), commit=commit, edited=edited)
    return rules_of_last_apply(
        Context(root, environ=ENVIRON), providers(), last, reading=was or BaseReading(), git=Plumbing()
    )


def rule(found: LastApply) -> Rule:
    assert isinstance(found, KnownRules)
    return found.policy.clear


def test_the_rules_are_those_of_its_commit(git: Git) -> None:
    commits = [git("rev-parse", name) for name in ("HEAD", "HEAD~1", "HEAD~2")]
    assert [rule(ruled(git.root, commit)) for commit in commits] == [Rule.ALLOW, Rule.WARN, Rule.DENY]


def test_where_it_is_the_base_nothing_is_read_again(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    base = git("rev-parse", "HEAD~1")
    was = asyncio.run(read_base_revision(Context(git.root, environ=ENVIRON), providers(), "HEAD~1"))
    monkeypatch.setattr(module, "revision", None)
    assert rule(ruled(git.root, base, was=was)) is Rule.WARN
    unsound = BaseReading(BaseRevision(commit=base, profiles={}), UnknownBase())
    assert ruled(git.root, base, was=unsound) == UnknownRules(
        f"the settings of commit {base[:12]} are missing or wrong"
    )


@pytest.mark.parametrize("commit", ["", "HEAD", "main", "--help", "a\0b", "\ud800", "c0ffee", "C0FFEE" * 7])
def test_what_a_forged_record_says_of_its_commit_is_no_word_for_git(
    git: Git, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "revision", None)
    assert ruled(git.root, commit) == UnknownRules("its record names no commit")


def test_edited_files_were_held_to_unknown_rules(git: Git) -> None:
    assert ruled(git.root, git("rev-parse", "HEAD"), edited=True) == UnknownRules(
        "its files were not those of its commit"
    )


@pytest.mark.parametrize("text", [None, "accounts: [", SETTINGS.format("alow"), "version: 1\naccounts: {a: {}}\n"])
def test_settings_that_are_missing_or_wrong_there_say_nothing(git: Git, text: str | None) -> None:
    path = git.root / "profiles" / "reconciler.yaml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    commit = git.commit()
    assert ruled(git.root, commit) == UnknownRules(f"the settings of commit {commit[:12]} are missing or wrong")


def test_a_commit_that_a_shallow_clone_lacks_is_fetched_and_what_is_checked_out_is_not(
    git: Git, tmp_path: Path
) -> None:
    first, head = git("rev-parse", "HEAD~2"), git("rev-parse", "HEAD")
    Git(tmp_path)("clone", "-q", "--depth=1", git.root.as_uri(), "runner")
    runner = Git(tmp_path / "runner")
    with git_server(tmp_path) as server:
        runner("remote", "set-url", "origin", f"{server.origin}/shop/.git")
        assert (rule(ruled(runner.root, head)), server.seen) == (Rule.ALLOW, [])
        assert (rule(ruled(runner.root, first)), bool(server.seen)) == (Rule.DENY, True)


def test_a_commit_that_cannot_be_fetched_says_why(git: Git) -> None:
    found = ruled(git.root, "c0ffee" * 6 + "c0ff")
    assert isinstance(found, UnknownRules)
    assert "there is no such commit in this clone, and it cannot be fetched: the repository has no remote" in found.why

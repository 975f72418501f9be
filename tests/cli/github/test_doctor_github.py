"""`doctor --github` as a person runs it: in a clone, with a token, and a GitHub on a socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import command_line
from tests.support.github import FakeGitHub
from tests.support.stores import git


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "reconciler.yaml").write_text("version: 1\naccounts: {}\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "remote", "add", "origin", "git@github.com:goldcrust/profiles.git")
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_it_says_what_is_missing_and_ends_with_1(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeGitHub() as fake, fake.serving() as url:
        fake.token("mine", dict.fromkeys(("issues", "actions", "metadata", "contents"), "read"))
        fake.repository.labels.append("allow-clear")
        for name, value in {"GH_TOKEN": "mine", "GITHUB_API_URL": url, "RECONCILER_ALLOW_ENDPOINT": url}.items():
            monkeypatch.setenv(name, value)
        code, out = command_line(repository, capsys)("doctor", "--github")
        assert (code, out.splitlines()[0]) == (1, "goldcrust/profiles at github.com")
        assert "      reconciler init --runs-at github\n" in out
        assert '      for gate in bulk webhook first-contact; do gh label create "allow-$gate"; done\n' in out
        assert "token of jobs        cannot tell: this token may not see the permissions of workflows (403)" in out
        code, out = command_line(repository, capsys)("doctor", "--github", "--json")
        assert (code, json.loads(out)["reasons"]) == (1, ["error", "incomplete"])
        fake.tokens.clear()
        code, out = command_line(repository, capsys)("doctor", "--github")
        assert (code, out) == (6, "")


def test_without_a_token_nothing_is_asked(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = command_line(repository, capsys)("doctor", "--github")
    assert (code, out) == (1, "")

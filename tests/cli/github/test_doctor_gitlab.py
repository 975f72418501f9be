"""`doctor --gitlab` as a person runs it: with a token, and a GitLab on a socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import command_line
from tests.support.gitlab import PATH, SECRET, FakeGitLab


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "reconciler.yaml").write_text("version: 1\naccounts: {}\n")
    for name in ("RECONCILER_GITLAB_TOKEN", "GITLAB_TOKEN", "CI_PROJECT_PATH", "CI_PROJECT_ID", "CI_API_V4_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_it_says_what_is_missing_and_ends_with_1(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeGitLab() as fake, fake.serving() as url:
        environ = {"GITLAB_TOKEN": SECRET, "CI_PROJECT_PATH": PATH, "CI_SERVER_URL": url}
        for name, value in {**environ, "RECONCILER_ALLOW_ENDPOINT": url}.items():
            monkeypatch.setenv(name, value)
        code, out = command_line(repository, capsys)("doctor", "--gitlab")
        assert (code, out.splitlines()[0]) == (1, f"{PATH} at {url.removeprefix('http://')}")
        assert "      reconciler init --runs-at gitlab\n" in out
        assert "cannot tell: this token may not see the protected branches (403); it needs" in out
        assert "missing: there is no label allow-" in out
        code, out = command_line(repository, capsys)("doctor", "--gitlab", "--json")
        assert (code, json.loads(out)["reasons"]) == (1, ["error", "incomplete"])
        fake.tokens.clear()
        code, out = command_line(repository, capsys)("doctor", "--gitlab")
        assert (code, out) == (6, "")


def test_without_a_token_or_with_two_places_nothing_is_asked(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(repository, capsys)("doctor", "--gitlab") == (1, "")
    assert command_line(repository, capsys)("doctor", "--gitlab", "--github") == (64, "")

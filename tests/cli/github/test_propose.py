"""`reconciler github propose` as a workflow calls it: after `drift --adopt`, with a GitHub on a socket."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.support.github import FakeGitHub
from tests.support.proposing import BRANCH, Desk, desk


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A clone in which one profile was adopted."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    made = desk(tmp_path)
    made.write("profiles/berlin.yaml")
    return made


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A GitHub that the environment leads to."""
    with FakeGitHub() as fake, fake.serving() as url:
        fake.token("t-7f3a", {"contents": "write", "pull-requests": "write"})
        named = {"API_URL": url, "REPOSITORY": fake.repository.name, "TOKEN": "t-7f3a", "REF_NAME": "main"}
        for name, value in named.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)
        monkeypatch.setenv("RECONCILER_ALLOW_ENDPOINT", url)
        yield fake


def run(clone: Desk, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    """Propose."""
    code = main(["-C", str(clone.root), "github", "propose", *more])
    return code, *capsys.readouterr()


def test_a_pull_request_is_opened_and_said(clone: Desk, github: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    page = clone.folder / "page.json"
    page.write_text(json.dumps({"format_version": "1.0", "kind": "drift", "text": "One field"}))
    code, out, err = run(clone, capsys, "--page", str(page))
    where = f"https://github.com/{github.repository.name}/pull/1"
    commit = clone.pushed()[:12]
    assert (code, out, err) == (
        0,
        f"Proposed: 1 file on the branch {BRANCH} ({commit}); opened pull request #1, {where}.\n",
        "",
    )
    assert (github.repository.threads[1].body or "").endswith("\n\n---\n\nOne field")


def test_the_document_says_it_too(clone: Desk, github: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(clone, capsys, "--json", "--branch", "reconciler/other", "--base", "trunk")
    document = json.loads(out)
    assert (code, document["branch"], document["base"], document["pull"]) == (0, "reconciler/other", "trunk", 1)


def test_what_github_refuses_ends_with_6_and_the_token_is_not_shown(
    clone: Desk, github: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    github.repository.actions_may_open_pulls = False
    code, out, err = run(clone, capsys)
    assert (code, out) == (6, "")
    assert f"compare/main...{BRANCH}?expand=1" in err
    assert "t-7f3a" not in err


@pytest.mark.parametrize(
    ("kind", "said"), [("plan", "it is of plan, and this takes one of drift"), ("x", "it is not a page")]
)
def test_a_page_of_something_else_is_refused(
    clone: Desk, github: FakeGitHub, capsys: pytest.CaptureFixture[str], kind: str, said: str
) -> None:
    page = clone.folder / "page.json"
    page.write_text(json.dumps({"format_version": "1.0", "kind": kind, "text": ""}))
    code, _, err = run(clone, capsys, "--page", str(page))
    assert code == 1
    assert said in err
    assert clone.pushed() == ""


def test_without_a_token_nothing_is_pushed(
    clone: Desk, github: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    code, _, err = run(clone, capsys)
    assert (code, clone.pushed(), "GITHUB_TOKEN is not set" in err) == (1, "", True)
    assert "GITHUB_TOKEN" not in os.environ

"""The `gitlab` commands as a job runs them: with variables, files, and a GitLab on a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.core.planning.plan import Plan
from reconciler.core.reports.handover import HandoverKind
from reconciler.core.safety.gates import PlanReport
from reconciler.render.json import dumps, plan_json
from tests.support.commands import Run, command_line
from tests.support.conversing import page, save_page
from tests.support.gitlab import BOT, FakeGitLab
from tests.support.gitlab.asking import environment
from tests.support.gitlab.world import BEGINNING, Token
from tests.support.repository import Git

PLAN = dumps(plan_json(PlanReport(plan=Plan(targets=())))).encode()
MERGE = "c" * 40


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitLab]:
    with FakeGitLab() as found, found.serving() as url:
        found.person("grace", 30)
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return command_line(tmp_path, capsys)


def test_comment_writes_the_note_of_the_tokens_own_account(run: Run, fake: FakeGitLab, tmp_path: Path) -> None:
    number, file = fake.merge_request("ada"), save_page(tmp_path, page())
    code, out = run("gitlab", "comment", "--page", file, "--pull", str(number))
    (note,) = fake.said(number)
    assert (code, out.splitlines()[0], note.author) == (0, f"The comment at !{number}: written.", BOT)
    assert out.splitlines()[1].endswith(f"/goldcrust/profiles/-/merge_requests/{number}#note_{note.id}")
    fake.merge(number, MERGE)
    code, out = run("gitlab", "comment", "--page", file, "--commit", MERGE, "--json")
    assert (code, json.loads(out)["done"], len(fake.said(number))) == (0, ["updated"], 1)
    code, out = run("gitlab", "comment", "--page", file, "--commit", MERGE, "--author", "me")
    assert out.splitlines()[-1].startswith(f"warning: GitLab says that {BOT} wrote it")


def test_the_issue_the_labels_the_plan_and_the_gates_are_there_too(run: Run, fake: FakeGitLab, tmp_path: Path) -> None:
    Git(tmp_path).commit()
    drift = save_page(tmp_path, page(HandoverKind.DRIFT, moved=[("berlin", "about")]))
    assert run("gitlab", "issue", "--page", drift)[1].splitlines()[0] == "The issue #1: opened."
    number = fake.merge_request("ada")
    pipeline = fake.pipeline(number)
    fake.job(pipeline, files={"report/plan.json": PLAN})
    assert run("gitlab", "gates", "--pull", str(number))[0] == 0
    fake.label(number, "allow-clear", by="grace")
    fake.merge(number, MERGE, at=BEGINNING + timedelta(days=1))
    outputs = tmp_path / "outputs"
    code, out = run("gitlab", "allow", "--commit", MERGE, "--outputs", str(outputs))
    assert (code, out.splitlines()[0]) == (0, f"The labels of merge request {number} let through: clear.")
    assert outputs.read_text() == f"allow=clear\npull={number}\n"
    code, out = run("gitlab", "reviewed", "--commit", MERGE, "--out", str(tmp_path / "plan.json"))
    assert (code, (tmp_path / "plan.json").read_bytes()) == (0, PLAN)
    assert out.startswith(f"The plan of merge request {number}, made at")
    assert f"by pipeline {pipeline} for aaaaaaa" in out


def test_a_refusal_is_a_result_that_is_incomplete(run: Run, fake: FakeGitLab, tmp_path: Path) -> None:
    number = fake.merge_request("ada")
    fake.tokens["glpat-0123456789abcdefghij"] = Token(scopes=("read_api",))
    assert run("gitlab", "comment", "--page", save_page(tmp_path, page()), "--pull", str(number))[0] == 6


def test_each_group_is_for_jobs_of_its_own_forge(run: Run, fake: FakeGitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("github", "issue", "--stopped", "apply")[0] == 1
    monkeypatch.setenv("GITLAB_CI", "")
    assert run("gitlab", "issue", "--stopped", "apply")[0] == 1
    assert fake.asked == []


def test_the_help_lists_the_commands(run: Run) -> None:
    code, out = run("gitlab", "--help")
    names = [line.split()[0] for line in out.split("\nCommands:\n")[1].splitlines()]
    assert (code, names) == (0, ["comment", "issue", "allow", "gates", "reviewed", "propose"])

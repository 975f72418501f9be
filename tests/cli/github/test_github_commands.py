"""The `github` commands as a job runs them: with variables, files, and a GitHub on a socket."""

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
from tests.support.conversing import HEAD, JOB, MERGE, NOON, archive, page, save_page
from tests.support.github import FakeGitHub

PLAN = dumps(plan_json(PlanReport(plan=Plan(targets=())))).encode()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    with FakeGitHub() as found, found.serving() as url:
        found.token("job", JOB)
        found.person("grace", "write")
        variables = {
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": found.repository.name,
            "GITHUB_TOKEN": "job",
            "GITHUB_RUN_ID": "17",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_REF_NAME": "main",
            "RECONCILER_ALLOW_ENDPOINT": url,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return command_line(tmp_path, capsys)


def test_comment_writes_the_page_and_says_where(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    pull = fake.pull("ada", head=HEAD)
    file = save_page(tmp_path, page())
    code, out = run("github", "comment", "--page", file, "--pull", str(pull))
    (remark,) = fake.said(pull)
    assert (code, out.splitlines()[0]) == (0, f"The comment at #{pull}: written.")
    assert out.splitlines()[1].endswith(f"#issuecomment-{remark.id}")
    fake.merge(pull, MERGE)
    code, out = run("github", "comment", "--page", file, "--commit", MERGE, "--json")
    assert (code, json.loads(out)["done"], json.loads(out)["exit_code"]) == (0, ["updated"], 0)


def test_comment_links_the_review_page_of_the_run(
    run: Run, fake: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    artifact = f"https://github.com/{fake.repository.name}/actions/runs/17/artifacts/9"
    pull = fake.pull("ada", head=HEAD)
    words = ("--page", save_page(tmp_path, page()), "--pull", str(pull))
    assert run("github", "comment", *words, "--review-page", artifact)[0] == 0
    assert f"The review page: [`plan.html`]({artifact})" in fake.said(pull)[0].body
    assert run("github", "comment", *words, "--review-page", "https://evil.example/9")[0] == 0
    assert "review page" not in fake.said(pull)[0].body


def test_comment_says_why_it_writes_nothing_and_what_is_odd(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    pull = fake.pull("ada")
    code, out = run("github", "comment", "--page", save_page(tmp_path, page(quiet=True)), "--pull", str(pull))
    why = "Why: there is nothing to tell, and no comment that says otherwise."
    assert (code, out) == (0, f"Nothing is written at GitHub.\n{why}\n")
    code, out = run(
        *("github", "comment", "--page", save_page(tmp_path, page()), "--pull", str(pull), "--author", "me")
    )
    assert (code, out.splitlines()[-1].startswith("warning: GitHub says that github-actions[bot] wrote it")) == (
        0,
        True,
    )


def test_every_flag_is_a_variable_too_and_an_empty_one_is_none(
    run: Run, fake: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_PAGE", save_page(tmp_path, page()))
    monkeypatch.setenv("RECONCILER_PULL", str(fake.pull("ada")))
    for name in ("COMMIT", "AUTHOR", "WORKFLOW", "JSON", "OUTPUTS"):
        monkeypatch.setenv(f"RECONCILER_{name}", "")
    assert run("github", "comment")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("comment", "--page", "page.json"),
        ("comment", "--page", "page.json", "--pull", "1", "--commit", MERGE),
        ("comment", "--page", "page.json", "--pull", "0"),
        ("comment", "--page", "page.json", "--commit", "main"),
        ("comment", "--page", "page.json", "--pull", "1", "--author", " "),
        ("issue",),
        ("issue", "--page", "page.json", "--stopped", "apply"),
        ("issue", "--stopped", "plan"),
        ("issue", "--stopped", "apply", "--assign", "goldcrust/marketing"),
        ("issue", "--stopped", "apply", "--mention", "ada](https://x)"),
        ("allow", "--commit", "abc1234"),
        ("reviewed", "--commit", MERGE),
        ("nonsense",),
    ],
)
def test_a_command_line_that_cannot_be_meant_calls_no_forge(
    run: Run, fake: FakeGitHub, arguments: tuple[str, ...]
) -> None:
    assert run("github", *arguments)[0] == 64
    assert fake.asked == []


def test_the_help_lists_the_commands(run: Run) -> None:
    code, out = run("github", "--help")
    names = [line.split()[0] for line in out.split("\nCommands:\n")[1].splitlines()]
    assert (code, names) == (0, ["comment", "issue", "allow", "gates", "reviewed", "propose"])


def test_issue_opens_the_issue(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    file = save_page(tmp_path, page(HandoverKind.DRIFT, moved=[("berlin", "about")]))
    code, out = run("github", "issue", "--page", file)
    assert (code, out.splitlines()[0]) == (0, "The issue #1: opened.")
    assert fake.repository.threads[1].title == "WhatsApp profiles differ from their files"
    assert json.loads(run("github", "issue", "--page", file, "--json")[1])["done"] == ["updated"]


def test_issue_takes_people_as_a_workflow_names_them(
    run: Run, fake: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_ASSIGN", "ada grace")
    monkeypatch.setenv("RECONCILER_MENTION", "@grace goldcrust/marketing")
    file = save_page(tmp_path, page(HandoverKind.DRIFT, moved=[("berlin", "about")]))
    assert run("github", "issue", "--page", file)[0] == 0
    thread = fake.repository.threads[1]
    assert (thread.assignees, str(thread.body).splitlines()[-1]) == (["ada", "grace"], "@grace @goldcrust/marketing")


def test_a_job_that_died_before_it_could_say_anything_is_said_in_the_issue(
    run: Run, fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SHA", MERGE)
    monkeypatch.setenv("RECONCILER_PAGE", "")
    code, out = run("github", "issue", "--stopped", "apply")
    assert (code, out.splitlines()[0]) == (0, "The issue #1: opened.")
    (thread,) = fake.repository.threads.values()
    assert thread.title == "WhatsApp profiles could not be applied"
    assert f"[`ccccccc`](https://github.com/goldcrust/profiles/commit/{MERGE})" in (thread.body or "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "it cannot be read: No such file or directory"),
        ("[]", "it is no JSON object, and a page is one"),
        (
            json.dumps({"format_version": "1.0", "kind": "plan", "text": ""}),
            "it is of plan, and this takes one of drift or apply",
        ),
    ],
)
def test_a_file_that_is_no_page_is_refused(
    run: Run, fake: FakeGitHub, tmp_path: Path, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "page.json").write_text(content)
    code, out = run("github", "issue", "--page", str(tmp_path / "page.json"), "--json")
    document = json.loads(out)
    assert (code, document["diagnostics"][0]["summary"], fake.asked) == (1, said, [])


@pytest.mark.parametrize("command", [("comment", "--pull", "1"), ("issue",)])
def test_the_page_of_one_shard_stands_for_no_whole(
    run: Run, fake: FakeGitHub, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = save_page(tmp_path, page(kind=HandoverKind.DRIFT))
    Path(file).write_text(json.dumps({**json.loads(Path(file).read_text()), "shard": "3/8"}))
    code, out = run("github", *command, "--page", file, "--json")
    (problem,) = json.loads(out)["diagnostics"]
    assert (code, problem["summary"]) == (1, "it is of shard 3/8 alone")
    assert problem["hint"] == "merge the shards: reconciler drift merge FILE... --report FOLDER"
    assert fake.repository.threads == {}


def test_allow_says_what_counts_as_text_as_outputs_and_as_a_summary(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    pull = fake.pull("ada", head=HEAD)
    fake.run("plan.yml", HEAD, at=NOON)
    for label, by in (
        ("allow-webhook", "grace"),
        ("allow-clear", "grace"),
        ("allow-bulk", "ada"),
        ("allow-|", "grace"),
    ):
        fake.label(pull, label, by=by, at=NOON + timedelta(minutes=1))
    fake.merge(pull, MERGE, at=NOON + timedelta(minutes=2))
    outputs, summary = tmp_path / "outputs", tmp_path / "summary"
    outputs.write_text("before=1\n")
    files = ("--outputs", str(outputs), "--summary", str(summary))
    code, out = run("github", "allow", "--commit", MERGE, *files)
    assert (code, out.splitlines()[0]) == (0, f"The labels of pull request {pull} let through: clear, webhook.")
    assert "  ✓ allow-clear  put on by grace at 2026-08-02T12:01Z" in out.splitlines()
    assert "  · allow-bulk  ignored: ada put it on, and may not write to this repository" in out.splitlines()
    assert outputs.read_text() == f"before=1\nallow=clear webhook\npull={pull}\n"
    table = summary.read_text().split("\n\n")[-2].splitlines()
    assert table[:3] == [
        "| label | what it does | put on by |",
        "| --- | --- | --- |",
        "| `allow-clear` | counts | `grace` |",
    ]
    assert table[-1].startswith(r"| `allow-\|` | ignored: it names nothing that can be let through; that is one of")
    document = json.loads(run("github", "allow", "--commit", MERGE, "--json")[1])
    ignored = {one["label"]: one for one in document["ignored"]}
    assert (document["rules"], ignored["allow-bulk"]["doubt"]) == (["clear", "webhook"], "not-a-writer")
    assert ignored["allow-bulk"]["why"] == "ada put it on, and may not write to this repository"


def test_allow_says_what_all_pull_requests_of_one_commit_let_through(run: Run, fake: FakeGitHub) -> None:
    fake.run("plan.yml", HEAD, at=NOON)
    pulls = [fake.pull("ada", head=HEAD) for _ in range(2)]
    fake.label(pulls[1], "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    for pull in pulls:
        fake.merge(pull, MERGE, at=NOON + timedelta(minutes=2))
    said = run("github", "allow", "--commit", MERGE)[1].splitlines()
    assert said[0] == "One commit merged pull requests 1 and 2. The labels that all of them have let through: nothing."
    why = "the same commit merged pull request 1, which has no such label that counts"
    assert said[-1] == f"  · allow-clear at pull request 2  ignored: {why}"


def test_allow_lets_nothing_through_for_a_direct_push(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    fake.repository.commits[MERGE] = []
    outputs, summary = tmp_path / "outputs", tmp_path / "summary"
    code, out = run("github", "allow", "--commit", MERGE, "--outputs", str(outputs), "--summary", str(summary))
    assert (code, out.splitlines()[0]) == (0, "No pull request: no label lets anything through.")
    assert outputs.read_text() == "allow=\npull=\n"
    assert summary.read_text().startswith("### Labels\n\nNo pull request: no label lets anything through.\n\n")


def test_a_deleted_account_s_label_is_ignored_without_a_name(run: Run, fake: FakeGitHub) -> None:
    pull = fake.pull("ada", head=HEAD)
    fake.label(pull, "allow-clear", by=None)
    fake.merge(pull, MERGE)
    out = run("github", "allow", "--commit", MERGE)[1]
    assert out.splitlines()[-1] == "  · allow-clear  ignored: GitHub does not say who put it on"
    assert f"The labels of pull request {pull} let through: nothing." in out


def test_gates_ends_with_three_until_a_label_counts(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    gate = {"gate": "clear", "rule": "ask", "summary": "address would be emptied", "hint": "", "profiles": []}
    number, plan = fake.pull("ada", head=HEAD), json.loads(PLAN) | {"gates": [gate]}
    planned = fake.run("plan.yml", HEAD, at=NOON)
    fake.artifact(planned, "reconciler-plan", archive(plan_json=json.dumps(plan).encode()))
    words, summary = ("github", "gates", "--pull", str(number)), tmp_path / "summary.md"
    code, out = run(*words, "--summary", str(summary))
    assert (code, out.splitlines()[0]) == (3, "The apply would stop at clear.")
    assert "Nothing is written at GitHub." in out
    assert summary.read_text().startswith("### Gates before the merge\n\n**Before the merge:** The apply would stop at")
    fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    code, out = run(*words, "--json")
    assert (code, json.loads(out)["gates"][0]["opened_by"]) == (0, ["grace"])


def test_reviewed_writes_the_plan_that_people_looked_at(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    fake.merge(fake.pull("ada", head=HEAD), MERGE, at=NOON + timedelta(minutes=2))
    made = fake.run("plan.yml", HEAD, at=NOON, attempt=2)
    fake.artifact(made, "reconciler-plan", archive(plan_json=PLAN))
    out = tmp_path / "plan.json"
    code, said = run("github", "reviewed", "--commit", MERGE, "--out", str(out))
    words = (
        f"The plan of pull request 1, made at 2026-08-02T12:00Z by run {made}, attempt 2 for aaaaaaa: written to {out}."
    )
    assert (code, said, out.read_bytes()) == (0, f"{words}\n", PLAN)
    document = json.loads(run("github", "reviewed", "--commit", MERGE, "--out", str(out), "--json")[1])
    assert (document["run"]["id"], document["exit_code"], "plan" in document) == (made, 0, False)
    assert run("github", "reviewed", "--commit", MERGE, "--out", str(tmp_path / "none" / "plan.json"))[0] == 1


def test_without_a_reviewed_plan_nothing_is_written(run: Run, fake: FakeGitHub, tmp_path: Path) -> None:
    fake.repository.commits[MERGE] = []
    out = tmp_path / "plan.json"
    code, said = run("github", "reviewed", "--commit", MERGE, "--out", str(out))
    why = "No reviewed plan of ccccccc counts: it is the merge of no pull request: it was pushed."
    assert (code, said, out.exists()) == (3, f"{why} Nothing was written to {out}.\n", False)
    document = json.loads(run("github", "reviewed", "--commit", MERGE, "--out", str(out), "--json")[1])
    assert (document["reasons"], document["exit_code"]) == (["stopped"], 3)


@pytest.mark.parametrize(
    "arguments",
    [
        ("comment", "--page", "PAGE", "--pull", "1"),
        ("issue", "--page", "PAGE"),
        ("allow", "--commit", MERGE),
        ("reviewed", "--commit", MERGE, "--out", "plan.json"),
    ],
)
def test_what_github_refuses_ends_with_six_and_shows_no_token(
    fake: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    from reconciler.cli import main

    fake.pull("ada")
    fake.token("a-token-of-a-job", {"contents": "read"})
    fake.tokens["job"] = fake.tokens["a-token-of-a-job"]
    file = save_page(tmp_path, page(HandoverKind.DRIFT, moved=[("berlin", "about")]))
    code = main(["-C", str(tmp_path), "github", *(file if word == "PAGE" else word for word in arguments)])
    said = capsys.readouterr().err
    assert (code, "Resource not accessible by integration" in said, "the job needs `permissions:`" in said) == (
        6,
        True,
        True,
    )
    assert "Bearer" not in said


def test_what_github_refuses_is_incomplete_in_the_document_too(run: Run, fake: FakeGitHub) -> None:
    fake.token("job", {"contents": "read"})
    document = json.loads(run("github", "allow", "--commit", MERGE, "--json")[1])
    assert (document["exit_code"], document["reasons"]) == (6, ["incomplete"])


def test_without_its_variables_a_command_says_all_that_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from reconciler.cli import main

    assert main(["-C", str(tmp_path), "github", "issue", "--page", save_page(tmp_path, page(HandoverKind.DRIFT))]) == 1
    said = capsys.readouterr().err
    assert ("GITHUB_REPOSITORY is not set" in said, "GITHUB_TOKEN is not set" in said) == (True, True)

"""One comment at a pull request, whatever is pushed, whoever is late, whatever else stands there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.reports.handover import COMMENT_BYTES, TEXT_BYTES, HandoverKind
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import ForgeAction, ForgeResult
from reconciler.forge.rules.comment import comment_parts
from tests.support.conversing import HEAD, HOME, JOB, MERGE, Talk, page
from tests.support.github import BOT, FakeGitHub


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        yield Talk(tmp_path, fake)


def bodies(talk: Talk, pull: int) -> list[str]:
    return [remark.body for remark in talk.fake.said(pull)]


def test_fifty_pushes_make_one_comment(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    told = [talk.comment(page(text=f"### Push {push}", quiet=push % 7 == 3), pull=pull) for push in range(50)]
    (body,) = bodies(talk, pull)
    assert body.splitlines()[1] == "### Push 49"
    assert [one.done for one in told] == [(ForgeAction.WRITTEN,), *[(ForgeAction.UPDATED,)] * 49]


def test_the_comment_says_what_it_is_and_which_run_wrote_it(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.environ["GITHUB_RUN_ATTEMPT"] = "2"
    told = talk.comment(page(), pull=pull, run=17)
    (body,) = bodies(talk, pull)
    assert body == (
        f'<!-- reconciler:comment {{"key":"","kind":"plan","run":17,"attempt":2,"commit":"{HEAD}"}} -->\n'
        "### 2 changes\n"
        "\n"
        f"Plan of commit [`aaaaaaa`]({HOME}/commit/{HEAD}) by [run 17]({HOME}/actions/runs/17), attempt 2\n"
    )
    assert (told.thing, told.number, told.done) == ("comment", pull, (ForgeAction.WRITTEN,))
    assert told.url.startswith(f"{HOME}/")


def test_a_page_of_an_older_run_is_left_out(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="Newer"), pull=pull, run=18)
    told = talk.comment(page(text="Older"), pull=pull, run=17)
    assert told == ForgeResult(
        thing="comment", number=pull, why="run 18 (attempt 1) is newer, and wrote the comment already"
    )
    assert "Newer" in bodies(talk, pull)[0]


FORGED = 9_007_199_254_740_992


@pytest.mark.parametrize(
    ("actions", "done"), [("read", (ForgeAction.UPDATED,)), ("none", ())], ids=["asked", "not allowed to"]
)
def test_an_invented_run_is_not_a_newer_one(talk: Talk, actions: str, done: tuple[ForgeAction, ...]) -> None:
    """Where the job may not ask whether there is such a run, the comment is believed."""
    pull = talk.fake.pull("ada")
    talk.comment(page(text="First"), pull=pull)
    (remark,) = talk.fake.said(pull)
    remark.body = (remark.body or "").replace('"run":1', f'"run":{FORGED}')
    talk.fake.token("job", {**JOB, "actions": actions})
    assert talk.comment(page(text="Second"), pull=pull).done == done
    assert ("Second" in bodies(talk, pull)[0]) is bool(done)


def test_where_github_does_not_say_whether_there_is_such_a_run_nothing_is_written(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="Newer"), pull=pull, run=18)
    talk.fake.trouble(401, path="/actions/runs/")
    with pytest.raises(ForgeProblem, match="cannot read workflow run 18"):
        talk.comment(page(text="Older"), pull=pull, run=17)


def test_what_is_wrong_with_the_files_takes_the_old_plan_s_place(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="The plan"), pull=pull)
    wrong = page(HandoverKind.VALIDATE, "### 1 error", exit_code=1)
    assert talk.comment(wrong, pull=pull).done == (ForgeAction.UPDATED,)
    (body,) = bodies(talk, pull)
    assert body.splitlines()[1:] == [
        "### 1 error",
        "",
        f"Check of commit [`aaaaaaa`]({HOME}/commit/{HEAD}) by [run 2]({HOME}/actions/runs/2)",
    ]
    assert talk.comment(page(HandoverKind.VALIDATE, "### No problems", quiet=True), pull=pull).done == ()
    assert talk.comment(page(HandoverKind.APPLY, "Applied", commit=MERGE), pull=pull, run=20).done == (
        ForgeAction.UPDATED,
    )
    assert "as it was reviewed" not in bodies(talk, pull)[0]
    assert talk.comment(wrong, pull=pull, run=19).why == "run 20 (attempt 1) is newer, and wrote the comment already"
    assert "Applied" in bodies(talk, pull)[0]


def test_nothing_to_tell_makes_no_comment(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    assert talk.comment(page(quiet=True), pull=pull).done == ()
    assert bodies(talk, pull) == []


def test_others_who_quote_the_comment_change_nothing(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="First"), pull=pull)
    quoted = bodies(talk, pull)[0].replace('"run":1', '"run":999')
    talk.fake.say(pull, "mallory", quoted)
    talk.comment(page(text="Second"), pull=pull)
    first, second = bodies(talk, pull)
    assert ("Second" in first, second) == (True, quoted)


def test_the_result_of_an_apply_goes_above_the_plan_as_it_was_reviewed(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="The plan"), pull=pull)
    plan = comment_parts(bodies(talk, pull)[0])[0]
    talk.fake.merge(pull, MERGE)
    told = talk.comment(page(HandoverKind.APPLY, "Failed", commit=MERGE), commit=MERGE)
    assert (told.number, told.done) == (pull, (ForgeAction.UPDATED,))
    talk.comment(page(HandoverKind.APPLY, "Applied", commit=MERGE), commit=MERGE)
    (body,) = bodies(talk, pull)
    assert comment_parts(body)[1].text.startswith(plan.text)
    assert body.partition("\n")[2].splitlines() == [
        "Applied",
        "",
        "<details><summary>The plan as it was reviewed</summary>",
        "",
        body.splitlines()[5],
        *plan.text.splitlines(),
        "",
        "</details>",
        "",
        f"Apply of commit [`ccccccc`]({HOME}/commit/{MERGE}) by [run 3]({HOME}/actions/runs/3)",
    ]
    talk.comment(page(text="A new plan"), pull=pull)
    assert [part.marker.kind for part in comment_parts(bodies(talk, pull)[0])] == [HandoverKind.PLAN]


@pytest.mark.parametrize(("plan", "result", "kept"), [(TEXT_BYTES, 900, "plan"), (TEXT_BYTES, TEXT_BYTES, "link")])
def test_a_plan_that_does_not_fit_beside_the_result_is_said_to_be_elsewhere(
    talk: Talk, plan: int, result: int, kept: str
) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="ä" * (plan // 2)), pull=pull, run=7)
    talk.comment(page(HandoverKind.APPLY, "x" * result), pull=pull, run=8)
    (body,) = bodies(talk, pull)
    assert len(body.encode()) <= COMMENT_BYTES
    assert ("ä" in body) is (kept == "plan")
    link = f"It does not fit here beside the result: it is in the summary of [run 7]({HOME}/actions/runs/7)."
    assert (link in body) is (kept == "link")


def test_a_page_that_is_longer_than_pages_are_is_not_cut_in_the_middle(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(text="The plan"), pull=pull, run=7)
    talk.comment(page(HandoverKind.APPLY, "x" * 70_000), pull=pull, run=8)
    (body,) = bodies(talk, pull)
    assert f"The result is too long for a comment: it is in the summary of [run 8]({HOME}/actions/runs/8)." in body


def test_a_commit_without_a_pull_request_gets_no_comment(talk: Talk) -> None:
    talk.fake.repository.commits[MERGE] = []
    told = talk.comment(page(HandoverKind.APPLY), commit=MERGE)
    assert told == ForgeResult(thing="comment", why="no merged pull request is known for cccccccccccc")


def test_a_comment_by_another_author_than_expected_is_reported(talk: Talk) -> None:
    """The next run looks for its own: it would write another one each time."""
    talk.fake.token("job", talk.fake.tokens["job"].permissions, author="our-app[bot]")
    told = talk.comment(page(), pull=talk.fake.pull("ada"))
    assert told.warning == (
        f"GitHub says that our-app[bot] wrote it, and the next run looks for one by {BOT}: it would not find it, and "
        f"write another; run with --author our-app[bot]"
    )


def test_a_page_that_calls_something_else_its_commit_links_nowhere(talk: Talk) -> None:
    pull = talk.fake.pull("ada")
    talk.comment(page(commit="](https://evil.example)"), pull=pull)
    assert bodies(talk, pull)[0].endswith(f"\nPlan by [run 1]({HOME}/actions/runs/1)\n")


def test_each_folder_of_a_repository_has_its_own_comment(talk: Talk) -> None:
    pull, top = talk.fake.pull("ada"), talk.root
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    for _ in range(2):
        for folder in ("north", "south", "x/" * 300):
            talk.root = top / folder
            talk.root.mkdir(parents=True, exist_ok=True)
            talk.comment(page(text=folder[:9]), pull=pull)
    found = [comment_parts(body)[0] for body in bodies(talk, pull)]
    assert [part.text.splitlines()[0] for part in found] == ["north", "south", "x/x/x/x/x"]
    assert [part.marker.key for part in found[:2]] == ["north", "south"]
    assert len(found[2].marker.key) == 64


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GITHUB_RUN_ID", "", "GITHUB_RUN_ID is no number"),
        ("GITHUB_RUN_ID", "-1", "GITHUB_RUN_ID is no number"),
        ("GITHUB_RUN_ATTEMPT", "first", "GITHUB_RUN_ATTEMPT is no number"),
        ("GITHUB_SERVER_URL", "https://evil.example/)", "GITHUB_SERVER_URL is no address of a server"),
    ],
)
def test_outside_of_a_job_nothing_is_written(talk: Talk, name: str, value: str, said: str) -> None:
    talk.environ[name] = value
    with pytest.raises(EnvironmentProblem, match=said):
        talk.comment(page(), pull=talk.fake.pull("ada"))


def test_a_run_says_what_the_job_lacks(talk: Talk) -> None:
    talk.fake.token("job", {"contents": "read"})
    with pytest.raises(ForgeProblem, match="pull-requests: read"):
        talk.comment(page(), pull=talk.fake.pull("ada"))

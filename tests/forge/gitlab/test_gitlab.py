"""The client of GitLab behind the port: what it asks, what it makes of the answers, and what it says of refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import Context
from reconciler.forge.gitlab.calls import GitLabPlace, gitlab_place, gitlab_server
from reconciler.forge.port import Artifact, BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun
from tests.support.effects import NOWHERE, Clock
from tests.support.gitlab import BOT, HEAD, PATH, PROJECT, SECRET, FakeGitLab
from tests.support.gitlab.asking import RUNNER, Work, ask, refused, world
from tests.support.gitlab.world import BEGINNING, Token

HOME = f"https://gitlab.example/{PATH}/-"
LATER = BEGINNING + timedelta(hours=1)


def test_notes_are_those_that_people_and_programs_wrote(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada")
    fake.say(number, "ada", "added 1 commit", system=True)
    made = ask(fake, lambda gitlab: gitlab.comment(number, "first"))
    assert made == Comment(made.id, BOT, "first", url=f"{HOME}/merge_requests/{number}#note_{made.id}")
    again = ask(fake, lambda gitlab: gitlab.edit_comment(number, made.id, "second"))
    assert ask(fake, lambda gitlab: gitlab.comments(number)) == (again,)
    assert (again.id, again.body) == (made.id, "second")


def test_a_list_is_read_to_its_end(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada")
    for more in range(230):
        fake.say(number, "ada", f"note {more}")
    found = ask(fake, lambda gitlab: gitlab.comments(number))
    assert [one.body for one in found] == [f"note {more}" for more in range(230)]
    assert len(fake.asked) == 3


def test_no_text_makes_gitlab_do_something(fake: FakeGitLab) -> None:
    number, body = fake.merge_request("ada"), "/merge\n\n  /label ~bug\n```\n/close\n```\r\n/assign me"

    async def write(gitlab: Any) -> None:
        note = await gitlab.comment(number, body)
        await gitlab.edit_comment(number, note.id, body)
        issue = await gitlab.open_issue("Drift", body)
        await gitlab.edit_issue(issue.number, body)
        await gitlab.comment_issue(issue.number, body)
        proposed = await gitlab.open_pull("Adopt", body, head="reconciler/adopt", base="main")
        await gitlab.edit_pull(proposed.number, body)

    ask(fake, write)
    assert fake.said(number)[0].body == "\\/merge\n\n  \\/label ~bug\n```\n\\/close\n```\r\n\\/assign me"


def test_the_issue_is_opened_with_its_label_and_its_people_closed_and_opened_again(fake: FakeGitLab) -> None:
    fake.person("grace", 30)
    made = ask(fake, lambda lab: lab.open_issue("Drift", "x", labels=("reconciler",), assignees=("grace",)))
    assert made == Issue(1, BOT, "Drift", "x", open=True, url=f"{HOME}/issues/1")
    assert fake.project.issues[1].assignees == [fake.project.accounts["grace"]]
    fake.issue("ada", labels="bug")
    assert ask(fake, lambda lab: lab.issues(label="reconciler")) == (made,)
    assert not ask(fake, lambda lab: lab.edit_issue(1, "y", opened=False)).open
    assert ask(fake, lambda lab: lab.edit_issue(1, "z", opened=True)).open
    assert ask(fake, lambda lab: lab.edit_issue(1, "z")).body == "z"
    assert ask(fake, lambda lab: lab.comment_issue(1, "done")).url.startswith(f"{HOME}/issues/1#note_")
    unknown = refused(fake, lambda lab: lab.open_issue("x", "y", assignees=("stranger",)))
    assert (unknown.status, str(unknown)) == (
        422,
        "cannot look up the account stranger: GitLab knows no such account",
    )


def test_labels_and_pushes_are_events_in_the_order_of_time(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada")
    fake.label(number, "allow-clear", by="grace", at=LATER + timedelta(minutes=1))
    fake.unlabel(number, "allow-clear", by="grace", at=LATER + timedelta(minutes=2))
    fake.label(number, "gone", by=None, at=LATER + timedelta(minutes=3))
    fake.project.label_events[-1].label = None
    fake.push(number, "b" * 40, by="ada", at=LATER)
    found = ask(fake, lambda gitlab: gitlab.events(number))
    assert [(one.kind, one.actor, one.label) for one in found[1:]] == [
        ("pushed", "", ""),
        ("labeled", "grace", "allow-clear"),
        ("unlabeled", "grace", "allow-clear"),
        ("labeled", "", ""),
    ]
    assert found[1] == PullEvent("pushed", LATER, "")


@pytest.mark.parametrize(
    ("level", "word"), [(50, "admin"), (40, "maintain"), (30, "write"), (20, "read"), (10, "read"), (5, "none")]
)
def test_a_role_is_a_permission(fake: FakeGitLab, level: int, word: str) -> None:
    fake.person("grace", level)
    assert permission(fake, "grace") == word


def permission(fake: FakeGitLab, login: str) -> str:
    """Return the permission of an account that put on a label."""
    number = fake.merge_request("ada")
    fake.label(number, "allow-clear", by=login)

    async def asked(gitlab: Any) -> str:
        await gitlab.events(number)
        found: str = await gitlab.permission(login)
        return found

    return ask(fake, asked)


def test_an_account_that_is_blocked_left_or_put_on_no_label_may_do_nothing(fake: FakeGitLab) -> None:
    fake.person("grace", 40)
    fake.project.blocked.add("grace")
    assert permission(fake, "grace") == "none"
    fake.person("eve", 0)
    assert permission(fake, "eve") == "none"
    assert ask(fake, lambda gitlab: gitlab.permission("grace")) == "none"
    fake.trouble(403, "403 Forbidden", path="/members/")
    fake.person("ada", 30)
    with pytest.raises(EnvironmentProblem, match="cannot ask what ada may do in the project"):
        permission(fake, "ada")


def test_a_merge_request_is_a_pull_request_whose_merge_stands_in_one_of_three_places(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada", description="why")
    assert ask(fake, lambda gitlab: gitlab.pull(number)) == Pull(
        number=number,
        author="ada",
        title="A change",
        body="why",
        open=True,
        merged_at=None,
        merge_commit=HEAD,
        head=HEAD,
        head_ref="change",
        head_repository=PATH,
        base_ref="main",
        url=f"{HOME}/merge_requests/{number}",
    )
    fake.merge(number, "c" * 40, at=LATER)
    squashed = fake.merge_request("ada", sha="d" * 40, branch="other")
    fake.merge(squashed, "e" * 40, squash=True)
    (merged,) = ask(fake, lambda gitlab: gitlab.pulls_of("c" * 40))
    assert (merged.merge_commit, merged.merged_at, merged.open) == ("c" * 40, LATER, False)
    assert ask(fake, lambda gitlab: gitlab.pull(squashed)).merge_commit == "e" * 40


def test_a_forks_branch_of_the_same_name_is_another_one(fake: FakeGitLab) -> None:
    fork, gone = (fake.merge_request("eve", branch="reconciler/adopt", source=source) for source in (43, None))
    own = ask(fake, lambda lab: lab.open_pull("Adopt", "x", head="reconciler/adopt", base="other"))
    found = ask(fake, lambda lab: lab.pulls(head="reconciler/adopt", base="main"))
    assert (found, own.head) == ((), fake.head_of("reconciler/adopt"))
    fake.project.merge_requests[own.number].target = "main"
    assert [one.number for one in ask(fake, lambda lab: lab.pulls(head="reconciler/adopt", base="main"))] == [3]
    assert ask(fake, lambda lab: lab.pull(fork)).head_repository == "project 43"
    assert ask(fake, lambda lab: lab.pull(gone)).head_repository == ""
    again = refused(fake, lambda lab: lab.open_pull("Adopt", "x", head="reconciler/adopt", base="main"))
    assert again.status == 409
    assert "Another open merge request already exists for this source branch" in str(again)
    assert ask(fake, lambda lab: lab.edit_pull(own.number, "y")).body == "y"


def test_pushes_are_of_the_branch_and_only_the_latest_are_looked_through(fake: FakeGitLab) -> None:
    fake.pushed("1" * 40, by="ada", at=BEGINNING)
    for _ in range(250):
        fake.pushed("9" * 40, by="bob", branch="other", at=LATER)
    fake.pushed(None, by="bob", branch=None, at=LATER)
    assert ask(fake, lambda lab: lab.pushes("change", enough=lambda _: True)) == (
        BranchPush("1" * 40, BEGINNING, "ada"),
    )
    assert len(fake.asked) == 3
    for _ in range(900):
        fake.pushed("9" * 40, by="bob", branch="other", at=LATER)
    assert ask(fake, lambda lab: lab.pushes("change", enough=lambda _: True)) == ()
    assert len(fake.asked) == 13


def planned(fake: FakeGitLab, number: int, *, back: bool = False) -> tuple[WorkflowRun, ...]:
    """Return the runs of the plan, as far back as another commit."""

    async def asked(lab: Any) -> tuple[WorkflowRun, ...]:
        pull = await lab.pull(number)
        if not back:
            found: tuple[WorkflowRun, ...] = await lab.plan_runs(pull, workflow="reconciler-plan")
            return found
        return tuple(
            await lab.plan_runs_back(pull, workflow="reconciler-plan", enough=lambda run: run.head != pull.head)
        )

    return ask(fake, asked)


def test_a_plan_is_the_newest_job_of_its_name_in_each_pipeline_of_the_last_commit(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada", sha="b" * 40)
    before = fake.pipeline(number, user="grace")
    fake.job(before)
    fake.push(number, HEAD, by="ada")
    # A pipeline without the plan, one of the fork's own, and one of the last commit, whose job was retried.
    fake.job(fake.pipeline(number), "lint")
    fake.job(fake.pipeline(number, project=43))
    pipeline = fake.pipeline(number, at=LATER)
    fake.job(pipeline, status="failed")
    job = fake.job(pipeline, finished=LATER + timedelta(minutes=2))
    (found,) = planned(fake, number)
    assert found == WorkflowRun(
        id=pipeline,
        attempt=job,
        path="reconciler-plan",
        event="pull_request",
        head=HEAD,
        branch="change",
        repository=PATH,
        head_repository=PATH,
        conclusion="success",
        created=LATER,
        updated=LATER + timedelta(minutes=2),
        actor="ada",
    )
    assert [(run.id, run.actor) for run in planned(fake, number, back=True)] == [(pipeline, "ada"), (before, "grace")]


@pytest.mark.parametrize(
    ("status", "conclusion"),
    [("failed", "failure"), ("canceled", "canceled"), ("skipped", "skipped"), ("running", ""), ("pending", "")],
)
def test_a_job_that_did_not_come_to_its_end_has_not_ended(fake: FakeGitLab, status: str, conclusion: str) -> None:
    number = fake.merge_request("ada")
    fake.job(fake.pipeline(number, user=None), status=status)
    (found,) = planned(fake, number)
    assert (found.conclusion, found.actor) == (conclusion, "")


def test_a_merged_result_is_a_plan_of_the_commit_that_was_proposed(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada")
    for sha, parents in (("d" * 40, ["b" * 40, HEAD]), ("e" * 40, ["b" * 40])):
        fake.project.parents[sha] = parents
        fake.job(fake.pipeline(number, sha=sha, ref=f"refs/merge-requests/{number}/merge"))
    # A commit with one parent is no merge, so what it holds is not known.
    assert [run.head for run in planned(fake, number, back=True)] == [""]
    fake.project.pipelines.popitem()
    assert [run.head for run in planned(fake, number)] == [HEAD]


def test_what_a_job_kept_is_read_by_its_path_and_may_be_gone(fake: FakeGitLab) -> None:
    pipeline = fake.pipeline(fake.merge_request("ada"))
    first = fake.job(pipeline, finished=LATER, files={"report/plan.json": b"{}", "report/page.json": b"x"})
    fake.job(pipeline)
    gone, kept = ask(fake, lambda lab: lab.artifacts(pipeline))
    assert kept == Artifact(first, "reconciler-plan", 3, expired=False, created=LATER)
    assert (gone.expired, gone.size) == (True, 0)
    assert ask(fake, lambda lab: lab.kept_file(kept, "plan.json", most=1_000)) == b"{}"
    assert ask(fake, lambda lab: lab.kept_file(gone, "plan.json", most=1_000)) == "it holds no report/plan.json"
    assert ask(fake, lambda lab: lab.run(pipeline)).id == pipeline
    large = refused(fake, lambda lab: lab.kept_file(kept, "plan.json", most=1))
    assert str(large).startswith(f"cannot fetch plan.json of job {first}: ")
    fake.trouble(403, "403 Forbidden")
    assert refused(fake, lambda lab: lab.kept_file(kept, "plan.json", most=1_000)).status == 403


def test_a_token_is_asked_whose_it_is(fake: FakeGitLab) -> None:
    assert ask(fake, lambda lab: lab.account()) == BOT
    assert ask(fake, lambda lab: nothing(lab.words.name, lab.repository)) == ("GitLab", PATH)


async def nothing(*said: str) -> tuple[str, ...]:
    return said


# Refusals


CASES: dict[str, tuple[Work[Any], Token, str]] = {
    "reads": (lambda lab: lab.comments(1), Token(level=0), "the scope `read_api` or `api`, and the role Reporter"),
    "writes": (lambda lab: lab.comment(1, "x"), Token(scopes=("read_api",)), "the scope `api` and the role Reporter"),
    "proposes": (
        lambda lab: lab.open_pull("x", "y", head="x", base="main"),
        Token(level=20),
        "the scope `api` and the role Developer",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_token_that_may_not_is_told_what_it_needs(fake: FakeGitLab, name: str) -> None:
    work, token, needs = CASES[name]
    fake.merge_request("ada")
    fake.tokens["glpat-weak"] = token
    problem = refused(fake, work, token="glpat-weak")
    assert problem.status == 403
    assert "GitLab answers 403, 403 Forbidden" in str(problem)
    assert str(problem).endswith(f"; the token needs {needs}")


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (
            401,
            "401 Unauthorized",
            "401 Unauthorized; the token in RECONCILER_GITLAB_TOKEN is wrong, expired or revoked",
        ),
        (404, "404 Project Not Found", "404 Project Not Found; it is not there, or the token may not see it: it needs"),
        (302, "moved", "302, moved; the project has another address now"),
        (400, {"body": ["is too long", "is odd"], "n": 7}, "400, body is too long; body is odd"),
        (400, ["one", 2, "three"], "400, one; three"),
        (400, 7, "400"),
    ],
)
def test_a_refusal_is_said_in_gitlabs_words_and_with_what_to_do(
    fake: FakeGitLab, status: int, message: object, said: str
) -> None:
    fake.trouble(status, message)
    problem = refused(fake, lambda lab: lab.comments(1))
    assert problem.status == status
    assert str(problem).startswith("cannot read the notes of !1: GitLab answers")
    assert said in str(problem)
    assert SECRET not in str(problem)


def test_a_limit_is_waited_for_as_long_as_gitlab_asks(fake: FakeGitLab) -> None:
    number, clock = fake.merge_request("ada"), Clock()
    fake.trouble(429, "Too many", headers={"retry-after": "7"})
    assert ask(fake, lambda lab: lab.comment(number, "x"), clock=clock).body == "x"
    assert clock.slept == [7.0]
    reset = str(int(BEGINNING.timestamp()) + 20)
    fake.trouble(429, "Too many", headers={"ratelimit-remaining": "0", "ratelimit-reset": reset})
    assert ask(fake, lambda lab: lab.comments(number), clock=(again := Clock()))
    assert again.slept == [21.0]
    fake.trouble(429, "Too many", headers={"retry-after": "9000"})
    problem = refused(fake, lambda lab: lab.comments(number), clock=Clock())
    assert "GitLab takes no more calls with this token before" in str(problem)


def test_nothing_that_gitlab_may_have_done_is_done_twice(fake: FakeGitLab) -> None:
    number = fake.merge_request("ada")
    fake.trouble(502, "Bad gateway")
    problem = refused(fake, lambda lab: lab.comment(number, "x"))
    assert "GitLab may have done it all the same: look before you run it again" in str(problem)
    assert len(fake.asked) == 1
    fake.trouble(502, "Bad gateway", times=2)
    assert ask(fake, lambda lab: lab.comments(number)) == ()


# Where the token may go


def wrong(**environ: str) -> str:
    with pytest.raises(EnvironmentProblem) as found:
        gitlab_place(world(None, **environ))
    return str(found.value)


def test_the_runners_variables_are_the_place() -> None:
    place = gitlab_place(world())
    expected = GitLabPlace(PATH, str(PROJECT), "https://gitlab.example/api/v4", home=HOME, token=SECRET)
    assert place == expected
    assert SECRET not in f"{place!r} {gitlab_server(place, context=world())!r}"
    assert gitlab_server(place, context=world()).project == f"/api/v4/projects/{PROJECT}/"


def test_elsewhere_it_says_that_it_is_for_gitlab() -> None:
    with pytest.raises(EnvironmentProblem, match="this command is for a job at GitLab"):
        gitlab_place(Context(NOWHERE, {**RUNNER, "GITLAB_CI": ""}))


def test_everything_that_is_missing_is_said_at_once_and_no_token_with_it() -> None:
    said = wrong(CI_PROJECT_ID="", CI_PROJECT_PATH="", CI_API_V4_URL="", RECONCILER_GITLAB_TOKEN="")
    for part in (
        "CI_PROJECT_ID is no number: ''",
        "CI_PROJECT_PATH is not group/name: ''",
        "CI_API_V4_URL is no address",
    ):
        assert part in said
    assert "RECONCILER_GITLAB_TOKEN is not set: make a project access token with the scope `api`" in said
    assert wrong(RECONCILER_GITLAB_TOKEN=f"{SECRET} x").endswith("a space, or a character beyond ASCII")


@pytest.mark.parametrize("path", ["profiles", "../profiles", "a/..", "a/./b", "a//b", "a b/c", "a/b?c", "/a/b"])
def test_a_project_is_a_path_of_groups_and_a_name(path: str) -> None:
    assert "CI_PROJECT_PATH is not group/name" in wrong(CI_PROJECT_PATH=path)


@pytest.mark.parametrize("api", ["https://evil.example/api/v4", "https://gitlab.example:8443/api/v4"])
def test_the_token_goes_to_the_server_of_the_runner_only(api: str) -> None:
    assert "CI_API_V4_URL and CI_SERVER_URL name two servers" in wrong(CI_API_V4_URL=api)
    below = world(None, CI_SERVER_URL="https://gitlab.example/lab", CI_API_V4_URL="https://gitlab.example/lab/api/v4")
    assert gitlab_server(gitlab_place(below), context=below).prefix == "/lab/api/v4/"
    here = {"CI_SERVER_URL": "http://127.0.0.1:1", "CI_API_V4_URL": "http://127.0.0.1:1/api/v4"}
    assert "CI_API_V4_URL is plain http: set RECONCILER_ALLOW_ENDPOINT=http://127.0.0.1:1" in wrong(**here)

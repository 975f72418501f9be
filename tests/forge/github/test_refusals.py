"""What GitHub refuses: each refusal says which call, GitHub's own words, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.forge.exchange import ForgeProblem
from tests.support.github import BOT, FakeGitHub
from tests.support.github.asking import Work, ask, refused

HEAD = "a" * 40

# What a job may not do


CALLS: dict[str, tuple[Work[Any], str, str]] = {
    "comments": (lambda github: github.comments(1), "pull-requests", "read"),
    "comment": (lambda github: github.comment(1, "x"), "pull-requests", "write"),
    "edit_comment": (lambda github: github.edit_comment(1, 1001, "x"), "pull-requests", "write"),
    "issues": (lambda github: github.issues(label="x"), "issues", "read"),
    "open_issue": (lambda github: github.open_issue("x", "y"), "issues", "write"),
    "edit_issue": (lambda github: github.edit_issue(2, "x"), "issues", "write"),
    "events": (lambda github: github.events(1), "issues", "read"),
    "pushes": (lambda github: github.pushes("change", enough=lambda _: True), "contents", "read"),
    "pulls": (lambda github: github.pulls(head="x", base="main"), "pull-requests", "read"),
    "pulls_of": (lambda github: github.pulls_of(HEAD), "contents", "read"),
    "open_pull": (lambda github: github.open_pull("x", "y", head="x", base="main"), "pull-requests", "write"),
    "edit_pull": (lambda github: github.edit_pull(1, "x"), "pull-requests", "write"),
    "run": (lambda github: github.run(1002), "actions", "read"),
    "runs": (lambda github: github.runs("plan.yml", head=HEAD, event="push"), "actions", "read"),
    "branch_runs": (
        lambda github: github.branch_runs("plan.yml", branch="change", event="push", enough=lambda _: True),
        "actions",
        "read",
    ),
    "artifacts": (lambda github: github.artifacts(1002), "actions", "read"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_job_without_the_permission_is_told_which_one_it_needs(fake: FakeGitHub, name: str) -> None:
    work, scope, level = CALLS[name]
    number = fake.pull("anna")
    fake.issue("anna")
    fake.say(number, BOT, "x")
    fake.run("plan.yml", HEAD)
    others = {one: "write" for one in ("actions", "contents", "issues", "pull-requests") if one != scope}
    # What is said in a pull request may be written with `issues: write` too.
    lacking = {} if scope == "pull-requests" else others
    problem = refused(fake, work, permissions=lacking)
    assert problem.status == 403
    assert str(problem).startswith("cannot ")
    assert "GitHub answers 403, Resource not accessible by integration; the job needs `permissions:` with" in str(
        problem
    )
    assert f"`{scope}: {level}`" in str(problem)
    ask(fake, work, permissions={**others, scope: level} if name == "pulls_of" else {scope: level})


# What GitHub refuses


def test_a_text_that_is_too_long_is_refused_in_githubs_words(fake: FakeGitHub) -> None:
    number = fake.pull("anna")
    assert ask(fake, lambda github: github.comment(number, "x" * 65_536)).body == "x" * 65_536
    problem = refused(fake, lambda github: github.comment(number, "x" * 65_537))
    assert problem.status == 422
    assert str(problem) == (
        "cannot write a comment to #1: GitHub answers 422, Validation Failed; "
        "body is too long (maximum is 65536 characters)"
    )


def test_a_second_pull_request_from_one_branch_is_refused_in_githubs_words(fake: FakeGitHub) -> None:
    fake.pull("anna", branch="adopt")
    problem = refused(fake, lambda github: github.open_pull("x", "y", head="adopt", base="main"))
    assert problem.status == 422
    assert "A pull request already exists for goldcrust:adopt." in str(problem)


def test_a_pull_request_from_a_branch_that_is_not_there_is_refused(fake: FakeGitHub) -> None:
    fake.head_of = lambda _: None
    problem = refused(fake, lambda github: github.open_pull("x", "y", head="adopt", base="main"))
    assert str(problem).endswith("GitHub answers 422, Validation Failed; PullRequest head invalid")


def test_where_actions_may_not_open_pull_requests_the_setting_is_named(fake: FakeGitHub) -> None:
    fake.repository.actions_may_open_pulls = False
    problem = refused(fake, lambda github: github.open_pull("x", "y", head="adopt", base="main"))
    assert problem.status == 403
    assert "tick `Allow GitHub Actions to create and approve pull requests`" in str(problem)
    assert "Settings → Actions → General" in str(problem)


@pytest.mark.parametrize(
    ("work", "path"),
    [
        (lambda github: github.comments(9), "comments of #9"),
        (lambda github: github.edit_pull(9, "x"), "pull request #9"),
    ],
)
def test_what_is_not_there_or_not_to_be_seen_is_one_answer(fake: FakeGitHub, work: Work[Any], path: str) -> None:
    problem = refused(fake, work)
    assert problem.status == 404
    assert f"{path}: GitHub answers 404, Not Found; it is not there, or the token may not see it: " in str(problem)


def test_a_token_that_is_not_known_is_refused(fake: FakeGitHub) -> None:
    number = fake.pull("anna")
    fake.trouble(401, message="Bad credentials")
    problem = refused(fake, lambda github: github.comments(number))
    assert str(problem) == (
        "cannot read the comments of #1: GitHub answers 401, Bad credentials; "
        "the token in GITHUB_TOKEN is wrong or no longer valid: that of a job ends with the job"
    )


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_a_name_that_leads_elsewhere_is_not_asked_about(fake: FakeGitHub, name: str) -> None:
    with pytest.raises(EnvironmentProblem, match="is no name that GitHub can be asked about") as found:
        ask(fake, lambda github: github.runs(name, head=HEAD, event="push"))
    assert not isinstance(found.value, ForgeProblem)
    assert fake.asked == []

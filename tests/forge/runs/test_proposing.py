"""What differs below profiles/ becomes one commit on our branch and one pull request, however often it is run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.forge.rules.merge import Proposal, ProposalAction
from reconciler.forge.runs.propose import NotProposed, propose_run
from tests.support.github import FakeGitHub
from tests.support.proposing import BRANCH, Desk

MAY = {"contents": "write", "pull-requests": "write"}
UNCHECKED = "The checks of this pull request wait: a workflow's own token opened it."


@pytest.fixture
def fake(clone: Desk) -> Iterator[FakeGitHub]:
    """A GitHub whose branches are those of the clone's remote."""
    with FakeGitHub() as made:
        made.token("t", MAY)
        made.head_of = lambda branch: (
            clone.remote("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None
        )
        yield made


def run(clone: Desk, fake: FakeGitHub, *, page: str = "", author: str = "", **environ: str) -> Proposal:
    """Propose."""
    context = replace(clone.context, environ={**clone.context.environ, **environ})
    shown = Handover(kind=HandoverKind.DRIFT, text=page) if page else None
    more = {"author": author} if author else {}

    async def main() -> Proposal:
        async with fake.github("t", context=context) as github:
            return await propose_run(context, github, page=shown, **more)

    return asyncio.run(main())


def bodies(fake: FakeGitHub) -> list[str | None]:
    """Return the text of each pull request."""
    return [thread.body for thread in fake.repository.threads.values()]


def test_what_differs_becomes_a_commit_and_a_pull_request(clone: Desk, fake: FakeGitHub) -> None:
    report = run(clone, fake, page="### Drift: 1 field")
    assert report == Proposal(
        branch=BRANCH,
        base="main",
        became=ProposalAction.OPENED,
        files=("profiles/berlin.yaml",),
        commit=clone.pushed(),
        pull=1,
        url=f"https://github.com/{fake.repository.name}/pull/1",
    )
    (thread,) = fake.repository.threads.values()
    assert (thread.title, thread.pull and thread.pull.head) == ("Adopt what was changed on WhatsApp", report.commit)
    body = thread.body or ""
    assert "1 file:\n\n* `profiles/berlin.yaml`\n" in body
    assert UNCHECKED in body
    assert body.endswith("\n\n---\n\n### Drift: 1 field")
    assert clone.remote("log", "-1", "--format=%s%n%n%b", BRANCH).splitlines() == [
        "Adopt what was changed on WhatsApp",
        "",
        "1 file below profiles/ changed by `reconciler drift --adopt`.",
        "",
        "Proposed-By: reconciler github propose",
    ]


def test_each_folder_has_a_branch_of_its_own_unless_one_is_named(clone: Desk, fake: FakeGitHub) -> None:
    clone.write("shops/staging/profiles/munich.yaml")
    context = replace(clone.context, root=clone.root / "shops" / "staging")

    async def main(branch: str) -> Proposal:
        async with fake.github("t", context=context) as github:
            return await propose_run(context, github, branch=branch)

    assert asyncio.run(main("")).branch == "reconciler/adopt-shops-staging"
    assert asyncio.run(main("reconciler/mine")).branch == "reconciler/mine"


def test_where_nothing_differs_nothing_is_pushed_and_github_is_not_asked(clone: Desk, fake: FakeGitHub) -> None:
    clone.git("checkout", "-q", "--", "profiles")
    assert run(clone, fake) == Proposal(branch=BRANCH, base="main")
    assert (clone.pushed(), fake.asked) == ("", [])


def test_the_same_again_changes_nothing(clone: Desk, fake: FakeGitHub) -> None:
    first = run(clone, fake)
    fake.repository.threads[1].body = "Somebody's own words"
    assert run(clone, fake, page="Other") == replace(first, became=ProposalAction.KEPT)
    assert bodies(fake) == ["Somebody's own words"]


def test_what_is_new_goes_into_the_pull_request_that_is_open_and_its_title_stays(clone: Desk, fake: FakeGitHub) -> None:
    first = run(clone, fake)
    fake.repository.threads[1].title = "Ours"
    clone.write("profiles/munich.yaml")
    again = run(clone, fake, page="Two fields")
    assert (again.became, again.pull, again.commit != first.commit) == (ProposalAction.UPDATED, 1, True)
    assert "2 files:\n" in (bodies(fake)[0] or "")
    assert fake.repository.threads[1].title == "Ours"


def test_a_pull_request_that_is_closed_is_not_the_one(clone: Desk, fake: FakeGitHub) -> None:
    run(clone, fake)
    fake.close(1, by="owner")
    again = run(clone, fake)
    assert (again.became, again.pull) == (ProposalAction.OPENED, 2)


def test_one_from_another_branch_or_to_another_base_is_not_the_one(clone: Desk, fake: FakeGitHub) -> None:
    fake.pull("somebody", branch=BRANCH, base="other")
    fake.pull("somebody", branch="other")
    fake.pull("somebody", branch=BRANCH, fork="stranger/profiles")
    assert run(clone, fake).pull == 4


def test_the_base_is_the_branch_that_the_workflow_runs_for(clone: Desk, fake: FakeGitHub) -> None:
    assert run(clone, fake, GITHUB_REF_NAME="trunk").base == "trunk"


def test_another_token_than_the_workflows_own_has_its_checks(clone: Desk, fake: FakeGitHub) -> None:
    fake.token("t", MAY, author="our-app[bot]")
    run(clone, fake, author="our-app[bot]")
    assert UNCHECKED not in (bodies(fake)[0] or "")


@pytest.mark.parametrize("server", ["", "https://git.example/"])
def test_where_actions_may_open_none_the_branch_stays_and_the_link_to_open_it_is_said(
    clone: Desk, fake: FakeGitHub, server: str
) -> None:
    fake.repository.actions_may_open_pulls = False
    with pytest.raises(NotProposed) as raised:
        run(clone, fake, GITHUB_SERVER_URL=server)
    said = str(raised.value)
    assert raised.value.exit_code == 6
    assert "GitHub Actions is not permitted to create or approve pull requests" in said
    assert said.endswith(
        f"; the branch {BRANCH} is pushed and stays, and the pull request can be opened by hand at "
        f"{server.rstrip('/') or 'https://github.com'}/{fake.repository.name}/compare/main...{BRANCH}?expand=1"
    )
    assert clone.pushed() != ""
    fake.repository.actions_may_open_pulls = True
    assert run(clone, fake).became is ProposalAction.OPENED


def test_a_branch_that_is_not_ours_is_refused_before_anything_is_done(clone: Desk, fake: FakeGitHub) -> None:
    with pytest.raises(EnvironmentProblem, match="is no branch to propose on"):
        run(clone, fake, GITHUB_REF_NAME=BRANCH)
    assert (clone.pushed(), fake.asked) == ("", [])

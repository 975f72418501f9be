"""The plan that people looked at before a merge, out of a run's artifact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.core.planning.plan import Plan
from reconciler.core.safety.gates import PlanReport
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.rules.merge import NotReviewed, ReviewedRun
from reconciler.forge.runs import merge
from reconciler.forge.runs.merge import reviewed_run_of
from reconciler.render.json import dumps, plan_json
from tests.support.conversing import HEAD, MERGE, NOON, Talk, archive
from tests.support.github import FakeGitHub

PLAN = dumps(plan_json(PlanReport(plan=Plan(targets=())))).encode()
STOPPED = json.dumps({"format_version": "2.0", "errored": True}).encode()


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        fake.merge(fake.pull("ada", head=HEAD), MERGE, at=NOON + timedelta(hours=1))
        yield Talk(tmp_path, fake)


def reviewed(talk: Talk) -> ReviewedRun | NotReviewed:
    return talk.ask(
        lambda context, github: reviewed_run_of(
            context, github, commit=MERGE, workflow="plan.yml", artifact="reconciler-plan"
        )
    )


def test_without_a_name_it_is_the_artifact_of_the_folder(talk: Talk) -> None:
    store(talk, PLAN)
    found = talk.ask(
        lambda context, github: reviewed_run_of(context, github, commit=MERGE, workflow="plan.yml", artifact="")
    )
    assert isinstance(found, ReviewedRun)


def store(talk: Talk, plan: bytes, conclusion: str = "success") -> int:
    """Keep a plan as a run of the workflow does, and return the run."""
    run = talk.fake.run("plan.yml", HEAD, conclusion=conclusion)
    talk.fake.artifact(run, "reconciler-plan", archive(plan_json=plan, page_json=b"{}"))
    return run


def test_the_plan_is_that_of_the_newest_run_that_left_one(talk: Talk) -> None:
    """Whatever became of the run's other jobs: GitHub may have refused the comment."""
    left = ((PLAN, "success"), (PLAN, "failure"), (STOPPED, "failure"), (PLAN, "cancelled"))
    made = [store(talk, plan, conclusion) for plan, conclusion in left]
    talk.fake.run("plan.yml", HEAD, conclusion="failure")
    found = reviewed(talk)
    assert isinstance(found, ReviewedRun)
    assert (found.plan, found.pull, found.run.head, found.run.id) == (PLAN, 1, HEAD, made[1])


def test_what_is_no_plan_is_none_and_the_newest_says_why(talk: Talk) -> None:
    run = [store(talk, plan, "failure") for plan in (b"[]", STOPPED)][-1]
    why = f"the artifact reconciler-plan of run {run} is not used: plan.json: digest is missing"
    assert reviewed(talk) == NotReviewed(why=why)


def test_a_stranger_s_run_an_old_artifact_or_an_odd_one_is_none(talk: Talk) -> None:
    talk.fake.run("plan.yml", HEAD, fork="eve/profiles")
    assert reviewed(talk) == NotReviewed(why="no run of plan.yml is known for its last commit aaaaaaa")
    run = talk.fake.run("plan.yml", HEAD)
    assert reviewed(talk) == NotReviewed(why=f"run {run} has no artifact reconciler-plan")
    talk.fake.artifact(run, "reconciler-plan", archive(page_json=b"{}"))
    why = f"the artifact reconciler-plan of run {run} is not used: it holds 0 files plan.json, and one is needed"
    assert reviewed(talk) == NotReviewed(why=why)


def test_a_direct_push_was_not_reviewed(talk: Talk) -> None:
    talk.environ["GITHUB_REF_NAME"] = "release"
    assert reviewed(talk) == NotReviewed(why="it is the merge of no pull request: it was pushed")


def test_a_plan_beyond_all_measure_is_none(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "LARGEST_PLAN", 1024 * 1024)
    store(talk, PLAN.ljust(1024 * 1024 - 400))
    assert isinstance(reviewed(talk), ReviewedRun)
    store(talk, PLAN.ljust(1024 * 1024))
    with pytest.raises(ForgeProblem, match="1048576 are the most that is read"):
        reviewed(talk)

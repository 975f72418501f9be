"""The plan that people looked at before a merge, out of a run's artifact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.reviewed import Reviewed, Unreviewed
from reconciler.pipeline.github import reviewing
from reconciler.pipeline.github.reviewing import reviewed_run_of
from tests.support.conversing import HEAD, MERGE, Talk, archive
from tests.support.github import FakeGitHub

PLAN = b'{"format_version": "1.0"}'


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        fake.merge(fake.pull("ada", head=HEAD), MERGE)
        yield Talk(tmp_path, fake)


def reviewed(talk: Talk) -> Reviewed | Unreviewed:
    return talk.ask(
        lambda context, github: reviewed_run_of(
            context, github, commit=MERGE, workflow="plan.yml", artifact="reconciler-plan"
        )
    )


def test_the_plan_is_that_of_the_newest_run_that_ended_well(talk: Talk) -> None:
    for plan, conclusion in ((b"{}", "success"), (PLAN, "success"), (b"[]", "failure")):
        run = talk.fake.run("plan.yml", HEAD, conclusion=conclusion)
        talk.fake.artifact(run, "reconciler-plan", archive(plan_json=plan, page_json=b"{}"))
    found = reviewed(talk)
    assert isinstance(found, Reviewed)
    assert (found.plan, found.pull, found.run.head) == (PLAN, 1, HEAD)


def test_a_stranger_s_run_an_old_artifact_or_an_odd_one_is_none(talk: Talk) -> None:
    talk.fake.run("plan.yml", HEAD, fork="eve/profiles")
    assert reviewed(talk) == Unreviewed(why="no run of plan.yml is known for its last commit aaaaaaa")
    run = talk.fake.run("plan.yml", HEAD)
    assert reviewed(talk) == Unreviewed(why=f"run {run} has no artifact reconciler-plan")
    talk.fake.artifact(run, "reconciler-plan", archive(page_json=b"{}"))
    why = f"the artifact reconciler-plan of run {run} is not used: it holds 0 files plan.json, and one is needed"
    assert reviewed(talk) == Unreviewed(why=why)


def test_a_direct_push_was_reviewed_by_nobody(talk: Talk) -> None:
    talk.environ["GITHUB_REF_NAME"] = "release"
    assert reviewed(talk) == Unreviewed(why="it is the merge of no pull request: somebody pushed it")


def test_a_plan_beyond_all_measure_is_none(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "LARGEST", 1024 * 1024)
    run = talk.fake.run("plan.yml", HEAD)
    talk.fake.artifact(run, "reconciler-plan", archive(plan_json=b" " * (1024 * 1024 - 200)))
    assert isinstance(reviewed(talk), Reviewed)

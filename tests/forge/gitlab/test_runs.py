"""What the commands do at GitLab, through the same runs as at GitHub: notes, issues, gates, the reviewed plan."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.core.planning.plan import Plan
from reconciler.core.reports.handover import HandoverKind
from reconciler.core.safety.gates import PlanReport
from reconciler.effects.world import Context
from reconciler.forge.gitlab.calls import gitlab_place
from reconciler.forge.gitlab.client import GitLab
from reconciler.forge.port import Forge, ForgeAction, ForgeResult, People
from reconciler.forge.rules.gates import GatesResult
from reconciler.forge.rules.labels import LabelDoubt
from reconciler.forge.rules.merge import NotReviewed, ReviewedRun
from reconciler.forge.runs.comment import comment_run
from reconciler.forge.runs.gates import GatesRequest, gates_run, note_run
from reconciler.forge.runs.issue import issue_run
from reconciler.forge.runs.merge import allow_run, reviewed_run_of
from reconciler.forge.text.gates import gates_text
from reconciler.render.json import dumps, plan_json
from tests.support.conversing import page
from tests.support.gitlab import BOT, HEAD, FakeGitLab
from tests.support.gitlab.asking import world
from tests.support.gitlab.world import BEGINNING
from tests.support.repository import Git

T = TypeVar("T")
MERGE = "c" * 40
JOB = "reconciler-plan"
GATE = {"gate": "clear", "rule": "ask", "summary": "an address would be emptied", "hint": "", "profiles": ["x"]}
PLAN: dict[str, Any] = {"gates": [GATE], "base": MERGE, "complete": True, "errored": False, "targets": []}
WHOLE = dumps(plan_json(PlanReport(plan=Plan(targets=())))).encode()


def at(minutes: int) -> Any:
    return BEGINNING + timedelta(minutes=minutes)


@dataclass
class Lab:
    """A merge request of ada's, which ada pushed, and the clone in which the jobs run."""

    root: Path
    fake: FakeGitLab
    number: int = 0
    pipeline: int = 4711

    def ask(self, work: Callable[[Context, Forge], Awaitable[T]]) -> T:
        """Run one command's work in a job of the pipeline."""
        context = replace(world(None, CI_PIPELINE_ID=str(self.pipeline)), root=self.root)

        async def run() -> T:
            async with GitLab(gitlab_place(context), context=context, app=self.fake.app) as gitlab:
                return await work(context, gitlab)

        return asyncio.run(run())

    def planned(self, *, ended: int = 10, plan: bytes = b"", user: str = "ada") -> int:
        """Have a pipeline plan the last commit until so many minutes after noon; returns its number."""
        made = self.fake.pipeline(self.number, at=at(ended - 5), user=user)
        files = {"report/plan.json": plan or json.dumps(PLAN).encode()}
        self.fake.job(made, JOB, finished=at(ended), files=files)
        return made

    def note(self, result: GatesResult) -> ForgeResult:
        """Write the result of the check above the plan."""
        return self.ask(lambda context, forge: note_run(context, forge, result, author=BOT))

    def comment(self) -> ForgeResult:
        """Write a plan into the note of the merge request."""
        return self.ask(lambda context, forge: comment_run(context, forge, page=page(), author=BOT, pull=self.number))

    def check(self) -> GatesResult:
        """Judge the gates."""
        wanted = GatesRequest(self.number, "HEAD^1", JOB, JOB)
        return self.ask(lambda context, forge: gates_run(context, forge, wanted))

    def doubts(self) -> list[LabelDoubt]:
        """Return why the labels do not count, whether the check stays red."""
        found = self.check()
        assert found.passes == (not found.allowed.ignored)
        return [one.doubt for one in found.allowed.ignored]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    git = Git(tmp_path)
    (tmp_path / "profiles").mkdir()
    git.commit()
    (tmp_path / "profiles" / "berlin.yaml").write_text("account: shops\n")
    git.commit()
    with FakeGitLab() as fake:
        for login, level in (("ada", 30), ("grace", 30), ("bob", 40), ("rep", 20)):
            fake.person(login, level)
        lab = Lab(tmp_path, fake)
        lab.number = fake.merge_request("ada")
        fake.project.merge_requests[lab.number].versions = [(HEAD, at(0))]
        fake.pushed(HEAD, by="ada", at=at(0))
        yield lab


def test_a_gate_is_closed_until_a_label_of_another_developer_comes_after_the_plan(lab: Lab) -> None:
    run = lab.planned()
    found = lab.check()
    assert (found.passes, found.run, [gate.stands for gate in found.gates]) == (False, run, [True])
    lab.fake.label(lab.number, "allow-clear", by="grace", at=at(11))
    found = lab.check()
    assert found.passes
    assert found.allowed.rules == ("clear",)


@pytest.mark.parametrize(
    ("by", "minutes", "doubt"),
    [
        ("ada", 11, LabelDoubt.AUTHOR),
        ("rep", 11, LabelDoubt.NOT_A_WRITER),
        ("eve", 11, LabelDoubt.NOT_A_WRITER),
        (BOT, 11, LabelDoubt.PROGRAM),
        ("group_7_bot", 11, LabelDoubt.PROGRAM),
        (None, 11, LabelDoubt.ACTOR_UNKNOWN),
        ("grace", 9, LabelDoubt.BEFORE_PLAN),
    ],
)
def test_a_label_that_does_not_count_has_its_reason(lab: Lab, by: str | None, minutes: int, doubt: LabelDoubt) -> None:
    lab.planned()
    lab.fake.label(lab.number, "allow-clear", by=by, at=at(minutes))
    assert lab.doubts() == [doubt]


def test_who_pushed_last_has_no_say_and_neither_has_who_started_the_first_plan_of_it(lab: Lab) -> None:
    lab.planned()
    lab.fake.push(lab.number, "b" * 40, by="grace", at=at(20))
    lab.planned(ended=30, user="bob")
    lab.fake.label(lab.number, "allow-clear", by="grace", at=at(31))
    assert lab.doubts() == [LabelDoubt.PUSHER]
    lab.fake.unlabel(lab.number, "allow-clear", by="grace", at=at(32))
    lab.fake.label(lab.number, "allow-clear", by="bob", at=at(33))
    assert lab.doubts() == [LabelDoubt.PUSHER]


def test_a_push_back_to_an_older_commit_or_to_another_branch_needs_a_new_plan(lab: Lab) -> None:
    lab.planned()
    lab.fake.label(lab.number, "allow-clear", by="bob", at=at(11))
    # A version without a pipeline after it: GitLab made one for another target branch, or a push asked for no pipeline.
    lab.fake.project.merge_requests[lab.number].versions.append((HEAD, at(12)))
    assert lab.doubts() == [LabelDoubt.QUIET_PUSH]
    said = gates_text(lab.check(), words=world_words())
    assert "start a new pipeline of the merge request, and put the label on after looking at its new plan" in said
    lab.planned(ended=20)
    assert lab.doubts() == [LabelDoubt.BEFORE_PLAN]


def world_words() -> Any:
    from reconciler.forge.vocabulary import GITLAB

    return GITLAB


def test_a_plan_that_is_retried_counts_from_its_new_end(lab: Lab) -> None:
    pipeline = lab.planned()
    lab.fake.label(lab.number, "allow-clear", by="bob", at=at(11))
    lab.fake.job(pipeline, JOB, finished=at(12), files={"report/plan.json": json.dumps(PLAN).encode()})
    assert lab.doubts() == [LabelDoubt.BEFORE_PLAN]
    lab.fake.job(pipeline, JOB, status="running")
    assert lab.check().why == f"the plan of its last commit aaaaaaa, run {pipeline}, goes on"


def test_the_note_about_gates_stands_above_the_plan_and_is_replaced(lab: Lab) -> None:
    run = lab.planned()
    lab.pipeline = run
    assert lab.comment().done == (ForgeAction.WRITTEN,)
    lab.fake.label(lab.number, "allow-clear", by="ada", at=at(11))
    assert lab.note(lab.check()).done == (ForgeAction.UPDATED,)
    (note,) = lab.fake.said(lab.number)
    assert "opened the merge request" in note.body
    lab.fake.unlabel(lab.number, "allow-clear", by="ada", at=at(12))
    lab.fake.label(lab.number, "allow-clear", by="bob", at=at(13))
    assert lab.note(lab.check()).done == (ForgeAction.UPDATED,)
    assert "Each gate in the way has a label that counts." in note.body
    assert "opened the merge request" not in note.body
    assert f"Judged by [pipeline {run}](https://gitlab.example/goldcrust/profiles/-/pipelines/{run})." in note.body


def test_an_older_pipeline_overwrites_nothing_unless_the_newer_one_was_made_up(lab: Lab) -> None:
    for number in (800, 900):
        lab.pipeline = lab.fake.pipeline(lab.number, id=number)
        assert lab.comment().done
    lab.pipeline = 800
    assert lab.comment().why == "pipeline 900 (job 90210) is newer, and wrote the comment already"
    del lab.fake.project.pipelines[900]
    assert lab.comment().done == (ForgeAction.UPDATED,)


def test_after_the_merge_the_labels_and_the_reviewed_plan_are_those_of_the_merge_request(lab: Lab) -> None:
    lab.planned(plan=WHOLE)
    lab.fake.label(lab.number, "allow-clear", by="bob", at=at(11))
    lab.fake.merge(lab.number, MERGE, at=at(20))
    allowed = lab.ask(lambda context, forge: allow_run(context, forge, commit=MERGE, base="HEAD^1", workflow=JOB))
    assert (allowed.pull, allowed.rules) == (lab.number, ("clear",))

    def reviewed() -> ReviewedRun | NotReviewed:
        return lab.ask(lambda context, forge: reviewed_run_of(context, forge, commit=MERGE, workflow=JOB, artifact=JOB))

    found = reviewed()
    assert isinstance(found, ReviewedRun)
    assert found.plan == WHOLE
    (job,) = lab.fake.project.jobs.values()
    job.files = {"other": b""}
    gone = reviewed()
    assert isinstance(gone, NotReviewed)
    assert gone.why.endswith("is not used: it holds no report/plan.json")
    pushed = lab.ask(lambda context, forge: allow_run(context, forge, commit="9" * 40, base=None, workflow=JOB))
    assert pushed.notes[0] == "999999999999 is the merge of no merge request: it was pushed."


def test_a_result_is_written_to_the_merge_request_that_a_commit_came_by(lab: Lab) -> None:
    lab.fake.merge(lab.number, MERGE)
    result = page(HandoverKind.APPLY)
    told = lab.ask(lambda context, forge: comment_run(context, forge, page=result, author=BOT, commit=MERGE))
    assert (told.number, told.done) == (lab.number, (ForgeAction.WRITTEN,))
    told = lab.ask(lambda context, forge: comment_run(context, forge, page=result, author=BOT, commit="9" * 40))
    assert told.why == "no merged merge request is known for 999999999999"


def test_the_drift_issue_is_opened_commented_and_closed(lab: Lab) -> None:
    people = People(assign=("stranger",), mention=("ada",))

    def look(number: int, *moved: tuple[str, str]) -> Any:
        lab.pipeline = number
        found = page(HandoverKind.DRIFT, moved=moved)
        return lab.ask(lambda context, forge: issue_run(context, forge, page=found, author=BOT, people=people))

    told = look(1, ("berlin", "about"))
    assert (told.done, told.warning) == (
        (ForgeAction.OPENED,),
        "GitLab assigns it to none of stranger: name accounts that may be assigned here",
    )
    assert look(2, ("berlin", "about"), ("hamburg", "about")).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    assert look(3).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.CLOSED)
    (issue,) = lab.fake.project.issues.values()
    assert (issue.open, issue.labels, len(lab.fake.said(1, sign="#"))) == (False, ["reconciler"], 2)
    assert "[pipeline 3](https://gitlab.example/goldcrust/profiles/-/pipelines/3)" in issue.description

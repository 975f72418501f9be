"""The check before a merge, asked of a GitHub of our own: what it judges, what it waits for, and its note."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import ForgeAction, ForgeResult
from reconciler.forge.rules.gates import GatesResult
from reconciler.forge.rules.labels import LabelDoubt
from reconciler.forge.runs.gates import GatesRequest, gates_run, note_run
from reconciler.forge.text.gates import gates_text
from tests.support.conversing import HEAD, JOB, MERGE, NOON, Talk, archive, page
from tests.support.fleet import Clock
from tests.support.github import BOT, FakeGitHub
from tests.support.markdown import html
from tests.support.repository import Git

GATE = {
    "gate": "clear",
    "rule": "ask",
    "summary": "address of 1 profile would be emptied",
    "hint": "",
    "profiles": ["x"],
}
PLAN: dict[str, Any] = {"gates": [GATE], "base": MERGE, "complete": True, "errored": False, "targets": []}
LATER = NOON + timedelta(minutes=5)


@dataclass
class Desk:
    """A pull request of ada's, and the clone in which the check runs."""

    talk: Talk
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    number: int = 0

    @property
    def fake(self) -> FakeGitHub:
        """The GitHub."""
        return self.talk.fake

    def planned(self, plan: dict[str, Any] | None = None, **more: Any) -> int:
        """Have the plan's workflow run for the pull request's commit, and keep its plan."""
        run = self.fake.run("plan.yml", HEAD, at=NOON, **more)
        self.fake.artifact(run, "reconciler-plan", archive(plan_json=json.dumps(plan or PLAN).encode()))
        return run

    def commented(self, text: str = "### 2 changes", *, run: int = 5) -> None:
        """Have a run of the plan's workflow comment, of which nothing else is known."""
        self.talk.comment(page(text=text), pull=self.number, run=run)
        del self.fake.repository.runs[run]

    def check(self, *, wait: float = 0.0, base: str | None = "HEAD^1") -> GatesResult:
        """Judge the gates, on a clock that passes when the program sleeps."""
        world = replace(
            self.talk.context, sleep=self.clock.sleep, monotonic=lambda: self.clock.seconds, log=self.said.append
        )
        wanted = GatesRequest(self.number, base, "plan.yml", wait=wait)

        async def main() -> GatesResult:
            async with self.fake.github("job", context=world) as github:
                return await gates_run(world, github, wanted)

        return asyncio.run(main())

    def note(self, result: GatesResult, *, run: int = 900) -> ForgeResult:
        """Write the result into the comment."""
        self.talk.run = run
        return self.talk.ask(lambda context, github: note_run(context, github, result, author=BOT))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    git = Git(tmp_path)
    (tmp_path / "profiles").mkdir()
    git.commit()
    (tmp_path / "profiles" / "berlin.yaml").write_text("account: shops\n")
    git.commit()
    with FakeGitHub() as fake:
        for login in ("ada", "grace"):
            fake.person(login, "write")
        desk = Desk(Talk(tmp_path, fake))
        desk.number = fake.pull("ada", head=HEAD)
        yield desk


def test_a_gate_is_closed_until_a_label_counts(desk: Desk) -> None:
    run = desk.planned()
    found = desk.check()
    assert (found.passes, found.run, [gate.stands for gate in found.gates]) == (False, run, [True])
    desk.fake.label(desk.number, "allow-clear", by="ada", at=LATER)
    (gate,) = desk.check().gates
    assert (gate.stands, [one.doubt for one in gate.ignored]) == (True, [LabelDoubt.AUTHOR])
    desk.fake.unlabel(desk.number, "allow-clear", by="ada", at=LATER)
    desk.fake.label(desk.number, "allow-clear", by="grace", at=LATER + timedelta(minutes=1))
    assert desk.check().passes


def test_the_newest_plan_is_waited_for_and_an_older_one_does_not_stand_in(desk: Desk) -> None:
    desk.planned()
    run = desk.fake.run("plan.yml", HEAD, at=LATER, conclusion=None)
    assert desk.check().why == f"the plan of its last commit aaaaaaa, run {run}, goes on"
    assert desk.clock.slept == []

    @dataclass
    class Ending(Clock):
        """A clock on which the plan ends while the check sleeps for the third time."""

        async def sleep(self, seconds: float) -> None:
            await Clock.sleep(self, seconds)
            if len(self.slept) == 3:
                desk.fake.repository.runs[run].conclusion = "success"
                desk.fake.artifact(run, "reconciler-plan", archive(plan_json=json.dumps(PLAN | {"gates": []}).encode()))

    desk.clock = Ending()
    found = desk.check(wait=600)
    assert (found.run, found.passes, len(desk.clock.slept)) == (run, True, 3)
    assert desk.said == [f"Waiting: the plan of its last commit aaaaaaa, run {run}, goes on."] * 3


def test_what_no_run_is_known_of_is_waited_for_two_minutes(desk: Desk) -> None:
    found = desk.check(wait=2700)
    assert (found.passes, found.why) == (False, "no run of plan.yml is known for its last commit aaaaaaa")
    assert sum(desk.clock.slept) == 120


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (b"{}", "the plan of run 1001 says nothing of gates: it is no whole plan"),
        (None, "run 1001 has no artifact reconciler-plan"),
    ],
)
def test_a_run_that_left_no_plan_is_no_reason_to_pass(desk: Desk, plan: bytes | None, why: str) -> None:
    run = desk.fake.run("plan.yml", HEAD, at=NOON, conclusion="failure")
    if plan is not None:
        desk.fake.artifact(run, "reconciler-plan", archive(plan_json=plan))
    found = desk.check()
    assert not found.passes
    assert found.why.startswith(why.replace("1001", str(run)))


def test_what_changes_no_profile_has_no_gate_and_waits_for_no_plan(desk: Desk) -> None:
    Git(desk.talk.root).commit("of the documentation")
    found = desk.check(wait=600)
    assert (found.passes, found.why, desk.clock.slept) == (True, "it changes no file below profiles/", [])


@pytest.mark.parametrize("base", [None, "HEAD^9"])
def test_where_git_cannot_say_what_changed_the_plan_is_judged(desk: Desk, base: str | None) -> None:
    Git(desk.talk.root).commit("of the documentation")
    desk.planned()
    found = desk.check(base=base)
    assert not found.passes
    assert found.allowed.notes != ()


def test_a_pull_request_that_is_closed_is_judged_no_more(desk: Desk) -> None:
    desk.fake.merge(desk.number, MERGE)
    assert (desk.check().passes, desk.check().why) == (True, "it is closed")


def test_it_says_where_main_is_now(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    desk.planned()
    git, origin = Git(desk.talk.root), tmp_path_factory.mktemp("origin")
    assert (desk.check().tip, desk.check().moved) == ("", False)
    git("init", "-q", "--bare", "-b", "main", str(origin))
    git("remote", "add", "origin", str(origin))
    git("push", "-q", "origin", "HEAD:main")
    found = desk.check()
    assert (found.base, found.tip, found.moved) == (MERGE, git("rev-parse", "HEAD"), True)


def noted(desk: Desk) -> str:
    (remark,) = desk.fake.said(desk.number)
    return remark.body or ""


def test_the_note_stands_above_the_plan_once_and_says_what_the_check_says(desk: Desk) -> None:
    desk.commented("### 2 changes\n\nBelow.")
    before = noted(desk)
    desk.planned()
    desk.fake.label(desk.number, "allow-clear", by="ada", at=LATER)
    result = desk.check()
    told = desk.note(result)
    assert told.done == (ForgeAction.UPDATED,)
    (sentence,) = (line.strip() for line in gates_text(result).splitlines() if "does not count" in line)
    assert sentence.replace("`", "") in re.sub("</?code>", "", html(noted(desk)))
    desk.note(replace(result, gates=()), run=901)
    assert "No gate is in the way." in noted(desk)
    assert noted(desk).count("**Before the merge:**") == 1
    assert noted(desk).endswith(before.partition("\n")[2])
    # The next plan is of another commit, and takes the place of both.
    desk.commented(run=902)
    assert "Before the merge" not in noted(desk)


@pytest.mark.parametrize("newer", ["plan", "note"])
def test_an_older_check_writes_over_nothing(desk: Desk, newer: str) -> None:
    desk.commented()
    desk.planned()
    result = desk.check()
    if newer == "plan":
        desk.commented("### 3 changes", run=950)
    else:
        desk.note(result, run=950)
    before = noted(desk)
    assert desk.note(result, run=900).why == "run 950 (attempt 1) is newer"
    assert noted(desk) == before


def test_without_a_plan_in_the_comment_there_is_no_note(desk: Desk) -> None:
    desk.planned()
    result = desk.check()
    assert desk.note(result).why == "there is no comment with a plan"
    assert desk.note(replace(result, settled=True, why="it is closed")).why == "it is closed"
    assert desk.fake.said(desk.number) == []


def test_a_token_that_may_only_read_changes_nothing_about_the_result(desk: Desk) -> None:
    desk.commented()
    desk.planned()
    result = desk.check()
    desk.fake.token("job", dict.fromkeys(JOB, "read"))
    assert "Resource not accessible" in desk.note(result).warning
    desk.fake.trouble(422, "Unprocessable", path="/issues/comments")
    desk.fake.token("job", JOB)
    with pytest.raises(ForgeProblem, match="Unprocessable"):
        desk.note(result)

"""A base that a runner's shallow clone lacks: fetched by its name, and a signal does not wait for it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from reconciler.effects.world import Context
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run
from tests.support.fleet import Fleet
from tests.support.git_server import git_server
from tests.support.repository import Git, Ran, Shop


@pytest.fixture
def base(fleet: Fleet) -> str:
    """A commit before the one that asks for other things."""
    fleet.profile(about="One", address="Here 1")
    commit = Git(fleet.root).commit()
    fleet.profile(about="Two", address="Here 1")
    Git(fleet.root).commit()
    return commit


@pytest.fixture
def runner(fleet: Fleet, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A shallow clone, as actions/checkout makes it."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    Git(tmp_path)("clone", "-q", "--depth=1", fleet.root.as_uri(), "runner")
    return Fleet(tmp_path / "runner")


def test_the_plan_knows_what_was_edited(runner: Fleet, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran: Ran = Shop(runner, capsys).plan(base)
    assert ran.codes == []
    assert ran.found == {"berlin.about": "edited", "berlin.address": "pending"}


def test_only_what_moved_since_then_is_planned(runner: Fleet, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = Shop(runner, capsys).run("plan", "--changed-since", base, "--json")
    assert (ran.codes, [one["profile"] for one in ran.json["targets"]]) == ([], ["berlin"])


def test_where_it_cannot_be_fetched_less_is_explained_and_why_is_said(
    runner: Fleet, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Git(runner.root)("remote", "remove", "origin")
    ran = Shop(runner, capsys).plan(base)
    said = {problem["code"]: problem["summary"] for problem in ran.json["diagnostics"]}
    assert ran.code == 0
    assert "and it cannot be fetched: the repository has no remote origin" in said["base-unreadable"]


def test_an_interrupted_run_does_not_wait_for_origin(runner: Fleet, base: str, tmp_path: Path) -> None:
    asked, over, answered = (threading.Event() for _ in range(3))
    patient: list[bool] = []

    def wait() -> None:
        asked.set()
        patient.append(over.wait(20))
        answered.set()

    async def main() -> None:
        task = asyncio.ensure_future(plan_run(Context(runner.root), Scope(base=base, offline=True)))
        assert await asyncio.to_thread(asked.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with git_server(tmp_path) as server:
        server.meanwhile = wait
        Git(runner.root)("remote", "set-url", "origin", f"{server.origin}/shop/.git")
        try:
            # Its end waits for every thread: where git goes on, as long as the server does.
            asyncio.run(main())
        finally:
            over.set()
    assert (answered.wait(20), patient) == (True, [True])

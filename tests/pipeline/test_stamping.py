from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.memory.records import Stamp
from reconciler.effects.git.clone import checked_out
from reconciler.effects.world import Context
from reconciler.pipeline.run_ledger import make_stamps
from tests.support.fleet import Fleet
from tests.support.processes import ended
from tests.support.repository import Git


def stamp(context: Context) -> Stamp:
    """Return the first stamp of a run."""

    async def main() -> Stamp:
        return (await make_stamps(context))()

    return asyncio.run(main())


def test_a_run_here_is_named_by_when_it_began(fleet: Fleet) -> None:
    commit = Git(fleet.root).commit()
    assert stamp(fleet.context) == Stamp(at="2026-08-02T12:00:00Z", run="local-20260802T120000.000", commit=commit)


@pytest.mark.parametrize(("attempt", "name"), [("", "17"), ("1", "17"), ("2", "17.2")])
def test_a_workflows_run_has_its_name_and_a_later_attempt_says_so(fleet: Fleet, attempt: str, name: str) -> None:
    environ = {"GITHUB_RUN_ID": "17", "GITHUB_RUN_ATTEMPT": attempt}
    assert stamp(replace(fleet.context, environ=environ)).run == name


def test_a_run_that_is_interrupted_does_not_wait_for_a_git_that_hangs(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Git(fleet.root).commit()
    os.mkfifo(tmp_path / "waiting")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f"#!/bin/sh\nexec 3> {tmp_path}/waiting\necho here >&3\nexec sleep 600\n")
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    async def main() -> None:
        task = asyncio.ensure_future(checked_out(fleet.context))
        with await asyncio.to_thread((tmp_path / "waiting").open, "rb", buffering=0) as waiting:
            assert await asyncio.to_thread(waiting.readline) == b"here\n"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(ended, waiting)

    asyncio.run(main())

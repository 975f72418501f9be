"""A push that outlives its run: git runs on where the run was killed, and what it carries arrives late."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from tests.crash.prepared import Copy, copied, prepared
from tests.crash.processes import forked, until_ended
from tests.crash.stores import REMOTE
from tests.crash.world import sent
from tests.support.fleet import YES

# It kills the run whose push it receives, and takes what was pushed when it may.
HOOK = """\
#!/bin/sh
[ -e run.pid ] || exit 0
kill -9 "$(cat run.pid)"
rm run.pid
while [ ! -e go ]; do sleep 0.02; done
"""


def killed_at_its_push(copy: Copy, remote: Path) -> Mapping[str, Any]:
    """Apply, in this process, and die as soon as the intents are on their way."""
    (remote / "run.pid").write_text(str(os.getpid()), encoding="ascii")
    return copy.apply()


def applied_meanwhile(copy: Copy, remote: Path) -> Mapping[str, Any]:
    """Apply, in this process; the push arrives when the plan is made."""

    def arrive(_: object) -> None:
        (remote / "go").touch()
        until_ended(copy.folder)

    async def run() -> Mapping[str, Any]:
        context = Context(root=copy.root, environ=copy.environ)
        report = await apply_run(context, ApplyRequest(Scope(), YES), stop=Stop(), show=arrive)
        return {"reasons": sorted(report.reasons), "why": [outcome.detail for outcome in report.outcomes]}

    return asyncio.run(run())


def test_a_run_that_a_dead_run_s_push_overtakes_sends_nothing_and_says_so_and_the_one_after_it_finishes() -> None:
    with prepared("git") as shops, copied(shops) as copy:
        remote = copy.folder / REMOTE
        hook = remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK, encoding="ascii")
        hook.chmod(0o755)
        assert forked(lambda: killed_at_its_push(copy, remote)).killed
        meanwhile = forked(lambda: applied_meanwhile(copy, remote)).answer
        assert meanwhile["reasons"] == ["partly applied"]
        assert {"plan again" in why for why in meanwhile["why"] if why} == {True}
        assert sent(copy.root) == []
        assert copy.finish(()) == []

"""What tests call a GitLab with: a token, a clock without waiting, and one client for each command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

import pytest

from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.gitlab.calls import gitlab_place
from reconciler.forge.gitlab.client import GitLab
from tests.support.effects import NOWHERE, Clock
from tests.support.gitlab import PATH, PROJECT, SECRET, FakeGitLab
from tests.support.gitlab.world import BEGINNING

T = TypeVar("T")
Work = Callable[[GitLab], Awaitable[T]]
RUNNER = MappingProxyType(
    {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_PIPELINE_ID": "4711",
        "CI_JOB_ID": "90210",
        "CI_COMMIT_REF_NAME": "main",
        "CI_SERVER_URL": "https://gitlab.example",
        "CI_API_V4_URL": "https://gitlab.example/api/v4",
        "CI_PROJECT_PATH": PATH,
        "CI_PROJECT_ID": str(PROJECT),
        "RECONCILER_GITLAB_TOKEN": SECRET,
    }
)


def environment(url: str) -> dict[str, str]:
    """Return what the runner sets for a GitLab at `url` on this machine."""
    here = {"CI_SERVER_URL": url, "CI_API_V4_URL": f"{url}/api/v4", "RECONCILER_ALLOW_ENDPOINT": url}
    return {**RUNNER, **here}


def world(clock: Clock | None = None, **environ: str) -> Context:
    """Return a world whose both clocks are `clock`."""
    clock = clock or Clock()
    start = clock.now
    context = clock.context(NOWHERE, {**RUNNER, **environ}, chance=1.0)
    return replace(context, now=lambda: BEGINNING + timedelta(seconds=clock.now - start))


def ask(fake: FakeGitLab, work: Work[T], *, token: str = SECRET, clock: Clock | None = None) -> T:
    """Return what `work` makes of the fake."""
    context = world(clock, RECONCILER_GITLAB_TOKEN=token)

    async def run() -> T:
        async with GitLab(gitlab_place(context), context=context, app=fake.app) as gitlab:
            return await work(gitlab)

    return asyncio.run(run())


def refused(fake: FakeGitLab, work: Work[T], *, token: str = SECRET, clock: Clock | None = None) -> ForgeProblem:
    """Return how `work` fails at the fake."""
    with pytest.raises(ForgeProblem) as found:
        ask(fake, work, token=token, clock=clock)
    return found.value

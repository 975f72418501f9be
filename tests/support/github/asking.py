"""What tests call a GitHub with: a token, a clock without waiting, and one client for each command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

import pytest

from reconciler.effects.world import Context, Patience
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.github.calls import GitHubPlace
from reconciler.forge.github.client import GitHub
from tests.support.effects import NOWHERE, Clock
from tests.support.github import REPOSITORY, FakeGitHub
from tests.support.github.world import BEGINNING

T = TypeVar("T")
Work = Callable[[GitHub], Awaitable[T]]

SECRET = "ghs_" + "0123456789abcdef" * 2
EVERYTHING: Mapping[str, str] = MappingProxyType(
    {"actions": "read", "contents": "write", "issues": "write", "pull-requests": "write"}
)

_PATIENCE = Patience()


def world(clock: Clock, *, endpoint: str = "", chance: float = 1.0) -> Context:
    """Return a world whose both clocks are `clock`, in which `endpoint` is allowed."""
    environ = {"RECONCILER_ALLOW_ENDPOINT": endpoint}
    start = clock.now
    context = clock.context(NOWHERE, environ, chance=chance)
    return replace(context, now=lambda: BEGINNING + timedelta(seconds=clock.now - start))


def ask(
    fake: FakeGitHub, work: Work[T], *, permissions: Mapping[str, str] = EVERYTHING, clock: Clock | None = None
) -> T:
    """Return what `work` makes of the fake, with a token that may do what `permissions` say."""
    fake.token(SECRET, permissions)
    return _run(fake.github(SECRET, context=world(clock or Clock())), work)


def ask_at(
    url: str, work: Work[T], *, clock: Clock | None = None, chance: float = 1.0, patience: Patience = _PATIENCE
) -> T:
    """Return what `work` makes of whatever listens at `url`, which may have a path."""
    origin = "/".join(url.split("/")[:3])
    context = replace(world(clock or Clock(), endpoint=origin, chance=chance), patience=patience)
    return _run(GitHub(GitHubPlace(REPOSITORY, url, SECRET), context=context), work)


def refused(
    fake: FakeGitHub, work: Work[T], *, permissions: Mapping[str, str] = EVERYTHING, clock: Clock | None = None
) -> ForgeProblem:
    """Return how `work` fails at the fake."""
    with pytest.raises(ForgeProblem) as found:
        ask(fake, work, permissions=permissions, clock=clock)
    return found.value


def refused_at(
    url: str, work: Work[T], *, clock: Clock | None = None, chance: float = 1.0, patience: Patience = _PATIENCE
) -> ForgeProblem:
    """Return how `work` fails at whatever listens at `url`."""
    with pytest.raises(ForgeProblem) as found:
        ask_at(url, work, clock=clock, chance=chance, patience=patience)
    return found.value


def _run(github: GitHub, work: Work[T]) -> T:
    async def run() -> T:
        async with github:
            return await work(github)

    return asyncio.run(run())

"""What the tests of the effects share: a clock without waiting, and the way to a server of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from reconciler.core.fields import SecretRef
from reconciler.core.provider import Call, Exchange, Reply
from reconciler.core.settings import Account
from reconciler.core.traits import Rate
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.retries import RetryBudget
from reconciler.effects.world import Context, Patience
from reconciler.providers.meta import Meta, MetaOptions
from tests.support import ADDRESS, NUMBER
from tests.support.sockets import Act, Heard, Script, reply

T = TypeVar("T")

TOKEN = "EAAG-very-secret"
NOWHERE = Path("/nowhere")
NOTHING: Mapping[str, str] = MappingProxyType({})
PLENTY = 1000

_PATIENCE = Patience()


@dataclass
class Clock:
    """Time that passes only when the program sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def context(self, root: Path = NOWHERE, environ: Mapping[str, str] = NOTHING, *, chance: float = 1.0) -> Context:
        """Return a world in which this is the time, chance always says the same, and `environ` is set."""
        return Context(root=root, environ=environ, monotonic=self.monotonic, sleep=self.sleep, chance=lambda: chance)


def account(
    name: str = "bakery",
    credentials: Mapping[str, SecretRef] | None = None,
    *,
    endpoint: str = "sandbox",
    waba_id: str | None = None,
) -> Account:
    """Return an account at Meta."""
    return Account(
        name=name,
        provider="meta",
        endpoint=endpoint,
        concurrency=16,
        credentials=credentials or {},
        options=MetaOptions(waba_id=waba_id),
    )


def line(
    origin: str,
    *,
    clock: Clock | None = None,
    budget: RetryBudget | None = None,
    waba_id: str | None = None,
    credential: str = TOKEN,
    deadline: float = float("inf"),
    context: Context | None = None,
    patience: Patience = _PATIENCE,
) -> AccountAccess:
    """Return the line to an endpoint on this machine, that Meta's provider is asked at."""
    world = replace(context or (clock or Clock()).context(), patience=patience)
    return AccountAccess(
        provider=Meta(account(waba_id=waba_id)),
        connection=Connection(origin, (origin,), chunk=patience.chunk),
        pace=Pace(Rate(calls=1000, seconds=1), budget or RetryBudget(PLENTY), context=world),
        context=world,
        credential=credential,
        deadline=deadline,
    )


def one(call: Call) -> Exchange[Reply]:
    """Return the exchange that makes one call."""
    return (yield call)


def look(to: AccountAccess, *calls: Call) -> list[Reply]:
    """Make `calls` one after another, as one worker that only looks."""

    async def run() -> list[Reply]:
        async with ReadClient(to) as looking:
            return [await looking.drive(one(call)) for call in calls]

    return asyncio.run(run())


def looking(to: AccountAccess, work: Callable[[ReadClient], Awaitable[T]]) -> T:
    """Return what `work` makes of one worker that only looks."""

    async def run() -> T:
        async with ReadClient(to) as mine:
            return await work(mine)

    return asyncio.run(run())


def error(code: int, message: str = "No.", **more: Any) -> dict[str, Any]:
    """Return the body of an error at Meta."""
    return {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


def node(number: str = NUMBER, **more: Any) -> dict[str, Any]:
    """Return a number's node at Meta."""
    return {"id": ADDRESS, "display_phone_number": number, "platform_type": "CLOUD_API", **more}


def profile(**fields: Any) -> dict[str, Any]:
    """Return a number's profile at Meta."""
    return {"data": [{"messaging_product": "whatsapp", **fields}]}


def by_path(acts: Mapping[str, Act]) -> Script:
    """Answer by the path's end, without the query; what is not foreseen is an error."""

    def script(heard: Heard) -> Act:
        path = heard.target.partition("?")[0]
        for end, act in acts.items():
            if path.endswith(end):
                return act
        return reply(error(803, f"{path} is not foreseen"), 404)

    return script

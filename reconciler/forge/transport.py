"""Transport: (a call) → the forge's reply, after every wait and every further attempt that is safe; or a ForgeProblem.

A call that a limit holds back did nothing and is made again whatever it is. Otherwise what may have been done is never
done twice: reads are repeated, and writes only where no byte of them was sent.

Every reply is whole, capped and in time. The token goes only below the API's own address: no redirect is followed, and
a link to the next page only if it stays there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeVar

from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.effects.http.connection import Application, Connection
from reconciler.effects.http.plain_client import PlainClient, exchanged
from reconciler.effects.http.retries import RetryLimits, may_repeat, repeat, retry_wait
from reconciler.effects.world import Context
from reconciler.forge.exchange import (
    ForgeCall,
    ForgeProblem,
    ForgeServer,
    held_back,
    problem,
    read_response,
    unexpected,
)

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 4
# For a limit that is short and returns again and again.
MOST_PAUSES = 10
# GitHub asks for it: without another instruction, wait for at least a minute, and longer each time.
_UNSAID = 60.0
_SHORTEST = 1.0
FORGE_RETRIES = RetryLimits(
    attempts=MappingProxyType(
        {
            FailureKind.THROTTLED: MOST_PAUSES + 1,
            FailureKind.TRANSIENT: ATTEMPTS,
            FailureKind.UNREACHABLE: ATTEMPTS,
        }
    ),
    spread=frozenset({FailureKind.TRANSIENT}),
)


@dataclass(frozen=True, slots=True)
class Pause:
    """How many seconds to wait; `asked` if that is the forge's wish and nothing was done."""

    seconds: float
    asked: bool = False


def pause(outcome: Reply | Failure, attempt: int, *, reads: bool, now: datetime, chance: float) -> Pause | None:
    """Return the pause after `attempt` (the first is 0), or None if the outcome stands."""
    failure = _refusal(outcome, attempt, now) if isinstance(outcome, Reply) else outcome
    made = attempt + 1
    if failure is None or not may_repeat(failure, made, FORGE_RETRIES, repeatable=reads):
        return None
    wait = retry_wait(failure, made, FORGE_RETRIES, chance=chance)
    return None if wait is None else Pause(wait, asked=failure.kind is FailureKind.THROTTLED)


def _refusal(reply: Reply, attempt: int, now: datetime) -> Failure | None:
    """Return the reply as a failure that may pass, or None where it stands."""
    summary = f"the forge answers {reply.status}"
    held = _limit(reply, attempt, now)
    if held is not None:
        return Failure(kind=FailureKind.THROTTLED, summary=summary, after=held)
    if reply.status >= 500:
        return Failure(kind=FailureKind.TRANSIENT, summary=summary, after=reply.retry_after)
    return None


def _limit(reply: Reply, attempt: int, now: datetime) -> float | None:
    """Return how long a limit holds calls back, or None if the reply is not about a limit."""
    if reply.status not in (403, 429):
        return None
    if reply.retry_after is not None:
        return max(_SHORTEST, reply.retry_after)
    # GitLab's headers have the same names without the `x-`.
    remaining, reset = (
        reply.headers.get(f"x-ratelimit-{what}") or reply.headers.get(f"ratelimit-{what}", "")
        for what in ("remaining", "reset")
    )
    if remaining == "0" and reset.isdecimal():
        # A second more, because the clocks here and there may differ.
        return max(_SHORTEST, float(reset) - now.timestamp() + 1)
    secondary = reply.status == 429 or b"secondary rate limit" in reply.body.lower()
    return _UNSAID * 2.0**attempt if secondary else None


_T = TypeVar("_T")

FORGE_REPLY_CAP = 8 * 1024 * 1024
COMMAND_DEADLINE = 300.0
MOST_PAGES = 100
PER_PAGE = 100
_HOST = re.compile(r"[a-z0-9.-]+\Z")
_NEXT = re.compile(r'<([^<>\s]+)>[^,<]*;\s*rel="?next\b')


class Transport:
    """One command's way to a forge. Its time begins when it is made; `app` answers in this process instead."""

    def __init__(
        self,
        server: ForgeServer,
        *,
        context: Context,
        app: Application | None = None,
        seconds: float = COMMAND_DEADLINE,
    ) -> None:
        self._server, self._context, self._app = server, context, app
        context.secrets.add(server.token, context.ci.token_name)
        self._doorway = Connection(server.origin, (), app, chunk=context.patience.chunk)
        self._client = self._doorway.client()
        self._seconds, self._over = seconds, context.monotonic() + seconds

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def reply(self, call: ForgeCall, *, good: tuple[int, ...] = (200, 201), cap: int = FORGE_REPLY_CAP) -> Reply:
        """Return the reply to `call`, of at most `cap` bytes, with one of the `good` statuses; raises ForgeProblem."""
        return await self._heard(call, self._request(call, call.query), good=good, cap=cap)

    async def one(self, call: ForgeCall, shape: type[_T]) -> _T:
        """Return the content of the reply to `call`; raises ForgeProblem."""
        return read_response(shape, await self.reply(call), call=call, server=self._server)

    async def pages(
        self, call: ForgeCall, shape: type[_T], *, enough: Callable[[_T], bool] = lambda _: False
    ) -> list[_T]:
        """Return every page of a list, or all up to the one that is enough.

        Raises ForgeProblem, also where there are more pages than any repository should have.
        """
        request = self._request(call, {**call.query, "per_page": PER_PAGE})
        found: list[_T] = []
        while len(found) < MOST_PAGES:
            reply = await self._heard(call, request)
            found.append(read_response(shape, reply, call=call, server=self._server))
            following = None if enough(found[-1]) else self._following(call, reply)
            if following is None:
                return found
            request = following
        raise ForgeProblem(f"cannot {call.what}: there are more than {MOST_PAGES} pages of {PER_PAGE}", status=200)

    def _following(self, call: ForgeCall, reply: Reply) -> httpx.Request | None:
        """Return the request for the next page, or None after the last one; raises ForgeProblem for one elsewhere."""
        number = reply.headers.get("x-next-page")
        if number is not None:
            # GitLab's own count. Its links can name a host that only people reach.
            more = {**call.query, "per_page": PER_PAGE, "page": number}
            return self._request(call, more) if number.isdecimal() else None
        match = _NEXT.search(reply.headers.get("link", ""))
        if match is None:
            return None
        url = _parsed(match[1])
        if url is None or not self._doorway.leads_to(url) or not url.path.startswith(self._server.prefix):
            raise unexpected(call, reply, "its next page is elsewhere", server=self._server)
        return self._authorised("GET", url)

    async def fetched(self, url: str, call: ForgeCall, *, most: int) -> bytes:
        """Return the content at `url`, at most `most` bytes, without the token and by a client that never had it."""
        target = _parsed(url)
        # The address alone opens its content, so it is a secret too: no message repeats it.
        if target is None or not (_public(target) or self._doorway.leads_to(target)):
            raise ForgeProblem(
                f"cannot {call.what}: {self._server.name} sends us to an address that is not https", status=302
            )
        away = Connection(f"{target.scheme}://{target.netloc.decode()}", (), self._app)
        async with away.client() as client:
            return (await self._heard(call, client.build_request("GET", target), cap=most, client=client)).body

    async def _heard(
        self,
        call: ForgeCall,
        request: httpx.Request,
        *,
        good: tuple[int, ...] = (200,),
        cap: int = FORGE_REPLY_CAP,
        client: PlainClient | None = None,
    ) -> Reply:
        """Repeat the request until a reply is good; raises ForgeProblem."""

        def again(outcome: Reply | Failure, made: int) -> float | None:
            is_good = isinstance(outcome, Reply) and outcome.status in good
            return None if is_good else self._wait(call, outcome, made)

        once = partial(self._once, request, client or self._client, cap=cap)
        outcome = await repeat(once, again, sleep=self._context.sleep)
        if isinstance(outcome, Reply) and outcome.status in good:
            return outcome
        raise problem(call, outcome, server=self._server, secrets=self._context.secrets.matcher)

    def _wait(self, call: ForgeCall, outcome: Reply | Failure, made: int) -> float | None:
        """Return how long to wait before asking again, or None where the outcome stands; raises ForgeProblem.

        It raises where the forge itself asks for a longer wait than this command has time.
        """
        now, chance = self._context.now(), self._context.chance()
        wait = pause(outcome, made - 1, reads=call.reads, now=now, chance=chance)
        if wait is None or (wait.seconds >= self._left() and not wait.asked):
            return None
        if wait.seconds >= self._left():
            raise held_back(call, wait.seconds, server=self._server, now=now)
        if wait.asked:
            self._context.warn(f"{self._server.name} asks for a pause of {wait.seconds:.0f} s; then it goes on")
        return wait.seconds

    async def _once(self, request: httpx.Request, client: PlainClient, *, cap: int) -> Reply | Failure:
        left = self._left()
        if left <= 0:
            minutes = f"{self._seconds / 60:.0f} minutes"
            summary = f"the {minutes} that a command may take for {self._server.name} are over"
            return Failure(kind=FailureKind.UNREACHABLE, summary=summary, sent=False)
        outcome = await exchanged(client, request, cap=cap, deadline=min(self._context.patience.request, left))
        return replace(outcome, received=self._context.now()) if isinstance(outcome, Reply) else outcome

    def _left(self) -> float:
        """Return how many seconds this command has left."""
        return self._over - self._context.monotonic()

    def _request(self, call: ForgeCall, query: Mapping[str, str | int]) -> httpx.Request:
        import httpx

        below = self._server.project if call.of_project else self._server.prefix
        url = httpx.URL(f"{self._doorway.origin}{below}{call.path}")
        return self._authorised(call.method, url.copy_merge_params(query) if query else url, body=call.body)

    def _authorised(self, method: str, url: httpx.URL, *, body: Mapping[str, object] | None = None) -> httpx.Request:
        """Build the one kind of request that carries the token; `url` is below the API's address."""
        headers = self._server.headers.items()
        if body is None:
            return self._client.build_request(method, url, headers=headers)
        content = json.dumps(body).encode()
        typed = [*headers, ("Content-Type", "application/json")]
        return self._client.build_request(method, url, headers=typed, content=content)


def _public(url: httpx.URL) -> bool:
    """True if `url` is https and has a plain host: how a resolver or a proxy reads other names is unknown."""
    return url.scheme == "https" and not url.userinfo and _HOST.match(url.host) is not None


def _parsed(url: str) -> httpx.URL | None:
    import httpx

    try:
        found = httpx.URL(url)
        # It is decoded when it is asked for: `xn--` alone is a name that none is made of.
        _ = found.host
    except (httpx.InvalidURL, ValueError):
        return None
    return found


class OpenTransport:
    """A client whose way to a forge is open for as long as the context lasts."""

    _transport: Transport

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.close()

"""ReadClient: drives a provider's exchange with calls that cannot change anything.

Every hard part of a call is here, once: deadlines, caps, retry, rate, the credential. `ReadClient` has no code that
renders a `Write` or an `Upload`. The one POST that it renders is a batch, whose items are GETs by their type.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Self, TypeVar, assert_never
from urllib.parse import urlencode

from reconciler.core.provider import (
    Call,
    CallFailed,
    Exchange,
    Failure,
    FailureKind,
    Read,
    ReadMany,
    Reply,
    Upload,
)
from reconciler.core.target import Target
from reconciler.core.traits import HeaderAuth, JsonFieldAuth
from reconciler.effects.http.accounts import CALL_SECONDS, AccountAccess
from reconciler.effects.http.allowance import OVER
from reconciler.effects.http.guarded import guarded, guarded_failure
from reconciler.effects.http.plain_client import exchanged, served
from reconciler.effects.http.retries import LONGEST_WAIT, PROVIDER_RETRIES, Asker, Purpose, may_repeat, repeat

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

REPLY_CAP = 1024 * 1024
PICTURE_CAP = 5 * 1024 * 1024
# Seconds. A write that waits longer would rely on a read that is too old; it fails, and the next run plans again.
_WRITE_WAIT = 5.0


class NotARead(TypeError):
    """A mutating call was given to a client that has no code to send one."""


def _weight(call: Call) -> int:
    """Return how many calls of the allowance `call` takes."""
    return len(call.reads) if isinstance(call, ReadMany) else 1


# Most reads of a run ask for the same fields.
_encoded = lru_cache(urlencode)


def _relative(one: Read, folder: str) -> str:
    """Return a read's path and query as an item of a batch below `folder` has them."""
    if not one.path.startswith(f"{folder}/"):
        raise ValueError(f"{one.path!r} leads away from {folder!r}")
    query = urlencode(one.query, safe=",{}")
    return f"{one.path.removeprefix(f'{folder}/')}{'?' if query else ''}{query}"


class ReadClient:
    """One worker's client for reading. Use it as an async context manager; it owns one connection."""

    def __init__(self, access: AccountAccess) -> None:
        self.access = access
        self._target = ""
        self._credential, self._proof = self._carried(None)
        self._client = access.connection.client()
        self.reserved = 0
        # The server's last time, as it wrote it.
        self.served_at = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def drive(self, exchange: Exchange[_T], *, target: Target | None = None) -> _T:
        """Run `exchange` to its end and return its result; raises CallFailed if the exchange does not catch it.

        `target` is the number that the exchange is about, or None if it is about the account.
        """
        self._target = target.profile if target is not None else ""
        self._credential, self._proof = self._carried(target)
        try:
            call = next(exchange)
            while True:
                # Whether making it twice has the same effect as making it once.
                repeatable = isinstance(call, Read | ReadMany) or getattr(call, "repeatable", False)
                once = partial(self._once, call)
                outcome = await self._perform(once, repeatable=repeatable, patience=self._patience(call))
                if isinstance(outcome, Reply):
                    call = exchange.send(outcome)
                    continue
                self.access.context.log(f"{self._whom(target)}: {outcome.cause.text(trace=True)}")
                call = exchange.throw(CallFailed(outcome))
        except StopIteration as done:
            result: _T = done.value
            return guarded(result, self.access.context.secrets.matcher)
        except CallFailed as failed:
            # An exchange may raise one of its own, from words of a reply.
            raise CallFailed(self._guarded(failed.failure)) from None

    def _carried(self, target: Target | None) -> tuple[str, str]:
        """Return the credential of `target` and its proof, which does what the secret does; no message shows either."""
        credential = self.access.credential_for(target)
        proof = self.access.proof_for(credential)
        # The sandbox's stand-ins are plain words, and never leave this process.
        if self.access.connection.sandbox is None:
            self.access.context.secrets.add(credential, self.access.places.get(credential, "the credential"))
        self.access.context.secrets.add(proof, "appsecret_proof")
        return credential, proof

    def _guarded(self, failure: Failure) -> Failure:
        return guarded_failure(failure, self.access.context.secrets.matcher)

    def _whom(self, target: Target | None) -> str:
        traits = self.access.provider.traits
        return f"{target.profile} at {traits.title}" if target is not None else traits.title

    async def picture(self, url: str) -> bytes | Failure:
        """Fetch a picture without any credential, and only from a picture host of the provider."""
        if not self.access.connection.serves_picture(url):
            return Failure(kind=FailureKind.GARBAGE, summary="the picture's link does not lead to the provider's hosts")
        outcome = await self._perform(partial(self._picture_once, url), repeatable=True, patience=LONGEST_WAIT)
        return outcome if isinstance(outcome, Failure) else outcome.body

    def _request(self, call: Call) -> httpx.Request:
        """Render a call that only reads."""
        match call:
            case Read():
                return self._build("GET", call.path, query=call.query, upload=call.upload)
            case ReadMany():
                return self._batch(call)
            case _:
                raise NotARead(f"a client that only looks was given a {type(call).__name__}")

    def _batch(self, many: ReadMany) -> httpx.Request:
        """Render reads as one request; its only other parameters are the credential and that no headers are wanted."""
        items = [{"method": "GET", "relative_url": _relative(one, many.path)} for one in many.reads]
        form = {"batch": json.dumps(items), "include_headers": "false"}
        if name := self.access.provider.traits.batch_credential:
            form[name] = self._credential
        form_type = (("Content-Type", "application/x-www-form-urlencoded"),)
        return self._build("POST", many.path, headers=form_type, content=urlencode(form).encode())

    def _build(
        self,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        content: bytes | None = None,
        upload: bool = False,
    ) -> httpx.Request:
        """Build a request below the endpoint, with the credential in the place that the provider wants."""
        import httpx

        origin = self.access.connection.origin
        url = httpx.URL(f"{origin}{path}{self._query(path, query)}")
        if not self.access.connection.leads_to(url):
            raise ValueError(f"{path!r} leads away from {origin}")
        all_headers = [*headers, *self._authorisation(upload=upload)]
        return self._client.build_request(method, url, headers=all_headers, content=content)

    def _query(self, path: str, query: tuple[tuple[str, str], ...]) -> str:
        """Return what follows `path`: the proof, then `query`; an upload's own query stays as it came (fact M-13)."""
        proof = self.access.provider.traits.proof
        proved = f"{proof.parameter}={self._proof}" if proof is not None and self._proof else ""
        added = "&".join(filter(None, (proved, _encoded(query))))
        return f"{'&' if '?' in path else '?'}{added}" if added else ""

    def _authorisation(self, *, upload: bool) -> list[tuple[str, str]]:
        match self.access.provider.traits.auth:
            case HeaderAuth() as auth:
                prefix = auth.upload_prefix if upload and auth.upload_prefix else auth.prefix
                return [(auth.header, prefix + self._credential)]
            case JsonFieldAuth():
                # It travels in the body of a write; such a provider has nothing to read.
                return []
            case auth:
                assert_never(auth)

    async def _perform(
        self, once: Callable[[], Awaitable[Reply | Failure]], *, repeatable: bool, patience: float
    ) -> Reply | Failure:
        """Make a call, and repeat it if that is safe and sensible; never wait longer than `patience` between two."""

        def again(outcome: Reply | Failure, made: int) -> float | None:
            wait = self._wait(outcome, made, repeatable=repeatable)
            if wait is None or wait > self._longest(patience) or not isinstance(outcome, Failure):
                return None
            whom = f"{self._target}: " if self._target else ""
            why = self._guarded(outcome).cause.text(trace=True)
            self.access.context.log(f"{whom}the call is made again in {wait:.1f} s: {why}")
            return wait

        outcome = await repeat(once, again, sleep=self.access.pace.pause)
        return self._guarded(outcome) if isinstance(outcome, Failure) else outcome

    def _wait(self, outcome: Reply | Failure, made: int, *, repeatable: bool) -> float | None:
        """Return how many seconds to wait before the next attempt, or None if the outcome stands."""
        if isinstance(outcome, Reply):
            return None
        self.access.pace.heed(outcome)
        if self._over() or not may_repeat(outcome, made, PROVIDER_RETRIES, repeatable=repeatable):
            return None
        wait = self.access.pace.wait_before_retry(outcome, made)
        return None if wait is None or self._over(wait) else wait

    def _patience(self, call: Call) -> float:
        """Return how many seconds a call may wait: a write relies on a read that must not grow old."""
        return LONGEST_WAIT if isinstance(call, Read | ReadMany) else _WRITE_WAIT

    def _longest(self, patience: float) -> float:
        """Return how many seconds may pass between two attempts: a read of a run with a limit waits until that."""
        return max(patience, self.access.pace.longest_wait) if patience >= LONGEST_WAIT else patience

    def _over(self, wait: float = 0.0) -> bool:
        """True if the run's time is over, `wait` seconds from now."""
        return self.access.context.monotonic() + wait >= self.access.deadline

    async def _once(self, call: Call) -> Reply | Failure:
        import httpx

        try:
            request = self._request(call)
        except (httpx.InvalidURL, UnicodeError):
            # Part of the path came from an earlier reply, and cannot stand in a request.
            return Failure(kind=FailureKind.GARBAGE, summary="an earlier reply leads nowhere", sent=False)
        asker = Asker(self._target, Purpose.READ if isinstance(call, Read | ReadMany) else Purpose.WRITE)
        not_made = partial(self._not_made, request.url.netloc.decode(), asker)
        # A call that is not made needs no turn. A turn may take long, and other workers learn meanwhile.
        failure = not_made() or await self._turn(call) or not_made()
        if failure is not None:
            return failure
        outcome = await self._exchanged(request, REPLY_CAP, asker=asker)
        if isinstance(outcome, Failure):
            return outcome
        self.access.pace.learn(self.access.provider.usage(outcome))
        # A list answers a batch, and each of its items is judged by itself. It answers nothing else.
        answered = isinstance(call, ReadMany) and outcome.status < 300 and isinstance(outcome.json(), list)
        failure = None if answered else self.access.provider.failure(outcome)
        if failure is None or failure.kind is not FailureKind.THROTTLED:
            self.access.pace.ease()
        return outcome if failure is None else self._told(failure, call)

    async def _turn(self, call: Call) -> Failure | None:
        """Wait until the allowance has room for `call`, and return why it is not made. What is reserved has room."""
        weight = _weight(call)
        calls = max(0, weight - self.reserved)
        self.reserved = max(0, self.reserved - weight)
        return await self.access.pace.turn(self._patience(call), calls=calls, latest=self.access.deadline)

    @asynccontextmanager
    async def reserved_calls(self, calls: int) -> AsyncIterator[Failure | None]:
        """Wait for room for so many `calls`, so that none of them waits between; yield why there is no time for them.

        Where the provider asks to stay away, each call says so itself.
        """
        latest = min(self.access.deadline, self.access.limit - calls * CALL_SECONDS)
        over = self.access.context.monotonic() >= latest
        failure = OVER if over else await self.access.pace.turn(calls=calls, latest=latest)
        self.reserved = 0 if failure is not None else calls
        try:
            yield failure if failure == OVER else None
        finally:
            self.access.pace.give_back(self.reserved)
            self.reserved = 0

    def _not_made(self, host: str, asker: Asker) -> Failure | None:
        """Return why no call is made: the run's time is over, or its credential or its host is given up."""
        if self._over():
            return OVER
        known = self.access.refused.get(self._credential)
        return replace(known, sent=False) if known is not None else self.access.hosts.refusal(host, asker)

    def _told(self, failure: Failure, call: Call) -> Failure:
        """Return `failure` with the place of the credential, if that was refused; the next calls need not be made."""
        if not failure.refuses_credential:
            return failure
        found = replace(failure, credential=self.access.places.get(self._credential, ""))
        # An upload carries it in another form, whose refusal says nothing of other calls (fact M-13).
        if found.kind is FailureKind.UNAUTHORISED and not (isinstance(call, Upload) or getattr(call, "upload", False)):
            self.access.refused[self._credential] = found
        return found

    async def _picture_once(self, url: str) -> Reply | Failure:
        import httpx

        if self._over():
            return OVER
        asker = Asker(self._target, Purpose.PICTURE)
        outcome = await self._exchanged(self._client.build_request("GET", httpx.URL(url)), PICTURE_CAP, asker=asker)
        return outcome if isinstance(outcome, Failure) else served(outcome)

    async def _exchanged(self, request: httpx.Request, cap: int, *, asker: Asker) -> Reply | Failure:
        """Send `request` and read its reply, at most `cap` bytes of it, within the deadline."""
        limit = self.access.context.patience.request
        send = partial(exchanged, self._client, request, cap=cap, deadline=limit)
        outcome = await self.access.hosts.ask(request.url.netloc.decode(), asker, send)
        if isinstance(outcome, Reply):
            self.served_at = outcome.headers.get("date", self.served_at)
            return replace(outcome, received=self.access.context.now())
        return outcome

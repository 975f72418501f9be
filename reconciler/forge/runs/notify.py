"""notify_run: (a page, where to) → a message in a chat, or why there is none.

heartbeat_run: (a page, where to) → a sign that a look read everything, or why there is none.
chat_target: (what `--notify` says) → the chat, and where the secret address of its webhook is.

The address alone lets its holder write into the chat, so it is a secret, and its host is allowed in the environment
alone. A message is sent once more if it may have failed only for now. What fails changes no result.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import SecretRef, refusal
from reconciler.core.provider import Failure, Reply
from reconciler.core.reading.accounts import allowed_endpoints
from reconciler.core.reports.handover import Handover
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.plain_client import exchanged
from reconciler.effects.http.retries import repeat
from reconciler.effects.secrets import MissingSecret, secret
from reconciler.effects.world import Context
from reconciler.forge.text.chat import ChatKind, chat_message, is_news

ALLOW_NOTIFY: Final = "RECONCILER_ALLOW_NOTIFY"
NOTIFY_URL: Final = "RECONCILER_NOTIFY_URL"
_CAP = 64 * 1024
_JSON = (("Content-Type", "application/json"),)
# In seconds: for one attempt, between the two, and the longest wait that a chat may ask for.
_DEADLINE, _PAUSE, _LONGEST = 10.0, 2.0, 30.0


@dataclass(frozen=True, slots=True)
class ChatTarget:
    """A chat, and where the address of its webhook is."""

    kind: ChatKind
    address: SecretRef


def chat_target(text: str) -> ChatTarget | str:
    """Return the target in KIND, KIND=VARIABLE or KIND=file:NAME, or why it is none."""
    kind, _, place = text.partition("=")
    if kind not in tuple(ChatKind):
        return f"a chat is one of {', '.join(ChatKind)}"
    ref = address_ref(place or NOTIFY_URL)
    return ref if isinstance(ref, str) else ChatTarget(ChatKind(kind), ref)


def address_ref(place: str) -> SecretRef | str:
    """Return where a secret address is, by VARIABLE or file:NAME, or why the text names no such place."""
    name = place.removeprefix("file:")
    ref = SecretRef(file=name) if name != place else SecretRef(env=place)
    wrong = refusal(ref, "")
    return f"{wrong}: write VARIABLE or file:NAME" if wrong else ref


async def notify_run(context: Context, page: Handover, *, target: ChatTarget) -> str | None:
    """Send a message about a page that is news; returns why that failed, "" if it was sent, None if it is no news."""
    return await _told(context, page, target=target) if is_news(page) else None


async def heartbeat_run(context: Context, page: Handover, *, address: SecretRef) -> str | None:
    """Send a sign that a look read everything, and return why that failed; None if it did not read everything.

    A watcher that waits for the sign notices a look that never happened, which no message of a look can say.
    """
    target = ChatTarget(ChatKind.JSON, address)
    return None if page.failed or not page.complete else await _told(context, page, target=target)


async def _told(context: Context, page: Handover, *, target: ChatTarget) -> str:
    try:
        url = secret(target.address, context)
        origin = _allowed(url, context)
        return await _sent(url, origin, chat_message(target.kind, page, run=context.ci.run_url), context=context)
    except (MissingSecret, EnvironmentProblem) as problem:
        return str(problem)


def _allowed(url: str, context: Context) -> str:
    """Return the origin of the address; raises EnvironmentProblem if the environment does not allow it."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL("")
    found = allowed_endpoints(f"{parsed.scheme}://{parsed.netloc.decode()}") if not parsed.userinfo else frozenset()
    if not found:
        raise EnvironmentProblem("the address of its webhook is not https://HOST/PATH")
    (origin,) = found
    if origin not in allowed_endpoints(context.environ.get(ALLOW_NOTIFY, "")):
        raise EnvironmentProblem(f"set {ALLOW_NOTIFY}={origin} in the environment if messages may go there")
    return origin


async def _sent(url: str, origin: str, message: dict[str, object], *, context: Context) -> str:
    import httpx

    content = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    async def once() -> Reply | Failure:
        request = client.build_request("POST", httpx.URL(url), headers=_JSON, content=content)
        return await exchanged(client, request, cap=_CAP, deadline=min(_DEADLINE, context.patience.request))

    async with Connection(origin, (), chunk=context.patience.chunk).client() as client:
        outcome = await repeat(once, _again, sleep=context.sleep)
    if isinstance(outcome, Failure):
        return outcome.summary
    return "" if 200 <= outcome.status < 300 else f"{urlsplit(origin).netloc} answered HTTP {outcome.status}"


def _again(outcome: Reply | Failure, made: int) -> float | None:
    """Return how long to wait before the one further attempt, or None where there is none."""
    if made > 1:
        return None
    if isinstance(outcome, Failure):
        return _PAUSE
    asked = _PAUSE if outcome.retry_after is None else outcome.retry_after
    return asked if (outcome.status == 429 or outcome.status >= 500) and asked <= _LONGEST else None

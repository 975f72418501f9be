"""Plays a provider's exchange without a network: each call gets a reply that was prepared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reconciler.core.provider import Call, CallFailed, Exchange, Failure, Reply

T = TypeVar("T")


@dataclass(frozen=True)
class Played(Generic[T]):
    """What the exchange asked, and how it ended."""

    calls: tuple[Call, ...]
    result: T | None
    failure: Failure | None


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """Return a reply with a JSON body; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, body=json.dumps(body).encode())


def play(exchange: Exchange[T], *answers: Reply | Failure) -> Played[T]:
    """Run `exchange` against `answers`, all of which it must use up."""
    calls: list[Call] = []
    waiting = iter(answers)
    try:
        calls.append(next(exchange))
        while True:
            answer = next(waiting, None)
            assert answer is not None, f"no answer is left for {calls[-1]}"
            calls.append(exchange.send(answer) if isinstance(answer, Reply) else exchange.throw(CallFailed(answer)))
    except StopIteration as done:
        assert next(waiting, None) is None, "an answer was not asked for"
        return Played(tuple(calls), done.value, None)
    except CallFailed as failed:
        assert next(waiting, None) is None, "an answer was not asked for"
        return Played(tuple(calls), None, failed.failure)

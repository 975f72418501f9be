"""A host that hangs is given up for the run; one number that hangs takes nothing from the others."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.effects.http.retries import Asker, Hosts, Purpose
from reconciler.effects.world import Context, Patience
from tests.support.effects import Clock

HOST = "graph.example"
GIVEN_UP = f"{HOST} is given up for this run: calls for two profiles timed out, and none succeeded between"
HUNG = Failure(kind=FailureKind.UNREACHABLE, summary="no whole reply within 30 s", hung=True)
RESET = Failure(kind=FailureKind.UNREACHABLE, summary="the connection broke")
OUTCOMES: dict[str, Reply | Failure] = {
    "hangs": HUNG,
    "breaks": RESET,
    "answers": Reply(200),
    "refuses": Reply(404),
    "gateway": Reply(504),
}


def listening(said: list[str], *, notice: float = 10.0) -> Context:
    return replace(Clock().context(), warnings=said.append, patience=Patience(notice=notice))


def asker(name: str) -> Asker:
    """Return who asks: a target, with "/" and a purpose if it does not read."""
    target, _, purpose = name.partition("/")
    return Asker("" if target == "account" else target, Purpose[purpose.upper() or "READ"])


def sending(outcome: Reply | Failure, made: list[object]) -> Callable[[], Awaitable[Reply | Failure]]:
    async def send() -> Reply | Failure:
        made.append(outcome)
        return outcome

    return send


def asked(hosts: Hosts, *steps: str, host: str = HOST) -> list[bool]:
    """Make the calls of `steps` one after another, as "berlin hangs"; return of each whether it was made."""
    made: list[object] = []

    async def run() -> list[bool]:
        found = []
        for step in steps:
            who, outcome = step.split()
            before = len(made)
            await hosts.ask(host, asker(who), sending(OUTCOMES[outcome], made))
            found.append(len(made) > before)
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    "steps",
    [
        ["berlin hangs", "munich hangs"],
        ["berlin hangs", "berlin hangs", "munich hangs"],
        ["berlin/write hangs", "munich/read hangs"],
        ["berlin answers", "berlin hangs", "munich hangs"],
        # A gateway's reply says nothing of what is behind it, and a broken connection is no success.
        ["berlin hangs", "cologne gateway", "munich hangs"],
        ["berlin hangs", "cologne breaks", "munich hangs"],
    ],
    ids=" ".join,
)
def test_time_outs_of_two_targets_without_a_success_between_end_the_calls_to_a_host(steps: Sequence[str]) -> None:
    said: list[str] = []
    hosts = Hosts(listening(said))
    late = ["cologne answers", "berlin/write answers", "account answers"]
    assert asked(hosts, *steps, *late) == [True] * len(steps) + [False] * 3
    assert said == [GIVEN_UP]
    assert hosts.refusal(HOST, asker("cologne")) == Failure(
        kind=FailureKind.UNREACHABLE,
        summary=GIVEN_UP,
        hint="run again when it answers",
        after=math.inf,
        sent=False,
        hung=True,
    )


@pytest.mark.parametrize(
    "steps",
    [
        ["berlin hangs"] * 2,
        ["berlin/write hangs"] * 5,
        ["berlin hangs", "cologne answers", "munich hangs"],
        ["berlin hangs", "cologne refuses", "munich hangs"],
        ["berlin hangs", "berlin/write hangs", "berlin/picture hangs"],
        ["account hangs", "munich hangs"],
        ["account hangs"] * 5,
        ["berlin breaks", "munich breaks"],
        ["berlin gateway", "munich gateway"],
        # What serves the pictures may be another machine.
        ["berlin hangs", "munich/picture hangs"],
    ],
    ids=" ".join,
)
def test_nothing_else_takes_a_host_from_the_others(steps: Sequence[str]) -> None:
    said: list[str] = []
    assert asked(Hosts(listening(said)), *steps, "cologne answers", "account answers") == [True] * (len(steps) + 2)
    assert said == []


def test_two_numbers_that_hang_while_others_are_answered_take_nothing_from_them() -> None:
    """They began together and time out together, so no success lies between; but some came while they hung."""
    said: list[str] = []
    hosts = Hosts(listening(said))

    async def run() -> None:
        answered = asyncio.Event()

        async def hang() -> Failure:
            await answered.wait()
            return HUNG

        async with asyncio.TaskGroup() as group:
            for name in ("berlin", "munich"):
                group.create_task(hosts.ask(HOST, asker(name), hang))
            await asyncio.sleep(0)
            await hosts.ask(HOST, asker("cologne"), sending(Reply(200), []))
            answered.set()

    asyncio.run(run())
    assert (said, hosts.refusal(HOST, asker("cologne"))) == ([], None)


def test_a_host_is_given_up_alone_and_once() -> None:
    said: list[str] = []
    hosts = Hosts(listening(said), of="addresses")

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for name in ("/a", "/b", "/c", "/d"):
                group.create_task(hosts.ask(HOST, Asker(name, Purpose.READ), hang))

    async def hang() -> Failure:
        await asyncio.sleep(0)
        return HUNG

    asyncio.run(run())
    assert said == [GIVEN_UP.replace("profiles", "addresses")]
    assert asked(hosts, "berlin answers", host="waba.example") == [True]


def test_the_pictures_of_a_host_are_given_up_by_themselves() -> None:
    said: list[str] = []
    hosts = Hosts(listening(said))
    steps = ["berlin/picture hangs", "munich answers", "munich/picture hangs", "cologne/picture answers"]
    assert asked(hosts, *steps, "cologne answers") == [True, True, True, False, True]
    assert said == [GIVEN_UP.replace("calls", "pictures")]


@pytest.mark.parametrize("what", ["read", "picture"])
def test_a_target_whose_reads_hung_is_not_read_again_in_this_run(what: str) -> None:
    """Its next read-back would cost as much again; its writes and the reads of others go on."""
    said: list[str] = []
    hosts = Hosts(listening(said))
    hangs = [f"berlin/{what} hangs"] * 2
    assert asked(hosts, *hangs, f"berlin/{what} answers", "munich answers", "berlin/write answers") == [
        *(True, True, False),
        *(True, True),
    ]
    refused = hosts.refusal(HOST, asker(f"berlin/{what}"))
    assert refused is not None
    assert refused.summary == f"{HOST} timed out 2 times here, and is not asked again in this run"
    other = "picture" if what == "read" else "read"
    assert hosts.refusal(HOST, asker(f"berlin/{other}")) is None
    assert said == []


# What the run waits for


@pytest.mark.parametrize(("name", "whom"), [("berlin", " for berlin"), ("account", "")])
def test_what_the_run_waits_for_is_said_once_until_the_host_answers(name: str, whom: str) -> None:
    said: list[str] = []

    async def run() -> None:
        noticed = asyncio.Event()

        def say(text: str) -> None:
            said.append(text)
            noticed.set()

        hosts = Hosts(replace(listening([], notice=0.0), warnings=say))

        async def slow() -> Reply:
            await noticed.wait()
            # The other call's notice comes due in the same turn.
            await asyncio.sleep(0)
            return Reply(200)

        for _ in range(2):
            noticed.clear()
            await asyncio.gather(*(hosts.ask(HOST, asker(name), slow) for _ in range(2)))

    asyncio.run(run())
    assert said == [f"waiting for {HOST}{whom}: no reply for 0 s"] * 2


def test_what_is_answered_in_time_is_not_waited_for() -> None:
    said: list[str] = []
    assert asked(Hosts(listening(said)), "berlin answers", "berlin breaks") == [True, True]
    assert said == []

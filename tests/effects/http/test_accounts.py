from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.fields import Mode, SecretRef
from reconciler.core.provider import Failure, Usage
from reconciler.core.settings import Account, Policy, Settings
from reconciler.core.target import Desired
from reconciler.effects.http.accounts import AccountAccess, Forecast, awaited, connect_accounts, forecast, later
from reconciler.effects.http.allowance import OVER
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.world import Context
from reconciler.providers.meta import Meta
from tests.support import desired, target
from tests.support.effects import Clock, account

LOCAL = "http://127.0.0.1:9"
TOKEN = SecretRef(env="META_TOKEN")
PLAN = SecretRef(env="META_PLAN_TOKEN")
BOTH = {"token": TOKEN, "plan_token": PLAN}
SET = {"META_TOKEN": "writes", "META_PLAN_TOKEN": "looks"}


def made(
    *accounts: Account, context: Context, looking: bool = False, profiles: tuple[Desired, ...] | None = None
) -> Mapping[str, AccountAccess]:
    """Return the lines that one profile of each account needs."""
    settings = Settings(accounts={one.name: one for one in accounts}, policy=Policy())
    wanted = tuple(profile(one.name) for one in accounts) if profiles is None else profiles
    return connect_accounts(settings, wanted, {"meta": Meta}, context=context, read_only=looking)


def profile(name: str, mode: Mode = Mode.MANAGED) -> Desired:
    return desired(mode, to=replace(target(name), account=name), about="Hi")


def credential(context: Context, credentials: Mapping[str, SecretRef], *, looking: bool) -> str:
    found = made(account("bakery", credentials, endpoint=LOCAL), context=context, looking=looking)
    return found["bakery"].credential


def missing(*accounts: Account, context: Context, looking: bool = False) -> list[str]:
    with pytest.raises(InvalidInput) as wrong:
        made(*accounts, context=context, looking=looking)
    return [problem.summary for problem in wrong.value.diagnostics]


@pytest.mark.parametrize(
    ("looking", "credentials", "environ", "used"),
    [
        (True, BOTH, SET, "looks"),
        (True, BOTH, {"META_TOKEN": "writes"}, "writes"),
        (True, BOTH, {"META_PLAN_TOKEN": "looks"}, "looks"),
        (True, {"token": TOKEN}, SET, "writes"),
        (False, BOTH, SET, "writes"),
        (False, {"token": TOKEN}, SET, "writes"),
    ],
)
def test_who_only_looks_prefers_the_credential_for_looking(
    looking: bool,
    credentials: dict[str, SecretRef],
    environ: dict[str, str],
    used: str,
) -> None:
    assert credential(Clock().context(environ=environ), credentials, looking=looking) == used


def test_a_credential_for_looking_never_writes() -> None:
    context = Clock().context(environ={"META_PLAN_TOKEN": "looks"})
    assert missing(account("bakery", BOTH, endpoint=LOCAL), context=context) == [
        "the environment variable META_TOKEN is not set (for account bakery)"
    ]


def test_a_credential_for_looking_that_cannot_be_used_is_not_replaced_by_a_mightier_one() -> None:
    context = Clock().context(environ={"META_TOKEN": "writes", "META_PLAN_TOKEN": "looks\nX: 1"})
    assert missing(account("bakery", BOTH, endpoint=LOCAL), context=context, looking=True) == [
        "the environment variable META_PLAN_TOKEN holds a line break (for account bakery)"
    ]


def test_every_missing_credential_is_named_before_any_way_is_made(tmp_path: Path) -> None:
    accounts = [
        account("a", {"token": SecretRef(env="META_A")}, endpoint=LOCAL),
        account("b", {"token": SecretRef(file="META_B")}, endpoint=LOCAL),
        account("c", {"token": SecretRef(env="META_C")}, endpoint="sandbox"),
        account("d", {"token": TOKEN}, endpoint=LOCAL),
    ]
    context = Clock().context(tmp_path, {"META_TOKEN": "writes", "RECONCILER_SECRETS_DIR": str(tmp_path)})
    assert missing(*accounts, context=context) == [
        "the environment variable META_A is not set (for account a)",
        "the secret file META_B does not exist (for account b)",
    ]
    assert list(tmp_path.iterdir()) == []


# The sandbox


@pytest.mark.parametrize(
    ("credentials", "environ", "used"),
    [({}, SET, "sandbox"), (BOTH, {}, "sandbox"), (BOTH, SET, "looks"), ({"token": TOKEN}, SET, "writes")],
)
def test_the_sandbox_needs_no_credential_and_takes_one(
    tmp_path: Path, credentials: dict[str, SecretRef], environ: dict[str, str], used: str
) -> None:
    context = Clock().context(tmp_path, environ)
    found = made(account("bakery", credentials), context=context, looking=True)["bakery"]
    assert (found.credential, found.connection.origin) == (used, "https://graph.facebook.com")
    assert found.connection.sandbox is not None


# What a line is made of


def test_only_accounts_that_are_needed_have_a_line() -> None:
    context = Clock().context(environ={"META_TOKEN": "writes"})
    accounts = [
        account("a", {"token": TOKEN}, endpoint=LOCAL),
        account("b", {"token": SecretRef(env="META_B")}, endpoint=LOCAL),
    ]
    profiles = (profile("a"), profile("a", Mode.OBSERVE), profile("b", Mode.PAUSED))
    assert list(made(*accounts, context=context, profiles=profiles)) == ["a"]
    assert dict(made(*accounts, context=context, profiles=())) == {}


def test_a_line_leads_to_its_accounts_endpoint() -> None:
    found = made(
        account("bakery", {"token": TOKEN}, endpoint=LOCAL), context=Clock().context(environ={"META_TOKEN": "writes"})
    )["bakery"]
    assert found.connection == Connection(LOCAL, (*Meta.traits.picture_hosts, LOCAL))
    assert isinstance(found.provider, Meta)


@pytest.mark.parametrize(
    ("profiles", "retries", "minutes"), [(0, 20, 5), (4, 20, 6), (5, 21, 6), (400, 100, 63), (1000, 220, 149)]
)
def test_what_the_run_may_spend_is_announced_and_no_credential_is(profiles: int, retries: int, minutes: int) -> None:
    """Five minutes and the calls' expected time: at 5,000 calls an hour, a thousand profiles need over two hours."""
    log: list[str] = []
    clock = Clock()
    context = Context(Path("/nowhere"), SET, monotonic=clock.monotonic, sleep=clock.sleep, log=log.append)
    made(account("bakery", BOTH, endpoint=LOCAL), context=context, profiles=(profile("bakery"),) * profiles)
    assert log == [f"{retries} retries may be spent on this run, within {minutes} minutes"]


def test_accounts_share_the_runs_budget_and_deadline_and_nothing_else() -> None:
    clock = Clock(now=5.0)
    accounts = [account("a", {"token": TOKEN}, endpoint=LOCAL), account("b", {"token": PLAN}, endpoint=LOCAL)]
    found = made(*accounts, context=clock.context(environ=SET))
    one, other = found["a"], found["b"]
    assert one.deadline == other.deadline == pytest.approx(5.0 + 300.0 + 12 * 0.72)
    assert one.hosts is other.hosts
    assert one.pace._budget is other.pace._budget
    assert one.pace is not other.pace
    assert (one.credential, other.credential) == ("writes", "looks")


@pytest.mark.parametrize(("workers", "seconds"), [(1, 24.0), (2, 12.0), (16, 12 * 0.72)])
def test_a_run_may_take_as_long_as_the_calls_of_its_workers_and_its_rate_do(workers: int, seconds: float) -> None:
    slow = replace(account("a", {"token": TOKEN}, endpoint=LOCAL), concurrency=workers)
    found = made(slow, context=Clock(now=0.0).context(environ=SET))
    assert found["a"].deadline == pytest.approx(300.0 + seconds)


def test_the_run_with_the_most_to_do_sets_the_deadline_of_all() -> None:
    accounts = [account(name, {"token": TOKEN}, endpoint=LOCAL) for name in ("a", "b")]
    profiles = (profile("a"), *[profile("b")] * 10)
    found = made(*accounts, context=Clock(now=0.0).context(environ=SET), profiles=profiles)
    assert [one.deadline for one in found.values()] == [pytest.approx(300.0 + 10 * 12 * 0.72)] * 2


def test_a_later_deadline_changes_nothing_else() -> None:
    found = made(account("a", {"token": TOKEN}, endpoint=LOCAL), context=Clock().context(environ=SET))
    moved = later(found, 60.0)
    assert moved["a"].deadline == found["a"].deadline + 60.0
    assert replace(moved["a"], deadline=found["a"].deadline) == found["a"]


def spent(clock: Clock, *, until: float | None = None) -> Mapping[str, AccountAccess]:
    """Return the way to a number of which others have used up this hour's calls."""
    settings = Settings(accounts={"a": account("a", {"token": TOKEN}, endpoint=LOCAL)}, policy=Policy())
    context = replace(clock.context(environ=SET), now=lambda: datetime(2026, 8, 2, 12, tzinfo=UTC))
    found = connect_accounts(settings, (profile("a"),), {"meta": Meta}, context=context, read_only=False, until=until)
    found["a"].pace.learn(Usage(percent=100.0))
    return found


def test_a_stage_that_has_to_wait_for_the_allowance_may_take_as_much_longer() -> None:
    found, targets = spent(Clock()), [profile("a").target]
    assert awaited(found, targets, calls_each=10)["a"].deadline == pytest.approx(found["a"].deadline + 61 * 60, abs=60)
    # What costs no call waits for nothing, and a person's limit stays.
    assert awaited(found, (), calls_each=10) == found
    limited = spent(Clock(), until=9000.0)
    assert awaited(limited, targets, calls_each=10) == limited


@pytest.mark.parametrize("until", [None, 9000.0])
def test_what_could_be_sent_only_after_the_runs_time_is_not_waited_for(until: float | None) -> None:
    clock = Clock(now=8000.0 if until is not None else 0.0)
    access = spent(clock, until=until)["a"]

    async def reserved() -> Failure | None:
        async with WriteClient(access) as sending, sending.reserved_calls(10) as over:
            return over

    assert asyncio.run(reserved()) == OVER
    assert clock.slept == []


# What a stage may take


@pytest.mark.parametrize(
    ("profiles", "workers", "words"),
    [
        (412, 8, "at most 824 calls in about 3 min 26 s; Meta has 5,000 of 5,000 calls left this hour"),
        # Beyond what the provider lets through at once, its rate counts and not the workers.
        (10_000, 8, "at most 20,000 calls in about 3 h 3 min; Meta has 5,000 of 5,000 calls left this hour"),
        (1, 1, "at most 2 calls in about 4 s; Meta has 5,000 of 5,000 calls left this hour"),
    ],
)
def test_a_stage_says_before_it_begins_what_it_may_take(profiles: int, workers: int, words: str) -> None:
    context = replace(Clock().context(environ=SET), now=lambda: datetime(2026, 8, 2, 12, tzinfo=UTC))
    found = made(account("bakery", BOTH, endpoint=LOCAL), context=context)
    targets = [profile("bakery").target] * profiles
    assert forecast(found, targets, workers={"bakery": workers}, calls_each=2).text == words


def test_the_calls_of_all_accounts_are_added_and_the_sandbox_has_no_limit(tmp_path: Path) -> None:
    context = Clock().context(tmp_path, SET)
    found = made(account("bakery", BOTH, endpoint=LOCAL), account("cafe", BOTH, endpoint=LOCAL), context=context)
    targets = [profile(name).target for name in ("bakery", "bakery", "cafe")]
    both = forecast(found, targets, workers={"bakery": 2, "cafe": 1}, calls_each=10)
    left = ", ".join(f"Meta has 5,000 of 5,000 calls left this hour for {name}" for name in ("bakery", "cafe"))
    assert both == Forecast(f"at most 30 calls in about 20 s; {left}")
    sandbox = made(account("bakery", BOTH), context=context)
    assert forecast(sandbox, targets[:1], workers={"bakery": 1}, calls_each=10) == Forecast()
    assert forecast(found, [], workers={}, calls_each=10) == Forecast()

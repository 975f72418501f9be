"""connect_accounts: (the accounts that are needed) → for each, its connection, its credential and its allowance.

AccountAccess: what the workers of one account share: its provider, the way there, and what its calls carry.
remembered_calls: (accesses, the ledger) → the same, with what earlier runs took of their allowances.
CallsMade: what a run's calls took, for the ledger.
half_for_reading, all_for_writing: (accesses) → the same, with what a run that has a limit may use for each.
later: (accesses, seconds) → the same with a later deadline.
awaited: (accesses, targets) → the same with deadlines after what the allowances make a stage wait for.
forecast: (accesses, targets) → how many calls they may take, how long about, and what is left of the allowances.

Every missing credential is reported at once, before the first call.
"""

from __future__ import annotations

import hmac
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.fields import Mode
from reconciler.core.memory.spending import AccountKey, AccountRecord
from reconciler.core.progress import duration
from reconciler.core.provider import Failure, Provider
from reconciler.core.roster import NumberFacts
from reconciler.core.settings import Account, Settings
from reconciler.core.target import SANDBOX, Desired, Target
from reconciler.core.traits import BulkRead, Rate, Traits
from reconciler.effects.credentials import by_account, credentials
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.connection import Connection, connect
from reconciler.effects.http.retries import Hosts, RetryBudget
from reconciler.effects.secrets import webhook_secrets
from reconciler.effects.world import Context

# Seconds. A run may last as long as its calls are expected to take, and this time besides, because a provider may ask
# for pauses of a minute. After that it starts no further call.
_RUN_SECONDS = 300.0
# What a call of one worker takes, where the provider's rate does not make it longer.
CALL_SECONDS = 2.0
# Read a number and its node, check both again, write, upload and read both back: the most that an apply needs.
_CALLS_PER_PROFILE = 12
# Of those, the ones that only read.
CALLS_TO_READ = 2
CALLS_TO_WRITE = _CALLS_PER_PROFILE - CALLS_TO_READ
# The sandbox has no rate.
_UNMETERED = Rate(calls=1_000_000, seconds=1.0)
_HOUR = 3600.0
_RETRIES_AT_LEAST = 20
_PROFILES_PER_RETRY = 5


def connect_accounts(
    settings: Settings,
    desired: Sequence[Desired],
    providers: Mapping[str, type[Provider]],
    *,
    context: Context,
    read_only: bool,
    until: float | None = None,
) -> dict[str, AccountAccess]:
    """Return the access to each account that `desired` needs; raises InvalidInput naming every missing credential.

    `read_only` prefers the credential that an account keeps for reading, and needs none where there is nothing to be
    read. No call begins that is expected to end after the monotonic time `until`.
    """
    mine = by_account(needed := [one for one in desired if one.mode is not Mode.PAUSED])
    chosen, traits = {name: settings.accounts[name] for name in sorted(mine)}, _traits(providers)
    webhook_secrets(needed, context)
    held = credentials(chosen, needed, traits, context, read_only=read_only)
    budget = RetryBudget(_RETRIES_AT_LEAST + len(desired) // _PROFILES_PER_RETRY)
    rates = {name: _rate(account, traits[account.provider]) for name, account in chosen.items()}
    seconds = max((_seconds(one, rates[name], len(mine[name])) for name, one in chosen.items()), default=_RUN_SECONDS)
    ends, hosts = _ends_at(context, budget, seconds, until), Hosts(context)
    found = {
        name: AccountAccess(
            provider=providers[account.provider](account),
            connection=connect(account, traits[account.provider], [one.target for one in mine[name]], context=context),
            pace=Pace(rates[name], budget, context=context, of=traits[account.provider].title),
            context=context,
            credential=held[name].account,
            proof_secret=held[name].proof_secret,
            credentials=held[name].numbers,
            absent=held[name].absent,
            places=held[name].places,
            bulk=BulkReading(account.bulk_read),
            deadline=ends,
            hosts=hosts,
        )
        for name, account in chosen.items()
    }
    return found if until is None else {name: _limited(access) for name, access in found.items()}


def _traits(providers: Mapping[str, type[Provider]]) -> dict[str, Traits]:
    return {name: provider.traits for name, provider in providers.items()}


def _limited(access: AccountAccess) -> AccountAccess:
    """Return the access of a run with a limit: it waits for as long as a provider asks, if the limit comes later."""
    access.pace.longest_wait = float("inf")
    return replace(access, limit=access.deadline)


def _ends_at(context: Context, budget: RetryBudget, seconds: float, until: float | None) -> float:
    """Return the monotonic time after which no call is made: `seconds` from now, or a call before `until`."""
    if until is not None:
        return until - CALL_SECONDS
    context.log(f"{budget.left} retries may be spent on this run, within {seconds / 60:.0f} minutes")
    return context.monotonic() + seconds


def _seconds(account: Account, rate: Rate, profiles: int) -> float:
    """Return how many seconds a run may take, by the account's calls: what its workers or its rate make of them."""
    each = max(CALL_SECONDS / account.concurrency, rate.seconds / rate.calls)
    return _RUN_SECONDS + profiles * _CALLS_PER_PROFILE * each


def remembered_calls(
    accounts: Mapping[str, AccountAccess], known: Mapping[AccountKey, AccountRecord]
) -> dict[str, AccountAccess]:
    """Return the accesses with what the ledger knows of their accounts: earlier calls, and where a look stopped."""
    found: dict[str, AccountAccess] = {}
    for name, access in accounts.items():
        record = known.get(_key(name, access), AccountRecord(_key(name, access)))
        access.pace.remember(record.slots)
        found[name] = replace(access, first=record.unread)
    return found


def _key(name: str, access: AccountAccess) -> AccountKey:
    return access.provider.traits.name, access.connection.origin, name


@dataclass(slots=True)
class CallsMade:
    """What a run's calls took of the allowances, and where its look stopped, as far as no ledger has it yet."""

    accounts: Mapping[str, AccountAccess] = field(default_factory=dict)
    looked: tuple[AccountRecord, ...] = ()

    def look(self, name: str, *, read: Iterable[str], unread: Iterable[str]) -> None:
        """Note which addresses of an account were read, and to which the look did not come.

        Where this look and the last one came to their end, there is nothing to note.
        """
        access, left = self.accounts[name], dict.fromkeys(unread)
        # What has waited longest stays in front.
        waited = [address for address in access.first if address in left]
        if left or access.first:
            order = tuple(dict.fromkeys([*waited, *left]))
            self.looked += (AccountRecord(_key(name, access), unread=order, read=frozenset(read)),)

    def take(self) -> tuple[AccountRecord, ...]:
        """Return what a ledger is to keep, and count it as kept."""
        looked, self.looked = self.looked, ()
        made = (AccountRecord(_key(name, one), one.pace.window.fresh()) for name, one in self.accounts.items())
        return (*looked, *(one for one in made if one.slots))

    def put_back(self, records: Iterable[AccountRecord]) -> None:
        """Take back what no ledger could keep."""
        keys = {_key(name, access): access for name, access in self.accounts.items()}
        for one in records:
            keys[one.key].pace.window.not_kept(one.slots)
            self.looked += (replace(one, slots=()),) * bool(one.read or one.unread)


def half_for_reading(accounts: Mapping[str, AccountAccess], now: float) -> dict[str, AccountAccess]:
    """Return the accesses of a run that has a limit and still wants to send: reading takes half of what there is.

    Otherwise a fleet that no run can read whole would be read in part by each, and nothing would ever be sent.
    """
    for access in accounts.values():
        access.pace.spare = access.pace.left() // 2 if access.limit != float("inf") else 0
    return {
        name: access if access.limit == float("inf") else replace(access, deadline=(now + access.limit) / 2)
        for name, access in accounts.items()
    }


def all_for_writing(accounts: Mapping[str, AccountAccess]) -> dict[str, AccountAccess]:
    """Return the accesses with all that is left of the time and of the allowance."""
    for access in accounts.values():
        access.pace.spare = 0
    return {name: replace(one, deadline=max(one.deadline, _ends(one))) for name, one in accounts.items()}


def _ends(access: AccountAccess) -> float:
    return access.limit if access.limit != float("inf") else access.deadline


def later(accounts: Mapping[str, AccountAccess], seconds: float) -> dict[str, AccountAccess]:
    """Return the accesses with a deadline that is `seconds` later: a run does not pay for the time of a person.

    A limit that a person set stays.
    """
    return {name: replace(one, deadline=min(one.deadline + seconds, one.limit)) for name, one in accounts.items()}


def awaited(
    accounts: Mapping[str, AccountAccess], targets: Iterable[Target], *, calls_each: int
) -> dict[str, AccountAccess]:
    """Return the accesses with deadlines that come after what the allowances make a stage wait for, as it forecasts.

    A limit that a person set stays.
    """
    calls = _calls(targets, calls_each)
    return {name: _awaited(access, calls.get(name, 0)) for name, access in accounts.items()}


def _awaited(access: AccountAccess, calls: int) -> AccountAccess:
    if access.limit != float("inf") or not (wait := access.pace.lasts(calls)):
        return access
    access.context.log(f"it may wait for the allowance, and take {math.ceil(wait / 60)} minutes longer")
    return replace(access, deadline=access.deadline + wait)


def _calls(targets: Iterable[Target], calls_each: int) -> dict[str, int]:
    return {name: calls_each * number for name, number in Counter(one.account for one in targets).items()}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a stage may take, in one line, and whether it has to wait for an allowance. The sandbox has no rate."""

    text: str = ""
    waits: bool = False


def forecast(
    accounts: Mapping[str, AccountAccess], targets: Iterable[Target], *, workers: Mapping[str, int], calls_each: int
) -> Forecast:
    """Return how many calls a stage may take, how long about, and what is left of each allowance."""
    calls = _calls(targets, calls_each)
    metered = {name: accounts[name].pace for name in calls if accounts[name].pace.rate != _UNMETERED}
    if not metered:
        return Forecast()
    waits = {name: pace.lasts(calls[name]) for name, pace in metered.items()}
    seconds = max(max(calls[name] * CALL_SECONDS / workers[name], wait) for name, wait in waits.items())
    left = [_left(accounts[name], pace, name if len(metered) > 1 else "") for name, pace in metered.items()]
    most = f"at most {sum(calls[name] for name in metered):,} calls in about {duration(seconds)}"
    return Forecast(f"{most}; {', '.join(sorted(left))}", any(waits.values()))


def _left(access: AccountAccess, pace: Pace, account: str) -> str:
    """Return what is left of one account's allowance, in words; `account` is its name where there are several."""
    time = "this hour" if pace.rate.seconds == _HOUR else f"in {duration(pace.rate.seconds)}"
    whose = f" for {account}" if account else ""
    return f"{access.provider.traits.title} has {pace.left():,} of {pace.rate.calls:,} calls left {time}{whose}"


def _rate(account: Account, traits: Traits) -> Rate:
    return _UNMETERED if account.endpoint == SANDBOX else traits.rate


@dataclass(slots=True)
class BulkReading:
    """How an account's numbers are read: many at once, until the provider refuses that; `refused` says why."""

    mode: BulkRead = BulkRead.SINGLE
    refused: str = ""
    proven: bool = False


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """What all workers of one account share; `opened` is what was told of the numbers. No repr shows the credential."""

    provider: Provider
    connection: Connection
    pace: Pace
    context: Context
    credential: str = ""
    # What each call proves to have, if the account names it; it never travels itself.
    proof_secret: str = ""
    # The numbers' own credentials, if they have any: by the profile's name.
    credentials: Mapping[str, str] = field(default_factory=dict)
    # The profiles without a credential, and why: no call is made for them.
    absent: Mapping[str, str] = field(default_factory=dict)
    opened: dict[str, NumberFacts] = field(default_factory=dict)
    # Where each credential is kept, for messages; and why the provider refused one, which no further call then uses.
    places: Mapping[str, str] = field(default_factory=dict)
    refused: dict[str, Failure] = field(default_factory=dict)
    bulk: BulkReading = field(default_factory=BulkReading)
    deadline: float = float("inf")
    # The addresses that the last look did not come to: this one begins with them.
    first: tuple[str, ...] = ()
    # What the deadline is at most, where a person set a limit.
    limit: float = float("inf")
    hosts: Hosts = field(default_factory=Hosts)

    def __repr__(self) -> str:
        """Name the endpoint and nothing else."""
        return f"AccountAccess({self.connection.origin})"

    def credential_for(self, target: Target | None) -> str:
        """Return the credential of `target`, which may be the account's."""
        return self.credentials.get(target.profile, self.credential) if target is not None else self.credential

    def proof_for(self, credential: str) -> str:
        """Return the proof that goes with `credential`; "" if none is asked for."""
        if not self.proof_secret:
            return ""
        return hmac.new(self.proof_secret.encode(), credential.encode(), "sha256").hexdigest()

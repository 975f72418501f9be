"""connect_accounts: (the accounts that are needed) → for each, its connection, its credential and its allowance.

AccountAccess: what the workers of one account share: its provider, the way there, and what its calls carry.
later: (accesses, seconds) → the same with a later deadline.
forecast: (accesses, targets) → how many calls they may take, how long about, and what the providers allow.

Every missing credential is reported at once, before the first call.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.fields import Mode
from reconciler.core.progress import duration
from reconciler.core.provider import Failure, Provider
from reconciler.core.roster import NumberFacts
from reconciler.core.settings import Account, Settings
from reconciler.core.target import SANDBOX, Desired, Target
from reconciler.core.traits import BulkRead, Rate, Traits
from reconciler.effects.credentials import by_account, credentials
from reconciler.effects.http.allowance import Pace, RetryBudget, allowance
from reconciler.effects.http.connection import Connection, connect
from reconciler.effects.http.hosts import Hosts
from reconciler.effects.secrets import webhook_secrets
from reconciler.effects.world import Context

# Seconds. A run that lasts longer than this and its calls' expected time starts no more of them. A provider may ask for
# a pause of a minute, now and then.
_RUN_SECONDS = 300.0
# What a call of one worker takes, where the provider's rate does not make it longer.
_CALL_SECONDS = 2.0
# Read a number and its node, check both again, write, upload and read both back: the most that an apply needs.
_CALLS_PER_PROFILE = 12
# Of those, the ones that only read.
CALLS_TO_READ = 2
CALLS_TO_WRITE = _CALLS_PER_PROFILE - CALLS_TO_READ
# The sandbox has no rate.
_UNMETERED = Rate(calls=1_000_000, seconds=1.0)
_RETRIES_AT_LEAST = 20
_PROFILES_PER_RETRY = 5


def connect_accounts(
    settings: Settings,
    desired: Sequence[Desired],
    providers: Mapping[str, type[Provider]],
    *,
    context: Context,
    read_only: bool,
) -> dict[str, AccountAccess]:
    """Return the access to each account that `desired` needs; raises InvalidInput naming every missing credential.

    `read_only` prefers the credential that an account keeps for reading, and needs none where there
    is nothing to be read.
    """
    needed = [one for one in desired if one.mode is not Mode.PAUSED]
    mine = by_account(needed)
    chosen = {name: settings.accounts[name] for name in sorted(mine)}
    traits = {name: provider.traits for name, provider in providers.items()}
    webhook_secrets(needed, context)
    held = credentials(chosen, needed, traits, context, read_only=read_only)
    budget = RetryBudget(_RETRIES_AT_LEAST + len(desired) // _PROFILES_PER_RETRY)
    rates = {name: _rate(account, traits[account.provider]) for name, account in chosen.items()}
    seconds = max((_seconds(one, rates[name], len(mine[name])) for name, one in chosen.items()), default=_RUN_SECONDS)
    deadline, hosts = _deadline(context, budget, seconds), Hosts(context)
    return {
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
            deadline=deadline,
            hosts=hosts,
        )
        for name, account in chosen.items()
    }


def _deadline(context: Context, budget: RetryBudget, seconds: float) -> float:
    context.log(f"{budget.left} retries may be spent on this run, within {seconds / 60:.0f} minutes")
    return context.monotonic() + seconds


def _seconds(account: Account, rate: Rate, profiles: int) -> float:
    """Return how many seconds a run may take, by the account's calls: what its workers or its rate make of them."""
    each = max(_CALL_SECONDS / account.concurrency, rate.seconds / rate.calls)
    return _RUN_SECONDS + profiles * _CALLS_PER_PROFILE * each


def later(accounts: Mapping[str, AccountAccess], seconds: float) -> dict[str, AccountAccess]:
    """Return the accesses with a deadline that is `seconds` later: a run does not pay for the time of a person."""
    return {name: replace(access, deadline=access.deadline + seconds) for name, access in accounts.items()}


def forecast(
    accounts: Mapping[str, AccountAccess], targets: Iterable[Target], *, workers: Mapping[str, int], calls_each: int
) -> str:
    """Return what a stage may take, in one line; it is empty in the sandbox, which has no rate."""
    calls = {name: calls_each * number for name, number in Counter(one.account for one in targets).items()}
    metered = {name: accounts[name].pace.rate for name in calls if accounts[name].pace.rate != _UNMETERED}
    if not metered:
        return ""
    seconds = max(
        max(calls[name] * _CALL_SECONDS / workers[name], (calls[name] - rate.calls) * rate.seconds / rate.calls)
        for name, rate in metered.items()
    )
    allowed = {f"{accounts[name].provider.traits.title} allows {allowance(rate)}" for name, rate in metered.items()}
    most = f"at most {sum(calls[name] for name in metered):,} calls in about {duration(seconds)}"
    return f"{most}; {', '.join(sorted(allowed))}"


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
    # Where each credential is kept, for messages, and why the provider refused one: it is called no more with that.
    places: Mapping[str, str] = field(default_factory=dict)
    refused: dict[str, Failure] = field(default_factory=dict)
    bulk: BulkReading = field(default_factory=BulkReading)
    deadline: float = float("inf")
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

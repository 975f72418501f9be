"""examine: (a line, the profiles of its account) → what each number answers. One small read each, and no write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.core.errors import CallFailed
from reconciler.core.provider import Failure, FailureKind, NumberFacts, Roster
from reconciler.core.target import Desired, Live, Observed
from reconciler.effects.fetch import read_roster
from reconciler.effects.http import AccountAccess, ReadClient
from reconciler.effects.workers import run_workers

_REFUSED = frozenset({FailureKind.UNAUTHORISED, FailureKind.FORBIDDEN})
# One field is enough to see that a number answers.
_ENOUGH = frozenset({"about"})


@dataclass(slots=True)
class Examined:
    """What came back: by profile, what was read or why not; the account's list, where it has one.

    `dates` are what the servers' clocks said.
    """

    found: dict[str, Live | Failure] = field(default_factory=dict)
    roster: Roster | None = None
    refused: Failure | None = None
    dates: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether any call was answered with what it asked for."""
        return self.roster is not None or any(isinstance(one, Observed) for one in self.found.values())

    @property
    def failure(self) -> Failure | None:
        """The first call that was refused for its credential, or else the first that failed at all."""
        failures = [one for one in (self.refused, *self.found.values()) if isinstance(one, Failure)]
        return next((one for one in failures if is_refused(one)), next(iter(failures), None))


def is_refused(failure: Failure) -> bool:
    """Say whether it was the credential that was not accepted."""
    return failure.kind in _REFUSED


async def examine(line: AccountAccess, profiles: Sequence[Desired], *, workers: int) -> Examined:
    """Ask for the account's list, where it has one, and for a little of each of `profiles`."""
    examined = Examined()
    roster = await read_roster(line)
    if isinstance(roster, Failure):
        examined.refused = roster
        return examined
    examined.roster = roster

    async def read(looking: ReadClient, one: Desired) -> None:
        facts = (examined.roster or {}).get(one.target.address)
        examined.found[one.target.profile] = await _read(looking, one, facts)
        examined.dates += filter(None, [looking.served_at])

    await run_workers(profiles, read, workers=workers, tool=lambda: ReadClient(line))
    return examined


async def _read(looking: ReadClient, one: Desired, facts: NumberFacts | None) -> Live | Failure:
    try:
        return await looking.drive(looking.line.provider.read(one.target, facts, wanted=_ENOUGH), target=one.target)
    except CallFailed as failed:
        return failed.failure

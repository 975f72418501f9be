"""The table of contents: what each command does, as a sequence of stages.

One profile's journey: load → validate → resolve → fetch → diff → attribute → plan → gate → (approve) → apply → verify →
record. Looking commands make clients that have no code to write; only `apply_run` makes one that has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.change import Change
from reconciler.core.decide import Approval, Decision, decide, held
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.errors import EnvironmentProblem, InvalidInput
from reconciler.core.gates import gates
from reconciler.core.ledger import LedgerEntry, Stamp
from reconciler.core.memory import remembered
from reconciler.core.outcome import FieldOutcome, FieldStatus, RunRecord
from reconciler.core.plan import Plan, plan
from reconciler.core.report import ApplyReport, DriftReport, PlanReport, ShowReport, ValidateReport
from reconciler.core.select import select
from reconciler.core.settings import Settings
from reconciler.core.target import SANDBOX, Desired, Live, Target
from reconciler.core.value import Webhook
from reconciler.effects.apply import apply
from reconciler.effects.context import Context
from reconciler.effects.doorway import sandbox_numbers
from reconciler.effects.fate import Applied, Work
from reconciler.effects.fetch import Key, fetch
from reconciler.effects.git import head
from reconciler.effects.http import Line
from reconciler.effects.ledger import Ledger, Snapshot, remember
from reconciler.effects.ledger.sqlite import NAME, SqliteLedger
from reconciler.effects.lines import lines
from reconciler.effects.repository import read_repository
from reconciler.effects.secrets import require
from reconciler.effects.stop import Stop
from reconciler.providers import providers
from reconciler.render.plan_schema import plan_schema
from reconciler.render.schemas import schemas

Seen = Callable[[Target], None]


def _unseen(_: Target) -> None:
    return None


def validate_run(context: Context, paths: Sequence[str]) -> ValidateReport:
    """Say everything that can be known offline."""
    repository = read_repository(context, providers())
    chosen = select(repository.names, paths)
    wrong = tuple(item for item in chosen if isinstance(item, Diagnostic))
    sound = {one.target.profile for one in repository.desired}
    return ValidateReport(profiles=len(sound.intersection(chosen)), diagnostics=(*repository.diagnostics, *wrong))


async def plan_run(context: Context, paths: Sequence[str], *, seen: Seen = _unseen) -> PlanReport:
    """Plan without touching anything."""
    looked = await _look(context, paths, looking=True, seen=seen)
    return looked.report


async def drift_run(context: Context, paths: Sequence[str], *, ledger: str = "", seen: Seen = _unseen) -> DriftReport:
    """Say what moved elsewhere, and remember what was found in sync."""
    looked = await _look(context, paths, looking=True, ledger=ledger, remembers=True, seen=seen)
    report = DriftReport(plan=looked.plan, tripped=gates(looked.plan, looked.settings.policy, sending=()))
    try:
        looked.remember_seen(_stamps(context)())
    except EnvironmentProblem as problem:
        return report.model_copy(update={"unrecorded": str(problem)})
    return report


async def show_run(context: Context, path: str) -> ShowReport:
    """Read one profile and put desired, live and remembered side by side; raises InvalidInput when it is not one."""
    looked = await _look(context, (path,), looking=True)
    if len(looked.desired) != 1:
        summary = f"{path!r} is {len(looked.desired)} profiles, and this shows one"
        raise InvalidInput((error("not-one", summary, hint="name one file"),))
    key = looked.desired[0].target.key
    return ShowReport(
        desired=looked.desired[0],
        live=looked.live.get(key),
        entry=looked.entries.get(key),
        planned=looked.plan.targets[0],
    )


async def apply_run(
    context: Context,
    paths: Sequence[str],
    *,
    approval: Approval,
    stop: Stop,
    ledger: str = "",
    show: Callable[[PlanReport], None] = lambda _: None,
    seen: Seen = _unseen,
) -> ApplyReport:
    """Plan, decide, and send what was decided; nothing that can write exists before that."""
    started, stamps = context.timestamp(), _stamps(context)
    looked = await _look(context, paths, looking=False, ledger=ledger, remembers=True, seen=seen)
    show(looked.report)
    decision = decide(looked.plan, looked.settings.policy, approval=approval)
    if decision.stopped:
        return ApplyReport(plan=looked.plan, tripped=decision.tripped, stopped=decision.stopped)
    _require_webhook_secrets(decision, context)
    keeper = _Keeper(looked.ledger, looked.remember_seen(stamps()), note=stamps().run)
    work, workers = looked.work(decision), looked.workers
    outcomes = await apply(work, looked.lines, workers=workers, stamp=stamps, keep=keeper.keep, stop=stop)
    stamp = stamps()
    record = RunRecord(
        run=stamp.run,
        commit=stamp.commit,
        started=started,
        finished=stamp.at,
        digest=looked.plan.digest,
        outcomes=outcomes,
        interrupted=stop.name,
    )
    return ApplyReport(
        plan=looked.plan,
        tripped=decision.tripped,
        outcomes=outcomes,
        record=record,
        unrecorded=keeper.problem,
        signal=stop.signal,
    )


def schemas_run() -> dict[str, str]:
    """Return every JSON Schema as text, by file name."""
    found = {
        **schemas({name: provider.traits for name, provider in providers().items()}),
        "plan.schema.json": plan_schema(),
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in sorted(found.items())}


def sandbox_numbers_run(context: Context) -> list[tuple[str, str, str, str]]:
    """Return the numbers that the repository's profiles name, for the sandbox to know them by."""
    repository = read_repository(context, providers())
    accounts = repository.settings.accounts
    return [
        facts for one in repository.desired for facts in sandbox_numbers(accounts[one.target.account], [one.target])
    ]


@dataclass(frozen=True, slots=True)
class _Looked:
    """What planning read, and the plan."""

    settings: Settings
    desired: tuple[Desired, ...]
    live: Mapping[Key, Live]
    snapshot: Snapshot
    lines: Mapping[str, Line]
    plan: Plan
    ledger: Ledger
    read_at: float

    @property
    def entries(self) -> Mapping[Key, LedgerEntry]:
        return self.snapshot.entries

    @property
    def report(self) -> PlanReport:
        """The plan, with the gates that sending all of it would trip."""
        tripped = gates(self.plan, self.settings.policy, sending=self.plan.changes)
        return PlanReport(plan=self.plan, tripped=tripped, held=held(self.plan, self.settings.policy))

    @property
    def workers(self) -> dict[str, int]:
        return {name: account.concurrency for name, account in self.settings.accounts.items()}

    def remember_seen(self, stamp: Stamp) -> Snapshot:
        """Record the fields that were found in sync; return the ledger as it is then."""
        found = [
            LedgerEntry(key=one.target.key, records=records)
            for one, planned in zip(self.desired, self.plan.targets, strict=True)
            if (
                records := remembered(
                    one, planned, self.live.get(one.target.key), entry=self.entries.get(one.target.key), stamp=stamp
                )
            )
        ]
        return remember(self.ledger, found, note=stamp.run, known=self.snapshot)

    def work(self, decision: Decision) -> list[Work]:
        """Return what is to be done at each target that has a change, sent or left alone."""
        sending: dict[Key, list[Change]] = {}
        left: dict[Key, list[FieldOutcome]] = {}
        for planned, change in decision.sending:
            sending.setdefault(planned.target.key, []).append(change)
        for planned, change, why in decision.left:
            outcome = FieldOutcome(field=change.field, status=FieldStatus.LEFT_ALONE, detail=why)
            left.setdefault(planned.target.key, []).append(outcome)
        return [
            Work(
                one,
                tuple(sending.get(one.target.key, ())),
                left=tuple(left.get(one.target.key, ())),
                read_at=self.read_at,
                previous=self.entries.get(one.target.key),
            )
            for one in self.desired
            if one.target.key in sending or one.target.key in left
        ]


async def _look(
    context: Context,
    paths: Sequence[str],
    *,
    looking: bool,
    ledger: str = "",
    remembers: bool = False,
    seen: Seen = _unseen,
) -> _Looked:
    """Load, resolve, select, fetch and plan."""
    repository = read_repository(context, providers())
    settings = repository.sound()
    desired = _selected(repository.desired, paths)
    store = _ledger(context, settings, desired, requested=ledger, remembers=remembers)
    ways = lines(settings, desired, providers(), context=context, looking=looking)
    workers = {name: account.concurrency for name, account in settings.accounts.items()}
    context.talk(f"Reading {len(desired)} profile{'' if len(desired) == 1 else 's'}")
    read_at = context.monotonic()
    # Memory first: what another run sends in between is then newer than memory, and never older.
    snapshot = store.read()
    live = await fetch(desired, ways, workers=workers, seen=seen)
    made = plan(desired, live, snapshot.entries, diagnostics=repository.diagnostics)
    return _Looked(settings, desired, live, snapshot, ways, made, store, read_at)


def _selected(desired: Sequence[Desired], paths: Sequence[str]) -> tuple[Desired, ...]:
    chosen = select([one.target.profile for one in desired], paths)
    wrong = tuple(item for item in chosen if isinstance(item, Diagnostic))
    if wrong:
        raise InvalidInput(wrong)
    meant = frozenset(chosen)
    return tuple(one for one in desired if one.target.profile in meant)


def _ledger(
    context: Context, settings: Settings, desired: Sequence[Desired], *, requested: str, remembers: bool
) -> Ledger:
    """Return the store; a machine that is thrown away must not silently be the memory of real numbers."""
    real = any(one.target.endpoint != SANDBOX for one in desired)
    if remembers and real and not requested and context.environ.get("CI") == "true" and settings.ledger == "local":
        raise EnvironmentProblem(
            "the local ledger would be thrown away with this CI machine; say --ledger local if its folder is kept"
        )
    return SqliteLedger(context.memory / NAME)


def _stamps(context: Context) -> Callable[[], Stamp]:
    """Return the maker of this run's stamps: one run and one commit, the time as it goes."""
    started = context.now().strftime("%Y%m%dT%H%M%S")
    run = context.environ.get("GITHUB_RUN_ID") or f"local-{started}"
    commit = head(context.root)
    return lambda: Stamp(at=context.timestamp(), run=run, commit=commit)


def _require_webhook_secrets(decision: Decision, context: Context) -> None:
    """Name every missing token of a webhook that is to be sent, before the first write."""
    real = ((p.target.profile, c.after) for p, c in decision.sending if p.target.endpoint != SANDBOX)
    webhooks = ((name, value) for name, value in real if isinstance(value, Webhook) and value.url)
    require(((ref, f"the webhook of {name}") for name, hook in webhooks for ref in hook.secrets), context)


class _Keeper:
    """Stores each target's records as they come. A ledger that fails must not stop what is being written."""

    def __init__(self, ledger: Ledger, known: Snapshot, *, note: str) -> None:
        self._ledger = ledger
        self._known = known
        self._note = note
        self.problem = ""

    def keep(self, applied: Applied) -> None:
        """Store the records of one target."""
        if not applied.records:
            return
        try:
            entry = LedgerEntry(key=applied.outcome.target.key, records=applied.records)
            self._known = remember(self._ledger, [entry], note=self._note, known=self._known)
        except EnvironmentProblem as problem:
            self.problem = str(problem)

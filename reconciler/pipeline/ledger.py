"""The ledger of a run: which store it is, what is read in it and counts, and what a person lets be mended.

choose_ledger: (the world, the settings, the command line's choice) → the store, not opened yet.
open_ledger: the same, refused where it would be thrown away with a CI machine.
read_memory: (the ledger, the base, the files) → the snapshot, and the settings held to the last apply.
ledger_check_run, ledger_repair_run, ledger_rekey_run: what the ledger holds, its repair and its marks. No provider is
called.

With a key of the ledger here, memory counts as this tool's own where it carries the key's mark. All other memory may be
forged: a warning says how much there is. So the record of the last run that wrote is looked for in the ledger's past
where the newest one carries no mark. If no record does, as before the first run with a key, the newest one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from reconciler.core.basics import Diagnostic, EnvironmentProblem, warning
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.upkeep import (
    LedgerCheck,
    LedgerRekey,
    LedgerRepair,
    names_record,
    proposed_rekey,
    proposed_repair,
    set_aside_warning,
)
from reconciler.core.memory.vouching import all_vouched, is_unvouched
from reconciler.core.safety.policy import hold_to_last_apply
from reconciler.core.settings import Settings
from reconciler.core.target import SANDBOX, Desired
from reconciler.effects.base import BaseReading, rules_of_last_apply
from reconciler.effects.files.repository import Repository, read_repository
from reconciler.effects.git.checkout import BranchTip
from reconciler.effects.git.process import Git
from reconciler.effects.ledger import Batch, Committed, Ledger, Snapshot, Unsure
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import LEDGER_KEY, Context
from reconciler.providers import providers

_EXTRA = "install it beside the program: pip install 'psycopg[binary]>=3.2'"


def choose_ledger(context: Context, settings: Settings, *, requested: str = "", looking: bool) -> Ledger:
    """Return the store that is `requested`, else the one in the settings; nothing is opened yet.

    A database lets a run that is only `looking` write nothing.
    """
    from reconciler.effects.secrets import ledger_keys

    match requested or settings.ledger:
        case "git":
            from reconciler.effects.ledger.git import GitLedger

            return GitLedger(context, keys=ledger_keys(context))
        case "postgres":
            try:
                from reconciler.effects.ledger.postgres import PostgresLedger
            except ImportError as problem:
                raise EnvironmentProblem(f"the ledger postgres needs psycopg: {problem}; {_EXTRA}") from None
            return PostgresLedger(context, keys=ledger_keys(context), looking=looking)
        case _:
            from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger

            return SqliteLedger(context.memory / LEDGER_FILE, wait=context.patience.store, on_ci=context.ci.is_ci)


def open_ledger(
    context: Context, settings: Settings, desired: Iterable[Desired], *, requested: str, remembers: bool
) -> Ledger:
    """Return the store; raises EnvironmentProblem where a run would remember real numbers on a machine for one job."""
    real = any(one.target.endpoint != SANDBOX for one in desired)
    if remembers and real and not requested and context.ci.is_ci and settings.ledger == "local":
        raise EnvironmentProblem(
            "the local ledger would be thrown away with this CI machine; say --ledger local if its folder is kept"
        )
    return choose_ledger(context, settings, requested=requested, looking=not remembers)


_REKEY = "reconciler ledger rekey"
_MAKE_GIT_ANSWER = "let git answer in this folder: `git status` there says what is wrong"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ledger remembers, and the settings as they are held to the last apply, with what is said of either."""

    snapshot: Snapshot
    settings: Settings
    diagnostics: tuple[Diagnostic, ...] = ()


async def read_memory(
    context: Context, ledger: Ledger, *, base: BaseReading, files: Repository, needed: bool, based: bool
) -> Memory:
    """Read the ledger; settings that are held to a base are then held to the last apply as well.

    A ledger that is not `needed` may be unreadable: the changes are then explained by the base alone.
    """
    settings = files.settings
    try:
        snapshot = await run_in_thread(ledger.read, hurry=ledger.hurry)
    except EnvironmentProblem as problem:
        if needed:
            raise
        hint = "the changes are explained by the base revision alone, where there is one"
        return Memory(Snapshot("", {}), settings, (warning("ledger-unreadable", str(problem), hint=hint),))
    snapshot, unmarked = await _held_to_marks(ledger, snapshot)
    said = (*((set_aside_warning(snapshot.aside),) if snapshot.aside else ()), *unmarked)
    if not based or not (snapshot.last or names_record(snapshot.aside)):
        return Memory(snapshot, settings, said)
    git = Git()
    read_rules = partial(rules_of_last_apply, context, providers(), snapshot.last, reading=base, git=git)
    last, document = await run_in_thread(read_rules, hurry=git.hurry), files.sources.settings_document
    tightened = hold_to_last_apply(settings.policy, last, base_policy=base.base_policy, document=document)
    return Memory(snapshot, replace(settings, policy=tightened.policy), (*said, *tightened.diagnostics))


async def _held_to_marks(ledger: Ledger, snapshot: Snapshot) -> tuple[Snapshot, tuple[Diagnostic, ...]]:
    """Return the snapshot with the newest record of a run that a key vouches for, and what is said of the others."""
    if snapshot.doubt and (snapshot.entries or snapshot.last):
        summary = f"{snapshot.doubt}; what it says may be forged, hides no difference and opens no gate"
        return snapshot, (warning("ledger-unvouched", summary, hint=_MAKE_GIT_ANSWER),)
    if snapshot.keyless:
        return snapshot, ()
    found: list[Diagnostic] = []
    if number := sum(map(is_unvouched, snapshot.entries.values())):
        have = "entry of the ledger has" if number == 1 else "entries of the ledger have"
        summary = f"{number} {have} no mark of {LEDGER_KEY}: it may be forged, hides no difference and opens no gate"
        found.append(warning("ledger-unmarked", summary, hint=f"review what it says, and mark it: {_REKEY}"))
    if snapshot.last is None or snapshot.last.vouched:
        return snapshot, tuple(found)
    runs = await run_in_thread(ledger.runs, hurry=ledger.hurry)
    vouched = next((run for run in runs if run.vouched), None)
    if vouched is None:
        return snapshot, tuple(found)
    summary = f"the record of the last run has no mark of {LEDGER_KEY}: that of run {vouched.run} counts in its place"
    found.append(warning("ledger-unmarked", summary, hint=f"review it, and mark it: {_REKEY}"))
    return replace(snapshot, last=vouched), tuple(found)


def ledger_check_run(context: Context, *, ledger: str = "", tip: str = "") -> LedgerCheck:
    """Return what the ledger holds; with `tip`, a branch, also whether its last apply lets `--require-tip` go on."""
    name, store = _chosen(context, ledger, looking=True)
    return _checked(store, name, _tip(context, tip))


def ledger_repair_run(
    context: Context, *, ledger: str = "", tip: str = "", agreed: Callable[[LedgerRepair], bool]
) -> LedgerRepair:
    """Take out what no run can use, and a last apply that does not let `tip` go on, if that is `agreed`.

    Everything is kept elsewhere first. Raises EnvironmentProblem where a run wrote in between.
    """
    (name, store), branch = _chosen(context, ledger, looking=False), _tip(context, tip)

    def counts(record: RunRecord) -> bool:
        return branch is None or branch.went_before(record.commit)

    found = _checked(store, name, branch)
    repair = proposed_repair(found, store.runs() if not found.sound else (), counts)
    if found.sound or not agreed(repair):
        return repair
    kept = store.keep(found.version)
    batch = Batch("ledger repair", record=repair.restored, removed=repair.removed)
    if _is_stored(store, batch, version=found.version):
        return replace(repair, done=True, kept=kept)
    raise EnvironmentProblem("another run wrote to the ledger meanwhile, and nothing was repaired; repair it again")


def _chosen(context: Context, requested: str, *, looking: bool) -> tuple[str, Ledger]:
    """Return the ledger that is `requested`, else the one in the settings, with its name."""
    settings = read_repository(context, providers()).settings
    return requested or settings.ledger, choose_ledger(context, settings, requested=requested, looking=looking)


def _is_stored(store: Ledger, batch: Batch, *, version: str) -> bool:
    """Store what was agreed to at `version`; False if another run wrote since, because that was not agreed to."""
    answer = store.commit(batch, version=version)
    return isinstance(answer, Committed) or (isinstance(answer, Unsure) and store.read().version == answer.version)


def _tip(context: Context, tip: str) -> BranchTip | None:
    return BranchTip(context, tip, git=Git()) if tip else None


def _checked(store: Ledger, name: str, tip: BranchTip | None) -> LedgerCheck:
    found = store.read()
    strayed = strayed_from(tip, found) if tip is not None else ""
    return LedgerCheck(name, found.version, len(found.entries), found.last, found.aside, strayed, found.form)


def strayed_from(tip: BranchTip, snapshot: Snapshot) -> str:
    """Return why nothing may be applied after the run that wrote last, or "". This calls git, and so may block."""
    last = snapshot.last
    if last is None or tip.went_before(last.commit):
        return ""
    return f"the last apply was of commit {last.commit[:12] or 'unknown'}, which did not come before this one"


def ledger_rekey_run(context: Context, *, ledger: str = "", agreed: Callable[[LedgerRekey], bool]) -> LedgerRekey:
    """Mark the whole ledger with the key that marks first, if what no mark vouches for is `agreed`.

    Raises EnvironmentProblem without a key, and where a run wrote in between.
    """
    name, store = _chosen(context, ledger, looking=False)
    if name == "local":
        raise EnvironmentProblem("the local ledger has no marks: it is on this machine and counts as vouched for")
    found = store.read()
    if found.keyless:
        hint = "make one with: openssl rand -hex 32, and give it to the environments of apply and drift alone"
        raise EnvironmentProblem(f"{LEDGER_KEY} is not set, so nothing can be marked; {hint}")
    rekey = proposed_rekey(found.entries.values(), found.last)
    if not rekey.entries or not agreed(rekey):
        return rekey
    last = replace(found.last, vouched=True) if found.last is not None else None
    batch = Batch("ledger rekey", tuple(map(all_vouched, found.entries.values())), record=last)
    if _is_stored(store, batch, version=found.version):
        return replace(rekey, done=True)
    raise EnvironmentProblem("another run wrote to the ledger meanwhile, and nothing was marked; mark it again")

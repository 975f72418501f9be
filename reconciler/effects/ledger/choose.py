"""choose_ledger: (the world, the settings, the command line's choice) → the ledger to use."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.settings import Settings
from reconciler.core.target import SANDBOX, Desired
from reconciler.effects.ledger import Ledger
from reconciler.effects.world import Context

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

            return SqliteLedger(context.memory / LEDGER_FILE, wait=context.patience.store)


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

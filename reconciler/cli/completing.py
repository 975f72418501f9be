"""What the shell offers when a person presses the tab key: names out of the files, and words that the program knows.

offer_…: (the call so far, its parameter, the beginning of a word) → the words that begin so.

Nothing is called, and nothing is printed: where the files cannot be read, no word is offered.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.effects.files.folder import Files


def offer_profiles(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the profiles, their folders and tables; with `profiles/` if a person began with it."""
    files = _files(ctx)
    names = files.profiles if files is not None else ()
    tables = files.tables if files is not None else ()
    folders = {f"{parent}/" for name in names for parent in map(str, Path(name).parents) if parent != "."}
    before = "profiles/" if incomplete.startswith("profiles/") else ""
    return _beginning([before + name for name in (*names, *folders, *tables)], incomplete)


def offer_accounts(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the accounts of the settings file."""
    files = _files(ctx)
    data = files.settings.data if files is not None and files.settings is not None else None
    found = data.get("accounts") if isinstance(data, dict) else None
    return _beginning(found if isinstance(found, dict) else (), incomplete)


def offer_fields(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the fields of a profile."""
    from reconciler.core.fields import FIELD_NAMES

    return _beginning(FIELD_NAMES, incomplete)


def offer_rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the gates and findings that --allow lets pass."""
    from reconciler.core.safety.decision import ALLOWABLE

    return _beginning(ALLOWABLE, incomplete)


def offer_providers(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the providers."""
    from reconciler.pipeline.validating import providers_run

    return _beginning(providers_run(), incomplete)


def offer_words(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the words that `explain` knows."""
    from reconciler.core.explaining.dictionary import DICTIONARY

    return _beginning(DICTIONARY, incomplete)


def offer_runs(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the runs that this machine's own ledger knows, the newest first. A ledger elsewhere is not asked."""
    from reconciler.core.basics import ReconcilerError
    from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
    from reconciler.effects.world import Context

    context = Context(root=_root(ctx))
    file = context.memory / LEDGER_FILE
    try:
        runs = SqliteLedger(file, wait=0.5).runs() if file.is_file() else ()
    except ReconcilerError:
        return []
    return _beginning([one.run for one in runs], incomplete)


def _files(ctx: click.Context) -> Files | None:
    """Return the files of the repository that the call names, None if they cannot be read."""
    from reconciler.effects.files.folder import read_folder

    try:
        return read_folder(_root(ctx) / "profiles")
    except OSError:
        return None


def _root(ctx: click.Context) -> Path:
    return Path(ctx.params.get("folder_") or ctx.find_root().params.get("folder") or ".")


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    # No shell may type a word with a character that hides or breaks a line.
    return sorted(word for word in words if word.startswith(incomplete) and word.isprintable())

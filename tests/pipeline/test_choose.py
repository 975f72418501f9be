from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.memory.vouching import LedgerKeys
from reconciler.core.settings import Policy, Settings
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.ledger.postgres import PostgresLedger
from reconciler.effects.ledger.sqlite import SqliteLedger
from reconciler.effects.world import Context
from reconciler.pipeline.ledger import choose_ledger


@pytest.mark.parametrize(
    ("written", "requested", "kind"),
    [
        ("local", "", SqliteLedger),
        ("git", "", GitLedger),
        ("local", "git", GitLedger),
        ("git", "local", SqliteLedger),
    ],
)
def test_what_the_command_line_says_goes_before_the_settings_and_nothing_is_opened(
    tmp_path: Path, written: str, requested: str, kind: type
) -> None:
    settings = Settings(accounts={}, policy=Policy(), ledger=written)
    assert type(choose_ledger(Context(root=tmp_path / "none"), settings, requested=requested, looking=False)) is kind
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("store", ["git", "postgres"])
def test_a_store_that_others_can_write_to_gets_the_keys(tmp_path: Path, store: str) -> None:
    """Without them all that it holds would be unvouched, and what it writes as well."""
    environ = {"RECONCILER_LEDGER_KEY": "k" * 40, "RECONCILER_LEDGER_URL": "postgresql://u@db.example/x"}
    settings = Settings(accounts={}, policy=Policy(), ledger=store)
    found = choose_ledger(Context(root=tmp_path / "none", environ=environ), settings, looking=False)
    assert isinstance(found, GitLedger | PostgresLedger)
    assert found._keys == LedgerKeys((b"k" * 40,))

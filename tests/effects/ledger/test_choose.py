from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.settings import Policy, Settings
from reconciler.effects.ledger.choose import choose_ledger
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.ledger.sqlite import SqliteLedger
from reconciler.effects.world import Context


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

"""A pull request that sets a profile to `observe` or `paused`: reviewers see it, and what is remembered stays."""

from __future__ import annotations

import pytest

from reconciler.core.memory.records import RecordState
from tests.support.fleet import Fleet
from tests.support.repository import Shop


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Shop(fleet, capsys)


@pytest.mark.parametrize("mode", ["observe", "paused"])
def test_reviewers_see_it_and_when_the_profile_is_managed_again_a_move_is_drift(shop: Shop, mode: str) -> None:
    address = shop.fleet.profile("berlin", 0, about="Fresh bread")
    shop.fleet.profile("munich", 1, about="Fresh cake")
    shop.git.commit()
    assert shop.apply().code == 0
    shop.fleet.profile("berlin", 0, about="Fresh bread", mode=mode)
    plan = shop.plan().json
    assert [(one["profile"], one["fields"], one["mode"]) for one in plan["released"]] == [("berlin", ["about"], mode)]
    assert [(gate["gate"], gate["rule"], gate["profiles"]) for gate in plan["gates"]] == [
        ("removed", "warn", ["berlin"])
    ]
    assert shop.apply("--base", "HEAD").code == 0
    (kept,) = shop.fleet.entries()["meta", "sandbox", address].records
    assert kept.state is RecordState.SETTLED
    shop.git.commit()
    assert shop.plan().json["released"] == []
    shop.fleet.profile("berlin", 0, about="Fresh bread")
    shop.fleet.edit(address, about="Hacked")
    assert [change.field for _, change in shop.fleet.drift().drifted] == ["about"]

"""What looks at drift found is kept by day for each account, and the page of the fleet shows it over time."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.core.memory.spending import Looks
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from tests.pipeline.test_failures import rejection
from tests.support.fleet import Fleet
from tests.support.repository import Shop

TODAY = date(2026, 8, 2)


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(fleet, capsys)


def looks(fleet: Fleet) -> Looks:
    """Return the looks at the one account of the fleet."""
    accounts = SqliteLedger(fleet.root / ".reconciler" / LEDGER_FILE).read().accounts
    return tuple(look for one in accounts.values() for look in one.looks)


def test_a_look_at_everything_is_kept_as_the_last_of_its_day(shop: Shop) -> None:
    berlin = shop.fleet.profile("berlin", 0, about="Fresh bread")
    shop.fleet.profile("popup", 1, mode="paused", about="Soon")
    shop.fleet.apply()
    assert looks(shop.fleet) == ()
    shop.fleet.drift()
    assert looks(shop.fleet) == ((TODAY, 0),)
    shop.fleet.edit(berlin, about="Sold out")
    shop.fleet.drift()
    assert looks(shop.fleet) == ((TODAY, 1),)
    page = shop.run("list", "--format", "html").out
    assert "Drift by " in page
    assert "1 changed elsewhere at the last look" in page


def test_a_look_at_a_part_or_one_that_could_not_read_everything_is_not_kept(shop: Shop) -> None:
    shop.fleet.profile("berlin", 0, about="Fresh bread")
    shop.fleet.profile("munich", 1, about="Fresh bread")
    shop.fleet.apply()
    shop.fleet.drift("berlin")
    shop.fleet.faults({**rejection("(#10) Application does not have permission", 10, 403), "method": "GET"})
    shop.fleet.drift()
    assert looks(shop.fleet) == ()

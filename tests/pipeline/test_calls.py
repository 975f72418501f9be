"""How many calls a command makes, counted in the sandbox's journal: the hour's allowance is a large fleet's limit."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import Fleet
from tests.support.repository import Git, Ran, Shop

LISTED = ', waba_id: "200000000000000"'
HOOK = {"url": "https://hooks.example/one", "verify_token": {"env": "WEBHOOK_TOKEN"}}
MANY = 101
OTHER = HOOK | {"url": "https://hooks.example/two"}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def profiles(fleet: Fleet, **fields: Any) -> None:
    for index in range(3):
        fleet.profile(f"shop{index}", index, **{"about": "One", "webhook": HOOK} | fields)


def sent(fleet: Fleet, **fields: Any) -> int:
    """Edit profiles that were applied, and return how many calls the apply makes besides those of its plan."""
    profiles(fleet)
    fleet.apply()
    profiles(fleet, **fields)
    fleet.forget()
    fleet.plan()
    planning = len(fleet.requests())
    fleet.forget()
    assert len(fleet.apply().outcomes) == 3
    return len(fleet.requests()) - planning


@pytest.mark.parametrize("more", ["", LISTED], ids=["numbers", "list"])
@pytest.mark.parametrize("fields", [{"about": "Two"}, {"webhook": OTHER}], ids=["profile", "webhook"])
def test_a_change_costs_its_write_and_one_read(fleet: Fleet, more: str, fields: dict[str, Any]) -> None:
    fleet.settings(more=more)
    assert sent(fleet, **fields) == 3 * 2


def test_a_number_is_asked_again_where_a_field_of_its_own_was_sent(fleet: Fleet) -> None:
    assert sent(fleet, about="Two", webhook=OTHER) == 3 * (2 + 2)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred and one profiles of one list of numbers, committed and applied, to be copied."""
    fleet = Fleet(tmp_path_factory.mktemp("applied"))
    fleet.settings(more=LISTED)
    for index in range(MANY):
        fleet.profile(f"shop{index:03}", index, about="One")
    Git(fleet.root).commit()
    assert fleet.apply().outcomes
    fleet.forget()
    return fleet.root


@pytest.fixture
def shop(fleet: Fleet, applied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    """These profiles, to be changed."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(applied, fleet.root, dirs_exist_ok=True)
    return Shop(fleet, capsys)


def statuses(ran: Ran) -> Counter[str]:
    return Counter(planned["status"] for planned in ran.json["targets"])


def test_a_plan_reads_what_can_have_moved_since_the_base(shop: Shop) -> None:
    shop.fleet.profile("shop007", 7, about="Two")
    ran = shop.plan()
    assert len(shop.fleet.requests()) == 2
    assert statuses(ran) == {"planned": 1, "not read": MANY - 1}
    assert (ran.json["summary"]["not_read"], ran.json["summary"]["in_sync"]) == (MANY - 1, 0)
    shop.fleet.forget()
    said = shop.run("plan", "--base", "HEAD", "-v")
    told = f"{MANY - 1} not read"
    assert f"{told}: unchanged since the base, and applied\n" in said.err
    assert f"\n{told} (unchanged since the base, and applied)\n" in said.out


def test_a_plan_of_one_file_asks_about_one_number(shop: Shop) -> None:
    assert shop.run("plan", "shop007").code == 0
    assert len(shop.fleet.requests()) == 2


def test_where_nothing_moved_nothing_is_read_and_nothing_is_said_to_be_in_sync(shop: Shop) -> None:
    shop.fleet.edit("106540352242007", about="Hacked")
    ran = shop.run("plan", "--base", "HEAD")
    assert (ran.code, shop.fleet.requests()) == (0, [])
    assert ran.out == f"Nothing to do: {MANY} not read (unchanged since the base, and applied).\n"
    applied = shop.run("apply", "--base", "HEAD", "-y")
    assert (applied.code, shop.fleet.requests()) == (0, [])


def test_drift_reads_every_profile(shop: Shop) -> None:
    shop.fleet.edit("106540352242007", about="Hacked")
    assert shop.run("drift", "--detailed-exitcode").code == 2
    # Two pages of the list, which show each profile, and the read that proves their form.
    assert len(shop.fleet.requests()) == 2 + 1


def test_a_profile_whose_record_moved_is_read(shop: Shop) -> None:
    """A run between the base and this one left something of it open."""
    shop.fleet.profile("shop007", 7, about="Two")
    shop.git.commit()
    shop.fleet.faults({"kind": "reply", "method": "POST", "status": 500, "times": 9})
    shop.run("apply", "--base", "HEAD~1", "-y")
    shop.fleet.forget()
    shop.git.commit()
    ran = shop.plan()
    assert statuses(ran) == {"planned": 1, "not read": MANY - 1}


@pytest.mark.parametrize("more", [("--allow", "drifted"), ()])
def test_drift_that_would_be_overwritten_is_looked_for(shop: Shop, more: tuple[str, ...]) -> None:
    shop.fleet.edit("106540352242007", about="Hacked")
    if not more:
        shop.fleet.settings(more=LISTED, policy="{on_drift: overwrite}")
        shop.git.commit()
        # A rule that is relaxed counts after the next finished apply.
        assert shop.run("apply", "--base", "HEAD", "-y").code == 0
    assert shop.run("apply", "--base", "HEAD", "-y", *more).code == 0
    assert shop.fleet.live("106540352242007")["about"] == "One"


def test_an_approved_plan_tells_what_need_not_be_read(shop: Shop) -> None:
    """Drift of a profile that the plan did not read is no change that the plan does not hold."""
    shop.fleet.profile("shop007", 7, about="Two")
    document = shop.fleet.root / "plan.json"
    assert shop.run("plan", "--base", "HEAD", "--out", str(document)).code == 0
    shop.fleet.edit("106540352242001", about="Hacked")
    shop.fleet.forget()
    assert shop.run("apply", str(document)).code == 0
    assert len(shop.fleet.requests()) == 2 + 2
    assert shop.fleet.live("106540352242007")["about"] == "Two"


def test_a_file_that_was_edited_after_its_plan_was_approved_stops_the_apply(shop: Shop) -> None:
    shop.fleet.profile("shop007", 7, about="Two")
    document = shop.fleet.root / "plan.json"
    shop.run("plan", "--base", "HEAD", "--out", str(document))
    shop.fleet.profile("shop001", 1, about="Not reviewed")
    assert shop.run("apply", str(document)).code == 3
    assert shop.fleet.live("106540352242001")["about"] == "One"

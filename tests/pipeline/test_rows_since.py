"""Rows and a base: a row is compared with what it asked for there, wherever it stood, and in whatever kind of file."""

from __future__ import annotations

import pytest

from reconciler.effects.git.clone import edited_paths
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links, fitted
from tests.support.fleet import Fleet
from tests.support.repository import Shop

HEADER = "name,account,number,phone_number_id,about"


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three rows, committed and applied."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    found = Shop(fleet, capsys)
    fleet.write("shops.csv", table("One", "One", "One"))
    found.git.commit()
    assert found.apply().code == 0
    return found


def row(index: int, about: str) -> str:
    return f"r{index},bakery,+49301234500{index},10654035224200{index},{about}"


def table(*about: str) -> str:
    return "\n".join([HEADER, *(row(index, text) for index, text in enumerate(about)), ""])


def test_of_a_table_only_the_row_that_asks_for_something_else_is_planned(shop: Shop) -> None:
    shop.fleet.write("shops.csv", table("One", "Two", "One"))
    shop.fleet.forget()
    assert shop.plan("HEAD", "--changed-since", "HEAD").found == {"shops/r1.about": "edited"}
    assert not any("106540352242000" in asked["path"] for asked in shop.fleet.requests())
    ran = shop.plan("HEAD", "profiles/shops.csv")
    assert (ran.found, ran.json["summary"]["profiles"]) == ({"shops/r1.about": "edited"}, 3)


def test_a_row_that_moves_or_becomes_a_file_asks_for_nothing_new(shop: Shop) -> None:
    shop.fleet.write("shops.csv", "\n".join([HEADER, row(2, "One"), row(1, "One"), ""]))
    shop.fleet.profile("berlin", 0, about="One")
    ran = shop.plan()
    assert (ran.found, ran.codes) == ({}, [])


def test_a_row_that_goes_is_no_longer_managed(shop: Shop) -> None:
    shop.fleet.write("shops.csv", table("One", "One"))
    assert [one["profile"] for one in shop.plan().json["released"]] == ["shops/r2"]


def test_an_edited_table_is_no_tip(shop: Shop) -> None:
    assert edited_paths(shop.fleet.root, "profiles") == ()
    shop.fleet.write("shops.csv", table("Two"))
    shop.fleet.write(".hidden.csv", table("Two"))
    assert edited_paths(shop.fleet.root, "profiles") == ("profiles/shops.csv",)


def test_a_broken_table_at_the_base_explains_less_and_stops_nothing(shop: Shop) -> None:
    shop.fleet.write("shops.csv", f'{HEADER}\n"r0\n')
    shop.git.commit()
    shop.fleet.write("shops.csv", table("One", "Two", "One"))
    ran = shop.plan()
    assert (ran.code, ran.codes, ran.found["shops/r1.about"]) == (0, ["base-broken"], "edited")


def test_a_row_is_shown_with_its_line_wherever_a_profile_is_shown(shop: Shop) -> None:
    shop.fleet.write("shops.csv", table("One", "Two", "One"))
    assert "profiles/shops.csv:3 shops/r1 (+493012345001, account bakery" in shop.run("plan").out
    assert "profiles/shops.csv:4" in shop.run("list", "--wide").out
    assert ">profiles/shops.csv:3<" in shop.run("plan", "--format", "html").out.replace("</a>", "<")
    assert "profiles/shops.csv:4" in shop.run("list", "--format", "html").out
    assert "`profiles/shops.csv:3` `shops/r1`" in fitted(plan_sheet(shop.fleet.plan(), Links()))
    assert "profiles/shops.csv:3 shops/r1 (+493012345001" in shop.run("show", "shops/r1").out

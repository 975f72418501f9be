"""`export` as it is typed: what the numbers show as a table, and what the table cannot say, said apart."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from reconciler.core.reports.exported import NOT_READ_BACK
from reconciler.render.csv_table import cell_value
from tests.pipeline.test_failures import rejection
from tests.support.fleet import Fleet
from tests.support.readme import ROOT
from tests.support.repository import Shop

PICTURES = Path(__file__).parents[2] / "profiles" / "pictures"


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(fleet, capsys)


def table(text: str) -> dict[str, dict[str, str]]:
    """Return each row by its profile, without the cells that say nothing."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return {row["profile"]: {title: cell_value(cell) for title, cell in row.items() if cell} for row in rows}


def test_the_table_says_what_each_number_shows_whether_a_file_manages_it_or_not(shop: Shop) -> None:
    address = shop.fleet.profile("shops/berlin", about="Fresh bread", websites=["https://b.example"])
    shop.fleet.edit(address, about="=1+1", email="a@shop.example", websites=["https://a.example", "https://b.example"])
    shop.fleet.forget()
    ran = shop.run("export")
    assert (ran.code, ran.out.splitlines()[0]) == (
        0,
        "profile,account,number,phone_number_id,mode,about,address,description,email,industry,websites,picture,webhook",
    )
    (row,) = table(ran.out).values()
    assert row == {
        "profile": "shops/berlin",
        "account": "bakery",
        "number": "+493012345000",
        "phone_number_id": address,
        "mode": "managed",
        "about": "=1+1",
        "address": "",
        "description": "",
        "email": "a@shop.example",
        "industry": row["industry"],
        # As the file spells it, where it names the link.
        "websites": "https://a.example/ https://b.example",
    } | {title: row[title] for title in ("picture", "webhook") if title in row}
    assert ",'=1+1," in ran.out
    assert ",'+493012345000," in ran.out
    assert {one["method"] for one in shop.fleet.requests()} == {"GET"}
    assert not (shop.fleet.root / ".reconciler" / "ledger.sqlite3").exists()


def test_a_live_picture_is_the_file_that_is_known_to_hold_it_or_is_said_apart(shop: Shop) -> None:
    (shop.fleet.root / "profiles" / "pictures").mkdir()
    shutil.copy(PICTURES / "logo.png", shop.fleet.root / "profiles" / "pictures" / "logo.png")
    shop.fleet.profile("berlin", 0, picture="pictures/logo.png")
    shop.fleet.apply()
    assert table(shop.run("export").out)["berlin"]["picture"] == "pictures/logo.png"
    shop.fleet.profile("berlin", 0, about="x")
    ran = shop.run("export", "--field", "about")
    assert "picture" not in ran.out
    ran = shop.run("export")
    assert (ran.code, "picture" in table(ran.out)["berlin"]) == (0, False)
    assert "picture: no file is known to hold this picture" in table(ran.out)["berlin"]["notes"]
    assert "Not in the table: picture of berlin: no file is known to hold this picture" in ran.err


def test_what_cannot_be_read_back_is_said_apart_and_never_empty(shop: Shop, tmp_path: Path) -> None:
    root = tmp_path / "example"
    shutil.copytree(ROOT / "profiles", root / "profiles")
    example = Shop(Fleet(root), shop.capsys)
    shutil.copy(ROOT / "profiles" / "reconciler.yaml", root / "profiles" / "reconciler.yaml")
    ran = example.run("export", "--json")
    by_provider = {one["provider"]: one for one in ran.json["profiles"]}
    assert {*by_provider["kaleyra"]["not_said"].values()} == {NOT_READ_BACK}
    assert by_provider["kaleyra"]["live"] == {}
    assert any("about" in one["live"] for one in ran.json["profiles"] if one["provider"] == "meta")
    ran = example.run("export", "--provider", "kaleyra")
    # Of a fleet that cannot be read back at all, the table is not whole.
    assert (ran.code, NOT_READ_BACK in ran.out, NOT_READ_BACK in ran.err) == (6, True, True)


def test_what_could_not_be_read_makes_the_table_incomplete(shop: Shop) -> None:
    for index in range(5):
        shop.fleet.profile(f"p{index}", index, about="Fresh bread", mode="paused" if index == 4 else "managed")
    shop.fleet.faults({**rejection("(#10) Application does not have permission", 10, 403), "method": "GET"})
    ran = shop.run("export")
    rows = table(ran.out)
    assert (ran.code, "permission" in rows["p0"]["notes"], "about" in rows["p0"]) == (6, True, False)
    assert "paused" in rows["p4"]["notes"]
    assert "5 profiles in the table." in ran.err
    assert "p0, p1, p2 and 1 more: " in ran.err
    assert shop.run("export", "-q").err == ""


def test_one_field_that_cannot_be_read_makes_it_incomplete_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_TOKEN", "seen-this-one-canary")
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.edit(address, description="seen-this-one-canary")
    ran = shop.run("export")
    assert ran.code == 6
    assert "canary" not in ran.out + ran.err
    assert "holds META_TOKEN" in table(ran.out)["berlin"]["notes"]


def test_a_value_that_no_cell_can_say_is_noted(shop: Shop) -> None:
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.edit(address, description="evil \u202etxt")
    ran = shop.run("export")
    assert "description: a cell cannot say it exactly" in table(ran.out)["berlin"]["notes"]
    assert (ran.code, "\u202e" in ran.out) == (0, False)


def test_a_file_gets_the_table_with_the_mark_that_spreadsheets_look_for(shop: Shop, tmp_path: Path) -> None:
    shop.fleet.profile(about="Fresh bread")
    printed = shop.run("export").out
    ran = shop.run("export", "--out", str(tmp_path / "live.csv"))
    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "live.csv").read_bytes() == b"\xef\xbb\xbf" + printed.encode()


def test_the_place_of_the_table_is_tried_before_any_number_is_read(shop: Shop, tmp_path: Path) -> None:
    """A table that goes to a file is printed nowhere, so it would be lost."""
    shop.fleet.profile(about="Fresh bread")
    ran = shop.run("export", "--out", str(tmp_path / "gone" / "live.csv"))
    assert (ran.code, ran.err.rstrip().rpartition(": ")[2]) == (1, "No such file or directory; nothing was done")
    assert shop.fleet.requests() == []
    ran = shop.run("export", "--out", str(tmp_path))
    assert (ran.code, "is a directory" in ran.err) == (64, True)


def test_an_empty_table_is_a_stop_unless_the_rules_say_otherwise(shop: Shop) -> None:
    ran = shop.run("export")
    assert (ran.code, ran.out, ran.err) == (3, "profile,account,number,mode\n", "Nothing is selected.\n")
    shop.fleet.settings(policy="{empty: allow}")
    assert shop.run("export").code == 0


def test_warnings_of_the_files_are_told_beside_the_table(shop: Shop) -> None:
    shop.fleet.profile(about="TODO: write this")
    ran = shop.run("export")
    assert ("placeholder" in ran.err, "placeholder" in ran.out) == (True, False)
    assert [one["code"] for one in shop.run("export", "--json").json["diagnostics"]] == ["placeholder"]

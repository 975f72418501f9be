"""`list` as it is typed: from files and ledger, and with a look at the providers."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len

from reconciler.effects.ledger.sqlite import LEDGER_FILE
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import fleet_run, list_run
from reconciler.render.terminal import uncoloured
from reconciler.render.text.fleet import list_text
from tests.pipeline.test_failures import rejection
from tests.support.fleet import Fleet
from tests.support.readme import ROOT
from tests.support.repository import Shop
from tests.support.webpage import Webpage

LEDGER_ONLY = "From the files and the ledger. --live also asks what was changed elsewhere."
REAL = "version: 1\naccounts:\n  bakery: {provider: meta, credentials: {token: {env: META_TOKEN}}}\n"


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("COLUMNS", "80")
    return Shop(fleet, capsys)


def row(shop: Shop, *more: str) -> dict[str, object]:
    """Return what is known of the only profile's fields that are not in sync."""
    (one,) = shop.run("list", "--json", *more).json["profiles"]
    drift = one["drift"]
    return {name: told for name, told in drift.items() if told not in (0, "")}


def test_without_a_look_it_calls_no_provider_and_never_says_that_there_is_no_drift(shop: Shop) -> None:
    address = shop.fleet.profile(about="Fresh bread")
    assert row(shop) == {"known_from": None, "to_send": 1}
    shop.fleet.apply()
    shop.fleet.edit(address, about="Sold out")
    shop.fleet.forget()
    ran = shop.run("list")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "profile  number         account  provider  mode     last apply  drift",
            "berlin   +493012345000  bakery   meta      managed  2026-08-02  none known",
            "",
            "1 profile",
            LEDGER_ONLY,
        ],
    )
    assert (row(shop), shop.fleet.requests()) == ({"known_from": "ledger"}, [])


def test_a_look_says_what_was_changed_elsewhere_what_waits_and_that_there_is_nothing(shop: Shop) -> None:
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.apply()
    assert shop.run("list", "--live").out.splitlines()[1].endswith("  none")
    shop.fleet.edit(address, about="Sold out")
    shop.fleet.profile(about="Fresh bread", email="shop@bakery.example")
    assert row(shop, "--live") == {"known_from": "live", "drifted": 1, "to_send": 1}
    ran = shop.run("list", "--live")
    assert "\n1 profile · 1 with fields changed elsewhere · 1 with fields to send\n" in ran.out
    assert LEDGER_ONLY not in ran.out


def test_the_last_apply_is_the_newest_run_that_sent_something(shop: Shop) -> None:
    shop.fleet.profile(about="One")
    assert shop.run("list", "--json").json["profiles"][0]["last_applied"] is None
    shop.fleet.apply()
    shop.fleet.clock.seconds += 86400
    shop.fleet.profile(about="Two")
    shop.fleet.apply()
    shop.fleet.clock.seconds += 86400
    shop.fleet.faults({**rejection("(#100) This text is refused"), "method": "POST"})
    shop.fleet.profile(about="Three")
    shop.fleet.apply()
    last = shop.run("list", "--json").json["profiles"][0]["last_applied"]
    assert last["at"] == "2026-08-03T12:00:00Z"


def test_an_account_without_a_credential_is_listed_and_not_asked(shop: Shop) -> None:
    shop.fleet.write("reconciler.yaml", REAL)
    shop.fleet.profile(about="Fresh bread")
    assert shop.run("list").code == 0
    ran = shop.run("list", "--live")
    assert (ran.code, "no credential of account bakery is here" in ran.out) == (0, True)
    assert row(shop, "--live") == {"known_from": None, "to_send": 1}


def test_what_cannot_be_read_makes_a_look_incomplete(shop: Shop) -> None:
    shop.fleet.profile(about="Fresh bread")
    shop.fleet.faults({**rejection("(#10) Application does not have permission", 10, 403), "method": "GET"})
    ran = shop.run("list", "--live")
    assert (ran.code, "\n1 profile · 1 could not be read\n" in ran.out) == (6, True)
    assert "could not be read" in ran.out.splitlines()[1]


def test_an_empty_list_is_a_stop_and_a_wrong_path_an_error(shop: Shop) -> None:
    ran = shop.run("list")
    assert (ran.code, ran.out) == (3, "Nothing is selected.\n")
    shop.fleet.profile(about="Fresh bread")
    assert shop.run("list", "berlni").code == 1
    assert [one["profile"] for one in shop.run("list", "berlin", "--json").json["profiles"]] == ["berlin"]


def test_a_ledger_that_cannot_be_read_is_told_of_and_the_files_are_listed(shop: Shop) -> None:
    shop.fleet.profile(about="Fresh bread")
    shop.fleet.apply()
    (shop.fleet.root / ".reconciler" / LEDGER_FILE).write_bytes(b"no database at all, and longer than its head")
    ran = shop.run("list", "--json")
    assert (ran.code, ran.codes, ran.json["profiles"][0]["last_applied"]) == (0, ["ledger-unreadable"], None)


def test_each_mode_and_each_provider_says_what_a_look_told(shop: Shop, tmp_path: Path) -> None:
    """A provider that cannot be read back is never called free of drift."""
    root = tmp_path / "example"
    shutil.copytree(ROOT / "profiles", root / "profiles")
    example = Shop(Fleet(root), shop.capsys)
    shutil.copy(ROOT / "profiles" / "reconciler.yaml", root / "profiles" / "reconciler.yaml")
    assert example.apply().code == 0
    table = example.run("list", "--live").out.split("\n\n")[0].splitlines()
    begins = table[0].index("drift")
    said = [(line.split()[0], line[begins:]) for line in table[1:] if not line.startswith(" ")]
    assert said == [
        ("berlin", "none"),
        ("cafes/vienna", "none"),
        ("hamburg", "none"),
        ("head-office", "2 changed elsewhere"),
        ("india/chennai", "7 assumed"),
        ("india/mumbai", "8 assumed"),
        ("munich", "none"),
        ("popup", "not looked at"),
    ]


def test_a_line_that_has_no_room_loses_first_what_the_account_says(shop: Shop) -> None:
    shop.fleet.profile("a-shop-with-a-very-long-name", 1, about="Fresh bread")
    shop.fleet.profile("popup", 2, mode="paused", about="Fresh bread")
    shop.fleet.profile("東京", 3, about="Fresh bread")
    assert shop.run("list").out.splitlines() == [
        "profile                       number         mode     last apply  drift",
        "a-shop-with-a-very-long-name  +493012345001  managed  never       1 to send",
        "popup                         +493012345002  paused   never       not looked at",
        "東京                          +493012345003  managed  never       1 to send",
        "",
        "3 profiles, all account bakery, at meta · 2 with fields to send",
        LEDGER_ONLY,
    ]
    assert shop.run("list", "--wide").out.splitlines()[0].split() == [
        *("profile", "number", "account", "provider", "mode", "last", "apply", "address", "file", "run", "drift")
    ]


def test_a_wide_list_that_a_terminal_has_no_room_for_has_each_cell_on_a_line(shop: Shop) -> None:
    """A file, or another program, gets the table however wide it is."""
    shop.fleet.profile(about="Fresh bread")
    report = shop.fleet.run(lambda context: list_run(context, Scope((), offline=True)))
    narrow, wide = (uncoloured(list_text(report, width=width, wide=True)) for width in (80, 1000))
    assert narrow.splitlines()[:2] == ["berlin", "  number: +493012345000"]
    assert wide.splitlines()[0].split()[:2] == ["profile", "number"]


def test_a_terminal_that_is_too_narrow_for_a_table_has_each_cell_on_a_line(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.apply()
    shop.fleet.edit(address, about="Sold out")
    assert shop.run("list", "--live").out.splitlines() == [
        "berlin",
        "  number:",
        "    +493012345000",
        "  name: Sandbox",
        "    Business",
        "  account: bakery",
        "  provider: meta",
        "  mode: managed",
        "  last apply:",
        "    2026-08-02",
        "  drift: 1 changed",
        "    elsewhere",
        "",
        "1 profile · 1 with fields changed elsewhere",
    ]


def test_a_wide_table_is_a_table_in_every_terminal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    shop.fleet.profile(about="Fresh bread")
    assert shop.run("list", "--wide").out.splitlines()[0].startswith("profile  number         account")


def test_an_accepted_difference_and_one_without_a_record_are_told_apart(shop: Shop) -> None:
    address = shop.fleet.profile(about="Fresh bread", email="shop@bakery.example")
    shop.fleet.apply()
    shop.fleet.edit(address, about="Sold out")
    shop.run("drift", "--accept", "about", "--until", "9999-12-31", "--reason", "sold out")
    assert row(shop, "--live") == {"known_from": "live", "accepted": 1}
    shop.fleet.edit(address, description="Written on the phone")
    shop.fleet.profile(about="Fresh bread", email="shop@bakery.example", description="Bread")
    assert row(shop, "--live") == {"known_from": "live", "accepted": 1, "unrecorded": 1}


def test_the_business_behind_a_number_has_a_column_and_its_state_a_wide_table(shop: Shop) -> None:
    named = shop.fleet.profile("berlin", 1, about="Fresh bread")
    other = shop.fleet.profile("munich", 2, about="Fresh bread")
    shop.fleet.apply()
    shop.fleet.edit(
        named, verified_name="Goldcrust\u202e Berlin " + "b" * 40, name_status="DECLINED", quality_rating="RED"
    )
    shop.fleet.edit(other, verified_name="パン屋", name_status="A_NEW_WORD", quality_rating=None)
    table = shop.run("list", "--live").out.splitlines()
    assert [line[:63] for line in table[:3]] == [
        "profile  number         name                            last ap",
        "berlin   +493012345001  Goldcrust⟨U+202E⟩ Berlin bbbb…  2026-08",
        "munich   +493012345002  パン屋                          2026-08-02",
    ]
    wide = shop.run("list", "--live", "--wide").out
    assert "name status  quality" in wide
    assert f"Goldcrust⟨U+202E⟩ Berlin {'b' * 40}  declined     low" in wide
    assert "パン屋" + " " * (67 - 6) + "A_NEW_WORD" in wide
    assert [one["business"] for one in shop.run("list", "--live", "--json").json["profiles"]] == [
        {"name": "Goldcrust\u202e Berlin " + "b" * 40, "name_status": "DECLINED", "quality": "RED", "limit": ""},
        {"name": "パン屋", "name_status": "A_NEW_WORD", "quality": "", "limit": ""},
    ]
    assert [one["business"] for one in shop.run("list", "--json").json["profiles"]] == [None, None]


def test_one_profile_is_shown_with_its_business(shop: Shop) -> None:
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.apply()
    shop.fleet.edit(address, verified_name="Goldcrust Berlin", name_status="PENDING_REVIEW", quality_rating="YELLOW")
    before = len(shop.fleet.requests())
    assert shop.run("show", "berlin").out.splitlines()[1] == (
        "Goldcrust Berlin · name status in review · quality medium"
    )
    # The number's node, which is read anyway, and its profile.
    assert len(shop.fleet.requests()) - before == 2
    assert shop.run("show", "berlin", "--json").json["business"]["name"] == "Goldcrust Berlin"


def test_the_fleet_is_a_page_for_a_browser(shop: Shop) -> None:
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.apply()
    shop.fleet.edit(address, about="Sold out")
    shop.fleet.forget()
    offline = shop.run("list", "--format", "html")
    assert (offline.code, shop.fleet.requests()) == (0, [])
    assert offline.out.startswith("<!doctype html>")
    text = Webpage(offline.out).text
    assert "No drift known\nberlin\n+493012345000 · bakery · meta at sandbox" in text
    past = shop.fleet.run(lambda context: fleet_run(context, Scope((), offline=True))).timeline
    assert [(one.begins.isoformat(), one.applied) for one in past.spans] == [("2026-08-02", 1)]
    live = Webpage(shop.run("list", "--live", "--format", "html").out).text
    assert "Changed elsewhere\nberlin\nSandbox Business (+493012345000)" in live
    assert "Sold out" in live


def test_a_picture_that_is_live_stands_on_its_card(shop: Shop) -> None:
    Image.new("RGB", (640, 640), "red").save(shop.fleet.root / "profiles" / "logo.png")
    shop.fleet.profile(about="Fresh bread", picture="logo.png")
    shop.fleet.apply()
    page = shop.run("list", "--live", "--format", "html").out
    assert "data:image/" in page


WRITTEN = {
    "berlin": "Goldcrust",
    "cairo": "مخبز القاهرة 24",
    "haifa": "מאפייה",
    "tokyo": "パン屋 東京",
    "family": "👨‍👩‍👧‍👦 bakery 👩🏽‍🍳",
    "hanoi": "Bánh mì Hà Nội",
    "long": "👩‍🍳" * 20,
}


def test_columns_stand_under_each_other_whatever_the_script(shop: Shop) -> None:
    """A script that is written from right to left is isolated, so that it turns no other column around."""
    for index, (name, business) in enumerate(WRITTEN.items()):
        address = shop.fleet.profile(name, index, about="Fresh bread")
        shop.fleet.edit(address, verified_name=unicodedata.normalize("NFD", business))
    table = shop.run("list", "--live").out.split("\n\n")[0].splitlines()
    ends = {cell_len(line[: line.index("never")]) for line in table[1:]}
    assert ends == {cell_len(table[0][: table[0].index("last apply")])}
    by_name = {line.split()[0]: line for line in table[1:]}
    assert "  \u2068مخبز القاهرة 24\u2069  " in by_name["cairo"]
    assert "\u2068" in by_name["haifa"]
    assert "\u2068" not in "".join(by_name[name] for name in ("berlin", "tokyo", "family", "hanoi", "long"))
    assert by_name["long"].split()[2].endswith("👩‍🍳…")

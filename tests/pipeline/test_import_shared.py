"""`import --template`: what all numbers share is written once, and the plan right after is empty all the same."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.authoring.sharing import NOT_IN_A_CELL, ImportShape
from reconciler.core.basics import EnvironmentProblem, InvalidInput
from reconciler.core.reports.account_reports import ImportReport, ImportStatus
from reconciler.effects.files import writing
from reconciler.pipeline import imported_files
from reconciler.pipeline.exporting import export_run
from reconciler.pipeline.importing import import_run
from reconciler.pipeline.readings import Scope
from reconciler.render.csv_table import cell_value
from reconciler.render.exported import export_csv
from reconciler.sandbox.pictures import keep, reencode
from tests.support.fleet import Fleet

ROOT = Path(__file__).parents[2]
NUMBERS = tuple(f"+4930{12345000 + at}={106540352242000 + at}" for at in range(3))
SHARED = {"vertical": "RESTAURANT", "email": "hello@shop.example", "websites": ["https://shop.example"]}
TEMPLATE = ImportShape(template="shop")


def show(fleet: Fleet, *, picture: str = "logo.png", **more: Any) -> None:
    """Let three numbers show the same, except for their names."""
    content = reencode((ROOT / "profiles" / "pictures" / picture).read_bytes(), declared="image/png")
    for at, number in enumerate(NUMBERS):
        address = number.partition("=")[2]
        world = fleet.world
        with world.transaction():
            world.register("meta", address, number=number.partition("=")[0])
        world.edit("meta", address, **{"about": f"Shop: #{at} ${{", **SHARED, **more}, picture=keep(world, content))


def imported(fleet: Fleet, shape: ImportShape = TEMPLATE) -> ImportReport:
    return fleet.run(lambda context: import_run(context, "bakery", NUMBERS, shape=shape))


def text(fleet: Fleet, name: str) -> str:
    return (fleet.root / "profiles" / name).read_text(encoding="utf-8")


def files(fleet: Fleet) -> list[str]:
    folder = fleet.root / "profiles"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_all_share_stands_in_the_template_and_the_rest_with_each_number(fleet: Fleet) -> None:
    show(fleet)
    report = imported(fleet)
    assert (report.template, report.shared) == (
        "profiles/templates/shop.yaml",
        ("email", "industry", "websites", "picture"),
    )
    assert files(fleet) == [
        *(f"bakery/4930{12345000 + at}.yaml" for at in range(3)),
        "pictures/shop.jpg",
        "reconciler.yaml",
        "templates/shop.yaml",
    ]
    assert text(fleet, "templates/shop.yaml") == (
        "# yaml-language-server: $schema=../../schemas/template.schema.json\n"
        "# What 3 numbers of bakery shared when they were imported.\n"
        "profile:\n"
        "  email: hello@shop.example\n"
        "  industry: RESTAURANT\n"
        "  websites:\n"
        "    - https://shop.example/\n"
        "  picture: pictures/shop.jpg\n"
    )
    own = text(fleet, "bakery/493012345001.yaml")
    assert own.endswith('extends: [templates/shop.yaml]\nprofile:\n  about: "Shop: #1 $${"\n')
    planned = fleet.plan()
    assert (planned.plan.has_changes, planned.plan.diagnostics, planned.summary.in_sync) == (False, (), 3)
    # A later edit elsewhere of a shared field is known to be one.
    fleet.edit("106540352242001", email="new@shop.example")
    assert [change.field for _, change in fleet.drift().drifted] == ["email"]


def test_without_a_template_a_picture_of_several_numbers_is_still_stored_once(fleet: Fleet) -> None:
    show(fleet)
    report = imported(fleet, ImportShape())
    assert (report.template, report.shared) == ("", ())
    assert [name for name in files(fleet) if "pictures" in name] == ["pictures/bakery/493012345000.jpg"]
    assert fleet.plan().summary.in_sync == 3
    # Nor is one stored again that a file holds already.
    for name in files(fleet):
        if name.startswith("bakery/"):
            (fleet.root / "profiles" / name).unlink()
    (fleet.root / "profiles/pictures/bakery/493012345000.jpg").rename(fleet.root / "profiles/pictures/mine.jpg")
    imported(fleet)
    assert "picture: pictures/mine.jpg" in text(fleet, "templates/shop.yaml")


def test_numbers_that_share_nothing_and_one_alone_make_no_template(fleet: Fleet) -> None:
    show(fleet)
    for at, number in enumerate(NUMBERS):
        other = {"email": f"{at}@shop.example", "websites": [f"https://{at}.example"], "vertical": "OTHER"}
        fleet.edit(number.partition("=")[2], **other, picture="")
    fleet.edit("106540352242001", vertical="RETAIL")
    report = imported(fleet)
    assert (report.template, report.unshared) == ("", "profiles/templates/shop.yaml")
    assert "extends" not in text(fleet, "bakery/493012345000.yaml")
    assert (
        fleet.run(
            lambda context: import_run(context, "bakery", ["+493012345009=106540352242009"], shape=TEMPLATE)
        ).template
        == ""
    )
    assert "templates/shop.yaml" not in files(fleet)


def test_the_templates_of_the_folder_stay_and_its_defaults_are_not_repeated(fleet: Fleet) -> None:
    fleet.write("templates/all.yaml", "profile: {industry: RESTAURANT, address: Weg 1}\n")
    fleet.write("bakery/defaults.yaml", "extends: [templates/all.yaml]\n")
    show(fleet)
    report = imported(fleet)
    assert report.shared == ("email", "websites", "picture")
    own = text(fleet, "bakery/493012345000.yaml")
    assert "extends: [templates/all.yaml, templates/shop.yaml]\n" in own
    assert "omit: [address]" in own
    planned = fleet.plan()
    assert (planned.plan.has_changes, planned.plan.diagnostics, planned.summary.in_sync) == (False, (), 3)


@pytest.mark.parametrize("name", ["Shop", "../shop", "a/b", ".x", "a" * 64])
def test_a_name_that_cannot_be_a_templates_is_refused_before_anything_is_read(fleet: Fleet, name: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        imported(fleet, ImportShape(template=name))
    assert ([one.code for one in wrong.value.diagnostics], fleet.requests()) == (["import-name"], [])


def test_no_file_is_overwritten(fleet: Fleet) -> None:
    fleet.write("templates/shop.yaml", "# mine\nprofile: {}\n")
    fleet.write("bakery.csv", "name,number\n")
    with pytest.raises(InvalidInput) as wrong:
        imported(fleet, ImportShape(table=True, template="shop"))
    assert [(one.code, one.location.file) for one in wrong.value.diagnostics] == [
        ("import-name", "profiles/templates/shop.yaml"),
        ("import-name", "profiles/bakery.csv"),
    ]
    assert (text(fleet, "templates/shop.yaml"), fleet.requests()) == ("# mine\nprofile: {}\n", [])


def test_a_template_that_appears_while_it_runs_stops_it_before_a_profile_is_written(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(fleet)

    def taken(folder: Path, relative: str, content: bytes) -> bool:
        return not relative.startswith("templates/") and writing.create(folder, relative, content)

    monkeypatch.setattr(imported_files, "create", taken)
    with pytest.raises(EnvironmentProblem, match=r"profiles/templates/shop\.yaml appeared while this ran"):
        imported(fleet)
    assert [name for name in files(fleet) if name.startswith("bakery")] == []


@pytest.mark.parametrize("full", ["pictures/", "bakery"])
@pytest.mark.parametrize("table", [True, False])
def test_a_number_whose_files_cannot_be_written_is_a_failure_of_its_own(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, full: str, table: bool
) -> None:
    def create(folder: Path, relative: str, content: bytes) -> bool:
        if relative.startswith(full):
            raise EnvironmentProblem(f"{relative} cannot be written: no space left on device")
        return writing.create(folder, relative, content)

    show(fleet)
    monkeypatch.setattr(imported_files, "create", create)
    monkeypatch.setattr(writing, "create", create) if full == "pictures/" else None
    report = imported(fleet, ImportShape(table=table))
    assert {one.status for one in report.numbers} == {ImportStatus.FAILED}
    assert fleet.entries() == {}


def rows(fleet: Fleet) -> dict[str, dict[str, str]]:
    """Return what the cells of the table say, without those that say nothing."""
    content = (fleet.root / "profiles" / "bakery.csv").read_text(encoding="utf-8-sig")
    found = csv.DictReader(content.splitlines(keepends=True), strict=True)
    return {row["name"]: {title: cell_value(cell) for title, cell in row.items() if cell} for row in found}


def test_a_table_has_a_row_for_each_number_with_what_only_it_says(fleet: Fleet) -> None:
    show(fleet)
    fleet.edit("106540352242001", about="=1+1")
    report = imported(fleet, ImportShape(table=True, template="shop"))
    assert {one.file for one in report.numbers} == {"profiles/bakery.csv"}
    assert rows(fleet)["493012345001"] == {
        "name": "493012345001",
        "account": "bakery",
        "number": "+493012345001",
        "phone_number_id": "106540352242001",
        "extends": "templates/shop.yaml",
        "about": "=1+1",
    }
    assert rows(fleet)["493012345000"]["about"] == "Shop: #0 $${"
    assert [name for name in files(fleet) if name.startswith("bakery/")] == []
    assert len(fleet.entries()) == 3


def test_what_no_cell_can_say_is_not_managed_and_a_default_for_it_is_left_out(fleet: Fleet) -> None:
    """Hidden characters are spelled out in a cell, and white space at an end is lost."""
    fleet.write("bakery/defaults.yaml", "profile: {description: Bread}\n")
    show(fleet, description="evil\u202etxt", address="a\rb")
    report = imported(fleet, ImportShape(table=True))
    assert {one.asides for one in report.numbers} == {(("address", NOT_IN_A_CELL), ("description", NOT_IN_A_CELL))}
    (row, *_) = rows(fleet).values()
    assert (row["omit"], "address" in row, "websites" in row) == ("description", False, True)


def test_a_table_that_appears_while_it_runs_is_left_alone(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    show(fleet)
    monkeypatch.setattr(imported_files, "create", lambda *_: False)
    report = imported(fleet, ImportShape(table=True))
    assert {one.status for one in report.numbers} == {ImportStatus.EXISTS}
    assert fleet.run(lambda context: import_run(context, "bakery", NUMBERS)).numbers[0].status is ImportStatus.EXISTS


@pytest.mark.parametrize("template", ["", "shop"])
def test_a_table_is_read_back_as_it_was_and_plans_to_nothing(fleet: Fleet, template: str) -> None:
    fleet.write("bakery/defaults.yaml", "profile: {industry: RESTAURANT}\n")
    show(fleet, description='Bread, "rye"; = and\nmore', address="'=1+1")
    report = imported(fleet, ImportShape(table=True, template=template))
    assert {one.status for one in report.numbers} == {ImportStatus.WRITTEN}
    planned = fleet.plan()
    assert (planned.plan.has_changes, planned.plan.diagnostics, planned.summary.in_sync) == (False, (), 3)
    assert {one.target.profile for one in planned.plan.targets} == {f"bakery/4930{12345000 + at}" for at in range(3)}
    fleet.edit("106540352242001", about="Moved", address="=2")
    assert {one.field for one in fleet.drift(adopt=True).adopted} == {"about", "address"}
    assert fleet.plan().summary.in_sync == 3


def test_an_export_is_read_back_as_a_table(fleet: Fleet) -> None:
    """Only the column of the names has another title, because a row's name has no folder."""
    show(fleet, about="'=1+1", address="=1+1", description="")
    imported(fleet, ImportShape(table=True))
    exported = export_csv(fleet.run(lambda context: export_run(context, Scope())))
    shown = exported.replace("profile,", "name,", 1).replace("\nbakery/", "\n")
    assert "notes" not in shown
    fleet.write("bakery.csv", shown)
    planned = fleet.plan()
    assert [one.code for one in planned.plan.diagnostics] == []
    assert (planned.plan.has_changes, planned.summary.in_sync) == (False, 3)

"""`drift --adopt` where a profile is a row: its cell says what is live, or why it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.authoring.edits import FileChanges, WantedField
from reconciler.core.basics import EnvironmentProblem, Reason
from reconciler.effects.files import writing
from reconciler.effects.files.repository import read_repository
from reconciler.pipeline.editing import edit
from reconciler.providers import providers
from reconciler.render.text.drift import adopting_text
from reconciler.sandbox.pictures import keep, reencode
from tests.support.fleet import Fleet

HEADER = "name,account,number,phone_number_id,about,websites,picture"
ADDRESSES = ("106540352242001", "106540352242002")
PICTURES = Path(__file__).parents[2] / "profiles" / "pictures"


@pytest.fixture
def shops(fleet: Fleet) -> Fleet:
    """A table of two numbers, applied."""
    rows = [f"r{n},bakery,+49301234500{n},{address},Bread,https://a.example," for n, address in enumerate(ADDRESSES)]
    fleet.write("shops.csv", "\n".join([HEADER, *rows, ""]))
    fleet.apply()
    return fleet


def text(fleet: Fleet) -> list[str]:
    return (fleet.root / "profiles" / "shops.csv").read_text(encoding="utf-8").splitlines()


def test_cells_say_what_is_live(shops: Fleet) -> None:
    shops.edit(ADDRESSES[0], about="=SUM(A1)", websites=["https://b.example/", "https://a.example"])
    shops.edit(ADDRESSES[1], websites=[])
    report = shops.drift(adopt=True)
    assert text(shops)[1:] == [
        "r0,bakery,+493012345000,106540352242001,'=SUM(A1),https://b.example/ https://a.example,",
        "r1,bakery,+493012345001,106540352242002,Bread,(empty),",
    ]
    assert [f"{one.place.line} {one.field}" for one in report.adopted] == ["2 about", "2 websites", "3 websites"]
    assert shops.drift().drifted == ()
    assert "  profiles/shops.csv:2\n    ✓ about\n    ✓ websites" in adopting_text(report)


def test_a_value_that_no_cell_can_say_is_left_out_and_said(shops: Fleet) -> None:
    repository = read_repository(shops.context, providers())
    changes = FileChanges(repository.desired[0], (WantedField("about", "Bread "),))
    before = text(shops)
    written, (left,) = edit(shops.context, [changes], sources=repository.sources, pictures={})
    assert left.reason.startswith("a cell cannot say it: white space at its ends")
    assert (written, str(left.place), left.failed) == ((), "profiles/shops.csv:2", False)
    assert text(shops) == before


def test_a_table_that_cannot_be_written_keeps_all_of_its_rows(shops: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise EnvironmentProblem("profiles/shops.csv cannot be written: No space left on device")

    before = text(shops)
    shops.edit(ADDRESSES[0], about="Rye")
    shops.edit(ADDRESSES[1], about="Rye")
    monkeypatch.setattr(writing, "replace", full)
    report = shops.drift(adopt=True)
    assert (report.adopted, Reason.ERROR in report.reasons, text(shops)) == ((), True, before)
    assert [(str(one.place), one.failed, one.reason) for one in report.not_adopted] == [
        (f"profiles/shops.csv:{line}", True, "profiles/shops.csv cannot be written: No space left on device")
        for line in (2, 3)
    ]


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (f"{HEADER}\n", "no row of it is shops/r0 any more"),
        (f'{HEADER}\n"r0,\n', "the quotes of a cell do not close"),
        (f"{HEADER}\nr0,bakery,+493012345000,106540352242001,Rye,,\n", "it says something else besides"),
        (f"{HEADER}\nr0,bakery,+493012345000,106540352242001,=1,,\n", "about holds a formula"),
    ],
)
def test_a_row_that_changed_meanwhile_is_left_alone(shops: Fleet, now: str, why: str) -> None:
    repository = read_repository(shops.context, providers())
    changes = FileChanges(repository.desired[0], (WantedField("about", "Rye bread"),))
    shops.write("shops.csv", now)
    written, (left,) = edit(shops.context, [changes], sources=repository.sources, pictures={})
    assert written == ()
    assert left.reason.startswith(f"the file changed while this ran, and is left alone: {why}")
    assert (shops.root / "profiles" / "shops.csv").read_text(encoding="utf-8") == now


def test_a_live_picture_goes_below_pictures_and_its_name_into_the_cell(shops: Fleet) -> None:
    (shops.root / "profiles" / "pictures").mkdir()
    (shops.root / "profiles" / "pictures" / "logo.png").write_bytes((PICTURES / "logo.png").read_bytes())
    table = shops.root / "profiles" / "shops.csv"
    table.write_text(table.read_text().replace("https://a.example,\n", "https://a.example,pictures/logo.png\n"))
    assert shops.apply().reasons == frozenset()
    served = reencode((PICTURES / "cafe.png").read_bytes(), declared="image/png")
    shops.edit(ADDRESSES[1], picture=keep(shops.world, served))
    (one,) = shops.drift(adopt=True).adopted
    assert (str(one.place), one.detail) == ("profiles/shops.csv:3", "saved as pictures/shops/r1.jpg")
    assert [line.rpartition(",")[2] for line in text(shops)[1:]] == ["pictures/logo.png", "pictures/shops/r1.jpg"]

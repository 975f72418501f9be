"""What `import` does not write: files that the next `validate` would refuse, or numbers that are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import InvalidInput, Reason
from reconciler.core.reports.account_reports import ImportReport, ImportStatus
from reconciler.effects.world import Progress
from reconciler.pipeline.importing import import_run
from reconciler.pipeline.validating import validate_run
from tests.support.fleet import Fleet

SETTINGS = """\
version: 1
accounts:
  bakery: {provider: meta, endpoint: sandbox, waba_id: "102290129340398"}
  shops: {provider: 360dialog, endpoint: sandbox}
  legacy: {provider: pickyassist, endpoint: sandbox}
"""
ONE, OTHER, PICKY = "+494012345678", "+4942112345678", "+914422334455"


class Shops(Fleet):
    """A repository that manages one number already."""

    def settings(self, endpoint: str = "", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings."""
        assert not endpoint
        self.write("reconciler.yaml", f"{SETTINGS}policy: {policy}\n{more}")

    def imported(self, account: str, *numbers: str) -> ImportReport:
        """Import, and return what it came to."""
        return self.run(lambda context: import_run(context, account, numbers))

    def refused(self, account: str, *numbers: str) -> list[str]:
        """Return why nothing is imported; no file is written."""
        with pytest.raises(InvalidInput) as wrong:
            self.imported(account, *numbers)
        assert not (self.root / "profiles" / account).exists()
        return [problem.summary for problem in wrong.value.diagnostics]

    def sound(self) -> bool:
        """Say whether `validate` finds no error."""
        return Reason.ERROR not in validate_run(self.context, ()).reasons


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


def test_a_key_that_another_profile_uses(shops: Shops) -> None:
    head = (
        f'account: shops\nnumber: "{ONE}"\ncredentials: {{api_key: {{env: D360_API_KEY_X}}}}\nprofile: {{about: Hi}}\n'
    )
    shops.write("hamburg.yaml", head)
    which = "which decides the number that is written to"
    assert shops.refused("shops", f"{OTHER}=D360_API_KEY_X") == [
        f"shops/4942112345678 and hamburg use the same credential ({{env: D360_API_KEY_X}}), {which}"
    ]
    shops.environ |= {"D360_API_KEY_X": "one-key-of-many", "D360_API_KEY_Y": "one-key-of-many"}
    assert shops.refused("shops", f"{OTHER}=D360_API_KEY_Y") == [
        "hamburg and shops/4942112345678 have the same credential, and it decides which number is written to"
    ]


def test_a_second_number_on_one_token(shops: Shops) -> None:
    (problem,) = shops.refused("legacy", PICKY, "+914422334456")
    assert problem.startswith("legacy/914422334456 and legacy/914422334455 use the same credential")
    assert len(shops.imported("legacy", PICKY, "+914422334456=7").numbers) == 2
    assert shops.sound()


def test_the_object_of_all_keys_is_no_key_of_one(shops: Shops) -> None:
    assert shops.refused("shops", f"{ONE}=D360_API_KEYS") == ["D360_API_KEYS holds the credentials of many numbers"]


def test_a_key_that_is_found_is_named_in_the_file_and_the_file_can_be_renamed(shops: Shops) -> None:
    shops.environ["D360_API_KEY_SHOPS_494012345678"] = "sandbox-494012345678"
    shops.imported("shops", ONE)
    path = shops.root / "profiles" / "shops" / "494012345678.yaml"
    assert "credentials: {api_key: {env: D360_API_KEY_SHOPS_494012345678}}\n" in path.read_text()
    path.rename(shops.root / "profiles" / "hamburg.yaml")
    assert not shops.plan().plan.has_changes


def test_a_key_that_is_looked_up_by_the_files_name_is_said_to_be(shops: Shops) -> None:
    shops.imported("shops", ONE)
    lines = (shops.root / "profiles" / "shops" / "494012345678.yaml").read_text().splitlines()
    said = " ".join(line.removeprefix("# ") for line in lines)
    where = "{env: D360_API_KEY_SHOPS_494012345678} or 'shops/494012345678' in D360_API_KEYS"
    assert f"Its api_key is looked up by this file's name, which must then stay: {where}." in said


def test_lines_of_a_list_that_are_no_numbers_are_said_and_not_written(shops: Shops) -> None:
    rows = [
        {"id": "106540352242922", "display_phone_number": "+49 30 12345678"},
        {"id": "106540352242923", "display_phone_number": "+49 30 12345678"},
        {"id": "1", "display_phone_number": "+49 30 12345679"},
        {"id": "106540352242924"},
    ]
    shops.faults({"kind": "reply", "path": "/phone_numbers", "status": 200, "body": {"data": rows}})
    world = shops.world
    with world.transaction():
        world.register("meta", "106540352242922", number="+493012345678", group="102290129340398")
    report = shops.imported("bakery")
    assert [(one.number, one.status) for one in report.numbers] == [
        ("+493012345678", ImportStatus.WRITTEN),
        ("+493012345678", ImportStatus.UNREADABLE),
        ("+493012345679", ImportStatus.UNREADABLE),
        ("", ImportStatus.UNREADABLE),
    ]
    assert report.reasons == {Reason.INCOMPLETE}
    assert [path.name for path in (shops.root / "profiles" / "bakery").iterdir()] == ["493012345678.yaml"]
    assert shops.sound()


def test_a_picture_of_that_name_stays_and_another_name_is_found(shops: Shops) -> None:
    logo = Path(__file__).parents[2] / "profiles" / "pictures" / "logo.png"
    cafe = logo.with_name("cafe.png")
    (shops.root / "profiles" / "pictures" / "shops").mkdir(parents=True)
    (shops.root / "profiles" / "pictures" / "logo.png").write_bytes(logo.read_bytes())
    shops.write("gone.yaml", f'account: shops\nnumber: "{ONE}"\nprofile: {{picture: pictures/logo.png}}\n')
    shops.apply()
    (shops.root / "profiles" / "gone.yaml").unlink()
    mine = shops.root / "profiles" / "pictures" / "shops" / "494012345678.jpg"
    mine.write_bytes(cafe.read_bytes())
    shops.imported("shops", ONE)
    assert mine.read_bytes() == cafe.read_bytes()
    assert "picture: pictures/shops/494012345678-" in (shops.root / "profiles/shops/494012345678.yaml").read_text()
    assert not shops.plan().plan.has_changes


def test_a_file_that_cannot_be_written_stops_no_other(shops: Shops) -> None:
    (shops.root / "profiles" / "shops").write_text("a file where a folder should be")
    report = shops.imported("shops", ONE)
    assert [(one.status, one.file) for one in report.numbers] == [(ImportStatus.FAILED, "")]
    assert report.numbers[0].detail.startswith("profiles/shops/494012345678.yaml cannot be written")
    assert report.reasons == {Reason.ERROR}


def test_a_file_that_appears_meanwhile_is_left_alone(shops: Shops) -> None:
    def another(_: object) -> None:
        shops.write("shops/494012345678.yaml", "# mine\n")

    meanwhile = Progress([another])
    report = shops.run(lambda context: import_run(replace(context, progress=meanwhile), "shops", (ONE,)))
    assert [one.status for one in report.numbers] == [ImportStatus.EXISTS]
    assert (shops.root / "profiles/shops/494012345678.yaml").read_text() == "# mine\n"
    assert shops.entries() == {}


def test_the_same_picture_is_not_written_twice(shops: Shops) -> None:
    logo = Path(__file__).parents[2] / "profiles" / "pictures" / "logo.png"
    (shops.root / "profiles" / "pictures").mkdir(exist_ok=True)
    (shops.root / "profiles" / "pictures" / "logo.png").write_bytes(logo.read_bytes())
    shops.write("gone.yaml", f'account: shops\nnumber: "{ONE}"\nprofile: {{picture: pictures/logo.png}}\n')
    shops.apply()
    (shops.root / "profiles" / "gone.yaml").unlink()
    for _ in range(2):
        shops.imported("shops", ONE)
        (shops.root / "profiles" / "shops" / "494012345678.yaml").unlink()
    names = [path.name for path in (shops.root / "profiles" / "pictures" / "shops").iterdir()]
    assert names == ["494012345678.jpg"]

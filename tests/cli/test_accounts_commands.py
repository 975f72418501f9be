"""`import`, `doctor`, `providers`, `schema` and `apply --resend` as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet
from tests.support.repository import Shop

ROOT = Path(__file__).parents[2]
APPLY = ("apply", "--auto-approve", "--allow", "webhook", "--allow", "first-contact", "-q")


@pytest.fixture
def example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The example fleet, applied."""
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    assert main(["-C", str(tmp_path), *APPLY]) == 0
    capsys.readouterr()
    return str(tmp_path)


def test_doctor_as_text_and_as_json(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", example, "doctor"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("files   8 profiles, no errors\nledger  local, 6 numbers remembered\n")
    assert main(["-C", example, "doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [account["name"] for account in document["accounts"]] == ["bakery", "shops-360", "india", "legacy"]
    assert {account["may_write"] for account in document["accounts"]} == {"unknown without writing"}
    assert (document["exit_code"], document["reasons"]) == (0, [])


def test_import_as_text_and_as_json(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(example) / "profiles" / "hamburg.yaml").unlink()
    assert main(["-C", example, "import", "shops-360", "+494012345678"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("+494012345678: written profiles/shops-360/494012345678.yaml: about, address")
    assert main(["-C", example, "import", "bakery", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {number["status"] for number in document["numbers"]} == {"already managed"}
    assert main(["-C", example, "import", "bakry"]) == 1
    assert "unknown account 'bakry'" in capsys.readouterr().err


def test_schema_says_in_json_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(tmp_path), "schema", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert "profile.kaleyra.schema.json" in written
    (tmp_path / "schemas" / "settings.schema.json").write_text("{}")
    assert main(["-C", str(tmp_path), "schema", "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "format_version": "2.0",
        "stale": ["settings.schema.json"],
        "exit_code": 1,
    }


def test_a_field_is_sent_again_on_request(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["-C", example, "apply", "berlin", "-y", "--resend", "webhook"]
    assert main(arguments) == 3
    assert "sent again, as --resend says" in capsys.readouterr().out
    assert main([*arguments, "--allow", "webhook"]) == 0
    assert capsys.readouterr().out.endswith("1 change applied\n")
    assert main(["-C", example, "apply", "--resend", "webhok"]) == 64
    assert "webhok; FIELD is one of about, address" in capsys.readouterr().err


def test_import_says_what_all_share_and_where(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(fleet, capsys)
    numbers = [f"+4930{12345000 + at}={106540352242000 + at}" for at in range(2)]
    for at in range(2):
        fleet.profile(f"gone{at}", at, about="Fresh bread", email=f"{at}@shop.example")
    assert shop.apply().code == 0
    for at in range(2):
        (fleet.root / "profiles" / f"gone{at}.yaml").unlink()
    ran = shop.run("import", "bakery", *numbers, "--template", "bread")
    assert (ran.code, ran.out.splitlines()[-2:]) == (
        0,
        [
            "What all of them share is in profiles/templates/bread.yaml: about.",
            "Read the files, commit them with schemas/, and run `reconciler plan`: it has nothing to do.",
        ],
    )
    ran = shop.run("import", "bakery", *numbers, "--template", "bread", "--as", "csv")
    assert (ran.code, "profiles/templates/bread.yaml: error: the file is there already" in ran.err) == (1, True), ran


def test_import_into_a_table_counts_rows(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(fleet, capsys)
    fleet.edit("106540352242000", about="Fresh bread", number="+493012345000")
    ran = shop.run("import", "bakery", "+493012345000=106540352242000", "--as", "csv")
    assert (ran.code, "Import: 1 row written." in ran.out) == (0, True), ran.out
    assert shop.run("list", "--json").json["profiles"][0]["file"] == "profiles/bakery.csv"

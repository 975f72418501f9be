"""Folders' and accounts' defaults and chains of templates, through the runs that read, write and explain files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.authoring.canonical_order import FormatState
from reconciler.core.fields import Picture
from reconciler.effects.files.folder import read_folder
from reconciler.pipeline.formatting import format_run
from reconciler.pipeline.importing import import_run
from reconciler.pipeline.validating import validate_run
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet
from tests.support.repository import Shop

NUMBERS = {f"shops/{name}": index for index, name in enumerate(("berlin", "munich", "vienna"))}
DEFAULTS = "account: bakery\nextends: [templates/inner.yaml]\nvars: {city: Berlin}\nprofile: {about: From the folder}\n"
INNER = "extends: [templates/outer.yaml]\nprofile: {description: 'Bread in ${city}'}\n"


def shop(fleet: Fleet, *, outer: str = "profile: {address: Weg 1}\n") -> Fleet:
    """Write three profiles that take everything from their folder, and the folder from a chain of templates."""
    fleet.write("templates/outer.yaml", outer)
    fleet.write("templates/inner.yaml", INNER)
    fleet.write("shops/defaults.yaml", DEFAULTS)
    for name, index in NUMBERS.items():
        ids = f'number: "+4930{12345000 + index}"\nphone_number_id: "{106540352242000 + index}"\n'
        fleet.write(f"{name}.yaml", ids)
    return fleet


def sources(fleet: Fleet, profile: str) -> dict[str, str]:
    """Return where each change of a profile comes from."""
    (planned,) = [one for one in fleet.plan().plan.targets if one.target.profile == profile]
    return {change.field: str(change.source) for change in planned.differences}


def test_each_change_names_the_default_or_the_template_it_comes_from(fleet: Fleet) -> None:
    assert sources(shop(fleet), "shops/berlin") == {
        "about": "profiles/shops/defaults.yaml:4:18",
        "address": "profiles/templates/outer.yaml:1:20",
        "description": "profiles/templates/inner.yaml:2:24",
    }


def test_one_edit_of_a_folders_default_is_one_block_with_its_place(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    run = command_line(shop(fleet).root, capsys)
    fleet.apply()
    fleet.write("shops/defaults.yaml", DEFAULTS.replace("From the folder", "New in all of them"))
    _, said = run("plan")
    assert "The same change in 3 profiles, from profiles/shops/defaults.yaml:4" in said


@pytest.mark.parametrize("file", ["shops/defaults.yaml", "templates/outer.yaml", "reconciler.yaml"])
def test_a_base_and_changed_since_know_what_a_shared_file_moves(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    """The profile beside the folder asks for the same as before; those in it do not."""
    shop(fleet)
    fleet.profile("alone", 7, about="Alone", address="Weg 1")
    fleet.settings(more=", defaults: {email: a@shop.example}")
    text = (fleet.root / "profiles" / file).read_text(encoding="utf-8")
    git, run = Shop(fleet, capsys).git, command_line(fleet.root, capsys)
    git.commit("Begin")
    old = {"shops/defaults.yaml": "From the folder", "templates/outer.yaml": "Weg 1", "reconciler.yaml": "a@shop"}
    fleet.write(file, text.replace(old[file], "b@shop" if old[file] == "a@shop" else "b"))
    moved = {*NUMBERS, *(["alone"] if file == "reconciler.yaml" else [])}
    _, planned = run("plan", "--offline", "--changed-since", "HEAD", "--json")
    assert {one["profile"] for one in json.loads(planned)["targets"]} == moved
    fleet.apply()
    git.commit("Edited")
    code, since = run("plan", "--base", "HEAD~1", "--json")
    assert (code, json.loads(since)["diagnostics"]) == (0, [])


def test_adopt_writes_into_the_profile_and_says_what_it_overrides(fleet: Fleet) -> None:
    shop(fleet).apply()
    shared = {name: (fleet.root / "profiles" / name).read_bytes() for name in ("shops/defaults.yaml", *TEMPLATES)}
    fleet.edit("106540352242000", about="Moved", description="Fine bread in Berlin")
    report = fleet.drift(adopt=True)
    assert {one.field: one.detail for one in report.adopted} == {
        "about": "overrides profiles/shops/defaults.yaml:4",
        "description": "overrides profiles/templates/inner.yaml:2",
    }
    own = (fleet.root / "profiles" / "shops/berlin.yaml").read_text(encoding="utf-8")
    # The folder's variable still fits.
    assert own.endswith("profile:\n  about: Moved\n  description: Fine bread in ${city}\n")
    assert {name: (fleet.root / "profiles" / name).read_bytes() for name in shared} == shared
    assert fleet.plan().plan.targets[0].differences == ()


TEMPLATES = ("templates/outer.yaml", "templates/inner.yaml")


def test_fmt_puts_the_defaults_of_folders_in_order_too(fleet: Fleet) -> None:
    fleet.write("shops/defaults.yaml", "profile: {about: Hi}\nmode: observe\naccount: bakery\n")
    fleet.write("defaults.yaml", "profile: {\n")
    report = format_run(fleet.context, (), check=False)
    assert [(one.file, one.state) for one in report.files] == [
        ("profiles/defaults.yaml", FormatState.BROKEN),
        ("profiles/shops/defaults.yaml", FormatState.FORMATTED),
    ]
    text = (fleet.root / "profiles" / "shops/defaults.yaml").read_text(encoding="utf-8")
    assert text == "account: bakery\nmode: observe\nprofile: {about: Hi}\n"


def test_what_is_imported_into_a_folder_with_defaults_plans_to_nothing(fleet: Fleet) -> None:
    """A default that the number shows is not written again, and one that it does not show is left out by name."""
    address = "106540352242000"
    fleet.settings(more=', waba_id: "102290129340398", defaults: {email: a@shop.example}')
    fleet.write("templates/outer.yaml", "profile: {address: Weg 1, websites: [https://a.example]}\n")
    fleet.write("bakery/defaults.yaml", "extends: [templates/outer.yaml]\nprofile: {about: Hi}\n")
    fleet.edit(address, about="Hi", address="Weg 1", email="b@shop.example", number="+493012345000")
    fleet.run(lambda context: import_run(context, "bakery", [f"+493012345000={address}"]))
    (text,) = [one.read_text(encoding="utf-8") for one in (fleet.root / "profiles/bakery").glob("49*.yaml")]
    assert "about" not in text
    assert "address" not in text
    assert "omit: [websites]" in text
    assert "email: b@shop.example" in text
    (planned,) = fleet.plan().plan.targets
    assert planned.differences == ()


def test_a_folders_defaults_are_no_profile_and_its_pictures_are_opened(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (640, 640), "red").save(tmp_path / name)
    texts = {
        "defaults.yaml": "profile: {picture: a.png}\n",
        "shops/defaults.yaml": "profile: {picture: b.png}\n",
        "templates/defaults.yaml": "profile: {}\n",
        "reconciler.yaml": "version: 1\naccounts: {a: {provider: meta, defaults: {picture: c.png}}, b: 5}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_folder(tmp_path)
    assert (found.names, [*found.folders], [*found.templates]) == ((), ["", "shops"], ["templates/defaults.yaml"])
    for one in found.shared:
        found.pictures_of(one)
    assert {name: type(one) for name, one in found.pictures.items()} == dict.fromkeys(
        ("a.png", "b.png", "c.png"), Picture
    )


@pytest.mark.parametrize("name", ["defaults.yml", "Defaults.yaml", "shops/DEFAULTS.YML"])
def test_a_name_that_only_nearly_is_that_of_a_folders_defaults_is_an_error(fleet: Fleet, name: str) -> None:
    fleet.write(name, "profile: {}\n")
    found = [one for one in validate_run(fleet.context, ()).diagnostics if one.code == "file-name"]
    assert [(one.severity, one.location.file) for one in found][:1] == [
        ("warning" if name.endswith("YML") else "error", f"profiles/{name}")
    ]


def test_without_settings_the_account_of_a_folder_counts_as_declared(fleet: Fleet) -> None:
    shop(fleet)
    (fleet.root / "profiles" / "reconciler.yaml").unlink()
    assert [one.code for one in validate_run(fleet.context, ()).diagnostics] == ["no-settings"]


def test_a_folder_whose_defaults_cannot_be_read_is_told_once(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    shop(fleet).write("shops/defaults.yaml", "account: [\n")
    run: Run = command_line(fleet.root, capsys)
    found = json.loads(run("validate", "--json")[1])["diagnostics"]
    assert {one["location"]["file"] for one in found} == {"profiles/shops/defaults.yaml"}

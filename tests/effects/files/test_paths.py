"""Files beside the road: what programs leave behind is skipped, and what looks like a profile is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.core.basics import Location, error, warning
from reconciler.effects.files.folder import read_folder
from reconciler.effects.files.paths import lost_in_a_clone, unread_outside
from reconciler.effects.files.repository import read_repository
from reconciler.effects.world import Context
from reconciler.providers import providers

SETTINGS = "version: 1\naccounts: {s: {provider: meta, endpoint: sandbox}}\n"
PROFILE = 'account: s\nnumber: "+493012345678"\nphone_number_id: "400000000000001"\nprofile: {about: Fresh}\n'


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "reconciler.yaml").write_text(SETTINGS)
    (folder / "berlin.yaml").write_text(PROFILE)
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "._berlin.yaml",
        ".berlin.yaml",
        ".berlin.yaml.swp",
        ".YAML",
        ".idea/berlin.yaml",
        ".a/b/c.yml",
        ".berlin.yaml.txt",
    ],
)
def test_a_name_with_a_dot_at_its_front_is_skipped(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # What a Mac leaves beside a file on a network share is no text.
    path.write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X        \0\2\xff" + PROFILE.encode())
    found = read_folder(folder)
    assert (list(found.profiles), found.names, found.problems) == (["berlin"], ("berlin",), [])


@pytest.mark.parametrize("name", [".#berlin.yaml", ".shops"])
def test_a_hidden_link_is_skipped_as_well(folder: Path, name: str) -> None:
    """An editor marks an open file by a link that leads nowhere."""
    (folder / name).symlink_to("anna@laptop.4711:1700000000")
    assert read_folder(folder).problems == []


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("munich.yaml.txt", "munich.yaml"),
        ("munich.yaml.bak", "munich.yaml"),
        ("munich.yml.orig", "munich.yaml"),
        ("munich.YAML~", "munich.yaml"),
        ("munich.yaml (1)", "munich.yaml"),
        ("munich", "munich.yaml"),
        ("munich.txt", "munich.yaml"),
        ("munich.yalm", "munich.yaml"),
        ("munich.json", "munich.yaml"),
    ],
)
@pytest.mark.parametrize("parent", ["", "shops"])
def test_what_looks_like_a_profile_and_is_none_by_its_name_is_a_warning(
    folder: Path, parent: str, name: str, better: str
) -> None:
    (folder / parent).mkdir(exist_ok=True)
    text = '{\n  "account": "s",\n  "number": "+49"}' if name.endswith("json") else PROFILE
    (folder / parent / name).write_text(text)
    summary = "it looks like a profile and is not read: its name does not end in .yaml or .yml"
    hint = f"rename it to {better}, or delete it if it is a copy"
    where = Location(file="/".join(filter(None, ("profiles", parent, name))))
    assert read_folder(folder).problems == [warning("file-name", summary, hint=hint, location=where)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", PROFILE),
        ("notes.txt", "account: the shop's\n"),
        ("photo.png", PROFILE),
        ("a.yamlet", "x"),
        ("empty", ""),
    ],
)
def test_what_only_tells_of_profiles_is_left_alone(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    assert read_folder(folder).problems == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shops.csv.bak", "it looks like a table of numbers and is not read: its name does not end in .csv"),
        ("shops.csv~", "it looks like a table of numbers and is not read: its name does not end in .csv"),
        ("shops.CSV", "it is not read: write its suffix in small letters"),
        ("shops.xlsx", "it is not read: a table of numbers is a .csv file"),
        ("shops.tsv", "it is not read: a table of numbers is a .csv file"),
        ("templates/shops.csv", "it is not read: a table is no template"),
    ],
)
def test_what_looks_like_a_table_and_is_none_is_a_warning(folder: Path, name: str, message: str) -> None:
    (folder / "templates").mkdir()
    (folder / name).write_text("name,number\n")
    (found,) = read_folder(folder).problems
    assert (found.code, found.severity, str(found.location)) == ("file-name", "warning", f"profiles/{name}")
    assert (found.summary, bool(found.hint) or name.endswith("CSV")) == (message, True)


@pytest.mark.parametrize("name", [".~lock.shops.csv#", ".shops.csv", ".shops/a.csv"])
def test_what_a_spreadsheet_leaves_behind_is_skipped(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("name,number\na,b\n")
    found = read_folder(folder)
    assert (found.problems, found.names) == ([], ("berlin",))


def test_a_pipe_and_a_file_that_cannot_be_opened_are_no_profiles(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("berlin.yaml")
    assert read_folder(folder).problems == []


@pytest.mark.parametrize("name", ["reconciler", "drift-ignore"])
def test_the_folders_own_files_have_one_name_each(folder: Path, name: str) -> None:
    (folder / f"{name}.yml").write_text(SETTINGS)
    found = read_folder(folder)
    where = Location(file=f"profiles/{name}.yml")
    hint = f"rename it to {name}.yaml"
    assert found.problems == [error("file-name", f"it is not read: the name is {name}.yaml", hint=hint, location=where)]
    assert found.names == ("berlin",)


# Beside the folder


@pytest.mark.parametrize(
    ("name", "what", "better"),
    [
        ("munich.yaml", "a profile", "munich.yaml"),
        ("munich.yml.txt", "a profile", "munich.yaml"),
        ("profile/munich.yaml", "a profile", "munich.yaml"),
        ("Profiles/munich.yaml", "a profile", "munich.yaml"),
        ("reconciler.yaml", "the settings", "reconciler.yaml"),
    ],
)
def test_a_file_beside_the_folder_is_a_warning(folder: Path, name: str, what: str, better: str) -> None:
    (folder.parent / name).parent.mkdir(exist_ok=True)
    (folder.parent / name).write_text(SETTINGS if what == "the settings" else PROFILE)
    found = read_repository(Context(folder.parent, {}), providers())
    summary = f"it looks like {what} and is not read: only what lies below profiles/ is"
    hint = f"move it to profiles/{better}"
    assert found.diagnostics == (warning("misplaced", summary, hint=hint, location=Location(file=name)),)
    assert len(found.desired) == 1


def test_a_table_beside_the_folder_is_a_warning(folder: Path) -> None:
    (folder.parent / "shops.csv").write_text('\ufeffaccount;"name";number\r\n')
    (folder.parent / "prices.csv").write_text("name,price\nnumber,1\n")
    (found,) = unread_outside(folder.parent, "profiles")
    assert (found.code, str(found.location), found.hint) == ("misplaced", "shops.csv", "move it to profiles/shops.csv")
    assert found.summary.startswith("it looks like a table of numbers and is not read")


@pytest.mark.parametrize(
    "name", ["docker-compose.yaml", ".github.yaml", "shops/munich.yaml", "munich.md", "profiles.yaml", "a.yaml/b"]
)
def test_files_beside_the_folder_are_not_looked_at(folder: Path, name: str) -> None:
    (folder.parent / name).parent.mkdir(exist_ok=True)
    (folder.parent / name).write_text("services: {}\n" if name[0] in "dp" else PROFILE)
    assert [*unread_outside(folder.parent, "profiles")] == []


def test_a_place_that_cannot_be_listed_has_no_such_files(tmp_path: Path) -> None:
    assert [*unread_outside(tmp_path / "gone", "profiles")] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BERLIN.yaml", "berlin.yaml"),
        ("Cafes/vienna.yaml", "cafes/vienna.yaml"),
        ("pictures/Logo.png", "pictures/logo.png"),
        ("caf\u00e9.yaml", "cafe\u0301.yaml"),
    ],
)
def test_of_two_files_a_clone_elsewhere_has_one(one: str, other: str) -> None:
    first, second = sorted((one, other))
    (found,) = lost_in_a_clone([one, "other.yaml", other], "profiles")
    assert (found.severity, found.location.file) == ("warning", f"profiles/{second}")
    assert found.summary == (
        f"on macOS and Windows it is the same file as profiles/{first}, and a clone there loses one"
    )


def test_files_of_two_folders_and_names_in_capitals_are_no_twins() -> None:
    assert (
        list(
            lost_in_a_clone(["a/x.yaml", "b/x.yaml", "A.yaml", "a.yml", "stra\u00dfe.yaml", "strasse.yaml"], "profiles")
        )
        == []
    )


def test_such_files_are_found_below_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    (folder / "pictures").mkdir(parents=True)
    for name in ("berlin.yaml", "BERLIN.yaml", "pictures/a.png", "pictures/A.png"):
        (folder / name).write_text("account: a\n")
    twins = [p.location.file for p in read_folder(folder).problems if "macOS" in p.summary]
    assert twins == ["profiles/berlin.yaml", "profiles/pictures/a.png"]


def test_a_path_that_is_too_long_is_an_error_of_its_file(tmp_path: Path) -> None:
    """The folder can lie deeper than a path may be long."""
    folder, here = tmp_path / "profiles", os.open(".", os.O_RDONLY)
    folder.mkdir()
    try:
        os.chdir(folder)
        for _ in range(20):
            Path("e" * 250).mkdir()
            os.chdir("e" * 250)
        Path("x.yaml").write_text("account: a\n")
        os.chdir(folder)
        assert [p.code for p in read_folder(folder).problems] == ["unreadable-folder", "no-settings"]
    finally:
        os.fchdir(here)
        os.close(here)

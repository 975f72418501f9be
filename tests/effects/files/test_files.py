from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.fields import Picture
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.folder import Files, read_folder
from reconciler.effects.files.paths import read_regular, unread_outside
from reconciler.effects.files.picture_files import open_picture
from tests.support.unprivileged import open_folder, unprivileged

SETTINGS = "version: 1\naccounts: {}\n"
LINK_HINT = "put the file itself there"


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "reconciler.yaml").write_text(SETTINGS)
    return folder


def put(folder: Path, **texts: str) -> None:
    """Write files; in their names `__` is a slash, and the suffix is .yaml."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read_all(folder: Path) -> tuple[Files, dict[str, Document]]:
    """Read the folder and then every profile in it, as a run does."""
    files = read_folder(folder)
    found = {one.name: files.document(one.relative, one.content) for one in files.contents()}
    documents = {name: document for name, document in found.items() if document is not None}
    for document in (*files.shared, *documents.values()):
        files.pictures_of(document)
    return files, documents


def problem(folder: Path) -> Diagnostic:
    """Return the one problem there is."""
    (found,) = read_all(folder)[0].problems
    return found


def test_every_yaml_file_is_a_profile_by_its_path_without_suffix(folder: Path) -> None:
    put(folder, berlin="account: a\n", shops__north__one="", shops__north="number: '1'\n")
    (folder / "munich.yml").write_text("account: b\n")
    found, profiles = read_all(folder)
    assert {name: document.data for name, document in profiles.items()} == {
        "berlin": {"account": "a"},
        "munich": {"account": "b"},
        "shops/north": {"number": "1"},
        "shops/north/one": None,
    }
    assert [document.file for document in profiles.values()] == [
        "profiles/berlin.yaml",
        "profiles/munich.yml",
        "profiles/shops/north.yaml",
        "profiles/shops/north/one.yaml",
    ]
    assert (found.settings and found.settings.data, found.problems) == ({"version": 1, "accounts": {}}, [])


def test_templates_are_kept_apart_by_their_path_with_suffix(folder: Path) -> None:
    put(
        folder,
        templates__bakery="profile: {}\n",
        templates__old__cafe="profile: {}\n",
        my__templates__x="",
        templates="",
    )
    found = read_folder(folder)
    assert sorted(found.templates) == ["templates/bakery.yaml", "templates/old/cafe.yaml"]
    assert sorted(found.profiles) == ["my/templates/x", "templates"]


def test_the_file_of_accepted_drift_is_no_profile(folder: Path) -> None:
    put(folder, **{"drift-ignore": "- x\n"})
    found = read_folder(folder)
    assert (found.ignored and found.ignored.data, found.names, found.problems) == (["x"], (), [])


def test_a_broken_file_of_accepted_drift_is_a_problem_and_no_profile(folder: Path) -> None:
    put(folder, **{"drift-ignore": "ignore: [\n"})
    found = read_folder(folder)
    assert (found.ignored, found.names, found.broken) == (None, (), {"drift-ignore.yaml"})
    assert [one.location.file for one in found.problems] == ["profiles/drift-ignore.yaml"]


def test_what_is_no_yaml_is_left_alone(folder: Path) -> None:
    for name in ("README.md", "notes.txt", "yaml", "c.json"):
        (folder / name).write_text("{")
    found = read_folder(folder)
    assert (found.profiles, found.templates, found.problems) == ({}, {}, [])


def test_only_the_folders_own_names_are_reserved(folder: Path) -> None:
    put(folder, shops__reconciler="", **{"shops__drift-ignore": ""})
    assert sorted(read_folder(folder).profiles) == ["shops/drift-ignore", "shops/reconciler"]


def test_two_files_of_one_profile_are_an_error(folder: Path) -> None:
    put(folder, berlin="account: a\n")
    (folder / "berlin.yml").write_text("account: b\n")
    found = read_folder(folder)
    assert found.profiles == {"berlin": "berlin.yaml"}
    assert found.problems == [
        error(
            "same-name",
            "profiles/berlin.yml and profiles/berlin.yaml are both the profile 'berlin'",
            hint="rename one of them",
            location=Location(file="profiles/berlin.yml", line=1, column=1),
        )
    ]


# Without settings


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_settings_is_said_to_be_none(tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "profiles").mkdir()
    assert problem(tmp_path / "profiles") == error(
        "no-settings",
        "there is no settings file",
        hint="run the command in a repository with profiles/reconciler.yaml, or name one with -C DIR",
        location=Location(file="profiles/reconciler.yaml"),
    )


@pytest.mark.parametrize(("below", "option"), [("shops", ".."), ("profiles", ".."), ("a/b", "../..")])
def test_below_a_repository_the_settings_are_said_to_be_above(
    folder: Path, below: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in profiles/ is in its place, so no file there is to be moved."""
    put(folder, berlin="account: a\nnumber: b\n")
    here = folder.parent / below
    here.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(here)
    (one,) = [*read_folder(Path("profiles")).problems, *unread_outside(Path(), "profiles")]
    assert one.code == "no-settings"
    assert one.hint == f"there is one in a folder above: run the command there, or with -C {option}"
    # Elsewhere, the way to it is not one of dots.
    monkeypatch.chdir(folder.root)
    assert problem(here / "profiles").hint.endswith(f"with -C {folder.parent}")


def test_a_suffix_in_capitals_is_not_passed_over_in_silence(folder: Path) -> None:
    put(folder, berlin="account: a\n")
    (folder / "shops").mkdir()
    for name in ("shops/munich.YAML", "Bonn.Yml", "notes.txt"):
        (folder / name).write_text("account: a\n")
    found = read_folder(folder)
    assert list(found.profiles) == ["berlin"]
    assert [(one.severity, one.location.file, one.summary) for one in found.problems] == [
        ("warning", f"profiles/{name}", "it is not read: write its suffix in small letters")
        for name in ("Bonn.Yml", "shops/munich.YAML")
    ]


def test_broken_settings_are_not_said_to_be_missing(folder: Path) -> None:
    put(folder, reconciler="a: [")
    found = read_folder(folder)
    assert (found.settings, [one.location.file for one in found.problems]) == (None, ["profiles/reconciler.yaml"])
    assert "no-settings" not in {one.code for one in found.problems}


def test_a_broken_file_of_a_like_name_does_not_stand_for_the_settings(folder: Path) -> None:
    (folder / "reconciler.yaml").rename(folder / "my-reconciler.yaml")
    put(folder, **{"my-reconciler": "a: ["})
    assert {one.code for one in read_folder(folder).problems} >= {"no-settings"}


def test_a_file_in_place_of_the_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("")
    found = read_folder(tmp_path / "profiles")
    assert [(one.code, one.summary, one.location.file) for one in found.problems] == [
        ("unreadable-folder", "the folder cannot be read: Not a directory", "profiles"),
        ("no-settings", "there is no settings file", "profiles/reconciler.yaml"),
    ]


# What is not followed, and what cannot be read


@pytest.mark.parametrize("name", ["berlin.yaml", "berlin.yml", "shops", "reconciler.yaml"])
def test_a_symbolic_link_is_an_error_and_not_a_way(folder: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("account: a\n")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(outside if name == "shops" else outside / "secret.yaml")
    found = read_folder(folder)
    where = Location(file=f"profiles/{name}")
    assert found.problems == [error("symlink", "symbolic links are not followed", hint=LINK_HINT, location=where)]
    assert found.profiles == {}


def test_the_folder_itself_may_be_no_link_either(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to("elsewhere")
    found = read_folder(folder)
    (problem,) = found.problems
    assert (problem.code, problem.location.file, found.settings, found.profiles) == ("symlink", "profiles", None, {})


def test_a_link_to_nowhere_is_a_link_too(folder: Path) -> None:
    (folder / "berlin.yaml").symlink_to("gone.yaml")
    assert (problem(folder).code, problem(folder).location.file) == ("symlink", "profiles/berlin.yaml")


def test_a_link_that_is_no_yaml_is_left_alone(folder: Path) -> None:
    (folder / "notes.txt").symlink_to("/etc/passwd")
    assert read_folder(folder).problems == []


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "berlin.yaml")
    where = Location(file="profiles/berlin.yaml")
    assert problem(folder) == error(
        "unreadable-file", "the file cannot be read: it is not a regular file", location=where
    )


def test_what_cannot_be_opened_is_one_problem_and_the_others_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, munich="account: a\n")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("berlin.yaml")
        found, profiles = read_all(folder)
    why = "the file cannot be read: No such device or address"
    assert found.problems == [error("unreadable-file", why, location=Location(file="profiles/berlin.yaml"))]
    assert (sorted(profiles), found.broken) == (["munich"], {"berlin.yaml"})


def test_a_folder_that_may_not_be_read_is_not_an_empty_one() -> None:
    """Its profiles would silently be missing from the plan."""
    with open_folder() as root:
        folder = root / "profiles"
        (folder / "shops").mkdir(parents=True, mode=0o755)
        (folder / "reconciler.yaml").write_text(SETTINGS)
        (folder / "secret.yaml").write_text("")
        (folder / "shops").chmod(0)
        (folder / "secret.yaml").chmod(0)
        with unprivileged():
            found, _ = read_all(folder)
    assert sorted(found.problems, key=lambda one: one.code) == [
        error(
            "unreadable-file",
            "the file cannot be read: Permission denied",
            location=Location(file="profiles/secret.yaml"),
        ),
        error(
            "unreadable-folder",
            "the folder cannot be read: Permission denied",
            location=Location(file="profiles/shops"),
        ),
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: caf\xe9\n", b"a: 1\n" + b"# x\n" * 70_000])
def test_what_the_reader_refuses_is_a_problem_of_that_file(folder: Path, content: bytes) -> None:
    (folder / "berlin.yaml").write_bytes(content)
    found, profiles = read_all(folder)
    assert ({one.location.file for one in found.problems}, profiles) == ({"profiles/berlin.yaml"}, {})


def test_no_more_of_a_file_is_read_than_tells_that_it_is_too_large(folder: Path) -> None:
    with (folder / "berlin.yaml").open("wb") as stream:
        stream.truncate(10**12)
    assert problem(folder).location.file == "profiles/berlin.yaml"


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"a\nb.yaml", r"a\nb.yaml"), (b"caf\xe9.yaml", r"caf\udce9.yaml"), ("a\u202eb.yaml".encode(), r"a\u202eb.yaml")],
)
def test_a_name_that_cannot_be_shown_is_an_error(folder: Path, name: bytes, shown: str) -> None:
    """It names the profile everywhere, and so goes to terminals and into JSON."""
    (folder / os.fsdecode(name)).write_text("account: a\n")
    where = Location(file=f"profiles/{shown}")
    assert problem(folder) == error("file-name", "the name holds a character that cannot be shown", location=where)
    assert read_folder(folder).profiles == {}


def test_a_name_in_any_script_is_a_name(folder: Path) -> None:
    put(folder, **{"münchen ☕": "account: a\n"})
    assert sorted(read_folder(folder).profiles) == ["münchen ☕"]


# Pictures


def test_each_picture_that_is_named_is_opened_by_its_name(folder: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(folder / "logo.png")
    text = "profile: {picture: logo.png}\n"
    put(folder, reconciler="defaults: {picture: other.png}\n", a=text, b=text, templates__t=text)
    found, _ = read_all(folder)
    assert found.pictures == {name: open_picture(folder, name) for name in ("logo.png", "other.png")}
    assert [type(found.pictures[name]) for name in ("logo.png", "other.png")] == [Picture, str]


@pytest.mark.parametrize(
    "text",
    ["", "profile: text\n", "[picture]\n", "profile: {picture: 1}\n", "profile: {picture: ''}\n", "picture: a.png\n"],
)
def test_what_names_no_picture_opens_none(folder: Path, text: str) -> None:
    put(folder, a=text)
    assert read_all(folder)[0].pictures == {}


def test_nothing_is_shared_between_two_loads() -> None:
    one, other = Files(Path("profiles")), Files(Path("profiles"))
    one.profiles["a"] = "a.yaml"
    one.problems.append(error("a", "b"))
    assert (other.profiles, other.problems) == ({}, [])


@pytest.mark.parametrize("most", [-1, 3, 4, 5, 9])
@pytest.mark.parametrize("size", [0, 2, 4, 9])
def test_a_file_is_read_whole_or_up_to_the_most_whatever_its_size_was_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, most: int
) -> None:
    """A file may grow while it is read, and the system's own files have no size."""
    (tmp_path / "a").write_bytes(b"abcd")
    found = (tmp_path / "a").stat()
    monkeypatch.setattr("os.fstat", lambda _: os.stat_result([*found[:6], size, *found[7:]]))
    assert read_regular(tmp_path / "a", most)[0] == (b"abcd" if most < 0 else b"abcd"[:most])

from __future__ import annotations

import pytest

from reconciler.core.reading.selection import select
from tests.support.authoring import said

NAMES = ("berlin", "cafes/graz", "cafes/vienna", "cafes/north/kiel", "cafes-old", "v1.2/x")


def chosen(*paths: str) -> list[str]:
    """Return the names of the profiles that `paths` mean, or what is said."""
    return [one if isinstance(one, str) else said([one])[0] for one in select(NAMES, paths)]


def test_without_a_path_every_profile_is_meant() -> None:
    assert select(NAMES, ()) == NAMES


@pytest.mark.parametrize(
    "path",
    ["berlin", "profiles/berlin.yaml", "profiles/berlin.yml", "./profiles//berlin.yaml", "profiles\\berlin.yaml"],
)
def test_a_file_can_be_named_in_many_ways(path: str) -> None:
    assert chosen(path) == ["berlin"]


@pytest.mark.parametrize("path", ["cafes", "cafes/", "profiles/cafes", "./profiles/x/../cafes/"])
def test_a_folder_means_what_is_below_it_and_nothing_beside_it(path: str) -> None:
    assert chosen(path) == ["cafes/graz", "cafes/north/kiel", "cafes/vienna"]


@pytest.mark.parametrize("path", [".", "profiles", "profiles/", "./profiles"])
def test_the_whole_folder_means_every_profile(path: str) -> None:
    assert chosen(path) == sorted(NAMES)


def test_paths_that_overlap_mean_each_profile_once_in_order() -> None:
    assert chosen("cafes/vienna", "berlin", "cafes", "berlin.yaml") == [
        "berlin",
        "cafes/graz",
        "cafes/north/kiel",
        "cafes/vienna",
    ]


def test_a_dot_in_a_folders_name_is_no_suffix() -> None:
    assert chosen("profiles/v1.2") == ["v1.2/x"]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("profiles/berlinn.yaml", "did you mean berlin?"),
        ("../berlin", "did you mean berlin?"),
        ("", f"known here: {', '.join(sorted(NAMES))}"),
        ("?", f"known here: {', '.join(sorted(NAMES))}"),
        ("q", f"known here: {', '.join(sorted(NAMES))}"),
        ("caffes/", "did you mean the folder cafes, cafes-old or cafes/graz?"),
        ("kiel", "did you mean cafes/north/kiel?"),
        ("NORTH", "did you mean the folder cafes/north?"),
        ("+49 30 12345678", "a number is chosen by --number '+49 30 12345678'"),
        ("493012345678", "a number is chosen by --number 493012345678"),
        ("profiles/templates/shop.yaml", "profiles share it: name them, or no path for all of them"),
        ("profiles/reconciler.yaml", "profiles share it: name them, or no path for all of them"),
        ("cafes/defaults.yaml", "profiles share it: name them, or no path for all of them"),
    ],
)
def test_a_path_that_means_nothing_is_an_error(path: str, hint: str) -> None:
    """Also the empty one: `apply "$FILE"` with an empty variable must not mean every profile."""
    told = f"0:0 unknown-path: {path!r} is no profile and no folder with profiles | {hint}"
    assert chosen("berlin", path, path) == [told]


def test_of_hundreds_of_profiles_those_of_another_name_are_not_listed() -> None:
    names = tuple(f"shop-{n:03}" for n in range(400))
    what = "0:0 unknown-path: 'zzz' is no profile and no folder with profiles"
    none = "none of the 400 known here is spelt like it; the first are shop-000, shop-001, shop-002"
    assert said(select(names, ("zzz",))) == [f"{what} | {none}"]
    (near,) = said(select(names, ("shop-4000",)))
    assert near.count("shop-") == 4
    assert near.endswith("?")


def test_without_profiles_every_path_is_an_error() -> None:
    told = "0:0 unknown-path: 'x' is no profile and no folder with profiles | there is no profile yet"
    assert said(select((), ("x",))) == [told]


TABLES = {"shops.csv": ("shops/a", "shops/b"), "cafes/new.csv": ("cafes/new/x",), "broken.csv": ()}
ROWS = ("cafes/new/x", "cafes/old", "shops/a", "shops/b", "shops/c")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("profiles/shops.csv",), ["shops/a", "shops/b"]),
        (("shops.csv", "shops/c"), ["shops/a", "shops/b", "shops/c"]),
        (("shops",), ["shops/a", "shops/b", "shops/c"]),
        (("profiles/**/*.csv",), ["cafes/new/x", "shops/a", "shops/b"]),
        (("shops/[ab]",), ["shops/a", "shops/b"]),
        (("broken.csv",), []),
        (("profiles/shop.csv",), [("0:0 unknown-path: 'profiles/shop.csv' is no profile and no folder with profiles | "
          "did you mean shops.csv, the folder shops or shops/c?")]),
    ],
)  # fmt: skip
def test_a_table_means_its_rows_and_no_other_profile_of_its_folder(paths: tuple[str, ...], expected: list[str]) -> None:
    found = select(ROWS, paths, (), TABLES)
    assert [one if isinstance(one, str) else said([one])[0] for one in found] == expected


def test_a_table_is_left_out_as_it_is_chosen() -> None:
    assert select(ROWS, (), ("shops.csv",), TABLES) == ("cafes/new/x", "cafes/old", "shops/c")
    assert select(("shops/a",), ("shops.csv",), (), TABLES) == ("shops/a",)

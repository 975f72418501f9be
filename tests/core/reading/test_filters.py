"""Which profiles a glob, an exclusion and the filters mean: each word means something, or is an error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.reading.selection import NO_FILTERS, Filters, filtered, narrowed, select
from reconciler.core.target import Desired
from tests.support import desired, target
from tests.support.authoring import said

NAMES = ("berlin", "cafes/graz", "cafes/north/kiel", "cafes/vienna", "shops[eu]/rome")


def chosen(*paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    """Return the names of the profiles that are meant, or what is said."""
    return [one if isinstance(one, str) else said([one])[0] for one in select(NAMES, paths, exclude)]


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("b*", ["berlin"]),
        ("*", list(NAMES)),
        ("profiles/cafes/*.yaml", ["cafes/graz", "cafes/north/kiel", "cafes/vienna"]),
        ("cafes/?raz", ["cafes/graz"]),
        ("cafes/[gv]*", ["cafes/graz", "cafes/vienna"]),
        ("**/kiel", ["cafes/north/kiel"]),
        ("cafes/**/*r*", ["cafes/graz", "cafes/north/kiel"]),
        ("**/berlin", ["berlin"]),
        ("*/*/*", ["cafes/north/kiel"]),
        ("shops[eu]", ["shops[eu]/rome"]),
    ],
)
def test_a_glob_means_files_and_folders_and_stays_inside_of_a_folder(glob: str, names: list[str]) -> None:
    assert chosen(glob) == names


@pytest.mark.parametrize("glob", ["x*", "cafes/*/*/*", "B*", "*/berlin"])
def test_a_glob_that_means_nothing_is_an_error(glob: str) -> None:
    (told,) = chosen("berlin", glob)
    assert told.startswith(f"0:0 unknown-path: {glob!r} is no profile and no folder with profiles")


def test_what_is_excluded_is_left_out_of_the_paths_or_of_everything() -> None:
    assert chosen("cafes", exclude=("cafes/north", "*/graz")) == ["cafes/vienna"]
    assert chosen(exclude=("cafes", "shops*")) == ["berlin"]
    assert chosen("berlin", exclude=("berlin",)) == []


@pytest.mark.parametrize("word", ["", "berln", "x*"])
def test_an_exclusion_that_excludes_nothing_is_an_error(word: str) -> None:
    """A slip of the pen there would send to the very profile that was to be left out."""
    (told,) = chosen("cafes", exclude=(word,))
    assert told.startswith(f"0:0 unknown-path: {word!r}")


def profile(name: str, account: str, provider: str, number: str) -> Desired:
    """Return a profile that manages an about, and berlin a description."""
    more: dict[str, Any] = {"description": "Since 1911"} if name == "berlin" else {}
    where = replace(target(), profile=name, account=account, provider=provider, number=number)
    return desired(to=where, about="Fresh bread", **more)


FLEET = (
    profile("berlin", "shops", "meta", "+493012345678"),
    profile("graz", "cafes", "360dialog", "+43316123456"),
    profile("tijuana", "cafes-mx", "meta", "+526641633345"),
)


def passing(filters: Filters) -> list[str]:
    """Return the names of the profiles that pass, or what is said."""
    known = {"accounts": ("shops", "cafes", "cafes-mx", "empty"), "providers": ("meta", "360dialog", "kaleyra")}
    found = filtered(FLEET, filters, **known)
    return [one.target.profile if isinstance(one, Desired) else said([one])[0] for one in found]


@pytest.mark.parametrize("glob", ["+521664*", "+52664*"])
def test_a_glob_matches_a_number_as_it_is_written_and_in_its_one_spelling(glob: str) -> None:
    old = profile("tijuana", "cafes-mx", "meta", "+5216641633345")
    assert filtered([old], Filters(numbers=(glob,)), accounts=(), providers=()) == (old,)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (NO_FILTERS, ["berlin", "graz", "tijuana"]),
        (Filters(accounts=("shops",)), ["berlin"]),
        (Filters(accounts=("shops", "cafes")), ["berlin", "graz"]),
        (Filters(accounts=("cafes*",)), ["graz", "tijuana"]),
        (Filters(accounts=("empty",)), []),
        (Filters(providers=("meta",)), ["berlin", "tijuana"]),
        (Filters(providers=("kaleyra",)), []),
        (Filters(providers=("meta",), accounts=("cafes*",)), ["tijuana"]),
        (Filters(fields=("description",)), ["berlin"]),
        (Filters(fields=("description", "about")), ["berlin", "graz", "tijuana"]),
        (Filters(fields=("email",)), []),
        (Filters(numbers=("+49*",)), ["berlin"]),
        (Filters(numbers=("49 30 *",)), ["berlin"]),
        (Filters(numbers=("*456*",)), ["berlin", "graz"]),
        (Filters(numbers=("+4[0-8]*",)), ["graz"]),
        (Filters(numbers=("+49 (30) 1234-5678",)), ["berlin"]),
        (Filters(numbers=("5216641633345",)), ["tijuana"]),
        (Filters(numbers=("+1*",)), []),
    ],
)
def test_of_one_kind_any_may_hold_and_of_several_kinds_all_must(filters: Filters, names: list[str]) -> None:
    assert passing(filters) == names


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters(accounts=("shosp",)), "--account 'shosp': there is no such account here | did you mean shops?"),
        (Filters(accounts=("x*",)), "--account 'x*': there is no such account here"),
        (Filters(accounts=("",)), "--account '': there is no such account here"),
        (Filters(providers=("mta",)), "--provider 'mta': there is no such provider here | did you mean meta?"),
        (Filters(numbers=("+493012345679",)), "--number '+493012345679': there is no such number here"),
        (Filters(numbers=("",)), "--number '': there is no such number here"),
    ],
)
def test_a_word_that_no_profile_can_have_is_an_error(filters: Filters, told: str) -> None:
    (problem,) = passing(filters)
    assert problem.startswith(f"0:0 unknown-filter: {told}")


def test_without_any_account_an_error_has_a_hint_all_the_same() -> None:
    found = filtered((), Filters(accounts=("shops",)), accounts=(), providers=())
    assert said([one for one in found if not isinstance(one, Desired)]) == [
        "0:0 unknown-filter: --account 'shops': there is no such account here | there is none yet"
    ]


def test_a_profile_keeps_only_the_named_fields() -> None:
    assert [field.name for field in narrowed(FLEET[0], ("about",)).fields] == ["about"]

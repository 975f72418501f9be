"""What an imported profile is called: after its business, plainly, and never as another one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.authoring.import_draft import profile_names
from reconciler.core.authoring.import_request import ImportRequest

ONE, TWO = "+493012345678", "+4989123456"


def named(*names: str, taken: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what numbers of these businesses are called."""
    numbers = (ONE, TWO, "+4420123456", "+331234567")
    asked = [ImportRequest(number, name=name) for number, name in zip(numbers, names, strict=False)]
    return profile_names(asked, "shops", taken.__contains__)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Goldcrust Berlin", "goldcrust-berlin"),
        ("Bäckerei Süß & Söhne", "backerei-suss-sohne"),
        ("Jasper's Ice-Cream™", "jaspers-ice-creamtm"),
        ("Łódź Œuvre Øl", "lodz-oeuvre-ol"),
        ("  ../../etc/passwd\n", "etc-passwd"),
        ("Bakery パン", "bakery"),
        ("a" * 60, "a" * 40),
        ("Fresh bread for all of the people of the town", "fresh-bread-for-all-of-the-people-of-the"),
        # Nothing plain is left, or Windows keeps the name for itself.
        ("", ONE[1:]),
        ("パン屋", ONE[1:]),
        ("مخبز", ONE[1:]),
        ("\u202e\u200b", ONE[1:]),
        ("CON", f"con-{ONE[1:]}"),
    ],
)
def test_a_number_is_called_as_people_call_its_business(name: str, file: str) -> None:
    assert named(name) == (f"shops/{file}",)


def test_a_name_that_several_have_goes_with_the_number() -> None:
    assert named("Goldcrust", "GOLDCRUST!", "Other") == (
        *(f"shops/goldcrust-{number[1:]}" for number in (ONE, TWO)),
        "shops/other",
    )


def test_a_name_that_is_taken_goes_with_the_number_and_then_is_the_number() -> None:
    assert named("Goldcrust", taken=("shops/goldcrust",)) == (f"shops/goldcrust-{ONE[1:]}",)
    both = ("shops/goldcrust", f"shops/goldcrust-{ONE[1:]}")
    assert named("Goldcrust", taken=both) == (f"shops/{ONE[1:]}",)
    # That it is there is then for the import to say.
    assert named("Goldcrust", taken=(*both, f"shops/{ONE[1:]}")) == (f"shops/{ONE[1:]}",)


def test_a_business_called_defaults_takes_no_folders_name() -> None:
    assert named("Defaults") == (f"shops/defaults-{ONE[1:]}",)


def test_a_business_named_like_another_number_takes_no_name_twice() -> None:
    assert named(TWO, "") == (f"shops/{TWO[1:]}", f"shops/{TWO[1:]}")
    assert named("Shop", f"shop {ONE[1:]}", "shop") == (
        f"shops/shop-{ONE[1:]}",
        f"shops/shop-{ONE[1:]}-{TWO[1:]}",
        "shops/shop-4420123456",
    )


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_every_name_is_plain(names: list[str]) -> None:
    found = named(*names)
    assert len(found) == len(names)
    assert all(re.fullmatch(r"shops/[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", one) for one in found)

"""Annotations: one workflow command for each problem, and none that somebody else wrote."""

from __future__ import annotations

import pytest

from reconciler.core.basics import Diagnostic, Location, error, notice, warning
from reconciler.render.pages import commands
from reconciler.render.safe_text import Inert


def test_a_problem_is_shown_at_its_line() -> None:
    at = Location(file="profiles/berlin.yaml", line=6, column=3)
    found = [error("unknown-field", "unknown field 'abut'", hint="did you mean about?", location=at)]
    command = (
        "::error file=profiles/berlin.yaml,line=6,col=3,title=unknown-field::unknown field 'abut'%0Adid you mean about?"
    )
    assert commands(found) == command
    assert isinstance(commands(found), Inert)


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (warning("x", "look", location=Location(file="a.yaml", line=2)), "::warning file=a.yaml,line=2,title=x::look"),
        (notice("x", "so", location=Location(file="a.yaml", column=2)), "::notice file=a.yaml,title=x::so"),
        (error("x", "no place"), ""),
    ],
)
def test_what_is_not_known_of_a_place_is_not_said(found: Diagnostic, command: str) -> None:
    assert commands([found]) == command


def test_a_file_is_named_from_the_top_of_the_repository() -> None:
    found = [error("x", "y", location=Location(file="profiles/a.yaml"))]
    assert commands(found, folder="shops/berlin/") == "::error file=shops/berlin/profiles/a.yaml,title=x::y"


def test_every_problem_with_a_file_has_its_line() -> None:
    found = [error("x", f"{n}", location=Location(file="a.yaml")) for n in range(3)]
    assert commands(found).split("\n") == [f"::error file=a.yaml,title=x::{n}" for n in range(3)]


@pytest.mark.parametrize(("many", "shown", "last"), [(10, 10, "9"), (11, 9, "2"), (1_300, 9, "1,291")])
def test_of_each_kind_ten_are_shown_and_the_last_one_counts_the_rest(many: int, shown: int, last: str) -> None:
    at = Location(file="a.yaml")
    found = [made("x", f"{n}", location=at) for n in range(many) for made in (warning, error)]
    lines = commands(found).split("\n")
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10
    for kind in ("error", "warning"):
        *rest, end = [line for line in lines if line.startswith(f"::{kind} ")]
        assert [*rest, end][:shown] == [f"::{kind} file=a.yaml,title=x::{n}" for n in range(shown)]
        counted = f"::{kind} title=reconciler::{last} more of this kind stand in the log of this step."
        assert end == (counted if many > 10 else f"::{kind} file=a.yaml,title=x::{last}")


@pytest.mark.parametrize(
    ("text", "message", "name"),
    [
        ("a%0A::error::b", "a%250A::error::b", "a%250A%3A%3Aerror%3A%3Ab"),
        ("a\n::error::b", "a%0A::error::b", r"a\n%3A%3Aerror%3A%3Ab"),
        ("a\r::error::b", r"a\r::error::b", r"a\r%3A%3Aerror%3A%3Ab"),
        ("##[error]x", "## [error]x", "## [error]x"),
        ("a,line=9::b", "a,line=9::b", "a%2Cline=9%3A%3Ab"),
        ("\u2028::x", "⟨U+2028⟩::x", "⟨U+2028⟩%3A%3Ax"),
    ],
)
def test_nothing_foreign_is_another_command(text: str, message: str, name: str) -> None:
    found = [error("x", text, location=Location(file=text))]
    assert commands(found) == f"::error file={name},title=x::{message}"

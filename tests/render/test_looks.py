"""The one door to a terminal: what a colour means, and tables."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import reconciler
from reconciler.core.memory.runs import Status
from reconciler.core.target import Action
from reconciler.render.terminal import ACTION_LOOK, SIGNS, STATUS_LOOK, Look, styled, text_table, uncoloured

PACKAGE = Path(reconciler.__file__).parent
TERMINAL_LIBRARY = re.compile(r"^\s*(?:from|import) (?:rich|click)\b", re.MULTILINE)


@pytest.mark.parametrize("look", Look)
def test_every_look_is_seen_and_can_be_taken_out_again(look: Look) -> None:
    shown = styled("about", look)
    assert shown != "about"
    assert click.unstyle(shown) == "about"


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        (Look.HEADING, "\x1b[1mx\x1b[0m"),
        (Look.DIM, "\x1b[2mx\x1b[0m"),
        (Look.ADDED, "\x1b[32mx\x1b[0m"),
        (Look.REMOVED, "\x1b[31mx\x1b[0m"),
        (Look.GATE, "\x1b[1;33mx\x1b[0m"),
        (Look.NOTICE, "\x1b[1;34mx\x1b[0m"),
    ],
)
def test_a_colour_is_one_of_the_sixteen_that_the_terminal_itself_chooses(look: Look, shown: str) -> None:
    assert styled("x", look) == shown


@pytest.mark.parametrize(
    ("look", "shown"),
    [(Look.LOST_WORDS, "[-six-]"), (Look.NEW_WORDS, "[+six+]"), (Look.REMOVED, "six"), (Look.ADDED, "six")],
)
def test_without_colours_signs_stand_around_marked_words_and_no_others(look: Look, shown: str) -> None:
    """A look that is coloured like marked words would get their signs."""
    assert uncoloured(f"open {styled('six', look)} to {styled('six', look)}") == f"open {shown} to {shown}"
    assert uncoloured("plain") == "plain"


def test_no_other_look_has_the_colour_of_marked_words() -> None:
    seen = [styled("x", look) for look in Look]
    assert [seen.count(styled("x", look)) for look in SIGNS] == [1] * len(SIGNS)


def test_every_action_and_every_ending_has_its_look() -> None:
    assert (set(ACTION_LOOK), set(STATUS_LOOK)) == (set(Action), set(Status))


def test_a_table_folds_what_is_too_long_and_takes_nothing_for_markup() -> None:
    assert text_table(("field", "live"), [("about", "[red]Fresh bread[/red] :smile:")], width=24).splitlines() == [
        "  field   live",
        " ──────────────────────",
        "  about   [red]Fresh",
        "          bread[/red]",
        "          :smile:",
    ]


def test_below_the_command_line_one_file_knows_how_a_terminal_is_spoken_to() -> None:
    below = (path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "cli")
    found = [str(path.relative_to(PACKAGE)) for path in below if TERMINAL_LIBRARY.search(path.read_text("utf-8"))]
    assert found == ["render/terminal.py"]

"""The one door to a terminal: what a colour means, and tables."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import reconciler
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.target import Action
from reconciler.render.terminal import (
    ACTION_LOOK,
    SIGNS,
    STATUS_LOOK,
    Look,
    aligned,
    styled,
    text_table,
    uncoloured,
    wrapped,
)

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
    assert (set(ACTION_LOOK), set(STATUS_LOOK)) == (set(Action), set(OutcomeStatus))


def test_a_table_folds_what_is_too_long_and_takes_nothing_for_markup() -> None:
    assert text_table(("field", "live"), [("about", "[red]Fresh bread[/red] :smile:")], width=24).splitlines() == [
        "  field   live",
        " ──────────────────────",
        "  about   [red]Fresh",
        "          bread[/red]",
        "          :smile:",
    ]


@pytest.mark.parametrize(
    ("line", "width", "shown"),
    [
        ("short", 20, ["short"]),
        ("one two three four five six", 20, ["one two three four", "    five six"]),
        (
            '      - "Sourdough, rye and cakes since 1911."',
            30,
            ['      - "Sourdough, rye and', '         cakes since 1911."'],
        ),
        (
            "  ~ about        changed in the files (profiles/berlin.yaml:6)",
            60,
            ["  ~ about        changed in the files", "                 (profiles/berlin.yaml:6)"],
        ),
        (
            "    live:    in sync since the second of August",
            32,
            ["    live:    in sync since the", "          second of August"],
        ),
        # A narrow window keeps most of its width for the words.
        ("  ~ about        changed in the files", 20, ["  ~ about", "      changed in the", "      files"]),
        ("one two three four five six", 3, ["one two three four", "    five six"]),
        # A word that fits on no line is not broken, and moves nowhere.
        (
            "      https://goldcrust.example/summer/bread and cake",
            30,
            ["      https://goldcrust.example/summer/bread", "      and cake"],
        ),
        ("      + https://goldcrust.example/summer", 20, ["      + https://goldcrust.example/summer"]),
        (
            "      in the files (profiles/a-long-name.yaml:6)",
            20,
            ["      in the files", "      (profiles/a-long-name.yaml:6)"],
        ),
        # What stands in a file is copied whole, and numbers keep their words.
        (
            "      to let every run pass, set `policy: {clear: allow}` there",
            50,
            ["      to let every run pass, set", "      `policy: {clear: allow}` there"],
        ),
        (
            "      set `policy: {clear: allow}` there",
            20,
            ["      set `policy:", "      {clear:", "      allow}` there"],
        ),
        (
            "3 changes in 2 profiles will be sent · 1 changed elsewhere, left alone · 1 in sync",
            56,
            ["3 changes in 2 profiles will be sent ·", "    1 changed elsewhere, left alone · 1 in sync"],
        ),
        (
            "1 changed elsewhere, left alone · 1 in sync",
            24,
            ["1 changed elsewhere,", "    left alone ·", "    1 in sync"],
        ),
        # What goes on is told from the next line of the same indent.
        ("  clear (asks first): address of 1 profile", 30, ["  clear (asks first): address", "    of 1 profile"]),
        # What people copy stays whole.
        ("    put it back: reconciler apply berlin hamburg munich --allow drifted", 30, None),
        ("$ .venv/bin/reconciler plan --offline --no-ledger", 30, None),
        # A letter of these scripts takes two columns, and a line may end beside each.
        ('      - "毎日六時から焼きたてのパン"', 24, ['      - "毎日六時から焼', '        きたてのパン"']),
        # No line begins with the end of a sentence, and none ends with an opening quote.
        ("      毎日六時頃から。おいしい", 20, ["      毎日六時頃か", "      ら。おいしい"]),
        ("      これは今日の「パン」です", 20, ["      これは今日の", "      「パン」です"]),
        # What stands far to the right has no room there in a narrow window.
        ("             (in sync since August)", 20, ["      (in sync since", "      August)"]),
        # What is isolated is so on each of its lines, and what stands behind it is not.
        (
            '      + \u2068"خبز طازج كل يوم من السادسة"\u2069 (26 of 139)',
            24,
            [
                '      + \u2068"خبز طازج كل يوم\u2069',
                '        \u2068من السادسة"\u2069 (26',
                "        of 139)",
            ],
        ),
        # Two spaces are part of a value, and one is only where the line ends.
        ("one two three fours  five six", 20, ["one two three fours  ", "    five six"]),
    ],
)
def test_a_long_line_goes_on_under_its_beginning(line: str, width: int, shown: list[str] | None) -> None:
    assert wrapped(line, width).split("\n") == (shown or [line])


def test_a_colour_ends_with_its_line_and_begins_again() -> None:
    text = f"open {styled('from six in the morning to seven', Look.REMOVED)} daily"
    folded = wrapped(text, 24).split("\n")
    assert [uncoloured(line) for line in folded] == ["open from six in the", "    morning to seven", "    daily"]
    assert folded == [
        "open \x1b[31mfrom six in the\x1b[0m",
        "    \x1b[31mmorning to seven\x1b[0m",
        "    daily",
    ]


def test_names_are_aligned_by_the_columns_that_they_take() -> None:
    assert aligned(["東京", "berlin", "Zu\u0308rich"]) == ["東京  ", "berlin", "Zu\u0308rich"]
    assert aligned([]) == []


def test_below_the_command_line_one_file_knows_how_a_terminal_is_spoken_to() -> None:
    below = (path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "cli")
    found = [str(path.relative_to(PACKAGE)) for path in below if TERMINAL_LIBRARY.search(path.read_text("utf-8"))]
    assert found == ["render/terminal.py"]

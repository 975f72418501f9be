"""The line of a file below what is wrong with it, and the mark that points into it."""

from __future__ import annotations

import pytest

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.reading.quotable import QuotedLine
from reconciler.render.terminal import columns, uncoloured, wrapped
from reconciler.render.text.causes import Quotes, diagnostics_text


def problem(line: int = 9) -> Diagnostic:
    return error("too-long", "wrong", location=Location("profiles/berlin.yaml", line, 10), hint="mend it")


def shown(text: str, begin: int, size: int = 1, *, width: int = 80, line: int = 9) -> list[str]:
    one = problem(line)
    said = diagnostics_text([one], quotes=Quotes({one: QuotedLine(text, begin, size)}, width))
    first, *lines, last = wrapped(uncoloured(said), max(width, 80)).splitlines()
    assert (first, last) == (f"{one.location}: error: wrong [too-long]", "    mend it")
    return lines


LONG = "  about: " + "Fresh bread. " * 12


@pytest.mark.parametrize(
    ("text", "begin", "size", "lines"),
    [
        ("  about: Bread #berlin", 15, 7, ["    9 │   about: Bread #berlin", "      │                ^^^^^^^"]),
        ("about: x", 0, 1, ["    9 │ about: x", "      │ ^"]),
        # What is missing at the end.
        ("about: x", 8, 1, ["    9 │ about: x", "      │         ^"]),
        # A tab is spelt out, and a wide character takes two columns.
        ("\tabout: x", 1, 1, ["    9 │ \\tabout: x", "      │   ^"]),
        ("about: パン #x", 10, 2, ["    9 │ about: パン #x", "      │             ^^"]),
        # No control character reaches the terminal.
        ("about: \x1b[31mx", 7, 1, ["    9 │ about: ⟨U+001B⟩[31mx", "      │        ^^^^^^^^"]),
        # A right-to-left text would turn the line around, and the mark would point elsewhere.
        ("about: خبز #x", 11, 2, []),
    ],
)
def test_the_mark_stands_below_what_is_meant(text: str, begin: int, size: int, lines: list[str]) -> None:
    assert shown(text, begin, size) == lines


@pytest.mark.parametrize("begin", [9, 40, 70, 120, len(LONG) - 2])
@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_long_line_is_cut_around_what_is_meant(begin: int, width: int) -> None:
    quote, mark = shown(LONG, begin, width=width)
    assert max(columns(quote), columns(mark)) <= width
    assert quote[mark.index("^")] == LONG[begin]


def test_a_mark_that_is_wider_than_the_terminal_ends_with_it() -> None:
    _, mark = shown("  about: #" + "x" * 90, 9, 91, width=40)
    assert columns(mark) <= 40


def test_a_terminal_without_room_shows_no_line() -> None:
    assert shown("about: x", 0, width=20) == []


def test_no_line_is_shown_of_several_places_or_of_another_problem() -> None:
    found = [problem(line) for line in range(2, 9)]
    quotes = Quotes({found[0]: QuotedLine("about: x", 0, 1)})
    assert "│" not in diagnostics_text(found, quotes=quotes)
    assert "│" in diagnostics_text(found, quotes=quotes, verbose=True)
    assert "│" not in diagnostics_text([problem(5)], quotes=quotes)

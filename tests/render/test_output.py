"""Where output goes, and what a CI runner finds in it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import click
import pytest

from reconciler.cli.invocation import Common, verbosity
from reconciler.cli.output import emit, log, print_stderr
from reconciler.cli.running import Bar, Lines, shows
from reconciler.core.progress import Headway, Stage
from reconciler.render.json import dumps

HOSTILE = "one\n::error::two ##[error]three\n\u2003::add-mask::a"
PREFIXED = "| one\n| ::error::two ## [error]three\n| \u2003::add-mask::a\n"


def test_a_result_goes_to_stdout_and_talk_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    emit("the result")
    print_stderr("the talk")
    assert capsys.readouterr() == ("the result\n", "the talk\n")


def test_talk_that_quotes_a_stranger_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """The name of the run that is waited for stands in the ledger, which everybody who may push can forge."""
    log("Waiting for run \x1b]0;evil\x07, which is writing")
    assert capsys.readouterr().err == "Waiting for run ⟨U+001B⟩]0;evil⟨U+0007⟩, which is writing\n"


def test_nobody_has_to_ask_for_what_is_urgent(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that waits for another one in silence looks as if it hung."""
    context = Common(folder=".", format="text", verbosity=0).context()
    context.log("Reading 8 profiles")
    context.warn("Waiting for run 1, which is writing")
    assert capsys.readouterr() == ("", "Waiting for run 1, which is writing\n")


def test_outside_of_ci_a_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    emit(HOSTILE)
    assert capsys.readouterr().out == f"{HOSTILE}\n"


def test_in_ci_no_line_is_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    emit(HOSTILE)
    print_stderr(HOSTILE)
    assert capsys.readouterr() == (PREFIXED, PREFIXED)


def test_a_command_is_not_put_together_by_taking_colours_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    emit(f"#{click.style('#', fg='red')}[error]x")
    assert capsys.readouterr().out == "| ## [error]x\n"


def test_json_stays_json_in_ci(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes on to other programs; nothing in it is a command, so it needs no prefix."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    emit(dumps({"about": HOSTILE}))
    out = capsys.readouterr().out
    assert json.loads(out) == {"about": HOSTILE}
    assert "##[" not in out


@pytest.mark.parametrize(("no_color", "printed"), [("1", "red\n"), ("", "\x1b[31mred\x1b[0m\n")])
def test_colour_is_left_out_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], no_color: str, printed: str
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    emit(click.style("red", fg="red"))
    assert capsys.readouterr().out == printed


READING = Headway.begun(Stage.READING, 40, now=0.0, note="at most 80 calls")


@pytest.mark.parametrize(
    ("words", "terminal", "ci", "kinds"),
    [
        ("", True, "", [Bar]),
        ("", False, "", []),
        ("-v", False, "", [Lines]),
        ("-v", True, "", [Lines, Bar]),
        ("-q", True, "", []),
        ("-q", False, "true", []),
        ("", False, "true", [Lines]),
        # A runner's own terminal is a log too.
        ("", True, "true", [Lines]),
        ("json", True, "", []),
        ("json", False, "true", []),
        ("json -v", False, "", [Lines]),
    ],
)
def test_who_sees_how_far_a_run_is(
    monkeypatch: pytest.MonkeyPatch, words: str, ci: str, kinds: list[type], *, terminal: bool
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    much = verbosity(quiet="-q" in words, verbose="-v" in words)
    common = Common(folder=".", format="json" if "json" in words else "text", verbosity=much)
    assert [type(one) for one in shows(common, common.context())] == kinds


def test_a_bar_is_drawn_at_a_terminal_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    bar = Bar(lambda: 4.0, ticking=False)
    bar(None)
    bar(READING)
    bar(replace(READING, done=20))
    print_stderr("a line that must be read")
    bar(None)
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "Reading 40 profiles" in drawn.err
    assert "20/40  5.0/s  4 s left" in click.unstyle(drawn.err)
    assert "a line that must be read" in drawn.err
    assert click.unstyle(drawn.err).splitlines()[-1].strip("\r ") == ""


@pytest.mark.parametrize("tty", [True, False])
def test_at_a_terminal_long_lines_are_wrapped_and_documents_never(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, tty: bool
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: tty)
    line = "one two three four five six"
    emit(line)
    emit(line, wrap=False)
    emit(dumps({"text": line}))
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == ("one two three four" if tty else line)
    assert line in rest
    assert any(f'"{line}"' in one for one in rest)


def test_a_log_gets_a_line_at_the_start_and_then_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for done in range(41):
        lines(replace(READING, done=done, now=done / 2, marks=((0.0, 0),)))
    lines(None)
    lines(READING)
    said = capsys.readouterr()
    assert said.out == ""
    first, second, *_, last, again = said.err.splitlines()
    assert len(said.err.splitlines()) == 12
    assert (first, again) == ("Reading 40 profiles: at most 80 calls",) * 2
    assert (second, last) == ("Reading: 4 of 40 (10 %), 2.0/s, 18 s left", "Reading: 40 of 40 (100 %)")

"""A command that is not there: what people typed it for, and which command does that."""

from __future__ import annotations

import re

import pytest

from reconciler.cli import COMMANDS, NEIGHBOURS, main


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what is said of words that are no command."""
    assert main([*words]) == 64
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("status", "plan"),
        ("diff", "plan"),
        ("refresh", "drift"),
        ("Deploy", "apply"),
        ("undo", "rollback"),
        ("plna", "plan"),
    ],
)
def test_a_word_of_another_program_and_a_slip_are_answered_with_the_command(
    capsys: pytest.CaptureFixture[str], word: str, name: str
) -> None:
    assert refused(capsys, word) == f"Error: No such command {word!r}. Did you mean `{name}`? {COMMANDS[name]}"


def test_destroy_is_answered_with_what_happens_instead(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "destroy", "berlin")
    assert said.startswith("Error: No such command 'destroy'. Nothing is ever deleted at a provider.")


@pytest.mark.parametrize(("words", "said"), [(("ledger", "chek"), "`check`"), (("github", "coment"), "`comment`")])
def test_the_commands_of_a_group_are_suggested_too(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert f"Did you mean {said}? " in refused(capsys, *words)


def test_a_word_that_is_like_none_gets_no_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "xylophone") == "Error: No such command 'xylophone'."
    assert "No such option" in refused(capsys, "--xylophone")


def test_no_neighbour_hides_a_command_and_each_leads_to_one_or_is_a_sentence() -> None:
    assert not NEIGHBOURS.keys() & COMMANDS.keys()
    assert [one for one in NEIGHBOURS.values() if one not in COMMANDS and not re.fullmatch(r"[A-Z].* .*\.", one)] == []
    named = {name for one in NEIGHBOURS.values() for name in re.findall(r"`([a-z]+) -", one)}
    assert named <= COMMANDS.keys()

"""The help: every command with a whole sentence, in the order in which the commands are used."""

from __future__ import annotations

import re

import pytest

from reconciler.cli import COMMANDS, main

LEDGER = ("check", "repair", "rekey")
GITHUB = ("comment", "issue", "allow", "gates", "reviewed", "propose")
GROUPS = {"github": GITHUB, "ledger": LEDGER}
EVERY = [(), *((name,) for name in COMMANDS), *((group, name) for group, names in GROUPS.items() for name in names)]
UNNAMED = re.compile(r"\b(nobody|somebody|whoever|anybody)\b", re.IGNORECASE)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the help of a command."""
    assert main([*words, "--help"]) == 0
    return capsys.readouterr().out


def summaries(help_text: str) -> list[tuple[str, str]]:
    """Return the lines below "Commands:", each as a name and what is said of it."""
    lines = help_text.split("\nCommands:\n")[1].split("\n\n", maxsplit=1)[0].splitlines()
    return [(name, said) for name, _, said in (line.strip().partition(" ") for line in lines)]


@pytest.mark.parametrize(("words", "names"), [((), tuple(COMMANDS)), (("github",), GITHUB), (("ledger",), LEDGER)])
@pytest.mark.parametrize("columns", [80, 120])
def test_every_summary_is_one_whole_sentence_on_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    names: tuple[str, ...],
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    found = summaries(printed(capsys, *words))
    # A summary that goes on in a second line would stand here as one more name.
    assert tuple(name for name, _ in found) == names
    assert [said for _, said in found if not re.fullmatch(r" *[A-Z].*[^.…]\.", said)] == []


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_the_help_names_who_acts(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert UNNAMED.findall(printed(capsys, *words)) == []


def test_completion_offers_the_same_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"_RECONCILER_COMPLETE": "zsh_complete", "COMP_WORDS": "reconciler re", "COMP_CWORD": "1"}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert f"recover\n{COMMANDS['recover']}" in capsys.readouterr().out

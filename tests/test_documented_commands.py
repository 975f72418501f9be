"""Every `reconciler` command in the documents is one that the program takes, and those that are whole are run."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from reconciler.cli import main, reconciler
from tests.support.readme import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
WRITTEN = re.compile(r"`(reconciler [^`]+)`|^\s*(?:\$ )?(?:\.venv/bin/)?(reconciler [^#\n&]+)", re.MULTILINE)
# A word in capitals, or an account of the page's own, stands for the reader's.
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b|\bshops\b|shops-360|102290129340398|plan\.json")
# These need a base, a terminal, or a machine of their own. Each has tests in tests/cli.
ELSEWHERE = {"demo", "init", "sandbox", "github"}
# How a command ends on the example fleet where that is not 0: a gate asks, the observed number's industry cannot be
# cleared, the command is only named, no key and no token is set.
ENDS = {
    "reconciler apply --resend webhook": 3,
    "reconciler doctor --github": 1,
    "reconciler doctor --gitlab": 1,
    "reconciler drift --adopt": 6,
    "reconciler import": 64,
    "reconciler ledger rekey": 1,
}


def documented() -> list[str]:
    """Return each command once, as it is written."""
    found = (first or second for path in PAGES for first, second in WRITTEN.findall(path.read_text(encoding="utf-8")))
    return sorted({command.strip().removesuffix("\\").strip() for command in found})


COMMANDS = documented()


def words_of(command: str) -> list[str]:
    return shlex.split(command.replace("…", "WORD"))[1:]


def whole(command: str) -> bool:
    words = words_of(command)
    return not PLACEHOLDER.search(command) and words[0] not in ELSEWHERE and "--base" not in words


@pytest.mark.parametrize("command", COMMANDS)
def test_the_program_takes_a_command_as_it_is_written(command: str) -> None:
    words, group, ctx = words_of(command), reconciler, click.Context(reconciler)
    taken: click.Command | None = group
    while isinstance(taken, click.Group) and words:
        taken, words = taken.get_command(ctx, words[0]), words[1:]
        assert taken is not None, command
    assert taken is not None
    parser = taken.make_parser(click.Context(taken))
    parser.parse_args(args=words)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example fleet, applied once."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    assert main(["-C", str(folder), "apply", "-y", "--allow", "webhook", "--allow", "first-contact"]) == 0
    return folder


@pytest.mark.parametrize("command", [one for one in COMMANDS if whole(one)])
def test_a_whole_command_ends_as_documented_on_the_example_fleet(command: str, example: Path) -> None:
    assert main(["-C", str(example), *words_of(command)]) == ENDS.get(command, 0)


def test_the_pages_have_commands_to_look_at() -> None:
    assert {words_of(command)[0] for command in COMMANDS} >= {"plan", "apply", "drift", "import", "explain", "doctor"}

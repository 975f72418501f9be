"""What a command loads: a module that is not needed costs every run its import. Counted, not timed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import __main__
from tests.support.fleet import Fleet

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import sys
from reconciler.__main__ import main
sys.argv[1:] = sys.argv[2:]
try:
    main()
except SystemExit:
    pass
print(*sorted({one.partition(".")[0] for one in sys.modules} | {"ruamel.yaml"} & sys.modules.keys()), file=sys.stderr)
"""
CALLS = {"asyncio", "httpx", "deepdiff", "ssl", "sqlite3"}
COMMAND_LINE = {"click", "pydantic", "yaml", "email"}


def loaded(*words: str) -> tuple[str, set[str]]:
    """Run the program with these words, and return what it printed and what it had loaded at its end."""
    command = [sys.executable, "-c", PROGRAM, "program", *words]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout, set(done.stderr.split())


def test_validate_loads_nothing_that_calls_and_no_second_parser(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", email="shop@bakery.example")
    out, found = loaded("-C", str(fleet.root), "validate")
    assert out == "1 profile checked: no problems.\n"
    assert found >= COMMAND_LINE
    assert found & (CALLS | {"email_validator", "ruamel", "PIL", "rich", "pygments", "starlette", "uvicorn"}) == set()


def test_a_plan_for_a_terminal_loads_no_other_form(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    program = PROGRAM.replace('one.partition(".")[0] for', "one for")
    command = [sys.executable, "-c", program, "program", "-C", str(fleet.root), "plan"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    found = {one for one in done.stderr.split() if one.startswith("reconciler.")}
    assert "reconciler.render.text.plan" in found
    unneeded = {"rich", "reconciler.effects.git.revision", "reconciler.effects.files.quoted_lines"}
    assert unneeded.isdisjoint(done.stderr.split())
    assert found & {f"reconciler.render.{one}" for one in ("json", "pages", "markdown.sheet", "html")} == set()
    other_runs = ("authoring.edits", "reports.cards", "reports.fleet", "reports.command_reports", "reports.timeline")
    assert found & {f"reconciler.core.{one}" for one in other_runs} == set()


def test_a_plan_loads_httpx_without_its_command_line(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    out, found = loaded("-C", str(fleet.root), "plan", "--json")
    assert '"changes"' in out
    assert found >= {"httpx", "asyncio"}
    assert found & {"rich", "pygments", "email_validator"} == set()


@pytest.mark.parametrize(
    ("words", "without"),
    [
        ("--version", COMMAND_LINE),
        ("--help", COMMAND_LINE - {"click"}),
        ("plan --help", COMMAND_LINE - {"click"}),
        ("github comment --help", COMMAND_LINE - {"click"}),
    ],
)
def test_what_the_program_says_of_itself_needs_no_more_than_it_says(words: str, without: set[str]) -> None:
    out, found = loaded(*words.split())
    assert out.startswith(("reconciler ", "Usage: reconciler "))
    assert found & (without | CALLS | {"ruamel", "importlib.metadata"}) == set()


def test_a_version_for_a_closed_stream_is_left_to_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert not __main__._printed("reconciler 1.0")


def test_a_version_that_cannot_be_printed_is_told_as_anywhere(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "reconciler", "--version"]
        done = subprocess.run(command, cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: stdout cannot be written")

"""The README and docs/ say what is so: commands, outputs, tables and links are checked against the program."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import click
import pytest
from PIL import Image

from reconciler.cli import COMMANDS, main
from reconciler.core import basics
from reconciler.core.reading.table import columns_of, own_columns
from reconciler.core.safety.gates import GATES
from reconciler.providers import providers
from reconciler.render.terminal import uncoloured
from tests.support.portrait import PICTURE, portrayed
from tests.support.readme import README, ROOT, commands, page, providers_markdown, table
from tests.support.terminal_picture import CASE, at_terminal
from tests.support.terminal_picture import PICTURE as TERMINAL

APPLY = ("apply", "--auto-approve", "--allow", "webhook", "--allow", "first-contact")


def shown(command: str) -> list[str]:
    """Return the pieces of output that the README shows after a command."""
    output = README.split(f"```sh\n{command}```\n", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
    return [piece.strip("\n") for piece in output.split("[…]\n")]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the repository's own profiles."""
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    return tmp_path


def test_the_two_commands_can_be_copied_as_they_stand() -> None:
    """No line is out of sight, none has a prompt, and a step that fails ends the command."""
    assert len(commands()) == 2
    for command in commands():
        *steps, last = command.splitlines()
        assert [line for line in (*steps, last) if len(line) > 80 or line.startswith("$")] == []
        assert all(line.endswith(" &&") for line in steps)
        assert re.fullmatch(r"[ -~]*[^&\\ ]", last)


def test_the_first_command_installs_what_the_program_needs_and_the_second_what_tests_need_too() -> None:
    locks = [re.findall(r"-r (\S+)", command) for command in commands()]
    assert locks == [["requirements.lock"], ["requirements.lock", "requirements-dev.lock"]]


def test_the_output_of_command_one_is_what_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    out, position = capsys.readouterr().out, 0
    command = commands()[0]
    assert command.endswith("\n.venv/bin/reconciler demo\n")
    pips, program = shown(command)[0].split("\n", 1)
    assert pips == "No broken requirements found."
    for piece in [program, *shown(command)[1:]]:
        assert piece in out[position:], piece
        position = out.index(piece, position) + len(piece)


def test_the_larger_example_is_applied_as_it_says(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"`.venv/bin/reconciler {' '.join(APPLY)}`" in README
    assert main(["-C", str(example), *APPLY]) == 0
    capsys.readouterr()
    assert main(["-C", str(example), "plan", "--detailed-exitcode"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "Nothing to do: 4 in sync, 2 assumed (cannot be read back), 1 observed, 1 paused."


def test_the_error_that_is_shown_is_the_error_that_is_printed(
    example: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = (ROOT / "profiles" / "berlin.yaml").read_text(encoding="utf-8")
    text = text.replace("profile:\n", f"profile:\n  about: {'x' * 151}\n")
    (example / "profiles" / "berlin.yaml").write_text(text, encoding="utf-8")
    main(["-C", str(example), "validate"])
    first = click.unstyle(capsys.readouterr().out).split("\n\n")[0]
    assert f"```console\n{first}\n```" in README


def test_the_picture_of_a_comment_is_of_what_the_program_writes() -> None:
    """Where it is not, draw it anew: `python -m tests.support.portrait chromium`."""
    assert f"]({PICTURE.relative_to(ROOT)})" in README
    with Image.open(PICTURE) as shown:
        assert shown.info["comment"] == portrayed()


def test_the_picture_of_a_terminal_is_of_what_the_program_writes() -> None:
    """Where it is not, draw it anew: `python -m tests.support.terminal_picture chromium`."""
    assert f"]({TERMINAL.relative_to(ROOT / 'docs')})" in page("first-hour")
    with Image.open(TERMINAL) as shown:
        assert shown.info["terminal"] == at_terminal()
    assert uncoloured(at_terminal()) + "\n" == (CASE / "expected-80.txt").read_text(encoding="utf-8")


def test_every_command_is_in_the_table_and_nothing_else_is() -> None:
    names = [cell.strip("`").split()[0] for cell in table("\n" + page("commands"), "# Commands")]
    assert names == list(COMMANDS)


def test_the_exit_codes_are_those_of_the_program() -> None:
    said = {code: row[0] for code, row in table(page("commands"), "completion:").items()}
    assert said["64"] == "usage"
    documented = dict(re.findall(r"^\| ([0-9, ]+) \| (.+) \|$", basics.__doc__ or "", re.MULTILINE))
    assert said == {code: text for code, text in documented.items() if code != "code"}


def test_every_gate_is_in_the_table_and_nothing_else_is() -> None:
    assert [name.strip("`") for name in table(page("gates"), "## Gates")] == list(GATES)


def test_the_speed_that_it_names_is_in_the_table_of_the_benchmark() -> None:
    table = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for work, shown in (
        ("single reads", r"numbers is ([\d.]+) to ([\d.]+) times"),
        ("bulk read", r"in bulk, it is ([\d.]+) to ([\d.]+) times"),
    ):
        (said,) = re.findall(shown, README)
        (row,) = re.findall(
            rf"^\| plan of 1,000 at 50 ms, {work} \|.*\| ([\d.]+)x \| ([\d.]+)x \|", table, re.MULTILINE
        )
        assert sorted(said) == sorted(row)


def test_every_provider_is_in_the_table_and_nothing_else_is() -> None:
    assert [name.strip("`") for name in table(README, "## Where it works")] == list(providers())


def test_the_capabilities_are_those_of_the_program() -> None:
    """Where they are not: `python -m tests.support.readme`."""
    assert providers_markdown() in page("providers")


def test_every_column_of_a_table_is_in_its_page_and_nothing_else_is() -> None:
    told = {word for cell in table(page("many-numbers"), "## A table") for word in re.findall("`([^`]+)`", cell)}
    assert told == {*columns_of(own_columns(providers().values())), "vars.NAME"}


def test_the_readme_is_short_and_every_page_is_linked_from_it() -> None:
    assert len(README.splitlines()) <= 150
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert pages - set(re.findall(r"\]\((docs/[^)#]+)\)", README)) == set()


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    def anchors(text: str) -> set[str]:
        return {
            re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }

    lost = []
    for link in re.findall(r"\]\(((?!https?:)[^)]+)\)", path.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        found = path.parent / name if name else path
        if not found.exists() or (anchor and anchor not in anchors(found.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = [name for needs in project["project"]["optional-dependencies"].values() for name in needs]
    needed = [*project["project"]["dependencies"], *extras, *project["build-system"]["requires"]]
    wanted = {re.split(r"[>=<[]", name)[0] for name in needed}
    said = {name.strip().lower() for cell in table(README, "## Dependencies") for name in cell.split(",")}
    assert said == wanted
    section = README.split("## Dependencies")[1]
    development = {re.split(r"[>=<]", name)[0] for name in project["dependency-groups"]["dev"]}
    assert {name for name in development if name not in section} == {"types-jsonschema", "types-pyyaml"}

"""docs/architecture.md is held against the files that it maps, and its journeys against runs.

On the page a code span is one of these, and nothing else:

    `folder/` or `folder/file.py`   a path from the top of the repository
    `folder/file.py::name`          what that file defines: a function, a class, or `Class.method`
    `file.py`                       in the entry of a room: a file of that room
    `reconciler plan`               a command, with its words
    `plan.json`, `core`             a document of a run, or a room next to the top, by its name
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import COMMANDS, main
from tests.benchmarks.entered import PACKAGE, walked
from tests.support.conversing import JOB
from tests.support.fleet import Fleet
from tests.support.github import FakeGitHub

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DOCUMENTS = {"plan.json", "page.json"}
SPAN = re.compile(r"`([^`\n]+)`")
ROOM = re.compile(r"^- `(reconciler/[a-z_/0-9]*)` — (.+?)(?=^- `|^#|\Z)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """Return what stands below a heading of the second level."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rooms() -> dict[str, list[str]]:
    """Return the files that the map names, by their room."""
    found = ROOM.findall(section("The rooms"))
    return {name: [span for span in SPAN.findall(text) if re.fullmatch(r"\w+\.py", span)] for name, text in found}


@cache
def defined(path: Path) -> frozenset[str]:
    """Return the functions and classes that a file defines, and the methods as `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inside = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            names |= {f"{node.name}.{one.name}" for one in inside}
    return frozenset(names)


def wrong(span: str) -> str:
    """Say why a code span outside of the rooms' own files is none of what it may be, or nothing."""
    path, colons, name = span.partition("::")
    if colons:
        if not path.endswith(".py") or not (ROOT / path).is_file():
            return "there is no such file"
        return "" if name in defined(ROOT / path) else "the file defines no such name"
    if span in DOCUMENTS | {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}:
        return ""
    if span.split(maxsplit=1)[0] == "reconciler":
        return "" if span.split()[1:2] in [[command] for command in COMMANDS] else "there is no such command"
    if span.endswith("/"):
        return "" if (ROOT / span).is_dir() else "there is no such folder"
    return "" if (ROOT / span).is_file() else "there is no such file"


def misspelt(page: str) -> list[str]:
    """Return each code span of a page that is wrong, and why; the files of rooms are held against the rooms."""
    spans = SPAN.findall(ROOM.sub(_without_files, FENCE.sub("", page)))
    return [f"{span}: {why}" for span in spans if (why := wrong(span))]


def _without_files(room: re.Match[str]) -> str:
    return re.sub(r"`\w+\.py`", "", room[0])


def test_every_name_on_the_page_exists() -> None:
    assert misspelt(PAGE) == []
    # A name without its marks is one that this test does not see.
    assert re.findall(r"\w+\(\)|(?<![`\w/.])\w+/\w+\.py", SPAN.sub("", FENCE.sub("", PAGE))) == []


@pytest.mark.parametrize(
    "span",
    [
        *("reconciler/pipeline/plannning.py", "reconciler/planning.py", "reconciler/cores/", "plan.py", "Scope"),
        *(
            "reconciler/cli/commands/plan.py::comand",
            "reconciler/cli/commands/plan.py::",
            "reconciler/cli/plan::command",
        ),
        *("reconciler/providers/meta.py::Meta.reed", "meta.py::Meta", "reconciler plam", "reconciler", "plan()"),
    ],
)
def test_a_name_that_is_misspelt_is_found(span: str) -> None:
    assert misspelt(f"1. `{span}` does it, and `reconciler/cli/commands/plan.py` as well.")


def test_every_room_and_every_file_is_on_the_map_once() -> None:
    there: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        there.setdefault(f"{path.parent.relative_to(ROOT).as_posix()}/", []).append(path.name)
    assert {room: sorted(files) for room, files in rooms().items()} == there
    assert len(ROOM.findall(PAGE)) == len(there)


def test_every_path_that_contributing_names_exists() -> None:
    """A recipe with a file that moved sends its reader nowhere. `*` and NAME stand for what is chosen."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    words = [word for span in SPAN.findall(page) for word in span.split()]
    paths = [word for word in words if re.match(r"(reconciler|tests|docs|schemas|\.ci)/", word)]
    assert [path for path in paths if "NAME" not in path and not list(ROOT.glob(path))] == []
    assert len(paths) > 50


def test_blame_looks_through_whole_commits_each_with_its_words() -> None:
    lines = (ROOT / ".git-blame-ignore-revs").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines[1::2] if not line.startswith("# ")] == []
    assert [line for line in lines[2::2] if not re.fullmatch(r"[0-9a-f]{40}", line)] == []
    assert len(lines) > 2
    assert len(lines) % 2 == 1


def steps(title: str) -> list[str]:
    """Return the function that takes each step of a journey, as the walk names it."""
    text = section("Journeys").split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]
    numbered = re.findall(r"^(\d+)\. (.*)$", text, re.MULTILINE)
    assert [int(number) for number, _ in numbered] == list(range(1, len(numbered) + 1))
    taken = [re.match(r"`reconciler/([^`]+::[^`]+)` ", line) for _, line in numbered]
    assert None not in taken, "a step begins with the function that takes it"
    return [one[1] for one in taken if one is not None]


def taken(title: str, *words: tuple[str, ...], folder: Path) -> tuple[list[str], list[str]]:
    """Return the steps of a journey as the page has them, and as these commands took them."""
    told = steps(title)
    codes: list[int] = []
    walk = walked(
        lambda: codes.extend(main(["-C", str(folder), *one]) for one in words), PACKAGE, without=ROOT / "docs"
    )
    assert codes == [0 for _ in words]
    return told, [step for step in walk.steps if step in told]


def test_a_plan_takes_the_steps_of_its_journey(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    entry = f"profile: berlin, field: about, value: 'sha256:{'0' * 64}', reason: a test, until: 2999-01-01"
    fleet.write("drift-ignore.yaml", f"version: 1\nignore: [{{{entry}}}]\n")
    told, done = taken("One profile through `reconciler plan`", ("plan",), folder=fleet.root)
    assert done == told


def test_an_apply_takes_the_steps_of_its_journey(fleet: Fleet) -> None:
    fleet.profile(webhook={"url": "https://hooks.example/x", "verify_token": {"env": "WEBHOOK_VERIFY"}})
    allowed = ("--allow", "webhook", "--allow", "first-contact")
    told, done = taken("One changed field through `reconciler apply`", ("apply", "-y", *allowed), folder=fleet.root)
    assert done == told


def test_drift_takes_the_steps_of_its_journey_to_the_issue(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.world.edit("meta", address, about="Free bread!")
    report: tuple[Any, ...] = ("drift", "--report", str(tmp_path / "report"))
    with FakeGitHub() as fake, fake.serving() as url:
        fake.token("job", JOB)
        variables = {
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": fake.repository.name,
            "GITHUB_TOKEN": "job",
            "GITHUB_RUN_ID": "17",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_REF_NAME": "main",
            "RECONCILER_ALLOW_ENDPOINT": url,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        issue = ("github", "issue", "--page", str(tmp_path / "report" / "page.json"))
        told, done = taken("One drift to the issue", report, issue, folder=fleet.root)
    assert done == told

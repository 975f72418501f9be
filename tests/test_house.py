"""The house lint: what it finds, each kind on a tree of a few lines, and what it finds in `reconciler/`: nothing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "house.py"


def loaded() -> ModuleType:
    """Return the script as a module: it lies in no package."""
    spec = importlib.util.spec_from_file_location("house", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look for the module by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


HOUSE = loaded()


def found_in(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Return what is found in a package of these files, by their paths below reconciler/; each folder is a package."""
    package = folder / "reconciler"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for above in (path.parent, *path.parent.parents):
            if above == folder:
                break
            (above / "__init__.py").touch()
    return [str(finding) for finding in HOUSE.findings(folder)]


def at(name: str) -> str:
    """Return a file of the package as a finding names it."""
    return str(Path("reconciler", name))


def named(name: str, again: str, first: str) -> str:
    """Return what is said of a public name that a second module defines."""
    return f"{again}: the public name {name!r} is defined at {first} already; give one its own name"


def stands(name: str, again: str, first: str) -> str:
    """Return what is said of a file name that stands twice in one layer."""
    return f"{again}: the file name {name!r} stands in this layer already: {first}"


def circle(rooms: str, what: str) -> str:
    """Return what is said of rooms that import each other, by their names below the package."""
    return f"{' → '.join(f'reconciler.{room}' for room in rooms.split())}: {what} import each other"


SEVEN = "a, b, c, d, e, f, g"
# A room that two files use is no paragraph of one; a room of this many lines is large enough to be one.
LINES = "\n" * 60

ONE_OF_EACH = {
    "a public name in two modules": (
        {"core/one.py": "def plan(): ...\n", "effects/two.py": "plan = 1\n"},
        named("plan", f"{at('effects/two.py')}:1", f"{at('core/one.py')}:1"),
    ),
    "a public name in a module below a try": (
        {"core/one.py": "class Plan: ...\n", "render/two.py": "\ntry:\n    Plan: int = 1\nexcept A:\n    ...\n"},
        named("Plan", f"{at('render/two.py')}:3", f"{at('core/one.py')}:1"),
    ),
    "a file name twice in one layer": (
        {"core/reading/checks.py": "", "core/safety/checks.py": ""},
        stands("checks", at("core/safety/checks.py"), at("core/reading/checks.py")),
    ),
    "a shared file name in a layer that does not share it": (
        {"core/reading/plan.py": "", "core/safety/plan.py": ""},
        stands("plan", at("core/safety/plan.py"), at("core/reading/plan.py")),
    ),
    "a file name in two layers without one subject": (
        {"core/cells.py": "", "render/cells.py": ""},
        f"{at('render/cells.py')}: the file name 'cells' has another subject in another layer: {at('core/cells.py')}",
    ),
    "a file that takes any responsibility": (
        {"core/utils.py": ""},
        f"{at('core/utils.py')}: 'utils' takes any responsibility; say what it is",
    ),
    "a class that takes any responsibility": (
        {"core/one.py": "\nclass PlanManager: ...\n"},
        f"{at('core/one.py')}:2: 'PlanManager' takes any responsibility; say what it is",
    ),
    "a long file": ({"core/one.py": "\n" * 321}, f"{at('core/one.py')}: 321 lines, 1 over 320"),
    "a long function": (
        {"core/one.py": "class A:\n    async def _one(self):\n" + "        ...\n" * 40},
        f"{at('core/one.py')}:2: _one has 41 lines, 1 too many",
    ),
    "many parameters": (
        {"core/one.py": "class A:\n    def _one(self, a, /, b, c, *more, d, e, f, g, **rest): ...\n"},
        f"{at('core/one.py')}:2: _one has 7 parameters; more than 6 are one value",
    ),
    "many parameters under a decorator that only speaks of commands": (
        {"core/one.py": f'@flag("--x", help="the command")\ndef _one({SEVEN}): ...\n'},
        f"{at('core/one.py')}:2: _one has 7 parameters; more than 6 are one value",
    ),
    "a small room with one user": (
        {"core/one.py": "x = 1\n", "core/two.py": "from reconciler.core.one import x\n"},
        f"{at('core/one.py')}: 1 lines for one user: a paragraph of reconciler.core.two",
    ),
    "a copy that checks nothing": (
        {"core/one.py": "x = 1\ny = x.model_copy(deep=True,\n    update={})\n"},
        f"{at('core/one.py')}:2: model_copy(update=…) checks nothing; use dataclasses.replace",
    ),
    "a copy that may check nothing": (
        {"core/one.py": "x = y.model_copy(**z)\n"},
        f"{at('core/one.py')}:1: model_copy(update=…) checks nothing; use dataclasses.replace",
    ),
    "a value that is not checked": (
        {"core/one.py": "x = Y.model_construct(a=1)\n"},
        f"{at('core/one.py')}:1: model_construct checks nothing; call the class",
    ),
    "folders that import each other": (
        {
            "core/reading/a.py": f"from reconciler.core.safety.b import x\n{LINES}",
            "core/reading/c.py": LINES,
            "core/safety/b.py": LINES,
            "core/safety/d.py": f"from ..reading.c import y\n{LINES}",
        },
        circle("core.reading core.safety core.reading", "these rooms of reconciler.core"),
    ),
    "a package and a file in it that import each other": (
        {"core/__init__.py": "from . import one\n", "core/one.py": f"from reconciler.core import x\n{LINES}"},
        circle("core core.one core", "these files"),
    ),
}


@pytest.mark.parametrize(("files", "finding"), ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_what_is_to_be_mended_is_found_with_its_place_and_nothing_else_is(
    tmp_path: Path, files: Mapping[str, str], finding: str
) -> None:
    assert found_in(tmp_path, files) == [finding]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("import reconciler.core.two", "from reconciler.core import one"),
        ("def _f():\n    from reconciler.core.two import x", "if A:\n    from .one import y"),
    ],
    ids=["at the top", "inside a function, and below an if"],
)
def test_files_that_import_each_other_are_found_and_so_are_the_rooms_that_they_are(
    tmp_path: Path, one: str, two: str
) -> None:
    found = found_in(tmp_path, {"core/one.py": f"{one}\n{LINES}", "core/two.py": f"{two}\n{LINES}"})
    rooms = "core.one core.two core.one"
    assert found == [circle(rooms, "these files"), circle(rooms, "these rooms of reconciler.core")]


IN_ORDER = {
    "private names, and one that every command module has": {
        "cli/one.py": "_x = 1\ncommand = 1\n",
        "cli/two.py": "_x = 1\ncommand = 1\n",
    },
    "a name defined twice in one module": {"core/one.py": "if A:\n    x = 1\nelse:\n    x = 2\n"},
    "what is written into a value of another module": {"core/one.py": "x = 1\n", "core/two.py": "x.y = x[1] = 2\n"},
    "the sandbox's own words": {"core/one.py": "x = 1\n", "sandbox/two.py": "x = 1\n"},
    "a subject as text and as Markdown": {"render/text/plan.py": "", "render/markdown/plan.py": ""},
    "one subject in two layers": {"core/apply.py": "", "effects/apply.py": ""},
    "as much as there may be": {
        "core/one.py": "def _one(a, b, c, d, e, f):\n" + "    ...\n" * 39 + "\n" * 280,
    },
    "a command of click": {"cli/one.py": f'@click.command("one")\n@flag("--x")\ndef _one({SEVEN}): ...\n'},
    "a small room with two users": {
        "core/one.py": "x = 1\n",
        **{f"core/{name}.py": "from reconciler.core.one import x\n" for name in ("two", "three")},
    },
    "a small room that has no place in the one file that uses it": {
        "core/one.py": "x = 1\n",
        "core/two.py": "from reconciler.core.one import x\n" + "\n" * 319,
    },
    "copies that are whole, and words about others": {
        "core/one.py": "x = y.model_copy(deep=True)\n# model_copy(update={})\n",
    },
    "folders on top of each other": {
        "core/reading/a.py": LINES,
        "core/safety/b.py": f"from reconciler.core.reading.a import x\n{LINES}",
    },
}


@pytest.mark.parametrize("files", IN_ORDER.values(), ids=IN_ORDER)
def test_what_is_in_order_is_left_alone(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert found_in(tmp_path, files) == []


def test_a_folder_without_a_house_is_not_in_order(tmp_path: Path) -> None:
    assert found_in(tmp_path, {}) == [f"{tmp_path / 'reconciler'}: there is no Python file here"]


def test_the_script_says_what_it_found_and_ends_with_1(tmp_path: Path) -> None:
    found_in(tmp_path, {"core/utils.py": ""})
    ran = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False)
    said = f"{at('core/utils.py')}: 'utils' takes any responsibility; say what it is\n1 to mend\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, said, "")


def test_the_script_says_that_all_is_well_and_ends_with_0(tmp_path: Path) -> None:
    found_in(tmp_path, {"core/one.py": ""})
    ran = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "the house is in order\n", "")


def test_every_exception_is_still_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that no file needs would let the next clash pass."""
    house = HOUSE.modules(ROOT)
    excused = (set(HOUSE.SHARED_NAMES), set(HOUSE.SHARED_FILES), set(HOUSE.SUBJECTS))
    monkeypatch.setattr(HOUSE, "SHARED_NAMES", {})
    monkeypatch.setattr(HOUSE, "SHARED_FILES", {})
    monkeypatch.setattr(HOUSE, "SUBJECTS", frozenset())
    names = {finding.what.split("'")[1] for finding in HOUSE.name_clashes(house)}
    files = {(Path(finding.place).parts[1], finding.what.split("'")[1]) for finding in HOUSE.file_clashes(house)}
    subjects = {finding.what.split("'")[1] for finding in HOUSE.subject_clashes(house)}
    assert (names, files, subjects) == excused


def test_the_house_is_in_order() -> None:
    """Every check at once: what each of them finds is tried above."""
    assert [str(finding) for finding in HOUSE.findings(ROOT)] == []

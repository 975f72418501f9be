"""The project's own promises about itself."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "reconciler").rglob("*.py"))


def test_coverage_excludes_exactly_what_cannot_hide_logic() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = ["assert_never\\(", "if TYPE_CHECKING:", "class .*\\(Protocol\\):"]
    assert project["tool"]["coverage"]["report"]["exclude_also"] == wanted
    held = {"ci", "core", "forge", "pipeline", "providers", "render"}
    assert set(project["tool"]["coverage"]["run"]["source_pkgs"]) == {f"reconciler.{part}" for part in held}
    assert [path for path in SOURCES if "pragma: no cover" in path.read_text(encoding="utf-8")] == []


def test_every_python_that_the_metadata_names_is_tested_and_the_oldest_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    words = "Programming Language :: Python :: "
    named = [one.removeprefix(words) for one in project["classifiers"] if one.startswith(words)]
    workflow = YAML(typ="safe", pure=True).load(ROOT / ".github" / "workflows" / "ci.yml")
    assert workflow["jobs"]["run"]["strategy"]["matrix"]["python"] == named
    assert project["requires-python"] == f">={named[0]}"


def test_there_is_no_dry_run_anywhere() -> None:
    """A flag makes every line ask whether it is pretending."""
    assert [path for path in SOURCES if "dry_run" in path.read_text(encoding="utf-8")] == []


def test_looking_at_the_help_imports_nothing_heavy() -> None:
    heavy = ("pydantic", "httpx", "rich", "starlette", "PIL", "ruamel", "deepdiff", "phonenumbers", "email_validator")
    code = (
        "import sys; from reconciler.cli import main; main(['--help']); "
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stderr.strip() == "[]"


def test_every_test_that_a_page_names_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {(page.name, one) for page in pages for one in re.findall(r"`(tests/[^`\s*]+)`", page.read_text("utf-8"))}
    assert len(named) > 20
    assert [one for one in sorted(named) if not (ROOT / one[1].partition("::")[0]).exists()] == []


def test_each_statement_about_security_names_its_tests() -> None:
    """A statement is an item of a list, or a row of a table; what opens no gate has its tests above the list."""
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    items = [one.strip() for one in re.findall(r"^\* (.*?)(?=\n\n|\n\* |\Z)", page, re.MULTILINE | re.DOTALL)]
    rows = [line for line in page.splitlines() if line.startswith("| ") and "shown by" not in line]
    enumerated = page[page.index("So these open nothing") : page.index("A person who pushed an earlier commit")]
    assert enumerated.count("`tests/") == 2
    told = [one for one in (*items, *rows) if one not in enumerated]
    assert len(told) > 25
    assert [one for one in told if "`tests/" not in one and "the same" not in one] == []

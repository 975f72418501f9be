"""Adding a provider adds files and edits none: a made-up fifth one passes all twelve points, unknown to everybody.

This is no promise of plug-ins. The three files are only kept apart so that the program does not ship them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

from reconciler.providers import providers
from tests.contract.cases import POINTS

ROOT = Path(__file__).parents[2]
FIFTH = Path(__file__).parent / "fifth"
NAME = "carrierpigeon"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # What this run of pytest was told is not meant for the one inside it.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, env=environ
    )


def test_a_fifth_provider_passes_all_twelve_points(tmp_path: Path) -> None:
    """With the file of the stand, the suite finds it by itself: every point is tested, and none is skipped."""
    report = tmp_path / "report.xml"
    ran = run(
        *("-m", "pytest", "-q", "-p", "tests.contract.fifth.plugin", "-p", "no:cacheprovider"),
        *("--basetemp", str(tmp_path / "shops"), "--junitxml", str(report)),
        *("-k", f"{NAME} or every_point", "tests/contract/test_contract.py"),
    )
    assert ran.returncode == 0, ran.stdout
    passed = defaultdict(list)
    for case in ET.parse(report).getroot().iter("testcase"):
        assert list(case) == []
        passed[re.sub(r"test_(\d\d)_.*", r"\1", case.attrib["name"])].append(case.attrib["name"])
    assert sorted(passed) == [*(f"{point:02}" for point in POINTS), "test_every_point_is_tested_with_every_provider"]
    assert all(NAME in name for point in POINTS for name in passed[f"{point:02}"])


def test_it_is_in_the_schemas_without_another_edit() -> None:
    validating = "reconciler.pipeline.validating"
    code = f"import tests.contract.fifth.plugin; from {validating} import schemas_run; print(*schemas_run())"
    assert f"profile.{NAME}.schema.json" in run("-c", code).stdout.split()


def test_it_is_made_of_three_files_and_no_other_file_knows_of_it() -> None:
    files = sorted(path.relative_to(FIFTH).as_posix() for path in FIFTH.rglob("*.py"))
    assert files == ["plugin.py", *(f"{folder}/{NAME}.py" for folder in ("providers", "sandbox", "stands"))]
    known = [*(ROOT / "reconciler").rglob("*.py"), *(ROOT / "schemas").iterdir(), *(ROOT / "tests").rglob("*.py")]
    told = [path for path in known if re.search(r"carrier.?pigeon", path.read_text(encoding="utf-8"), re.IGNORECASE)]
    assert {path for path in told if FIFTH not in path.parents} == {Path(__file__)}
    assert NAME not in providers()

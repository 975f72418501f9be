"""The action's first step: what it installs, when it does so again, and what it says to an old Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.workflows.documents import ACTION, ROOT, read

STAND = ROOT / "tests" / "support" / "actions"
FOLDER = ACTION.parent.relative_to(ROOT)


@dataclass(frozen=True)
class Installing:
    """A runner's folder, and a copy of what the installation reads of the tool."""

    folder: Path

    @property
    def tool(self) -> Path:
        """The tool's folder."""
        return self.folder / "tool"

    def run(self, *, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the step, in a folder that may be another one than this process's."""
        (self.folder / "temp").mkdir(exist_ok=True)
        around = {
            "PATH": f"{self.folder}:/usr/bin:/bin",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "STAND_PYTHON": sys.executable,
            "STAND_ASKED": str(self.folder / "asked"),
            **environ,
        }
        command = ["bash", str(self.tool / FOLDER / "install")]
        return subprocess.run(command, cwd=cwd, env=around, capture_output=True, text=True, check=False)

    @property
    def asked(self) -> list[str]:
        """What the runner's Python was asked for."""
        return (self.folder / "asked").read_text().splitlines()

    @property
    def programs(self) -> list[Path]:
        """The program, as each run of the step named it."""
        lines = (self.folder / "output").read_text().splitlines()
        return [Path(line.removeprefix("program=")) for line in lines]


@pytest.fixture
def installing(tmp_path: Path) -> Installing:
    """A runner on which nothing is installed yet."""
    shutil.copytree(ACTION.parent, tmp_path / "tool" / FOLDER)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / "tool")
    (tmp_path / "tool" / "reconciler").mkdir()
    (tmp_path / "tool" / "reconciler" / "__init__.py").write_text("")
    shutil.copy(STAND / "python3", tmp_path)
    return Installing(tmp_path)


def test_only_what_is_locked_is_installed_and_the_tool_itself_without_asking_anybody(installing: Installing) -> None:
    assert installing.run().returncode == 0
    quiet = "install --quiet --no-compile --disable-pip-version-check --no-input"
    lock = installing.tool / "requirements.lock"
    assert installing.asked == [
        "venv",
        f"{quiet} --no-deps --require-hashes --only-binary :all: -r {lock}",
        f"{quiet} --no-deps --no-build-isolation --no-index {installing.tool}",
    ]
    assert installing.programs[0].is_file()


def test_a_second_step_of_the_job_installs_nothing(installing: Installing) -> None:
    installing.run()
    before = installing.asked
    assert installing.run().returncode == 0
    assert installing.asked == before
    assert installing.programs[0] == installing.programs[1]


def test_another_tool_is_another_installation(installing: Installing) -> None:
    installing.run()
    (installing.tool / "reconciler" / "__init__.py").write_text("# changed\n")
    installing.run()
    assert installing.programs[0] != installing.programs[1]
    assert installing.asked.count("venv") == 2


def test_an_installation_that_was_cut_short_is_made_anew(installing: Installing) -> None:
    installing.run()
    (installing.programs[0].parents[1] / "complete").unlink()
    assert installing.run().returncode == 0
    assert installing.asked.count("venv") == 2


def test_what_cannot_be_installed_ends_the_step(installing: Installing) -> None:
    """The stand-in's own Python refuses, as pip does for a hash that differs."""
    ran = installing.run(STAND_ASKED="/nowhere/at/all")
    assert ran.returncode != 0
    assert not (installing.programs[0].parents[1] / "complete").exists()


def test_an_old_python_is_named_with_what_to_do(installing: Installing) -> None:
    old = installing.folder / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in -V) echo Python 3.10.12 ;; *) exit 1 ;; esac\n')
    ran = installing.run()
    assert ran.returncode == 1
    assert ran.stdout == (
        "::error title=reconciler::It needs Python 3.11 or newer as python3, and this runner has Python 3.10.12; "
        "put actions/setup-python before this step.\n"
    )
    assert not (installing.folder / "output").exists()


BACKEND = """\
import zipfile

def build_wheel(folder, *_):
    name, info = "reconciler-1-py3-none-any.whl", "reconciler-1.dist-info/"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("reconciler/__init__.py")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: reconciler\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\nreconciler = reconciler:main\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
MAIN = "import hashlib, sys\ndef main(): print(hashlib.__file__, *sys.argv[1:])\n"
# What the standard library and pip import on the way, or look for without being asked to.
NAMES = ("hashlib", "pathlib", "re", "venv", "ensurepip", "pip", "sitecustomize", "usercustomize", "reconciler")


@pytest.mark.parametrize("path", [None, "", ".", "HERE"])
def test_no_module_of_the_folder_that_a_job_works_in_is_run(
    installing: Installing, path: str | None, *, long: bool
) -> None:
    """The real Python, venv and pip, upon a checkout whose pull request brought modules of the same names.

    A path that names the checkout offers its modules to every process, and its working folder does so besides.
    """
    if path != "HERE" and not long:
        pytest.skip("it offers the same modules to fewer processes; --long runs it")
    (installing.folder / "python3").unlink()
    (installing.tool / "backend.py").write_text(BACKEND)
    (installing.tool / "pyproject.toml").write_text(PROJECT)
    (installing.tool / "reconciler" / "__init__.py").write_text(MAIN)
    (installing.tool / "requirements.lock").write_text("")
    checkout, mark = installing.folder / "checkout", installing.folder / "ran"
    checkout.mkdir()
    for name in NAMES:
        (checkout / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r})\n")
    # Where PATH names the folder at hand, every program that the step does not need is one that could be planted.
    for name in ("dirname", "cat", "touch.sh", ".bashrc", ".bash_profile", ".profile"):
        (checkout / name).write_text(f"#!/bin/sh\necho {name} >> {mark}\n")
        (checkout / name).chmod(0o755)
    around = {} if path is None else {"PYTHONPATH": path.replace("HERE", str(checkout))}
    # A configuration that is named from the working folder on would name another index.
    (checkout / "pip.conf").write_text("[global]\ntimeout = nonsense\nbogus\n")
    installed = installing.run(cwd=checkout, PIP_CONFIG_FILE="pip.conf", PATH=":.:/usr/bin:/bin", **around)
    assert (not mark.exists(), installed.returncode) == (True, 0), installed.stderr
    step = next(step for step in read(ACTION)["runs"]["steps"] if step.get("id") == "run")
    environ = dict.fromkeys(step["env"], "") | {
        "COMMAND": "plan",
        "CHECKOUT": ".",
        "DIRECTORY": ".",
        "PATH": "/usr/bin:/bin",
    }
    environ |= {"GITHUB_ACTION_PATH": str(installing.tool / FOLDER)}
    environ |= {"PROGRAM": str(installing.programs[0]), "GITHUB_OUTPUT": "outputs", "GITHUB_STEP_SUMMARY": "summary"}
    words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
    ran = subprocess.run(words, cwd=checkout, env=environ | around, capture_output=True, text=True, check=False)
    assert ran.stdout.endswith("/hashlib.py -C . plan\n"), ran.stderr
    assert not ran.stdout.startswith(str(checkout))
    assert not mark.exists()


def test_the_real_thing_installs(installing: Installing, *, long: bool) -> None:
    """With the network, and so only in the long run: the lock is what an installation needs."""
    if not long:
        pytest.skip("it installs packages; --long runs it")
    for name in ("reconciler", "README.md", "LICENSE"):
        source, into = ROOT / name, installing.tool / name
        shutil.copytree(source, into, dirs_exist_ok=True) if source.is_dir() else shutil.copy(source, into)
    (installing.folder / "python3").unlink()
    python = Path(sys.executable).parent
    assert installing.run(PATH=f"{python}:/usr/bin:/bin").returncode == 0
    said = subprocess.run([installing.programs[0], "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("reconciler ")

"""The README's two commands install what is locked, with any pip, however far the index has moved on.

The short form types them with this Python and its own pip. The packages are stand-ins that declare what the real ones
declare. The long form (`--long`, minutes, with the network) does so with each Python of this machine. Then it installs
the real ones, with other pips too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.clone import Clone, clone, pythons
from tests.install.index import MADE_UP, make_index, stand_in
from tests.support.locks import DEV, MAIN, read_lock, write_lock
from tests.support.readme import commands, installing

PYTHONS = pythons()
PROJECT = {"wa-reconciler": "0.1.0"}
# The pips that each Python is tried with in the long form: those that came with it, and whichever is the newest.
PIPS = {"3.11": ("22.3", "23.0", "23.2", "newest"), "3.12": ("23.2", "newest"), "3.13": ("24.2", "newest")}
CASES = [(python, pip) for python in PYTHONS for pip in PIPS.get(python, ("newest",))]
SOUND = "No broken requirements found.\n"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def moved_on(tmp_path: Path) -> str:
    """An index of stand-ins that has a newer release of everything; `tmp_path` holds the locks of them."""
    made = {lock: [stand_in(tmp_path / "wheels", pin) for pin in read_lock(lock)] for lock in (MAIN, DEV)}
    for lock, pairs in made.items():
        write_lock(tmp_path / lock.name, [pin for _, pin in pairs])
    both = [pair for pairs in made.values() for pair in pairs]
    return make_index(tmp_path, [wheel for wheel, _ in both], [pin for _, pin in both])


def stood_in(tmp_path: Path, python: str, index: str) -> Clone:
    """Return a copy of the project whose locks are of the stand-ins."""
    made = clone(tmp_path / "clone", PYTHONS[python], index)
    for lock in (MAIN, DEV):
        (tmp_path / lock.name).replace(made.folder / lock.name)
    return made


def locked(*locks: Path) -> dict[str, str]:
    """Return what is to be installed here."""
    return {pin.name: pin.version for lock in locks for pin in read_lock(lock) if pin.holds()} | PROJECT


def test_this_python_is_among_those_that_are_tried() -> None:
    assert HERE in PYTHONS


def test_each_command_installs_what_is_locked(tmp_path: Path, moved_on: str) -> None:
    one, two = map(installing, commands())
    here = stood_in(tmp_path, HERE, moved_on)
    ran = here.type(one)
    assert (ran.returncode, ran.stdout) == (0, SOUND), ran.stderr
    assert here.installed() == locked(MAIN)
    ran = here.type(two)
    assert (ran.returncode, ran.stdout) == (0, SOUND), ran.stderr
    assert here.installed() == locked(MAIN, DEV)


@pytest.mark.parametrize("python", [python for python in PYTHONS if python != HERE])
def test_so_does_the_longer_one_with_every_other_python(
    tmp_path: Path, moved_on: str, python: str, *, long: bool
) -> None:
    if not long:
        pytest.skip(".ci/pythons installs the real locks with it, and CI has a job for it; --long installs stand-ins")
    here = stood_in(tmp_path, python, moved_on)
    ran = here.type(installing(commands()[1]))
    assert (ran.returncode, ran.stdout) == (0, SOUND), ran.stderr
    assert here.installed() == locked(MAIN, DEV)


def test_an_unlocked_package_comes_from_the_future(tmp_path: Path, moved_on: str) -> None:
    """The index offers what it should, so the tests above can fail."""
    here = stood_in(tmp_path, HERE, moved_on)
    ran = here.type(f"{sys.executable} -m pip install --dry-run --ignore-installed coverage")
    assert f"Would install coverage-{MADE_UP}\n" in ran.stdout, ran.stderr


@pytest.mark.parametrize(("python", "pip"), CASES)
def test_both_commands_do_as_they_say_with_the_real_packages(
    tmp_path: Path, pytestconfig: pytest.Config, python: str, pip: str, *, long: bool
) -> None:
    if not long:
        pytest.skip("it installs packages from the network; --long runs it")
    cache: Path = pytestconfig.cache.mkdir("install")
    wheels = cache / python
    fetch(PYTHONS[python], wheels, "--no-deps", "--require-hashes", "-r", str(MAIN), "-r", str(DEV))
    fetch(PYTHONS[python], cache / f"pip-{pip}", "pip" if pip == "newest" else f"pip=={pip}")
    (newest,) = (cache / f"pip-{pip}").glob("pip-*.whl")
    index = make_index(tmp_path, wheels.glob("*.whl"), read_lock(MAIN) + read_lock(DEV))
    here = clone(tmp_path / "clone", PYTHONS[python], index, newest)
    one, two = commands()
    ran = here.type(one)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^\d+ changes applied", ran.stdout, re.MULTILINE)
    assert here.installed() == locked(MAIN)
    test = here.folder / "tests" / "test_it.py"
    test.parent.mkdir()
    test.write_text("import reconciler.cli\n\n\ndef test_it() -> None:\n    assert reconciler.cli.COMMANDS\n")
    ran = here.type(two)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert here.installed() == locked(MAIN, DEV)


def fetch(python: Path, into: Path, *what: str) -> None:
    """Download files for a Python, once: what lies there already is checked by its hash and kept."""
    words = [str(python), "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d", str(into), *what]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr

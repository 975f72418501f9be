"""The locks are complete: what they pin needs no package, extra or version that they do not hold."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files, metadata, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.locks import BUILDING, DEV, MAIN, Pin, read_lock
from tests.support.readme import ROOT

RELEASE = ROOT / ".github" / "release" / "requirements.lock"
AUDIT = ROOT / ".github" / "audit" / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROGRAM = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
# What an extra needs is in the lock of the tests, and in no other.
EXTRAS = [text for needs in PROJECT["project"]["optional-dependencies"].values() for text in needs]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def environment(python: str, system: str) -> dict[str, str]:
    """Return what markers are held against on another Python and system."""
    here = {key: str(value) for key, value in default_environment().items()}
    return here | {"python_version": python, "python_full_version": f"{python}.0", "extra": ""} | SYSTEMS[system]


def needed(roots: list[str], where: dict[str, str]) -> Iterator[Requirement]:
    """Yield every requirement that follows from `roots`, as the installed packages declare them, extras included."""
    waiting, seen = [Requirement(root) for root in roots], set()
    while waiting:
        one = waiting.pop()
        yield one
        for extra in ("", *sorted(one.extras)):
            if (one.name, extra) not in seen:
                seen.add((one.name, extra))
                declared = map(Requirement, declares(one.name))
                waiting += [
                    need for need in declared if not need.marker or need.marker.evaluate(where | {"extra": extra})
                ]


def declares(name: str) -> list[str]:
    """Return what a package says it needs. One that another system alone installs cannot be asked here."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        assert canonicalize_name(name) in {pin.name for pin in read_lock(DEV) if not pin.holds()}
        return []


def problems(pins: tuple[Pin, ...], roots: list[str], where: dict[str, str]) -> list[str]:
    """Return what is missing or of another version, and what is locked without being needed."""
    locked = {pin.name: pin.version for pin in pins if pin.holds(where)}
    wanted = {str(need): need for need in needed(roots, where)}
    missing = [
        text
        for text, need in sorted(wanted.items())
        if not need.specifier.contains(locked.get(canonicalize_name(need.name), ""), prereleases=True)
    ]
    return missing + sorted(locked.keys() - {canonicalize_name(need.name) for need in wanted.values()})


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_program_needs_what_its_lock_holds_and_nothing_else(python: str, system: str) -> None:
    assert problems(read_lock(MAIN), PROGRAM, environment(python, system)) == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_tests_need_what_both_locks_hold_and_nothing_else(python: str, system: str) -> None:
    both = read_lock(MAIN) + read_lock(DEV)
    assert problems(both, [*PROGRAM, *EXTRAS, *PROJECT["dependency-groups"]["dev"]], environment(python, system)) == []


def test_what_a_lock_lacks_is_named() -> None:
    pins = tuple(pin for pin in read_lock(MAIN) if pin.name not in {"h11", "packaging"})
    here = environment("3.11", "linux")
    assert problems(pins, PROGRAM, here) == ["h11>=0.16", "h11>=0.8", "packaging>=24.2"]
    assert problems(pins, [*PROGRAM, "coverage[toml]>=7"], here)[0] == "coverage[toml]>=7"
    assert "hatchling" in problems(read_lock(MAIN), PROJECT["project"]["dependencies"], here)


def test_a_package_stands_in_one_lock_of_the_two() -> None:
    names = [pin.name for pin in read_lock(MAIN) + read_lock(DEV)]
    assert sorted(names) == sorted(set(names))


def test_the_main_lock_stays_small() -> None:
    assert len(read_lock(MAIN)) <= 36


def test_what_builds_the_project_is_in_the_main_lock() -> None:
    where = environment("3.11", "linux")
    building = {canonicalize_name(need.name) for need in needed(PROJECT["build-system"]["requires"], where)}
    assert building == BUILDING <= {pin.name for pin in read_lock(MAIN)}


@pytest.mark.parametrize("lock", [MAIN, DEV, RELEASE, AUDIT], ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_pins_everything_by_hash_and_names_no_index(lock: Path) -> None:
    blocks = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    pinned = re.compile(r"[a-z0-9.-]+(\[[a-z-]+\])?==[^\s;]+( ;[^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [block for block in blocks if not pinned.fullmatch(block)] == []


@pytest.mark.parametrize("script", ["audit", "lock", "sbom"])
def test_a_lock_of_a_tool_is_written_and_used_by_scripts_here(script: str) -> None:
    text = (ROOT / ".ci" / script).read_text(encoding="utf-8")
    wanted = {"audit": {MAIN, DEV, RELEASE, AUDIT}, "lock": {MAIN, DEV, RELEASE, AUDIT}, "sbom": {MAIN, RELEASE}}
    named = {ROOT / name for name in re.findall(r"[\w./-]*requirements[\w-]*\.lock", text)}
    assert named == wanted[script]


# A package that none of our files imports, and the one that does.
BESIDE = {"sniffio": "httpcore"}


def imported() -> set[str]:
    """Return the packages that the program's files import, inside of functions too."""
    modules = {
        name
        for path in (ROOT / "reconciler").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    owners = packages_distributions()
    # The folder `ruamel` belongs to every package of that family.
    tops = {name.split(".")[0] for name in modules if not name.startswith("ruamel.")}
    family = {"ruamel.yaml"} if any(name.startswith("ruamel.yaml") for name in modules) else set()
    return {canonicalize_name(owner) for top in tops for owner in owners.get(top, [])} | {
        *map(canonicalize_name, family)
    }


def test_every_direct_dependency_is_used_and_everything_used_is_a_direct_dependency() -> None:
    every = [*PROJECT["project"]["dependencies"], *EXTRAS]
    declared = {canonicalize_name(Requirement(text).name) for text in every}
    assert imported() - {"wa-reconciler"} == declared - BESIDE.keys()
    for name, user in BESIDE.items():
        assert any(name in path.read_text() for path in files_of(user))


def files_of(package: str) -> list[Path]:
    """Return a package's Python files."""
    return [Path(str(path.locate())) for path in files(package) or [] if path.suffix == ".py"]


# Licences that let a company install the program, change it and pass it on; what MPL asks for stays with its own files.
LICENCES = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense"}
)
# What older metadata say in words, for packages without an expression.
WORDS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
}


def licences(package: str) -> set[str]:
    """Return the licences that an installed package names; each of them may have to be kept."""
    told = metadata(package)
    for expression in told.get_all("License-Expression") or []:
        return set(re.split(r" (?:AND|OR|WITH) |[()]", expression)) - {""}
    found = [name for name in told.get_all("Classifier") or [] if name.startswith("License :: ")]
    return {WORDS.get(name, name) for name in found} or {*(told.get_all("License") or ["None"])}


def test_every_package_of_an_installation_has_a_licence_that_may_be_passed_on() -> None:
    """One without a licence says None, and fails as a wrong one does."""
    found = {pin.name: licences(pin.name) for pin in read_lock(MAIN) if pin.holds()}
    assert {name: each - LICENCES for name, each in found.items() if each - LICENCES} == {}


def test_an_extra_is_imported_as_it_comes_and_by_the_store_alone() -> None:
    """Psycopg is under the LGPL: a program may import it under any licence, and must not bring a copy of its own."""
    needed_by_extras = {canonicalize_name(Requirement(text).name) for text in EXTRAS}
    assert needed_by_extras == {"psycopg"}
    assert licences("psycopg") == {"LGPL-3.0-only"}
    assert needed_by_extras.isdisjoint(pin.name for pin in read_lock(MAIN))
    users = {path.name for path in (ROOT / "reconciler").rglob("*.py") if "from psycopg" in path.read_text()}
    assert users == {"postgres.py", "tables.py"}

"""Files of a checkout that programs take for configuration: none of them may act on a run.

Each way is planted with something that shows when it acts, and first shown to act where its program is asked directly.
Then every command runs once upon all of them. test_planted_repository.py beside this is about a whole repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.fleet import Fleet
from tests.support.repository import ENVIRONMENT, Git

# What the program imports, and what Python itself looks for without being asked.
MODULES = (
    "click",
    "httpx",
    "pydantic",
    "ruamel",
    "deepdiff",
    "sqlite3",
    "json",
    "asyncio",
    "ssl",
    "logging",
    "tomllib",
)
SITE = ("sitecustomize", "usercustomize")
PROGRAMS = ("git", "ssh", "sh", "vi", "less", "python3", "git-remote-ext", "git-credential-mark")
PROGRAM = str(Path(sys.executable).with_name("reconciler"))
COMMANDS = (
    (PROGRAM, "validate"),
    (PROGRAM, "plan", "--base", "HEAD^"),
    (PROGRAM, "apply", "-y", "--allow", "first-contact", "--require-tip", "origin/main"),
    (PROGRAM, "drift"),
    (sys.executable, "-m", "reconciler", "history"),
)
Environ = Mapping[str, str]


@dataclass(frozen=True)
class Checkout:
    """A clone with planted files, and the folder in which each leaves a file if it acts."""

    git: Git
    marks: Path
    results: list[subprocess.CompletedProcess[str]] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The top of the checkout."""
        return self.git.root

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a user who has editors, pagers and a PATH with the folder at hand in it."""
        told = {name: str(self.root / "vi") for name in ("EDITOR", "VISUAL", "GIT_EDITOR", "PAGER", "GIT_PAGER")}
        home = self.root.parent
        return {**told, "PATH": f":.:{os.environ['PATH']}", "HOME": str(home), "META_TOKEN": "t0ken"}

    def script(self, mark: str, rest: str = "") -> str:
        """Return a shell script that leaves a mark."""
        return f"#!/bin/sh\n/usr/bin/touch {self.marks}/{mark}\n{rest}"

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def act(self, *words: str, environ: Environ | None = None, cwd: Path | None = None) -> None:
        """Run a program in the checkout, however it ends."""
        around = {"PATH": os.environ["PATH"], **ENVIRONMENT, **(environ or {})}
        subprocess.run(words, cwd=cwd or self.root, env=around, capture_output=True, timeout=60, check=False)


def attributes(checkout: Checkout) -> None:
    drivers = "filter=mark diff=mark merge=mark"
    checkout.write(".gitattributes", f"*.yaml {drivers}\n")
    checkout.write("profiles/.gitattributes", f"*.yaml {drivers} export-subst\n")
    run = checkout.root / "attribute"
    checkout.write("attribute", checkout.script("gitattributes", "cat\n"), mode=0o755)
    lines = ['[filter "mark"]', f"clean = {run}", f"smudge = {run}", '[diff "mark"]', f"textconv = {run}"]
    for name in (".gitconfig", "gitconfig", "config", ".lfsconfig"):
        checkout.write(name, "\n".join([*lines, "[core]", f"fsmonitor = {run}", f"pager = {run}", ""]))


def submodules(checkout: Checkout) -> None:
    url = f"ext::{checkout.root / 'module'}"
    checkout.write("module", checkout.script("gitmodules"), mode=0o755)
    lines = ['[submodule "inner"]', "path = profiles/inner", f"url = {url}", "update = checkout", "ignore = all"]
    checkout.write(".gitmodules", "\n".join([*lines, "fetchRecurseSubmodules = true", ""]))
    # The folder of a submodule that was not fetched is empty, and stays one.
    (checkout.root / "profiles" / "inner").mkdir()
    checkout.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},profiles/inner")


def modules(checkout: Checkout) -> None:
    for name in MODULES:
        checkout.write(f"{name}.py", f"open({str(checkout.marks / 'modules')!r}, 'a').write({name!r})\n")


def site(checkout: Checkout) -> None:
    text = f"open({str(checkout.marks / 'site')!r}, 'a').write('x')\n"
    for name in SITE:
        checkout.write(f"{name}.py", text)
    checkout.write("evil.pth", f"import sys; {text}")
    checkout.write("pyvenv.cfg", "home = /nowhere\ninclude-system-site-packages = false\n")
    checkout.write("conftest.py", text)


def programs(checkout: Checkout) -> None:
    for name in PROGRAMS:
        checkout.write(name, checkout.script("programs"), mode=0o755)


def shells(checkout: Checkout) -> None:
    for name in (".bashrc", ".bash_profile", ".profile", ".envrc", ".zshenv", ".shrc", ".vimrc", ".exrc", ".nanorc"):
        checkout.write(name, checkout.script("shells"))
    for name in (".env", ".netrc", ".editorconfig", "reconciler.toml", "setup.cfg", "pip.conf", "tox.ini"):
        checkout.write(name, "[reconciler]\nRECONCILER_LEDGER=git\nRECONCILER_ALLOW=clear\nMETA_TOKEN=theirs\n")


def editors(checkout: Checkout) -> None:
    checkout.write(".vscode/settings.json", '{"yaml.schemas": {"http://127.0.0.1:9/a.json": "*.yaml"}}')
    path = checkout.root / "profiles" / "berlin.yaml"
    path.write_text(
        f"# yaml-language-server: $schema=http://127.0.0.1:9/schema.json\n{path.read_text()}# vim: set ex:\n"
    )


WAYS: dict[str, Callable[[Checkout], None]] = {
    "gitattributes": attributes,
    "gitmodules": submodules,
    "modules": modules,
    "site": site,
    "programs": programs,
    "shells": shells,
    "editors": editors,
}

# How each acts upon a program that goes by it: else no test here could fail. An editor's acts on editors alone.
ACTS: dict[str, Callable[[Checkout], None]] = {
    "gitattributes": lambda c: c.act("git", "-c", f"include.path={c.root}/.gitconfig", "add", "--renormalize", "."),
    "gitmodules": lambda c: c.act(
        *("git", "-c", "protocol.ext.allow=always", "submodule", "update", "--init"),
        environ={"GIT_ALLOW_PROTOCOL": "ext"},
    ),
    "modules": lambda c: c.act(sys.executable, "-c", "import click"),
    "site": lambda c: c.act(sys.executable, "-c", "", environ={"PYTHONPATH": "."}),
    "programs": lambda c: c.act("sh", "-c", "git status", environ={"PATH": f".:{os.environ['PATH']}"}),
    "shells": lambda c: c.act("bash", "-c", ":", environ={"BASH_ENV": ".bashrc"}),
}


def begun(folder: Path) -> Checkout:
    """Return a clone with one profile, and nothing planted yet."""
    Git(folder)("init", "-q", "--bare", "-b", "main", "remote.git")
    found = Checkout(Git(folder / "clone"), folder / "marks")
    found.marks.mkdir()
    Fleet(found.root).profile(about="Fresh bread")
    found.git.commit()
    found.git("remote", "add", "origin", "../remote.git")
    return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone on which every way was planted, committed and pushed, and on which every command ran once."""
    planted = begun(tmp_path_factory.mktemp("configured"))
    for plant in WAYS.values():
        plant(planted)
    planted.git.commit()
    planted.git("push", "-q", "origin", "main")
    for words in COMMANDS:
        ran = subprocess.run(
            words, cwd=planted.root, env=planted.environ, capture_output=True, text=True, timeout=120, check=False
        )
        planted.results.append(ran)
    return planted


def test_every_command_did_its_work(checkout: Checkout) -> None:
    said = [(ran.returncode, ran.stderr) for ran in checkout.results]
    assert [code for code, _ in said] == [0] * len(COMMANDS), said


@pytest.mark.parametrize("way", WAYS)
def test_no_file_of_the_checkout_acted(checkout: Checkout, way: str) -> None:
    assert not (checkout.marks / way).exists()


@pytest.mark.parametrize("way", ACTS)
def test_each_of_them_acts_where_a_program_goes_by_it(way: str, tmp_path: Path) -> None:
    alone = begun(tmp_path)
    WAYS[way](alone)
    alone.git.commit()
    ACTS[way](alone)
    assert (alone.marks / way).exists()


def test_nothing_was_asked_of_a_place_that_a_file_names(checkout: Checkout) -> None:
    """A schema in an editor's line is no address of ours: with no network at all, validate says the same."""
    assert "127.0.0.1:9" not in "".join(ran.stdout + ran.stderr for ran in checkout.results)

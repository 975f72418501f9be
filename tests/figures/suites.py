"""The suites whose figures `docs/testing.md` quotes: what each tries, its command, and how its output is counted.

A suite joins by a row of SUITES. One that pytest runs needs no more than its files: a test says how much it tried by
`record_property("tried", N)`, and counts as one otherwise.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.figures.matrix import MOST_MEGABYTES
from tests.laws.sequences import LONG as LONG_SEQUENCES
from tests.laws.sinks import LONG as LONG_VALUES

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Counts:
    """How much was tried, how much of it failed, and what else was measured, in words."""

    tried: int
    failures: int
    more: str = ""


@dataclass(frozen=True)
class Suite:
    """One row: its name, what it tries, what is typed for its short and its long form, and how that is run."""

    name: str
    what: str
    short: tuple[str, ...]
    long: tuple[str, ...]
    run: Callable[[Sequence[str]], Counts]

    def command(self, *, long: bool) -> str:
        """Return what a person types."""
        return " ".join(("python", "-m", *(self.long if long else self.short)))

    def counts(self, *, long: bool) -> Counts:
        """Run it."""
        return self.run(self.long if long else self.short)


def _output(words: Sequence[str]) -> str:
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def matrix_counts(reports: Sequence[dict[str, Any]]) -> Counts:
    """Count the cells. One that was not reached has failed, and so has a provider that took too much memory."""
    peak = max(one["megabytes"] for one in reports)
    failures = sum(len(one["failures"]) + len(one["unreached"]) + one["foreign"] for one in reports)
    failures += sum(one["megabytes"] > MOST_MEGABYTES for one in reports)
    return Counts(sum(one["tried"] for one in reports), failures, f"peak {peak} MB")


def fuzz_counts(report: dict[str, Any]) -> Counts:
    """Count the texts of all readers."""
    found = report["readers"].values()
    taken = sum(one["taken"] for one in found)
    return Counts(sum(one["tried"] for one in found), sum(one["failed"] for one in found), f"{taken:,} of them sound")


def campaign_counts(report: dict[str, Any]) -> Counts:
    """Count the applies that died."""
    return Counts(report["trials"], len(report["failures"]), f"{report['killed']} killed")


def law_counts(report: dict[str, Any]) -> Counts:
    """Count the sequences."""
    return Counts(report["sequences"], report["failed"], f"{report['steps']:,} steps and writes")


def sink_counts(report: dict[str, Any]) -> Counts:
    """Count the values, each as often as it went through a sink."""
    found = report["sinks"]
    return Counts(sum(one["tried"] for one in found), sum(one["failed"] for one in found), f"{len(found)} sinks")


def _matrix(words: Sequence[str]) -> Counts:
    return matrix_counts(json.loads(_output(words)))


def _fuzz(words: Sequence[str]) -> Counts:
    return fuzz_counts(json.loads(_output(words)))


def _campaign(words: Sequence[str]) -> Counts:
    return campaign_counts(json.loads(_output(words)))


def _laws(words: Sequence[str]) -> Counts:
    return law_counts(json.loads(_output(words)))


def _sinks(words: Sequence[str]) -> Counts:
    return sink_counts(json.loads(_output(words)))


def _pytest(words: Sequence[str]) -> Counts:
    """Run tests, and count what they say that they tried."""
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", *words, f"--junitxml={report}", "-o", "junit_family=xunit1"]
        subprocess.run(command, cwd=ROOT, check=False, stdout=sys.stderr)
        return pytest_counts(report.read_text(encoding="utf-8"))


def pytest_counts(report: str) -> Counts:
    """Count the tests of a report of pytest's, each as many times as it says that it tried something."""
    cases = list(ET.fromstring(report).iter("testcase"))
    said = [
        [int(one.attrib["value"]) for one in case.iter("property") if one.attrib["name"] == "tried"] for case in cases
    ]
    failed = sum(any(case.find(kind) is not None for kind in ("failure", "error")) for case in cases)
    return Counts(sum(sum(some) if some else 1 for some in said), failed)


def by_pytest(name: str, what: str, *files: str, more: tuple[str, ...] = ()) -> Suite:
    """Return the row of a suite that pytest runs; `more` are words of its long form."""
    words = ("pytest", "-q", *files)
    return Suite(name, what, words, (*words, "--long", *more), _pytest)


def _own(name: str, what: str, words: str, long: str, run: Callable[[Sequence[str]], Counts]) -> Suite:
    return Suite(name, what, tuple(words.split()), tuple(long.split()), run)


_KILLS = "tests.crash.campaign --store local"
_KILLS_GIT = "tests.crash.campaign --store git"
SUITES: tuple[Suite, ...] = (
    _own(
        "faults on a socket",
        "one spoilt reply at one step of one profile; a second apply must bring everything",
        "tests.figures.matrix",
        "tests.figures.matrix --long",
        _matrix,
    ),
    _own(
        "fuzz",
        "files, replies and documents that are nearly right; each rejection has its place",
        "tests.figures.fuzz",
        "tests.figures.fuzz --long",
        _fuzz,
    ),
    by_pytest(
        "every key",
        "each key of each file with each type of value, through every command",
        "tests/cli/test_every_key.py",
    ),
    by_pytest(
        "crafted files",
        "files made to take long: at most 20 times a plain one of their size",
        "tests/cli/test_crafted.py",
    ),
    by_pytest("canaries", "each credential in each spelling through every output", "tests/pipeline/test_canaries.py"),
    by_pytest(
        "dubious and lawful texts",
        "texts, links, hosts and addresses that must be noticed, and that must not",
        "tests/core/reading/test_dubious_and_lawful.py",
    ),
    _own(
        "kills, ledger on this machine",
        "an apply dies by SIGKILL at a line or a moment; the next one finishes it",
        f"{_KILLS} --random 4 --lines none",
        f"{_KILLS} --random 100 --lines each",
        _campaign,
    ),
    _own(
        "kills, ledger in git",
        "the same where the ledger is a branch",
        f"{_KILLS_GIT} --random 4 --lines none",
        f"{_KILLS_GIT} --random 100 --lines kinds",
        _campaign,
    ),
    _own(
        "kills, files and memory",
        "import, adopt, accept, rollback, recover or repair dies by SIGKILL, and is typed once more",
        "tests.crash.rewriting --random 1 --lines few",
        "tests.crash.rewriting --random 100 --lines each",
        _campaign,
    ),
    _own(
        "sequences",
        "edits, applies, crashes, refusals and losses in any order; the promises are judged after each",
        "tests.laws.sequences",
        f"tests.laws.sequences --count {LONG_SEQUENCES}",
        _laws,
    ),
    _own(
        "hostile values",
        "values that may act somewhere, through every sink; its own judge reads each",
        "tests.laws.sinks",
        f"tests.laws.sinks --count {LONG_VALUES}",
        _sinks,
    ),
)

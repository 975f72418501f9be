"""The command that prints the figures: its suites, how each is counted, and the page that quotes them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.figures import __main__ as figures
from tests.figures.suites import (
    ROOT,
    SUITES,
    Counts,
    campaign_counts,
    fuzz_counts,
    law_counts,
    matrix_counts,
    pytest_counts,
    sink_counts,
)

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
REPORT = """<testsuites><testsuite>
<testcase name="a"><properties><property name="tried" value="40"/><property name="x" value="9"/></properties></testcase>
<testcase name="b"/>
<testcase name="c"><failure message="no"/></testcase>
<testcase name="d"><error message="no"/></testcase>
</testsuite></testsuites>"""


def test_the_page_has_a_row_for_each_suite_with_the_command_that_it_measured() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [0-9,]+[^|]* \| 0 \| `([^`]+)` \|$", PAGE, re.MULTILINE)
    assert [row[:2] for row in rows] == [(suite.name, suite.what) for suite in SUITES]
    for suite, (_, _, command) in zip(SUITES, rows, strict=True):
        assert command in (suite.command(long=False), suite.command(long=True))


def test_each_file_that_a_suite_names_is_there() -> None:
    for suite in SUITES:
        files = [word for word in suite.short if word.endswith(".py")]
        modules = [word.replace(".", "/") + ".py" for word in suite.short if word.startswith("tests.")]
        assert files or modules
        assert all((ROOT / name).is_file() for name in (*files, *modules)), suite.name


def test_a_test_counts_as_often_as_it_says_and_a_failed_one_once() -> None:
    assert pytest_counts(REPORT) == Counts(43, 2)


@pytest.mark.parametrize(
    ("wrong", "failures"),
    [
        ({}, 0),
        ({"failures": [1, 2]}, 2),
        ({"unreached": ["a cell"]}, 1),
        ({"foreign": 1}, 1),
        ({"megabytes": 151}, 1),
    ],
)
def test_a_matrix_fails_by_its_cells_its_memory_and_a_call_to_a_foreign_host(
    wrong: dict[str, object], failures: int
) -> None:
    sound = {"tried": 50, "failures": [], "unreached": [], "foreign": 0, "megabytes": 80}
    found = matrix_counts([sound, {**sound, **wrong}])
    assert (found.tried, found.failures) == (100, failures)


def test_fuzz_and_kills_are_counted_over_all_their_parts() -> None:
    reader = {"tried": 10, "taken": 3, "failed": 1}
    assert fuzz_counts({"readers": {"a": reader, "b": reader}}) == Counts(20, 2, "6 of them sound")
    sink = {"tried": 10, "failed": 1}
    assert sink_counts({"sinks": [sink, sink]}) == Counts(20, 2, "2 sinks")
    assert law_counts({"sequences": 9, "steps": 1000, "failed": 1}) == Counts(9, 1, "1,000 steps and writes")
    assert campaign_counts({"trials": 9, "killed": 7, "failures": [1]}) == Counts(9, 1, "7 killed")


@pytest.mark.parametrize(("failures", "code"), [(0, 0), (3, 1)])
def test_the_command_prints_the_table_and_ends_by_what_failed(
    failures: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = replace(SUITES[0], run=lambda words: Counts(len(words) * 1000, failures, "peak 1 MB"))
    monkeypatch.setattr(figures, "SUITES", (suite,))
    assert figures.main(["--long"]) == code
    *_, row = capsys.readouterr().out.splitlines()
    assert row == (
        f"| {suite.name} | {suite.what} | 2,000 (peak 1 MB) | {failures} | `python -m tests.figures.matrix --long` |"
    )

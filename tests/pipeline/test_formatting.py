"""`fmt`: the keys of files in order, a broken file untouched, and nothing written where it is only checked."""

from __future__ import annotations

import json
import os

import pytest

from reconciler.core.authoring.canonical_order import FormatReport, FormatState
from reconciler.core.basics import InvalidInput
from reconciler.pipeline import formatting
from reconciler.pipeline.formatting import format_run
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet

MIXED = b'# The shop.\nnumber: "+493012345000"\n# Who pays.\naccount: bakery\nprofile: {}\n'
SORTED = b'# The shop.\n# Who pays.\naccount: bakery\nnumber: "+493012345000"\nprofile: {}\n'
BROKEN = b"number: [\naccount: bakery\n"


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    """What runs the command line."""
    return command_line(fleet.root, capsys)


def put(fleet: Fleet, name: str, content: bytes) -> None:
    path = fleet.root / "profiles" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def there(fleet: Fleet, name: str) -> bytes:
    return (fleet.root / "profiles" / name).read_bytes()


def states(report: FormatReport) -> dict[str, FormatState]:
    return {one.file: one.state for one in report.files}


def test_profiles_and_templates_are_formatted_and_twice_is_once(fleet: Fleet) -> None:
    put(fleet, "berlin.yaml", MIXED)
    put(fleet, "templates/bakery.yaml", b"profile: {about: Hi}\nvars: {}\n")
    before = there(fleet, "reconciler.yaml")
    files = ("profiles/berlin.yaml", "profiles/templates/bakery.yaml")
    assert states(format_run(fleet.context, (), check=False)) == dict.fromkeys(files, FormatState.FORMATTED)
    assert there(fleet, "berlin.yaml") == SORTED
    assert there(fleet, "templates/bakery.yaml") == b"vars: {}\nprofile: {about: Hi}\n"
    assert states(format_run(fleet.context, (), check=True)) == dict.fromkeys(files, FormatState.IN_ORDER)
    assert there(fleet, "reconciler.yaml") == before


def test_only_what_is_named_is_formatted(fleet: Fleet) -> None:
    put(fleet, "berlin.yaml", MIXED)
    put(fleet, "munich.yaml", MIXED)
    assert [*states(format_run(fleet.context, ("profiles/munich.yaml",), check=False))] == ["profiles/munich.yaml"]
    assert there(fleet, "berlin.yaml") == MIXED
    with pytest.raises(InvalidInput) as wrong:
        format_run(fleet.context, ("vienna",), check=False)
    assert [problem.code for problem in wrong.value.diagnostics] == ["unknown-path"]


def test_a_check_writes_nothing(fleet: Fleet) -> None:
    put(fleet, "berlin.yaml", MIXED)
    report = format_run(fleet.context, (), check=True)
    assert (report.exit_code, there(fleet, "berlin.yaml")) == (1, MIXED)


@pytest.mark.parametrize("name", ["berlin.yaml", "templates/bakery.yaml"])
def test_a_broken_file_is_untouched_and_the_others_are_formatted(fleet: Fleet, name: str) -> None:
    put(fleet, name, BROKEN)
    put(fleet, "munich.yaml", MIXED)
    report = format_run(fleet.context, (), check=False)
    assert report.of(FormatState.BROKEN) == (f"profiles/{name}",)
    assert (report.exit_code, there(fleet, name), there(fleet, "munich.yaml")) == (1, BROKEN, SORTED)
    assert report.problems[0].location.line


def test_a_file_that_cannot_be_read_is_named(fleet: Fleet) -> None:
    os.mkfifo(fleet.root / "profiles" / "berlin.yaml")
    put(fleet, "munich.yaml", MIXED)
    report = format_run(fleet.context, (), check=False)
    assert states(report) == {
        "profiles/berlin.yaml": FormatState.BROKEN,
        "profiles/munich.yaml": FormatState.FORMATTED,
    }
    assert [problem.code for problem in report.problems] == ["unreadable-file"]


def test_a_byte_order_mark_and_the_line_breaks_stay(fleet: Fleet) -> None:
    mark = b"\xef\xbb\xbf"
    put(fleet, "berlin.yaml", mark + MIXED.replace(b"\n", b"\r\n"))
    format_run(fleet.context, (), check=False)
    assert there(fleet, "berlin.yaml") == mark + SORTED.replace(b"\n", b"\r\n")


def test_a_text_that_would_say_something_else_is_not_written(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fleet, "berlin.yaml", MIXED)
    monkeypatch.setattr(formatting, "in_canonical_order", lambda text, _: text.replace("bakery", "cafe"))
    report = format_run(fleet.context, (), check=False)
    assert [problem.code for problem in report.problems] == ["not-edited"]
    assert there(fleet, "berlin.yaml") == MIXED


def test_the_command_names_what_it_wrote_and_what_it_left_alone(
    fleet: Fleet, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    put(fleet, "berlin.yaml", MIXED)
    assert run("fmt", "--check") == (1, "not in order: profiles/berlin.yaml\n1 file, 1 not in order\n")
    assert run("fmt") == (0, "formatted: profiles/berlin.yaml\n1 file, 1 formatted\n")
    assert run("fmt") == (0, "1 file, 0 formatted\n")
    put(fleet, "munich.yaml", BROKEN)
    assert run("fmt") == (1, "2 files, 0 formatted, 1 file left alone\n")
    code, out = run("fmt", "--json")
    found = json.loads(out)
    assert (code, found["broken"], found["formatted"]) == (1, ["profiles/munich.yaml"], [])
    assert found["diagnostics"][0]["location"]["file"] == "profiles/munich.yaml"


def test_a_table_is_left_as_it_is_and_told_of_where_it_is_named(fleet: Fleet, run: Run) -> None:
    put(fleet, "shops.csv", b"number,name,account\n+493012345000,a,bakery\n")
    put(fleet, "berlin.yaml", SORTED)
    assert states(format_run(fleet.context, (), check=True)) == {"profiles/berlin.yaml": FormatState.IN_ORDER}
    report = format_run(fleet.context, ("shops.csv", "berlin"), check=True)
    assert states(report) == {
        "profiles/berlin.yaml": FormatState.IN_ORDER,
        "profiles/shops.csv": FormatState.TABLE,
    }
    assert report.exit_code == 0
    code, out = run("fmt", "profiles/shops.csv")
    assert (code, out.split("\n")[0]) == (
        0,
        "left as it is: profiles/shops.csv is a table, whose columns may stand in any order",
    )

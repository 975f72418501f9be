"""Golden cases: every folder below tests/cases/ holds a `case.yaml` and the whole output expected of it.

Texts and pages stand there byte for byte. Of a JSON document the file holds what differs from the defaults that
tests/support/golden.py declares, and the whole document is compared.

After a wanted change of the output, write the expected files anew and review their difference:

    REWRITE_CASES=1 pytest tests/render/test_cases.py
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.core.planning.document import plan_schema
from reconciler.render.json import apply_json, drift_json, dumps, plan_json
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links, Sheet, fitted
from reconciler.render.terminal import columns, uncoloured, wrapped
from reconciler.render.text.apply import apply_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text
from reconciler.render.text.show import show_json, show_text
from tests.support.cases import CASES, Case, cases
from tests.support.golden import differing, whole
from tests.support.markdown import Shown

DOCUMENT = "expected.json"
COMMANDS = ("plan", "apply", "drift", "show")
# What stands before a word on its line: a sign, a label, a quote.
LABEL = re.compile(r"\A *(?:[-+] |(?:live|file|sent|was|desired|memory): *)*")
# Links are as long as they are dull; tests/render/test_pages.py has them.
LINKS = Links()
# What terminals of these widths show of the cases that have the most kinds of lines, and of one that is easily broken.
WIDTHS = (20, 80)
NARROW = frozenset(
    (
        "apply/left-alone",
        "apply/partly-failed",
        "drift/everything-at-once",
        "plan/long-description",
        "plan/other-scripts",
        "plan/pull-request",
        "plan/with-warnings",
        "show/berlin",
    )
)
SCHEMA = Draft202012Validator(plan_schema())
ALL = [pytest.param(folder, id=f"{command}/{folder.name}") for command in COMMANDS for folder in cases(command)]


def page(sheet: Sheet) -> str:
    """Return the whole of a page; its last line break is written with the file."""
    return fitted(sheet).removesuffix("\n")


def rendered(folder: Path) -> dict[str, str]:
    """Return the whole output of a case, by file name."""
    found = _rendered(folder)
    if f"{folder.parent.name}/{folder.name}" not in NARROW or "expected.txt" not in found:
        return found
    return found | {f"expected-{width}.txt": wrapped(uncoloured(found["expected.txt"]), width) for width in WIDTHS}


def _rendered(folder: Path) -> dict[str, str]:
    case = Case(folder)
    match folder.parent.name:
        case "plan":
            plan = case.plan_report()
            return {
                "expected.txt": plan_text(plan),
                DOCUMENT: dumps(plan_json(plan)),
                "expected.md": page(plan_sheet(plan, LINKS)),
            }
        case "apply":
            applied = case.apply_report()
            return {
                "expected.txt": apply_text(applied),
                DOCUMENT: dumps(apply_json(applied)),
                "expected.md": page(apply_sheet(applied, LINKS)),
            }
        case "drift":
            drift = case.drift_report()
            return {
                "expected.txt": drift_text(drift),
                DOCUMENT: dumps(drift_json(drift)),
                "expected.md": page(drift_sheet(drift, LINKS)),
            }
        case _:
            shown = case.show_report()
            widths = (*WIDTHS, 140) if f"{folder.parent.name}/{folder.name}" in NARROW else (80, 140)
            tables = {f"expected-{width}.txt": show_text(shown, width=width) for width in widths}
            return {**tables, DOCUMENT: dumps(show_json(shown))}


def test_every_folder_is_run() -> None:
    assert {param.values[0] for param in ALL} == {path for path in CASES.glob("*/*") if path.is_dir()}


@pytest.mark.parametrize("folder", ALL)
def test_the_output_of_a_case_is_what_was_reviewed(folder: Path) -> None:
    texts = {name: uncoloured(text) + "\n" for name, text in rendered(folder).items()}
    if os.environ.get("REWRITE_CASES"):
        golden = differing(texts[DOCUMENT], folder.parent.name) + "\n"
        for name, text in {**texts, DOCUMENT: golden}.items():
            (folder / name).write_text(text, encoding="utf-8")
    expected = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("expected*")}
    expected[DOCUMENT] = whole(expected[DOCUMENT], folder.parent.name) + "\n"
    assert texts == expected


@pytest.mark.parametrize(
    "text", sorted(CASES.glob("*/*/expected-*.txt")), ids=lambda text: f"{text.parent.name}/{text.stem}"
)
def test_only_a_command_or_a_word_that_fits_nowhere_is_wider_than_its_terminal(text: Path) -> None:
    width = int(text.stem.rpartition("-")[2])
    wide = [line for line in text.read_text(encoding="utf-8").splitlines() if columns(line) > width]
    assert [line for line in wide if "reconciler " not in line and " " in LABEL.sub("", line)] == []


@pytest.mark.parametrize("folder", ALL)
def test_a_golden_document_states_no_default(folder: Path) -> None:
    golden = (folder / DOCUMENT).read_text(encoding="ascii")
    assert differing(whole(golden, folder.parent.name), folder.parent.name) + "\n" == golden


@pytest.mark.parametrize("text", sorted(CASES.glob("*/*/expected.txt")), ids=lambda text: text.parent.name)
def test_no_line_of_a_case_ends_in_space_or_is_doubly_spaced(text: Path) -> None:
    """Beyond the indent, the column of the fields and the lines of one value, one space is enough."""
    columns = re.compile(r"^ +(?:[-+~≠✓✗?·] \w+ +|(?:[-+]|live:|file:)  )?")
    lines = text.read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line != line.rstrip() or "  " in columns.sub("", line)] == []


@pytest.mark.parametrize("text", sorted(CASES.glob("*/*/expected.md")), ids=lambda text: text.parent.name)
def test_the_page_of_a_case_is_made_of_what_is_ours(text: Path) -> None:
    shown = Shown(text.read_text(encoding="utf-8"))
    assert (shown.foreign, shown.links, shown.referring, shown.open) == ([], [], [], [])


@pytest.mark.parametrize("folder", cases("plan"), ids=lambda folder: folder.name)
def test_a_plan_document_is_as_its_schema_says(folder: Path) -> None:
    SCHEMA.validate(json.loads(dumps(plan_json(Case(folder).plan_report()))))

"""Every word of a message has an explanation, and every example in an explanation is true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.basics import Diagnostic
from reconciler.core.explaining import Explanation
from reconciler.core.explaining.dictionary import CHAPTERS, DICTIONARY, explained
from reconciler.core.safety.gates import GATES
from reconciler.core.target import Origin
from reconciler.effects.world import Context
from reconciler.pipeline.validating import validate_run
from tests.support.readme import ROOT, messages_markdown, page

PACKAGE = ROOT / "reconciler"
# What makes a diagnostic: the code is its first literal argument, or the second behind the field that it is about.
MAKERS = {"error", "warning", "notice", "warn", "report", "_report", "_say", "_Finding"}
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*\Z")
# These name a stop of the run itself, and are made from an exception.
NAMED = {"UNMOVED", "_CODE", "code"}
HEAD = {"account": "shops", "number": '"+493012345678"', "phone_number_id": '"106540352242922"'}
SETTINGS = "accounts:\n  shops: {provider: meta, endpoint: sandbox}"
EXAMPLES = [one for one in DICTIONARY.values() if one.wrong]


def codes() -> Iterator[str]:
    """Yield the code of every diagnostic that the program can make, as its source says."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                literals = [one for one in node.args[:2] if isinstance(one, ast.Constant)]
                yield from (str(one.value) for one in literals[:1] if name in MAKERS and CODE.match(str(one.value)))
            elif isinstance(node, ast.Assign):
                named = any(isinstance(target, ast.Name) and target.id in NAMED for target in node.targets)
                if named and isinstance(node.value, ast.Constant) and CODE.match(str(node.value.value)):
                    yield str(node.value.value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and path.parent.name == "yaml":
                yield from [node.value] if re.match(r"yaml-[a-z-]+\Z", node.value) else []


def test_every_code_of_the_program_is_explained_and_no_other() -> None:
    rules = {*GATES, *(origin.value for origin in Origin)}
    assert {*DICTIONARY} - rules == {*codes()}
    assert rules <= {*DICTIONARY}


def test_no_word_is_explained_twice() -> None:
    words = [one.word for chapter in CHAPTERS.values() for one in chapter]
    assert sorted(words) == sorted(DICTIONARY)


@pytest.mark.parametrize("word", ["[too-long]", "TOO-LONG", "too-long"])
def test_a_word_may_be_copied_as_it_stands(word: str) -> None:
    found = explained(word)
    assert found is not None
    assert found.word == "too-long"


def test_a_label_is_explained_as_its_gate() -> None:
    assert explained("allow-clear") == explained("clear")
    assert explained("allow-nothing") is None


def checked(folder: Path, file: str, text: str) -> list[Diagnostic]:
    """Return what `validate` says of a repository in which `file` holds the lines of an example."""
    files = {"profiles/reconciler.yaml": f"version: 1\n{SETTINGS}\n", "profiles/berlin.yaml": "profile: {}\n"}
    settings, table = file == "profiles/reconciler.yaml", file.endswith(".csv")
    missing = {} if settings or table else {key: value for key, value in HEAD.items() if f"{key}:" not in text}
    head = "version: 1\n" if settings else "".join(f"{key}: {value}\n" for key, value in missing.items())
    # A line that speaks to YAML itself stands above everything.
    above, below = text.split("---\n", 1) if text.startswith("%") else ("", text)
    files[file] = f"{above}{'---' + chr(10) if above else ''}{head}{below}\n"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    report = validate_run(Context(root=folder), ())
    return [one for one in report.diagnostics if one.location.file == file]


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.word)
def test_an_example_is_wrong_as_it_says_and_right_after_the_cure(one: Explanation, tmp_path: Path) -> None:
    assert one.word in {found.code for found in checked(tmp_path, one.file, one.wrong)}
    assert [f"{found.code}: {found.summary}" for found in checked(tmp_path, one.file, one.right)] == []


def test_every_explanation_shows_an_example() -> None:
    assert [one.word for one in DICTIONARY.values() if not (one.says or (one.wrong and one.right))] == []


def test_the_page_is_what_the_program_says() -> None:
    """Where it is not: `python -m tests.support.readme`."""
    assert page("messages").endswith(messages_markdown())

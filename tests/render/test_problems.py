"""Problems for other programs: SARIF for code scanning, JUnit for CI systems that show tests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from reconciler.core.basics import Diagnostic, Location, error, notice, warning
from reconciler.core.explaining.dictionary import DICTIONARY
from reconciler.render.problems import SARIF_SCHEMA, junit_text, sarif_text
from tests.support.documents import forged
from tests.support.junit_schema import junit_faults

HERE = Location("profiles/berlin.yaml", 5, 10)
CUT = error("hash-in-text", "about is cut at the hash", hint="with the hash: x\nas a comment: y", location=HERE)
LOOSE = warning("unknown-variable", "no value", location=Location("profiles/a b/ü#.yaml", 2))
WHOLE = notice("only-fields", "only about")


# The schema of the standard, which is of draft 4. Its formats are checked too, as far as Python knows them.
SCHEMA = Path(__file__).parent.parent / "data" / "sarif_schema.json"
SARIF = Draft4Validator(json.loads(SCHEMA.read_text("utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER)
# Spaces and letters beyond ASCII are no part of a URI. jsonschema needs another package to look for them.
URI = re.compile(r"[A-Za-z0-9_.~%/-]+")


def sarif(*found: Diagnostic, folder: str = "") -> dict[str, Any]:
    """Return the only run of a document that is as the standard has it. Code scanning wants a place for each result."""
    document = json.loads(sarif_text(found, folder=folder))
    assert [f"{one.json_path}: {one.message}" for one in SARIF.iter_errors(document)] == []
    assert (document["$schema"], document["version"]) == (SARIF_SCHEMA, "2.1.0")
    (run,) = document["runs"]
    places = [place["physicalLocation"] for one in run["results"] for place in one["locations"]]
    assert len(places) == len(run["results"]) == len(found)
    assert all(URI.fullmatch(place["artifactLocation"]["uri"]) for place in places)
    return dict(run)


def test_a_problem_stands_at_its_place_with_its_code_as_the_rule() -> None:
    run = sarif(CUT, LOOSE, CUT, folder="shops/")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["hash-in-text", "unknown-variable"]
    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in run["results"]] == [
        ("hash-in-text", 0, "error"),
        ("unknown-variable", 1, "warning"),
        ("hash-in-text", 0, "error"),
    ]
    first, second = (one["locations"][0]["physicalLocation"] for one in run["results"][:2])
    assert first == {
        "artifactLocation": {"uri": "shops/profiles/berlin.yaml"},
        "region": {"startLine": 5, "startColumn": 10},
    }
    assert second == {
        "artifactLocation": {"uri": "shops/profiles/a%20b/%C3%BC%23.yaml"},
        "region": {"startLine": 2},
    }
    said = "about is cut at the hash. With the hash: x; as a comment: y"
    assert run["results"][0]["message"] == {"text": said}


def test_what_no_file_causes_stands_at_the_settings() -> None:
    (one,) = sarif(WHOLE)["results"]
    assert one["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "profiles/reconciler.yaml"}}}]
    assert one["level"] == "note"


def test_without_a_problem_the_document_has_a_run_without_results() -> None:
    assert (sarif()["results"], sarif()["tool"]["driver"]["rules"]) == ([], [])


def test_every_code_is_a_rule_with_the_text_of_explain() -> None:
    rules = sarif(*(error(word, "x") for word in DICTIONARY))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(DICTIONARY)
    by_id = {rule["id"]: rule for rule in rules}
    assert "What to do: " in by_id["hash-in-text"]["help"]["text"]
    assert "**What to do:** " in by_id["hash-in-text"]["help"]["markdown"]
    assert sarif(error("a-code-of-tomorrow", "x"))["tool"]["driver"]["rules"] == [{"id": "a-code-of-tomorrow"}]


def test_brackets_make_no_link() -> None:
    (one,) = sarif(error("x", r"see [here](https://hostile.example) \ ]"))["results"]
    assert one["message"]["text"] == r"see \[here\](https://hostile.example) \\ \]"


def junit(found: tuple[Diagnostic, ...], *files: str, folder: str = "") -> ET.Element:
    """Return the only suite of a report whose numbers are those of its cases."""
    whole = ET.fromstring(junit_text(found, files, folder=folder))
    (suite,) = whole
    failed = suite.findall("testcase/failure")
    assert suite.get("tests") == whole.get("tests") == str(len(suite))
    assert suite.get("failures") == whole.get("failures") == str(len(failed))
    # GitLab makes a link of a case's file, and the schema does not know it.
    assert {*junit_faults(whole)} <= {"testcase.file: no such attribute"}
    assert len({case.get("name") for case in suite}) == len(suite)
    return suite


def test_each_file_is_a_case_and_an_error_fails_it() -> None:
    worse = error("number", "number 'x' is none", location=Location("profiles/berlin.yaml", 2))
    suite = junit((worse, CUT, LOOSE), "profiles/munich.yaml", folder="shops/")
    names = [f"shops/profiles/{name}.yaml" for name in ("a b/ü#", "berlin", "munich")]
    assert [(case.get("name"), case.get("file")) for case in suite] == [(name, name) for name in names]
    loose, berlin, munich = suite
    assert loose.findtext("system-out") == "profiles/a b/ü#.yaml:2: warning [unknown-variable]: no value"
    (failure,) = berlin
    assert (failure.get("type"), failure.get("message")) == ("number", "number 'x' is none")
    assert (failure.text or "").split("\n") == [
        "profiles/berlin.yaml:2: error [number]: number 'x' is none",
        "profiles/berlin.yaml:5:10: error [hash-in-text]: about is cut at the hash. With the hash: x; as a comment: y",
    ]
    assert list(munich) == []


def test_where_nothing_was_checked_one_case_fails() -> None:
    (case,) = junit(())
    assert (case.get("name"), case.get("file"), case[0].get("message")) == (
        "the selection",
        None,
        "no profile was checked",
    )
    suite = junit((LOOSE, WHOLE))
    assert [case.find("failure") is not None for case in suite] == [True, False]
    assert suite[0].findtext("system-out") == "notice [only-fields]: only about"


def test_an_error_of_no_file_fails_a_case_of_its_own() -> None:
    suite = junit((error("empty-selection", "'x' means no profile"),), "profiles/berlin.yaml")
    assert [(case.get("name"), len(case)) for case in suite] == [("the selection", 1), ("profiles/berlin.yaml", 0)]


@pytest.mark.parametrize(
    ("place", "value", "wrong"),
    [
        (("version",), "2.0.0", "$.version: '2.0.0' is not one of ['2.1.0']"),
        (("runs", 0, "columnKind"), "bytes", "$.runs[0].columnKind: 'bytes' is not one of"),
        (("runs", 0, "results", 0, "ruleIndex"), "0", "$.runs[0].results[0].ruleIndex: '0' is not of type 'integer'"),
        (("runs", 0, "results", 0, "colour"), "red", "$.runs[0].results[0]: Additional properties are not allowed"),
    ],
)
def test_a_document_of_another_form_would_be_seen(place: tuple[str | int, ...], value: str, wrong: str) -> None:
    document = json.loads(forged(sarif_text((CUT,)), place, value))
    (told,) = [f"{one.json_path}: {one.message}" for one in SARIF.iter_errors(document)]
    assert told.startswith(wrong)


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('tests="1" ', "", ["testsuite without tests"]),
        ('time="0"', 'time="now"', ["testsuites.time is now", "testsuite.time is now"]),
        ("<failure", "<failure ><b/></failure><failure", ["b in failure", "b: no such element"]),
        ("</testcase>", "</testcase>text", ["text in testsuite"]),
        ("classname", "class", ["testcase.class: no such attribute"]),
    ],
)
def test_a_report_of_another_form_would_be_seen(old: str, new: str, wrong: list[str]) -> None:
    """The number of tests is the suite's to say; the one around all suites may leave it out."""
    report = junit_text((error("x", "y"),), ())
    assert [*junit_faults(ET.fromstring(report))] == []
    assert [*junit_faults(ET.fromstring(report.replace(old, new)))] == wrong


@given(st.text(min_size=1) | st.text(st.characters(categories=("Cc", "Cs", "Cn", "Cf")), min_size=1))
def test_no_text_breaks_either_form(text: str) -> None:
    """XML has no way to write most control characters, half a pair or the last two of the plane."""
    found = (error("x", text, hint=text, location=Location(text, 1)), warning("y", text))
    suite = junit(found, text)
    assert suite.find("testcase/failure") is not None
    assert len(sarif(*found, folder="x")["results"]) == 2


@pytest.mark.parametrize("text", ["]]>", "<!-- ", "&amp;", "\x00\x1b[31m", "\ufffe\uffff", "\ud800", "a\r\nb", '"'])
def test_a_text_is_read_back_as_one_line_that_shows_it(text: str) -> None:
    (case,) = junit((error("x", text, location=HERE),))
    assert "\n" not in (case[0].text or "")
    assert not any(char in (case[0].text or "") for char in "\x00\x1b\ufffe\uffff\ud800\r")

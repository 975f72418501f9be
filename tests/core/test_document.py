"""Places: documents and what is said about them."""

from __future__ import annotations

import pytest

from reconciler.core.basics import (
    Diagnostic,
    EnvironmentProblem,
    InvalidInput,
    Location,
    ReconcilerError,
    Severity,
    error,
    errors_of,
    in_order,
    notice,
    warning,
)
from reconciler.core.provider import CallFailed, Failure, FailureKind
from reconciler.core.yaml_documents import Document
from tests.support.authoring import document

MADE = document("profile:\n  about: Fresh\n  websites:\n    - a\nempty:\n")


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), "1:1", "1:1"),
        (("profile",), "2:3", "1:1"),
        (("profile", "about"), "2:10", "2:3"),
        (("profile", "websites", 0), "4:7", "4:7"),
        (("profile", "websites", 7), "4:5", "4:5"),
        (("profile", "email", "deeper"), "2:3", "2:3"),
        (("nothing",), "1:1", "1:1"),
        (("empty",), "5:1", "5:1"),
    ],
)
def test_a_path_stands_at_its_value_its_key_or_what_is_around_it(
    path: tuple[str | int, ...], value: str, key: str
) -> None:
    assert [str(MADE.at(path)), str(MADE.at_key(path))] == [f"{MADE.file}:{value}", f"{MADE.file}:{key}"]


def test_a_file_without_places_is_a_place() -> None:
    assert Document("a.yaml", None).at(("x",)) == Location(file="a.yaml")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (Location(), ""),
        (Location(file="a.yaml"), "a.yaml"),
        (Location(file="a.yaml", line=3), "a.yaml:3"),
        (Location(file="a.yaml", line=3, column=9), "a.yaml:3:9"),
    ],
)
def test_a_location_is_shown_as_far_as_it_is_known(location: Location, shown: str) -> None:
    assert str(location) == shown


def test_diagnostics_are_ordered_by_place_as_numbers() -> None:
    def at(file: str, line: int, column: int) -> Diagnostic:
        return error("c", "s", location=Location(file=file, line=line, column=column))

    ordered = (at("a", 2, 1), at("a", 10, 2), at("a", 10, 10), at("b", 1, 1))
    assert in_order(reversed(ordered)) == ordered


def test_only_errors_stop() -> None:
    every = (error("e", "x"), warning("w", "x", hint="h"), notice("n", "x"))
    assert [one.severity for one in every] == [Severity.ERROR, Severity.WARNING, Severity.NOTICE]
    assert errors_of(every) == (Diagnostic(severity=Severity.ERROR, code="e", summary="x"),)


def test_what_stops_a_run_says_how_the_process_ends() -> None:
    problem = error("e", "x")
    invalid = InvalidInput((problem, problem))
    assert (str(invalid), invalid.diagnostics, invalid.exit_code) == ("2 problem(s)", (problem, problem), 1)
    assert [kind.exit_code for kind in (ReconcilerError, EnvironmentProblem)] == [1, 1]
    assert all(issubclass(kind, ReconcilerError) for kind in (InvalidInput, EnvironmentProblem))


def test_a_failed_call_stops_no_run() -> None:
    failure = Failure(kind=FailureKind.TRANSIENT, summary="it did not answer")
    assert (str(CallFailed(failure)), CallFailed(failure).failure) == ("it did not answer", failure)
    assert not issubclass(CallFailed, ReconcilerError)

"""What a golden document leaves out is a default and nothing else: whatever else is different in a document is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.render.json import apply_json, drift_json, dumps, plan_json
from reconciler.render.text.show import show_json
from tests.support.cases import CASES, Case
from tests.support.documents import Step, forged, places
from tests.support.golden import DOCUMENTS, Shape, differing, whole

# One small case of each command, in which as many kinds of objects stand as possible.
CHOSEN = {
    "plan": "with-warnings",
    "apply": "approved-for-another-place",
    "drift": "no-credential",
    "show": "write-only",
}
# For each value, one that is easily taken for it: 0 is not false, and an empty list is not an empty text.
ALIKE: dict[str, Any] = {"null": "", "false": 0, "0": False, '""': None, "[]": {}, "{}": [], "true": 1, "1": True}


def document(command: str) -> str:
    """Return the whole document of the command's chosen case."""
    case = Case(CASES / command / CHOSEN[command])
    match command:
        case "plan":
            return dumps(plan_json(case.plan_report()))
        case "apply":
            return dumps(apply_json(case.apply_report()))
        case "drift":
            return dumps(drift_json(case.drift_report()))
        case _:
            return dumps(show_json(case.show_report()))


def golden(command: str) -> str:
    """Return what the chosen case's golden file holds."""
    path: Path = CASES / command / CHOSEN[command] / "expected.json"
    return path.read_text(encoding="ascii")


def at(data: Any, place: Step) -> Any:
    """Return what stands at a place."""
    for key in place:
        data = data[key]
    return data


def without(text: str, place: Step) -> str:
    """Return a document that lacks what stands at a place."""
    data = json.loads(text)
    del at(data, place[:-1])[place[-1]]
    return dumps(data)


def inner(text: str) -> list[Step]:
    """Return every place but the document itself."""
    return [place for place in places(json.loads(text)) if place]


@pytest.mark.parametrize("command", CHOSEN)
def test_every_value_that_is_another_one_is_seen_and_kept_when_the_golden_is_written_anew(command: str) -> None:
    text, expected = document(command), whole(golden(command), command)
    assert text == expected
    for place in inner(text):
        for value in ("another", ALIKE.get(json.dumps(at(json.loads(text), place)), "another")):
            changed = dumps(json.loads(forged(text, place, value)))
            assert changed != expected, place
            assert differing(changed, command) + "\n" != golden(command), place


@pytest.mark.parametrize("command", CHOSEN)
def test_every_value_that_disappears_is_seen(command: str) -> None:
    text, expected = document(command), whole(golden(command), command)
    for place in inner(text):
        assert without(text, place) != expected, place


@pytest.mark.parametrize("command", CHOSEN)
def test_a_key_with_a_default_cannot_be_missing_even_when_the_golden_is_written_anew(command: str) -> None:
    text = document(command)
    declared = [place for place in inner(text) if isinstance(place[-1], str) and place[-1] in shape(command, place)]
    assert declared
    for place in declared:
        lacking = without(text, place)
        assert whole(differing(lacking, command), command) != lacking, place


@pytest.mark.parametrize("command", CHOSEN)
def test_a_key_that_is_new_is_seen_although_it_holds_nothing(command: str) -> None:
    text, expected = document(command), whole(golden(command), command)
    for place in ((), *inner(text)):
        if isinstance(at(json.loads(text), place), dict):
            more = dumps(json.loads(forged(text, (*place, "new"), "")))
            assert more != expected, place
            assert whole(differing(more, command), command) == more, place


def shape(command: str, place: Step) -> Any:
    """Return the defaults of the object that a place is in."""
    found: Shape = DOCUMENTS[command]
    for key in place[:-1]:
        found = found.below(key) if isinstance(key, str) else found
    return found.defaults


def test_what_is_empty_and_no_default_stands_in_the_golden() -> None:
    one: dict[str, Any] = {"acknowledged": "", "after": "", "before": [], "before_is": "unknown", "classes": ["clear"]}
    text = json.dumps({"complete": False, "has_changes": False, "targets": [{"changes": [one]}]})
    kept = {"after": "", "before": [], "before_is": "unknown", "classes": ["clear"]}
    assert json.loads(differing(text, "plan")) == {"complete": False, "targets": [{"changes": [kept]}]}


def test_a_golden_has_what_fits_on_a_line() -> None:
    texts = ["x" * 60, "y" * 60]
    found = differing(json.dumps({"reasons": ["changes"], "summary": {"texts": texts}}), "plan")
    assert found == (
        "{\n"
        '  "reasons": ["changes"],\n'
        '  "summary": {\n'
        '    "texts": [\n'
        f'      "{texts[0]}",\n'
        f'      "{texts[1]}"\n'
        "    ]\n"
        "  }\n"
        "}"
    )

"""The schema of profiles/drift-ignore.yaml, as an editor asks it."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from reconciler.core.fields import FIELD_NAMES
from reconciler.render.schemas import schemas

SCHEMA = schemas({})["drift-ignore.schema.json"]
ACCEPTED = {
    "profile": "berlin",
    "field": "about",
    "value": f"sha256:{'3f' * 32}",
    "reason": "Christmas campaign",
    "until": "2026-12-27",
}


def problems(data: object) -> list[str]:
    """Return what an editor says of `data`, each with its place."""
    found = Draft202012Validator(SCHEMA).iter_errors(data)
    return sorted(f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found)


def test_an_entry_may_say_all_of_an_acceptance() -> None:
    assert problems({"version": 1, "ignore": [ACCEPTED]}) == []
    assert problems({"version": 1, "ignore": []}) == []


@pytest.mark.parametrize("key", ACCEPTED)
def test_an_entry_needs_every_key(key: str) -> None:
    data = {"version": 1, "ignore": [{name: text for name, text in ACCEPTED.items() if name != key}]}
    assert problems(data) == [f"ignore.0: {key!r} is a required property"]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("field", "abuot", f"is not one of {[*FIELD_NAMES]}"),
        ("value", "sha256:3f2a", "does not match '^sha256:[0-9a-f]{64}$'"),
        ("until", "27.12.2026", "does not match '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"),
        ("reason", "", "should be non-empty"),
    ],
)
def test_what_an_editor_says_of_an_entry_that_is_wrong(key: str, value: str, said: str) -> None:
    found = problems({"version": 1, "ignore": [{**ACCEPTED, key: value}]})
    assert found == [f"ignore.0.{key}: {value!r} {said}"]

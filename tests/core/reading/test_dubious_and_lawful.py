"""Two lists of texts, links, webhooks and addresses: `validate` points at every dubious one, and at no lawful one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.reading.checks import FieldChecker
from reconciler.core.reading.parsing import WrittenField
from reconciler.providers import providers
from tests.support.authoring import META, document, said

_DATA = Path(__file__).parents[2] / "data"
_FIELDS = {"text": "description", "email": "email", "link": "websites", "webhook": "webhook"}


def listed(name: str) -> list[Any]:
    """Return the rows of one list, each with a name for the report."""
    rows = json.loads((_DATA / name).read_text(encoding="utf-8"))
    return [pytest.param(row["kind"], row["value"], id=f"{row['kind']}: {row['why']}") for row in rows]


def told(kind: str, value: str) -> list[str]:
    """Return what `validate` says of one value, in a field of its kind."""
    field = _FIELDS[kind]
    traits = providers()["kaleyra"].traits if kind == "webhook" else META
    data: object = {"link": [value], "webhook": {"url": value}}.get(kind, value)
    checker = FieldChecker(provider=traits.title, capabilities=traits.capabilities, variables={}, pictures={})
    written = document(f"profile:\n  {field}: x\n")
    checker.check(WrittenField(field, data, written, ("profile", field)))
    return said(checker.problems)


@pytest.mark.parametrize(("kind", "value"), listed("dubious_texts.json"))
def test_what_is_dubious_is_pointed_at(kind: str, value: str) -> None:
    assert told(kind, value)


@pytest.mark.parametrize(("kind", "value"), listed("lawful_texts.json"))
def test_what_is_lawful_passes_in_silence(kind: str, value: str) -> None:
    assert told(kind, value) == []

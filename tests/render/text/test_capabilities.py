"""The table of what each provider makes of each field: complete, and the same in text, Markdown and JSON."""

from __future__ import annotations

import json

import pytest

from reconciler.cli import main
from reconciler.core.fields import FIELD_NAMES
from reconciler.pipeline.validating import providers_run
from reconciler.render.text.providers import capability_rows, providers_json, providers_text

ALL = providers_run()


def test_every_provider_has_a_cell_for_every_field() -> None:
    head, *rows = capability_rows(ALL)
    assert head == ("", *ALL)
    assert [row[0] for row in rows] == [*FIELD_NAMES, "hosts", "credential", "pace"]
    assert all(len(row) == len(head) and all(row[1:]) for row in rows)


def test_a_cell_says_what_is_special() -> None:
    cells = {row[0]: dict(zip(ALL, row[1:], strict=True)) for row in capability_rows(ALL)[1:]}
    assert cells["description"] == {
        "360dialog": "≤ 512; can be cleared",
        "kaleyra": "≤ 256; write-only",
        "meta": "≤ 512; can be cleared",
        "pickyassist": "≤ 256; write-only",
    }
    assert cells["webhook"]["pickyassist"] == "no: its API for webhooks was switched off"
    assert cells["webhook"]["360dialog"] == "with headers; no underscore and no port in its host"
    assert cells["picture"]["kaleyra"] == "needs picture_base_url; write-only"
    assert cells["picture"]["meta"] == "yes"
    assert cells["credential"]["360dialog"] == "api_key, one for each number, in the header D360-API-KEY"
    assert cells["credential"]["pickyassist"] == "token, of the account, in the body's token"
    assert cells["pace"]["meta"] == "at most 5000 calls in an hour"


def test_the_text_holds_every_word_of_the_table() -> None:
    words = {word for row in capability_rows(ALL) for cell in row for word in cell.split()}
    shown = providers_text(ALL, width=400)
    assert {word for word in words if word not in shown} == set()


def test_a_narrow_terminal_loses_nothing() -> None:
    shown = "".join(providers_text(ALL, width=60).split())
    assert "switched" in shown
    assert max(map(len, providers_text(ALL, width=60).splitlines())) <= 60


def test_json_says_everything_with_its_fact(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed == json.loads(json.dumps(providers_json(ALL)))
    assert [provider["name"] for provider in listed["providers"]] == list(ALL)
    assert all(field["fact"] for provider in listed["providers"] for field in provider["fields"].values())
    kaleyra = listed["providers"][1]
    assert kaleyra["fields"]["websites"]["items"] == 1
    assert kaleyra["auth"] == {"kind": "HeaderAuth", "header": "api-key", "prefix": "", "upload_prefix": ""}

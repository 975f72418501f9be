"""Where nothing can be read back, the reply is the only witness: one that contradicts itself is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.core.provider import FailureKind, Provider, Reply
from reconciler.core.settings import Account
from reconciler.providers import providers
from tests.support.exchange import reply

# What the status of a success is, and another of the provider's own.
SUCCESS = {"kaleyra": (200, 400), "pickyassist": (100, 820)}
OPTIONS: dict[str, dict[str, str]] = {"kaleyra": {"sid": "HXAP1"}, "pickyassist": {}}


def write_only(name: str) -> Provider:
    """Return the provider."""
    kind = providers()[name]
    options = kind.traits.options(**OPTIONS[name])
    return kind(Account(name="a", provider=name, endpoint="sandbox", concurrency=1, credentials={}, options=options))


def bodies() -> Iterator[tuple[str, str]]:
    """Yield each contradiction at each provider."""
    for name, (good, bad) in SUCCESS.items():
        yield name, f'{{"status":{bad},"status":{good}}}'
        for rest in ('"error":{},"error":{"code":"E1"}', '"error":"no"', '"errors":["no"]', '"success":false'):
            yield name, f'{{"status":{good},{rest}}}'
        for no in ("false", " False ", "no", "0", "", 0, None):
            yield name, json.dumps({"status": good, "success": no})
        # In other letters too: what reads them as one key would take the other one.
        for rest in (f'"Status":{bad}', '"Error":"no"', '"ERRORS":["no"]', '"Success":false'):
            yield name, f'{{"status":{good},{rest}}}'


def test_both_providers_that_cannot_be_read_are_tried() -> None:
    assert {*SUCCESS} == {name for name, kind in providers().items() if not kind.traits.readable}


@pytest.mark.parametrize(("name", "body"), [*bodies()])
def test_a_success_that_its_own_reply_contradicts_is_none(name: str, body: str) -> None:
    found = write_only(name).failure(Reply(status=200, body=body.encode()))
    assert found is not None
    assert (found.kind, found.did_nothing) == (FailureKind.GARBAGE, False)


@pytest.mark.parametrize("name", SUCCESS)
@pytest.mark.parametrize(
    "rest",
    [
        *({}, {"error": {}}, {"error": None}, {"error": ""}, {"errors": []}, {"error": False}, {"Error": ""}),
        *({"success": True}, {"success": "true"}, {"success": 1}, {"Success": "yes"}),
    ],
)
def test_what_says_that_there_is_no_error_contradicts_nothing(name: str, rest: dict[str, Any]) -> None:
    assert write_only(name).failure(reply({"status": SUCCESS[name][0], **rest})) is None

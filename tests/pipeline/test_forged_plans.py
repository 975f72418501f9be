"""Whoever can forge an approved plan can permit or forbid what the files ask for, and can put no value into it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.safety.decision import Approval
from reconciler.effects.files.writing import read_plan
from tests.support.documents import Step, document, forged, places, resealed
from tests.support.fleet import Fleet

FORGED = "FORGED"
ALLOWED = frozenset({"webhook", "clear", "bulk", "first-contact"})
HOOK = {"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}}


@pytest.fixture
def shop(tmp_path: Path) -> Fleet:
    """Two numbers: one with something to send, one that was edited elsewhere."""
    fleet = Fleet(tmp_path / "shop")
    fleet.profile("still", 1, email="a@b.example")
    fleet.apply()
    fleet.edit("106540352242001", email="hacked@b.example")
    fleet.profile("berlin", 0, about="Fresh bread", websites=["https://a.example"], webhook=HOOK)
    return fleet


def sent(fleet: Fleet) -> list[Any]:
    return [entry["body"] for entry in fleet.requests("POST")]


def _first_of_each_key(found: Sequence[Step]) -> list[Step]:
    """Return the places that differ in more than the number of a target, a change or a link."""
    first: dict[Step, Step] = {}
    for place in found:
        first.setdefault(tuple("*" if isinstance(step, int) else step for step in place), place)
    return list(first.values())


@pytest.mark.parametrize("sealed", [False, True])
def test_no_value_of_a_forged_plan_reaches_a_provider(shop: Fleet, tmp_path: Path, *, sealed: bool, long: bool) -> None:
    """Each key of the document is forged, once as found and once with digests that fit what was forged.

    The long form forges it at every target and change that has it, the short form at the first.
    """
    text = document(shop.plan().plan)
    shop.forget()
    refused = applied = 0
    found = [place for place in places(json.loads(text)) if place]
    for number, place in enumerate(found if long else _first_of_each_key(found)):
        forgery = forged(text, place, FORGED)
        file = tmp_path / "plan.json"
        file.write_text(resealed(forgery) if sealed else forgery)
        try:
            plan = read_plan(str(file))
        except InvalidInput:
            refused += 1
            continue
        root = tmp_path / f"{number}"
        shutil.copytree(shop.root, root)
        fleet = Fleet(root)
        report = fleet.apply(approval=Approval(allowed=ALLOWED, plan=plan))
        assert FORGED not in json.dumps(sent(fleet)), place
        # Either exactly what the files ask for, each field as they say it, or nothing at all.
        wanted = {"Fresh bread", "https://a.example", "https://hooks.example/wa", "a@b.example"}
        assert all(any(value in json.dumps(body) for value in wanted) for body in sent(fleet)), place
        assert not (report.stopped and sent(fleet)), place
        applied += bool(sent(fleet))
        shutil.rmtree(root)
    assert refused
    assert applied

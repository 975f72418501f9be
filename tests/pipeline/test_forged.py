"""Assume that everyone with push access can forge the ledger: no value out of it ever reaches a provider.

The worst that may follow is a reviewed value sent again, a change shown that is none, or a run that says it cannot read
its memory.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.decision import Approval
from tests.support.fleet import Fleet

FORGED = "FORGED"
WANTED: dict[str, Any] = {"about": "Fresh bread", "email": "a@b.example", "websites": ["https://a.example/"]}
NEW: dict[str, Any] = {**WANTED, "about": "Fresh rolls"}
KALEYRA = 'account: india\nnumber: "+912266123456"\nprofile: {{about: {about}, email: a@b.example}}\n'
ODD: tuple[Any, ...] = (
    *(FORGED, "", "settled", "unconverged", "ignored", "unsettled", "released", "2026-08-02T12:00:00Z", "sandbox"),
    *(0, -1, 2**70, 1.5, True, None, [], {}, [FORGED], {"url": f"https://{FORGED}.example"}, {FORGED: FORGED}),
    *({"env": "META_TOKEN"}, {"sha256": FORGED, "file": FORGED}, f"https://{FORGED}.example", "9999-01-01T00:00:00Z"),
)


def world(fleet: Fleet, about: str) -> None:
    settings = (fleet.root / "profiles" / "reconciler.yaml").read_text()
    if "india" not in settings:
        more = "accounts:\n  india: {provider: kaleyra, endpoint: sandbox, sid: HX1}\n"
        fleet.write("reconciler.yaml", settings.replace("accounts:\n", more))
    fleet.profile(**{**WANTED, "about": about})
    fleet.write("mumbai.yaml", KALEYRA.format(about=about))


@pytest.fixture
def applied(tmp_path: Path) -> Path:
    """A folder whose ledger knows everything, and whose files ask for something new, which a stopped run asked for."""
    fleet = Fleet(tmp_path / "applied")
    world(fleet, "Fresh bread")
    fleet.apply()
    world(fleet, "Fresh rolls")
    assert fleet.apply(approval=Approval()).stopped
    return fleet.root


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every piece of a document."""
    yield at
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from places(value, (*at, key))


def forge(ledger: Path, chance: random.Random) -> str:
    """Put anything in the place of anything in one stored document; return what was done."""
    with closing(sqlite3.connect(ledger)) as database, database:
        table = chance.choice(["entry", "entry", "run"])
        rowid = {"entry": "address", "run": "run"}[table]
        name, body = chance.choice(database.execute(f"SELECT {rowid}, body FROM {table}").fetchall())
        data = json.loads(body)
        place = chance.choice([place for place in places(data) if place])
        inner = data
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = chance.choice(ODD)
        database.execute(f"UPDATE {table} SET body = ? WHERE {rowid} = ?", (json.dumps(data), name))
    return f"{table} {name}: {place} = {inner[place[-1]]!r}"


def values(body: Any) -> Iterator[str]:
    """Yield every text in what was sent."""
    if isinstance(body, dict):
        for value in body.values():
            yield from values(value)
    elif isinstance(body, list):
        for value in body:
            yield from values(value)
    elif isinstance(body, str):
        yield body


ASKED_FOR = frozenset({*(value for one in (WANTED, NEW) for value in values(one)), "whatsapp"})


def written(fleet: Fleet) -> frozenset[str]:
    """Return every text that a provider was sent in a body, but the number that it is about."""
    sent = (text for method in ("POST", "PUT") for entry in fleet.requests(method) for text in values(entry["body"]))
    return frozenset(text for text in sent if not text.startswith("+") and not text.startswith("sha256:"))


def run(fleet: Fleet) -> ApplyReport | EnvironmentProblem:
    try:
        return fleet.apply()
    except EnvironmentProblem as problem:
        return problem


@pytest.mark.parametrize("part", range(4))
def test_no_value_of_a_forged_ledger_reaches_a_provider(applied: Path, tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    sent: set[str] = set()
    for number in range(20):
        root = tmp_path / f"{part}-{number}"
        shutil.copytree(applied, root)
        done = forge(root / ".reconciler" / "ledger.sqlite3", chance)
        fleet = Fleet(root)
        world(fleet, "Fresh rolls")
        fleet.forget()
        fleet.clock.seconds += 3600
        report = run(fleet)
        assert FORGED not in json.dumps([entry["body"] for entry in fleet.requests()]), done
        assert written(fleet) <= ASKED_FOR, done
        if isinstance(report, EnvironmentProblem):
            assert "ledger" in str(report), done
            assert written(fleet) == frozenset(), done
        sent |= written(fleet)
        shutil.rmtree(root)
    assert "Fresh rolls" in sent

"""The machine around a run: its ledger, its variables, its paths."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem, InvalidInput
from reconciler.core.safety.decision import Approval
from reconciler.effects.world import Patience
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import show_run
from reconciler.pipeline.validating import sandbox_numbers_run
from tests.support.fleet import Fleet


def test_a_ledger_that_breaks_before_the_first_write_stops_the_run(fleet: Fleet) -> None:
    """What is about to be sent must be on record first: a crash could not be made good otherwise."""
    address = fleet.profile(about="Fresh bread")

    def ask(_: Any) -> bool:
        (fleet.root / ".reconciler" / "ledger.sqlite3").write_bytes(b"not a database, and longer than a header" * 9)
        return True

    with pytest.raises(EnvironmentProblem, match=r"^the ledger \S+ cannot be used: file is not a database") as caught:
        fleet.apply(approval=Approval(ask=ask))
    assert caught.value.exit_code == 1
    assert fleet.requests("POST") == []
    assert fleet.live(address)["about"] != "Fresh bread"


def test_a_broken_ledger_ends_a_plan_before_anything_is_written(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    (fleet.root / ".reconciler").mkdir(exist_ok=True)
    with closing(sqlite3.connect(fleet.root / ".reconciler" / "ledger.sqlite3")) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(EnvironmentProblem, match="it has format 99, and this version of the tool knows 2"):
        fleet.apply()
    assert fleet.requests("POST") == []


def test_every_missing_variable_is_named_at_once(fleet: Fleet) -> None:
    fleet.write(
        "reconciler.yaml",
        "version: 1\naccounts:\n"
        "  a: {provider: meta, credentials: {token: {env: META_TOKEN_A}}}\n"
        "  b: {provider: meta, credentials: {token: {env: META_TOKEN_B}, plan_token: {file: META_PLAN}}}\n",
    )
    for name, index in (("a", 0), ("b", 1)):
        fleet.profile(name, index, about="Fresh bread")
        path = fleet.root / "profiles" / f"{name}.yaml"
        path.write_text(path.read_text().replace("account: bakery", f"account: {name}"))
    with pytest.raises(InvalidInput) as caught:
        fleet.plan()
    assert [(d.summary, d.hint) for d in caught.value.diagnostics] == [
        ("the environment variable META_TOKEN_A is not set (for account a)", "set META_TOKEN_A in the environment"),
        ("the environment variable META_TOKEN_B is not set (for account b)", "set META_TOKEN_B in the environment"),
    ]


def test_a_ci_machine_is_not_the_memory_of_real_numbers(fleet: Fleet) -> None:
    fleet.environ |= {"CI": "true", "META_TOKEN": "t"}
    fleet.settings("https://graph.facebook.com")
    fleet.profile(about="Fresh bread")
    with pytest.raises(EnvironmentProblem, match="say --ledger local if its folder is kept"):
        fleet.apply()
    with pytest.raises(EnvironmentProblem, match="say --ledger local if its folder is kept"):
        fleet.drift()


def test_showing_more_than_one_profile_is_refused(fleet: Fleet) -> None:
    fleet.profile("eu/berlin", 0, about="x")
    fleet.profile("eu/munich", 1, about="y")
    with pytest.raises(InvalidInput) as caught:
        fleet.run(lambda context: show_run(context, Scope(("eu",))))
    assert [d.summary for d in caught.value.diagnostics] == ["'eu' is 2 profiles, and this shows one"]


def test_paths_choose_profiles_and_unknown_ones_are_named(fleet: Fleet) -> None:
    fleet.profile("eu/berlin", 0, about="x")
    fleet.profile("us/boston", 1, about="y")
    assert [p.target.profile for p in fleet.plan("profiles/eu").plan.targets] == ["eu/berlin"]
    with pytest.raises(InvalidInput) as caught:
        fleet.plan("us/bostn")
    assert [(d.summary, d.hint) for d in caught.value.diagnostics] == [
        ("'us/bostn' is no profile and no folder with profiles", "did you mean us/boston?")
    ]


BUSY = "the ledger .reconciler/ledger.sqlite3 is in use by another run; try again"


@contextmanager
def held(fleet: Fleet) -> Iterator[None]:
    """Hold the ledger, as another process does that is just committing; nobody waits long for it here."""
    fleet.patience = Patience(store=0.01)
    with closing(sqlite3.connect(fleet.root / ".reconciler" / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_what_cannot_be_recorded_before_it_is_sent_is_not_sent(fleet: Fleet) -> None:
    fleet.profile("berlin", 0, about="Hey there! I am using WhatsApp.")
    fleet.apply()
    fleet.profile("munich", 1, about="Fresh bread")
    with held(fleet), pytest.raises(EnvironmentProblem, match=f"^{BUSY}$") as caught:
        fleet.apply()
    assert caught.value.exit_code == 1
    assert fleet.requests("POST") == []


def test_drift_that_cannot_be_remembered_is_still_reported(fleet: Fleet) -> None:
    fleet.profile("berlin", 0, about="Hey there! I am using WhatsApp.")
    fleet.apply()
    fleet.profile("munich", 1, about="Hey there! I am using WhatsApp.")
    with held(fleet):
        report = fleet.drift()
    assert report.unrecorded == BUSY
    assert report.plan.changes == ()


def test_the_sandbox_learns_the_numbers_of_the_repository(fleet: Fleet) -> None:
    fleet.settings(more=', waba_id: "102290129340398"')
    address = fleet.profile(about="Fresh bread")
    assert sandbox_numbers_run(fleet.context) == [("meta", address, "+493012345000", "102290129340398")]
    (fleet.root / "profiles" / "reconciler.yaml").unlink()
    assert sandbox_numbers_run(fleet.context) == []

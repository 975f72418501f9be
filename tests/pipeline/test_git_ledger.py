"""Runs on machines that are thrown away: what one of them wrote is known to the next, by the repository's remote."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.safety.decision import Approval
from tests.support.fleet import Fleet
from tests.support.stores import git


def test_a_value_that_one_machine_wrote_is_drift_to_the_next_once_it_is_changed(fleet: Fleet) -> None:
    git(fleet.root.parent, "init", "-q", "--bare", "remote.git")
    git(fleet.root, "init", "-q")
    git(fleet.root, "remote", "add", "origin", "../remote.git")
    settings = fleet.root / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text() + "ledger: git\n")
    address = fleet.profile(about="Fresh bread")
    assert [outcome.status for outcome in fleet.apply().outcomes] == ["applied"]
    assert not fleet.plan().plan.has_changes
    fleet.edit(address, about="Free bread!")
    (drifted,) = fleet.drift().plan.targets
    assert [change.origin for change in drifted.differences] == ["drifted"]
    assert fleet.entries() == {}
    # An apply stores its intents and what became of them, and a look how much it found on that day.
    assert git(fleet.root.parent / "remote.git", "rev-list", "--count", "reconciler-ledger") == "3"
    fleet.drift()
    assert git(fleet.root.parent / "remote.git", "rev-list", "--count", "reconciler-ledger") == "3"
    assert git(fleet.root, "branch", "--all") == ""


def test_what_a_stopped_run_was_asked_for_is_known_to_the_next_machine(fleet: Fleet) -> None:
    git(fleet.root.parent, "init", "-q", "--bare", "remote.git")
    git(fleet.root, "init", "-q")
    git(fleet.root, "remote", "add", "origin", "../remote.git")
    settings = fleet.root / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text() + "ledger: git\n")
    address = fleet.profile(about="Fresh bread", email="a@b.example")
    fleet.edit(address, about="By hand", email="a@b.example")
    for _ in range(2):
        assert fleet.apply(approval=Approval(auto=True)).stopped == "the gate first-contact stopped it"
    assert git(fleet.root.parent / "remote.git", "rev-list", "--count", "reconciler-ledger") == "1"
    fleet.drift()
    assert [change.origin for _, change in fleet.plan().plan.changes] == ["adopted"]
    fleet.apply()
    assert fleet.live(address)["about"] == "Fresh bread"


def test_two_folders_of_one_repository_do_not_forget_for_each_other(tmp_path: Path) -> None:
    """To the one, the other's numbers would be numbers without a file, and their drift newly managed."""
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(tmp_path, "init", "-q", "clone")
    git(tmp_path / "clone", "remote", "add", "origin", "../remote.git")
    shops = [Fleet(tmp_path / "clone" / name) for name in ("north", "south")]
    for index, fleet in enumerate(shops):
        settings = fleet.root / "profiles" / "reconciler.yaml"
        settings.write_text(settings.read_text() + "ledger: git\n")
        fleet.profile("shop", index, about="Fresh bread")
        report = fleet.apply()
        assert (report.plan.released, [one.status for one in report.outcomes]) == ((), ["applied"])
    shops[0].edit("106540352242000", about="Free bread!")
    (drifted,) = shops[0].drift().plan.targets
    assert [change.origin for change in drifted.differences] == ["drifted"]

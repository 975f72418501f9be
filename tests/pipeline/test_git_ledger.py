"""Runs on machines that are thrown away: what one of them wrote is known to the next, by the repository's remote."""

from __future__ import annotations

from tests.support.fleet import Fleet
from tests.support.stores import git


def test_what_one_machine_wrote_is_drift_to_the_next_once_somebody_changes_it(fleet: Fleet) -> None:
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
    assert git(fleet.root.parent / "remote.git", "rev-list", "--count", "reconciler-ledger") == "2"
    assert git(fleet.root, "branch", "--all") == ""

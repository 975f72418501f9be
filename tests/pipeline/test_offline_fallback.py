"""`plan --offline-fallback` and `drift --skip-unset`: what has no credential is not asked about, everything else is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import EnvironmentProblem, InvalidInput, exit_code
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.safety.decision import Approval
from reconciler.core.safety.gates import PlanReport
from reconciler.pipeline.drift import drift_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run
from reconciler.render.json import dumps, plan_json
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number
from tests.support.fleet import YES, Fleet

SETTINGS = """\
version: 1
accounts:
  bakery:
    provider: meta
    endpoint: '{url}'
    credentials: {{token: {{env: META_TOKEN}}, plan_token: {{env: META_PLAN}}}}
  shops: {{provider: 360dialog, endpoint: '{url}'}}
  india: {{provider: kaleyra, endpoint: '{url}', sid: HX1, credentials: {{api_key: {{env: KALEYRA_API_KEY}}}}}}
  cafe: {{provider: meta, endpoint: sandbox}}
"""
HEADS = {
    "berlin": 'account: bakery\nnumber: "+493012345000"\nphone_number_id: "106540352242000"\n',
    "bremen": 'account: shops\nnumber: "+4942112345678"\n',
    "hamburg": 'account: shops\nnumber: "+494012345678"\n',
    "mumbai": 'account: india\nnumber: "+912266123456"\n',
    "vienna": 'account: cafe\nnumber: "+4312345000"\nphone_number_id: "106540352242009"\n',
}
KEYS = {
    "META_TOKEN": "EAAG",
    "D360_API_KEY_BREMEN": "sandbox-4942112345678",
    "D360_API_KEY_HAMBURG": "sandbox-494012345678",
    "KALEYRA_API_KEY": "k",
}


class Shops(Fleet):
    """Shops whose providers are asked over a socket, but for one at the embedded sandbox."""

    def settings(self, endpoint: str = "https://nowhere.example", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings."""
        self.environ["RECONCILER_ALLOW_ENDPOINT"] = endpoint
        self.write("reconciler.yaml", f"{SETTINGS.format(url=endpoint)}policy: {policy}\n{more}")

    def shop(self, about: str, *names: str) -> None:
        """Let shops say what they are about, all of them if none is named."""
        for name in names or HEADS:
            self.write(f"{name}.yaml", f"{HEADS[name]}profile: {{about: {about}}}\n")

    def keys(self, *names: str) -> None:
        """Have these credentials and no others."""
        self.environ = {"RECONCILER_ALLOW_ENDPOINT": self.environ["RECONCILER_ALLOW_ENDPOINT"]}
        self.environ |= {name: KEYS[name] for name in names}

    def drifted(self, *paths: str) -> DriftReport:
        """Look for drift, without what has no credential."""
        return self.run(lambda context: drift_run(context, Scope(paths, offline_fallback=True)))

    def fallback(self, *paths: str, offline: bool = False) -> PlanReport:
        """Plan, with memory standing in where no credential is."""
        scope = Scope(paths, offline=offline, offline_fallback=not offline)
        return self.run(lambda context: plan_run(context, scope))


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Shops]:
    """All shops as they were applied; then their files, and all that is live, say something else."""
    fleet = Shops(tmp_path)
    berlin = Number("meta", "106540352242000", "+493012345000")
    with running(create_app(fleet.context.world, numbers=[berlin])) as url:
        fleet.settings(url)
        fleet.shop("One")
        fleet.keys(*KEYS)
        assert exit_code(fleet.apply().reasons) == 0
        fleet.shop("Two")
        for provider, address in (("meta", "106540352242000"), ("360dialog", "+4942112345678")):
            fleet.world.edit(provider, address, about="Hacked")
        fleet.forget()
        yield fleet


def befores(report: PlanReport) -> dict[str, tuple[bool, Any]]:
    """Return whether each profile was planned offline, and what it is held against."""
    assert report.plan.complete
    return {p.target.profile: (p.offline, change.before_value) for p, change in report.plan.changes}


def test_where_every_credential_is_set_it_is_a_plan_like_any_other(shops: Shops) -> None:
    assert shops.fallback() == shops.plan()
    assert not any(planned.offline for planned in shops.fallback().plan.targets)


def test_each_account_and_each_number_without_one_is_planned_from_memory_and_no_other(shops: Shops) -> None:
    """What is only written needs none to be looked at, and the embedded sandbox needs none at all."""
    shops.keys("D360_API_KEY_HAMBURG")
    report = shops.fallback()
    assert befores(report) == {
        "berlin": (True, "One"),
        "bremen": (True, "One"),
        "hamburg": (False, "One"),
        "mumbai": (False, "One"),
        "vienna": (False, "One"),
    }
    asked = {re.split(r"[/?]", entry["path"])[2] for entry in shops.requests() if entry["provider"] == "meta"}
    assert asked == {"106540352242009"}
    assert {entry["provider"] for entry in shops.requests()} == {"meta", "360dialog"}
    assert (report.plan.offline, exit_code(report.reasons)) == (False, 2)
    tail = "so nothing that was changed elsewhere is seen"
    assert [problem.summary for problem in report.plan.diagnostics] == [
        f"no credential of account bakery is here: this run did not look at its 1 profile, {tail}",
        f"no credential of 1 of the 2 profiles of account shops is here: this run did not look at it, {tail}",
    ]


def test_they_are_planned_exactly_as_an_offline_plan_has_them(shops: Shops) -> None:
    whole = {planned.target.profile: planned for planned in shops.fallback(offline=True).plan.targets}
    shops.keys("META_TOKEN")
    found = shops.fallback().plan.targets
    assert [planned for planned in found if planned.offline] == [whole["bremen"], whole["hamburg"]]


def test_without_the_flag_a_missing_credential_is_what_it_always_was(shops: Shops) -> None:
    shops.keys("D360_API_KEY_HAMBURG")
    with pytest.raises(InvalidInput) as wrong:
        shops.plan()
    assert [problem.summary for problem in wrong.value.diagnostics] == [
        "the environment variable META_TOKEN is not set (for account bakery)"
    ]


def test_what_is_set_and_cannot_be_used_stays_an_error(shops: Shops) -> None:
    shops.keys("META_TOKEN", "D360_API_KEY_HAMBURG")
    shops.environ["D360_API_KEY_BREMEN"] = " begins with a space"
    assert shops.fallback().summary.unreadable == 1
    shops.environ["META_PLAN"] = " begins with a space"
    with pytest.raises(InvalidInput) as wrong:
        shops.fallback()
    assert [problem.summary for problem in wrong.value.diagnostics] == [
        "the environment variable META_PLAN begins or ends with a space (for account bakery)"
    ]


def test_without_any_credential_it_is_an_offline_plan_which_needs_nothing(shops: Shops) -> None:
    """Not even a ledger that can be read, whose token is a secret too."""
    shops.keys()
    names = ("berlin.yaml", "bremen.yaml", "hamburg.yaml")
    report = shops.fallback(*names)
    assert set(befores(report).values()) == {(True, "One")}
    assert (report.plan.offline, len(report.plan.diagnostics), shops.requests()) == (True, 2, [])
    (shops.root / ".reconciler" / "ledger.sqlite3").write_text("no database, and too long to begin one" * 40)
    assert "ledger-unreadable" in [one.code for one in shops.fallback(*names).plan.diagnostics]
    with pytest.raises(EnvironmentProblem):
        shops.fallback()


def test_a_paused_profile_is_neither_read_nor_missed(shops: Shops) -> None:
    shops.keys("D360_API_KEY_BREMEN", "D360_API_KEY_HAMBURG")
    shops.write("berlin.yaml", f"{HEADS['berlin']}mode: paused\nprofile: {{about: Two}}\n")
    report = shops.fallback()
    assert report.plan.diagnostics == ()
    assert not any(planned.offline for planned in report.plan.targets)


# What such a plan permits


def read(report: PlanReport) -> ApprovedPlan:
    found = approved(dumps(plan_json(report)).encode(), file="plan.json")
    assert isinstance(found, ApprovedPlan), found
    return found


def test_what_was_planned_from_memory_is_not_approved_by_it_and_stops_the_run(shops: Shops) -> None:
    """Berlin was changed elsewhere, and whoever approved the plan could not see that."""
    shops.keys("D360_API_KEY_BREMEN", "D360_API_KEY_HAMBURG")
    plan = read(shops.fallback())
    shops.keys(*KEYS)
    report = shops.apply(approval=Approval(plan=plan, allowed=YES.allowed))
    assert [(one.target.profile, one.planned_offline) for one in report.unapproved] == [("berlin", True)]
    assert exit_code(report.reasons) == 3
    assert [entry for entry in shops.requests() if entry["method"] != "GET"] == []


def test_where_nothing_of_it_is_to_be_sent_the_rest_goes_out(shops: Shops) -> None:
    shops.shop("One", "berlin")
    shops.world.edit("meta", "106540352242000", about="One")
    shops.keys("D360_API_KEY_BREMEN", "D360_API_KEY_HAMBURG")
    plan = read(shops.fallback())
    shops.keys(*KEYS)
    report = shops.apply(approval=Approval(plan=plan, allowed=YES.allowed))
    assert (report.unapproved, report.stopped) == ((), "")
    assert {outcome.target.profile for outcome in report.outcomes} >= {"hamburg", "mumbai", "vienna"}


def test_its_document_says_of_each_target_how_it_was_planned(shops: Shops) -> None:
    shops.keys("META_TOKEN")
    document = json.loads(dumps(plan_json(shops.fallback())))
    found = {target["profile"]: target["offline"] for target in document["targets"]}
    assert found == {"berlin": False, "bremen": True, "hamburg": True, "mumbai": False, "vienna": False}
    assert (document["offline"], document["complete"], document["errored"]) == (False, True, False)


def test_drift_is_looked_for_where_a_credential_is_set_and_the_rest_is_named(shops: Shops) -> None:
    shops.shop("One")
    shops.keys("D360_API_KEY_BREMEN")
    report = shops.drifted()
    assert [(p.target.profile, change.before_value) for p, change in report.drifted] == [("bremen", "Hacked")]
    assert [target.profile for target in report.unasked] == ["berlin", "hamburg"]
    assert {planned.target.profile for planned in report.plan.targets} == {"bremen", "mumbai", "vienna"}
    assert (report.plan.complete, exit_code(report.reasons)) == (True, 2)
    asked = {re.split(r"[/?]", entry["path"])[2] for entry in shops.requests() if entry["provider"] == "meta"}
    assert asked == {"106540352242009"}


def test_without_any_credential_the_answer_is_not_no_drift(shops: Shops) -> None:
    shops.keys()
    report = shops.drifted("profiles/berlin.yaml", "profiles/hamburg.yaml")
    assert (report.plan.targets, len(report.unasked)) == ((), 2)
    assert exit_code(report.reasons) == 6

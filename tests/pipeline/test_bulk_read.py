"""Many numbers in one call: how many calls it takes, and that a plan is the same however its numbers were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import Reason
from reconciler.core.safety.gates import PlanReport
from reconciler.pipeline.doctor import doctor_run
from reconciler.render.text.doctor import doctor_text
from tests.support.fleet import Fleet

WABA = "200000000000000"
REFUSED = "(#100) Tried accessing nonexisting field (whatsapp_business_profile)"


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def applied(fleet: Fleet, number: int, *, listed: bool, way: str = "auto") -> None:
    """Make a fleet in which nothing is to be done, but for one number that was edited elsewhere."""
    waba = f', waba_id: "{WABA}"' if listed else ""
    fleet.settings(more=f"{waba}, bulk_read: {way}")
    for index in range(number):
        address = fleet.profile(f"shop{index:04}", index, about=f"About {index}", websites=["https://shop.example"])
        fleet.world.register("meta", address, number=f"+4930{12345000 + index}", group=WABA)
        fleet.edit(address, about=f"About {index}" if index != 3 else "Hacked", websites=["https://shop.example"])


def planned(fleet: Fleet) -> tuple[PlanReport, int]:
    fleet.forget()
    report = fleet.plan()
    return report, len(fleet.requests())


def said(report: PlanReport) -> list[str]:
    return [one.summary for one in report.plan.diagnostics if one.code == "bulk-read"]


@pytest.mark.parametrize("shape", [(), ({"kind": "edge"},)], ids=["flat", "edge"])
def test_a_list_that_shows_profiles_takes_a_call_for_each_hundred_and_one_that_proves_it(
    fleet: Fleet, shape: tuple[dict[str, Any], ...]
) -> None:
    applied(fleet, 201, listed=True)
    fleet.faults(*shape)
    report, calls = planned(fleet)
    assert (calls, said(report)) == (3 + 1, [])
    assert [planned.target.profile for planned, _ in report.plan.changes] == ["shop0003"]


def test_the_gate_a_thousand_numbers_take_eleven_calls(fleet: Fleet, request: pytest.FixtureRequest) -> None:
    """Ten pages, and one read that proves their form. The long form makes a thousand, the short one three hundred."""
    number = 1000 if request.config.getoption("--long") else 300
    applied(fleet, number, listed=True)
    assert planned(fleet)[1] <= number // 100 + 1


@pytest.mark.parametrize(
    ("account", "fault", "expected"),
    [
        # Refused: the page is asked for without profiles, and each profile by itself.
        ((5, True, "auto"), "unexpanded", (2 + 5, REFUSED)),
        ((5, True, "expand"), "unexpanded", (2 + 5, REFUSED)),
        ((5, True, "single"), "unexpanded", (1 + 5, "")),
        # Batches: the numbers' nodes and their profiles, fifty in a request; with a list, only the profiles.
        ((51, False, "auto"), "", (2 * 2, "")),
        ((51, False, "single"), "", (2 * 51, "")),
        ((5, False, "auto"), "", (2 * 5, "")),
        ((5, False, "batch"), "", (2, "")),
        ((5, True, "batch"), "", (1 + 1, "")),
        ((5, False, "batch"), "unbatched", (1 + 2 * 5, "(#100) Batch requests are not available to this app")),
    ],
)
def test_numbers_are_read_at_once_until_that_is_refused(
    fleet: Fleet, account: tuple[int, bool, str], fault: str, expected: tuple[int, str]
) -> None:
    (number, listed, way), (calls, why) = account, expected
    applied(fleet, number, listed=listed, way=way)
    fleet.faults(*([{"kind": fault}] if fault else []))
    report, made = planned(fleet)
    assert made == calls
    text = f"account bakery does not let many numbers be read at once: {why} [100]"
    assert said(report) == ([text] if why else [])
    fleet.faults()
    fleet.settings(more=", bulk_read: single")
    alone, _ = planned(fleet)
    assert report.plan.digest == alone.plan.digest
    assert report.plan.targets == alone.plan.targets


def test_an_item_that_the_provider_left_out_is_read_alone(fleet: Fleet) -> None:
    applied(fleet, 5, listed=False, way="batch")
    fleet.faults({"kind": "dropped", "times": 2})
    report, calls = planned(fleet)
    # Two nodes were left out of the first request, so three profiles are in the second one.
    assert (calls, said(report)) == (2 + 2 * 2, [])
    assert len(report.plan.targets) == 5
    assert report.plan.complete


def test_a_number_that_fails_fails_by_itself(fleet: Fleet) -> None:
    applied(fleet, 4, listed=False, way="batch")
    keys = 'account: bakery\nnumber: "+493012399999"\nphone_number_id: "100000000000033"\n'
    fleet.write("gone.yaml", f"{keys}profile: {{about: Hi}}\n")
    report, _ = planned(fleet)
    assert [one.target.profile for one in report.plan.targets if not one.complete] == ["gone"]
    assert Reason.INCOMPLETE in report.reasons


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("", ["profiles in its list: answered, 100 in a call", "a batch of reads: answered, 50 in a call"]),
        (
            "unexpanded",
            [
                f"profiles in its list: refused ({REFUSED} [100])",
                "a batch of reads: answered, 50 in a call",
            ],
        ),
        (
            "unbatched",
            [
                "profiles in its list: answered, 100 in a call",
                "a batch of reads: refused ((#100) Batch requests are not available to this app [100])",
            ],
        ),
    ],
)
def test_doctor_says_what_an_account_can(fleet: Fleet, fault: str, told: list[str]) -> None:
    applied(fleet, 4, listed=True, way="single")
    fleet.faults(*([{"kind": fault}] if fault else []))
    report = fleet.run(doctor_run)
    assert list(report.accounts[0].bulk) == told
    assert all(line in doctor_text(report) for line in told)


@pytest.mark.parametrize(
    ("account", "said_of_it"),
    [
        ("{provider: kaleyra, endpoint: sandbox, sid: S, bulk_read: batch}", "Kaleyra has no way to batch reads"),
        (
            "{provider: meta, endpoint: sandbox, bulk_read: expand}",
            "the list that holds the profiles is that of a waba_id, and the account has none",
        ),
    ],
)
def test_a_way_that_an_account_has_not_is_an_error_in_its_settings(fleet: Fleet, account: str, said_of_it: str) -> None:
    from reconciler.effects.files.repository import read_repository
    from reconciler.providers import providers

    fleet.write("reconciler.yaml", f"version: 1\naccounts:\n  one: {account}\n")
    (found,) = [one for one in read_repository(fleet.context, providers()).diagnostics if one.code == "no-bulk-read"]
    assert found.summary == said_of_it

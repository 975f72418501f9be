"""Whatever comes in whatever order, the promises hold; and the judge sees it where one does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reconciler.core.reports.command_reports import DriftReport
from tests.laws.promises import Memory, Step, broken, forgotten, unsettled_end
from tests.laws.sequences import LONG, SHORT, sequence
from tests.laws.steps import POLICY, Play
from tests.laws.town import SHOPS, Town, Write

_PARTS = 4


@pytest.mark.parametrize("part", range(_PARTS))
def test_whatever_comes_in_whatever_order_the_promises_hold(
    part: int, long: bool, record_property: Callable[[str, Any], None]
) -> None:
    """Repeat a failure alone: `python -m tests.laws.sequences --seed SEED --only N`."""
    seed = str(Random().randrange(10**9)) if long else "0"
    numbers = range(part, LONG if long else SHORT, _PARTS)
    record_property("tried", len(numbers))
    found = [sequence(seed, number) for number in numbers]
    assert [(seed, one) for one in found if one["problems"]] == []


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town whose first shop was applied."""
    town = Town(tmp_path / "town")
    town.settings(policy=POLICY)
    town.wanted["berlin"]["about"] = SHOPS["berlin"].stand.samples["about"].first
    town.rewrite("berlin")
    return town


ABOUT = ("berlin", "about")


def applied(town: Town, *writes: Write, **more: Any) -> Step:
    """Return the step of an apply after which live is as it was before."""
    truth = town.truth()
    given = {"before": truth, "after": truth, "requests": (), "reports": (), **more}
    return Step(name="apply", writes=writes, **given)


def numbers(problems: list[str]) -> list[str]:
    """Return the promises that were broken."""
    return sorted({one.partition(":")[0] for one in problems})


RIGHT = Write(ABOUT, {"about": "Fresh bread"}, taken=True, swallowed=False)


def test_a_right_write_breaks_no_promise(town: Town) -> None:
    assert broken(town, Memory(), applied(town, RIGHT)) == []


def test_a_look_that_writes_breaks_the_first(town: Town) -> None:
    assert numbers(broken(town, Memory(), replace(applied(town, RIGHT), name="drift"))) == ["1"]


def test_a_value_that_is_live_already_or_travels_twice_breaks_the_second(town: Town) -> None:
    town.outside(ABOUT, about="Fresh bread")
    assert numbers(broken(town, Memory(), applied(town, RIGHT))) == ["2"]
    town.outside(ABOUT, about="Rolls")
    pair = replace(applied(town, RIGHT, RIGHT), name="pair")
    assert numbers(broken(town, Memory(), pair)) == ["2"]
    body = {"method": "POST", "path": "/v23.0/1", "credential": None, "origin": "", "body": {"surprise": 1}}
    assert numbers(broken(town, Memory(), applied(town, requests=(body,)))) == ["2"]


def test_a_field_that_no_file_manages_breaks_the_third(town: Town) -> None:
    town.wanted["berlin"].clear()
    assert numbers(broken(town, Memory(), applied(town, RIGHT))) == ["3"]
    town.wanted["berlin"]["about"] = SHOPS["berlin"].stand.samples["about"].first
    town.modes["berlin"] = "observe"
    assert numbers(broken(town, Memory(), applied(town, RIGHT))) == ["3"]


def test_a_report_that_calls_live_what_is_not_breaks_the_fourth(town: Town) -> None:
    report = town.apply()
    town.outside(ABOUT, about="Theirs")
    step = applied(town, RIGHT, reports=(report,), requests=town.requests())
    assert "4" in numbers(broken(town, Memory(), step))
    in_sync = town.plan()
    assert broken(town, Memory(), replace(step, name="plan", writes=(), reports=(in_sync,))) == []
    calm = DriftReport(plan=replace(in_sync.plan, targets=()))
    assert numbers(broken(town, Memory(), applied(town, reports=(calm,)))) == ["4"]


def test_what_another_party_wrote_is_not_overwritten_unasked(town: Town) -> None:
    town.outside(ABOUT, about="Theirs")
    there = town.held(town.truth(), ABOUT)
    said = town.wanted["berlin"]["about"]
    memory = Memory(foreign={ABOUT: there}, agreed={ABOUT: said})
    assert numbers(broken(town, memory, applied(town, RIGHT))) == ["5"]
    assert numbers(broken(town, memory, applied(town, RIGHT, allowed=frozenset({"webhook"})))) == ["5"]
    assert broken(town, memory, applied(town, RIGHT, allowed=frozenset({"drifted"}))) == []
    assert broken(town, replace(memory, ours={ABOUT: {there}}), applied(town, RIGHT)) == []


def test_what_is_left_at_the_end_breaks_the_sixth_or_the_thirteenth(town: Town) -> None:
    plan = town.plan()
    assert numbers(unsettled_end(town, Memory(), plan, agreed=True)) == ["6"]
    assert numbers(unsettled_end(town, Memory(), plan, agreed=False)) == ["13"]
    assert unsettled_end(town, Memory(touched={ABOUT}), plan, agreed=False) == []


def test_what_a_dead_run_sent_and_the_ledger_does_not_know_breaks_the_seventh(town: Town) -> None:
    assert numbers(forgotten(town, applied(town, RIGHT))) == ["7"]
    town.apply()
    assert forgotten(town, applied(town, RIGHT)) == []


def test_a_credential_at_two_hosts_and_one_that_is_shown_break_the_ninth_and_the_tenth(town: Town) -> None:
    calls = [{"method": "GET", "credential": "one", "origin": origin, "status": 200} for origin in ("a", "b")]
    assert numbers(broken(town, Memory(), applied(town, requests=calls))) == ["9"]
    town.said.append(f"the token is {town.environ['META_TOKEN']}")
    assert numbers(broken(town, Memory(), applied(town))) == ["10"]


def test_another_value_than_the_files_breaks_the_twelfth_and_another_number_the_fourteenth(town: Town) -> None:
    other = RIGHT._replace(value={"about": "From a plan"})
    assert numbers(broken(town, Memory(), applied(town, other))) == ["12"]
    report = town.apply()
    step = applied(town, RIGHT, reports=(report,), requests=town.requests(), planned=2)
    step = replace(step, before={**step.before, "berlin": {}})
    assert numbers(broken(town, Memory(), step)) == ["14"]


def test_a_sequence_tells_its_steps_and_each_kind_of_step_can_be_played(tmp_path: Path) -> None:
    play = Play(Town(tmp_path / "town"), Random("every kind"))
    play.begin()
    for step in (play.outside, play.lose, play.mode, play.spoilt, play.amiss, play.by_plan, play.adopt, play.pair):
        step()
    assert play.problems == []
    assert {one.split()[0] for one in play.told} >= {"apply", "the", "adopt", "pair"}

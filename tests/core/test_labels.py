"""Which labels of a merged pull request count."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.github import Event
from reconciler.core.labels import Allowed, allowed, pushed, put_on, runs_of
from tests.support.conversing import HEAD, NOON, event, pull, workflow_run

MAY = {"grace": "write", "ada": "admin", "root": "maintain", "eve": "read", "github-actions[bot]": "write"}
PUSHED = NOON - timedelta(minutes=10)


def judged(*events: Event, at: datetime | None = PUSHED, self_label: bool = False) -> Allowed:
    return allowed(pull(), events, pushed=at, permissions=MAY, self_label=self_label)


def why(*events: Event, at: datetime | None = PUSHED, self_label: bool = False) -> str:
    """Return why the one label that is on does not count."""
    (ignored,) = judged(*events, at=at, self_label=self_label).ignored
    return ignored.why


def test_a_label_that_somebody_else_put_on_after_the_last_push_counts() -> None:
    found = judged(event("allow-webhook"), event("allow-clear", actor="root"), event("urgent"))
    assert (found.pull, found.rules, found.ignored) == (17, ("clear", "webhook"), ())
    assert [given.actor for given in found.given] == ["root", "grace"]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (
            event("allow-empty"),
            "it names nothing that can be let through; that is one of bulk, clear, conflict, drifted",
        ),
        (event("Allow-clear"), "it names nothing that can be let through"),
        (event("allow-"), "it names nothing that can be let through"),
        (event(actor=""), "nobody knows who put it on"),
        (event(actor="eve"), "who put it on may not write to this repository"),
        (event(actor="mallory"), "who put it on may not write to this repository"),
        (event(actor="github-actions[bot]"), "a program put it on, and not a person who looked at the plan"),
        (event(actor="ada"), "the author of the pull request put it on; somebody else has to"),
        (event(minutes=-10), "it was put on before the last push"),
        (event(minutes=-11), "it was put on before the last push"),
    ],
)
def test_a_label_that_does_not_count_says_why(one: Event, reason: str) -> None:
    assert why(one).startswith(reason)


def test_where_nobody_knows_when_it_was_pushed_no_label_counts() -> None:
    assert why(event(), at=None).startswith("nobody knows when the pull request was last pushed to")


def test_an_author_s_own_label_counts_where_the_policy_says_so() -> None:
    assert judged(event(actor="ada"), self_label=True).rules == ("clear",)
    assert why(event(actor="ada", minutes=-11), self_label=True).startswith("it was put on before")


def test_an_author_who_may_not_write_opens_nothing_even_then() -> None:
    ours = pull(author="eve")
    found = allowed(ours, [event(actor="eve")], pushed=PUSHED, permissions=MAY, self_label=True)
    assert (found.rules, len(found.ignored)) == ((), 1)


def test_what_counts_is_what_was_on_at_the_merge() -> None:
    off = event(minutes=-3, kind="unlabeled", actor="eve")
    assert put_on(pull(), [event(), off]) == ()
    again = event(minutes=-2, actor="root")
    assert put_on(pull(), [again, off, event()]) == (again,)
    assert put_on(pull(), [event(), event(minutes=1, kind="unlabeled")]) == (event(),)
    assert put_on(pull(), [event(minutes=1)]) == ()
    assert put_on(pull(), [event(minutes=0)]) == (event(minutes=0),)
    assert put_on(pull(), [event(minutes=-3, kind="unlabeled"), event("urgent"), event(kind="renamed")]) == ()
    assert put_on(pull(merged=False), [event()]) == ()


LABELS = st.sampled_from(["allow-clear", "allow-webhook", "allow-empty", "urgent"])
EVENTS = st.lists(
    st.builds(
        event,
        LABELS,
        st.integers(-20, 5),
        kind=st.sampled_from(["labeled", "unlabeled", "renamed"]),
        actor=st.sampled_from(["grace", "ada", "eve", ""]),
    ),
    max_size=12,
)


@given(events=EVENTS, at=st.integers(-20, 5), self_label=st.booleans())
def test_whatever_counts_was_put_on_in_time_by_somebody_who_may(
    events: list[Event], at: int, *, self_label: bool
) -> None:
    """And every label that could have counted is told of, one way or the other."""
    pushed_at = NOON + timedelta(minutes=at)
    found = judged(*events, at=pushed_at, self_label=self_label)
    for one in found.given:
        assert pushed_at < one.at <= NOON
        assert one.actor == "grace" or (self_label and one.actor == "ada")
    told = [*(one.label for one in found.given), *(one.label for one in found.ignored)]
    assert sorted(told) == [one.label for one in put_on(pull(), events)]


def test_only_runs_of_the_plan_for_what_was_merged_say_when_it_was_pushed() -> None:
    mine = workflow_run(1, -30), workflow_run(2, -10, path=".github/workflows/plan.yml@main")
    others = (
        workflow_run(3, -1, head="b" * 40),
        workflow_run(4, -1, event="push"),
        workflow_run(5, -1, path=".github/workflows/other.yml"),
        workflow_run(6, -1, repository="eve/fork"),
        workflow_run(7, -1, branch="the same commit elsewhere"),
        workflow_run(8, -1, source="eve/fork"),
    )
    found = runs_of([*mine, *others], pull(), repository="Goldcrust/Profiles", workflow="plan.yml")
    assert [run.id for run in found] == [2, 1]
    assert pushed(found, []) == NOON - timedelta(minutes=10)


@pytest.mark.parametrize("source", ["Eve/Fork", ""], ids=["there", "gone"])
def test_of_a_fork_s_pull_request_its_own_runs_say_so(source: str) -> None:
    mine, other = workflow_run(1, source=source.lower()), workflow_run(2, source="goldcrust/profiles")
    found = runs_of([mine, other], pull(source=source), repository="goldcrust/profiles", workflow="plan.yml")
    assert found == (mine,)


def test_without_such_a_run_nobody_knows_though_there_was_a_force_push() -> None:
    assert pushed([], [event(kind="head_ref_force_pushed", minutes=-20)]) is None


@pytest.mark.parametrize("kind", ["head_ref_force_pushed", "base_ref_changed", "base_ref_force_pushed"])
def test_a_force_push_and_another_base_count_as_a_push(kind: str) -> None:
    """A force push to a commit that a run was of before starts no run that is newer."""
    runs = [workflow_run(minutes=-30)]
    assert pushed(runs, [event(minutes=-4, kind=kind), event(minutes=-3)]) == NOON - timedelta(minutes=4)
    assert runs[0].head == HEAD

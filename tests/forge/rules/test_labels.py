"""Which labels of a merged pull request count."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.forge.port import PullEvent, WorkflowRun
from reconciler.forge.rules.merge import AllowedByLabels, PushUnknown, judge_labels, last_push, of_branch, put_on
from tests.support.conversing import NOON, event, pull, workflow_run

MAY = {"grace": "write", "ada": "admin", "root": "maintain", "eve": "read", "github-actions[bot]": "write"}
PUSHED = NOON - timedelta(minutes=10)


def judged(*events: PullEvent, at: datetime | PushUnknown = PUSHED, self_label: bool = False) -> AllowedByLabels:
    return judge_labels(pull(), events, pushed=at, permissions=MAY, self_label=self_label)


def why(*events: PullEvent, at: datetime | PushUnknown = PUSHED, self_label: bool = False) -> str:
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
def test_a_label_that_does_not_count_says_why(one: PullEvent, reason: str) -> None:
    assert why(one).startswith(reason)


def test_where_nobody_knows_when_it_was_pushed_no_label_counts() -> None:
    assert why(event(), at=PushUnknown(why="nobody knows")) == "nobody knows"


def test_an_author_s_own_label_counts_where_the_policy_says_so() -> None:
    assert judged(event(actor="ada"), self_label=True).rules == ("clear",)
    assert why(event(actor="ada", minutes=-11), self_label=True).startswith("it was put on before")


def test_an_author_who_may_not_write_opens_nothing_even_then() -> None:
    ours = pull(author="eve")
    found = judge_labels(ours, [event(actor="eve")], pushed=PUSHED, permissions=MAY, self_label=True)
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
    events: list[PullEvent], at: int, *, self_label: bool
) -> None:
    """And every label that could have counted is told of, one way or the other."""
    pushed_at = NOON + timedelta(minutes=at)
    found = judged(*events, at=pushed_at, self_label=self_label)
    for one in found.given:
        assert pushed_at < one.at <= NOON
        assert one.actor == "grace" or (self_label and one.actor == "ada")
    told = [*(one.label for one in found.given), *(one.label for one in found.ignored)]
    assert sorted(told) == [one.label for one in put_on(pull(), events)]


def found(*runs: WorkflowRun, source: str = "goldcrust/profiles") -> list[int]:
    """Return the runs that are of the branch that was merged."""
    fits = partial(of_branch, pull=pull(source=source), repository="Goldcrust/Profiles", workflow="plan.yml")
    return [run.id for run in runs if fits(run)]


def test_only_runs_of_the_plan_for_the_branch_that_was_merged_say_when_it_was_pushed() -> None:
    mine = (
        workflow_run(1, -30),
        workflow_run(2, -10, path=".github/workflows/plan.yml@main"),
        workflow_run(3, 0, head="b" * 40),
    )
    others = (
        workflow_run(4, -1, event="push"),
        workflow_run(5, -1, path=".github/workflows/other.yml"),
        workflow_run(6, -1, repository="eve/fork"),
        workflow_run(7, -1, branch="the same commit elsewhere"),
        workflow_run(8, -1, source="eve/fork"),
        workflow_run(9, 1),
    )
    assert found(*mine, *others) == [1, 2, 3]


def test_of_a_pull_request_that_is_open_every_run_is_one() -> None:
    assert of_branch(workflow_run(), pull(merged=False), repository="goldcrust/profiles", workflow="plan.yml")


@pytest.mark.parametrize("source", ["Eve/Fork", ""], ids=["there", "gone"])
def test_of_a_fork_s_pull_request_its_own_runs_say_so(source: str) -> None:
    mine, other = workflow_run(1, source=source.lower()), workflow_run(2, source="goldcrust/profiles")
    assert found(mine, other, source=source) == [1]


def test_the_newest_run_says_when_it_was_pushed() -> None:
    forced = event(kind="head_ref_force_pushed", minutes=-20)
    assert last_push(pull(), workflow_run(minutes=-10), []) == PUSHED
    assert last_push(pull(), workflow_run(minutes=-10), [forced, event(minutes=-3)]) == PUSHED
    assert last_push(pull(), workflow_run(minutes=-20), [forced]) == forced.at


def test_without_a_run_nobody_knows() -> None:
    unknown = last_push(pull(), None, [event(kind="head_ref_force_pushed", minutes=-20)])
    assert unknown == PushUnknown(
        why="nobody knows when the pull request was last pushed to: no run of the plan's workflow says so"
    )


@pytest.mark.parametrize(
    ("newest", "events"),
    [
        (workflow_run(minutes=-30, head="b" * 40), []),
        (workflow_run(minutes=-30), [event(kind="head_ref_force_pushed", minutes=-20)]),
    ],
    ids=["the newest run is of another commit", "it was led back after the newest run"],
)
def test_what_was_pushed_by_something_that_starts_no_run_was_pushed_nobody_knows_when(
    newest: WorkflowRun, events: list[PullEvent]
) -> None:
    """Else a commit that had its run could be hidden behind a harmless one until the label is on, and brought back."""
    assert last_push(pull(), newest, events) == PushUnknown(
        why="what was merged was pushed last by something that starts no run: nobody knows when"
    )


@pytest.mark.parametrize("kind", ["base_ref_changed", "base_ref_force_pushed", "automatic_base_change_succeeded"])
def test_another_base_counts_as_a_push(kind: str) -> None:
    events = [event(minutes=-4, kind=kind), event(minutes=-3)]
    assert last_push(pull(), workflow_run(minutes=-30), events) == NOON - timedelta(minutes=4)


# What somebody does to a branch while its pull request is open: a push with a run, one without, a label.
DOING = st.lists(st.tuples(st.sampled_from(["push", "quiet push", "label"]), st.integers(0, 3)), max_size=12)


@given(DOING)
def test_a_label_never_counts_for_a_commit_that_was_pushed_after_it(doing: list[tuple[str, int]]) -> None:
    """Commits are a line, each a child of the one before: to go back along it takes force, which is an event."""
    head, label_at_head, runs, events = 0, False, [workflow_run(100, -90, head="0" * 40)], []
    for number, (kind, commit) in enumerate(doing):
        minute = number - 60
        if kind == "label":
            events.append(event(minutes=minute, actor="grace"))
            label_at_head = True
        elif commit != head:
            if commit < head:
                events.append(event(minutes=minute, kind="head_ref_force_pushed"))
            if kind == "push":
                runs.append(workflow_run(101 + number, minute, head=str(commit) * 40))
            head, label_at_head = commit, False
    ours = replace(pull(), head=str(head) * 40)
    at = last_push(ours, runs[-1], events)
    counts = judge_labels(ours, events, pushed=at, permissions=MAY, self_label=False).rules == ("clear",)
    assert label_at_head or not counts
    if all(kind != "quiet push" for kind, _ in doing):
        assert counts == label_at_head

"""Which labels of a pull request count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.forge.port import BranchPush, PullEvent, WorkflowRun
from reconciler.forge.rules.labels import (
    AllowedByLabels,
    IgnoredLabel,
    LabelDoubt,
    LastPush,
    PushInDoubt,
    in_all,
    is_of_branch,
    judge_labels,
    last_push,
    put_on,
)
from reconciler.forge.text.labels import why_ignored
from tests.support.conversing import HEAD, NOON, event, pull, workflow_run

PROGRAMS = dict.fromkeys(("project_12_bot_0a1b", "group_3_bot", "service_account_7_x", "Project_12_bot2"), "write")
MAY = PROGRAMS | {"grace": "write", "ada": "admin", "root": "maintain", "eve": "read", "github-actions[bot]": "write"}
ENDED = NOON - timedelta(minutes=10)
PUSH = LastPush(by=("ada",), ended=ENDED, run=5)


def judged(
    *events: PullEvent, push: LastPush | PushInDoubt = PUSH, self_label: bool = False, author: str = "ada"
) -> AllowedByLabels:
    return judge_labels(pull(author=author), events, push=push, permissions=MAY, self_label=self_label)


def why(*events: PullEvent, push: LastPush | PushInDoubt = PUSH, self_label: bool = False, author: str = "ada") -> str:
    """Return why the one label that is on does not count."""
    (ignored,) = judged(*events, push=push, self_label=self_label, author=author).ignored
    return why_ignored(ignored)


def test_a_label_that_another_person_put_on_after_the_plan_of_the_last_push_counts() -> None:
    found = judged(event("allow-webhook"), event("allow-clear", actor="root"), event("urgent"))
    assert (found.pull, found.pulls, found.rules, found.ignored) == (17, (17,), ("clear", "webhook"), ())
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
        (event(actor=""), "GitHub does not say who put it on"),
        (event(actor="eve"), "eve put it on, and may not write to this repository"),
        (event(actor="mallory"), "mallory put it on, and may not write to this repository"),
        (event(actor="github-actions[bot]"), "github-actions[bot] is a program, and no person who looked at the plan"),
        *(
            (event(actor=program), f"{program} is a program, and no person who looked at the plan")
            for program in PROGRAMS
        ),
        (event(actor="ada"), "ada put it on, and opened the pull request: another person has to put it on"),
        (
            event(minutes=-10),
            "it was put on before the plan of the last push, run 5, had ended at 2026-08-02T11:50:00Z",
        ),
        (
            event(minutes=-11),
            "it was put on before the plan of the last push, run 5, had ended at 2026-08-02T11:50:00Z",
        ),
    ],
)
def test_a_label_that_does_not_count_says_why(one: PullEvent, reason: str) -> None:
    assert why(one).startswith(reason)


@pytest.mark.parametrize("author", ["ada", "renovate[bot]", ""])
@pytest.mark.parametrize("login", ["grace", "Grace"])
def test_the_label_of_the_person_who_pushed_last_does_not_count_at_another_s_pull_request(
    author: str, login: str
) -> None:
    mine = LastPush(by=("root", login), ended=ENDED)
    assert why(event(), push=mine, author=author).startswith("grace put it on, and pushed the last commit: another")
    assert judged(event(actor="ada"), push=mine, author="renovate[bot]").rules == ("clear",)
    assert judged(event(), push=mine, author=author, self_label=True).rules == ("clear",)


@pytest.mark.parametrize(
    ("doubt", "reason"),
    [
        (LabelDoubt.PUSH_UNKNOWN, "no run of the plan's workflow says when the last commit was pushed"),
        (LabelDoubt.QUIET_PUSH, "what was pushed last started no run of the plan's workflow"),
        (LabelDoubt.PUSHER_UNKNOWN, "GitHub does not say who pushed the last commit, of which run 7 is"),
        (LabelDoubt.PLAN_NOT_ENDED, "the plan of the last push, run 7, did not end"),
        (LabelDoubt.PLANNED_AGAIN, "run 7, the plan of the last push, ended after the merge"),
    ],
)
def test_where_the_last_push_is_in_doubt_no_label_counts(doubt: LabelDoubt, reason: str) -> None:
    assert why(event(), push=PushInDoubt(doubt, run=7)).startswith(reason)


def test_every_doubt_has_its_sentence_and_says_no_more_than_it_knows() -> None:
    said = [why_ignored(IgnoredLabel("allow-clear", "grace", doubt, pull=17, run=5, other=18)) for doubt in LabelDoubt]
    assert len(set(said)) == len(LabelDoubt)
    assert not [text for text in said if "None" in text or text.endswith(".")]


def test_the_author_is_known_in_whichever_letters() -> None:
    assert why(event(actor="ada"), author="Ada").startswith("ada put it on, and opened the pull request")


def test_an_author_s_own_label_counts_where_the_policy_says_so() -> None:
    assert judged(event(actor="ada"), self_label=True).rules == ("clear",)
    assert why(event(actor="ada", minutes=-11), self_label=True).startswith("it was put on before")


def test_an_author_who_may_not_write_opens_nothing_even_then() -> None:
    found = judged(event(actor="eve"), author="eve", self_label=True)
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


def test_before_the_merge_what_is_on_now_counts_by_the_same_rules() -> None:
    ours, events = pull(merged=False), [event(), event("allow-bulk", minutes=90), event("allow-webhook", actor="ada")]
    found = judge_labels(ours, events, push=PUSH, permissions=MAY, self_label=False)
    assert (found.rules, [one.doubt for one in found.ignored]) == (("bulk", "clear"), [LabelDoubt.AUTHOR])
    assert put_on(ours, [event(), event(minutes=90, kind="unlabeled")]) == ()


LABELS = st.sampled_from(["allow-clear", "allow-webhook", "allow-empty", "urgent"])
LOGINS = st.sampled_from(["grace", "root", "ada", "eve", "github-actions[bot]", ""])
EVENTS = st.lists(
    st.builds(
        event,
        LABELS,
        st.integers(-20, 5),
        kind=st.sampled_from(["labeled", "unlabeled", "renamed"]),
        actor=LOGINS,
    ),
    max_size=12,
)


@given(events=EVENTS, at=st.integers(-20, 5), by=st.lists(LOGINS, max_size=2), author=LOGINS, self_label=st.booleans())
def test_whatever_counts_was_put_on_in_time_by_a_person_who_may(
    events: list[PullEvent], at: int, by: list[str], author: str, *, self_label: bool
) -> None:
    """And every label that could have counted is told of, one way or the other."""
    push = LastPush(by=tuple(by), ended=NOON + timedelta(minutes=at))
    found = judged(*events, push=push, self_label=self_label, author=author)
    for one in found.given:
        assert push.ended < one.at <= NOON
        assert one.actor in {"grace", "root", "ada"}
        assert self_label or one.actor not in {author, *by}
    told = [*(one.label for one in found.given), *(one.label for one in found.ignored)]
    assert sorted(told) == [one.label for one in put_on(pull(), events)]


@given(events=EVENTS, at=st.integers(-20, 5), later=st.integers(0, 9), by=st.lists(LOGINS, max_size=2))
def test_a_later_plan_and_one_more_pusher_let_nothing_more_through(
    events: list[PullEvent], at: int, later: int, by: list[str]
) -> None:
    push = LastPush(by=(), ended=NOON + timedelta(minutes=at))
    less = judged(*events, push=LastPush(by=tuple(by), ended=push.ended + timedelta(minutes=later)))
    assert set(less.rules) <= set(judged(*events, push=push).rules)


@given(st.lists(EVENTS, min_size=1, max_size=3))
def test_what_one_commit_merged_lets_through_what_each_of_its_pull_requests_does(told: list[list[PullEvent]]) -> None:
    each = [
        judge_labels(pull(17 + number), events, push=PUSH, permissions=MAY, self_label=False)
        for number, events in enumerate(told)
    ]
    found = in_all(each)
    assert set(found.rules) == set.intersection(*(set(one.rules) for one in each))
    assert (found.pull, found.pulls) == (17, tuple(range(17, 17 + len(each))))
    # Every label is told of once, and the other pull request that is named is one without it.
    assert sum(len(one.given) + len(one.ignored) for one in each) == len(found.given) + len(found.ignored)
    for label in found.ignored:
        if label.doubt is LabelDoubt.OTHER_PULL:
            assert label.label.removeprefix("allow-") not in each[label.other - 17].rules
    assert in_all(each[:1]) == each[0]


def found(*runs: WorkflowRun, source: str = "goldcrust/profiles") -> list[int]:
    """Return the runs that are of the branch that was merged."""
    fits = partial(is_of_branch, pull=pull(source=source), repository="Goldcrust/Profiles", workflow="plan.yml")
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
    assert is_of_branch(workflow_run(), pull(merged=False), repository="goldcrust/profiles", workflow="plan.yml")


@pytest.mark.parametrize("source", ["Eve/Fork", ""], ids=["there", "gone"])
def test_of_a_fork_s_pull_request_its_own_runs_say_so(source: str) -> None:
    mine, other = workflow_run(1, source=source.lower()), workflow_run(2, source="goldcrust/profiles")
    assert found(mine, other, source=source) == [1]


def pushed(
    *runs: WorkflowRun, events: list[PullEvent] | None = None, pushes: tuple[BranchPush, ...] = (), author: str = "ada"
) -> LastPush | PushInDoubt:
    return last_push(pull(author=author), runs, events or [], pushes)


def forced(minutes: int, actor: str = "grace") -> PullEvent:
    return event(kind="head_ref_force_pushed", minutes=minutes, actor=actor)


def push(actor: str, minutes: int = -20, *, head: str = HEAD) -> BranchPush:
    return BranchPush(head=head, at=NOON + timedelta(minutes=minutes), actor=actor)


def test_the_end_of_the_newest_run_is_when_its_plan_was_there() -> None:
    assert pushed(workflow_run(minutes=-15, ended=-10)) == LastPush(by=("ada",), ended=ENDED, run=5)
    assert pushed(workflow_run(minutes=-10), events=[forced(-20), event(minutes=-3)]) == PUSH
    older = workflow_run(4, -30, head="b" * 40, actor="grace")
    assert pushed(older, workflow_run(minutes=-10)) == PUSH


@pytest.mark.parametrize("conclusion", ["", "cancelled", "timed_out", "action_required"])
def test_a_label_a_second_after_the_push_counts_for_nothing_before_the_plan_of_it_has_ended(conclusion: str) -> None:
    goes_on = workflow_run(6, -10, conclusion=conclusion)
    assert pushed(goes_on) == PushInDoubt(LabelDoubt.PLAN_NOT_ENDED, run=6)
    ended = workflow_run(6, -10, conclusion="failure", ended=-4)
    assert why(event(minutes=-9), push=pushed(ended)).startswith("it was put on before the plan of the last push")
    assert judged(event(minutes=-3), push=pushed(ended)).rules == ("clear",)


def test_a_plan_that_ended_after_the_merge_was_seen_by_no_person() -> None:
    assert pushed(workflow_run(minutes=-10, ended=1)) == PushInDoubt(LabelDoubt.PLANNED_AGAIN, run=5)
    still_open = last_push(pull(merged=False), [workflow_run(minutes=-10, ended=1)], [], ())
    assert still_open == LastPush(by=("ada",), ended=NOON + timedelta(minutes=1), run=5)


def test_without_a_run_the_push_is_not_known() -> None:
    assert pushed(events=[forced(-20)]) == PushInDoubt(LabelDoubt.PUSH_UNKNOWN)


@pytest.mark.parametrize(
    ("newest", "events"),
    [
        (workflow_run(minutes=-30, head="b" * 40), []),
        (workflow_run(minutes=-30), [forced(-20)]),
        (workflow_run(minutes=-30), [event(kind="pushed", minutes=-20)]),
    ],
    ids=["the newest run is of another commit", "it was led back after the newest run", "GitLab tells of a push"],
)
def test_a_push_that_starts_no_run_is_in_doubt(newest: WorkflowRun, events: list[PullEvent]) -> None:
    """Else a commit that had its run could be hidden behind a harmless one until the label is on, and brought back."""
    assert pushed(newest, events=events) == PushInDoubt(LabelDoubt.QUIET_PUSH, run=5)


@pytest.mark.parametrize("kind", ["base_ref_changed", "base_ref_force_pushed", "automatic_base_change_succeeded"])
def test_another_base_counts_as_a_push(kind: str) -> None:
    found = pushed(workflow_run(minutes=-30), events=[event(minutes=-4, kind=kind), event(minutes=-3)])
    assert found == LastPush(by=("ada",), ended=NOON - timedelta(minutes=4), run=5)


def by(*runs: WorkflowRun, events: list[PullEvent] | None = None, pushes: tuple[BranchPush, ...] = ()) -> set[str]:
    found = pushed(*runs, events=events, pushes=pushes)
    assert isinstance(found, LastPush), found
    return set(found.by)


def test_the_first_run_of_the_commit_says_who_pushed_it_and_a_reopening_does_not() -> None:
    before = workflow_run(4, -40, head="b" * 40, actor="root")
    first, again = workflow_run(5, -30, actor="grace"), workflow_run(6, -20, actor="root")
    assert by(again, first, before) == {"grace"}
    assert by(again, first) == {"grace"}


def test_a_commit_that_was_pushed_again_later_was_pushed_by_the_later_one() -> None:
    there, away, back = workflow_run(4, -40), workflow_run(5, -30, head="b" * 40), workflow_run(6, -20, actor="grace")
    assert by(there, away, back) == {"grace"}


def test_a_person_who_led_the_branch_back_by_force_pushed_last_too() -> None:
    assert by(workflow_run(4, -40), workflow_run(5, -20), events=[forced(-21, "root")]) == {"ada", "root"}
    assert by(workflow_run(4, -40), events=[forced(-41, "root")]) == {"ada"}


def test_what_a_branch_had_before_its_pull_request_was_opened_was_pushed_by_who_pushed_the_branch() -> None:
    opened = workflow_run(minutes=-30, actor="ada")
    pushes = (push("grace", -31), push("eve", -32), push("root", -20, head="b" * 40), push("root", 1))
    assert by(opened, pushes=pushes) == {"ada", "grace"}


def test_a_program_that_opened_it_says_nothing_about_who_pushed() -> None:
    opened = workflow_run(actor="renovate[bot]")
    assert pushed(opened) == PushInDoubt(LabelDoubt.PUSHER_UNKNOWN, run=5)
    assert by(opened, pushes=(push("renovate[bot]"),)) == {"renovate[bot]"}
    assert by(opened, pushes=(push("grace"),)) == {"grace", "renovate[bot]"}


@pytest.mark.parametrize(
    ("run", "pushes"),
    [(workflow_run(actor=""), ()), (workflow_run(), (push(""),))],
    ids=["the run's account is gone", "the pusher's account is gone"],
)
def test_an_account_that_is_gone_pushed_it_and_no_label_counts(
    run: WorkflowRun, pushes: tuple[BranchPush, ...]
) -> None:
    assert pushed(run, pushes=pushes) == PushInDoubt(LabelDoubt.PUSHER_UNKNOWN, run=5)


# What people do to a branch while its pull request is open: a push with a run, one without, an end of a plan, a label.
KINDS = ["push", "quiet push", "plan ends", "label"]
DOING = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.sampled_from(["grace", "root", "ada"])), max_size=14
)


@given(DOING)
def test_a_label_never_counts_for_a_commit_without_a_plan_nor_for_who_pushed_it(
    doing: list[tuple[str, int, str]],
) -> None:
    """Commits are a line, each a child of the one before: to go back along it takes force, which is an event."""
    runs, events = [workflow_run(100, -90, head="0" * 40)], []
    head, pusher, label_by, label_late = 0, "ada", "", False
    for number, (kind, commit, actor) in enumerate(doing):
        minute = number - 60
        newest = runs[-1]
        if kind == "label":
            if label_by:
                events.append(event(minutes=minute, kind="unlabeled"))
            events.append(event(minutes=minute, actor=actor))
            label_by, label_late = actor, newest.head == str(head) * 40 and newest.conclusion != ""
        elif kind == "plan ends" and not newest.conclusion:
            runs[-1] = replace(newest, conclusion="success", updated=NOON + timedelta(minutes=minute))
        elif kind.endswith("push") and commit != head:
            if commit < head:
                events.append(event(minutes=minute, kind="head_ref_force_pushed", actor=actor))
            if kind == "push":
                runs.append(workflow_run(101 + number, minute, head=str(commit) * 40, conclusion="", actor=actor))
            head, pusher, label_late = commit, actor, False
    ours = replace(pull(author="renovate[bot]"), head=str(head) * 40)
    found = last_push(ours, runs, events, ())
    counts = judge_labels(ours, events, push=found, permissions=MAY, self_label=False).rules == ("clear",)
    assert not counts or (label_late and label_by != pusher)
    if all(kind != "quiet push" for kind, *_ in doing):
        assert counts == (label_late and label_by != pusher)

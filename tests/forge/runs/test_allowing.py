"""What the labels of a merged pull request let through, asked of a GitHub of our own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.rules.labels import AllowedByLabels, LabelDoubt
from reconciler.forge.runs.merge import allow_run
from tests.support.conversing import HEAD, MERGE, NOON, Talk
from tests.support.fleet import Fleet
from tests.support.github import FakeGitHub
from tests.support.repository import Git


@pytest.fixture
def talk(fleet: Fleet) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        fake.person("grace", "write")
        fake.person("ada", "admin")
        fake.person("eve", "triage")
        yield Talk(fleet.root, fake)


@pytest.fixture
def base(fleet: Fleet) -> str:
    return Git(fleet.root).commit()


def allow(talk: Talk, base: str | None = None) -> AllowedByLabels:
    return talk.ask(lambda context, github: allow_run(context, github, commit=MERGE, base=base, workflow="plan.yml"))


def reviewed(talk: Talk) -> int:
    """Open a pull request whose last push was at noon."""
    number = talk.fake.pull("ada", head=HEAD)
    talk.fake.run("plan.yml", HEAD, at=NOON)
    return number


def test_a_label_that_a_colleague_put_on_after_the_last_push_lets_its_rule_through(talk: Talk, base: str) -> None:
    number = reviewed(talk)
    talk.fake.label(number, "allow-webhook", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.label(number, "allow-clear", by="ada", at=NOON + timedelta(minutes=1))
    talk.fake.label(number, "allow-bulk", by="eve", at=NOON + timedelta(minutes=1))
    talk.fake.label(number, "allow-everything", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    found = allow(talk, base)
    assert (found.pull, found.rules) == (number, ("webhook",))
    assert [(one.label, one.actor) for one in found.ignored] == [
        ("allow-bulk", "eve"),
        ("allow-clear", "ada"),
        ("allow-everything", "grace"),
    ]


def test_a_push_after_the_label_takes_it_away(talk: Talk, base: str) -> None:
    number = reviewed(talk)
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.push(number, "b" * 40)
    talk.fake.run("plan.yml", "b" * 40, at=NOON + timedelta(minutes=2))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    assert allow(talk, base).rules == ()
    assert allow(talk, base).ignored[0].doubt is LabelDoubt.BEFORE_PLAN


def test_a_label_that_is_put_on_while_the_plan_goes_on_opens_nothing(talk: Talk, base: str) -> None:
    number = talk.fake.pull("ada", head=HEAD)
    run = talk.fake.run("plan.yml", HEAD, at=NOON, ended=NOON + timedelta(minutes=3))
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(seconds=1))
    talk.fake.label(number, "allow-bulk", by="grace", at=NOON + timedelta(minutes=4))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    found = allow(talk, base)
    assert (found.rules, [(one.label, one.doubt, one.run) for one in found.ignored]) == (
        ("bulk",),
        [("allow-clear", LabelDoubt.BEFORE_PLAN, run)],
    )


@pytest.mark.parametrize("opened_by", ["ada", "renovate[bot]"])
def test_who_pushed_the_last_commit_does_not_label_another_s_pull_request(
    talk: Talk, base: str, opened_by: str
) -> None:
    number = talk.fake.pull(opened_by, head=HEAD)
    talk.fake.run("plan.yml", HEAD, at=NOON - timedelta(minutes=2), actor=opened_by)
    talk.fake.push(number, "b" * 40)
    talk.fake.pushed("b" * 40, by="grace", at=NOON)
    talk.fake.run("plan.yml", "b" * 40, at=NOON, actor="grace")
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    found = allow(talk, base)
    assert (found.rules, [one.doubt for one in found.ignored]) == ((), [LabelDoubt.PUSHER])


def test_who_pushed_a_branch_before_a_program_opened_its_pull_request_does_not_label_it(talk: Talk, base: str) -> None:
    number = talk.fake.pull("renovate[bot]", head=HEAD)
    talk.fake.pushed(HEAD, by="grace", at=NOON - timedelta(minutes=1))
    talk.fake.run("plan.yml", HEAD, at=NOON, actor="renovate[bot]")
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.label(number, "allow-bulk", by="ada", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    assert allow(talk, base).rules == ("bulk",)


def test_of_a_fork_s_branch_no_pushes_are_asked_for(talk: Talk, base: str) -> None:
    """A branch of the repository with the same name is another one."""
    number = talk.fake.pull("ada", head=HEAD, fork="ada/profiles")
    talk.fake.pushed(HEAD, by="grace", at=NOON)
    talk.fake.run("plan.yml", HEAD, at=NOON, fork="ada/profiles")
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    assert allow(talk, base).rules == ("clear",)


def test_a_forced_push_back_to_an_older_commit_takes_it_away_too(talk: Talk, base: str) -> None:
    number = reviewed(talk)
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.push(number, HEAD, by="ada", at=NOON + timedelta(minutes=2))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    assert allow(talk, base).rules == ()


def test_what_a_workflow_pushes_after_the_label_takes_it_away_although_the_commit_had_a_run_before(
    talk: Talk, base: str
) -> None:
    """What is pushed with a workflow's own token starts no run, and forward it is no event either."""
    number = talk.fake.pull("ada", head=HEAD)
    talk.fake.run("plan.yml", HEAD, at=NOON)
    talk.fake.push(number, "b" * 40, by="ada", at=NOON + timedelta(minutes=1))
    talk.fake.run("plan.yml", "b" * 40, at=NOON + timedelta(minutes=1))
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=2))
    talk.fake.push(number, HEAD)
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    found = allow(talk, base)
    assert (found.rules, [one.doubt for one in found.ignored]) == ((), [LabelDoubt.QUIET_PUSH])


def test_what_is_pushed_to_the_branch_after_the_merge_takes_no_label_away(talk: Talk, base: str) -> None:
    number = reviewed(talk)
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=2))
    talk.fake.run("plan.yml", "b" * 40, at=NOON + timedelta(minutes=3))
    talk.fake.run("plan.yml", "b" * 40, fork="eve/profiles", at=NOON + timedelta(minutes=1))
    assert allow(talk, base).rules == ("clear",)


def test_where_no_run_of_the_plan_is_known_no_label_counts(talk: Talk, base: str) -> None:
    number = talk.fake.pull("ada", head=HEAD)
    talk.fake.run("other.yml", HEAD, at=NOON)
    talk.fake.label(number, "allow-clear", by="grace", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    assert allow(talk, base).ignored[0].doubt is LabelDoubt.PUSH_UNKNOWN


@pytest.mark.parametrize(("then", "now", "counts"), [("allow", "deny", True), ("deny", "allow", False)])
def test_whether_an_author_s_own_label_counts_is_what_the_base_says(
    talk: Talk, fleet: Fleet, then: str, now: str, *, counts: bool
) -> None:
    """A pull request that allows it to itself allows nothing yet."""
    fleet.settings(policy=f"{{self_label: {then}}}")
    base = Git(fleet.root).commit()
    fleet.settings(policy=f"{{self_label: {now}}}")
    Git(fleet.root).commit()
    number = reviewed(talk)
    talk.fake.label(number, "allow-clear", by="ada", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    assert (allow(talk, base).rules == ("clear",)) is counts


@pytest.mark.parametrize("unknown", [None, "f" * 40, "0" * 40])
def test_where_the_base_is_not_known_no_author_s_own_label_counts(
    talk: Talk, fleet: Fleet, unknown: str | None
) -> None:
    fleet.settings(policy="{self_label: allow}")
    Git(fleet.root).commit()
    number = reviewed(talk)
    talk.fake.label(number, "allow-clear", by="ada", at=NOON + timedelta(minutes=1))
    talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    found = allow(talk, unknown)
    assert (found.rules, found.notes[-1]) == (
        (),
        "The settings of the base are not known here, so no own label of an author or a pusher counts.",
    )


def test_a_direct_push_lets_nothing_through(talk: Talk, base: str) -> None:
    number = talk.fake.pull("ada", head=MERGE)
    talk.fake.label(number, "allow-clear", by="grace")
    found = allow(talk, base)
    assert (found.pull, found.rules) == (0, ())
    assert found.notes[0] == "cccccccccccc is the merge of no pull request: it was pushed."


def test_a_merge_into_another_branch_lets_nothing_through(talk: Talk, base: str) -> None:
    number = talk.fake.pull("ada", head=HEAD, base="release")
    talk.fake.merge(number, MERGE)
    assert allow(talk, base).pull == 0
    talk.environ["GITHUB_REF_TYPE"] = "tag"
    assert allow(talk, base).pull == number


def test_where_one_commit_merged_two_pull_requests_a_label_counts_that_both_have(talk: Talk, base: str) -> None:
    """The older one is held in the newer one: its reviewers have not seen what the newer one adds."""
    older = talk.fake.pull("ada", head="b" * 40, branch="older")
    newer = talk.fake.pull("ada", head=HEAD)
    talk.fake.run("plan.yml", "b" * 40, at=NOON, branch="older")
    talk.fake.run("plan.yml", HEAD, at=NOON)
    for number, label in ((older, "allow-clear"), (older, "allow-bulk"), (newer, "allow-bulk")):
        talk.fake.label(number, label, by="grace", at=NOON + timedelta(minutes=1))
    for number in (older, newer):
        talk.fake.merge(number, MERGE, at=NOON + timedelta(minutes=9))
    found = allow(talk, base)
    assert (found.pull, found.pulls, found.rules) == (older, (older, newer), ("bulk",))
    assert [(one.label, one.doubt, one.other) for one in found.ignored] == [
        ("allow-clear", LabelDoubt.OTHER_PULL, newer)
    ]


def test_without_labels_the_forge_is_asked_for_no_more(talk: Talk, base: str) -> None:
    talk.fake.merge(reviewed(talk), MERGE)
    assert allow(talk, base).rules == ()
    assert [asked.path.rpartition("/")[2] for asked in talk.fake.asked] == ["pulls", "events"]


def test_what_github_refuses_is_said(talk: Talk, base: str) -> None:
    talk.fake.token("job", {"contents": "read"})
    with pytest.raises(ForgeProblem, match="permissions"):
        allow(talk, base)

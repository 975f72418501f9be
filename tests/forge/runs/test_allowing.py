"""What the labels of a merged pull request let through, asked of a GitHub of our own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from reconciler.forge.github.calls import GitHubProblem
from reconciler.forge.rules.merge import AllowedByLabels
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
    assert allow(talk, base).ignored[0].why.startswith("it was put on before the last push")


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
    assert (found.rules, [one.why for one in found.ignored]) == (
        (),
        ["what was merged was pushed last by something that starts no run: nobody knows when"],
    )


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
    assert allow(talk, base).ignored[0].why.startswith("nobody knows when the pull request was last pushed to")


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
        "the settings of the base are not known here, so no author's own label counts",
    )


def test_what_nobody_merged_by_a_pull_request_lets_nothing_through(talk: Talk, base: str) -> None:
    number = talk.fake.pull("ada", head=MERGE)
    talk.fake.label(number, "allow-clear", by="grace")
    found = allow(talk, base)
    assert (found.pull, found.rules) == (0, ())
    assert found.notes[0] == "cccccccccccc is the merge of no pull request: somebody pushed it"


def test_a_merge_into_another_branch_lets_nothing_through(talk: Talk, base: str) -> None:
    number = talk.fake.pull("ada", head=HEAD, base="release")
    talk.fake.merge(number, MERGE)
    assert allow(talk, base).pull == 0
    talk.environ["GITHUB_REF_TYPE"] = "tag"
    assert allow(talk, base).pull == number


def test_of_two_pull_requests_that_one_commit_merged_the_older_one_counts(talk: Talk, base: str) -> None:
    numbers = [talk.fake.pull("ada", head=HEAD, branch=name) for name in ("one", "two")]
    for number in numbers:
        talk.fake.merge(number, MERGE)
    found = allow(talk, base)
    assert found.pull == numbers[0]
    assert f"the same commit merged {numbers[1]} too, whose labels do not count" in found.notes


def test_without_labels_nobody_is_asked_for_more(talk: Talk, base: str) -> None:
    talk.fake.merge(reviewed(talk), MERGE)
    assert allow(talk, base).rules == ()
    assert [asked.path.rpartition("/")[2] for asked in talk.fake.asked] == ["pulls", "events"]


def test_what_github_refuses_is_said(talk: Talk, base: str) -> None:
    talk.fake.token("job", {"contents": "read"})
    with pytest.raises(GitHubProblem, match="permissions"):
        allow(talk, base)

"""Each method against a GitHub that is checked against GitHub's own description: what it returns, and what it needs."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from reconciler.forge import transport
from reconciler.forge.github.client import GitHub
from reconciler.forge.port import BranchPush, Comment, Issue, Pull, PullEvent, WorkflowRun
from tests.support.github import BOT, FakeGitHub
from tests.support.github.asking import ask, refused
from tests.support.github.world import BEGINNING

HEAD, MERGED = "a" * 40, "d" * 40
MANY = 101
PAGE = "https://github.com/goldcrust/profiles"


@pytest.mark.parametrize(("many", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2), (201, 3)])
def test_comments_are_whole_and_in_order_however_many_pages_they_have(fake: FakeGitHub, many: int, pages: int) -> None:
    number = fake.pull("anna")
    ids = [fake.say(number, "anna", f"word {n}") for n in range(many)]
    fake.say(fake.issue("anna"), "anna", "elsewhere")
    found = ask(fake, lambda github: github.comments(number))
    assert [(one.id, one.body) for one in found] == [(made, f"word {n}") for n, made in enumerate(ids)]
    first, *more = [asked.path for asked in fake.asked]
    assert first == "/repos/goldcrust/profiles/issues/1/comments"
    assert more == ["/repositories/4711/issues/1/comments"] * (pages - 1)


def test_who_has_no_account_any_more_has_no_name(fake: FakeGitHub) -> None:
    number = fake.pull("anna")
    fake.say(number, None, "gone")
    (found,) = ask(fake, lambda github: github.comments(number))
    assert (found.author, found.body) == ("", "gone")


def test_a_comment_is_written_in_the_name_of_the_token_and_can_be_written_anew(fake: FakeGitHub) -> None:
    number = fake.pull("anna")
    made = ask(fake, lambda github: github.comment(number, "first"))
    assert made == Comment(id=made.id, author=BOT, body="first", url=f"{PAGE}/issues/1#issuecomment-{made.id}")
    again = ask(fake, lambda github: github.edit_comment(0, made.id, "second"))
    assert again == replace(made, body="second")
    assert [one.body for one in fake.said(number)] == ["second"]


def test_issues_with_a_label_are_found_open_or_closed_and_pull_requests_are_none(fake: FakeGitHub) -> None:
    for title in ("first", "second", "other"):
        fake.issue("anna", title, None)
    for number in (1, 2, fake.pull("anna")):
        fake.label(number, "reconciler", by="anna")
    fake.close(1, by="anna")
    found = ask(fake, lambda github: github.issues(label="reconciler"))
    assert [(one.number, one.title, one.open, one.body) for one in found] == [
        (1, "first", False, ""),
        (2, "second", True, ""),
    ]


def test_an_issue_is_opened_with_its_labels_changed_closed_and_opened_again(fake: FakeGitHub) -> None:
    made = ask(fake, lambda github: github.open_issue("Drift", "What moved", labels=("reconciler",)))
    assert made == Issue(number=1, author=BOT, title="Drift", body="What moved", open=True, url=f"{PAGE}/issues/1")
    closed = ask(fake, lambda github: github.edit_issue(1, "Nothing", opened=False))
    assert closed == replace(made, body="Nothing", open=False)
    opened = ask(fake, lambda github: github.edit_issue(1, "Again", opened=True))
    assert opened == replace(made, body="Again")
    assert ask(fake, lambda github: github.edit_issue(1, "Still")) == replace(made, body="Still")
    assert [(one.kind, one.actor) for one in ask(fake, lambda github: github.events(1))] == [
        ("labeled", BOT),
        ("closed", BOT),
        ("reopened", BOT),
    ]


def test_events_are_whole_and_in_order_and_say_who_and_when(fake: FakeGitHub) -> None:
    number = fake.pull("anna")
    for n in range(MANY):
        fake.label(number, f"label {n}", by="bob")
    fake.unlabel(number, "label 7", by=None, at=datetime(2026, 8, 3, tzinfo=UTC))
    fake.push(number, HEAD, by="anna", at=datetime(2026, 8, 4, tzinfo=UTC))
    fake.merge(number, MERGED, at=datetime(2026, 8, 5, tzinfo=UTC))
    *labeled, unlabeled, pushed, merged, closed = ask(fake, lambda github: github.events(number))
    assert [one.label for one in labeled] == [f"label {n}" for n in range(MANY)]
    assert unlabeled == PullEvent(kind="unlabeled", at=datetime(2026, 8, 3, tzinfo=UTC), actor="", label="label 7")
    assert pushed == PullEvent(kind="head_ref_force_pushed", at=datetime(2026, 8, 4, tzinfo=UTC), actor="anna")
    assert [one.kind for one in (merged, closed)] == ["merged", "closed"]


@pytest.mark.parametrize(
    ("role", "permission"),
    [("admin", "admin"), ("maintain", "write"), ("write", "write"), ("triage", "read"), ("read", "read")],
)
def test_a_permission_is_one_of_four_words_whatever_the_role(fake: FakeGitHub, role: str, permission: str) -> None:
    fake.person("bob", role)
    assert ask(fake, lambda github: github.permission("bob"), permissions={}) == permission


@pytest.mark.parametrize("login", ["nobody", "github-actions[bot]", "ä", "a?b", "a#b"])
def test_who_is_not_known_may_do_nothing(fake: FakeGitHub, login: str) -> None:
    assert ask(fake, lambda github: github.permission(login)) == "none"
    assert len(fake.asked) == 1


def test_an_empty_name_has_no_permission_and_github_is_not_asked(fake: FakeGitHub) -> None:
    assert ask(fake, lambda github: github.permission("")) == "none"
    assert fake.asked == []


def test_what_may_be_done_is_not_known_where_github_does_not_say(fake: FakeGitHub) -> None:
    fake.trouble(403)
    assert refused(fake, lambda github: github.permission("bob")).status == 403


def test_a_pull_request_is_read_whole(fake: FakeGitHub) -> None:
    number = fake.pull("anna", "New hours", None, head=HEAD, branch="hours", base="main")
    fake.merge(number, MERGED, at=datetime(2026, 8, 5, tzinfo=UTC))
    (found,) = ask(fake, lambda github: github.pulls_of(MERGED))
    assert found == Pull(
        number=number,
        author="anna",
        title="New hours",
        body="",
        open=False,
        merged_at=datetime(2026, 8, 5, tzinfo=UTC),
        merge_commit=MERGED,
        head=HEAD,
        head_ref="hours",
        head_repository="goldcrust/profiles",
        base_ref="main",
        url=f"{PAGE}/pull/1",
    )


def test_a_pull_request_whose_fork_is_gone_comes_from_nowhere(fake: FakeGitHub) -> None:
    fake.pull("anna", head=HEAD, fork=None)
    (found,) = ask(fake, lambda github: github.pulls_of(HEAD))
    assert (found.head_repository, found.merged_at, found.merge_commit) == ("", None, "")


def test_the_pull_requests_of_a_commit_are_those_that_hold_it(fake: FakeGitHub) -> None:
    numbers = [fake.pull("anna", head=HEAD) for _ in range(2)]
    fake.merge(1, MERGED)
    for commit, expected in ((HEAD, numbers), (MERGED, [1]), ("e" * 40, [])):
        found = ask(fake, partial(GitHub.pulls_of, commit=commit))
        assert [one.number for one in found] == expected


def test_open_pull_requests_are_found_by_their_branches(fake: FakeGitHub) -> None:
    for branch, base in (("adopt", "main"), ("adopt", "next"), ("other", "main"), ("adopt", "main")):
        fake.pull("anna", branch=branch, base=base)
    fake.close(1, by="anna")
    fake.pull("eve", branch="adopt", fork="eve/profiles")
    found = ask(fake, lambda github: github.pulls(head="adopt", base="main"))
    assert [one.number for one in found] == [4]


def test_a_pull_request_is_opened_once_and_changed_after(fake: FakeGitHub) -> None:
    made = ask(fake, lambda github: github.open_pull("Adopt", "What moved", head="reconciler/adopt", base="main"))
    assert (made.author, made.title, made.body, made.head_ref, made.base_ref, made.open) == (
        BOT,
        "Adopt",
        "What moved",
        "reconciler/adopt",
        "main",
        True,
    )
    changed = ask(fake, lambda github: github.edit_pull(made.number, "More"))
    assert changed == replace(made, body="More")


def test_runs_of_a_workflow_are_those_of_the_commit_and_the_event_newest_first(fake: FakeGitHub) -> None:
    first = fake.run("plan.yml", HEAD, conclusion="failure")
    fake.run("plan.yml", MERGED)
    fake.run("plan.yml", HEAD, event="merge_group")
    fake.run("drift.yml", HEAD)
    second = fake.run("plan.yml", HEAD, conclusion=None, fork=None, attempt=2)
    found = ask(fake, lambda github: github.runs("plan.yml", head=HEAD, event="pull_request"))
    assert [(one.id, one.attempt, one.conclusion, one.head_repository) for one in found] == [
        (second, 2, "", ""),
        (first, 1, "failure", "goldcrust/profiles"),
    ]
    assert {(one.path, one.event, one.head, one.repository) for one in found} == {
        (".github/workflows/plan.yml", "pull_request", HEAD, "goldcrust/profiles")
    }


def test_runs_and_artifacts_are_whole_however_many_pages_they_have(fake: FakeGitHub) -> None:
    runs = [fake.run("plan.yml", HEAD) for _ in range(MANY)]
    for n in range(MANY):
        fake.artifact(runs[0], f"artifact {n}", b"")
    fake.artifact(runs[1], "of another run", b"")
    found = ask(fake, lambda github: github.runs("plan.yml", head=HEAD, event="pull_request"))
    assert [one.id for one in found] == runs[::-1]
    artifacts = ask(fake, lambda github: github.artifacts(runs[0]))
    assert [one.name for one in artifacts] == [f"artifact {n}" for n in range(MANY)]


def branch_runs(github: GitHub, *, until: str) -> Awaitable[tuple[WorkflowRun, ...]]:
    enough = partial(of_source, source=until)
    return github.branch_runs("plan.yml", branch="main", event="pull_request", enough=enough)


def of_source(run: WorkflowRun, *, source: str) -> bool:
    return run.head_repository == source


def test_the_runs_of_a_branch_are_read_past_those_of_forks_that_call_theirs_the_same(fake: FakeGitHub) -> None:
    older = fake.run("plan.yml", HEAD, branch="main", actor="grace", ended=BEGINNING)
    mine = fake.run("plan.yml", MERGED, branch="main", actor=None)
    for _ in range(MANY):
        fake.run("plan.yml", HEAD, branch="main", fork="eve/profiles")
    fake.run("plan.yml", HEAD, branch="other")
    fake.run("plan.yml", HEAD, branch="main", event="push")
    found = ask(fake, partial(branch_runs, until="goldcrust/profiles"))
    assert [(one.id, one.actor) for one in found[MANY:]] == [(mine, ""), (older, "grace")]
    assert (found[-1].updated, len(fake.asked)) == (BEGINNING, 2)
    assert len(ask(fake, partial(branch_runs, until="mallory/profiles"))) == MANY + 2


def test_no_more_runs_are_read_than_it_takes(fake: FakeGitHub) -> None:
    for _ in range(MANY):
        fake.run("plan.yml", HEAD, branch="main")
    assert ask(fake, partial(branch_runs, until="goldcrust/profiles"))
    assert len(fake.asked) == 1


def test_where_a_branch_has_more_runs_than_are_read_the_list_is_refused(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_PAGES", 1)
    for _ in range(MANY):
        fake.run("plan.yml", HEAD, branch="main")
    problem = refused(fake, partial(branch_runs, until="mallory/profiles"))
    assert str(problem) == "cannot list the runs of plan.yml: there are more than 1 pages of 100"


def test_the_pushes_to_a_branch_are_read_newest_first(fake: FakeGitHub) -> None:
    for _ in range(MANY):
        fake.pushed(HEAD, by="grace")
    fake.pushed(MERGED, by=None)
    fake.pushed(HEAD, by="eve", branch="other")
    found = ask(fake, partial(pushes, until="f" * 40))
    assert [(one.head, one.actor) for one in found] == [(MERGED, ""), *[(HEAD, "grace")] * MANY]
    fake.asked.clear()
    assert len(ask(fake, partial(pushes, until=MERGED))) == 100
    assert len(fake.asked) == 1


def pushes(github: GitHub, *, until: str) -> Awaitable[tuple[BranchPush, ...]]:
    return github.pushes("change", enough=lambda push: push.head == until)


def test_one_run_is_read_by_its_id(fake: FakeGitHub) -> None:
    made = fake.run("plan.yml", HEAD)
    found = ask(fake, lambda github: github.run(made))
    assert (found.id, found.head, found.conclusion) == (made, HEAD, "success")

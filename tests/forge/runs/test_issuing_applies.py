"""The one issue that says that applies failed: who opens it, who writes into it, and who closes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.forge.port import ForgeAction, ForgeResult
from tests.support.conversing import HOME, MERGE, Talk, page
from tests.support.github import FakeGitHub
from tests.support.issues import body, comments, only


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        yield Talk(tmp_path, fake)


def applied(code: int = 0, *, commit: str = MERGE, text: str = "### Applied", complete: bool = True) -> Handover:
    return page(HandoverKind.APPLY, text, exit_code=code, commit=commit, complete=complete)


def test_an_apply_that_failed_opens_an_issue_and_one_that_ends_well_closes_it(talk: Talk) -> None:
    assert talk.issue(applied()) == ForgeResult(thing="issue", why="nothing failed")
    assert talk.issue(applied(5, text="### 1 failed")).done == (ForgeAction.OPENED,)
    assert (only(talk).title, only(talk).labels) == ("WhatsApp profiles could not be applied", ["reconciler"])
    who = f"Apply of commit [`ccccccc`]({HOME}/commit/{MERGE}) by [run 2]({HOME}/actions/runs/2)"
    assert body(talk) == (
        f"\n**{who} failed** at 2026-08-04T12:00Z, with exit code 5. The plan is in "
        f"[the pull request]({HOME}/pulls?q=is%3Apr+{MERGE}). An apply that ends well closes this issue."
        "\n\n### 1 failed"
    )
    assert talk.issue(applied(5, text="### 2 failed")).done == (ForgeAction.UPDATED,)
    assert talk.issue(applied()).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.CLOSED)
    assert (only(talk).open, body(talk).endswith("### 2 failed")) == (False, True)
    assert comments(talk) == [f"{who.replace('2', '4')} ended well at 2026-08-06T12:00Z.\n"]
    assert talk.issue(applied()).done == ()


def test_an_apply_that_died_before_it_left_a_page_opens_the_issue_and_the_next_one_closes_it(talk: Talk) -> None:
    talk.environ["GITHUB_SHA"] = MERGE
    assert talk.stopped(HandoverKind.APPLY).done == (ForgeAction.OPENED,)
    run = f"[run 1]({HOME}/actions/runs/1)"
    assert body(talk).splitlines()[1] == (
        f"**Apply of commit [`ccccccc`]({HOME}/commit/{MERGE}) by {run} failed** at 2026-08-03T12:00Z. The plan is in "
        f"[the pull request]({HOME}/pulls?q=is%3Apr+{MERGE}). An apply that ends well closes this issue."
    )
    assert body(talk).endswith(
        "### WhatsApp profiles: the workflow was stopped\n\nThe workflow ended before it could say what it did: a step "
        f"before it failed, or its machine was lost. The log of {run} says which. When the cause is gone, press "
        f"[**Re-run jobs**]({HOME}/actions/runs/1)."
    )
    talk.environ["GITHUB_SHA"] = "d" * 40
    assert talk.stopped(HandoverKind.APPLY).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    assert comments(talk)[0].endswith("failed too, at 2026-08-04T12:00Z.\n")
    assert talk.issue(applied()).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.CLOSED)


def test_another_commit_that_fails_too_is_told(talk: Talk) -> None:
    talk.issue(applied(5))
    told = talk.issue(applied(6, commit="d" * 40))
    assert told.done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    assert comments(talk)[0].endswith("failed too, at 2026-08-04T12:00Z, with exit code 6.\n")
    talk.issue(applied())
    assert talk.issue(applied(1)).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.REOPENED)
    assert len(talk.fake.repository.threads) == 1


def test_a_run_that_was_superseded_settles_nothing(talk: Talk) -> None:
    talk.issue(applied(5))
    told = talk.issue(applied(complete=False))
    assert (told.done, told.why) == ((), "nothing failed here, and what failed before is not settled")
    assert only(talk).open is True


def test_an_older_apply_does_not_open_again_what_a_newer_one_settled(talk: Talk) -> None:
    talk.issue(applied(5), run=12)
    talk.issue(applied(), run=14)
    assert talk.issue(applied(5), run=13).done == ()
    assert only(talk).open is False


def test_the_two_issues_know_nothing_of_each_other(talk: Talk) -> None:
    talk.issue(applied(5))
    talk.issue(page(HandoverKind.DRIFT, moved=[("berlin", "about")]))
    talk.issue(applied())
    assert [thread.open for thread in talk.fake.repository.threads.values()] == [False, True]


def test_a_result_that_is_longer_than_pages_are_is_not_cut_in_the_middle(talk: Talk) -> None:
    talk.issue(applied(5, text="x" * 70_000))
    assert "The result is too long for an issue: it is in the summary of" in body(talk)

"""Which comment a page goes into."""

from __future__ import annotations

import pytest

from reconciler.core.reports.handover import HandoverKind
from reconciler.forge.rules.comment import EditComment, LeaveComment, PostComment, comment_parts, comment_target
from reconciler.forge.text.pull_request import comment_body
from tests.support.conversing import comment, page, running
from tests.support.github import BOT


def body(run: int = 17, attempt: int = 1, *, folder: str = "", kind: HandoverKind = HandoverKind.PLAN) -> str:
    return comment_body(page(kind), running(run, attempt, folder=folder))


def placed(
    *bodies: str, run: int = 18, quiet: bool = False, key: str = "", kind: HandoverKind = HandoverKind.PLAN
) -> PostComment | EditComment | LeaveComment:
    """Return where a page goes among comments of ours, the oldest first."""
    comments = [comment(text, number=number) for number, text in enumerate(bodies, start=1)]
    return comment_target(comments, page(kind, quiet=quiet), key=key, author=BOT, running=running(run))


def test_the_first_page_makes_a_comment_and_the_next_goes_into_it() -> None:
    assert placed() == PostComment()
    assert placed(body()) == EditComment(id=1)


def test_a_quiet_page_makes_no_comment_and_updates_one_that_is_there() -> None:
    assert placed(quiet=True) == LeaveComment(why="there is nothing to tell, and no comment that says otherwise")
    assert placed(body(), quiet=True) == EditComment(id=1)


@pytest.mark.parametrize(("run", "attempt", "written"), [(16, 3, True), (17, 1, True), (17, 2, False), (18, 1, False)])
def test_an_older_run_never_overwrites_a_newer_one(run: int, attempt: int, *, written: bool) -> None:
    found = placed(body(run, attempt), run=17)
    assert (found == EditComment(id=1)) is written
    if not written:
        why = f"run {run} (attempt {attempt}) is newer, and wrote the comment already"
        assert found == LeaveComment(why=why, newer=run)


def test_a_run_that_never_was_is_newer_than_none() -> None:
    forged = comment(body(2**53))
    assert isinstance(comment_target([forged], page(), key="", author=BOT, running=running()), LeaveComment)
    assert comment_target([forged], page(), key="", author=BOT, running=running(), made_up=2**53) == EditComment(id=1)
    assert isinstance(comment_target([forged], page(), key="", author=BOT, running=running(), made_up=7), LeaveComment)


def test_what_is_wrong_with_the_files_goes_where_the_plan_was_and_is_no_plan() -> None:
    """A quiet page of the files says nothing: the plan's page comes next."""
    assert placed(kind=HandoverKind.VALIDATE) == PostComment()
    assert placed(body(), kind=HandoverKind.VALIDATE) == EditComment(id=1)
    for before in ((), (body(),)):
        why = "the files are sound, and what their plan says comes next"
        assert placed(*before, kind=HandoverKind.VALIDATE, quiet=True) == LeaveComment(why=why)
    assert placed(body(kind=HandoverKind.VALIDATE), kind=HandoverKind.APPLY) == EditComment(id=1)
    applied = body(19, kind=HandoverKind.APPLY)
    assert isinstance(placed(applied, run=18, kind=HandoverKind.VALIDATE), LeaveComment)


def test_a_marker_counts_only_with_its_author() -> None:
    """Anybody can quote a marker; a login is the same in any case."""
    quoted = comment(body(99), author="mallory")
    assert comment_target([quoted], page(), key="", author=BOT, running=running()) == PostComment()
    shouted = comment(body(), author="GitHub-Actions[bot]")
    assert comment_target([shouted], page(), key="", author=BOT, running=running()) == EditComment(id=1)


def test_a_marker_counts_in_the_first_line_only() -> None:
    assert placed(f"Look at this:\n{body(99)}") == PostComment()


def test_of_two_comments_the_older_one_counts() -> None:
    comments = [comment(body(17), number=9), comment(body(16), number=4)]
    assert comment_target(comments, page(), key="", author=BOT, running=running(18)) == EditComment(id=4)


def test_each_folder_has_its_own_comment() -> None:
    assert placed(body(folder="north"), body(folder="south"), key="south") == EditComment(id=2)
    assert placed(body(folder="north"), key="south") == PostComment()


def test_a_broken_marker_counts_as_older_than_all_and_only_where_there_is_no_other() -> None:
    broken = "<!-- reconciler:comment nonsense -->\nText"
    assert placed(broken, run=1) == EditComment(id=1)
    assert placed(broken, body()) == EditComment(id=2)
    assert placed(broken, kind=HandoverKind.APPLY) == EditComment(id=1)


def test_the_plan_stays_below_what_became_of_it_and_below_what_came_later() -> None:
    first = placed(body(17), run=18, kind=HandoverKind.APPLY)
    assert isinstance(first, EditComment)
    assert first.plan is not None
    applied = comment_body(page(HandoverKind.APPLY, "Applied"), running(18), plan=first.plan)
    second = placed(applied, run=19, kind=HandoverKind.APPLY)
    assert second == first
    assert [part.marker.run for part in comment_parts(applied)] == [18, 17]
    assert placed(applied, run=19, kind=HandoverKind.PLAN) == EditComment(id=1)


def test_a_plan_with_details_of_its_own_comes_back_as_it_stood() -> None:
    text = "<details><summary>berlin</summary>\n\n| a |\n\n</details>"
    plan = comment_parts(comment_body(page(text=text), running(17)))[0]
    applied = comment_body(page(HandoverKind.APPLY, "Applied"), running(18), plan=plan)
    assert placed(applied.replace("\n", "\r\n"), run=19, kind=HandoverKind.APPLY) == EditComment(id=1, plan=plan)


def test_details_that_are_not_closed_are_kept_whole() -> None:
    plan = comment_parts(body(17))[0]
    applied = comment_body(page(HandoverKind.APPLY, "Applied"), running(18), plan=plan)
    found = placed(applied.replace("</details>", "</div>"), run=19, kind=HandoverKind.APPLY)
    assert isinstance(found, EditComment)
    assert found.plan is not None
    assert found.plan.text.startswith(plan.text)


def test_an_apply_without_a_plan_keeps_nothing() -> None:
    assert placed(body(kind=HandoverKind.APPLY), kind=HandoverKind.APPLY) == EditComment(id=1)


def test_a_body_that_begins_otherwise_has_no_parts() -> None:
    assert [comment_parts(text) for text in ("", "Words", f"Words\n{body()}")] == [(), (), ()]

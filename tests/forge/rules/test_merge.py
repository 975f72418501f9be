"""Of which pull request a commit is the merge."""

from __future__ import annotations

from reconciler.forge.rules.comment import commit_of_merge, merge_of
from tests.support.conversing import MERGE, pull


def test_only_the_merge_itself_is_proof() -> None:
    pulls = [pull(3), pull(1), pull(4, merge="d" * 40), pull(5, merged=False), pull(6, base="release")]
    assert [one.number for one in merge_of(pulls, MERGE, branch="main")] == [1, 3]
    assert [one.number for one in merge_of(pulls, MERGE, branch="")] == [1, 3, 6]
    assert merge_of([pull(merge="")], "", branch="main") == ()


def test_people_look_for_the_result_at_the_merge_or_where_the_commit_came_from() -> None:
    brought, other = pull(4, merge="d" * 40), pull(6, merge="d" * 40, base="release")
    assert commit_of_merge([brought, pull(5)], MERGE, branch="main") == pull(5)
    assert commit_of_merge([other, brought], MERGE, branch="main") == brought
    assert commit_of_merge([other, pull(7, merged=False)], MERGE, branch="main") is None

"""What the commands are tried with many times, once through the workflows: too much for a comment, and flapping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.reports.handover import COMMENT_BYTES
from tests.support.github import BOT
from tests.support.markdown import Shown
from tests.workflows.hosted import Hosted, hosted

HAMBURG = "106540352242001"
MANY = 5_000
# The provider refuses to show this number, for good.
REFUSED = {
    "kind": "reply",
    "address": HAMBURG,
    "method": "GET",
    "status": 403,
    "body": {"error": {"message": "(#10) Application does not have permission", "type": "OAuthException", "code": 10}},
}


@pytest.fixture
def shop(tmp_path: Path, tool: Path) -> Iterator[Hosted]:
    """A repository of two profiles at GitHub; nothing has been applied yet."""
    with hosted(tmp_path, tool) as found:
        yield found


def look(shop: Hosted) -> tuple[str, bool, str]:
    """Look for drift as every morning; return how that ended, whether the only issue is open, and what it says."""
    ran = shop.look()
    assert ran.jobs["issue"] == "success", ran.log
    (found,) = (thread for thread in shop.github.repository.threads.values() if thread.pull is None)
    assert found.author == BOT
    return ran.jobs["drift"], found.open, found.body or ""


def test_drift_that_goes_while_the_provider_fails_is_one_issue_and_closed_when_it_was_seen(
    shop: Hosted, *, long: bool
) -> None:
    if not long:
        pytest.skip("a hundred looks without the workflow are in test_issuing.py; --long runs these through it")
    assert shop.apply_by_hand().green
    shop.edit(HAMBURG, about="Sold out!")
    assert look(shop)[:2] == ("success", True)
    # Nobody can see whether it is well again, and it is: that is no reason to say so.
    shop.world.faults([REFUSED])
    shop.edit(HAMBURG, about="Fresh bread in Hamburg")
    ended, is_open, body = look(shop)
    assert (ended, is_open) == ("failure", True)
    assert "Not seen today" in body
    shop.world.faults([])
    assert look(shop)[:2] == ("success", False)


def test_a_plan_of_five_thousand_changes_is_one_comment_that_says_what_it_leaves_out(
    shop: Hosted, *, long: bool
) -> None:
    if not long:
        pytest.skip("its comment is held by test_markdown_sheet.py; --long runs it through the workflow")
    shop.secrets.clear()
    for index in range(MANY):
        shop.fleet.profile(f"shop-{index:04}", 1000 + index, about=f"Fresh bread in shop {index}")
    number = shop.propose("many")
    ran = shop.plan(number)
    assert ran.jobs == {"plan": "success", "comment": "success"}, ran.log
    (said,) = shop.github.said(number)
    assert len(said.body.encode()) <= COMMENT_BYTES
    assert Shown(said.body).open == []
    # Nobody looked at the other two, and the pull request changes nothing of them.
    assert f"### WhatsApp profiles: {MANY:,} changes in {MANY:,} profiles\n" in said.body
    shown = said.body.count("1 change: <code>about</code>")
    assert 0 < shown < MANY
    assert f"{MANY - shown:,} changes in {MANY - shown:,} profiles" in said.body

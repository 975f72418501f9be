"""Who hears of an issue: it is assigned once, and what is new mentions people; what is settled mentions none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.reports.handover import Handover, HandoverKind
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import ForgeAction, People, is_login
from tests.support.conversing import Talk, page
from tests.support.github import FakeGitHub
from tests.support.issues import body, comments, only

ABOUT, EMAIL = ("berlin", "about"), ("berlin", "email")
BOTH = People(assign=("ada",), mention=("grace", "goldcrust/marketing"))
LINE = "@grace @goldcrust/marketing"


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        yield Talk(tmp_path, fake)


def drift(*moved: tuple[str, ...]) -> Handover:
    return page(HandoverKind.DRIFT, "### Drift", moved=moved)


def test_a_new_issue_is_assigned_and_mentions_people(talk: Talk) -> None:
    told = talk.issue(drift(ABOUT), people=BOTH)
    assert (told.done, told.warning, only(talk).assignees) == ((ForgeAction.OPENED,), "", ["ada"])
    assert body(talk).endswith(f"\n\n{LINE}")


def test_what_is_new_mentions_them_again_and_what_is_settled_does_not(talk: Talk) -> None:
    for moved in ((ABOUT,), (ABOUT,), (ABOUT, EMAIL), ()):
        talk.issue(drift(*moved), people=BOTH)
    new, settled = comments(talk)
    assert new.endswith(f"\n\n{LINE}\n")
    assert "@" not in settled
    assert LINE not in body(talk)
    assert only(talk).assignees == ["ada"]


def test_so_does_the_issue_of_a_failed_apply(talk: Talk) -> None:
    talk.issue(page(HandoverKind.APPLY, exit_code=5), people=BOTH)
    assert (only(talk).assignees, body(talk).endswith(LINE)) == (["ada"], True)


def test_an_account_that_github_does_not_assign_keeps_no_issue_from_people(talk: Talk) -> None:
    told = talk.issue(drift(ABOUT), people=People(assign=("stranger",)))
    assert (told.done, only(talk).assignees) == ((ForgeAction.OPENED,), [])
    assert told.warning == "GitHub assigns it to none of stranger: name accounts that may be assigned here"


@pytest.mark.parametrize(("status", "people"), [(403, BOTH), (422, People(mention=("grace",)))])
def test_another_refusal_stays_one(talk: Talk, status: int, people: People) -> None:
    talk.fake.trouble(status, method="POST")
    with pytest.raises(ForgeProblem):
        talk.issue(drift(ABOUT), people=people)
    assert talk.fake.repository.threads == {}


@pytest.mark.parametrize(
    ("name", "login", "team"),
    [
        ("ada", True, True),
        ("a-b", True, True),
        ("goldcrust/marketing", False, True),
        ("", False, False),
        ("-a", False, False),
        ("a" * 40, False, False),
        ("a/b/c", False, False),
        ("ada](https://x)", False, False),
        ("ada\n", False, False),
    ],
)
def test_only_a_login_or_a_team_can_be_named(name: str, login: bool, team: bool) -> None:
    assert (is_login(name), is_login(name, team=True)) == (login, team)

"""What becomes of the one issue about drift, look after look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.reports.handover import Handover, HandoverKind, MovedField
from reconciler.forge.marker import hidden
from reconciler.forge.port import Issue
from reconciler.forge.rules.issue import (
    DriftedField,
    DriftIssueNews,
    DriftIssueRoll,
    DriftIssueState,
    EachField,
    LedgerMemory,
    ManyFields,
    bounded,
    found_issue,
    issue_marker,
    roll_drift_issue,
)
from tests.support.conversing import issue, page, running
from tests.support.github import BOT

ABOUT, EMAIL, MUNICH = ("berlin", "about"), ("berlin", "email"), ("munich", "about")


def drift(*moved: tuple[str, ...], unread: tuple[tuple[str, str], ...] = (), errored: bool = False) -> Handover:
    """Return the page of a look; whatever could not be read makes it incomplete."""
    return page(HandoverKind.DRIFT, moved=moved, unread=unread, errored=errored, complete=not (unread or errored))


def each(*places: tuple[str, str], since: str = "Monday", seen: str = "") -> EachField:
    return EachField(
        fields=tuple(DriftedField(profile=name, field=field, since=since, seen=seen) for name, field in places)
    )


def rolled(was: DriftIssueState, what: Handover, *, is_open: bool = True) -> DriftIssueRoll:
    return roll_drift_issue(was, what, is_open=is_open, looked="Monday", now="Tuesday")


def test_the_first_field_that_differs_opens_the_issue() -> None:
    found = rolled(EachField(), drift(ABOUT), is_open=False)
    assert found == DriftIssueRoll(
        standing=each(ABOUT, since="Tuesday"), open=True, news=DriftIssueNews(before=0, after=1, new=(ABOUT,))
    )


def test_a_field_that_still_differs_is_no_news() -> None:
    assert rolled(each(ABOUT), drift(ABOUT)) == DriftIssueRoll(standing=each(ABOUT), open=True)


def test_what_is_new_and_what_is_gone_is_news() -> None:
    found = rolled(each(ABOUT, EMAIL), drift(EMAIL, MUNICH))
    assert found.news == DriftIssueNews(before=2, after=2, new=(MUNICH,), gone=(ABOUT,))
    assert found.standing == EachField(fields=(*each(EMAIL).fields, *each(MUNICH, since="Tuesday").fields))


def test_a_complete_look_that_finds_nothing_closes_it() -> None:
    assert rolled(each(ABOUT), drift()) == DriftIssueRoll(
        standing=EachField(), open=False, news=DriftIssueNews(before=1, after=0, gone=(ABOUT,))
    )


@pytest.mark.parametrize(
    "partial",
    [
        drift(unread=(ABOUT,)),
        drift(unread=(("berlin", ""),)),
        drift(errored=True),
        page(HandoverKind.DRIFT, complete=False),
    ],
)
def test_of_what_could_not_be_read_the_last_known_word_stays(partial: Handover) -> None:
    """Also where nobody says what it was that could not be read."""
    found = rolled(each(ABOUT), partial)
    assert found == DriftIssueRoll(standing=each(ABOUT, seen="Monday"), open=True)
    again = roll_drift_issue(found.standing, partial, is_open=True, looked="Tuesday", now="Wednesday")
    assert again.standing == each(ABOUT, seen="Monday")
    assert rolled(again.standing, drift(ABOUT)).standing == each(ABOUT)


def test_what_was_read_and_does_not_differ_is_gone_though_another_could_not_be_read() -> None:
    """But only a look that saw everything closes the issue."""
    found = rolled(each(ABOUT), drift(unread=(MUNICH,)))
    assert found == DriftIssueRoll(
        standing=EachField(), open=True, news=DriftIssueNews(before=1, after=0, gone=(ABOUT,))
    )
    assert rolled(EachField(), drift()).open is False


def test_of_what_nobody_was_asked_about_the_last_known_word_stays_though_all_else_was_read() -> None:
    """A number whose credential went away is not forgotten; that it has none keeps nothing open."""
    unasked = page(HandoverKind.DRIFT, unread=(("berlin", ""),), complete=True)
    assert rolled(each(ABOUT), unasked) == DriftIssueRoll(standing=each(ABOUT, seen="Monday"), open=True)
    assert rolled(each(MUNICH), unasked).open is False


def test_an_issue_that_is_closed_opens_again_for_something_new() -> None:
    assert rolled(EachField(), drift(ABOUT), is_open=False).open is True
    assert rolled(each(ABOUT), drift(ABOUT, EMAIL), is_open=False).open is True


def test_who_closed_it_has_seen_what_it_says() -> None:
    assert rolled(each(ABOUT), drift(ABOUT), is_open=False).open is False
    assert rolled(each(ABOUT, EMAIL), drift(ABOUT), is_open=False).open is False
    assert rolled(each(ABOUT), drift(errored=True), is_open=False).open is False


def test_another_value_of_what_differed_opens_it_again_and_is_no_news_while_it_is_open() -> None:
    one, other = (*ABOUT, "sha256:aaaaaaaaaa"), (*ABOUT, "sha256:bbbbbbbbbb")
    known = rolled(each(ABOUT), drift(one))
    assert known == DriftIssueRoll(
        standing=EachField(fields=(replace(each(ABOUT).fields[0], live="aaaaaaaa"),)), open=True
    )
    assert rolled(known.standing, drift(one), is_open=False).open is False
    again = rolled(known.standing, drift(other), is_open=False)
    assert (again.open, again.turned, again.news) == (True, (ABOUT,), None)
    meanwhile = rolled(known.standing, drift(other))
    assert (meanwhile.open, meanwhile.turned, meanwhile.news) == (True, (), None)
    unnamed = rolled(known.standing, drift(ABOUT), is_open=False)
    assert (unnamed.open, unnamed.turned) == (False, ())


def places(number: int) -> list[tuple[str, str]]:
    return [(f"shop-{index:05}", "about") for index in range(number)]


def test_of_more_than_fits_only_the_number_is_remembered_and_whether_they_are_the_same() -> None:
    found = rolled(EachField(), drift(*places(5000)), is_open=False)
    assert isinstance(found.standing, ManyFields)
    assert (found.standing.count, found.news) == (5000, DriftIssueNews(before=0, after=5000, each=False))
    assert rolled(found.standing, drift(*places(5000))) == DriftIssueRoll(standing=found.standing, open=True)
    fewer = rolled(found.standing, drift(*places(4999)))
    assert fewer.news == DriftIssueNews(before=5000, after=4999, each=False)
    assert rolled(found.standing, drift(*places(5001)), is_open=False).open is True


@pytest.mark.parametrize("partial", [drift(unread=(ABOUT,)), drift(MUNICH, unread=(ABOUT,)), drift(errored=True)])
def test_of_too_many_a_partial_look_forgets_none(partial: Handover) -> None:
    many = ManyFields(count=5000, digest="abc")
    assert rolled(many, partial) == DriftIssueRoll(standing=many, open=True, stays=True)


def test_of_too_many_a_complete_look_knows_again_which_they_are_but_not_since_when() -> None:
    found = rolled(ManyFields(count=5000, digest="abc"), drift(ABOUT))
    assert found == DriftIssueRoll(
        standing=each(ABOUT, since=""), open=True, news=DriftIssueNews(before=5000, after=1, each=False)
    )
    closed = rolled(ManyFields(count=5000, digest="abc"), drift())
    assert (closed.standing, closed.open) == (EachField(), False)
    assert rolled(ManyFields(count=5000, digest="abc"), drift(), is_open=False).open is False


def remembering(what: Handover, remembered: int | None, *waiting: tuple[str, str], no_apply: bool = False) -> Handover:
    """Return `what` as the page of a look with so much memory."""
    new = tuple(MovedField(profile=profile, field=field) for profile, field in waiting)
    return what.model_copy(update={"remembered": remembered, "waiting": new, "no_apply": no_apply})


def after(what: Handover, *, remembered: int = 12, was: DriftIssueState | None = None) -> DriftIssueRoll:
    known = each(ABOUT) if was is None else was
    return roll_drift_issue(known, what, is_open=True, looked="Monday", now="Tuesday", remembered=remembered)


def test_what_is_newly_managed_opens_nothing_and_does_not_keep_it_open() -> None:
    found = after(remembering(drift(), 13, ABOUT, EMAIL))
    assert (found.standing, found.open, found.memory) == (EachField(), False, LedgerMemory(12, 13, keeps=13))


@pytest.mark.parametrize("was", [each(ABOUT), ManyFields(count=5000, digest="abc")])
@pytest.mark.parametrize("left", [0, 11])
def test_where_entries_are_missing_what_seems_to_be_new_keeps_it_open(was: DriftIssueState, left: int) -> None:
    """All of them may be gone, or one that a person deleted."""
    found = after(remembering(drift(), left, ABOUT), was=was)
    assert isinstance(found.standing, EachField)
    assert ([one.place for one in found.standing.fields], found.open) == ([ABOUT], True)
    assert (found.memory.gone, found.memory) == (True, LedgerMemory(12, left, keeps=12))


@pytest.mark.parametrize(
    ("what", "keeps"),
    [
        (remembering(drift(), 0, no_apply=True), 12),
        (remembering(drift(), 3, no_apply=True), 12),
        (remembering(drift(), 3, ABOUT), 12),
        (remembering(drift(), 3), 3),
        (remembering(drift(), 14, no_apply=True), 14),
        (remembering(drift(), None), 12),
        (drift(errored=True), 12),
    ],
)
def test_lost_memory_is_told_until_an_apply_made_it_anew(what: Handover, keeps: int) -> None:
    """A look that did not read the ledger says nothing of it."""
    memory = after(what).memory
    assert memory.keeps == keeps
    assert memory.gone is (what.remembered in (0, 3))


def body(*moved: tuple[str, str], folder: str = "", name: str = "drift") -> str:
    marker = running(folder=folder).marker(page(HandoverKind.DRIFT))
    return hidden(name, issue_marker(marker, bounded(each(*moved)), looked="Monday"))


def found(*issues: Issue, key: str = "") -> int:
    """Return the number of the issue that is taken, 0 where none is."""
    taken = found_issue(issues, "drift", key=key, author=BOT)
    return taken[0].number if taken else 0


def test_the_issue_is_known_by_its_marker_and_its_author() -> None:
    assert found() == 0
    assert found(issue(body(), author="mallory"), issue("Words", number=2), issue(body(name="failure"), number=3)) == 0
    assert found(issue(body(folder="north")), issue(body(), number=2)) == 2
    assert found(issue(body(folder="north")), key="south") == 0


def test_of_several_issues_the_newest_open_one_counts() -> None:
    assert found(issue(body(), number=1), issue(body(), number=2), issue(body(), number=3, is_open=False)) == 2
    assert found(issue(body(), number=1, is_open=False), issue(body(), number=2, is_open=False)) == 2


def test_an_issue_with_a_broken_marker_is_taken_where_there_is_no_other() -> None:
    broken = issue("<!-- reconciler:drift {} -->", number=7)
    assert found(broken, issue(body(), number=2, is_open=False)) == 2
    assert found_issue([broken], "drift", key="", author=BOT) == (broken, None)

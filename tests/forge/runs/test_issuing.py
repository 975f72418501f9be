"""One issue about drift for ever, and one about applies that failed, through the command and a GitHub of our own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.reports.handover import COMMENT_BYTES, TEXT_BYTES, Handover, HandoverKind, MovedField
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import ForgeAction
from reconciler.forge.rules.issue import STATE_BYTES
from tests.support.conversing import HEAD, HOME, JOB, Talk, page
from tests.support.github import FakeGitHub
from tests.support.issues import body, comments, only

ABOUT, EMAIL, MUNICH = ("berlin", "about"), ("berlin", "email"), ("munich", "about")


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with FakeGitHub() as fake:
        yield Talk(tmp_path, fake)


def drift(
    *moved: tuple[str, ...], unread: tuple[tuple[str, str], ...] = (), text: str = "### Drift", errored: bool = False
) -> Handover:
    complete = not (unread or errored)
    return page(HandoverKind.DRIFT, text, moved=moved, unread=unread, complete=complete, errored=errored)


def places(number: int) -> list[tuple[str, str]]:
    return [(f"shop-{index:05}", "about") for index in range(number)]


def test_where_nothing_differs_there_is_no_issue(talk: Talk) -> None:
    told = [talk.issue(what) for what in (drift(), drift(unread=(ABOUT,)), drift(errored=True))]
    assert [one.done for one in told] == [(), (), ()]
    assert [one.why for one in told] == ["nothing differs", *["nothing that could be read differs"] * 2]
    assert talk.fake.repository.threads == {}


def test_the_first_drift_opens_the_issue_and_says_it_all_there(talk: Talk) -> None:
    told = talk.issue(drift(ABOUT, EMAIL, text="### Drift\n\n| a | b |"))
    assert (told.done, told.warning) == ((ForgeAction.OPENED,), "")
    assert (only(talk).title, only(talk).labels) == ("WhatsApp profiles differ from their files", ["reconciler"])
    by = f"[run 1]({HOME}/actions/runs/1) of commit [`aaaaaaa`]({HOME}/commit/{HEAD})"
    head = f"**Last looked at 2026-08-03T12:00Z** by {by}: 2 fields differ from the files."
    assert body(talk) == f"{head}\n\n### Drift\n\n| a | b |"
    assert comments(talk) == []


def test_a_ledger_that_was_deleted_closes_nothing_and_is_said_first(talk: Talk) -> None:
    """The first look after it finds new fields only; the second finds what the first one recorded."""
    lost, part = drift(ABOUT), drift()
    looks = [drift(ABOUT).model_copy(update={"remembered": 12})]
    looks.append(lost.model_copy(update={"remembered": 0, "no_apply": True}))
    waiting = (MovedField(profile="berlin", field="about"),)
    looks.append(part.model_copy(update={"remembered": 7, "waiting": waiting}))
    said = []
    for look in looks:
        talk.issue(look)
        said.append(body(talk).splitlines()[0])
    assert (said[0].startswith("**Last looked at "), only(talk).open, comments(talk)) == (True, True, [])
    tells = "What it cannot tell from drift any more counts as drift until the next apply."
    held = "ledger's memory is gone.** It held records of 12 profiles at an earlier look, and of"
    assert said[1:] == [f"**The {held} none now. {tells}", f"**A part of the {held} 7 now. {tells}"]
    talk.issue(drift().model_copy(update={"remembered": 12}))
    assert (only(talk).open, "memory" in body(talk)) == (False, False)


def test_the_body_is_written_each_day_and_a_comment_only_when_other_fields_differ(talk: Talk) -> None:
    days = [drift(ABOUT, text="One"), drift(ABOUT, text="Another value"), drift(ABOUT, EMAIL), drift(EMAIL, MUNICH)]
    told = [talk.issue(day) for day in days]
    assert [one.done for one in told] == [
        (ForgeAction.OPENED,),
        (ForgeAction.UPDATED,),
        (ForgeAction.UPDATED, ForgeAction.COMMENTED),
        (ForgeAction.UPDATED, ForgeAction.COMMENTED),
    ]
    assert "2026-08-06T12:00Z" in body(talk)
    first, second = comments(talk)
    assert first == (
        f"Looked at 2026-08-05T12:00Z by [run 3]({HOME}/actions/runs/3): now 2 fields differ from the files.\n\n"
        "#### Differs since the look before\n\n- `berlin` `email`\n"
    )
    assert second.partition("\n\n")[2] == (
        "#### Differs since the look before\n\n- `munich` `about`\n\n"
        "#### Does not differ any more\n\n- `berlin` `about`\n"
    )


def test_what_somebody_has_seen_and_closed_is_opened_again_for_another_value(talk: Talk) -> None:
    first, other = (*ABOUT, "sha256:aaaaaaaaaa"), (*ABOUT, "sha256:bbbbbbbbbb")
    talk.issue(drift(first))
    talk.fake.close(1, by="ada")
    assert talk.issue(drift(first)).done == (ForgeAction.UPDATED,)
    assert talk.issue(drift(other)).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.REOPENED)
    (said,) = comments(talk)
    assert said.partition("\n\n")[2] == "#### Another value than when this was closed\n\n- `berlin` `about`\n"


def test_a_complete_look_that_finds_nothing_closes_it_and_drift_opens_the_same_one_again(talk: Talk) -> None:
    talk.issue(drift(ABOUT))
    assert talk.issue(drift()).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.CLOSED)
    assert only(talk).open is False
    assert comments(talk)[-1] == (
        f"Looked at 2026-08-04T12:00Z by [run 2]({HOME}/actions/runs/2): everything was read, and nothing differs.\n"
    )
    assert talk.issue(drift()).done == (ForgeAction.UPDATED,)
    assert talk.issue(drift(EMAIL)).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.REOPENED)
    assert only(talk).open is True


@pytest.mark.parametrize("partial", [drift(unread=(ABOUT, ("munich", ""))), drift(errored=True)])
def test_what_could_not_be_read_stays_and_says_when_it_was_seen(talk: Talk, partial: Handover) -> None:
    talk.issue(drift(ABOUT))
    assert [talk.issue(partial).done for _ in range(2)] == [(ForgeAction.UPDATED,), (ForgeAction.UPDATED,)]
    assert only(talk).open is True
    seen = "#### Not seen today\n\n- `berlin` `about`, since `2026-08-03T12:00Z`; last seen `2026-08-03T12:00Z`"
    assert seen in body(talk)
    said = "did not get to its end" if partial.errored else "**Not everything could be read.**"
    assert said in body(talk)
    assert ("- `munich`\n" in body(talk)) is not partial.errored
    assert talk.issue(drift(ABOUT)).done == (ForgeAction.UPDATED,)
    assert "Not seen today" not in body(talk)


def test_an_older_run_overwrites_nothing(talk: Talk) -> None:
    talk.issue(drift(ABOUT), run=18)
    told = talk.issue(drift(), run=17)
    assert (told.done, told.why) == ((), "run 18 (attempt 1) is newer, and wrote it already")
    assert only(talk).open is True


@pytest.mark.parametrize("actions", ["read", "none"], ids=["asked", "not allowed to"])
def test_a_run_that_somebody_made_up_keeps_the_issue_as_it_is_only_where_nobody_may_ask(
    talk: Talk, actions: str
) -> None:
    talk.issue(drift(ABOUT))
    only(talk).body = (only(talk).body or "").replace('"run":1,', '"run":9007199254740992,')
    talk.fake.token("job", {**JOB, "actions": actions})
    told = talk.issue(drift())
    assert (ForgeAction.CLOSED in told.done, only(talk).open) == (actions == "read", actions != "read")


def test_others_can_break_what_is_remembered_and_no_more(talk: Talk) -> None:
    talk.issue(drift(ABOUT))
    only(talk).body = "<!-- reconciler:drift [] -->\nNonsense"
    assert talk.issue(drift(ABOUT)).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    talk.fake.issue("mallory", body=only(talk).body)
    assert talk.issue(drift(ABOUT)).done == (ForgeAction.UPDATED,)


def test_an_issue_that_another_account_opens_is_said(talk: Talk) -> None:
    talk.fake.token("job", talk.fake.tokens["job"].permissions, author="our-app[bot]")
    assert "run with --author our-app[bot]" in talk.issue(drift(ABOUT)).warning


def test_what_strangers_wrote_means_nothing_in_the_issue(talk: Talk) -> None:
    """A page is foreign to whoever reads it: names too."""
    evil = ("@grace <!-- x", "`a`|#1\n# b")
    talk.issue(drift(ABOUT))
    talk.issue(drift(evil, text="<!-- reconciler:below -->\n<!-- reconciler:drift {} -->"))
    assert comments(talk)[0].splitlines()[4] == "- `@grace <! -- x` `` `a`|#1\\n# b ``"
    assert body(talk).splitlines()[-2:] == ["<! -- reconciler:below -->", "<! -- reconciler:drift {} -->"]
    talk.issue(drift(unread=(evil,)))
    assert "- `@grace <! -- x` `` `a`|#1\\n# b ``, since" in body(talk)


@pytest.mark.parametrize("text", [900, TEXT_BYTES])
def test_five_thousand_fields_fit_and_are_neither_forgotten_nor_closed(talk: Talk, text: int) -> None:
    full = "x" * text
    talk.issue(drift(*places(5000), text=full))
    assert (full in body(talk), "They are too many to be remembered one by one" in body(talk)) == (True, True)
    for partial in (drift(unread=(ABOUT,), text="today"), drift(*places(9), unread=(ABOUT,)), drift(errored=True)):
        assert talk.issue(partial).done == (ForgeAction.UPDATED,)
        assert (full in body(talk), "What stands below is from the last complete look" in body(talk)) == (True, True)
        assert len((only(talk).body or "").encode()) <= COMMENT_BYTES
    assert talk.issue(drift(*places(5000), text=full)).done == (ForgeAction.UPDATED,)
    assert talk.issue(drift(*places(4999))).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    assert "Now 4999 fields differ from the files; at the look before it was 5000." in comments(talk)[0]
    assert talk.issue(drift(ABOUT)).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    talk.issue(drift(unread=(ABOUT,)))
    assert "- `berlin` `about`, since earlier; last seen `2026-08-09T12:00Z`" in body(talk)
    assert talk.issue(drift()).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED, ForgeAction.CLOSED)


def test_a_body_without_its_text_has_none_to_keep(talk: Talk) -> None:
    talk.issue(drift(*places(5000), text="The values"))
    only(talk).body = (only(talk).body or "").partition("<!-- reconciler:below")[0]
    talk.issue(drift(errored=True))
    assert body(talk).rstrip().splitlines()[-1].startswith("They are too many")


def test_where_values_and_names_do_not_fit_together_the_names_stay(talk: Talk) -> None:
    talk.issue(drift(*places(300), text="x" * TEXT_BYTES))
    text = body(talk)
    assert f"What they are now does not fit here: it is in the summary of [run 1]({HOME}/actions/runs/1)." in text
    assert "- `shop-00299` `about`, since `2026-08-03T12:00Z`" in text
    talk.issue(drift(*places(300)[:9], unread=tuple(places(300)[9:])))
    assert "**Not shown here:**" in body(talk)
    assert STATE_BYTES < len((only(talk).body or "").encode()) <= COMMENT_BYTES


def test_names_beyond_all_measure_leave_the_body_bounded(talk: Talk) -> None:
    talk.issue(drift(("x" * 200_000, "about"), text="y" * TEXT_BYTES))
    talk.issue(drift(*((f"\u202e{'x' * 900}{index}", "about") for index in range(20)), text="y" * TEXT_BYTES))
    assert len((only(talk).body or "").encode()) <= COMMENT_BYTES
    assert max(len(one.encode()) for one in comments(talk)) <= COMMENT_BYTES


def test_a_hundred_looks_with_flapping_and_errors_make_one_issue_and_no_false_close(talk: Talk) -> None:
    """What was last known of any field to differ keeps the issue open; a complete look that is clean closes it."""
    chance = random.Random(14)
    world = dict.fromkeys([ABOUT, EMAIL, MUNICH, ("munich", "email")], False)
    known = dict(world)
    closes = 0
    for _ in range(100):
        for place in world:
            world[place] = chance.random() < (0.6 if world[place] else 0.1)
        errored = chance.random() < 0.1
        unread = tuple(place for place in world if chance.random() < 0.1)
        seen = {} if errored else {place: differs for place, differs in world.items() if place not in unread}
        known |= seen
        told = talk.issue(drift(*(place for place, differs in seen.items() if differs), unread=unread, errored=errored))
        closes += ForgeAction.CLOSED in told.done
        threads = [*talk.fake.repository.threads.values()]
        assert len(threads) <= 1
        assert [one for one in threads if one.open] or not any(known.values())
        if len(seen) == len(world) and not any(seen.values()):
            assert not [one for one in threads if one.open]
    assert closes > 5


def test_a_look_for_drift_that_died_closes_nothing(talk: Talk) -> None:
    assert talk.stopped(HandoverKind.DRIFT).why == "nothing that could be read differs"
    talk.issue(drift(ABOUT))
    assert talk.stopped(HandoverKind.DRIFT).done == (ForgeAction.UPDATED,)
    assert ("did not get to its end" in body(talk), only(talk).open) == (True, True)


def test_where_github_refuses_in_between_the_next_run_says_it_again_rather_than_never(talk: Talk) -> None:
    talk.issue(drift(ABOUT))
    talk.fake.trouble(422, method="PATCH")
    with pytest.raises(ForgeProblem):
        talk.issue(drift(ABOUT, EMAIL))
    assert talk.issue(drift(ABOUT, EMAIL)).done == (ForgeAction.UPDATED, ForgeAction.COMMENTED)
    assert len(comments(talk)) == 2

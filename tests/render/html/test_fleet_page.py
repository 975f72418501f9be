"""The fleet as a page: each profile under what is to be known of it first, and what applies did."""

from __future__ import annotations

import re
from datetime import date

import pytest

from reconciler.core.memory.runs import FieldStatus
from reconciler.core.reports.fleet import Condition
from reconciler.render.html.fleet import fleet_html
from tests.support.cases import Case
from tests.support.fleet_page import BREAD, USUAL, fleet, text_of, usual
from tests.support.review_page import LINKS

APPLIED = FieldStatus.APPLIED
ABOUT = {"files": {"about": "x"}}


def test_profiles_stand_under_what_is_to_be_known_of_them_first() -> None:
    text = text_of(usual())
    titles = ["Could not be read", "Changed elsewhere", "To be sent", "Assumed", "In sync", "Paused"]
    names = ["kiel", "shops/munich", "shops/berlin", "legacy/ulm", "shops/vienna", "popup"]
    after = text[text.index("The same as a table") :].split("\n")
    assert [line for line in after if line in titles] == titles
    assert [line for line in after if line in names] == names


def test_a_profile_that_differs_has_two_cards_and_another_one_has_one() -> None:
    text = text_of(usual())
    assert text.count("Now on WhatsApp") == 3
    assert "Now on WhatsApp\nGoldcrust Berlin\n+493012345601\nAbout\n[-Fresh bread-]" in text
    assert "drift: 1 to send · last apply 30 November 2026 by run 12 · managed" not in text
    assert "drift: could not be read · last apply 30 November 2026 by run 12 · managed" in text
    assert "quality high" in text


def test_what_was_not_read_is_never_said_to_be_on_whatsapp() -> None:
    text = text_of(usual())
    for said in ("WhatsApp could not be read", "it cannot be read back", "the profile is paused"):
        assert text.count(f"What the file says; {said}") == 1
    offline = text_of(fleet(Case({**USUAL, "offline": True}), live=False))
    assert "Now on WhatsApp" not in offline
    assert "From the files and the ledger. --live also asks what was changed elsewhere." in offline
    assert "What the file says; no provider was asked" in offline
    assert "never applied" in offline


def test_each_condition_can_be_chosen() -> None:
    page = fleet_html(usual(), LINKS)
    assert re.findall(r'data-why="(\w+)"', page) == ["unread", "differs", "waiting", "assumed", "in_sync", "paused"]
    options = page[page.index('name="why"') : page.index("</select>", page.index('name="why"'))]
    assert set(re.findall(r'value="(\w+)"', options)) == set(re.findall(r'data-why="(\w+)"', page))


@pytest.mark.parametrize(
    ("profile", "live", "condition"),
    [
        ({"files": BREAD, "live": BREAD}, True, Condition.IN_SYNC),
        (
            {"files": {"about": "x"}, "live": {"about": "y"}, "ledger": {"about": {"sent": "x"}}},
            True,
            Condition.DIFFERS,
        ),
        ({**ABOUT, "mode": "observe", "offline": True}, False, Condition.NOT_KNOWN),
        ({**ABOUT, "offline": True, "ledger": {"about": {"sent": "x"}}}, False, Condition.NONE_KNOWN),
    ],
)
def test_a_profile_is_in_one_condition(profile: dict[str, object], condition: Condition, *, live: bool) -> None:
    made = fleet(Case({"profiles": {"berlin": profile}}), live=live)
    assert made.report.profiles[0].condition is condition


def test_the_bars_are_told_in_one_sentence_and_in_a_table() -> None:
    page, text = fleet_html(usual(), LINKS), text_of(usual())
    assert (
        'aria-label="Bars for 13 weeks from 7 September 2026 to 30 November 2026. '
        'Fields: 45 applied, 4 changed elsewhere and left alone, 2 failed, or not known."'
    ) in page
    assert "7 September 2026\n24 fields at most in a week\n30 November 2026" in text
    assert re.search(r"2 November 2026\W+10\W+0\W+2\b", text)
    # The bars that are there, and none of no height.
    assert page.count("<rect") == 3 + 9
    assert 'height="0.0"' not in page


def test_without_an_apply_there_are_no_bars_and_a_long_past_says_that_it_is_cut() -> None:
    assert "<svg" not in fleet_html(fleet(Case(USUAL)), LINKS)
    cut = fleet(Case(USUAL), ("2020-01-01", [APPLIED]), ("2026-11-30", [APPLIED]))
    assert "Earlier applies are not shown." in text_of(cut)
    one_day = text_of(fleet(Case(USUAL), ("2026-12-01", [APPLIED])))
    assert "1 December 2026\n1 field at most in a day\n" in one_day


def test_what_looks_found_has_bars_of_its_own_and_none_stands_for_no_look() -> None:
    looks = ((date(2026, 11, 28), 4), (date(2026, 11, 29), 0), (date(2026, 12, 1), 1))
    page = fleet_html(made := fleet(Case(USUAL), looks=[looks]), LINKS)
    assert "Applies by" not in page
    assert (
        'aria-label="Bars for 4 days from 28 November 2026 to 1 December 2026. '
        'Fields: 1 changed elsewhere at the last look."'
    ) in page
    # One in the legend. The look that found nothing is a line on the ground, and the 30th had none.
    assert page.count('class="bar-found"') == 1 + 3
    assert 'height="2.0"' in page
    text = text_of(made)
    assert "Drift by day" in text
    assert re.search(r"1 December 2026\W+1\W+29 November 2026\W+0\W+28 November 2026\W+4\b", text)
    quiet = fleet_html(fleet(Case(USUAL), looks=[((date(2026, 12, 1), 0),)]), LINKS)
    assert ("0 fields at most in a day" in quiet, "<ul" in quiet.split("Drift by day")[1].split("</section>")[0]) == (
        True,
        False,
    )
    both = text_of(fleet(Case(USUAL), ("2026-11-30", [APPLIED]), looks=[looks]))
    assert (both.count("by day"), both.index("Applies by") < both.index("Drift by")) == (2, True)


def test_a_page_that_would_be_too_large_names_what_it_leaves_out() -> None:
    text = fleet_html(usual(), LINKS, most=109_000)
    assert "Not on this page: </strong>" in text
    assert len(text.encode()) < 109_000


def test_a_fleet_of_nothing_says_so() -> None:
    assert "Nothing is selected" in text_of(fleet(Case({"profiles": {}})))

"""The review page: what a person reads on it, that nothing foreign acts in it, and how large it gets."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.reports.cards import ReviewReport, Thumbnail, cards
from reconciler.render.html.page import PAGE_BYTES
from reconciler.render.html.plan import plan_html
from tests.support.cases import CASES, Case
from tests.support.hostile_page import TEXTS, hostile_review
from tests.support.review_page import LINKS, made, one, read
from tests.support.review_pictures import TEXT, page
from tests.support.webpage import Webpage


def test_the_page_of_the_pictures_says_what_was_reviewed() -> None:
    assert f"{Webpage(page()).text}\n" == TEXT.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", sorted((CASES / "plan").iterdir()), ids=lambda folder: folder.name)
def test_every_plan_has_a_page_with_a_card_for_each_profile_that_differs(folder: Any) -> None:
    case = Case(folder)
    found = Webpage(plan_html(made(case), LINKS))
    assert found.open == []
    assert found.tags.count("article") == sum(bool(planned.differences) for planned in case.plan.targets)
    assert found.tags.count("table") == found.tags.count("article")


def test_one_line_that_changes_many_profiles_says_so() -> None:
    case = Case({"profiles": {name: {"files": {"about": "New"}, "live": {"about": "Old"}} for name in ("a", "b")}})
    review = made(case)
    assert "this line changes" not in Webpage(plan_html(review, LINKS)).text
    shared = replace(case.desired[0].fields[0].source, file="profiles/templates/shop.yaml", line=3)
    plan = review.report.plan
    targets = tuple(
        replace(planned, differences=tuple(replace(change, source=shared) for change in planned.differences))
        for planned in plan.targets
    )
    report = replace(review.report, plan=replace(plan, targets=targets))
    page = plan_html(ReviewReport(report, cards(report, case.desired, case.live)), LINKS)
    assert Webpage(page).text.count("this line changes 2 profiles") == 2
    assert f'href="{LINKS.repository}/blob/{LINKS.commit}/profiles/templates/shop.yaml#L3"' in page


def gate_text(policy: dict[str, Any], **more: Any) -> str:
    """Return the page of a profile whose address goes."""
    profile = {"files": {"address": ""}, "live": {"address": "x"}, "ledger": {"address": {"sent": "x"}}}
    return read({"policy": policy, "profiles": {"berlin": profile}, **more})


def test_what_opens_a_gate_is_said_as_its_rule_is() -> None:
    assert "the label allow-clear after the last push" in gate_text({"clear": "ask"})
    assert "No label opens it: to let every run pass, set `policy: {clear: allow}`" in gate_text({"clear": "deny"})
    assert "Passes: clear." in gate_text({"clear": "warn"})
    assert "It only warns." in gate_text({"clear": "warn"})
    assert "Let through by --allow clear" in gate_text({"clear": "ask"}, allow=["clear"])


def test_problems_and_what_could_not_be_read_come_before_the_cards() -> None:
    text = read(
        {
            "diagnostics": [
                {"severity": "warning", "code": "a", "summary": "Odd.", "location": {"file": "f.yaml", "line": 2}},
                {"severity": "error", "code": "b", "summary": "Wrong."},
                {"severity": "notice", "code": "c", "summary": "Unsaid."},
            ],
            "profiles": {
                "a": {"files": {"about": "x"}, "unreadable": "no answer"},
                "b": {"files": {"about": "x", "email": "e@f.g"}, "live": {"about": "y"}, "unreadable": {"email": "no"}},
            },
        }
    )
    above, _ = text.split("Will be sent\n")
    assert "2 problems.\nf.yaml:2: Odd.\nWrong.\n" in above
    assert "Unsaid" not in text
    assert "a: no answer\nb (email): no\n" in above


def test_long_lists_end_with_how_many_more_there_are() -> None:
    told = [{"severity": "error", "code": f"c{number}", "summary": f"Wrong {number}."} for number in range(60)]
    profiles = {f"p{number}": {"files": {"about": "x"}, "unreadable": f"no {chr(65 + number)}"} for number in range(60)}
    text = read({"diagnostics": told, "profiles": profiles})
    assert "Wrong 49.\nand 10 more\n" in text
    assert "and 10 causes more" in text


@pytest.mark.parametrize(
    ("profiles", "title"),
    [
        ({}, "nothing is selected"),
        ({"a": {"files": {"about": "x"}, "live": {"about": "x"}}}, "nothing is planned"),
        (
            {"a": {"files": {"about": "x"}, "live": {"about": "y"}, "ledger": {"about": {"sent": "x"}}}},
            "nothing will be sent",
        ),
    ],
)
def test_a_page_without_changes_says_so(profiles: dict[str, Any], title: str) -> None:
    assert read({"profiles": profiles}).startswith(f"WhatsApp profiles: {title}\n{title.capitalize()}\n")


def test_a_plan_without_a_commit_has_no_line_about_one() -> None:
    assert "commit" not in one(files={"about": "x"}, live={"about": "y"})


def test_what_waits_for_a_person_is_counted() -> None:
    text = one(files={"about": "New"}, live={"about": "Sold"}, ledger={"about": {"sent": "Old"}})
    assert "1 difference left for a person" in text
    assert "What the file says (waits for a person)" in text


SMALL = Thumbnail("image/png", b"small")


def logos(*marks: str) -> Case:
    """Return a case with one profile for each mark, each with a new picture."""
    return Case(
        {
            "profiles": {
                f"p{n}": {"files": {"picture": {"mark": mark, "file": "l.png"}}, "live": {"picture": ""}}
                for n, mark in enumerate(marks)
            }
        }
    )


def test_a_small_picture_stands_on_the_page_once_by_its_content() -> None:
    page = plan_html(made(logos("a", "a", "b", "c"), a=SMALL, b=SMALL, c=Thumbnail("image/jpeg", b"other")), LINKS)
    data = base64.b64encode(b"small").decode()
    assert page.count(f"data:image/png;base64,{data}") == 1
    assert page.count('class="face p0 new"') == 3
    assert page.count('class="face p1 new"') == 1


def test_pictures_that_find_no_room_are_counted_and_their_cards_stay() -> None:
    review = made(logos("a", "b"), a=Thumbnail("image/png", b"x" * 90_000), b=SMALL)
    page = plan_html(review, LINKS, most=200_000)
    assert "1 picture found no room on this page." in Webpage(page).text
    assert page.count("<article") == 2
    assert "found no room" not in plan_html(review, LINKS)


def shops() -> Case:
    """Return a case with 99 profiles, each with a long text that stays."""
    stays = {"description": "ä" * 500}
    shop = {"files": {**stays, "about": "New"}, "live": {**stays, "about": "y"}}
    return Case({"profiles": {f"p{number:03}": shop for number in range(99)}})


def test_where_not_all_fits_the_cards_show_only_what_differs() -> None:
    page = plan_html(made(shops()), LINKS, most=300_000)
    assert len(page.encode()) <= 300_000
    assert page.count("<article") == 99
    text = Webpage(page).text
    assert "The cards show only the fields that differ." in text
    assert "Not on this page" not in text
    assert "ä" not in text
    whole = plan_html(made(shops()), LINKS)
    assert whole.count("ä") == 99 * 1_000
    assert "only the fields that differ" not in whole
    assert len(whole.encode()) < PAGE_BYTES


def test_cards_that_find_no_room_are_named_and_the_page_is_no_larger_than_it_may_be() -> None:
    page = plan_html(made(shops()), LINKS, most=150_000)
    assert len(page.encode()) <= 150_000
    shown = page.count("<article")
    assert 0 < shown < 99
    text = Webpage(page).text
    assert f"Not on this page: {99 - shown} differences in {99 - shown} profiles. The plan as JSON has them." in text
    assert f"Profiles: p{shown:03}, " in text


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_makes_no_element_no_attribute_and_no_command(text: str) -> None:
    page = plan_html(hostile_review(text), LINKS)
    calm = Webpage(plan_html(hostile_review("calm"), LINKS))
    found = Webpage(page)
    assert found.open == []
    assert found.tags == calm.tags
    assert [(tag, name) for tag, name, _ in found.attributes] == [(tag, name) for tag, name, _ in calm.attributes]
    assert not [name for _, name, _ in found.attributes if name.startswith("on") or name == "style"]
    addresses = [value for _, name, value in found.attributes if name in ("href", "src", "action")]
    assert all(address.startswith(f"{LINKS.repository}/") for address in addresses)
    assert "##[" not in page
    assert not re.search(r"^\s*::", page, re.MULTILINE)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\ud800-\udfff]", page)


def test_the_policy_lets_the_pages_own_styles_and_script_run_and_nothing_else() -> None:
    page = plan_html(made(logos("a"), a=SMALL), LINKS)
    policy = next(value for _, name, value in Webpage(page).attributes if name == "content" and "default-src" in value)
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    own = {
        f"{tag}-src": [
            f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"
            for inside in re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        ]
        for tag in ("style", "script")
    }
    assert {name: parts.pop(name).split() for name in own} == own
    assert parts == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}
    assert page.count("<script") == 1

"""The review page in a browser, where this machine has one: it calls nothing, runs nothing foreign, and is accessible.

Chromium is found by its usual names. axe-core, which judges accessibility, is installed with
`npm ci --ignore-scripts --prefix .ci/browser`. A test that lacks either is skipped and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.reports.cards import ReviewReport
from reconciler.core.safety.gates import PlanReport
from reconciler.render.html.fleet import fleet_html
from reconciler.render.html.plan import plan_html
from tests.support.browser import Browser, Page, browsing, found
from tests.support.cases import Case
from tests.support.fleet_page import hostile_fleet
from tests.support.fleet_page import usual as usual_fleet
from tests.support.hostile_page import TEXTS, hostile_review
from tests.support.review_page import LINKS, made
from tests.support.review_pictures import page as usual

AXE = Path(__file__).parents[3] / ".ci" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
VISIBLE = "[...document.querySelectorAll('article:not([hidden]) h3')].map(title => title.textContent)"
# A card that is not in sight is not drawn, and what is not drawn is not judged.
DRAWN = "document.querySelectorAll('article').forEach(card => { card.style.contentVisibility = 'visible' })"
JUDGED = "axe.run().then(({violations, passes}) => [violations.map(one => [one.id, one.nodes[0].html]), passes.length])"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield one browser for all tests."""
    program = found()
    if program is None:
        pytest.skip("no Chromium on this machine: the review page was not opened in a browser")
    with browsing(program) as running:
        yield running


def opened(browser: Browser, folder: Path, source: str, *, width: int = 1200, dark: bool = False) -> Page:
    """Open a page."""
    file = folder / "plan.html"
    file.write_text(source, encoding="utf-8")
    return browser.open(file, width=width, dark=dark)


def of_fleet() -> str:
    """Return the fleet's page, with a profile in each condition and bars."""
    return fleet_html(usual_fleet(), LINKS)


def shops() -> str:
    """Return a page of three shops in two folders, with another change each."""
    old = {"about": "Old", "email": "a@b.example"}
    new: dict[str, dict[str, str]] = {
        "a/berlin": {"about": "Bread"},
        "a/bonn": {"email": "c@d.example"},
        "b/ulm": {"about": "Cake"},
    }
    profiles: dict[str, dict[str, Any]] = {
        name: {"files": {**old, **fields}, "live": old} for name, fields in new.items()
    }
    profiles["b/vienna"] = {"files": old, "live": {**old, "about": "Sold out!"}, "ledger": {"about": {"sent": "Old"}}}
    return plan_html(made(Case({"endpoint": "https://graph.facebook.com", "profiles": profiles})), LINKS)


def test_hostile_texts_run_nothing_ask_for_nothing_and_change_nothing_around_them(
    browser: Browser, tmp_path: Path
) -> None:
    for text in TEXTS:
        with opened(browser, tmp_path, plan_html(hostile_review(text), LINKS)) as page:
            assert page.asked() == [(tmp_path / "plan.html").as_uri()], text
            assert page.said() == [], text
            assert page.run("[window.hit, document.scripts.length, document.styleSheets.length]") == [None, 1, 2], text
            assert page.run("getComputedStyle(document.body).display") == "block", text
            assert page.run("document.querySelectorAll('iframe, img, form[action], base, object, svg').length") == 0


def test_hostile_names_on_the_page_of_the_fleet_run_nothing_and_ask_for_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    # What stands alone, or ends an attribute, stands so in each of its places: a name is escaped wherever it is.
    with opened(browser, tmp_path, fleet_html(hostile_fleet(" ".join(TEXTS)), LINKS)) as page:
        assert page.asked() == [(tmp_path / "plan.html").as_uri()]
        assert page.said() == []
        assert page.run("[window.hit, document.scripts.length, document.styleSheets.length]") == [None, 1, 3]
        assert page.run("document.querySelectorAll('iframe, img, form[action], base, object').length") == 0
        # The drawing, and the sample of each of its three colours.
        assert page.run("document.querySelectorAll('svg').length") == 4


def test_the_filters_of_the_fleet_show_profiles_in_a_state(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, of_fleet()) as page:
        page.run("document.forms[0].why.value = 'differs'; document.forms[0].dispatchEvent(new Event('input'))")
        assert page.run(VISIBLE) == ["shops/munich"]
        page.run("document.forms[0].reset(); document.forms[0].search.value = 'goldcrust berlin'")
        page.run("document.forms[0].dispatchEvent(new Event('input'))")
        assert page.run(VISIBLE) == ["shops/berlin"]


def test_what_a_hostile_text_would_do_is_noticed_by_these_tests(browser: Browser, tmp_path: Path) -> None:
    """A page without escapes and without its policy: the same questions have other answers."""
    acting = "<img src='https://hostile.example/x' onerror='window.hit=1'><svg onload='window.hit=2'>"
    source = f"<!doctype html><title>x</title>{acting}"
    with opened(browser, tmp_path, source) as page:
        assert "https://hostile.example/x" in page.asked()
        assert page.run("window.hit") is not None


def test_the_policy_stops_what_a_mistake_of_ours_would_let_through(browser: Browser, tmp_path: Path) -> None:
    planted = (
        "<script>window.hit=1</script><svg onload='window.hit=2'></svg><img src='https://hostile.example/x'></main>"
    )
    with opened(browser, tmp_path, usual().replace("</main>", planted)) as page:
        assert page.run("window.hit") is None
        assert any("Content Security Policy" in said for said in page.said())


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (1200, True), (390, False)])
def test_an_accessibility_checker_finds_nothing(browser: Browser, tmp_path: Path, width: int, *, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: the accessibility of the review page was not checked")
    rare = (plan_html(hostile_review(TEXTS[0]), LINKS), plan_html(ReviewReport(empty()), LINKS))
    for source in (
        usual(),
        shops(),
        *((of_fleet(),) if width > 1_000 else ()),
        *(rare if width > 1_000 and not dark else ()),
    ):
        with opened(browser, tmp_path, source, width=width, dark=dark) as page:
            page.run(DRAWN)
            page.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
            page.run(AXE.read_text(encoding="utf-8"))
            violations, passes = page.run(JUDGED)
            assert violations == []
            assert passes > 20


def empty() -> PlanReport:
    """Return the plan of nothing."""
    return made(Case({"profiles": {}})).report


def test_the_page_is_no_wider_than_a_phone(browser: Browser, tmp_path: Path) -> None:
    for source in (usual(), of_fleet(), plan_html(hostile_review("x" * 400), LINKS)):
        with opened(browser, tmp_path, source, width=390) as page:
            assert page.run("document.documentElement.scrollWidth") == 390


def test_the_filters_show_the_cards_of_a_folder_a_field_a_reason_and_a_word(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, shops()) as page:

        def choose(name: str, value: str) -> list[str]:
            form = "document.forms[0]"
            page.run(f"{form}.{name}.value = {value!r}; {form}.dispatchEvent(new Event('input'))")
            shown: list[str] = page.run(VISIBLE)
            return shown

        every = ["a/berlin", "a/bonn", "b/ulm", "b/vienna"]
        assert page.run(VISIBLE) == every
        assert page.run("document.querySelector('output').textContent") == "4 profiles"
        assert choose("folder", "a/") == ["a/berlin", "a/bonn"]
        assert page.run("document.querySelector('output').textContent") == "2 of 4"
        assert choose("field", "about") == ["a/berlin"]
        assert choose("folder", "") == ["a/berlin", "b/ulm", "b/vienna"]
        assert choose("field", "") == every
        assert choose("why", "drifted") == ["b/vienna"]
        assert page.run("[...document.querySelectorAll('section.cards')].map(one => one.hidden)") == [True, False]
        assert choose("why", "") == every
        assert choose("account", "bakery · meta") == every
        assert choose("search", "cake ULM") == ["b/ulm"]
        assert choose("search", "no such word") == []


def test_j_and_k_go_from_card_to_card_and_a_slash_goes_to_the_search(browser: Browser, tmp_path: Path) -> None:
    focused = "document.activeElement.name ?? document.querySelector('article:focus h3')?.textContent"
    with opened(browser, tmp_path, shops()) as page:
        seen = []
        for key in ("j", "j", "k", "/", "Escape", "k"):
            page.press(key)
            seen.append(page.run(focused))
        assert seen == ["a/berlin", "a/bonn", "a/berlin", "search", None, "b/vienna"]
        page.press("/")
        for key in "jk/":
            page.press(key)
        assert page.run("document.forms[0].search.value") == "jk/"


def test_all_of_the_page_can_be_read_without_its_script(browser: Browser, tmp_path: Path) -> None:
    source = usual().replace("script-src ", "script-src 'none'; x-src ")
    with opened(browser, tmp_path, source) as page:
        assert page.run("document.querySelector('.bar').hidden") is True
        assert page.run("[...document.querySelectorAll('article')].every(card => card.offsetHeight > 100)") is True

"""What stands on a card of the review page, and below it."""

from __future__ import annotations

import re

from reconciler.core.fields import FIELD_NAMES
from reconciler.render.html.plan import plan_html
from reconciler.render.html.reasons import TITLES
from reconciler.render.markdown.sheet import Links
from tests.support.cases import CASES, Case
from tests.support.review_page import LINKS, made, one, read
from tests.support.webpage import Webpage


def test_every_field_has_a_title() -> None:
    assert sorted(TITLES) == sorted(FIELD_NAMES)


def test_words_that_change_are_marked_on_both_sides() -> None:
    text = one(files={"about": "Open from seven."}, live={"about": "Open from six."})
    assert "Open from [-six-]." in text
    assert "About · 16 of 139\nOpen from [+seven+]." in text


def test_an_industry_is_told_in_words_and_an_unknown_one_by_its_code() -> None:
    text = one(files={"industry": "RESTAURANT"}, live={"industry": "NEW_CODE"})
    assert "[-NEW_CODE-]" in text
    assert "[+Restaurant+]" in text
    assert "RESTAURANT" not in text


def test_an_empty_value_is_said() -> None:
    text = one(files={"about": "New"}, live={"about": ""})
    assert "About\nempty\n" in text


def test_a_new_line_is_marked_without_the_end_of_the_line_before_it() -> None:
    assert "Bread.\n[+Cake.+]" in one(files={"about": "Bread.\nCake."}, live={"about": "Bread."})
    assert "Bread.\n[+Rye.+]\nCake." in one(files={"about": "Bread.\nRye.\nCake."}, live={"about": "Bread.\nCake."})


def test_a_line_that_only_ends_is_marked() -> None:
    assert "[++]" not in one(files={"about": "Bread.\n\nCake."}, live={"about": "Bread.\nCake."})


def test_links_that_stay_are_not_marked_and_those_that_moved_say_from_where() -> None:
    a, b, c = (f"https://{name}.example" for name in "abc")
    assert f"{a}\n[-{b}-]" in one(files={"websites": [a, c]}, live={"websites": [a, b]})
    assert f"{a}\n[+{c}+]" in one(files={"websites": [a, c]}, live={"websites": [a, b]})
    moved = one(files={"websites": [b, a]}, live={"websites": [a, b]})
    assert f"{b} (was number 2)" in moved
    assert "the same links in another order" in moved


def test_a_very_long_text_is_shown_from_its_beginning() -> None:
    text = one(files={"about": "x"}, live={"about": "y" * 5_000})
    assert f"[-{'y' * 4_000} … and 1,000 characters more-]" in text


def test_what_cannot_be_read_says_so() -> None:
    assert "cannot be read back" in one(files={"about": "x"}, write_only=["about"])
    assert "could not be read: 503" in one(
        files={"about": "x", "email": "a@b.example"}, live={"about": "y"}, unreadable={"email": "503"}
    )
    offline = read({"offline": True, "profiles": {"berlin": {"files": {"about": "x"}}}})
    assert "Last recorded; no provider was asked" in offline
    assert "About\nnot read\n" in offline


def test_what_was_sent_says_when_and_by_which_run() -> None:
    text = one(files={"about": "x"}, write_only=["about"], ledger={"about": {"sent": "y"}})
    assert "[-y-]\nsent 2 August 2026 by run 12" in text


LEDGER = {"about": {"sent": "Old"}, "email": {"sent": "a@b.example"}, "picture": {"sent": {"mark": "a"}}}


def test_beside_what_is_sent_a_field_that_is_left_stays_and_says_what_the_file_says() -> None:
    text = one(
        files={"about": "Old", "email": "new@b.example", "picture": {"mark": "a", "file": "pictures/logo.png"}},
        live={"about": "Sold out!", "email": "a@b.example", "picture": {"mark": "b"}},
        ledger=LEDGER,
    )
    _, after = text.split("After the apply")
    assert "About\nSold out!\nleft alone; the file says: [≠Old≠]\n" in after


def test_a_left_picture_beside_what_is_sent_keeps_its_frame() -> None:
    case = Case(
        {
            "profiles": {
                "berlin": {
                    "files": {"email": "new@b.example", "picture": {"mark": "a", "file": "pictures/logo.png"}},
                    "live": {"email": "a@b.example", "picture": {"mark": "b"}},
                    "ledger": {
                        "email": {"sent": "a@b.example"},
                        "picture": {"sent": {"mark": "a"}},
                    },
                }
            }
        }
    )
    source = plan_html(made(case), LINKS)
    assert "the file says: logo.png, 640 \N{MULTIPLICATION SIGN} 640" in Webpage(source).text
    assert not re.search(r'class="face \w+ (new|old|other)"', source)


def test_an_empty_file_beside_what_is_sent_is_said() -> None:
    text = one(
        files={"about": "", "email": "new@b.example"},
        live={"about": "Sold out!", "email": "a@b.example"},
        ledger={"about": {"sent": "", "state": "settled"}, "email": {"sent": "a@b.example"}},
    )
    assert "left alone; the file says: empty" in text


def test_where_nothing_is_sent_both_sides_only_differ() -> None:
    text = one(files={"about": "Old"}, live={"about": "Sold out!"}, ledger=LEDGER)
    assert "What the file says (left alone)" in text
    assert "[≠Sold out!≠]" in text
    assert "take it over: reconciler drift --adopt berlin" in text
    assert "with this pull request: the label allow-drifted" in text


def test_a_page_at_gitlab_speaks_of_a_merge_request() -> None:
    case = {"files": {"about": "Old"}, "live": {"about": "Sold out!"}, "ledger": LEDGER}
    there = Links("https://gitlab.com/goldcrust/profiles/-", LINKS.commit)
    text = Webpage(plan_html(made(Case({"profiles": {"berlin": case}})), there)).text
    assert "with this merge request: the label allow-drifted" in text
    assert "pull request" not in text


def test_an_accepted_difference_offers_only_its_label() -> None:
    text = read(Case(CASES / "plan" / "acknowledged"))
    assert "accepted: " in text
    assert "drift --adopt" not in text


def test_an_observed_profile_has_no_reason_but_that_it_differs() -> None:
    text = one(mode="observe", files={"about": "Old"}, live={"about": "Sold out!"})
    assert "Only observed, never applied" in text
    assert "About\ndiffers" in text


def test_a_blocked_profile_says_why() -> None:
    text = one(blocked="used in the app", files={"about": "New"}, live={"about": "Old"})
    assert "Cannot be written" in text
    assert "used in the app" in text


def test_a_webhook_stands_below_the_cards_for_no_customer_sees_it() -> None:
    text = one(files={"webhook": {"url": "https://new.example"}}, live={"webhook": {"url": "https://old.example"}})
    assert '[-"https://old.example"-]\n[+"https://new.example"+]' in text
    assert "in the way: webhook" in text
    left = one(
        files={"webhook": {"url": "https://old.example"}},
        live={"webhook": {"url": "https://new.example"}},
        ledger={"webhook": {"sent": {"url": "https://old.example"}}},
    )
    assert '[≠"https://new.example"≠]\n[≠"https://old.example"≠]' in left
    assert '\n[+"https://new.example"+]' in one(
        files={"webhook": {"url": "https://new.example"}}, write_only=["webhook"]
    )


def test_a_card_is_headed_by_the_business_that_customers_see() -> None:
    name = "<b>Gold\u202e</b>"
    text = one(files={"about": "New"}, live={"about": "Old"}, business={"name": name})
    assert text.count("<b>Gold⟨U+202E⟩</b> (+493012345601)") == 1
    assert text.count("\n<b>Gold⟨U+202E⟩</b>\n+493012345601\n") == 2
    assert "<b>" not in one(files={"about": "New"}, live={"about": "Old"})

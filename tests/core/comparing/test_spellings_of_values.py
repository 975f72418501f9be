"""What a provider may make of a value without anybody noticing, and what is another value."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.comparing.kinds import is_same
from reconciler.core.comparing.spellings import BENIGN, is_benign, is_lossy, live_instead, only_in, shown_as
from reconciler.core.fields import FIELD, Header, Value, Webhook
from tests.support import picture
from tests.support.planning import grid

ENDS, BREAKS, FORM = "white space at the ends", "how line breaks are encoded", "the Unicode normal form"
DOMAIN, HOST = "capital letters in the domain", "capital letters or escapes in the host"
SLASH, ESCAPES = "the slash of an empty path", "escapes that decode to the same"
WORDS = "Sourdough, rye and cakes. " * 13


def hook(url: str, *headers: str) -> Webhook:
    return Webhook(url=url, headers=tuple(Header(name=name) for name in headers))


@pytest.mark.parametrize(
    ("field", "sent", "shown", "words"),
    [
        ("address", "Torstr. 1\n", "Torstr. 1", ENDS),
        ("about", "  Bread ", "Bread", ENDS),
        ("description", "a\nb", "a\r\nb", BREAKS),
        ("description", "a\nb\n", "a\r\nb", ENDS),
        ("description", "a \nb", "a\nb", ENDS),
        ("description", "a\n", "a\r\n", BREAKS),
        ("about", "Cafe\u0301", "Café", FORM),
        ("about", "Café", "Cafe\u0301 ", f"{ENDS}, {FORM}"),
        ("email", "Info@Bakery.Example", "Info@bakery.example", DOMAIN),
        ("email", "no address ", "no address", ENDS),
        ("websites", ("https://A.example/x",), ("https://a.example/x",), HOST),
        ("websites", ("HTTPS://a.example/X",), ("https://a.example/X",), HOST),
        ("websites", ("https://me@A.example:8443/",), ("https://me@a.example:8443/",), HOST),
        ("websites", ("https://straße.example/",), ("https://xn--strae-oqa.example/",), HOST),
        ("websites", ("https://a.example/ä b",), ("https://a.example/%C3%A4%20b",), ESCAPES),
        ("websites", ("https://a.example/%7ejo%c3%a4",), ("https://a.example/~jo%C3%A4",), ESCAPES),
        (
            "websites",
            ("https://A.example", "https://b.example/"),
            ("https://a.example/", "https://b.example"),
            f"{HOST}, {SLASH}",
        ),
        ("webhook", hook("https://Hooks.example/wa", "X-Key"), hook("https://hooks.example/wa", "x-key"), HOST),
    ],
)
def test_a_spelling_that_no_customer_notices_is_benign_and_its_difference_is_named(
    field: str, sent: Value, shown: Value, words: str
) -> None:
    for one, other in ((sent, shown), (shown, sent)):
        assert is_benign(field, one, other)
        assert not is_lossy(field, one, other)
        assert not is_same(one, other)
        assert only_in(field, one, other) == words


@pytest.mark.parametrize(
    ("field", "sent", "shown"),
    [
        ("description", WORDS, WORDS[:256]),
        ("about", "Tom & Jerry's", "Tom &amp; Jerry's"),
        ("description", "a\nb", "a b"),
        ("description", "a\n  b", "a\nb"),
        ("about", "Fresh   bread", "Fresh bread"),
        ("about", "Fresh bread", ""),
        ("about", "fresh bread", "Fresh bread"),
        ("about", "ﬁne", "fine"),
        ("about", "☎\ufe0f call", "☎ call"),
        ("email", "Info@bakery.example", "info@bakery.example"),
        ("email", "No address", "no address"),
        ("industry", "RESTAURANT", "OTHER"),
        ("industry", "RESTAURANT", "RESTAURANT "),
        ("websites", ("http://a.example/",), ("https://a.example/",)),
        ("websites", ("https://b.example/", "https://a.example/"), ("https://a.example/", "https://b.example/")),
        ("websites", ("https://a.example/", "https://b.example/"), ("https://a.example/",)),
        ("websites", ("https://a.example/x/",), ("https://a.example/x",)),
        ("websites", ("https://a.example/a%2Fb",), ("https://a.example/a/b",)),
        ("websites", ("https://straße.example/",), ("https://strasse.example/",)),
        ("websites", ("https://xn--é.example/",), ("https://é.example/",)),
        ("websites", ("https://a.example/x",), ()),
        ("webhook", hook("https://h.example/wa", "X-Key"), hook("https://h.example/wa")),
        ("webhook", hook("https://h.example/wa"), hook("https://h.example/WA")),
        ("picture", picture("a", grid=grid(100)), picture("b", grid=grid(200))),
        ("picture", picture("a", grid=grid(100)), ""),
    ],
)
def test_what_no_rule_explains_is_lossy(field: str, sent: Value, shown: Value) -> None:
    """Shorter, escaped, reordered, another scheme, another picture: a customer sees something else."""
    for one, other in ((sent, shown), (shown, sent)):
        assert is_lossy(field, one, other)
        assert not is_benign(field, one, other)
        assert only_in(field, one, other) == ""


@pytest.mark.parametrize("level", [101, 121])
def test_a_picture_that_may_be_ours_is_neither_lossy_nor_a_spelling(level: int) -> None:
    """Of two pictures that may be the same, the bytes alone say that they are."""
    ours, served = picture("a", grid=grid(100)), picture("b", grid=grid(level))
    assert not is_lossy("picture", ours, served)
    assert not is_benign("picture", ours, served)
    assert is_benign("picture", ours, picture("a", file=""))


def test_every_kind_of_value_has_its_rules() -> None:
    assert {spec.kind for spec in FIELD.values()} == set(BENIGN)


TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=12) | st.text(
    alphabet="aÄe\u0301 \r\n%2Fc:/?#@.xn-\ud800", max_size=16
)
LINKS = st.builds("https://{}".format, TEXTS) | TEXTS


@given(one=TEXTS, other=TEXTS, field=st.sampled_from(["about", "email", "industry"]))
def test_benign_is_told_of_any_texts_and_the_same_both_ways(one: str, other: str, field: str) -> None:
    """Live values are foreign: half characters are among them."""
    assert is_benign(field, one, one)
    assert is_benign(field, one, other) is is_benign(field, other, one)
    assert is_benign(field, one, unicodedata.normalize("NFD", one)) or field == "industry"


@given(one=LINKS, other=LINKS)
def test_benign_is_told_of_any_links_and_bringing_one_to_its_spelling_twice_changes_nothing(
    one: str, other: str
) -> None:
    spelled = one
    for rule in BENIGN[FIELD["websites"].kind]:
        spelled = rule.plain(spelled)
    assert is_benign("websites", (one,), (spelled,))
    assert is_benign("websites", (one,), (other,)) is is_benign("websites", (other,), (one,))


@pytest.mark.parametrize(
    ("sent", "shown", "said"),
    [
        (WORDS, WORDS[:256], 'live: 256 characters, ends with "…. Sourdough, rye and cak"'),
        (WORDS, f"New: {WORDS}", f'live: {len(WORDS) + 5} characters, from character 1 on "New: {WORDS[:19]}…"'),
        (WORDS, f"{WORDS}!", f'live: {len(WORDS) + 1} characters, from character {len(WORDS) + 1} on "!…"'),
        ("Tom & Jerry", "Tom &amp; Jerry", 'live: "Tom &amp; Jerry"'),
        (WORDS, "Sourdough", 'live: "Sourdough"'),
        ("Fresh bread", "", "live: (empty)"),
        (("https://a.example/",), ("https://b.example/", "https://c.example/"),
         'live: "https://b.example/", "https://c.example/"'),
        (("https://a.example/",), tuple("abcde"), 'live: "a", "b", "c" and 2 more'),
        (("https://a.example/",), ("x" * 300,), f'live: 300 characters, "{"x" * 24}…"'),
        (hook("https://h.example"), hook("https://i.example", "X-A", "X-B"),
         'live: "https://i.example" with the headers "X-A", "X-B"'),
        (hook("https://h.example"), hook("https://i.example"), 'live: "https://i.example"'),
        (picture("a"), picture("b"), "live: another picture, 640 × 640"),
    ],
)  # fmt: skip
def test_what_is_live_in_its_place_is_told_so_that_it_can_be_found(sent: Value, shown: Value, said: str) -> None:
    assert live_instead(sent, shown) == said


@pytest.mark.parametrize(
    ("field", "sent", "shown", "said"),
    [
        ("address", "Torstr. 1\n", "Torstr. 1", f'shown as "Torstr. 1"; differs only in {ENDS}'),
        ("description", f"{WORDS}", WORDS.strip(), f'shown as 337 characters, "{WORDS[:24]}…"; differs only in {ENDS}'),
        ("picture", picture("a"), picture("b"), "shown as picture, 640 × 640"),
    ],
)
def test_a_form_of_the_providers_is_told_with_what_it_differs_in(
    field: str, sent: Value, shown: Value, said: str
) -> None:
    assert shown_as(field, sent, shown) == said

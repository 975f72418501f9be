from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.reading.hidden import suspicious
from reconciler.render.safe_text import cell, ci_log, isolated, quoted, terminal
from tests.support.laws import tried

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
# Characters that matter here, close together, and often enough that their neighbours are met too.
TRICKY = st.text(
    st.sampled_from(
        "\u200c\u200d\ufe0e\ufe0f\u20e3#1a\u0627्कn😀👩❤🔥🏽🇩\u200b\u202e\u2066\ufeff\u061c\u00ad\u115f\u180b\u2800"
        "\U000e0041\U000e0100\ud800\udfff\x00\x1b\x7f\x85\x9b\n\r\t\u2028\u2029\ue000\uffff"
    ),
    max_size=12,
)
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


@given(st.one_of(ANY_TEXT, TRICKY))
@tried(400)
def test_nothing_that_acts_or_hides_comes_through(text: str) -> None:
    shown = terminal(text)
    assert [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Co", "Zl", "Zp")] == []
    assert INVISIBLE.findall(shown) == []
    assert shown.splitlines() in ([shown], [])


@given(TRICKY)
@tried(400)
def test_a_joiner_or_selector_comes_through_only_between_what_is_seen(text: str) -> None:
    """Two of them never stand side by side but for a selector and the joiner of the next emoji; none stands first."""
    shown = terminal(text)
    assert re.search(r"(?:^|[a-zn⟩])[\u200c\u200d\ufe0e\ufe0f]", shown) is None
    assert re.search(r"[\u200c\u200d][\u200c\u200d\ufe0e\ufe0f]|[\ufe0e\ufe0f][\u200c\ufe0e\ufe0f]", shown) is None


@given(st.one_of(ANY_TEXT, TRICKY))
@tried(200)
def test_what_is_shown_is_shown_the_same_again(text: str) -> None:
    assert terminal(terminal(text)) == terminal(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0x10FF, exclude_characters="ᅟᅠ")))
@tried(100)
def test_ordinary_characters_stay_as_they_are(text: str) -> None:
    assert terminal(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("👨‍👩‍👧‍👦", id="family"),
        pytest.param("🇩🇪", id="flag of two letters"),
        pytest.param("🏳️‍🌈🏴‍☠️", id="flags that are joined"),
        pytest.param("1️⃣#️⃣*️⃣", id="keycaps"),
        pytest.param("👍🏽👩🏽‍🚀", id="skin tones"),
        pytest.param("❤️‍🔥👁️‍🗨️", id="joined after a selector"),
        pytest.param("🙂‍↔️🐦‍⬛⛓️‍💥", id="joined with what is no face"),
        pytest.param("©️ ™️ ‼️ \u2139️ ↔️ Ⓜ️ 〰️ ㊗️ ☎︎", id="symbols with a selector"),
        pytest.param("\U0001faea\U0001fad8", id="younger than this Python"),
        pytest.param("می‌خواهم نان تازه", id="Persian with a non-joiner"),
        pytest.param("क्‍ष श्री", id="Hindi with a joiner"),
        pytest.param("ශ්‍රී ලංකා", id="Sinhala with a joiner"),
        pytest.param("അവന്‍ വന്നു", id="Malayalam with a joiner at the end of a word"),
        pytest.param("ขนมปังสดใหม่", id="Thai"),
        pytest.param("خُبْزٌ طازَج", id="Arabic with vowels"),
        pytest.param("Cafe\u0301 Zu\u0308rich", id="combining accents"),
        pytest.param("焼きたてパン\u3000毎日", id="Japanese"),
        pytest.param("갓 구운 빵", id="Korean"),
        pytest.param("Ouvert\u00a0: 7\u202fh", id="French spaces"),
    ],
)
def test_ordinary_writing_stays_readable(text: str) -> None:
    assert terminal(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x07\x7f", "⟨U+001B⟩[31mred⟨U+0007⟩⟨U+007F⟩"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("\u200e\u200f\u061c", "⟨U+200E⟩⟨U+200F⟩⟨U+061C⟩"),
        ("pay\u200bpal", "pay⟨U+200B⟩pal"),
        ("pay\u200dpal\u200c", "pay⟨U+200D⟩pal⟨U+200C⟩"),
        ("می\u200c", "می⟨U+200C⟩"),
        ("می\u200c\u200cخ", "می⟨U+200C⟩⟨U+200C⟩خ"),
        ("a\u200c्", "a⟨U+200C⟩्"),
        ("ᠠ\u180b\u200dᠠ", "ᠠ⟨U+180B⟩⟨U+200D⟩ᠠ"),
        ("a\ufe0f\u200d❤", "a⟨U+FE0F⟩⟨U+200D⟩❤"),
        ("😀\u200ca", "😀⟨U+200C⟩a"),
        ("😀\u200d", "😀⟨U+200D⟩"),
        ("\u200d😀", "⟨U+200D⟩😀"),
        ("😀\ufe0f\ufe0f", "😀\ufe0f⟨U+FE0F⟩"),
        ("\ufe0f", "⟨U+FE0F⟩"),
        ("1\ufe0f", "1⟨U+FE0F⟩"),
        ("!\ufe0f", "!⟨U+FE0F⟩"),
        ("a\U000e0101", "a⟨U+E0101⟩"),
        ("🏴\U000e0067\U000e007f", "🏴⟨U+E0067⟩⟨U+E007F⟩"),
        ("\ud83d", "⟨U+D83D⟩"),
        ("\u3164\u115f\u2800\u034f", "⟨U+3164⟩⟨U+115F⟩⟨U+2800⟩⟨U+034F⟩"),
        ("\ue000\uffff\u0378", "⟨U+E000⟩⟨U+FFFF⟩⟨U+0378⟩"),
        ("", ""),
    ],
)
def test_what_is_spelled_out(text: str, shown: str) -> None:
    assert terminal(text) == shown


def test_quotes_show_where_a_text_ends() -> None:
    assert quoted("bread \x1b") == '"bread ⟨U+001B⟩"'


COMMANDS = st.text(st.sampled_from([*LINE_ENDS, *" \t\u00a0\u2003\u3000\ufeff:#[]a"]), max_size=30)


@given(st.one_of(ANY_TEXT, COMMANDS))
@example("##\n[error]x")
@example("###[error]x")
@example("\u3000::error::x\u2028::error::x")
@tried(400)
def test_a_runner_finds_no_command_in_a_log(text: str) -> None:
    safe = ci_log(text)
    assert "##[" not in safe
    assert [line for line in safe.splitlines() if line.strip().startswith("::")] == []
    assert [line for line in re.split(r"\r\n|\r|\n", safe) if not line.startswith("|")] == []


@given(st.one_of(ANY_TEXT, COMMANDS))
@tried(200)
def test_a_log_keeps_every_other_character(text: str) -> None:
    """Lines stay lines, whatever ended them."""
    lines = [line.removeprefix("|").removeprefix(" ").replace("## [", "##[") for line in ci_log(text).split("\n")]
    assert lines == [line.replace("## [", "##[") for line in re.split(f"\r\n|[{LINE_ENDS}]", text)]


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("one\n\n::error::two", "| one\n|\n| ::error::two"),
        ("see ##[error]", "| see ## [error]"),
        ("a\u2028 ::stop-commands::x\x85b", "| a\n|  ::stop-commands::x\n| b"),
        ("", "|"),
    ],
)
def test_how_a_log_reads(text: str, logged: str) -> None:
    assert ci_log(text) == logged


# Every character up to the emoji, and the plane of tags and selectors. Private planes repeat one answer.
_EVERY = [
    *range(0x3000),
    *range(0xA000, 0xAC00),
    *range(0xD7A0, 0x10000),
    *range(0x16000, 0x1FB00),
    *range(0xE0000, 0xE0200),
]


def test_what_is_spelled_out_is_what_validate_points_at() -> None:
    """One table for both: beside a Latin letter, no character is hidden for one of them only."""
    texts = [f"a{chr(point)}b" for point in _EVERY]
    spelled = {text for text in texts if terminal(text) != text}
    pointed_at = {text for text in texts if suspicious(text)}
    assert spelled - pointed_at == {"a\nb", "a\tb"}
    assert pointed_at - spelled == {"a\ufffdb"}


@pytest.mark.parametrize("country", ["eng", "sct", "wls"])
def test_a_flag_that_is_spelled_with_tags_stays_whole(country: str) -> None:
    flag = "\U0001f3f4" + "".join(chr(0xE0000 + ord(char)) for char in f"gb{country}\x7f")
    assert terminal(f"{flag}{flag}") == f"{flag}{flag}"
    assert "⟨U+E0067⟩" in terminal(flag[:-1])
    assert terminal(f"{flag}\U000e0067") == f"{flag}⟨U+E0067⟩"
    assert terminal(f"\U0001f3f4{flag}") == f"\U0001f3f4{flag}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Goldcrust", "Goldcrust"),
        ("パン屋 Ü", "パン屋 Ü"),
        ("مخبز 1", "\u2068مخبز 1\u2069"),
        ("Bakery מאפייה", "\u2068Bakery מאפייה\u2069"),
        # A turn of direction that the text brings along is spelled out, and so is one that would end ours.
        ("\u2067x\u2069 مخبز\u2069", "\u2068⟨U+2067⟩x⟨U+2069⟩ مخبز⟨U+2069⟩\u2069"),
        ("\u202eabc", "⟨U+202E⟩abc"),
    ],
)
def test_a_column_is_turned_by_no_other_column(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_quotes_stand_with_the_text_that_they_hold() -> None:
    """Without the isolate, the one at the end would move to the text's other side, and so would a number behind it."""
    assert quoted("Fresh bread") == '"Fresh bread"'
    assert quoted("خبز طازج") == '\u2068"خبز طازج"\u2069'
    assert isolated("`خبز`") == "\u2068`خبز`\u2069"

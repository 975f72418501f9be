"""How secrets are found in foreign text, in every spelling, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import scrubbing
from reconciler.core.addresses import address_secrets, without_passwords
from reconciler.core.scrubbing import MARK, SecretMatcher, secret_matcher
from tests.support.spellings import SPELLINGS

SECRET = "EAAGm0PX4ZCpsBA+/x'y&z-_9QwErTy"
KNOWN = secret_matcher({SECRET: "META_TOKEN"})
# As many characters of a secret as may be left.
_FEW = 4


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_found_in_every_spelling(spelling: str) -> None:
    spelt = SPELLINGS[spelling](SECRET)
    shown = KNOWN.without(f"No: {spelt}, sorry")
    assert MARK in shown
    assert shown.startswith("No: ")
    assert shown.endswith(", sorry")
    assert len(shown) <= len(f"No: {MARK}, sorry") + 2 * _FEW
    assert KNOWN.named_in(spelt) == KNOWN.named_in(f"No: {spelt}, sorry") == "META_TOKEN"


def test_the_two_signs_in_which_kinds_of_base64_differ_stand_for_each_other() -> None:
    known = secret_matcher({"???>>>" * 3: "KEY"})
    assert [known.named_in(text * 3) for text in ("Pz8/Pj4+", "Pz8_Pj4-")] == ["KEY", "KEY"]


NOISE = st.text("remote: \n\r=<br/>|,x%&#;\\", max_size=6)
TEXTS = st.lists(st.tuples(NOISE, st.sampled_from(("", *SPELLINGS)), NOISE), max_size=4)


@given(TEXTS)
def test_one_look_at_all_texts_overlooks_nothing_that_a_look_at_each_finds(texts: list[tuple[str, str, str]]) -> None:
    spelt = [f"{before}{SPELLINGS[name](SECRET) if name else ''}{after}" for before, name, after in texts]
    found = any(map(KNOWN.named_in, spelt))
    assert found == any(name for _, name, _ in texts)
    assert KNOWN.none_in(spelt) == (not found)


def test_one_look_at_all_texts_sees_a_short_secret_that_is_one_of_them() -> None:
    known = secret_matcher({"bakery": "WEBHOOK_TOKEN"})
    assert [known.none_in(texts) for texts in (["a", " bakery"], ["a", "the bakery"], [])] == [False, True, True]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_secret_is_found_in_escapes_of_escapes(times: int) -> None:
    spelt = SECRET
    for _ in range(times):
        spelt = "".join(f"%{ord(char):02X}" for char in spelt)
    assert KNOWN.named_in(spelt) == "META_TOKEN"


def test_digits_count_only_where_a_secret_begins_with_them() -> None:
    number = "493012345678"
    assert secret_matcher({f"{number}AbCdEfGhIjKl": "KEY"}).named_in(number) == "KEY"
    assert secret_matcher({f"AbCdEfGhIjKl{number}": "KEY"}).named_in(number) == ""


@given(
    st.sampled_from(sorted(SPELLINGS)),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=80),
    st.text(),
)
def test_any_secret_is_found_behind_any_text(spelling: str, secret: str, before: str) -> None:
    """Law: what stands before a secret never hides it."""
    known = secret_matcher({secret: "X"})
    assert known.named_in(f"{before} {SPELLINGS[spelling](secret)}") == "X"
    assert MARK in known.without(f"{before} {SPELLINGS[spelling](secret)}")


@given(st.text())
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert KNOWN.without(text) == text
    assert KNOWN.named_in(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EAAGm0PX4ZC",
        "the first eleven of it: EAAGm0PX4ZC",
        "100% of %zz &nope; \\q \\u{110000} \\u{ffffffffff}",
        "caf\u00e9 \ud83d \U0001f950",
        f"%{'25' * 8}41",
        "a\n > remote: b | c",
        "EAAGm0 or PX4ZCp or sBA",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert KNOWN.without(text) == text


@given(st.text(st.characters(max_codepoint=0x1FF)) | st.text("remote: \n\r=<br>|x"))
def test_the_fast_way_to_a_text_without_its_breaks_finds_the_same(text: str) -> None:
    assert scrubbing._unbroken(text) == scrubbing._BREAK.sub("", text)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_found_however_many_others_there_are(spelling: str) -> None:
    """With many secrets, a text is looked up place by place; with few, each piece of them is looked for in it."""
    many = secret_matcher({SECRET: "META_TOKEN"} | {f"{number:04}-another-secret": "OTHER" for number in range(200)})
    spelt = SPELLINGS[spelling](SECRET)
    assert len(many.pieces) > 2 * len(spelt)
    assert many.named_in(spelt) == "META_TOKEN"
    assert many.named_in("a" * len(spelt)) == ""


def test_a_short_text_is_no_secret_and_its_escapes_may_be_one() -> None:
    """The one sign of the ligature stands for eighteen letters."""
    ligature = "\ufdfa"
    long = secret_matcher({ligature: "NONE", ligature * 20: "WORDS"})
    assert long.named_in("GREEN") == ""
    assert long.named_in("&#xfdfa;" * 2) == "WORDS"
    assert long.named_in(ligature * 3) == "WORDS"


def test_a_longer_character_may_be_escaped_too() -> None:
    known = secret_matcher({"pässwörd-from-a-remote": "R"})
    assert known.without("p%C3%A4ssw%c3%b6rd-from-a-remote") == MARK
    assert known.without("p\\u00e4ssw&ouml;rd-from-a-remote &euro; \\u20ac") == f"{MARK} &euro; \\u20ac"


def test_a_secret_with_spaces_may_be_sent_as_a_form() -> None:
    known = secret_matcher({"Bearer of good news": "W"})
    assert known.without("a=Bearer+of+good+news&b=1") == f"a={MARK}&b=1"
    assert known.without("Bearer of\ngood news") == MARK


def test_what_is_escaped_too_often_for_any_reader_is_left_alone() -> None:
    text = f"{SECRET} %{'25' * 8}41"
    assert KNOWN.without(text) == f"{MARK} %{'25' * 8}41"


def test_the_phone_number_in_a_key_is_public_and_the_key_is_not() -> None:
    known = secret_matcher({"sandbox-493012345000": "D360_API_KEY", "49301234500099887766": "ALL_DIGITS"})
    assert known.without("+493012345000 is not the number of sandbox-493012345000") == (
        f"+{MARK} is not the number of {MARK}"
    )
    known = secret_matcher({"sandbox-493012345000": "D360_API_KEY"})
    assert known.without("+493012345000 is not sandbox-493012345000") == f"+493012345000 is not {MARK}"


def test_several_secrets_that_touch_are_one_mark() -> None:
    known = secret_matcher({"first-secret-1234": "A", "other-secret-5678": "B"})
    assert known.without("first-secret-1234other-secret-5678 x first-secret-1234") == f"{MARK} x {MARK}"
    assert known.named_in("other-secret-5678 first-secret-1234") == "B"


def test_one_secret_may_be_the_beginning_of_another() -> None:
    for names in ({"secretsecret": "A", "secretsecretlonger": "B"}, {"secretsecretlonger": "B", "secretsecret": "A"}):
        assert secret_matcher(names).without("no: secretsecret, secretsecretlonger") == f"no: {MARK}, {MARK}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("me:hush-1@host", f"me:{MARK}@host"),
        ("hush-1", MARK),
        ("xhush-1 hush-12 HUSH-1 aHVzaC0x", "xhush-1 hush-12 HUSH-1 aHVzaC0x"),
        ("hush-1, hush-1-more, hush-1-less", f"{MARK}, {MARK}, {MARK}-less"),
        ("o no", "o no"),
        (" o ", MARK),
    ],
)
def test_a_short_secret_is_found_only_as_it_is_written(text: str, shown: str) -> None:
    assert secret_matcher({"hush-1": "S", "hush-1-more": "T", "o": "U"}).without(text) == shown


def test_a_value_holds_a_short_secret_only_if_it_is_nothing_else() -> None:
    """People choose a word like `bakery` as a webhook's token, and it stands in their texts."""
    known = secret_matcher({"bakery": "WEBHOOK_TOKEN"})
    assert known.named_in("bakery ") == "WEBHOOK_TOKEN"
    assert known.named_in("the bakery at the corner") == ""


def test_a_secret_that_is_mostly_white_space_counts_as_short() -> None:
    known = secret_matcher({"a     b     c": "W"})
    assert known.without("abc, a     b     c") == f"abc, {MARK}"


def test_nothing_is_secret_where_none_is_known() -> None:
    assert (SecretMatcher().without("a"), secret_matcher({"": "X"}).named_in("")) == ("a", "")


def test_no_representation_shows_a_secret() -> None:
    assert "EAAG" not in repr(KNOWN)
    assert "hush" not in repr(secret_matcher({"hush-1": "S"}))


@pytest.mark.parametrize(
    ("address", "shown", "secrets"),
    [
        ("ssh://git@github.com/o/r", "ssh://git@github.com/o/r", set()),
        ("ssh://git:PW@host:22/o/r", f"ssh://git:{MARK}@host:22/o/r", {"PW"}),
        ("https://me:p%40w@h/o/r", f"https://{MARK}:{MARK}@h/o/r", {"p%40w", "p@w"}),
        ("https://tok@h/o", f"https://{MARK}@h/o", {"tok"}),
        ("https://tok:x-oauth-basic@h/o", f"https://{MARK}:x-oauth-basic@h/o", {"tok"}),
        ("https://h/o?token=abc&b=1#x=2", f"https://h/o?token={MARK}&b={MARK}#x={MARK}", {"abc", "1", "2"}),
        ("https://h/ghp_abcdefgh12345678/r.git", f"https://h/{MARK}/r.git", {"ghp_abcdefgh12345678"}),
        ("https://h/glpat-abcdefgh12345678/r", f"https://h/{MARK}/r", {"glpat-abcdefgh12345678"}),
        ("https://h/aB3dEfGhIjKlMnOpQrStUv/r", f"https://h/{MARK}/r", {"aB3dEfGhIjKlMnOpQrStUv"}),
        ("https://h/" + "0a" * 16, f"https://h/{MARK}", {"0a" * 16}),
        ("https://h/Company-Profiles-2024-v2.git", "https://h/Company-Profiles-2024-v2.git", set()),
        ("file:///srv/aB3dEfGhIjKlMnOpQrStUv", "file:///srv/aB3dEfGhIjKlMnOpQrStUv", set()),
        ("git@github.com:o/r", "git@github.com:o/r", set()),
    ],
)
def test_an_address_is_shown_without_what_it_holds_of_secrets(address: str, shown: str, secrets: set[str]) -> None:
    assert without_passwords(f"fatal: unable to access '{address}': no") == f"fatal: unable to access '{shown}': no"
    assert address_secrets(address) == secrets

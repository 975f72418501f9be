"""The one table of characters that hide, and of letters that look alike.

`validate`, `render.safe_text`, what is written into files, and the notes on unseen differences all read it.

hidden_kind: a character → what it does to a reader ("the invisible character"), or "".
is_drawn: (text, index) → True if what would hide there is a part of something that is seen: an emoji, a flag, a word.
is_spelled: the same for people's own texts, where a script may also need direction marks or breaks that leave no ink.
alphabet: a letter → its alphabet, or "".
LATIN_DOUBLES, looks_latin: the letters of other alphabets that are drawn like a Latin one.
unseen: (a text, another) → a note about differences that a reader cannot see, "" if every difference is visible.
look_alike: (a text, another) → whether a reader could take one for the other.
in_common: (a text, another) → with how many characters both begin.

The categories, names and directions are Unicode's, from Python's tables. What has no ink although its category says
otherwise is listed here, after Unicode's property Default_Ignorable_Code_Point.

Two texts look alike when they have the same outline: normal form NFKD, without white space and characters that have no
ink, and with one letter for those that most fonts draw alike. A character that a report spells out, such as `⟨U+200B⟩`
or a tab, has the outline of the character itself, because a text may hold those very letters. The outline is coarser
than any rendering. So two texts that are printed alike always get a note, and two that differ a little may get one too.
The note holds names and numbers of characters, never the characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final
from unicodedata import category, combining, is_normalized, name, normalize

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_SELECTORS = ("\ufe0e", "\ufe0f")
_KEYCAP = "\u20e3"
_VIRAMA = 9
_MARKS = ("\u061c", "\u200e", "\u200f")
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Format characters that are drawn: the signs that stand around Arabic, Syriac and Kaithi numbers.
_INKED = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Characters without ink that Unicode calls letters, marks or symbols: fillers, inherent vowels, the grapheme joiner,
# the empty Braille cell, the place of a picture that is not there.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U0001d159\U00016fe4")
_VARIANT = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KINDS = {
    "Cc": "the control character",
    "Cs": "the control character",
    "Zl": "the control character",
    "Zp": "the control character",
    "Cf": "the invisible character",
    "Co": "the private character",
    "Cn": "the unassigned character",
}
# The blocks that hold emoji, and the few emoji that are elsewhere.
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
# Set aside for emoji: a character not assigned there is one that this Python's tables are too old to know.
_NEW_EMOJI = re.compile("[\U0001f000-\U0001faff]")
# England, Scotland and Wales: the flags that Unicode recommends to spell with tags.
_TAGGED_FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_TAG = re.compile("[\U000e0020-\U000e007f]")
_LONGEST_FLAG = 7
# Scripts that spell with a joiner or a non-joiner: Arabic and its kin, and those of India and around it.
_JOINING = re.compile("[\u0620-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1b7f\ua840-\ua87f\ua8e0-\ua9df]")
# Scripts without spaces between their words: Thai, Lao, Myanmar, Khmer.
_UNSPACED = re.compile("[\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17e9]")
_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
# The variants of one ideograph that fonts for names and places have, and those of Unicode's own list.
_HAN_VARIANT = re.compile("[\ufe00-\ufe02\U000e0100-\U000e011f]")
_MONGOLIAN = re.compile("[\u1820-\u18aa]")
_MONGOLIAN_VARIANT = re.compile("[\u180b-\u180f]")
# The letters of scripts that run from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko, Adlam and their kin.
_RIGHT_TO_LEFT = re.compile(
    "[\u05d0-\u05f2\u0620-\u064a\u066e-\u06d3\u06fa-\u0710\u0712-\u07ea\u0800-\u08c9\ufb1d-\ufdfb\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# As far from a direction mark as the text to the left or right is looked for that may need it.
_NEAR = 256


def hidden_kind(char: str) -> str:
    """Return what `char` is if a reader does not see it, or "" for a character that is seen."""
    if " " <= char <= "~":
        return ""
    if char in _DIRECTIONS:
        return "the direction control"
    if char in (_ZWJ, _ZWNJ):
        return "the invisible joiner"
    if _VARIANT.match(char):
        return "the variation selector"
    if char in _BLANK:
        return "the invisible character"
    if char in _INKED:
        return ""
    found = category(char)
    return "" if found == "Cn" and _NEW_EMOJI.match(char) else _KINDS.get(found, "")


def is_drawn(text: str, index: int) -> bool:
    """True if the hidden character at `index` is a part of an emoji, a flag, or a word that needs a joiner."""
    char = text[index]
    if char in _SELECTORS:
        return _is_chosen(text, index)
    if char in (_ZWJ, _ZWNJ):
        return _is_in_word(text, index) or (char == _ZWJ and _is_in_emoji(text, index))
    return _TAG.match(char) is not None and _is_in_flag(text, index)


def is_spelled(text: str, index: int) -> bool:
    """True if the hidden character at `index` is ordinary in the writing around it."""
    char, (before, after) = text[index], _around(text, index)
    if char in _MARKS:
        # Two of them say nothing that one does not.
        return before not in _MARKS and _is_near_right_to_left(text, index)
    if char == "\u200b":
        return bool(_UNSPACED.match(before) and _UNSPACED.match(after))
    if _MONGOLIAN_VARIANT.match(char):
        return bool(_MONGOLIAN.match(before))
    if _HAN_VARIANT.match(char):
        return bool(re.match(_HAN, before))
    return is_drawn(text, index)


def _is_near_right_to_left(text: str, index: int) -> bool:
    return _RIGHT_TO_LEFT.search(text, max(0, index - _NEAR), index + _NEAR) is not None


def _is_chosen(text: str, index: int) -> bool:
    """True if a selector says how the emoji before it is drawn, or makes a key of the digit before it."""
    before, after = _around(text, index)
    return bool(_EMOJI.match(before)) or (before in tuple("#*0123456789") and after == _KEYCAP)


def _is_in_emoji(text: str, index: int) -> bool:
    """True if a joiner makes one picture of two emoji; the first may have its selector."""
    before, after = _around(text, index)
    drawn = before in _SELECTORS and _is_chosen(text, index - 1)
    return (drawn or bool(_EMOJI.match(before))) and bool(_EMOJI.match(after))


def _is_in_flag(text: str, index: int) -> bool:
    """True if a tag is one of the letters of a flag that is spelled with tags."""
    start = text.rfind("\U0001f3f4", max(0, index - _LONGEST_FLAG), index)
    flag = _TAGGED_FLAG.match(text, start) if start >= 0 else None
    return flag is not None and index < flag.end()


def _is_in_word(text: str, index: int) -> bool:
    """True if a joiner stands between two letters of a script that needs it, or after the sign that removes a vowel."""
    before, after = _around(text, index)
    if not _is_joining(before):
        return False
    return _is_joining(after) or combining(before) == _VIRAMA


def _is_joining(char: str) -> bool:
    return bool(_JOINING.match(char)) and not hidden_kind(char) and category(char)[0] in "LM"


def _around(text: str, index: int) -> tuple[str, str]:
    return text[index - 1 : index] if index else "", text[index + 1 : index + 2]


# Letters of other alphabets that most fonts draw like a Latin one: Cyrillic, Greek, Armenian, Cherokee.
_DOUBLES: Final = (
    ("\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425", "ABESIJKMHOPCTYX"),
    ("\u04ae\u04c0\u051a\u051c\u04af\u04cf\u050d\u0475", "YIQWylgv"),
    ("\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0455\u0443\u0445\u04bb\u0501\u051b\u051d", "aceijopsyxhdqw"),
    ("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7", "ABEZHIKMNOPTYX"),
    ("\u03b1\u03bd\u03bf\u03c1\u03c5", "avopu"),
    ("\u0531\u053c\u054d\u054f\u0555\u0566\u0570\u0575\u0578\u057d\u0581\u0585", "ULUSOqhjnugo"),
    ("\u13a0\u13a1\u13a2\u13a5\u13a9\u13aa\u13ab\u13ac\u13b3\u13b7\u13bb\u13c0\u13c2\u13c3", "DRTiyAJEWMHGhZ"),
    ("\u13c6\u13cf\u13d2\u13d4\u13d9\u13da\u13de\u13df\u13e2\u13e6\u13e7\u13f4", "IbRWVSLCPKdB"),
)
LATIN_DOUBLES: Final[Mapping[int, int]] = str.maketrans(*map("".join, zip(*_DOUBLES, strict=True)))
# How Unicode names letters of an alphabet whose name does not come first.
_OTHER_NAMES = {"KATAKANA-HIRAGANA": "KATAKANA", "IDEOGRAPHIC": "CJK", "SMALL": "ROMAN", "MODIFIER": ""}


@lru_cache(maxsize=2048)
def alphabet(char: str) -> str:
    """Return the alphabet of a letter in lower case, by Unicode's name for it; "" for a sign that all alphabets use.

    Bold, full-width and small Roman letters have names of their own, so that they count as an alphabet each.
    """
    if not char.isalpha() and not "\u2170" <= char <= "\u217f":
        return ""
    first = name(char, "").partition(" ")[0]
    return _OTHER_NAMES.get(first, first).lower()


def looks_latin(char: str) -> bool:
    """True if `char` is a letter of another alphabet that is drawn like a Latin one."""
    return ord(char) in LATIN_DOUBLES


# Printed in place of a character without ink, or of one that a report breaks in two.
_SPELLED = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩|\\[nrt]")
# Characters that most fonts draw alike, besides letters with a Latin double: quotes, dashes, and the Arabic letters
# that Persian and Urdu have as characters of their own.
_ALIKE_PAIRS: Final = (
    ("\u2018\u2019\u201b\u02bc\u2032`", "''''''"),
    ("\u201c\u201d\u201f\u2033", '""""'),
    ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "--------"),
    ("\u0643\u064a\u0649\u06d2", "\u06a9\u06cc\u06cc\u06cc"),
)
_ALIKE: Final = {**LATIN_DOUBLES, **str.maketrans(*map("".join, zip(*_ALIKE_PAIRS, strict=True)))}
_NAMES: Final = {" ": "space", "\t": "tab", "\n": "line break", "\r": "carriage return"}
_MOST_CHARACTERS = 4
_MOST_PLACES = 3

Stretch = tuple[int, str, str]


def look_alike(one: str, other: str) -> bool:
    """Return whether a reader could take `one` for `other`; two equal texts look alike."""
    return _outline(one) == _outline(other)


def _outline(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text
    bare = "".join(map(_inked, _SPELLED.sub("", text)))
    return "".join(map(_inked, normalize("NFKD", bare))).translate(_ALIKE)


def _inked(char: str) -> str:
    return "" if hidden_kind(char) or category(char) == "Zs" else char


def unseen(before: str, after: str, stretches: Iterable[Stretch] = ()) -> str:
    """Return where and how `after` differs from `before` without showing it.

    `stretches` are the pieces that differ: the place of each in `before`, from 0, what was there and what is there now.
    Without them the texts are one piece each.
    """
    hidden = [one for one in stretches if look_alike(one[1], one[2])]
    if not hidden and before != after and look_alike(before, after):
        hidden = [(0, before, after)]
    said = [_place(before, after, _trimmed(one)) for one in hidden[:_MOST_PLACES]]
    more = len(hidden) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return with how many characters, or words, both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _trimmed(stretch: Stretch) -> Stretch:
    """Return a stretch without the characters that both sides begin or end with."""
    start, old, new = stretch
    head = in_common(old, new)
    old, new = old[head:], new[head:]
    tail = in_common(old[::-1], new[::-1])
    return start + head, old[: len(old) - tail], new[: len(new) - tail]


def _place(before: str, after: str, stretch: Stretch) -> str:
    start, old, new = stretch
    was, now = (f"{_named(text)}{form}" for text, form in zip((old, new), _forms(old, new), strict=True))
    return f"character {start + 1}: {was}{_at_the_end(before, start, old)} → {now}{_at_the_end(after, start, new)}"


def _forms(old: str, new: str) -> tuple[str, str]:
    """Return the normal forms of two texts that are the same letters in different forms."""
    forms = [next((f" ({form})" for form in ("NFC", "NFD") if is_normalized(form, text)), "") for text in (old, new)]
    told = normalize("NFC", old) == normalize("NFC", new) and all(forms)
    return (forms[0], forms[1]) if told else ("", "")


def _at_the_end(text: str, start: int, piece: str) -> str:
    """Return where `piece` stands, if that is why it is not seen: before the end of a line, or of the text."""
    rest = text[start + len(piece) :]
    if not piece or not piece.isspace() or "\n" in piece or not (rest == "" or rest.startswith(("\n", "\r"))):
        return ""
    return " before the line's end" if rest else " at the end"


def _named(text: str) -> str:
    if not text:
        return "nothing"
    names = [_character(char) for char in text[:_MOST_CHARACTERS]]
    more = len(text) - len(names)
    return " + ".join([*names, f"{more} more"] if more else names)


def _character(char: str) -> str:
    if char in _NAMES:
        return _NAMES[char]
    called = name(char, "").lower()
    return f"U+{ord(char):04X}{f' {called}' if called else ''}"

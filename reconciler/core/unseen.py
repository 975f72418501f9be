r"""unseen: (a text, another) → a note about differences that a reader cannot see, "" if every difference is visible.

look_alike: (a text, another) → whether a reader could take one for the other.

Two texts look alike when they have the same outline: normal form NFKD, without white space and characters that have no
ink, and with one letter for those that most fonts draw alike. A character that a report spells out, such as `⟨U+200B⟩`
or `\t`, has the outline of the character itself, because a text may hold those very letters.

The outline is coarser than any rendering. So a pair that is printed as two equal lines always gets a note, and a pair
that differs a little for the eye may get one too. The note holds names and numbers of characters, never the characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import category, is_normalized, name, normalize

from reconciler.core.characters import LATIN_DOUBLES, hidden_kind

# What a report prints in the place of a character without ink, or of one that it breaks in two.
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


def _trimmed(stretch: Stretch) -> Stretch:
    """Return a stretch without the characters that both sides begin or end with."""
    start, old, new = stretch
    head = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    old, new = old[head:], new[head:]
    pairs = enumerate(zip(reversed(old), reversed(new), strict=False))
    tail = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))
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

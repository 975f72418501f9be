"""Foreign text made harmless, one function for each place where people read it.

Live values, file contents and server messages are foreign: nothing they hold may move a cursor, reorder a line, hide
itself, or be taken for a command by whatever shows it.
"""

from __future__ import annotations

import re
import unicodedata

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_SELECTORS = "\ufe0e\ufe0f"
_KEYCAP = "\u20e3"
_VIRAMA = 9
_SHOWN = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
# What takes no ink although Unicode calls it a letter, a mark or a symbol: fillers, inherent vowels, the grapheme
# joiner, selectors that choose a variant, the empty Braille cell.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# The blocks that hold emoji, and the few emoji that are elsewhere.
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
# Set aside for emoji: what is not assigned there is one that this Python's tables are too old to know.
_NEW_EMOJI = re.compile("[\U0001f000-\U0001faff]")
# Scripts in which a joiner or a non-joiner is a part of spelling: Arabic and its kin, and those of India and around it.
_JOINING = re.compile("[\u0620-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1b7f\ua840-\ua87f\ua8e0-\ua9df]")
_LINES = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class Inert(str):
    """Text that holds nothing to act on, wherever it is printed: a runner's log needs no other form of it."""

    __slots__ = ()


def terminal(text: str) -> str:
    """Return `text` as one line in which control, direction, invisible and lone-surrogate characters are spelled out.

    Variation selectors stay in emoji; joiners stay there and in words of a script that is written with them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_char(text, index) for index in range(len(text)))


def quoted(text: str) -> str:
    """Return `text` for a terminal in quotes, so that its ends can be seen."""
    return f'"{terminal(text)}"'


def _char(text: str, index: int) -> str:
    char = text[index]
    if char in _SHOWN:
        return _SHOWN[char]
    if char in _SELECTORS:
        return char if _chosen(text, index) else _spelled(char)
    if char in (_ZWJ, _ZWNJ):
        kept = _in_word(text, index) or (char == _ZWJ and _in_emoji(text, index))
        return char if kept else _spelled(char)
    return _spelled(char) if _hides(char) else char


def _hides(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    category = unicodedata.category(char)
    if category == "Cn" and _NEW_EMOJI.match(char):
        return False
    return category in _HIDDEN or _BLANK.match(char) is not None


def _chosen(text: str, index: int) -> bool:
    """A selector says how the emoji just before it is drawn, or makes a key of a digit."""
    before, after = _around(text, index)
    return bool(_EMOJI.match(before)) or (before in tuple("#*0123456789") and after == _KEYCAP)


def _in_emoji(text: str, index: int) -> bool:
    """A joiner makes one picture of two emoji; the first may have its selector."""
    before, after = _around(text, index)
    drawn = before in tuple(_SELECTORS) and _chosen(text, index - 1)
    return (drawn or bool(_EMOJI.match(before))) and bool(_EMOJI.match(after))


def _in_word(text: str, index: int) -> bool:
    """A joiner stands between two letters of a script that needs it, or after the sign that takes a vowel away."""
    before, after = _around(text, index)
    if not _letter(before):
        return False
    return _letter(after) or unicodedata.combining(before) == _VIRAMA


def _letter(char: str) -> bool:
    return bool(_JOINING.match(char)) and not _BLANK.match(char) and unicodedata.category(char)[0] in "LM"


def _around(text: str, index: int) -> tuple[str, str]:
    return text[index - 1 : index] if index else "", text[index + 1 : index + 2]


def _spelled(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def ci_log(text: str) -> str:
    """Return `text` so that no runner takes a line of it for a command.

    A runner obeys `::command::` after any leading white space, and `##[command]` anywhere in a line.
    """
    lines = _LINES.split(text)
    return "\n".join(f"| {line.replace('##[', '## [')}" if line else "|" for line in lines)

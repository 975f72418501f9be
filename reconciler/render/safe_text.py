"""Foreign text made harmless, one function for each place where people read it.

Live values, file contents and server messages are foreign: nothing they hold may move a cursor, reorder a line, hide
itself, or be taken for a command by whatever shows it.
"""

from __future__ import annotations

import re
import unicodedata

_ZWJ = "\u200d"
_SELECTORS = frozenset("\ufe0e\ufe0f")
_SHOWN = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LINES = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def terminal(text: str) -> str:
    """Return `text` as one line in which control, direction, invisible and lone-surrogate characters are spelled out.

    Joiners and variation selectors stay where they are part of an emoji.
    """
    return "".join(_char(text, index) for index in range(len(text)))


def quoted(text: str) -> str:
    """Return `text` for a terminal in quotes, so that its ends can be seen."""
    return f'"{terminal(text)}"'


def _char(text: str, index: int) -> str:
    char = text[index]
    if char in _SHOWN:
        return _SHOWN[char]
    if char == _ZWJ or char in _SELECTORS:
        return char if _in_emoji(text, index) else _spelled(char)
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn") or _blank(char)
    return _spelled(char) if hidden else char


def _blank(char: str) -> bool:
    """Letters and marks that take no ink: Hangul fillers, the grapheme joiner, Khmer inherent vowels."""
    return char in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"


def _in_emoji(text: str, index: int) -> bool:
    """A selector follows a symbol; a joiner stands between two parts of one picture."""
    before = text[index - 1] if index else ""
    after = text[index + 1 : index + 2]
    if text[index] in _SELECTORS:
        return bool(before) and (_symbol(before) or before in "#*0123456789")
    return bool(before) and (_symbol(before) or before in _SELECTORS) and bool(after) and _symbol(after)


def _symbol(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk", "Sm", "Po")


def _spelled(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def ci_log(text: str) -> str:
    """Return `text` so that no runner takes a line of it for a command.

    A runner obeys `::command::` after any leading white space, and `##[command]` anywhere in a line.
    """
    lines = _LINES.split(text)
    return "\n".join(f"| {line.replace('##[', '## [')}" if line else "|" for line in lines)

"""suspicious: text → why a reader may see something else than what is stored.

For warnings on what people want to publish. What a provider serves is made harmless by `render.safe_text`, not here.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ZWJ, _ZWNJ = "\u200d", "\u200c"
_INVISIBLE = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
)


def suspicious(text: str) -> tuple[str, ...]:
    """Return one sentence for each kind of character in `text` that reorders or hides what a reader sees."""
    found: dict[str, str] = {}
    for index, char in enumerate(text):
        kind = _kind(char, text[index - 1 : index] if index else "")
        if kind and kind not in found:
            found[kind] = f"{kind} U+{ord(char):04X} at character {index + 1}"
    return tuple(found.values())


def _kind(char: str, before: str) -> str:
    if char in _BIDI:
        return "the direction control"
    if char in _INVISIBLE or 0xE0000 <= ord(char) <= 0xE007F:
        return "the invisible character"
    if char in (_ZWJ, _ZWNJ) and not _joins(before):
        return "the invisible joiner"
    if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t":
        return "the control character"
    return ""


def _joins(before: str) -> bool:
    """Say whether a joiner after `before` is a part of ordinary writing: an emoji sequence or a joining script."""
    return bool(before) and (ord(before) >= 0x0600 and unicodedata.category(before) in ("So", "Lo", "Mn", "Mc", "Sk"))


def suspicious_host(url: str) -> str:
    """Return why the host of `url` may not be what it looks like, or an empty text."""
    host = urlsplit(url).hostname or ""
    scripts = {unicodedata.name(char, "?").split()[0] for char in host if char.isalpha()}
    if len(scripts) > 1:
        return f"its host mixes alphabets ({', '.join(sorted(scripts)).lower()})"
    return "its host is not written in ASCII" if not host.isascii() else ""

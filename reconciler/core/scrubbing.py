"""secret_matcher: (secrets and their names) → the one matcher that finds them in foreign text, however they are spelt.

A secret of 12 characters or more is found in upper and lower case, in Base64, in hex, escaped for a URL, for HTML or
for JSON, broken over lines, and cut: its first or last twelve characters are enough. The escapes may be mixed and
nested. A shorter secret is found only as it is written: a word of everyday language stands in harmless text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MARK = "⟨secret⟩"
# A secret that is shorter than this is found only as it is written; as much of a longer one is enough.
LONG_SECRET = 12
_LEAST_WITHOUT_SPACE = 8
# A shorter text protects nothing, and stands in every sentence.
_SHORTEST_WORD = 4
# Two hex digits stand for one byte.
_HEX_PIECE = 2 * LONG_SECRET
# How many pieces can be looked for in a whole text, in the time of looking one place of it up.
_FAST_LOOKS = 2
# A character that begins, ends or breaks up no spelling: texts on both sides of it are read as if each were alone.
_APART = ","
# How often escapes may be escaped once more.
_MOST_NESTED = 3

_ESCAPE = re.compile(
    r"%[0-9a-f]{2}|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});"
    r"|\\(?:u\{[0-9a-f]{1,6}\}|u[0-9a-f]{4}|x[0-9a-f]{2}|[nrtbf/\"'\\])",
    re.IGNORECASE,
)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
# What stands between two halves of a secret that were broken over lines: git begins each line with `remote:`.
_BREAK = re.compile(r"=\r?\n|</?(?:br|wbr)\s*/?>|\s+(?:(?:remote:|[>|])\s*)*|[\x00-\x1f\x7f]+", re.IGNORECASE)
# In a text without these, white space is all that breaks it up. The first is a faster look, for most texts.
_SIGN_OF_BREAK = re.compile(r"[<>|=:\x00-\x08\x0e-\x1f\x7f]")
_RARE_BREAK = re.compile(r"[<>|=\x00-\x08\x0e-\x1f\x7f]|remote:", re.IGNORECASE)
_UNSEEN = frozenset({"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp"})
_FOREIGN = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class _View:
    """A text in one spelling: each character stands for `begins` to `ends` of the text that came."""

    text: str
    begins: tuple[int, ...] | range
    ends: tuple[int, ...] | range

    def rewritten(self, pattern: re.Pattern[str], become: Mapping[str, str] | None = None) -> _View:
        """Return the view with every match of `pattern` decoded, or gone where nothing is to become of it."""
        parts: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            new = "" if become is None else become[match[0]]
            parts += (self.text[done:start], new)
            begins += (*self.begins[done:start], *(self.begins[start] for _ in new))
            ends += (*self.ends[done:start], *(self.ends[end - 1] for _ in new))
            done = end
        if not done:
            return self
        parts.append(self.text[done:])
        return _View("".join(parts), (*begins, *self.begins[done:]), (*ends, *self.ends[done:]))


class _Decoded(dict[str, str]):
    """What each escape or foreign character stands for: the bytes of its character, as Latin-1."""

    def __missing__(self, piece: str) -> str:
        if piece[0] == "%" or piece[:2] in ("\\x", "\\X"):
            made = chr(int(piece[-2:], 16))
        else:
            made = "".join(map(_folded, _unescaped(piece) if piece.isascii() else piece))
        self[piece] = made
        return made


def _unescaped(piece: str) -> str:
    """Return the characters that an escape of HTML or JSON stands for."""
    if piece[0] == "&":
        return html.unescape(piece)
    if piece[1] in "uU":
        number = int(piece[2:].strip("{}"), 16)
        return chr(number) if number <= 0x10FFFF else ""
    return _CONTROLS.get(piece[1], piece[1])


def _folded(char: str) -> str:
    """Return a character as its plain form's bytes; nothing if it cannot be seen."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", char) if unicodedata.category(one) not in _UNSEEN)
    return plain.encode("utf-8", "surrogatepass").decode("latin-1")


def _one_case(text: str) -> str:
    """Return Latin-1 text, of the same length, in one case and in one kind of Base64."""
    # Base64 for addresses has two characters of its own.
    return text.lower().replace("-", "+").replace("_", "/")


def _views(text: str) -> Iterator[_View]:
    """Yield a text without what breaks it up, then with its escapes decoded, once more in each."""
    decoded = _Decoded()
    view = _View(text, range(len(text)), range(1, len(text) + 1)).rewritten(_FOREIGN, decoded)
    for _ in range(_MOST_NESTED + 1):
        plain = view.rewritten(_BREAK)
        yield _View(_one_case(plain.text), plain.begins, plain.ends)
        before, view = view, view.rewritten(_ESCAPE, decoded)
        if view is before:
            return


def _unbroken(text: str) -> str:
    """Return `text` without what breaks it up. Nearly every text has spaces alone, which are found much faster so."""
    plain = _SIGN_OF_BREAK.search(text) is None or _RARE_BREAK.search(text) is None
    return "".join(text.split()) if plain else _BREAK.sub("", text)


def _may_hold_escape(text: str) -> bool:
    return "%" in text or "&" in text or "\\" in text


def _texts(text: str) -> Iterator[str]:
    """Yield the texts of `_views` alone."""
    decoded = _Decoded()
    if not text.isascii():
        text = _FOREIGN.sub(lambda match: decoded[match[0]], text)
    for _ in range(_MOST_NESTED + 1):
        yield _one_case(_unbroken(text))
        if not _may_hold_escape(text):
            return
        before, text = text, _ESCAPE.sub(lambda match: decoded[match[0]], text)
        if text == before:
            return


@dataclass(frozen=True, slots=True)
class _Form:
    """One spelling of one secret."""

    text: str
    name: str


def _forms(secret: str, name: str) -> Iterator[tuple[_Form, int]]:
    """Yield the spellings of a long secret that no decoding leads to, each with how much of it is enough."""
    data = secret.encode("utf-8", "surrogateescape")
    plain = "".join(_folded(char) if char > "\x7f" else char for char in secret)
    spelt = {_BREAK.sub("", plain), _BREAK.sub("", plain.replace(" ", "+"))}
    yield from ((_Form(_one_case(one), name), min(LONG_SECRET, len(one))) for one in sorted(spelt))
    yield _Form(data.hex(), name), _HEX_PIECE
    for before in range(3):
        encoded = b64encode(b"\0" * before + data).decode()
        # Only these characters depend on nothing that stands before or after the secret.
        first, last = -(-8 * before // 6), 8 * (before + len(data)) // 6
        yield _Form(_one_case(encoded[first:last]), name), LONG_SECRET


@dataclass(frozen=True, slots=True)
class SecretMatcher:
    """Finds secrets. `pieces` leads from a piece of a spelling to each spelling that has it, and to its place there.

    No representation shows a secret.
    """

    pieces: Mapping[str, Sequence[tuple[_Form, int]]] = field(default_factory=dict, repr=False)
    sizes: tuple[int, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    any_word: re.Pattern[str] | None = field(default=None, repr=False)

    def without(self, text: str) -> str:
        """Return `text` with a mark in the place of each secret."""
        if not text:
            return ""
        if text.strip() in self.words:
            return MARK
        found = [(start, end) for start, end, _ in self._found(text)]
        if self.any_word is not None:
            found += [match.span() for match in self.any_word.finditer(text)]
        return marked(text, sorted(found)) if found else text

    def named_in(self, text: str) -> str:
        """Return the name of a secret that `text` holds, or "". A short secret counts only if it is all of the text."""
        if not text:
            return ""
        return self.words.get(text.strip()) or next((name for _, _, name in self._found(text)), "")

    def none_in(self, texts: Sequence[str]) -> bool:
        """True if no text holds a secret: one look at all of them. False says that each is to be looked at alone."""
        if not self.words.keys().isdisjoint(text.strip() for text in texts):
            return False
        return not any(self._holds_piece(plain) for plain in _texts(_APART.join(texts)))

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        # Nearly every text holds none. Only for the others it is worth to know where each character came from.
        if self._too_short(text) or not any(self._holds_piece(plain) for plain in _texts(text)):
            return
        for view in _views(text):
            for size in self.sizes:
                yield from self._found_in(view, size)

    def _too_short(self, text: str) -> bool:
        """True if `text` is shorter than every piece, and no decoding can make it longer."""
        least = self.sizes[0] if self.sizes else len(text) + 1
        return len(text) < least and text.isascii() and not _may_hold_escape(text)

    def _holds_piece(self, text: str) -> bool:
        known = self.pieces.keys()
        # A look through the text for each piece is fast; a look at each place of it does not grow with the pieces.
        if len(known) <= len(text) * _FAST_LOOKS:
            return any(piece in text for piece in known)
        return any(
            not known.isdisjoint(text[at : at + size] for at in range(len(text) - size + 1)) for size in self.sizes
        )

    def _found_in(self, view: _View, size: int) -> Iterator[tuple[int, int, str]]:
        at, text = 0, view.text
        while at <= len(text) - size:
            reached = at
            for form, inside in self.pieces.get(text[at : at + size], ()):
                start, end = _stretched(text, at, form, inside)
                yield view.begins[start], view.ends[end - 1], form.name
                reached = max(reached, end)
            at = max(reached, at + 1)


def _stretched(text: str, at: int, form: _Form, inside: int) -> tuple[int, int]:
    """Return how far a spelling reaches around its piece, which is `at` in the text and `inside` in the spelling."""
    start, first = at, inside
    while start and first and text[start - 1] == form.text[first - 1]:
        start, first = start - 1, first - 1
    end, last = at, inside
    while end < len(text) and last < len(form.text) and text[end] == form.text[last]:
        end, last = end + 1, last + 1
    return start, end


def marked(text: str, spans: list[tuple[int, int]]) -> str:
    """Return `text` with each span replaced; spans that touch or overlap are one."""
    joined = [spans[0]]
    for start, end in spans[1:]:
        if start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    kept = pairwise([0, *(edge for span in joined for edge in span), len(text)])
    return MARK.join(text[start:end] for number, (start, end) in enumerate(kept) if number % 2 == 0)


def _is_long(secret: str) -> bool:
    """Return whether a secret is found in every spelling. One that is mostly white space is not."""
    return len(secret) >= LONG_SECRET and len(_BREAK.sub("", secret)) >= _LEAST_WITHOUT_SPACE


def _places(text: str, size: int) -> Iterator[int]:
    """Yield where the pieces of a spelling begin: one after another, and the last one at its end.

    A key may have its phone number in it, which is public: a piece of digits alone counts only at the beginning.
    """
    for at in sorted({*range(0, len(text) - size + 1, size), len(text) - size}):
        public = size <= LONG_SECRET and text[at : at + size].isdigit() and not text.isdigit()
        if at == 0 or not public:
            yield at


def secret_matcher(known: Mapping[str, str]) -> SecretMatcher:
    """Compile the matcher of `known`, the name of each secret by the secret itself."""
    pieces: dict[str, list[tuple[_Form, int]]] = {}
    words = {secret: name for secret, name in known.items() if secret and not _is_long(secret)}
    for secret, name in known.items():
        if not secret or secret in words:
            continue
        for form, size in _forms(secret, name):
            for at in _places(form.text, size):
                pieces.setdefault(form.text[at : at + size], []).append((form, at))
    alone = sorted((re.escape(word) for word in words if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
    any_word = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(alone)})(?![A-Za-z0-9])") if alone else None
    return SecretMatcher(pieces, tuple(sorted({len(piece) for piece in pieces})), words, any_word)

"""What a reader of a text or a link does not see: hidden characters, letters of another alphabet, hosts in disguise.

suspicious: a text → one sentence for each kind of character in it that hides, reorders or covers what is read.
mixed_words: a text → one sentence for its first word of two alphabets, or for letters that only look Latin.
host_problem: a host → why no host can have this name, or "".
suspicious_link, suspicious_email, suspicious_host: why it is not what it looks like, or not in customers' reach, or "".

The warnings are for text that people want to publish. `render.safe_text` makes a provider's text harmless, not this;
both know hidden characters from `core.characters`. Nothing is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from urllib.parse import unquote, urlsplit

from reconciler.core.comparing.characters import alphabet, hidden_kind, is_spelled, looks_latin

# The long patterns are texts, which `re` compiles when the first text needs them: a run over plain texts does not.
# Every other character gets a look of its own. These hide nothing, and most texts hold nothing else: the letters and
# signs of Europe, kana, ideographs, Hangul and common emoji.
_LOOK = (
    "[^\n\t\x20-\x7e\xa0-\xac\xae-\u02ff\u0391-\u03a1\u03a3-\u03ff\u0400-\u0482\u048a-\u052f\u05d0-\u05ea\u0621-\u064a"
    "\u1e00-\u1eff\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9ffc"
    "\uac00-\ud7a3\U0001f300-\U0001f64f]"
)
# Accents that fit on any letter. Three on one are still writing; more cover the lines around them.
_ACCENTS = re.compile(
    "[\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1ace\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]{4,}"
)
_MOST_MARKS = 8
_MOST_REPEATED = 2
_REPLACEMENT = "\ufffd"


def suspicious(text: str) -> tuple[str, ...]:
    """Return one sentence for each kind of character in `text` that reorders, hides or covers what a reader sees."""
    if text.isascii() and text.isprintable():
        return ()
    found: dict[str, str] = {}
    marks = ""
    last = -1
    for match in re.finditer(_LOOK, text):
        index, char = match.start(), match[0]
        is_mark = unicodedata.category(char) in ("Mn", "Me")
        marks = ((marks if index == last + 1 else "") + char)[-_MOST_MARKS - 1 :] if is_mark else ""
        last = index
        kind = _kind(char, marks)
        if kind and kind not in found and not is_spelled(text, index):
            found[kind] = f"{kind} U+{ord(char):04X} at character {index + 1}"
    return tuple(found.values())


def _kind(char: str, marks: str) -> str:
    """Return what is wrong with a character by itself; `marks` are those that end with it and stand on one letter."""
    if char == _REPLACEMENT:
        return "the sign of a lost character"
    if kind := hidden_kind(char):
        return kind
    repeated = marks[-_MOST_REPEATED - 1 :] == char * (_MOST_REPEATED + 1)
    return "a stack of accents with" if repeated or len(marks) > _MOST_MARKS or _ACCENTS.search(marks[-4:]) else ""


# Alphabets that share the shapes of letters: one word is written in one of them. Styled letters count too.
_SHAPES_SHARED = frozenset(
    {"latin", "greek", "cyrillic", "coptic", "armenian", "georgian", "cherokee", "canadian", "runic", "tifinagh"}
    | {"lisu", "deseret", "old", "gothic", "osage", "glagolitic", "mathematical", "fullwidth", "roman"}
)
# Alphabets that a prefix or an ending may put beside a Latin word, but that have no place inside of one.
_NOT_INSIDE = frozenset(
    {"arabic", "hebrew", "syriac", "thaana", "nko", "devanagari", "bengali", "gurmukhi", "gujarati", "oriya", "tamil"}
    | {"telugu", "kannada", "malayalam", "sinhala", "ethiopic", "mongolian"}
)
_DOUBLED = frozenset({"cyrillic", "greek", "armenian", "cherokee"})
# A text without these has no letter of another alphabet than the Latin one, and no sign that passes for another.
_FOREIGN = (
    "[\u0370-\u1dff\u1f00-\u1fff\u2024\u2160-\u217f\u2215\u29f8\u2c00-\u2dff\u3031-\ud7ff\uf900-\ufdff\ufe70-\uffef"
    "\U00010000-\U0001efff\U00020000-\U0003ffff]"
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")
# Most words: of Cyrillic, Greek, Hebrew or Arabic letters alone, or of those that Latin letters may stand among.
_ONE_ALPHABET = (
    "[\u0400-\u052f]+|[\u0370-\u03ff]+|[\u0590-\u05ff]+|[\u0600-\u06ff]+"
    "|[A-Za-z0-9\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+"
)
# Digits of other scripts, but those as wide as an ideograph; and signs that are drawn like a dot, a colon or a slash.
_DIGIT = re.compile("[^\\W\\D0-9\uff10-\uff19]")
_SIGN = re.compile("(?<=[A-Za-z])[\u2024\ua789\u2215\u29f8](?=[A-Za-z])")
# Units and symbols: a kiloohm, a microgram, a difference.
_UNIT = re.compile("[0-9]*(?:[A-Za-z]?[\u03a9\u2126]|\u03bc[A-Za-z]{1,2}|[\u0394\u03b4\u03a3][A-Za-z])")
_MOST_SHOWN = 40


def mixed_words(text: str) -> tuple[str, ...]:
    """Return a sentence for the first word that mixes alphabets, or for letters that only look Latin beside Latin ones.

    Japanese, Chinese, Korean, Thai and their neighbours put Latin letters into words: that is no mixture.
    """
    if text.isascii() or not re.search(_FOREIGN, text):
        return ()
    if sign := _SIGN.search(text):
        return (f"the sign U+{ord(sign[0]):04X} at character {sign.start() + 1}, which looks like another",)
    latin = _LATIN.search(text) is not None
    doubles = 0
    honest = False
    for match in _WORD.finditer(text):
        word, place = match[0], match.start() + 1
        if word.isascii():
            continue
        if mixed := "" if re.fullmatch(_ONE_ALPHABET, word) else _mixture(word):
            shown = word if len(word) <= _MOST_SHOWN else f"{word[:_MOST_SHOWN]}\u2026"
            return (f'the word "{shown}" at character {place}, which mixes {mixed}',)
        if latin and not honest:
            strangers = [char for char in word if alphabet(char) in _DOUBLED]
            doubles = doubles or (place if any(map(looks_latin, strangers)) else 0)
            honest = not all(map(looks_latin, strangers))
    if doubles and not honest:
        return (f"letters of another alphabet that look Latin, at character {doubles}",)
    return ()


def _mixture(word: str) -> str:
    """Return what a word mixes that should not stand in one word: alphabets or digits."""
    if _DIGIT.search(word) and re.search("[A-Za-z0-9]", word):
        return "digits or letters of two scripts"
    alphabets = [name for name, _ in groupby(filter(None, map(alphabet, word)))]
    mixed = _SHAPES_SHARED.intersection(alphabets)
    for before, inner, after in zip(alphabets, alphabets[1:], alphabets[2:], strict=False):
        if inner in _NOT_INSIDE and before == after:
            mixed |= {inner, before}
    return f"alphabets ({', '.join(sorted(mixed))})" if len(mixed) > 1 and not _UNIT.fullmatch(word) else ""


# What a name may hold in the domain name system besides letters, digits and marks; the dots are Catalan's and kana's.
_IN_NAMES = frozenset("-_.\u00b7\u30fb")
_LONGEST_LABEL = 63
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_NUMBER = re.compile("(?:0[xX][0-9a-fA-F]*|[0-9]+)")
# Names that are only known inside of a network, after RFC 6762, RFC 8375 and what ICANN keeps back.
_LOCAL = re.compile(r"\.(?:local|localhost|localdomain|internal|intranet|private|lan|home|corp|mail|home\.arpa)\Z")
# Endings that no browser of a customer looks up: RFC 6761, RFC 7686, RFC 9476, and what the Internet keeps for itself.
_NOWHERE = re.compile(r"\.(?:test|invalid|onion|alt|arpa)\Z")
_WRITTEN_TOGETHER = (
    frozenset({"latin", "cjk", "hiragana", "katakana"}),
    frozenset({"latin", "cjk", "bopomofo"}),
    frozenset({"latin", "cjk", "hangul"}),
)
# Letters of phonetic notation, which are drawn like others; those of African languages are not among them.
_PHONETIC = re.compile(
    "[\u02b0-\u02ba\u02bc-\u02ff\u0251\u0252\u0255\u0258\u025a\u025c-\u025f\u0261\u0262\u0264-\u0267\u026a-\u0271\u0273\u0274\u0276\u0277"
    "\u0279-\u0282\u0284-\u0287\u028d-\u0291\u0293-\u02af\u1d00-\u1dbf\u2c60-\u2c7f\ua722-\ua7ff\uab30-\uab6f]"
)

# East Asian strokes and dots that pass for a hyphen, a slash or a dot; Catalan's dot stands between two l.
_STROKE = re.compile("[\u30ce\u30fb\u30fc\u4e00\u4e28\u4e36\u4e3f]|(?<!l)\u00b7|\u00b7(?!l)")
_EAST_ASIAN = frozenset({"cjk", "hiragana", "katakana", "hangul", "bopomofo"})


# One host is a thousand links'.
@lru_cache(maxsize=1024)
def host_problem(host: str) -> str:
    """Return why the domain name system has no name like `host`, or ""; an address in brackets is none of its names."""
    if ":" in host:
        return ""
    if not all(host.removesuffix(".").split(".")):
        return "its host has an empty part between dots"
    if "%" in host:
        return "its host holds an escape with %, which hides a character"
    for char in host:
        if not (char.isalnum() or char in _IN_NAMES or unicodedata.category(char)[0] == "M"):
            named = f'"{char}"' if char.isascii() and char.isprintable() else f"U+{ord(char):04X}"
            return f"its host holds {named}, which no host can"
    labels = host.split(".")
    if max(map(len, labels)) > _LONGEST_LABEL:
        return f"a part of its host is longer than {_LONGEST_LABEL} characters"
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        return "a part of its host begins or ends with a hyphen"
    return ""


def suspicious_link(url: str) -> str:
    """Return why the link `url` may lead elsewhere than it seems to, or to nothing that customers reach, or ""."""
    parts = urlsplit(url)
    if "[" in parts.netloc:
        return "its host is an address in brackets, not a name"
    if (composed := _composed(parts.netloc)) != parts.netloc:
        return f"its host is read as {composed}"
    if reason := suspicious_host(parts.hostname or ""):
        return reason
    rest = unquote(url.partition(parts.netloc)[2], errors="ignore").replace("\r\n", "\n")
    return next((f"behind its host it holds {finding}" for finding in (*suspicious(rest), *mixed_words(rest))), "")


def suspicious_email(address: str) -> str:
    """Return why an e-mail address that is well formed may not be what it looks like, or ""."""
    name, _, host = address.rpartition("@")
    if (composed := _composed(address)) != address:
        return f"it is read as {composed}"
    if reason := host_problem(host) or suspicious_host(host):
        return reason
    if escape := _ESCAPE.search(name):
        return f"it holds the escape {escape[0]}, which some programs read as another character"
    return next((f"it holds {finding}" for finding in mixed_words(address if host.isascii() else name)), "")


@lru_cache(maxsize=1024)
def suspicious_host(host: str) -> str:
    """Return why `host`, without its port, may not be what it looks like or not be there for customers, or ""."""
    return next(_disguises(host.removesuffix(".").lower()), "")


def _disguises(host: str) -> Iterator[str]:
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        yield "its host is a number, not a name"
    elif len(labels) == 1:
        yield "its host has no dot, so it is known in a local network only"
    elif local := _LOCAL.search(host):
        yield f"its host ends with {local[0]}, so it is known in a local network only"
    elif nowhere := _NOWHERE.search(host):
        yield f"its host ends with {nowhere[0]}, which no browser of a customer finds"
    read = [_from_punycode(label) for label in labels]
    for number, label in enumerate(read):
        if reason := _label_disguise(label, read[-1] if number < len(read) - 1 else "".join(read[-2:-1])):
            yield f"its host {reason}" if read == labels else f"its host reads {'.'.join(read)}, and {reason}"
    if read != labels:
        yield f"its host is written in punycode, and reads {'.'.join(read)}"


def _composed(text: str) -> str:
    """Return the plain letters that programs read `text` as. The vowel AM of Thai and Lao stays: it is typed so."""
    if text.isascii():
        return text
    return "".join(
        part if part in ("\u0e33", "\u0eb3") else unicodedata.normalize("NFKC", part)
        for part in re.split("([\u0e33\u0eb3])", text)
    )


def _from_punycode(label: str) -> str:
    """Return what a label in punycode stands for; any other label as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode().decode("punycode")
    except UnicodeError:
        return f"(not readable: {label})"


def _label_disguise(label: str, beside: str) -> str:
    """Return why one part of a host may not be what it looks like; `beside` is its neighbour at the end."""
    if mixed := _mixture(label) if _DIGIT.search(label) else "":
        return f"mixes {mixed}"
    alphabets = {name for char in label if (name := alphabet(char))}
    if len(alphabets) > 1 and not any(alphabets <= together for together in _WRITTEN_TOGETHER):
        return f"mixes alphabets ({', '.join(sorted(alphabets))})"
    letters = [char for char in label if alphabet(char)]
    # Beside a part in another alphabet than Latin, a short word of such letters is a word.
    if letters and all(map(looks_latin, letters)) and beside.isascii():
        return f"is {alphabets.pop()} and looks Latin"
    stroke = _STROKE.search(label)
    if stroke and _EAST_ASIAN.isdisjoint(map(alphabet, _STROKE.sub("", label))):
        return f"holds U+{ord(stroke[0]):04X}, which looks like a sign"
    if found := _PHONETIC.search(label):
        return f"holds the phonetic letter U+{ord(found[0]):04X}"
    if "latin" in alphabets and (loose := re.search("[\u0300-\u036f]", label)):
        return f"holds a loose accent U+{ord(loose[0]):04X}"
    return ""

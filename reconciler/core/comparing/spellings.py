"""Two spellings: when two numbers are one number, and two values of a field one value.

one_spelling: a number in full → the spelling under which it is compared and remembered.
is_same_number: two numbers in full → whether they are one.
number_shown: what an API shows of a number → the number in full, or "".
is_in_full: whether a text has the form of a number in full: a plus and 5 to 15 digits.
is_benign: (a field, a value, another) → whether they differ in nothing that a customer could notice.
is_lossy: (a field, what was sent, what is shown) → whether a customer sees something else than what was sent.
only_in: (a field, a value, another) → the words for what two benign spellings differ in.
shown_as, live_instead: (a field, what was sent, what is shown) → the words for a benign rewriting, or for a lossy one.

An API may show a number as WhatsApp has known it since it was registered, and a country may have changed its numbers
since then. Either spelling may stand in a file. A rule has to be certain: two numbers that it takes for one are written
to as one. Without a rule, a number is spelled in one way.

A provider may rewrite a value. The rules are data: a row says what two spellings differ in, and brings both to one. A
difference that no row explains is lossy: a shorter text, an escaped one (`&amp;`), links in another order or with
another scheme. A benign spelling is no equality. A file that differs only so from what is live still asks for one
write, and what is shown after that write settles it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, assert_never
from urllib.parse import quote

from reconciler.core.comparing.characters import in_common
from reconciler.core.comparing.kinds import Equality, equality, is_empty
from reconciler.core.fields import FIELD, Picture, Value, ValueKind, Webhook, canonical_url

IN_FULL: Final = r"^\+[1-9][0-9]{4,14}$"
_DIGITS: Final = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class SpellingRule:
    """The whole of a number that is spelled in the other way, and the one spelling that takes its place."""

    country: str
    other: str
    one: str


# Fact M-24 has the sources.
SPELLING_RULES: Final = (
    # Mobile numbers had a 1 after the 52 until 2019. No area code begins with a 1.
    SpellingRule("Mexico", r"\+521([2-9]\d{9})", r"+52\1"),
    # Mobile numbers got a ninth digit, a 9 in front. With 2 to 5 in front, eight digits are a landline.
    SpellingRule("Brazil", r"\+55([1-9]{2})([6-9]\d{7})", r"+55\g<1>9\2"),
    # All numbers got 01 in front, in 2024.
    SpellingRule("Benin", r"\+229(\d{8})", r"+22901\1"),
    # Mobile numbers got two digits of their operator in front, in 2021: the second digit told the operator before.
    SpellingRule("Ivory Coast, Moov", r"\+225(0[1-3]\d{6}|[457][0-3]\d{6})", r"+22501\1"),
    SpellingRule("Ivory Coast, MTN", r"\+225([04-9][4-6]\d{6})", r"+22505\1"),
    SpellingRule("Ivory Coast, Orange", r"\+225([04-9][7-9]\d{6})", r"+22507\1"),
)
# Most numbers have one spelling, and one look tells that.
_OTHER: Final = re.compile("|".join(rule.other for rule in SPELLING_RULES), re.ASCII)


def one_spelling(number: str) -> str:
    """Return the one spelling of `number`; a number that no rule is about is returned as it is."""
    if _OTHER.fullmatch(number) is None:
        return number
    found = ((re.fullmatch(rule.other, number, re.ASCII), rule.one) for rule in SPELLING_RULES)
    return next(match.expand(one) for match, one in found if match is not None)


def is_same_number(one: str, other: str) -> bool:
    """True if both are one number, however each is spelled."""
    return one_spelling(one) == one_spelling(other)


def number_shown(text: object) -> str:
    """Return, in full, the number that an API shows, such as `+52 1 664 163 3345`; "" if it shows none."""
    digits = _DIGITS.sub("", text) if isinstance(text, str) else ""
    return f"+{digits}" if digits else ""


def is_in_full(number: str) -> bool:
    """True if `number` is a plus and 5 to 15 digits."""
    return re.fullmatch(IN_FULL, number) is not None


# Characters of a live text in a message: enough to find the place where it differs.
_EXCERPT = 24
_WHOLE = 80
_LINK_LENGTH = 256
_ITEMS = 3


@dataclass(frozen=True, slots=True)
class BenignRule:
    """One row: `words` name what two spellings differ in; `plain` brings every such spelling to one."""

    words: str
    plain: Callable[[str], str]


_ORIGIN = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*)://(?:([^/?#@]*)@)?([^/?#@:]*)")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# RFC 3986, 2.2 and 2.3. An escaped character of the first line has a meaning of its own, so it stays escaped.
_RESERVED = ":/?#[]@!$&'()*+,;="
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def _line_breaks(text: str) -> str:
    return text.replace("\r\n", "\n")


def _ends(text: str) -> str:
    """Cut what no customer sees: white space around the text, and at the end of each of its lines."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def _domain(email: str) -> str:
    name, at, domain = email.rpartition("@")
    return f"{name}@{domain.lower()}" if at else email


def _host(url: str) -> str:
    return _ORIGIN.sub(_lower, url)


def _lower(match: re.Match[str]) -> str:
    scheme, user, host = match.groups()
    name = ".".join(map(_label, host.lower().split(".")))
    return f"{scheme.lower()}://{f'{user}@' if user is not None else ''}{name}"


def _label(label: str) -> str:
    """Return one part of a host's name in letters. Only its own encoding is undone: a mapping could change the host."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode").lower()
    except UnicodeError:
        return label


def _escapes(url: str) -> str:
    spelled = quote(url, safe=f"{_RESERVED}{_UNRESERVED}%", errors="surrogatepass")
    return _ESCAPE.sub(lambda match: _unescaped(match[0]), spelled)


def _unescaped(escape: str) -> str:
    character = chr(int(escape[1:], 16))
    return character if character in _UNRESERVED else escape.upper()


_TEXT: Final = (
    BenignRule("how line breaks are encoded", _line_breaks),
    BenignRule("white space at the ends", _ends),
    BenignRule("the Unicode normal form", partial(unicodedata.normalize, "NFC")),
)
_EMAIL: Final = (*_TEXT, BenignRule("capital letters in the domain", _domain))
_LINK: Final = (
    *_TEXT,
    BenignRule("capital letters or escapes in the host", _host),
    BenignRule("the slash of an empty path", canonical_url),
    BenignRule("escapes that decode to the same", _escapes),
)
# An industry is a code. A picture is compared by its likeness, which knows of cropping and encoding already.
BENIGN: Final[dict[ValueKind, tuple[BenignRule, ...]]] = {
    ValueKind.TEXT: _TEXT,
    ValueKind.EMAIL: _EMAIL,
    ValueKind.INDUSTRY: (),
    ValueKind.URLS: _LINK,
    ValueKind.PICTURE: (),
    ValueKind.WEBHOOK: _LINK,
}


def is_benign(field: str, one: Value, other: Value) -> bool:
    """True if two values of `field` are spellings of one; values of the same spelling are."""
    return _spelled(one, BENIGN[FIELD[field].kind]) == _spelled(other, BENIGN[FIELD[field].kind])


def is_lossy(field: str, sent: Value, shown: Value) -> bool:
    """True if `shown` is known to be something else than a spelling of what was `sent`."""
    return equality(sent, shown) is Equality.DIFFERENT and not is_benign(field, sent, shown)


def _spelled(value: Value, rules: Iterable[BenignRule]) -> tuple[str, ...]:
    """Return the texts of a value, each brought to its one spelling."""
    match value:
        case str():
            texts: tuple[str, ...] = (value,)
        case tuple():
            texts = value
        case Webhook():
            texts = (value.url, *sorted(header.name.lower() for header in value.headers))
        case Picture():
            return (value.sha256,)
        case _:
            assert_never(value)
    for rule in rules:
        texts = tuple(map(rule.plain, texts))
    return texts


def only_in(field: str, one: Value, other: Value) -> str:
    """Return in words how two spellings of one value differ; "" if they are not spellings of one."""
    if equality(one, other) is Equality.SAME or not is_benign(field, one, other):
        return ""
    return ", ".join(rule.words for rule in _needed(BENIGN[FIELD[field].kind], one, other))


def _needed(rules: tuple[BenignRule, ...], one: Value, other: Value) -> tuple[BenignRule, ...]:
    """Return the rules without which the values are not alike, the first ones where several would do."""
    for rule in reversed(rules):
        fewer = tuple(kept for kept in rules if kept is not rule)
        if _spelled(one, fewer) == _spelled(other, fewer):
            rules = fewer
    return rules


def shown_as(field: str, sent: Value, shown: Value) -> str:
    """Return the words for a value that is shown in the provider's form."""
    why = only_in(field, sent, shown)
    return f"shown as {_told(shown)}{f'; differs only in {why}' if why else ''}"


def live_instead(sent: Value, shown: Value) -> str:
    """Return in words the value that is live instead of the sent one."""
    if isinstance(shown, Picture):
        return f"live: another {_told(shown)}"
    if isinstance(sent, str) and isinstance(shown, str) and len(shown) > _WHOLE:
        return f"live: {len(shown)} characters, {_where(sent, shown)}"
    return f"live: {_told(shown)}"


def _where(sent: str, shown: str) -> str:
    """Say where a long text stops, or from where on it is another one."""
    if sent.startswith(shown):
        return f'ends with "…{shown[-_EXCERPT:]}"'
    at = in_common(shown, sent)
    return f'from character {at + 1} on "{shown[at : at + _EXCERPT]}…"'


def _told(value: Value) -> str:
    """Return a live value for people: whole, unless a provider shows more than a field can hold."""
    if is_empty(value):
        return "(empty)"
    match value:
        case str():
            return _quoted(value, _WHOLE)
        case tuple():
            more = f" and {len(value) - _ITEMS} more" if len(value) > _ITEMS else ""
            return ", ".join(_quoted(link, _LINK_LENGTH) for link in value[:_ITEMS]) + more
        case Picture():
            return f"picture, {value.width} × {value.height}"
        case Webhook():
            names = _told(tuple(header.name for header in value.headers))
            return _quoted(value.url, _LINK_LENGTH) + (f" with the headers {names}" if value.headers else "")
        case _:
            assert_never(value)


def _quoted(text: str, most: int) -> str:
    return f'"{text}"' if len(text) <= most else f'{len(text)} characters, "{text[:_EXCERPT]}…"'

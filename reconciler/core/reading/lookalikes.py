"""Text that is not what it should be, or not what it looks like.

number_problem, email_problem, link_problem: a text → why it is not a number, an e-mail address or a link, or "".
meant_number, number_hint: a text that is no number in full → the one that it is likely to mean, and how to write it.
email_repair, link_repair, links_repair: such a text → the address or the links that are likely to be meant, or nothing.
placeholders: a text → what its author left in it to be filled in.

Nothing is looked up: files cannot tell whether an address is in use. A repair is only proposed, and only if it would be
accepted as it is. A link with a user name or a password in it has none, so that no message repeats one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from reconciler.core.comparing.spellings import one_spelling
from reconciler.core.reading.hidden import host_problem


def number_problem(number: str) -> str:
    """Return why `number` is not a phone number in E.164 form; either spelling of a number that has two is one."""
    if has_lost_digits(number):
        return f"{number!r} has lost its last digits"
    found = _parsed(number)
    if found is None:
        return f"{number!r} is not a phone number in international form"
    if not found.possible:
        return f"{number!r} is too short or too long for its country"
    return "" if number == found.written else f"{number!r} must be written as {found.written}"


class _Number(NamedTuple):
    """A number in E.164 form, and whether it has a length that its country has."""

    written: str
    possible: bool


def _parsed(number: str) -> _Number | None:
    """Return `number` as a number, whatever its length; None if no country can be told."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult, format_number
    from phonenumbers import is_possible_number_with_reason as length_of
    from phonenumbers import parse as parse_number

    # A letter among the digits would be dialled as a key of the telephone.
    if re.search(r"[0-9][A-Za-z]", number):
        return None
    try:
        # A table of decimal numbers has .0 behind each, which is not a digit of the number.
        found = parse_number(re.sub(r"\.0+\s*\Z", "", number))
    except NumberParseException:
        return None
    written = format_number(found, PhoneNumberFormat.E164)
    # A number that was written in full, in its one spelling, need not be parsed again.
    same = written == number == one_spelling(written)
    # A number that can only be dialled from nearby counts as too short.
    reason = length_of(found if same else parse_number(one_spelling(written)))
    return _Number(written, reason == ValidationResult.IS_POSSIBLE)


_SHORTENED = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
ALL_DIGITS = "a spreadsheet shortened it: copy it again with all its digits, and write them in quotes"


def has_lost_digits(text: str) -> bool:
    """True if `text` is a long number in the short form of a spreadsheet, such as `1.0654E+14`."""
    return _SHORTENED.fullmatch(text.strip()) is not None


# Words before a number that was copied from a link, or from a cell of a spreadsheet.
_IN_FRONT = re.compile(r"[\s'\"=]*(?:(?:https?://)?wa\.me/|tel:|whatsapp:)?", re.IGNORECASE)
_PUNCTUATION = re.compile(r"\.0+\s*\Z|[\s'\"().\-\u2010-\u2015/]")


def meant_number(text: str) -> str:
    """Return the number in full that `text` is likely to mean, or "" if that cannot be told."""
    from phonenumbers import is_valid_number
    from phonenumbers import parse as parse_number

    plain = _PUNCTUATION.sub("", _IN_FRONT.sub("", unicodedata.normalize("NFKC", text), count=1))
    for candidate in (text, f"+{plain.removeprefix('00')}" if plain.startswith("00") else plain):
        found = _parsed(candidate)
        if found is not None and found.possible:
            return found.written
    # Only a number that is in use is taken to begin with its country's code.
    found = _parsed(f"+{plain}") if re.fullmatch("[1-9][0-9]+", plain) else None
    return found.written if found and is_valid_number(parse_number(one_spelling(found.written))) else ""


def number_hint(text: str, *, quotes: bool = True, cell: bool = False) -> str:
    """Return how to write the number that `text` is likely to mean.

    `quotes` says that it stands in a YAML file, and `cell` in a table, where a spreadsheet may have taken the plus.
    """
    hint = _number_hint(text, quotes=quotes and not cell)
    return f"{hint}; behind an apostrophe, '+49…, a spreadsheet keeps the plus" if cell and text[:1] != "+" else hint


def _number_hint(text: str, *, quotes: bool) -> str:
    if has_lost_digits(text):
        return ALL_DIGITS if quotes else ALL_DIGITS.partition(",")[0]
    if meant := meant_number(text):
        return f'write it in full and in quotes: "{meant}"' if quotes else f"write it in full: {meant}"
    if _parsed(text) is not None:
        return "look it up again: digits are missing, or there are too many"
    if re.match(r"\s*\(?0[^0]", text):
        return "write a plus and the country's code in place of the first 0"
    more = ", in quotes" if quotes else ""
    return f"write a plus, the country's code and the rest of the number, without spaces{more}"


# A longer text cannot be an address or a link, and the search takes the square of its length.
_LONGEST_MEANT = 2048


# Names before the sign that are usual in addresses, and never a slip.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")
_LONGEST_NAME = 64
_LONGEST_ADDRESS = 254
# The host of most addresses, right in each of them: plain labels, and no ending that is kept for other uses.
_PLAIN_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:-?[A-Za-z0-9]){0,30}\.)+(?!(?i:arpa|invalid|local|localhost|onion|test)\Z)[A-Za-z]{2,30}"
)


def email_problem(text: str) -> str:
    """Return why `text` is not an e-mail address, in the words of `email-validator`."""
    if len(text) > _LONGEST_MEANT:
        return f"it is {len(text)} characters, and no address has more than {_LONGEST_ADDRESS}"
    name, _, host = text.partition("@")
    fits = text.isascii() and len(text) <= _LONGEST_ADDRESS and len(name) <= _LONGEST_NAME
    # The library is not loaded for what is plain. After a plain name the host alone decides, and one host is a thousand
    # addresses'.
    if fits and _PLAIN_NAME.fullmatch(name) and (_PLAIN_HOST.fullmatch(host) or not _refused(f"a@{host}")):
        return ""
    return _refused(text)


@lru_cache(maxsize=1024)
def _refused(address: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as problem:
        return str(problem)
    return ""


def link_problem(url: str, schemes: Sequence[str]) -> str:
    """Return why `url` is not a link with one of `schemes` that can be published."""
    # Of all white space, only the space itself can be printed.
    if " " in url or not url.isprintable():
        return "it holds white space or an invisible character"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "its host or port is malformed"
    if parts.scheme not in schemes:
        return f"it must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if not host:
        return "it names no host"
    if "@" in parts.netloc:
        return "a user name or password does not belong in it"
    return host_problem(host)


# A link as Markdown, chats and mail programs wrap it.
_WRAPPED = re.compile(r"(?:\[[^\]]*\]\(|<)\s*([^()<>|]+?)\s*(?:\)|(?:\|[^>]*)?>)")
_SCHEME = re.compile(r"(?:h?t?tps?)?\s*[:;]?\s*[/\\]{0,3}", re.IGNORECASE)
_HOST = re.compile(r"[^\W_](?:[\w-]*\.)+[\w-]{2,}")
_AROUND = " \t\n\r\"'<>,;"
_BULLET = re.compile(r"^[-\u2010-\u2015\u2022\u00b7*]+\s*")


def link_repair(text: str, schemes: Sequence[str]) -> str:
    """Return the link that `text` is likely to mean, with a scheme that is one of `schemes`."""
    if len(text) > _LONGEST_MEANT:
        return ""
    shown = "".join(char for char in text if char.isprintable() or char.isspace()).strip()
    wrapped = _WRAPPED.fullmatch(shown)
    inner = (wrapped[1] if wrapped else shown).strip(_AROUND)
    secure = "http" not in schemes or not inner.lower().startswith("http://")
    rest = inner[match.end() :] if (match := _SCHEME.match(inner)) else inner
    link = f"{'https' if secure else 'http'}://{rest.replace(' ', '%20')}"
    if link == text or link_problem(link, schemes) or not _HOST.fullmatch(urlsplit(link).hostname or ""):
        return ""
    return link


def links_repair(text: str, schemes: Sequence[str]) -> tuple[str, ...]:
    """Return the links that `text` names one after the other; none if any of it is not a link."""
    if len(text) > _LONGEST_MEANT:
        return ()
    words = [word for part in re.split(r"[\s,;]+", text) if (word := _BULLET.sub("", part))]
    found = [word if not link_problem(word, schemes) else link_repair(word, schemes) for word in words]
    return tuple(found) if all(found) else ()


_AT = re.compile(r"\s*(?:@|\(at\)|\[at\])\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]+@[^\s<>()\[\],;:\"'@?]+")


def email_repair(text: str) -> str:
    """Return the one e-mail address in `text`."""
    if len(text) > _LONGEST_MEANT:
        return ""
    plain = _AT.sub("@", unicodedata.normalize("NFKC", text))
    found = {address.rstrip(".") for address in _ADDRESS.findall(plain)} - {text}
    (only,) = found if len(found) == 1 else ("",)
    return "" if email_problem(only) else only


# Signs and words without which a text has no placeholder: most texts have none of them.
_HINTS = (
    "{",
    "$",
    "<",
    "[",
    "%",
    "__",
    "todo",
    "tbd",
    "fixme",
    "lorem",
    "changeme",
    "change_me",
    "change-me",
    "example.",
)
_ASKED = (
    "insert|enter|replace|your|placeholder|tbd|todo|einf\u00fcgen|hier|bitte|ihre?|ins\u00e9rer|votre|insertar|inserte|su"
    "|inserire|inserisci|vostro"
)
_THING = (
    "city|town|country|name|company|business|brand|shop|store|address|street|phone|number|e-?mail|date|time|hours|url"
    "|link|website|text|stadt|ort|firma|adresse|stra\u00dfe|telefon|ciudad|nombre|empresa|direcci\u00f3n|ville|nom|adresse"
)
_PLACEHOLDER = re.compile(
    # A literal `${` was written on purpose, `$USD` is money, and `%C3%` is a part of a link.
    r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|(?<![$\w{])\{[A-Za-z_][\w .-]{0,40}\}"
    r"|(?<![$\w])\$(?![A-Z]{3}(?![A-Za-z_]))[A-Za-z_]\w*|%(?![0-9A-Fa-f]{2})[A-Za-z_]\w*%|%\([A-Za-z_]\w*\)s|__[A-Z][A-Z_]*__"
    r"|</?[A-Za-z_][\w .:/=\"'-]{0,60}>"
    rf"|\[(?i:(?:{_ASKED})\b[^\[\]\n]{{0,40}}|(?:{_THING}))\]"
    # In Spanish `todo` is a word; nothing else is written in capitals with a colon.
    r"|\bTODO(?=[:(])|\bTBD\b|(?i:\bfixme\b|\blorem ipsum\b|\bchange[_-]?me\b)"
    r"|(?<![\w-])example\.(?:com|net|org)(?![\w-]|\.\w)"
)


def placeholders(text: str) -> tuple[str, ...]:
    """Return what was left in `text` to be filled in, each once."""
    folded = text.casefold()
    if not any(hint in folded for hint in _HINTS):
        return ()
    return tuple(dict.fromkeys(found[0] for found in _PLACEHOLDER.finditer(text)))

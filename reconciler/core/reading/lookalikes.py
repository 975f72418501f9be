"""Text that is not what it should be, or not what it looks like.

number_problem, email_problem, link_problem: a text → why it is not a number, an e-mail address or a link, or "".
suspicious, suspicious_host: a text or a link → why a reader may see something else than the stored text.

Nothing is looked up: files cannot tell whether an address is in use.

The warnings are for text that people want to publish. `render.safe_text` makes a provider's text harmless, not this.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit


def number_problem(number: str) -> str:
    """Return why `number` is not a phone number in E.164 form."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult, format_number
    from phonenumbers import is_possible_number_with_reason as length_of
    from phonenumbers import parse as parse_number

    # A letter among the digits would be dialled as a key of the telephone.
    if re.search(r"[0-9][A-Za-z]", number):
        return f"{number!r} is not a phone number in international form"
    try:
        parsed = parse_number(number)
    except NumberParseException:
        return f"{number!r} is not a phone number in international form"
    # A number that can only be dialled from nearby counts as too short.
    if length_of(parsed) != ValidationResult.IS_POSSIBLE:
        return f"{number!r} is too short or too long for its country"
    written = format_number(parsed, PhoneNumberFormat.E164)
    return "" if number == written else f"{number!r} must be written as {written}"


def email_problem(text: str) -> str:
    """Return why `text` is not an e-mail address, in the words of `email-validator`."""
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError as problem:
        return str(problem)
    return ""


def link_problem(url: str, schemes: Sequence[str]) -> str:
    """Return why `url` is not a link with one of `schemes` that can be published."""
    if any(char.isspace() or not char.isprintable() for char in url):
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
    return ""


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
    """True if a joiner after `before` is ordinary writing: in an emoji sequence or a joining script."""
    return bool(before) and (ord(before) >= 0x0600 and unicodedata.category(before) in ("So", "Lo", "Mn", "Mc", "Sk"))


def suspicious_host(url: str) -> str:
    """Return why the host of `url` may not be what it looks like, or ""."""
    host = urlsplit(url).hostname or ""
    scripts = {unicodedata.name(char, "?").split()[0] for char in host if char.isalpha()}
    if len(scripts) > 1:
        return f"its host mixes alphabets ({', '.join(sorted(scripts)).lower()})"
    return "its host is not written in ASCII" if not host.isascii() else ""

"""contact: (a number, an e-mail address or a link, as text) → why it is none, or an empty text.

Nothing is looked up: whether anybody answers there is not for files to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit


def number_problem(number: str) -> str:
    """Return why `number` is not a phone number in E.164 form."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult, format_number
    from phonenumbers import is_possible_number_with_reason as length_of
    from phonenumbers import parse as parse_number

    # A letter among the digits would be dialled as a telephone's key.
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

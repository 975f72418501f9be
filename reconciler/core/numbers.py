"""Two spellings of one telephone number.

one_spelling: a number in full → the spelling under which it is compared and remembered.
same_number: two numbers in full → whether they are one.
number_shown: what an API shows of a number → the number in full, or "".
in_full: whether a text has the form of a number in full: a plus and 5 to 15 digits.

An API may show a number as WhatsApp has known it since it was registered, and a country may have changed its numbers
since then. Either spelling may stand in a file. A rule has to be certain: two numbers that it takes for one are written
to as one. Without a rule, a number is spelled in one way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

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


def same_number(one: str, other: str) -> bool:
    """True if both are one number, however each is spelled."""
    return one_spelling(one) == one_spelling(other)


def number_shown(text: object) -> str:
    """Return the number in full of what an API shows, such as `+52 1 664 163 3345`; "" if it shows none."""
    digits = _DIGITS.sub("", text) if isinstance(text, str) else ""
    return f"+{digits}" if digits else ""


def in_full(number: str) -> bool:
    """True if `number` is a plus and 5 to 15 digits."""
    return re.fullmatch(IN_FULL, number) is not None

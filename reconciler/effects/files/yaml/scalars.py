"""The value of an unquoted YAML scalar.

Must: read as something other than text everything that YAML 1.1 or the YAML 1.2 core schema reads so (numbers, dates,
null, true and false). So no `0123` or `12:30` is text in one program and a number in another. Must never: raise, take
more than linear time, or convert what neither of them converts (`yes`, `no`, `on`, `off` are text in YAML 1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import reduce
from math import inf, nan

Scalar = str | int | float | date | datetime | None

# Python refuses to print or parse integers of thousands of digits; a float cannot blow up.
_MOST_EXACT_DIGITS = 30

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), nan),
}
_NUMBER_STARTS = frozenset("+-.0123456789")

_INTEGER = re.compile(
    r"[-+]?(?:0b(?P<base2>_*[01][01_]*)|0o(?P<base8>_*[0-7][0-7_]*)|0x(?P<base16>_*[0-9a-fA-F][0-9a-fA-F_]*)"
    r"|(?P<base10>[0-9][0-9_]*))"
)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_BASE_60 = re.compile(r"[-+]?(?P<parts>[0-9][0-9_]*(?::[0-5]?[0-9])+)(?P<fraction>\.[0-9_]*)?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(?P<fraction>\d*))?"
    r"(?:[ \t]*(?P<zone>Z|(?P<sign>[-+])(?P<hours>\d\d?)(?::(?P<minutes>\d\d))?))?",
    re.ASCII,
)


def plain_value(text: str) -> Scalar:
    """Return the value of an unquoted `text`: the text itself unless YAML 1.1 or 1.2 reads something else."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    number = _number(text)
    if number is not None:
        return number
    try:
        return _moment(text)
    except ValueError:  # the 45th of a month is no date in any YAML
        return text


def _number(text: str) -> int | float | None:
    size: int | float | None = None
    if match := _INTEGER.fullmatch(text):
        name = match.lastgroup or ""
        base, digits = int(name.removeprefix("base")), match[name].replace("_", "")
        size = int(digits, base) if len(digits) <= _MOST_EXACT_DIGITS else _fold((int(d, base) for d in digits), base)
    elif _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    elif match := _BASE_60.fullmatch(text):
        size = _base_60(match["parts"].replace("_", ""), match["fraction"])
    return -size if size is not None and text[0] == "-" else size


def _base_60(parts: str, fraction: str | None) -> int | float | None:
    if fraction is not None:
        return _fold(map(float, parts.split(":")), 60) + float(f"0{fraction.replace('_', '')}")
    if parts[0] == "0":  # `08:30` is text everywhere
        return None
    whole = _fold(map(float, parts.split(":")), 60)
    return int(whole) if len(parts) <= _MOST_EXACT_DIGITS // 2 else whole


def _fold(digits: Iterable[float], base: int) -> float:
    return reduce(lambda total, digit: total * base + digit, digits, 0.0)


def _moment(text: str) -> date | datetime | str:
    if match := _DATE.fullmatch(text):
        return date(*map(int, match.groups()))
    match = _DATETIME.fullmatch(text)
    if match is None:
        return text
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=_zone(match))


def _zone(match: re.Match[str]) -> tzinfo:
    if match["sign"] is None:  # `Z`, or nothing, which YAML says is UTC
        return UTC
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or "0"))
    return timezone(-offset if match["sign"] == "-" else offset)

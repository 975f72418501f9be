"""count: (a number, a noun) → both together, the noun in the form that the number asks for.

many: the same with separators between thousands, for pages that a person skims.
"""

from __future__ import annotations


def count(number: int, singular: str) -> str:
    """Return a number with its noun."""
    return _counted(str(number), number, singular)


def many(number: int, singular: str) -> str:
    """Return a number with its noun, with separators between thousands."""
    return _counted(f"{number:,}", number, singular)


def _counted(shown: str, number: int, singular: str) -> str:
    return f"{shown} {singular}{'' if number == 1 else 's'}"

"""fill: (text, variables) → the text with `${name}` filled in, and which names it used.

Variables come from `vars` only, never from the environment: a pull request could print a secret. `$${` is a literal
`${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled text, the names it used, and those that nobody declared."""

    text: str
    used: frozenset[str]
    unknown: tuple[str, ...]


def fill(text: str, variables: Mapping[str, str]) -> Filled:
    """Fill `text`; an unknown name stays as it was written and is reported. What is filled in is not filled again."""
    used: set[str] = set()
    unknown: list[str] = []

    def replace(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        name = match.group(1)
        if name not in variables:
            unknown.append(name)
            return match.group()
        used.add(name)
        return variables[name]

    return Filled(text=_TOKEN.sub(replace, text), used=frozenset(used), unknown=tuple(unknown))

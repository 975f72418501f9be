"""fill: (text, variables) → the text with `${name}` filled in, and which names it used.

Variables come from `vars` only, never from the environment: a pull request could print a secret. `$${` is a literal
`${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"\$\$\{|\$\{(?:([^{}]*)\})?")


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled text, the names it used, those that nobody declared, and whether a `${` has no end."""

    text: str
    used: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    unclosed: bool = False


def fill(text: str, variables: Mapping[str, str]) -> Filled:
    """Fill `text`; an unknown name stays as it was written and is reported. What is filled in is not filled again."""
    used: dict[str, None] = {}
    unknown: dict[str, None] = {}
    unclosed = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unclosed
        name = match.group(1)
        if match.group() == "$${":
            return "${"
        if name is None:
            unclosed = True
        elif name in variables:
            used[name] = None
            return variables[name]
        else:
            unknown[name] = None
        return match.group()

    filled = _TOKEN.sub(replace, text)
    return Filled(text=filled, used=frozenset(used), unknown=tuple(unknown), unclosed=unclosed)


def literal(text: str) -> str:
    """Return what to write so that `text` comes out, whatever in it looks like a variable."""
    return text.replace("${", "$${")


def mentioned(data: object) -> frozenset[str]:
    """Return every name that some text in `data` uses, whether or not it is declared."""
    match data:
        case str():
            return frozenset(fill(data, {}).unknown)
        case list():
            return frozenset().union(*map(mentioned, data))
        case dict():
            return mentioned([*data.values()])
        case _:
            return frozenset()

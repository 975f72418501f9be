"""Explanation: what one word of a message means: what it says, why it matters, an example, and the cure.

The words are the codes in brackets behind a message, the gates and the origins. `reconciler explain WORD` shows one,
and docs/messages.md shows all. A test finds every code in the program, and holds every example against `validate`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One word. `wrong` and `right` are lines of a file, before and after the cure; `file` is the file's name.

    A message that no file causes has a line of its own in `says` instead.
    """

    word: str
    what: str
    why: str
    cure: str
    wrong: str = ""
    right: str = ""
    says: str = ""
    file: str = "profiles/berlin.yaml"

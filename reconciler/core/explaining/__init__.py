"""What each word of a message means, for `reconciler explain` and docs/messages.md.

Explanation: what one word means: what it says, why it matters, an example, and the cure. The words are the codes in
brackets behind a message, the gates and the origins. `reconciler explain WORD` shows one, and the page shows all.

A new code, gate or origin gets its explanation here, in the file of its subject. A test compares the words with the
program, both ways, and holds every example against `validate`.
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

"""nearest, did_you_mean: (a wrong word, the known words) → what it may have meant.

key_elsewhere: (a wrong key, the providers, the profile's own) → where the key belongs, or what it may have meant.
Suggestions, Nearest: the same where there may be many wrong words. Comparing words takes longer than reading a file.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconciler.core.provider import Provider

# With more known words than these, a list of them helps no reader.
_MOST_WORDS = 25
# Longer words are compared with none: a slip of the pen is found in a short one, and a long one takes minutes.
_LONGEST_WORD = 100


def nearest(word: str, known: Iterable[str], *, most: int = 1) -> tuple[str, ...]:
    """Return the known words that are spelt like `word` in any case, the nearest first."""
    if len(word) > _LONGEST_WORD:
        return ()
    folded = {name.casefold(): name for name in known}
    return tuple(folded[near] for near in difflib.get_close_matches(word.casefold(), folded, n=most, cutoff=0.6))


def did_you_mean(word: str, known: Iterable[str], *, compared: bool = True) -> str:
    """Return "did you mean …" for the nearest known word, or the known words; of many, how many and the first three.

    Without being `compared`, a word is near to none.
    """
    names = sorted(name for name in set(known) if len(name) <= _LONGEST_WORD)
    if compared and (near := nearest(word, names)):
        return f"did you mean {near[0]}?"
    if len(names) > _MOST_WORDS:
        return f"none of the {len(names)} known here is spelt like it; the first are {', '.join(names[:3])}"
    return f"known here: {', '.join(names)}" if names else ""


Suggest = Callable[[str, Iterable[str]], str]


def key_elsewhere(
    word: str, known: Iterable[str], *, providers: Iterable[type[Provider]], here: type[Provider], suggest: Suggest
) -> str:
    """Return of a key that profiles at other `providers` have where it belongs; else what `suggest` says of it."""
    titles = sorted(one.traits.title for one in providers if word in one.traits.keys.model_fields)
    if not titles:
        return suggest(word, known)
    return f"it belongs to profiles at {' and '.join(titles)}, and this account is at {here.traits.title}: take it out"


# Comparing takes longer than reading a file, and who mends twenty mistakes runs again.
_MOST_COMPARED = 20


@dataclass(slots=True)
class Suggestions:
    """`did_you_mean` for a whole run: each word is compared once, and after the first twenty words none is."""

    _found: dict[tuple[str, ...], str] = field(default_factory=dict)

    def __call__(self, word: str, known: Iterable[str]) -> str:
        """Return as `did_you_mean` does."""
        key = (word, *known)
        if key in self._found:
            return self._found[key]
        compared = len(self._found) < _MOST_COMPARED
        said = did_you_mean(word, key[1:], compared=compared)
        if compared:
            self._found[key] = said
        return said


@dataclass(slots=True)
class Nearest:
    """What wrong words may have meant, where both they and the known words may be many.

    Each word is compared once, and after the first twenty words none is: a file can hold thousands of both.
    """

    known: Iterable[str]
    suggest: Suggest = did_you_mean
    _found: dict[str, str] = field(default_factory=dict)

    def __call__(self, word: str) -> str:
        """Return as `did_you_mean` does; an empty text for a word that came too late."""
        if word not in self._found and len(self._found) < _MOST_COMPARED:
            self._found[word] = self.suggest(word, self.known)
        return self._found.get(word, "")

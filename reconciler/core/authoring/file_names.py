"""profile_names: (the numbers to import, their account, which names are taken) → the name of each number's profile.

A number whose business is known is named after it, as people speak of it. A name that several have, or a file has
already, goes with the number, which is unique. The names are plain: every file system keeps them as they are, and
people can type them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from reconciler.core.authoring.import_request import ImportRequest
from reconciler.core.reading.inheritance import FOLDER_DEFAULTS

# Letters that do not fall apart into a plain letter and an accent.
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})
_LONGEST = 40
# Names that Windows keeps for devices, whatever their suffix; and that of a folder's defaults.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_RESERVED = frozenset({*_DEVICES, FOLDER_DEFAULTS.removesuffix(".yaml")})


def profile_names(numbers: Sequence[ImportRequest], account: str, taken: Callable[[str], bool]) -> tuple[str, ...]:
    """Return a name for each of `numbers`, in their order; no two are the same, and none is taken if that can be."""
    often = Counter(_slug(one.name) for one in numbers)
    given: list[str] = []
    for one in numbers:
        wanted = [f"{account}/{name}" for name in _candidates(one, alone=often[_slug(one.name)] == 1)]
        free = (name for name in wanted if name not in given and not taken(name))
        given.append(next(free, wanted[-1]))
    return tuple(given)


def _candidates(one: ImportRequest, *, alone: bool) -> Iterator[str]:
    """Yield what a number's profile may be called, the best first."""
    slug, digits = _slug(one.name), one.number.removeprefix("+")
    if slug and alone and slug not in _RESERVED:
        yield slug
    if slug:
        yield f"{slug}-{digits}"
    yield digits


def _slug(name: str) -> str:
    """Return a name in small plain letters, digits and hyphens, not too long; "" if it has none of these."""
    bare = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    plain = "".join(char for char in bare if not unicodedata.combining(char))
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z])['\u2019](?=[a-z])", "", plain)).strip("-")
    return words if len(words) <= _LONGEST else words[: _LONGEST + 1].rpartition("-")[0] or words[:_LONGEST]

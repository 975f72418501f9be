"""What a difference consists of, for people: the runs of a text, the items of a list, the headers of a webhook.

text_detail: (a text, another) → its kept, removed and added runs of words, and a note about what is not seen.
list_details: (a list, another, which places differ) → which item moved, came, went or became another.

`comparison` finds with DeepDiff what differs. A renderer only prints what stands here, so that a terminal, a pull
request and a program are shown the same pieces. Apply never reads them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import chain

from reconciler.core.comparing.characters import Stretch, in_common, unseen


class Became(StrEnum):
    """What becomes of a piece of a value."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text: kept, removed or added. Kept and removed runs make the text before, kept and added the other."""

    became: Became
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One part of a value that differs.

    `path` is its place: "" for a text, `[1]` in a list, `url` or `headers.x-shop` in a webhook, `width` in a picture.
    In a list that is the place in the new list, or in the old one for an item that is gone. `came_from` is the old
    place of an item that moved. A text has `pieces` in the place of `before` and `after`. `note` names what is not
    seen.
    """

    path: str
    became: Became
    before: str | None = None
    after: str | None = None
    came_from: str = ""
    pieces: tuple[Piece, ...] = ()
    note: str = ""


# Aligning takes the square of the number of words, so there are limits. No provider's own limit comes near them, but a
# live value is foreign and may be of any length.
_LONGEST = 4_096
_MOST_PAIRS = 300_000
# Writing without spaces: each letter of these scripts is a piece by itself.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1780, 0x17FF), (0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_TONES = range(0x1F3FB, 0x1F400)
_ZWJ = "\u200d"
# Two changes with less than this between them are read as one.
_GAP = 3
# Where less than this part of the letters stays, two texts are shown whole.
_ALIKE = 1 / 3

_Run = tuple[str, str, str]


def text_detail(before: str, after: str) -> Detail:
    """Return the one detail of a text that differs."""
    runs = [*_aligned(before, after)]
    kept = _letters(text for text, _, _ in runs)
    if kept < _ALIKE * max(_letters([before]), _letters([after])):
        runs = [("", before, after)]
    found = [
        (Piece(Became.KEPT, kept), Piece(Became.REMOVED, removed), Piece(Became.ADDED, added))
        for kept, removed, added in _joined(runs)
    ]
    pieces = tuple(piece for piece in chain.from_iterable(found) if piece.text)
    # A change that is joined with one that is seen may itself not be seen.
    return Detail(path="", became=Became.CHANGED, pieces=pieces, note=unseen(before, after, _stretches(runs)))


def _aligned(before: str, after: str) -> Iterator[_Run]:
    """Yield runs of words: what is kept, or what is removed and what is added in its place."""
    old, new = ([text] if max(len(before), len(after)) > _LONGEST else _words(text) for text in (before, after))
    head = in_common(old, new)
    tail = in_common(old[head:][::-1], new[head:][::-1])
    if head:
        yield ("".join(old[:head]), "", "")
    yield from _changed(old[head : len(old) - tail], new[head : len(new) - tail])
    if tail:
        yield ("".join(old[len(old) - tail :]), "", "")


def _changed(old: list[str], new: list[str]) -> Iterator[_Run]:
    if len(old) * len(new) > _MOST_PAIRS:
        yield ("", "".join(old), "".join(new))
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        removed, added = "".join(old[a:b]), "".join(new[c:d])
        yield (removed, "", "") if tag == "equal" else ("", removed, added)


def _words(text: str) -> list[str]:
    """Return words, signs and white space; a mark stays with its letter, and an emoji of several signs is one piece."""
    words: list[str] = []
    last = ""
    for char in text:
        kind = _kind(char)
        if words and (kind == "mark" or words[-1].endswith(_ZWJ) or kind == last == "word"):
            words[-1] += char
        else:
            words.append(char)
        last = last if kind == "mark" else kind
    return words


def _kind(char: str) -> str:
    if char.isascii():
        return "word" if char.isalnum() else "sign"
    if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") or ord(char) in _TONES:
        return "mark"
    alone = any(first <= ord(char) <= last for first, last in _UNSPACED)
    return "word" if char.isalnum() and not alone else "sign"


def _joined(runs: Iterable[_Run]) -> list[_Run]:
    """Return the runs with one change in the place of two that only a sign or a space keeps apart."""
    found: list[_Run] = []
    for run in runs:
        gap = found[-1][0] if found else ""
        if run[0] or len(found) < 2 or not _is_gap(gap):
            found.append(run)
            continue
        del found[-1]
        _, old, new = found.pop()
        found.append(("", f"{old}{gap}{run[1]}", f"{new}{gap}{run[2]}"))
    return found


def _is_gap(text: str) -> bool:
    return len(text) <= _GAP and "\n" not in text and not any(map(str.isalnum, text))


def _letters(texts: Iterable[str]) -> int:
    return sum(map(str.isalnum, chain.from_iterable(texts)))


def _stretches(runs: Iterable[_Run]) -> Iterator[Stretch]:
    """Yield each change: its place in the text before, what is removed there and what is added."""
    at = 0
    for kept, removed, added in runs:
        if not kept:
            yield at, removed, added
        at += len(kept) + len(removed)


Pair = tuple[int | None, int | None]
_Placed = tuple[int, Detail]


def list_details(old: Sequence[str], new: Sequence[str], pairs: Iterable[Pair]) -> tuple[Detail, ...]:
    """Return what became of each item; `pairs` are the places in `old` and `new` that do not hold the same item."""
    found = list(pairs)
    gone = {i for i, _ in found if i is not None}
    come = {j for _, j in found if j is not None}
    came_from = _matched(old, new, gone, sorted(come))
    kept = zip(
        (j for j in range(len(new)) if j not in come), (i for i in range(len(old)) if i not in gone), strict=True
    )
    places = [i for _, i in sorted([*kept, *came_from.items()])]
    moved = came_from if places != sorted(places) else {}
    matched = set(came_from.values())
    details = [_moved(old, new, i, j) for j, i in moved.items()]
    for i, j in found:
        details += _item(old, new, None if i in matched else i, None if j in came_from else j)
    return tuple(detail for _, detail in sorted(details, key=lambda one: (one[0], one[1].became is not Became.REMOVED)))


def _matched(old: Sequence[str], new: Sequence[str], gone: Iterable[int], come: Iterable[int]) -> dict[int, int]:
    """Return the places in `new` of items that are also among those that `old` lost, each with the place there."""
    left: dict[str, list[int]] = {}
    for i in sorted(gone, reverse=True):
        left.setdefault(old[i], []).append(i)
    return {j: left[new[j]].pop() for j in come if left.get(new[j])}


def _moved(old: Sequence[str], new: Sequence[str], i: int, j: int) -> _Placed:
    return j, Detail(path=f"[{j}]", became=Became.MOVED, before=old[i], after=new[j], came_from=f"[{i}]")


def _item(old: Sequence[str], new: Sequence[str], i: int | None, j: int | None) -> Iterator[_Placed]:
    """Yield what became of an item, with its place; nothing if both sides were matched with others."""
    match (i, j):
        case (int(), int()):
            came_from, note = f"[{i}]" if i != j else "", unseen(old[i], new[j])
            yield j, Detail(f"[{j}]", Became.CHANGED, before=old[i], after=new[j], came_from=came_from, note=note)
        case (int(), None):
            yield i, Detail(f"[{i}]", Became.REMOVED, before=old[i])
        case (None, int()):
            yield j, Detail(f"[{j}]", Became.ADDED, after=new[j])

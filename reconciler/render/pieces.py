"""The pieces of a change as rows of runs, for every renderer: what is kept, what is gone, what is new.

words_of, side, shortened, rows: a change of a text → its runs of words, those of one side, and as lines.
is_of_several: a change of a text → whether it is shown for several profiles with words of their own.
old_items, new_items, all_items: a change of a list → its links, each with what became of it.
notes_of, unseen_between: a change, or two values → what differs in it and cannot be seen.

A run holds foreign text as it is: the renderer that prints it makes it safe. Long kept runs are shortened to `…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never

from reconciler.core.comparing.characters import unseen
from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.fields import FIELD, Picture, Value, ValueKind, Webhook
from reconciler.core.target import Change
from reconciler.render.terminal import SIGNS

Row = tuple[Piece, ...]
# A kept run that is longer than twice this is shortened to about this much beside each change.
_CONTEXT = 40
ELLIPSIS = "…"
# A text that holds a sign of marked words itself is shown without marks.
_SIGN = re.compile("|".join(re.escape(sign) for signs in SIGNS.values() for sign in signs))
_MOST_DIGITS = 9
_ALIKE = "looks alike: "
_OTHER_CONTENT = f"{_ALIKE}the name, the size and the form are the same, and the content is another"


def words_of(change: Change) -> tuple[Piece, ...]:
    """Return a text's pieces, if some of it is kept and none of it could be read as a mark; else nothing."""
    before, after = change.before_value, change.after
    coded = change.field in FIELD and FIELD[change.field].kind is ValueKind.INDUSTRY
    if coded or not (isinstance(before, str) and isinstance(after, str) and len(change.details) == 1):
        return ()
    pieces = change.details[0].pieces
    told = any(piece.became is Became.KEPT for piece in pieces) and not _SIGN.search(f"{before}\0{after}")
    return pieces if told else ()


def is_of_several(change: Change) -> bool:
    """Return whether the pieces of a text leave out words of it, as those that several profiles share do."""
    words = words_of(change)
    return bool(words) and "".join(one.text for one in words if one.became is not Became.REMOVED) != change.after


def rows(pieces: Iterable[Piece]) -> tuple[Row, ...]:
    """Return runs line by line; a run that goes over a line's end is a run on each line."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *more = piece.text.split("\n")
        found[-1].append(Piece(piece.became, first))
        found += [[Piece(piece.became, line)] for line in more]
    return tuple(tuple(run for run in row if run.text) for row in found)


def side(pieces: Sequence[Piece], without: Became) -> tuple[Piece, ...]:
    """Return the pieces of one side, shortened: those of the other side are `without`."""
    groups = groupby((piece for piece in shortened(pieces) if piece.became is not without), key=lambda one: one.became)
    return tuple(Piece(became, "".join(piece.text for piece in group)) for became, group in groups)


def shortened(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces with `…` in the place of what is far from every change."""
    last = len(pieces) - 1
    for number, piece in enumerate(pieces):
        if piece.became is not Became.KEPT or len(piece.text) <= 2 * _CONTEXT:
            yield piece
            continue
        head = f"{_head(piece.text)} " if number else ""
        tail = f" {_tail(piece.text)}" if number < last else ""
        yield Piece(Became.KEPT, f"{head}{ELLIPSIS}{tail}")


def _head(text: str) -> str:
    """Return the beginning of a text as far as a whole word ends."""
    cut = text[:_CONTEXT]
    return cut[: cut.rfind(" ")] if " " in cut else cut


def _tail(text: str) -> str:
    cut = text[-_CONTEXT:]
    return cut[cut.find(" ") + 1 :]


def is_one_block(pieces: Iterable[Piece]) -> bool:
    """Return whether both sides can stand in one block: no line comes, goes or is broken."""
    return not any("\n" in piece.text for piece in pieces if piece.became is not Became.KEPT)


@dataclass(frozen=True, slots=True)
class LinkItem:
    """A link with what became of it; `was` is the number that one had which has another now."""

    became: Became
    link: str
    was: int = 0


def old_items(change: Change) -> tuple[LinkItem, ...]:
    """Return the links before, each as kept or removed; () for other values, and where no link stays."""
    before, _ = _lists(change)
    gone = _gone(change)
    return tuple(LinkItem(Became.REMOVED if at in gone else Became.KEPT, link) for at, link in enumerate(before))


def new_items(change: Change) -> tuple[LinkItem, ...]:
    """Return the links after, each as kept, added or moved; () for other values, and where no link stays."""
    _, after = _lists(change)
    come = {_place(one.path): one for one in change.details if one.became is not Became.REMOVED}
    return tuple(_new(link, come.get(at)) for at, link in enumerate(after))


def _new(link: str, detail: Detail | None) -> LinkItem:
    if detail is None:
        return LinkItem(Became.KEPT, link)
    moved = detail.became is Became.MOVED
    return LinkItem(Became.MOVED, link, was=_place(detail.came_from) + 1) if moved else LinkItem(Became.ADDED, link)


def all_items(change: Change) -> tuple[LinkItem, ...]:
    """Return the links of both sides in one row: each that is gone stands before the one that has its place."""
    gone = [(at, 0, item) for at, item in enumerate(old_items(change)) if item.became is Became.REMOVED]
    here = [(at, 1, item) for at, item in enumerate(new_items(change))]
    return tuple(item for _, _, item in sorted([*gone, *here], key=lambda one: one[:2]))


def _lists(change: Change) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, after = change.before_value, change.after
    if isinstance(before, tuple) and isinstance(after, tuple) and change.details:
        stays = len(_gone(change)) < len(before)
        return (before, after) if stays else ((), ())
    return (), ()


def _gone(change: Change) -> frozenset[int]:
    """Return the places before of what is removed, or has become another link."""
    lost = (one for one in change.details if one.became in (Became.REMOVED, Became.CHANGED))
    return frozenset(_place(one.came_from or one.path) for one in lost)


def _place(path: str) -> int:
    """Return the place that `[1]` names, and -1 for what names none."""
    inner = path[1:-1]
    return int(inner) if inner.isascii() and inner.isdigit() and len(inner) < _MOST_DIGITS else -1


def notes_of(change: Change) -> tuple[str, ...]:
    """Return a sentence about what differs and cannot be seen, for each part of the value that has such a thing."""
    if change.details and not isinstance(change.after, Picture):
        return tuple(f"{_ALIKE}{one.note}" for one in change.details if one.note)
    return unseen_between(change.before_value, change.after)


def unseen_between(one: Value | None, other: Value | None) -> tuple[str, ...]:
    """Return the same for two values that are shown beside each other without being a change."""
    if isinstance(one, Picture) and isinstance(other, Picture):
        # The grid and the transparency are of the content.
        named = [replace(picture, sha256="", grid="", alpha=False) for picture in (one, other)]
        return (_OTHER_CONTENT,) if one.sha256 != other.sha256 and named[0] == named[1] else ()
    pairs = zip(_texts(one), _texts(other), strict=False)
    return tuple(f"{_ALIKE}{note}" for note in (unseen(a, b) for a, b in pairs) if note)


def _texts(value: Value | None) -> tuple[str, ...]:
    match value:
        case str():
            return (value,)
        case tuple():
            return value
        case Webhook():
            return (value.url,)
        case Picture() | None:
            return ()
        case _:
            assert_never(value)

"""Changes as lines for a terminal: the value now, the value to come, and why.

change_lines, difference_lines: a change → its lines.
only_shown_lines, not_as_sent_lines: targets of a plan → what differs, what is not as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import assert_never

from reconciler.core.comparing.difference import Became, Piece
from reconciler.core.comparing.kinds import is_empty
from reconciler.core.explanations import ORIGINS
from reconciler.core.fields import FIELD, Picture, Value, ValueKind, Webhook
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.target import Assumed, Change, Known, Unknown
from reconciler.render.pieces import all_items, is_of_several, is_one_block, notes_of, rows, shortened, side, words_of
from reconciler.render.safe_text import cell, isolated, quoted, terminal
from reconciler.render.terminal import ACTION_LOOK, Look, padded, styled
from reconciler.render.words import SIGN, industry_label, note_words, on_whose_word, origin_words, provider_words

FIELD_WIDTH = 13


def heading(planned: TargetPlan) -> str:
    """Return the line that names a target: its file, its number, its account; of a row its name as well."""
    target = planned.target
    where = provider_words(target.provider, target.endpoint)
    row = f" {target.profile}" if planned.line else ""
    name = styled(terminal(f"{planned.place}{row}" if planned.file else target.profile), Look.HEADING)
    return f"{name} ({terminal(f'{target.number}, account {target.account}, {where}')})"


def was_not_read(planned: TargetPlan) -> bool:
    """True if something of the target should have been read and could not be."""
    return planned.status is TargetStatus.UNREADABLE or bool(planned.unreadable)


def change_lines(change: Change, *, offline: bool = False) -> Iterator[str]:
    """Yield the lines of a change that an apply may send: `-` before what is lost, `+` before what comes.

    `offline` says that no provider was asked for the live value.
    """
    sign = styled(SIGN[change.action], ACTION_LOOK[change.action])
    yield _first_line(change, sign, why=origin_words(change, offline=offline))
    yield from _values(change, "-", "+", offline=offline)


def difference_lines(change: Change, *, why: str, offline: bool = False) -> Iterator[str]:
    """Yield the lines of a difference that is only shown: the live value and the file's value."""
    yield _first_line(change, styled("≠", Look.DIFFERS), why=why)
    yield from _values(change, "live:", "file:", offline=offline)


def _first_line(change: Change, sign: str, *, why: str) -> str:
    source = replace(change.source, column=0)
    place = f" ({terminal(str(source))})" if source.file else ""
    accepted = f"accepted: {change.acknowledged}" if change.acknowledged else ""
    notes = (f"\n      {styled(terminal(note), Look.DIM)}" for note in (note_words(change.note), accepted) if note)
    return f"  {sign} {padded(terminal(change.field), FIELD_WIDTH)}{styled(why + place, Look.DIM)}{''.join(notes)}"


def _values(change: Change, old: str, new: str, *, offline: bool) -> Iterator[str]:
    if is_only_moved(change):
        yield styled("      the same links in another order", Look.DIM)
    block = [*_block(change)] if old == "-" else []
    yield from (f"      {line}" for line in block)
    if block and isinstance(change.before, Assumed):
        yield from (styled(f"      {line}", Look.DIM) for line in _assumed(change.before, offline=offline))
    if not block:
        yield from _sides(change, old, new, offline=offline)
    yield from (styled(f"      {terminal(note)}", Look.DIM) for note in notes_of(change))


def _block(change: Change) -> Iterator[str]:
    """Yield both sides of a text or a list in one block; nothing if they have too little in common."""
    words = words_of(change)
    if words and is_one_block(words):
        yield from _rows([*shortened(words)], tail=_count(change))
    for item in all_items(change):
        moved = styled(f" (was number {item.was})", Look.DIM) if item.was else ""
        if item.became in _ITEM:
            sign, look = _ITEM[item.became]
            yield styled(f"{sign} {quoted(item.link)}", look)
        else:
            yield f"  {quoted(item.link)}{moved}"


_ITEM = {Became.REMOVED: ("-", Look.REMOVED), Became.ADDED: ("+", Look.ADDED)}
_WORDS = {Became.REMOVED: Look.LOST_WORDS, Became.ADDED: Look.NEW_WORDS}


def _rows(pieces: Sequence[Piece], *, look: Look | None = None, tail: str = "") -> Iterator[str]:
    """Yield a text in quotes with its words marked; later lines stand under the beginning of the first."""
    quote = Piece(Became.KEPT, '"')
    *others, last = rows([quote, *pieces, quote])
    for number, row in enumerate((*others, last)):
        runs = [(terminal(piece.text), _WORDS.get(piece.became, look)) for piece in row]
        line = isolated("".join(styled(text, meant) if meant is not None else text for text, meant in runs))
        yield f"{' ' if number and line else ''}{line}{tail if number == len(others) else ''}"


def _sides(change: Change, old: str, new: str, *, offline: bool) -> Iterator[str]:
    """Yield the value before, and below it the value after."""
    # An assumed value is not live: it was not read.
    assumed = "was:" if offline else "sent:"
    label = assumed if old != "-" and isinstance(change.before, Assumed) else old
    words = words_of(change)
    was = [*_rows(side(words, Became.ADDED), look=Look.REMOVED)] if words else []
    for line in was:
        yield f"{styled(f'      {label}', Look.REMOVED)}{' ' if line else ''}{line}"
    for line in _before(change, empty=old != "-", offline=offline, without=bool(words)):
        yield styled(f"      {label} {line}".rstrip(), Look.REMOVED)
    if words:
        shown = _rows(side(words, Became.REMOVED), look=Look.ADDED, tail=_count(change))
        yield from (f"{styled(f'      {new}', Look.ADDED)}{' ' if line else ''}{line}" for line in shown)
        return
    *lines, last = value_lines(change.after, change.field)
    for line in lines:
        yield styled(f"      {new} {line}".rstrip(), Look.ADDED)
    yield styled(f"      {new} {last}", Look.ADDED) + _count(change)


def is_only_moved(change: Change) -> bool:
    """True if only the order of the links differs; how a provider spells them does not count."""
    return bool(change.details) and all(one.became is Became.MOVED for one in change.details)


_LIVE_PICTURE = "the picture that it shows now"


def _before(change: Change, *, empty: bool, offline: bool, without: bool) -> Iterator[str]:
    """Yield the value before, `without` it only what is to be said of it; an empty one only if `empty` asks for it."""
    match change.before:
        case Unknown():
            if empty:
                yield "(not looked at)" if offline else "(cannot be read back)"
        case Assumed(value=value):
            yield from () if without else value_lines(value, change.field)
            yield from _assumed(change.before, offline=offline)
        case Known(value=Picture() as picture):
            yield _picture_words(picture, unnamed=_LIVE_PICTURE)
        case Known(value=value):
            if not without and (empty or not is_empty(value)):
                yield from value_lines(value, change.field)
        case _:
            assert_never(change.before)


def _assumed(before: Assumed, *, offline: bool) -> Iterator[str]:
    """Yield on whose word a value is taken to be live, if that is known."""
    tail = "" if offline else ", and it cannot be read back"
    if before.since:
        yield f"(assumed: {terminal(on_whose_word(before.since, before.run, offline=offline))}{tail})"


def value_lines(value: Value, field: str = "") -> Iterator[str]:
    """Yield a value, one line for each item or line of it and at least one; foreign text in it cannot act.

    An industry's code has its label, if `field` says that it is one.
    """
    if is_empty(value):
        yield "(empty)"
        return
    match value:
        case Picture():
            yield _picture_words(value)
        case Webhook():
            yield quoted(value.url)
            if value.verify_token is not None:
                yield f"verify_token from {terminal(str(value.verify_token))}"
            for header in value.headers:
                source = (
                    f"from {terminal(str(header.secret))}" if header.secret is not None else "(its value is not shown)"
                )
                yield f"header {terminal(header.name)} {source}"
        case tuple():
            yield from (quoted(item) for item in value)
        case str():
            label = industry_label(field, value)
            yield from (f"{line} ({label})" if label else line for line in _text(value))
        case _:
            assert_never(value)


def _text(text: str) -> Iterator[str]:
    """Yield the lines of a text in one pair of quotes; later lines stand under the beginning of the first."""
    *lines, last = f'"{text}"'.split("\n")
    yield from (f"{' ' if number else ''}{cell(line)}" for number, line in enumerate(lines))
    yield f"{' ' if lines else ''}{cell(last)}"


def _picture_words(picture: Picture, *, unnamed: str = "a picture") -> str:
    """Return a picture's name, and its size in words; `unnamed` is for one that a provider serves."""
    return f"{terminal(picture.file) or unnamed}, {picture_size(picture)}"


def picture_size(picture: Picture) -> str:
    """Return the pixels, the form and the size of a picture; foreign text in it cannot act."""
    kind = terminal(picture.mime.removeprefix("image/").upper())
    size = f"{picture.size / 1024:.0f} KiB" if picture.size >= 1024 else f"{picture.size} bytes"
    return f"{picture.width} × {picture.height} {kind}, {size}"


def _count(change: Change) -> str:
    """Return the length of a text and its limit, for its writer."""
    spec = FIELD.get(change.field)
    if spec is None or spec.kind is not ValueKind.TEXT or not isinstance(change.after, str) or not change.after:
        return ""
    limit = change.limit or spec.limit
    most = "up to " if is_of_several(change) else ""
    return styled(f" ({most}{len(change.after)} of {limit} characters)", Look.DIM)


def titled(title: str, lines: Sequence[str]) -> str:
    """Return `lines` under a title; without lines, ""."""
    return "\n".join([title, *lines]) if lines else ""


def target_lines(planned: TargetPlan, lines: Iterable[str]) -> str:
    """Return a target's heading, the reason for all of it, and `lines`."""
    why = [f"    {terminal(planned.reason)}"] if planned.reason else []
    return "\n".join([heading(planned), *why, *lines])


def only_shown_lines(planned: TargetPlan, change: Change) -> Iterator[str]:
    """Yield the lines of a difference of `planned` that is only shown."""
    unseen = change.before_value is None and ORIGINS[change.origin].unseen
    words = origin_words(change, offline=planned.offline) if unseen else ORIGINS[change.origin].words
    why = "differs" if planned.status is TargetStatus.OBSERVED else words
    yield from difference_lines(change, why=why, offline=planned.offline)


def not_as_sent_lines(plan: Plan) -> str:
    """Return the fields of which something else is live than what was sent."""
    lines: list[str] = []
    for planned, mine in groupby(plan.not_as_sent, key=itemgetter(0)):
        lines.append(f"  {heading(planned)}")
        lines += [f"      {terminal(f'{field.field}: {field.reason}; {note_words(field.note)}')}" for _, field in mine]
    return titled(styled("Not as sent, and not sent again until the file or the live value moves:", Look.FAILED), lines)

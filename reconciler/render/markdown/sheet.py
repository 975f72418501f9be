"""fitted: (a sheet, how many bytes there are) → one text of whole blocks, and in numbers what is left out.

A lead is always kept and bounded by whoever makes it. Nothing is ever cut inside a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.basics import Model
from reconciler.render.words import many

# For the sentence that says what is left out.
_RESERVED = 1_000


class Block(Model):
    """A piece that is shown whole or not at all; `instead` is the line for one that fits on no page.

    It is counted as one `noun`, or as `fields` of them in one profile. What `follows` continues the list before it.
    """

    text: str
    noun: str
    instead: str
    fields: int = 0
    follows: bool = False


class Sheet(Model):
    """Everything there is to say: what comes first, and the rest in the order in which it matters."""

    lead: str
    blocks: tuple[Block, ...] = ()


def fitted(sheet: Sheet, most: int | None = None, *, elsewhere: str = "") -> str:
    """Return as much of `sheet` as fits in `most` bytes of UTF-8; `elsewhere` says where all of it can be seen."""
    if most is None:
        return "".join((sheet.lead, *(f"{_gap(block)}{block.text}" for block in sheet.blocks), "\n"))
    room = whole = most - _size(sheet.lead) - _RESERVED
    parts = [sheet.lead]
    left: Sequence[Block] = ()
    for index, block in enumerate(sheet.blocks):
        text = f"{_gap(block)}{block.text if _size(block.text) < whole else block.instead}"
        room -= _size(text)
        if room < 0:
            left = sheet.blocks[index:]
            break
        parts.append(text)
    if left:
        parts.append(f"\n\n**Not shown here:** {', '.join(_counted(left))}{elsewhere}.")
    return "".join((*parts, "\n"))


def _gap(block: Block) -> str:
    return "\n" if block.follows else "\n\n"


def _size(text: str) -> int:
    return len(text.encode())


def _counted(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield how much of what is left out, in the order in which it would have come."""
    found: dict[str, list[int]] = {}
    for block in blocks:
        found.setdefault(block.noun, []).append(block.fields)
    for noun, fields in found.items():
        number = sum(fields)
        yield f"{many(number, noun)} in {many(len(fields), 'profile')}" if number else many(len(fields), noun)


def section(title: str, blocks: Sequence[Block], *, below: str = "") -> Iterator[Block]:
    """Yield `blocks` under a heading, which goes where the first of them goes; nothing where there are none."""
    head = f"#### {title}\n\n" + (f"{below}\n\n" if below else "")
    for number, block in enumerate(blocks):
        more = {} if number else {"text": head + block.text, "instead": head + block.instead, "follows": False}
        yield block.model_copy(update=more)


def items(noun: str, lines: Sequence[str]) -> tuple[Block, ...]:
    """Return a list with one block for each of its lines."""
    long = f"- 1 {noun} that is too large to be shown here"
    return tuple(Block(text=f"- {line}", noun=noun, instead=long, follows=True) for line in lines)

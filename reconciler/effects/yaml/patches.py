"""patches: (a text, what is to stand in one place of it) → the smallest replacements that say so.

Must: leave every comment where it is, in the line that it explains, also where the value in front of it goes away. Must
never: touch what belongs to another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from reconciler.core.authoring.yaml_text import in_flow, in_quotes, mapping, scalar, text_lines
from reconciler.core.fields import Json
from reconciler.effects.yaml.spans import BLOCK, Span, SpannedText

_TO_DASH = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*[ ]*(?=-)")
_TO_COMMA = re.compile(r"(?:\s|#[^\r\n]*)*,")


class Patch(NamedTuple):
    """What stands between `begin` and `end` becomes `text`."""

    begin: int
    end: int
    text: str


def patched(text: str, patches: Iterable[Patch]) -> str:
    """Return `text` with all patches in it; they overlap nowhere, and what is inserted in one place keeps its order."""
    pieces: list[str] = []
    done = 0
    for patch in sorted(patches, key=lambda patch: patch[:2]):
        pieces += (text[done : patch.begin], patch.text)
        done = patch.end
    return "".join((*pieces, text[done:]))


def text_patches(page: SpannedText, old: Span, text: str, *, indent: int | None) -> Iterator[Patch]:
    """Yield what makes `text` of a scalar; the lines of a block go `indent` deep, None where there can be no block."""
    first, *more = _written(text, old.style, indent)
    sign_end = page.header_end(old) if old.style in BLOCK else old.end
    yield Patch(old.begin, sign_end, first if old.begin < old.end else f" {first}")
    if more or old.style in BLOCK:
        line_end = page.line_end(sign_end)
        yield Patch(line_end, max(line_end, old.end), "".join(f"{page.newline}{line}" for line in more))


def _written(text: str, style: str, indent: int | None) -> Sequence[str]:
    if style in ("'", '"') and "\n" not in text:
        return (in_quotes(text, style),)
    return (in_flow(text),) if indent is None else (*text_lines(text, indent=indent),)


def list_patches(
    page: SpannedText, old: Span, key: Span, *, was: Sequence[str], items: Sequence[str]
) -> Iterator[Patch]:
    """Yield what makes `items` of a list that `was` something else; an item that stays keeps how it is written."""
    moves = SequenceMatcher(None, was, items, autojunk=False).get_opcodes()
    steps = [(range(i, j), items[k:m]) for tag, i, j, k, m in moves if tag != "equal"]
    gone = [number for olds, news in steps for number in olds[len(news) :]]
    for olds, news in steps:
        for number, item in zip(olds, news, strict=False):
            yield from text_patches(page, old.parts[number], item, indent=None)
    added = [(min(olds.start + len(olds), len(was)) - 1, news[len(olds) :]) for olds, news in steps]
    if old.style:
        yield from _out_of_brackets(page, old, gone)
        yield from (_into_brackets(old, after, news) for after, news in added if news)
    else:
        yield from _out_of_lines(page, old, key, gone)
        yield from (_into_lines(page, old, after, news) for after, news in added if news)


def _into_brackets(old: Span, after: int, items: Sequence[str]) -> Patch:
    text = ", ".join(map(in_flow, items))
    if after < 0:
        return Patch(old.begin + 1, old.begin + 1, f"{text}, " if old.parts else text)
    place = old.parts[after].end
    return Patch(place, place, f", {text}")


def _out_of_brackets(page: SpannedText, old: Span, gone: Sequence[int]) -> Iterator[Patch]:
    stays = [number for number in range(len(old.parts)) if number not in gone]
    for number in gone:
        item = old.parts[number]
        comma = _TO_COMMA.match(page.text, item.end)
        if comma is None:
            yield _cut(page, item.begin, item.end)
        elif page.text[item.end : comma.end()].isspace() or comma.end() == item.end + 1:
            yield _cut(page, item.begin, comma.end())
        else:
            yield _cut(page, item.begin, item.end)
            yield _cut(page, comma.end() - 1, comma.end())
    if stays and stays[-1] + 1 < len(old.parts) and _TO_COMMA.match(page.text, old.parts[-1].end) is None:
        begin, end = old.parts[stays[-1]].end, old.parts[stays[-1] + 1].begin
        if not page.text[begin:end].replace(",", "").strip(" "):
            yield Patch(begin, end, "")


def _into_lines(page: SpannedText, old: Span, after: int, items: Sequence[str]) -> Patch:
    dash = " " * page.column(_dash(page, old, 0)) + "- "
    lines = [f"{dash}{scalar(item)}" for item in items]
    if after < 0:
        place = page.line_begin(_dash(page, old, 0))
        return Patch(place, place, "".join(f"{line}{page.newline}" for line in lines))
    place = page.line_end(old.parts[after].end)
    return Patch(place, place, "".join(f"{page.newline}{line}" for line in lines))


def _out_of_lines(page: SpannedText, old: Span, key: Span, gone: Sequence[int]) -> Iterator[Patch]:
    for number in gone:
        dash, item = _dash(page, old, number), old.parts[number]
        if page.line_begin(dash) == page.line_begin(item.begin):
            yield _cut(page, dash, item.end)
        else:
            yield _cut(page, dash, dash + 1)
            yield _cut(page, item.begin, item.end)
    if len(gone) == len(old.parts):
        colon = page.text.index(":", key.end) + 1
        yield Patch(colon, colon, " []")


def _dash(page: SpannedText, old: Span, number: int) -> int:
    """Return where the dash of a list's item stands."""
    if number == 0:
        return old.begin
    found = _TO_DASH.match(page.text, page.line_end(old.parts[number - 1].end))
    return found.end() if found else old.parts[number].begin


def _cut(page: SpannedText, begin: int, end: int) -> Patch:
    """Take something out: with its whole line where nothing else is in that, else with the spaces behind it."""
    first, last = page.line_begin(begin), page.line_end(end)
    if page.text[first:begin].strip(" ") or page.text[end:last].strip(" "):
        return Patch(begin, page.spaces_end(end), "")
    before = 2 if page.text[:first].endswith("\r\n") else 1
    return Patch(max(first - before, 0), last, "")


def entry_patch(page: SpannedText, old: Span, data: Mapping[str, Json], *, step: int, last: bool) -> Patch:
    """Return what adds `data` to a mapping that holds something, behind its last entry or before its first one."""
    if old.style:
        text = ", ".join(f"{name}: {in_flow(value)}" for name, value in data.items())
        place = old.parts[-1].end if last else old.begin + 1
        return Patch(place, place, f", {text}" if last else f"{text}, ")
    lines = mapping(data, indent=page.column(old.begin), step=step)
    place = page.line_end(old.end) if last else page.line_begin(old.begin)
    return Patch(place, place, "".join(f"{page.newline}{x}" if last else f"{x}{page.newline}" for x in lines))


def first_patches(
    page: SpannedText, old: Span, data: Mapping[str, Json], *, indent: int | None, step: int
) -> Iterator[Patch]:
    """Yield what adds `data` to `{}`: as lines `indent` deep, in the brackets where that is None."""
    inside = page.text[old.begin + 1 : old.end - 1]
    if indent is None or inside.strip(" "):
        text = ", ".join(f"{name}: {in_flow(value)}" for name, value in data.items())
        yield Patch(old.begin + 1, old.begin + 1, text)
        return
    begin = old.begin - (len(page.text[: old.begin]) - len(page.text[: old.begin].rstrip(" ")))
    place = page.line_end(old.end)
    yield Patch(begin, old.end, "")
    yield Patch(place, place, "".join(f"{page.newline}{x}" for x in mapping(data, indent=indent, step=step)))

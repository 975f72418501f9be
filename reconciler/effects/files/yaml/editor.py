"""Editing a profile's YAML file without touching the rest of it.

edited_file: (the file's text, new values of fields) → the text with exactly these values, or why it is left alone.
patched: (a text, replacements) → the text with them.

Must: keep every byte of everything else, and every comment in the line that it explains, even if the value before it
goes away; write a new field behind the others, in their style; read the result before returning it. Must never: touch
what belongs to another value, or return a text that reads differently than it was meant to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from reconciler.core.authoring.yaml_text import in_flow, in_quotes, mapping, scalar, text_lines
from reconciler.core.basics import Diagnostic, error
from reconciler.core.fields import Json
from reconciler.core.yaml_documents import Document, Span, SpanKind
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.files.yaml.spans import BLOCK, SpannedText

_TO_DASH = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*[ ]*(?=-)")
_TO_COMMA = re.compile(r"(?:\s|#[^\r\n]*)*,")


class Patch(NamedTuple):
    """The text between `begin` and `end` becomes `text`."""

    begin: int
    end: int
    text: str


def patched(text: str, patches: Iterable[Patch]) -> str:
    """Return `text` with all patches in it; they do not overlap, and insertions at one place keep their order."""
    pieces: list[str] = []
    done = 0
    for patch in sorted(patches, key=lambda patch: patch[:2]):
        pieces += (text[done : patch.begin], patch.text)
        done = patch.end
    return "".join((*pieces, text[done:]))


def _text_patches(page: SpannedText, old: Span, text: str, *, indent: int | None) -> Iterator[Patch]:
    """Yield the patches that set a scalar to `text`; a block's lines go `indent` deep, None where no block may be."""
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


def _list_patches(
    page: SpannedText, old: Span, key: Span, *, was: Sequence[str], items: Sequence[str]
) -> Iterator[Patch]:
    """Yield the patches that turn a list from `was` into `items`; an item that stays keeps its spelling."""
    moves = SequenceMatcher(None, was, items, autojunk=False).get_opcodes()
    steps = [(range(i, j), items[k:m]) for tag, i, j, k, m in moves if tag != "equal"]
    gone = [number for olds, news in steps for number in olds[len(news) :]]
    for olds, news in steps:
        for number, item in zip(olds, news, strict=False):
            yield from _text_patches(page, old.values[number], item, indent=None)
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
        return Patch(old.begin + 1, old.begin + 1, f"{text}, " if old.values else text)
    place = old.values[after].end
    return Patch(place, place, f", {text}")


def _out_of_brackets(page: SpannedText, old: Span, gone: Sequence[int]) -> Iterator[Patch]:
    parts = old.parts
    stays = [number for number in range(len(parts)) if number not in gone]
    for number in gone:
        item = parts[number]
        comma = _TO_COMMA.match(page.text, item.end)
        if comma is None:
            yield _cut(page, item.begin, item.end)
        elif page.text[item.end : comma.end()].isspace() or comma.end() == item.end + 1:
            yield _cut(page, item.begin, comma.end())
        else:
            yield _cut(page, item.begin, item.end)
            yield _cut(page, comma.end() - 1, comma.end())
    if stays and stays[-1] + 1 < len(parts) and _TO_COMMA.match(page.text, parts[-1].end) is None:
        begin, end = parts[stays[-1]].end, parts[stays[-1] + 1].begin
        if not page.text[begin:end].replace(",", "").strip(" "):
            yield Patch(begin, end, "")


def _into_lines(page: SpannedText, old: Span, after: int, items: Sequence[str]) -> Patch:
    dash = " " * page.column(_dash(page, old, 0)) + "- "
    lines = [f"{dash}{scalar(item)}" for item in items]
    if after < 0:
        place = page.line_begin(_dash(page, old, 0))
        return Patch(place, place, "".join(f"{line}{page.newline}" for line in lines))
    place = page.line_end(old.values[after].end)
    return Patch(place, place, "".join(f"{page.newline}{line}" for line in lines))


def _out_of_lines(page: SpannedText, old: Span, key: Span, gone: Sequence[int]) -> Iterator[Patch]:
    for number in gone:
        dash, item = _dash(page, old, number), old.values[number]
        if page.line_begin(dash) == page.line_begin(item.begin):
            yield _cut(page, dash, item.end)
        else:
            yield _cut(page, dash, dash + 1)
            yield _cut(page, item.begin, item.end)
    if len(gone) == len(old.values):
        colon = page.text.index(":", key.end) + 1
        yield Patch(colon, colon, " []")


def _dash(page: SpannedText, old: Span, number: int) -> int:
    """Return the place of a list item's dash."""
    if number == 0:
        return old.begin
    found = _TO_DASH.match(page.text, page.line_end(old.values[number - 1].end))
    return found.end() if found else old.values[number].begin


def _cut(page: SpannedText, begin: int, end: int) -> Patch:
    """Remove a range: with its whole line if nothing else is in it, else with the spaces behind it."""
    first, last = page.line_begin(begin), page.line_end(end)
    if page.text[first:begin].strip(" ") or page.text[end:last].strip(" "):
        return Patch(begin, page.spaces_end(end), "")
    before = 2 if page.text[:first].endswith("\r\n") else 1
    return Patch(max(first - before, 0), last, "")


def _entry_patch(page: SpannedText, old: Span, data: Mapping[str, Json], *, step: int, last: bool) -> Patch:
    """Return the patch that adds `data` to a non-empty mapping, behind its last entry or before its first one."""
    if old.style:
        text = ", ".join(f"{name}: {in_flow(value)}" for name, value in data.items())
        place = old.parts[-1].end if last else old.begin + 1
        return Patch(place, place, f", {text}" if last else f"{text}, ")
    lines = mapping(data, indent=page.column(old.begin), step=step)
    place = page.line_end(old.end) if last else page.line_begin(old.begin)
    return Patch(place, place, "".join(f"{page.newline}{x}" if last else f"{x}{page.newline}" for x in lines))


def _first_patches(
    page: SpannedText, old: Span, data: Mapping[str, Json], *, indent: int | None, step: int
) -> Iterator[Patch]:
    """Yield the patches that add `data` to `{}`: as lines `indent` deep, or in the brackets if that is None."""
    inside = page.text[old.begin + 1 : old.end - 1]
    if indent is None or inside.strip(" "):
        text = ", ".join(f"{name}: {in_flow(value)}" for name, value in data.items())
        yield Patch(old.begin + 1, old.begin + 1, text)
        return
    begin = old.begin - (len(page.text[: old.begin]) - len(page.text[: old.begin].rstrip(" ")))
    place = page.line_end(old.end)
    yield Patch(begin, old.end, "")
    yield Patch(place, place, "".join(f"{page.newline}{x}" for x in mapping(data, indent=indent, step=step)))


FileEdit = str | list[str]
_MARK = "\ufeff"
_STEP = 2


def edited_file(text: str, edits: Mapping[str, FileEdit], *, file: str) -> str | Diagnostic:
    """Return `text` with the fields `edits` in its `profile`, written as given: `${` begins a variable."""
    mark, body = (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)
    document = read_yaml(_bytes(body), file)
    if not isinstance(document, Document):
        return document[0]
    data, root = document.data, document.root
    fields = data.get("profile", {}) if isinstance(data, dict) else None
    if root is None or not isinstance(data, dict) or not isinstance(fields, dict):
        return _refused(document, "", "there is no mapping of fields to write it to")
    new = {name: value for name, value in edits.items() if name not in fields or fields[name] != value}
    if not new:
        return text
    page = SpannedText(body)
    for name, value in new.items():
        if why := _unfit(root, name, value):
            return _refused(document, name, why)
    wanted = {**data, "profile": {**fields, **new}}
    for last in (True, False):
        candidate = patched(body, _patches(page, root, new, fields=fields, last=last))
        found = read_yaml(_bytes(candidate), file)
        if isinstance(found, Document) and _shape(found.data) == _shape(wanted):
            return mark + candidate
    return _refused(document, next(iter(new)), "the way it is written leaves no safe place for it")


def _bytes(text: str) -> bytes:
    # Half of a surrogate pair is not UTF-8: the reader reports it, where a strict encoder would raise.
    return text.encode("utf-8", "surrogatepass")


def _shape(data: object) -> str:
    """Return all of `data` as a text that tells values of different types apart."""
    return json.dumps(data, sort_keys=True, default=repr)


def _refused(document: Document, name: str, why: str) -> Diagnostic:
    path = ("profile", name) if name else ("profile",)
    return error("not-edited", why, hint="Write it by hand.", location=document.at(path))


def _unfit(root: Span, name: str, value: FileEdit) -> str:
    """Return why the field cannot become `value`: a value that a person wrote in another form is not taken apart."""
    profile = root.values.get("profile")
    old = profile.values.get(name) if profile is not None else None
    if old is None:
        return ""
    items = [old] if isinstance(value, str) else old.parts
    kind = SpanKind.SCALAR if isinstance(value, str) else SpanKind.SEQUENCE
    if old.kind is not kind or any(item.kind is not SpanKind.SCALAR for item in items):
        return f"{name} is not written as {'text' if isinstance(value, str) else 'a list of texts'}"
    return ""


def _patches(
    page: SpannedText, root: Span, new: Mapping[str, FileEdit], *, fields: Mapping[str, object], last: bool
) -> Iterator[Patch]:
    profile = root.values.get("profile")
    added: dict[str, Json] = {name: value for name, value in new.items() if name not in fields}
    if profile is None:
        yield _entry_patch(page, root, {"profile": added}, step=_STEP, last=last)
        return
    inline = bool(profile.style)
    indent = page.column(profile.begin)
    step = _STEP if inline else max(indent - page.column(root.begin), 1)
    for (name, key), old in zip(profile.keys.items(), profile.parts, strict=True):
        match new.get(name), fields[name]:
            case str(text), _:
                yield from _text_patches(page, old, text, indent=None if inline else indent + step)
            case list(items), list(was):
                yield from _list_patches(page, old, key, was=was, items=items)
    if added and profile.values:
        yield _entry_patch(page, profile, added, step=step, last=last)
    elif added:
        below = None if root.style else page.column(root.begin) + _STEP
        yield from _first_patches(page, profile, added, indent=below, step=_STEP)

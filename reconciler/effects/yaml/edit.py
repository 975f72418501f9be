"""edit: (a profile's file, new values of fields) → the file with exactly these values, or why it is left alone.

Must: keep every comment and every byte of everything else; write a new field behind the others, as they are written;
read what comes out before handing it out. Must never: return a text that reads differently than it was meant to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from reconciler.core.basics import Diagnostic, Document, error
from reconciler.core.fields import Json
from reconciler.effects.yaml import read_yaml
from reconciler.effects.yaml.events import YamlEventKind
from reconciler.effects.yaml.patches import Patch, entry_patch, first_patches, list_patches, patched, text_patches
from reconciler.effects.yaml.spans import Span, SpannedText, spans

FileEdit = str | list[str]
_MARK = "\ufeff"
_STEP = 2


def edited_file(text: str, edits: Mapping[str, FileEdit], *, file: str) -> str | Diagnostic:
    """Return `text` with the fields `edits` of its `profile`; they are written as they are, `${` being a variable."""
    mark, body = (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)
    document = read_yaml(_bytes(body), file)
    if not isinstance(document, Document):
        return document[0]
    data = document.data
    fields = data.get("profile", {}) if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(fields, dict):
        return _refused(document, "", "there is no mapping of fields to write it to")
    new = {name: value for name, value in edits.items() if name not in fields or fields[name] != value}
    if not new:
        return text
    page = SpannedText(body)
    root = spans(page)
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
    # Half of a surrogate pair is not UTF-8: the reader says so, where a strict encoder would raise.
    return text.encode("utf-8", "surrogatepass")


def _shape(data: object) -> str:
    """Return all of `data` as text in which no two values of different types are the same."""
    return json.dumps(data, sort_keys=True, default=repr)


def _refused(document: Document, name: str, why: str) -> Diagnostic:
    path = ("profile", name) if name else ("profile",)
    return error("not-edited", why, hint="Write it by hand.", location=document.at(path))


def _unfit(root: Span, name: str, value: FileEdit) -> str:
    """Return why the field cannot become `value`: what a person wrote as another kind of thing is not taken apart."""
    profile = root.part("profile")
    old = profile.part(name) if profile is not None else None
    if old is None:
        return ""
    items = [old] if isinstance(value, str) else old.parts
    kind = YamlEventKind.SCALAR if isinstance(value, str) else YamlEventKind.SEQUENCE
    if old.kind is not kind or any(item.kind is not YamlEventKind.SCALAR for item in items):
        return f"{name} is not written as {'text' if isinstance(value, str) else 'a list of texts'}"
    return ""


def _patches(
    page: SpannedText, root: Span, new: Mapping[str, FileEdit], *, fields: Mapping[str, object], last: bool
) -> Iterator[Patch]:
    profile = root.part("profile")
    added: dict[str, Json] = {name: value for name, value in new.items() if name not in fields}
    if profile is None:
        yield entry_patch(page, root, {"profile": added}, step=_STEP, last=last)
        return
    inline = bool(profile.style)
    indent = page.column(profile.begin)
    step = _STEP if inline else max(indent - page.column(root.begin), 1)
    for name, old, key in zip(profile.names, profile.parts, profile.keys, strict=True):
        match new.get(name), fields[name]:
            case str(text), _:
                yield from text_patches(page, old, text, indent=None if inline else indent + step)
            case list(items), list(was):
                yield from list_patches(page, old, key, was=was, items=items)
    if added and profile.parts:
        yield entry_patch(page, profile, added, step=step, last=last)
    elif added:
        below = None if root.style else page.column(root.begin) + _STEP
        yield from first_patches(page, profile, added, indent=below, step=_STEP)

"""Strict YAML 1.2 data: bytes → plain values, with the place of each of them.

Must: report every problem that one pass can find, each with its line and column; return everything that some YAML reads
as a number, a date, null or a boolean as such, together with its source text. Must never: raise, whatever the bytes;
recurse; build anything but dict, list, str, int, float, bool, date, datetime and None; touch a file.

Reading and patching YAML text lives here. Two parsers give the same spans: libyaml is fast and takes plain files alone,
ruamel.yaml takes every file and finds every problem. Each is imported in one module, and one tree grows of either's
spans. What a key means belongs to `core/reading`.
"""

from __future__ import annotations

from reconciler.core.basics import Diagnostic, error
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml.libyaml import plain_events
from reconciler.effects.files.yaml.reader import Tree, shown
from reconciler.effects.files.yaml.source import (
    MOST_DIAGNOSTICS,
    BrokenError,
    YamlRefused,
    decode,
    lines_of,
    location,
    without_forbidden,
)
from reconciler.effects.files.yaml.syntax import explain

_REFUSED = {
    "directive": (
        "yaml-directive",
        "is a YAML directive, which is not allowed",
        "Delete the line; if it is part of a text, put the text in quotes.",
    ),
    "anchor": (
        "yaml-anchor",
        "is a YAML anchor, which is not allowed",
        "Write the value out in each place; if it is a text, put it in quotes.",
    ),
    "alias": (
        "yaml-alias",
        "starts with `*`, which makes it a YAML alias, which is not allowed",
        "If it is a text, put it in quotes; an item of a list starts with `- `.",
    ),
    "tag": (
        "yaml-tag",
        "is a YAML tag, which is not allowed",
        "Delete it; if it is a text, put it in quotes.",
    ),
    "reserved": (
        "yaml-reserved-start",
        "may not start a text",
        "Put the whole text in quotes.",
    ),
}


def read_yaml(content: bytes, file: str) -> Document | tuple[Diagnostic, ...]:
    """Return the data of a YAML file with the place of each part, or every problem in it, in order."""
    decoded = decode(content, file)
    if isinstance(decoded, Diagnostic):
        return (decoded,)
    text, found = without_forbidden(decoded, file)
    return (None if found else _read_plain(text, file)) or _read_closely(text, file, found)


def _read_plain(text: str, file: str) -> Document | None:
    """Return the data of a file without a problem, None where it has one or is unusual."""
    spans = plain_events(text)
    if spans is None:
        return None
    tree = Tree(file, text)
    tree.grow(spans)
    return None if tree.found else Document(file, tree.data, tree.root, tree.slips)


def _read_closely(text: str, file: str, found: tuple[Diagnostic, ...]) -> Document | tuple[Diagnostic, ...]:
    """Return the data of any file, or every problem in it; `found` are those known already."""
    # ruamel.yaml is slow to import, and most files do not need it.
    from reconciler.effects.files.yaml.events import events

    refused: list[YamlRefused] = []
    tree = Tree(file, text)
    broken = None
    try:
        tree.grow(events(text, refused))
    except BrokenError as problem:
        broken = explain(problem, file, lines=lines_of(text))
    found = (*found, *(_refusal(one, file) for one in refused[: MOST_DIAGNOSTICS + 1]), *tree.found)
    # A refused construct is often why the parser gives up behind it: one mistake gets one message.
    if broken is not None and broken.location.line not in {one.location.line for one in found}:
        found = (*found, broken)
    if found:
        return _first(sorted(found, key=lambda one: one.order))
    return Document(file, tree.data, tree.root, tree.slips)


def _refusal(refused: YamlRefused, file: str) -> Diagnostic:
    code, summary, hint = _REFUSED[refused.what]
    return error(code, f"{shown(refused.text)} {summary}", hint=hint, location=location(file, refused.mark))


def _first(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    if len(found) <= MOST_DIAGNOSTICS:
        return tuple(found)
    summary = f"there are more problems from here on; these are the first {MOST_DIAGNOSTICS}"
    more = error("yaml-more", summary, hint="Mend these and run again.", location=found[MOST_DIAGNOSTICS].location)
    return (*found[:MOST_DIAGNOSTICS], more)

"""Judges: (what reached a sink) → everything in it that could act there. Each reads it as its own program would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import read_yaml
from reconciler.render.safe_text import ci_log
from tests.support.markdown import Shown
from tests.support.reports import RAW

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What moves, hides or reorders in a terminal, besides what `RAW` has: other turns of direction, tags, half surrogates.
_HIDDEN = re.compile(
    "[\u061c\u2066-\u2069\u2060-\u2064\u206a-\u206f\ufff9-\ufffb\ufeff\u2028\u2029\U000e0000-\U000e0fff]"
)
_TURNS = re.compile("[\u2066-\u2069]")
# What the program isolates begins and ends there, on one line.
_ISOLATED = re.compile("\u2068([^\u2066-\u2069\n]*)\u2069")
_EMOJI_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)\Z", re.DOTALL)
_PROPERTIES = {"file", "line", "col", "title"}
_JUNIT = {"testsuites", "testsuite", "testcase", "failure", "system-out"}
_OUTPUT = re.compile(r"[a-z-]+=[a-z0-9 -]*\Z")
HOME = "https://github.com/bakeries/shops"


def in_terminal(text: str) -> Iterator[str]:
    """A terminal: no control but the line feed and our colours, nothing unseen, nothing that turns."""
    plain = _ISOLATED.sub(r"\1", _EMOJI_TAGS.sub("", _COLOUR.sub("", text)))
    yield from (f"a terminal obeys {one!r}" for one in sorted({*RAW.findall(plain), *_HIDDEN.findall(plain)}))
    yield from in_log(ci_log(text))


def in_log(text: str) -> Iterator[str]:
    """A runner's log: it obeys `::x::` after white space of any kind, and `##[x]` anywhere in a line."""
    for line in re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text):
        if line.lstrip().startswith("::") or "##[" in line:
            yield f"a runner obeys {line[:80]!r}"


def in_json(text: str) -> Iterator[str]:
    """A document: one JSON value in ASCII, which holds no command as a runner sees it."""
    if not text.isascii():
        yield "the document is not ASCII"
    json.loads(text)
    yield from in_log(text)
    yield from (f"the document holds {one!r}" for one in set(RAW.findall(text)))


def in_xml(text: str) -> Iterator[str]:
    """A JUnit report: XML of our own elements alone, which a runner takes for no command."""
    found = {one.tag for one in ET.fromstring(text).iter()}
    yield from (f"the report holds the element {one!r}" for one in found - _JUNIT)
    yield from in_log(text)
    yield from (f"the report holds {one!r}" for one in set(RAW.findall(text)))


def in_markdown(text: str) -> Iterator[str]:
    """A page at GitHub: no element that no page of ours has, no comment, no link elsewhere, no mention, no picture."""
    shown = Shown(text)
    yield from (f"the page holds the element {name[:60]!r}" for name in shown.foreign)
    yield from (f"the page refers to {one!r}" for one in shown.referring)
    yield from (f"the page links to {one[:80]!r}" for one in shown.links if not one.startswith(f"{HOME}/"))
    yield from (f"the page leaves {one!r} open" for one in shown.open)
    yield from (f"the page shows {one!r}" for one in sorted({*RAW.findall(text)}))
    yield from (f"the page turns at {one!r}" for one in sorted({*_TURNS.findall(_ISOLATED.sub(r"\1", text))}))
    if len(shown.cells) and "|---" not in text.replace(" ", ""):
        yield "the page has a table of another hand"


def in_body(text: str) -> Iterator[str]:
    """A comment or an issue's body: markers stand where the program puts them, and what is below is a page."""
    first, _, rest = text.partition("\n")
    if first.startswith("<!-- reconciler:"):
        try:
            json.loads(first[first.index("{") : first.rindex("}") + 1])
        except ValueError:
            yield f"the marker is broken: {first[:80]!r}"
    else:
        rest = text
    rest = rest.replace("<!-- reconciler:below -->", "", 1)
    if "<!-- reconciler:" in rest:
        yield "a second marker is in the text"
    yield from in_markdown(rest)


def no_quick_action(text: str) -> Iterator[str]:
    """No line that GitLab obeys."""
    for line in re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text):
        if line.lstrip().startswith("/"):
            yield f"GitLab obeys {line[:80]!r}"


def in_gitlab(text: str) -> Iterator[str]:
    """A body at GitLab: what it is at GitHub, and no line that GitLab obeys, nor anything that only GitLab links."""
    yield from in_body(text)
    yield from no_quick_action(text)
    rest = text.partition("\n")[2] if text.startswith("<!-- reconciler:") else text
    yield from (f"the body refers to {one!r}" for one in Shown(rest).referring_at_gitlab)


def in_command(text: str) -> Iterator[str]:
    """Annotations: each line is one command of ours with properties that it knows."""
    for line in filter(None, re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text)):
        found = _COMMAND.match(line)
        if found is None or {one.partition("=")[0] for one in found[2].split(",")} - _PROPERTIES or "##[" in line:
            yield f"a runner takes another command: {line[:80]!r}"
    yield from (f"the command holds {one!r}" for one in sorted({*RAW.findall(text)}))


def in_outputs(text: str) -> Iterator[str]:
    """A step's outputs: names of ours, and values of digits and our own words."""
    lines = text.removesuffix("\n").split("\n") if text else []
    yield from (f"an output says {line[:80]!r}" for line in lines if not _OUTPUT.match(line))


def in_git(text: str) -> Iterator[str]:
    """A commit's message, a path, or a stored document: printable, and one name stays one name."""
    yield from (f"git keeps {one!r}" for one in sorted({*RAW.findall(text), *_HIDDEN.findall(text)}))


def in_yaml(text: str, wanted: object, *, file: str = "profiles/x.yaml") -> Iterator[str]:
    """A profile's file: strict YAML that says exactly what was wanted."""
    found = read_yaml(text.encode(), file)
    if not isinstance(found, Document):
        yield f"the file cannot be read: {found[0].summary}"
    elif found.data != wanted:
        yield f"the file says {str(found.data)[:300]!r}, and not {str(wanted)[:300]!r}"

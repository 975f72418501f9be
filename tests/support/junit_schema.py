"""What an XML document has that an XML Schema does not allow: as much of XML Schema as Jenkins's own for JUnit uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

_XS = "{http://www.w3.org/2001/XMLSchema}"
_SCHEMA = ET.parse(Path(__file__).parent.parent / "data" / "junit_10.xsd").getroot()


def _named(tag: str) -> dict[str, ET.Element]:
    return {found.get("name", ""): found for found in _SCHEMA.findall(_XS + tag)}


_ELEMENTS, _PATTERNS = _named("element"), _named("simpleType")


def junit_faults(element: ET.Element) -> Iterator[str]:
    """Yield what the schema does not allow in `element` and in all that is in it."""
    declared = _ELEMENTS.get(element.tag)
    if declared is None:
        yield f"{element.tag}: no such element"
        return
    form = declared.find(f"{_XS}complexType")
    attributes = {one.get("name", ""): one for one in (form.findall(f"{_XS}attribute") if form is not None else ())}
    inside = {one.get("ref") for one in declared.iter(f"{_XS}element")}
    yield from (f"{element.tag} without {name}" for name in _required(attributes) if name not in element.attrib)
    for name, value in element.attrib.items():
        yield from _attribute(f"{element.tag}.{name}", value, attributes.get(name))
    yield from (f"{child.tag} in {element.tag}" for child in element if child.tag not in inside)
    holds_text = form is None or form.get("mixed") == "true"
    if not holds_text and "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        yield f"text in {element.tag}"
    for child in element:
        yield from junit_faults(child)


def _required(attributes: dict[str, ET.Element]) -> Iterator[str]:
    return (name for name, one in attributes.items() if one.get("use") == "required")


def _attribute(place: str, value: str, declared: ET.Element | None) -> Iterator[str]:
    if declared is None:
        yield f"{place}: no such attribute"
        return
    held_to = _PATTERNS.get(declared.get("type", ""))
    for pattern in held_to.iter(f"{_XS}pattern") if held_to is not None else ():
        if not re.fullmatch(pattern.get("value", ""), value):
            yield f"{place} is {value}"

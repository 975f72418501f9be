"""fill: (text, variables) → the text with `${name}` filled in, and which names it used.

rewritten: (a filled text, what stood there before) → how to write it, with the variables that still fit.

layer, template, defaults: a document → the fields that it writes, as written.

as_inherited: (the layers of a profile, a field) → the field as it is written, and the variables.

Variables come from `vars` only, never from the environment: a pull request could print a secret. `$${` is a literal
`${`.

Each document is a layer; here only its shape is checked. Which layer wins is the matter of `inheritance`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from reconciler.core.basics import Diagnostic, Model, error
from reconciler.core.fields import FIELD_NAMES, Mode, SecretRef
from reconciler.core.reading.parsing import Parsed, WrittenField, parse_partly
from reconciler.core.reading.slips import slip_problems
from reconciler.core.reading.suggestions import Suggest, did_you_mean
from reconciler.core.yaml_documents import Document, Path

_TOKEN = re.compile(r"\$\$\{|\$\{(?:([^{}]*)\})?")


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled text, the names it used, those that are not declared, and whether a `${` has no end.

    `too_long` is how long it would be, where that is too much to build it; then nothing stands for each variable.
    """

    text: str
    used: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    unclosed: bool = False
    too_long: int = 0


# A text that variables make longer is not built: a short file could ask for gigabytes. No field takes so much.
MOST_FILLED = 4096


def fill(text: str, variables: Mapping[str, str]) -> Filled:
    """Fill `text`; an unknown name stays as it was written and is reported. Filled-in text is not filled again."""
    if "${" not in text:
        return Filled(text)
    length = _filled_length(text, variables)
    too_long = length if length > max(len(text), MOST_FILLED) else 0
    used: dict[str, None] = {}
    unknown: dict[str, None] = {}
    unclosed = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unclosed
        name = match.group(1)
        if match.group() == "$${":
            return "${"
        if name is None:
            unclosed = True
        elif name in variables:
            used[name] = None
            return "" if too_long else variables[name]
        else:
            unknown[name] = None
        return match.group()

    filled = _TOKEN.sub(replace, text)
    return Filled(filled, frozenset(used), tuple(unknown), unclosed, too_long)


def _filled_length(text: str, variables: Mapping[str, str]) -> int:
    """Return how long `text` is once it is filled, without filling it."""
    length = len(text)
    for match in _TOKEN.finditer(text):
        if match.group() == "$${":
            length -= 1
        elif match[1] in variables:
            length += len(variables[match[1]]) - len(match.group())
    return length


def literal(text: str) -> str:
    """Return the text to write so that `text` comes out, even if it looks like a variable."""
    return text.replace("${", "$${")


# A value that is shorter, or has no letter, stands in a text by chance.
_SHORTEST = 3


def rewritten(text: str, was: str, variables: Mapping[str, str]) -> str:
    """Return how to write `text` in the place of `was`: a variable of `was` stays where its value still stands.

    In three cases it is not clear what a variable stands for, and the value is written as it is: `was` also had the
    variable's value as plain text, the value stands more often in `text` than the variable in `was`, or two values
    overlap.
    """
    filled, uses = fill(was, variables).text, Counter(match[1] for match in _TOKEN.finditer(was))
    found: list[tuple[int, int, str]] = []
    for name, value in ((name, variables[name]) for name in uses if name in variables):
        places = _places(value, text)
        if len(places) <= uses[name] == len(_places(value, filled)):
            found += [(*place, name) for place in places]
    found.sort()
    pieces, done = [], 0
    for begin, end, name in found:
        pieces += [literal(text[done:begin]), f"${{{name}}}"]
        done = max(done, end)
    made = "".join((*pieces, literal(text[done:])))
    return made if fill(made, variables).text == text else literal(text)


def _places(value: str, text: str) -> list[tuple[int, int]]:
    """Return where `value` stands in `text` as whole words."""
    if len(value) < _SHORTEST or not any(char.isalpha() for char in value):
        return []
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text)]


def as_inherited(layers: Iterable[Layer], name: str) -> tuple[object, dict[str, str]]:
    """Return a field as it is written, and all variables; the layers are sound, and the nearest comes last."""
    written: object = None
    variables: dict[str, str] = {}
    for one in layers:
        written = one.fields.get(name, written)
        variables |= one.variables
    return written, variables


def mentioned(data: object) -> frozenset[str]:
    """Return every name that a text in `data` uses, whether or not it is declared."""
    match data:
        case str():
            return frozenset(fill(data, {}).unknown)
        case list():
            return frozenset().union(*map(mentioned, data))
        case dict():
            return mentioned([*data.values()])
        case _:
            return frozenset()


class ProfileDocument(Model):
    """A profile as written; a provider's own keys are checked against its keys model."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    account: str
    number: str
    credentials: dict[str, SecretRef] = Field(default_factory=dict)
    extends: list[str] = Field(default_factory=list)
    vars: dict[str, str] = Field(default_factory=dict)
    omit: list[str] = Field(default_factory=list)
    profile: dict[str, Any] = Field(default_factory=dict)
    mode: Annotated[Mode, Field(strict=False)] = Mode.MANAGED


class FolderDocument(Model):
    """A folder's defaults as written: a profile without what only one number can have."""

    account: str = ""
    extends: list[str] = Field(default_factory=list)
    vars: dict[str, str] = Field(default_factory=dict)
    profile: dict[str, Any] = Field(default_factory=dict)
    mode: Annotated[Mode, Field(strict=False)] = Mode.MANAGED


class TemplateDocument(Model):
    """A template as written: fields, variables and what it extends, without an account or a number."""

    extends: list[str] = Field(default_factory=list)
    vars: dict[str, str] = Field(default_factory=dict)
    profile: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """Some fields as written in one place: the defaults, a template or the file itself.

    `extends` are the templates that a template names. `whole` is False if a part could not be read: then a name that
    seems undeclared or unused may be no mistake.
    """

    document: Document
    base: Path
    fields: Mapping[str, object]
    variables: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    whole: bool = True
    extends: tuple[str, ...] = ()

    def raws(self) -> Iterator[WrittenField]:
        """Yield every field as it is written."""
        for name, data in self.fields.items():
            yield WrittenField(name, data, self.document, (*self.base, name))

    def overridden(self, every: Mapping[str, WrittenField]) -> Iterator[object]:
        """Yield what is written here of fields for which `every`, the fields that count, has another place."""
        for name, data in self.fields.items():
            if not every[name].stands_in(self.document, self.base):
                yield data


def layer(
    document: Document,
    parsed: Parsed[ProfileDocument] | Parsed[TemplateDocument] | Parsed[FolderDocument],
    suggest: Suggest = did_you_mean,
) -> Layer:
    """Return the fields of a document that has some of its own, with every problem of their names."""
    written = parsed.value
    unknown = _unknown_fields(document, ("profile",), written.profile, suggest)
    return Layer(
        document,
        ("profile",),
        written.profile,
        written.vars,
        problems=(*parsed.problems, *slip_problems(document), *unknown),
        whole=not parsed.wrong & {"profile", "vars", "extends"},
        extends=tuple(written.extends),
    )


def template(document: Document) -> Layer:
    """Return the layer of a template; an empty file is an empty template."""
    data = {} if document.data is None else document.data
    return layer(document, parse_partly(TemplateDocument, document, (), data=data, stand_ins={}))


def defaults(document: Document, path: Path) -> Layer:
    """Return the layer of the settings' defaults at `path`; data that is not a mapping is empty, and reported there."""
    data: object = document.data
    for key in path:
        data = data.get(key, {}) if isinstance(data, dict) else {}
    fields: Mapping[str, object] = data if isinstance(data, dict) else {}
    problems = tuple(_unknown_fields(document, path, fields, did_you_mean))
    return Layer(document, path, fields, problems=problems, whole=isinstance(data, dict))


def omitted(document: Document, names: list[str], own: Layer, suggest: Suggest) -> Iterator[Diagnostic]:
    """Yield the problems of a profile's `omit`, which names fields of other layers that this profile leaves out."""
    for index, name in enumerate(names):
        at = document.at(("omit", index))
        if name not in FIELD_NAMES:
            yield error("unknown-field", f"unknown field {name!r}", hint=suggest(name, FIELD_NAMES), location=at)
        elif name in own.fields:
            hint = "remove it from `profile` or from `omit`"
            yield error("omitted", f"{name} is written under `profile` and left out by `omit`", hint=hint, location=at)


def _unknown_fields(document: Document, base: Path, names: Iterable[str], suggest: Suggest) -> Iterator[Diagnostic]:
    for name in names:
        if name not in FIELD_NAMES:
            hint, at = suggest(name, FIELD_NAMES), document.at_key((*base, name))
            yield error("unknown-field", f"unknown field {name!r}", hint=hint, location=at)

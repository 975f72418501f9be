"""layers: documents → the fields that each of them writes, as written.

Inheritance is one idea: defaults < templates in order < the file. Each is a layer; nothing is checked here but that the
document has the shape it should have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.document import Document, Path
from reconciler.core.model import Model
from reconciler.core.parsing import Parsed, did_you_mean, parse_partly
from reconciler.core.profile import FIELD_NAMES, Mode
from reconciler.core.raw import WrittenFields
from reconciler.core.secret import SecretRef


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


class TemplateDocument(Model):
    """A template as written: fields and variables, and nothing that says where they go."""

    vars: dict[str, str] = Field(default_factory=dict)
    profile: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """Some fields as written in one place: the defaults, a template or the file itself.

    `whole` is False where a part could not be read: then what seems to be undeclared or unused may be no mistake.
    """

    document: Document
    base: Path
    fields: Mapping[str, object]
    variables: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    whole: bool = True

    def raws(self) -> Iterator[WrittenFields]:
        """Yield every field as it stands."""
        for name, data in self.fields.items():
            yield WrittenFields(name, data, self.document, (*self.base, name))


def layer(document: Document, parsed: Parsed[ProfileDocument] | Parsed[TemplateDocument]) -> Layer:
    """Return the fields of a profile's or a template's document, with everything that is wrong with their names."""
    written = parsed.value
    found = Layer(document, ("profile",), written.profile, written.vars)
    problems = (*parsed.problems, *_unknown_fields(found))
    return replace(found, problems=problems, whole=not parsed.wrong & {"profile", "vars"})


def template(document: Document) -> Layer:
    """Return the layer of a template; an empty file is one that says nothing."""
    data = {} if document.data is None else document.data
    return layer(document, parse_partly(TemplateDocument, document, (), data=data, stand_ins={}))


def defaults(document: Document) -> Layer:
    """Return the layer of the settings' defaults."""
    data = document.data if isinstance(document.data, dict) else {}
    found = Layer(document, ("defaults",), data.get("defaults", {}))
    return replace(found, problems=tuple(_unknown_fields(found)))


def omitted(document: Document, names: list[str], own: Layer) -> Iterator[Diagnostic]:
    """Yield what is wrong with a profile's `omit`: it names fields that come from elsewhere and are not wanted here."""
    for index, name in enumerate(names):
        at = document.at(("omit", index))
        if name not in FIELD_NAMES:
            yield error("unknown-field", f"unknown field {name!r}", hint=did_you_mean(name, FIELD_NAMES), location=at)
        elif name in own.fields:
            hint = "remove it from `profile` or from `omit`"
            yield error("omitted", f"{name} is written under `profile` and left out by `omit`", hint=hint, location=at)


def _unknown_fields(found: Layer) -> Iterator[Diagnostic]:
    for raw in found.raws():
        if raw.name not in FIELD_NAMES:
            hint, at = did_you_mean(raw.name, FIELD_NAMES), raw.document.at_key(raw.path)
            yield error("unknown-field", f"unknown field {raw.name!r}", hint=hint, location=at)

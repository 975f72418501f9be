"""resolve: (profile documents, templates, defaults, what providers can do) → desired profiles, and diagnostics.

Inheritance is one idea: defaults < templates in order < the file; the nearest writing of a field wins whole. A profile
with an error yields no Desired, and every error of every file is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from reconciler.core.accounts import Permissions
from reconciler.core.check import Checker, Raw, problems_in_order
from reconciler.core.diagnostics import Diagnostic, Severity, error, warning
from reconciler.core.document import Document
from reconciler.core.model import Model
from reconciler.core.parsing import did_you_mean, parse
from reconciler.core.profile import FIELD_NAMES, Mode
from reconciler.core.provider import Provider
from reconciler.core.settings import Account, Settings
from reconciler.core.target import Desired, DesiredField, Target
from reconciler.core.value import Picture


class ProfileDocument(Model):
    """A profile as written; a provider's own keys are checked against its keys model."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    account: str
    number: str
    extends: list[str] = Field(default_factory=list)
    vars: dict[str, str] = Field(default_factory=dict)
    profile: dict[str, Any] = Field(default_factory=dict)
    mode: Annotated[Mode, Field(strict=False)] = Mode.MANAGED


class TemplateDocument(Model):
    """A template as written: fields and variables, and nothing that says where they go."""

    vars: dict[str, str] = Field(default_factory=dict)
    profile: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that resolving needs, already read: documents by name, pictures by the path written in YAML."""

    settings: Settings
    settings_document: Document
    providers: Mapping[str, type[Provider]]
    profiles: Mapping[str, Document]
    templates: Mapping[str, Document] = field(default_factory=dict)
    pictures: Mapping[str, Picture | str] = field(default_factory=dict)
    permissions: Permissions = field(default_factory=Permissions)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The desired profiles that are sound, by profile name, and everything there is to say about all of them."""

    desired: tuple[Desired, ...]
    diagnostics: tuple[Diagnostic, ...]


def resolve(sources: Sources) -> Resolved:
    """Resolve every profile; the result is the same whatever order the files were read in."""
    problems: list[Diagnostic] = []
    templates = {name: _template(document, problems) for name, document in sorted(sources.templates.items())}
    found: list[Desired] = []
    for name, document in sorted(sources.profiles.items()):
        own: list[Diagnostic] = []
        desired = _Profile(name, document, sources, templates, own).resolve()
        if desired is not None and not any(p.severity is Severity.ERROR for p in own):
            found.append(desired)
        problems.extend(problem.model_copy(update={"profile": name}) for problem in own)
    problems.extend(_twins(found, sources))
    return Resolved(desired=tuple(found), diagnostics=_once(problems))


def _once(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """A problem of a template or a default is said once, not for each profile that uses it."""
    seen: dict[tuple[object, ...], Diagnostic] = {}
    for problem in problems_in_order(list(problems)):
        seen.setdefault(problem.order, problem)
    return tuple(seen.values())


def _template(document: Document, problems: list[Diagnostic]) -> TemplateDocument | None:
    parsed = parse(TemplateDocument, document, (), data={} if document.data is None else document.data)
    if isinstance(parsed, tuple):
        problems.extend(parsed)
        return None
    return parsed


@dataclass(frozen=True, slots=True)
class _Profile:
    name: str
    document: Document
    sources: Sources
    templates: Mapping[str, TemplateDocument | None]
    problems: list[Diagnostic]

    def resolve(self) -> Desired | None:
        parsed = parse(ProfileDocument, self.document, (), data=self.document.data)
        if isinstance(parsed, tuple):
            self.problems.extend(parsed)
            return None
        account = self._account(parsed)
        self._number(parsed)
        templates = self._templates(parsed)
        if account is None or templates is None:
            return None
        provider = self.sources.providers[account.provider]
        keys = self._keys(parsed, provider)
        fields = self._fields(parsed, templates, provider)
        if keys is None or fields is None:
            return None
        address = provider.address(account.options, keys, parsed.number)
        target = Target(
            provider=account.provider,
            endpoint=account.endpoint,
            address=address,
            account=account.name,
            profile=self.name,
            number=parsed.number,
        )
        return Desired(target=target, fields=fields, mode=parsed.mode, file=self.document.file)

    def _account(self, parsed: ProfileDocument) -> Account | None:
        account = self.sources.settings.accounts.get(parsed.account)
        if account is None:
            hint = did_you_mean(parsed.account, self.sources.settings.accounts)
            at = self.document.at(("account",))
            self.problems.append(
                error("unknown-account", f"unknown account {parsed.account!r}", hint=hint, location=at)
            )
        return account

    def _number(self, parsed: ProfileDocument) -> None:
        if reason := _number_problem(parsed.number):
            at = self.document.at(("number",))
            hint = 'write it in full and in quotes: "+493012345678"'
            self.problems.append(error("number", f"number {reason}", hint=hint, location=at))

    def _keys(self, parsed: ProfileDocument, provider: type[Provider]) -> Model | None:
        extra = dict(parsed.model_extra or {})
        keys = parse(provider.traits.keys, self.document, (), data=extra, known=ProfileDocument.model_fields)
        if isinstance(keys, tuple):
            self.problems.extend(keys)
            return None
        return keys

    def _templates(self, parsed: ProfileDocument) -> list[tuple[Document, TemplateDocument]] | None:
        chosen: list[tuple[Document, TemplateDocument]] = []
        missing = False
        for index, name in enumerate(parsed.extends):
            template = self.templates.get(name)
            if template is not None:
                chosen.append((self.sources.templates[name], template))
                continue
            missing = True
            if name not in self.templates:
                at = self.document.at(("extends", index))
                known = list(self.templates)
                hint = did_you_mean(name, known) if known else "templates lie in profiles/templates/"
                self.problems.append(
                    error("unknown-template", f"there is no template {name!r}", hint=hint, location=at)
                )
        return None if missing else chosen

    def _fields(
        self, parsed: ProfileDocument, templates: list[tuple[Document, TemplateDocument]], provider: type[Provider]
    ) -> tuple[DesiredField, ...] | None:
        variables = {k: v for _, template in templates for k, v in template.vars.items()} | parsed.vars
        checker = Checker(
            provider=provider.traits.title,
            capabilities=provider.traits.capabilities,
            variables=variables,
            pictures=self.sources.pictures,
            secret_names=self.sources.permissions.secret_names,
        )
        merged = self._merged(parsed, templates)
        found = tuple(
            DesiredField(name=name, value=value, source=merged[name].location)
            for name in FIELD_NAMES
            if name in merged and (value := checker.check(merged[name])) is not None
        )
        self.problems.extend(checker.problems)
        self._unused(parsed, checker.used)
        if not merged and not parsed.profile:
            summary = "the profile manages no field"
            self.problems.append(warning("nothing-managed", summary, location=self.document.at(())))
        return found

    def _merged(self, parsed: ProfileDocument, templates: list[tuple[Document, TemplateDocument]]) -> dict[str, Raw]:
        settings = self.sources.settings_document
        defaults = settings.data.get("defaults", {}) if isinstance(settings.data, dict) else {}
        layers = [
            (settings, ("defaults",), defaults),
            *((document, ("profile",), template.profile) for document, template in templates),
            (self.document, ("profile",), parsed.profile),
        ]
        merged: dict[str, Raw] = {}
        for document, base, fields in layers:
            for name, data in fields.items():
                path = (*base, name)
                if name not in FIELD_NAMES:
                    hint, at = did_you_mean(name, FIELD_NAMES), document.at_key(path)
                    self.problems.append(error("unknown-field", f"unknown field {name!r}", hint=hint, location=at))
                else:
                    merged[name] = Raw(name, data, document, path)
        return merged

    def _unused(self, parsed: ProfileDocument, used: set[str]) -> None:
        for name in sorted(parsed.vars.keys() - used):
            at = self.document.at_key(("vars", name))
            hint = f"write ${{{name}}} in a text field or a link, or remove it"
            self.problems.append(error("unused-variable", f"the variable {name!r} is not used", hint=hint, location=at))


def _number_problem(number: str) -> str:
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number
    from phonenumbers import parse as parse_number

    try:
        parsed = parse_number(number)
    except NumberParseException:
        return f"{number!r} is not a phone number in international form"
    if not is_possible_number(parsed):
        return f"{number!r} is too short or too long for its country"
    written = format_number(parsed, PhoneNumberFormat.E164)
    return "" if number == written else f"{number!r} must be written as {written}"


def _twins(desired: Iterable[Desired], sources: Sources) -> Iterable[Diagnostic]:
    """Two profiles for one number would overwrite each other on every run."""
    first: dict[tuple[str, ...], Desired] = {}
    for one in desired:
        target = one.target
        document = sources.profiles[target.profile]
        for what, key in (("address", target.key), ("number", (target.provider, target.endpoint, "", target.number))):
            other = first.setdefault(key, one)
            if other is not one:
                summary = f"{target.profile} and {other.target.profile} are the same {what} ({key[-1]})"
                hint = f"keep one of {one.file} and {other.file}"
                yield error("same-target", summary, hint=hint, location=document.at(("number",)))
                break

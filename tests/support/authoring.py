"""Builders for the text that people write: YAML in, and its diagnostics as lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reconciler.core.basics import Diagnostic
from reconciler.core.fields import Picture, Value
from reconciler.core.provider import Provider
from reconciler.core.reading.accounts import Permissions, accounts
from reconciler.core.reading.checks import FieldChecker
from reconciler.core.reading.parsing import WrittenField
from reconciler.core.reading.resolve import Resolved, Sources, resolve
from reconciler.core.settings import Settings
from reconciler.core.traits import Traits
from reconciler.core.yaml_documents import Document, Mark, Path, Span
from reconciler.effects.files.yaml import read_yaml
from reconciler.providers import providers

META = providers()["meta"].traits
ACCOUNT = "accounts: {bakery: {provider: meta, endpoint: sandbox}}"
SETTINGS = f"version: 1\n{ACCOUNT}\n"
HEAD = 'account: bakery\nnumber: "+493012345678"\nphone_number_id: "106540352242922"\n'


def document(text: str, file: str = "profiles/berlin.yaml") -> Document:
    """Return the document that `text` is; a text that the reader refuses is a mistake in the test."""
    found = read_yaml(text.encode(), file)
    if isinstance(found, Document):
        return found
    raise AssertionError(said(found))


def marks(made: Document) -> tuple[dict[Path, Mark], dict[Path, Mark], dict[Path, str]]:
    """Return the place of each key, that of each value, and the source of what is not read as text, by path."""
    keys: dict[Path, Mark] = {}
    values: dict[Path, Mark] = {}
    sources: dict[Path, str] = {}
    waiting: list[tuple[Path, Span]] = [((), made.root)] if made.root is not None else []
    while waiting:
        path, span = waiting.pop()
        values[path] = span.mark
        keys |= {(*path, name): key.mark for name, key in span.keys.items()}
        waiting += [((*path, part), inner) for part, inner in span.values.items()]
        data: Any = made.data
        for part in path:
            data = data[part]
        if not isinstance(data, str | list | dict):
            sources[path] = made.source_of(path)
    return keys, values, sources


def said(diagnostics: Iterable[Any]) -> list[str]:
    """Return each diagnostic as `line:column code: summary | hint`; another file and a warning are named."""
    return [_said(diagnostic) for diagnostic in diagnostics]


def _said(diagnostic: Diagnostic) -> str:
    at = diagnostic.location
    file = "" if at.file in ("", "profiles/berlin.yaml", "profiles/reconciler.yaml") else f"{at.file}:"
    weight = "" if diagnostic.severity == "error" else f"{diagnostic.severity} "
    hint = f" | {diagnostic.hint}" if diagnostic.hint else ""
    return f"{file}{at.line}:{at.column} {weight}{diagnostic.code}: {diagnostic.summary}{hint}"


def settings(
    text: str, *, permissions: Permissions | None = None, traits: Mapping[str, Traits] | None = None
) -> Settings | tuple[Diagnostic, ...]:
    """Return what becomes of a settings file."""
    known = traits or {name: provider.traits for name, provider in providers().items()}
    found = accounts(document(text, "profiles/reconciler.yaml"), known, permissions=permissions or Permissions())
    return found.problems or found.settings


def account(text: str, *, permissions: Permissions | None = None) -> Any:
    """Return the account `bakery` whose keys are `text`, or what is said about it; it begins in line 4."""
    lines = "\n".join(f"    {line}" for line in text.splitlines())
    found = settings(f"version: 1\naccounts:\n  bakery:\n{lines}\n", permissions=permissions)
    return found.accounts["bakery"] if isinstance(found, Settings) else said(found)


def resolved(
    profiles: Mapping[str, str] | str,
    *,
    templates: Mapping[str, str] | None = None,
    folders: Mapping[str, str] | None = None,
    rules: str = SETTINGS,
    pictures: Mapping[str, Picture | str] | None = None,
    known: Mapping[str, type[Provider]] | None = None,
    broken: Collection[str] = (),
) -> Resolved:
    """Resolve profile texts by name; one text alone is berlin's. `folders` are defaults by the folder's path."""
    texts = {"berlin": profiles} if isinstance(profiles, str) else profiles
    all_known = known or providers()
    checked = settings(rules, traits={name: provider.traits for name, provider in all_known.items()})
    assert isinstance(checked, Settings), said(checked)
    sources = Sources(
        settings=checked,
        settings_document=document(rules, "profiles/reconciler.yaml"),
        providers=all_known,
        templates={name: document(text, f"profiles/{name}") for name, text in (templates or {}).items()},
        folders={
            name: document(text, f"profiles/{name}/defaults.yaml".replace("//", "/"))
            for name, text in (folders or {}).items()
        },
        pictures=pictures or {},
        broken_files=broken,
    )
    return resolve(sources, {name: document(text, f"profiles/{name}.yaml") for name, text in texts.items()})


def fields(found: Resolved) -> dict[str, Value]:
    """Return the fields of the one profile that is desired."""
    (one,) = found.desired
    return {field.name: field.value for field in one.fields}


def checked(
    field: str,
    written: str,
    *,
    traits: Traits = META,
    variables: Mapping[str, str] | None = None,
    pictures: Mapping[str, Picture | str] | None = None,
    secret_names: Collection[str] = (),
    knows_all: bool = True,
) -> tuple[Value | None, list[str]]:
    """Return the value of one field as written in YAML at 2:3, and what is said about it."""
    made = document(f"profile:\n  {field}: {written}\n")
    data: Any = made.data
    checker = FieldChecker(
        provider=traits.title,
        capabilities=traits.capabilities,
        variables=variables or {},
        pictures=pictures or {},
        secret_names=secret_names,
        knows_all=knows_all,
    )
    value = checker.check(WrittenField(field, data["profile"][field], made, ("profile", field)))
    return value, said(checker.problems)

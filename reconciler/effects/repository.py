"""repository: (a folder, what its settings are held to) → settings and desired profiles, with every problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.core.basics import Diagnostic, Document, errors_of
from reconciler.core.errors import InvalidInput
from reconciler.core.provider import Provider
from reconciler.core.reading.accounts import Checked, Permissions, accounts
from reconciler.core.reading.acknowledgements import Acknowledgement, Acknowledgements, read_acknowledgements
from reconciler.core.reading.resolve import Sources, resolve
from reconciler.core.reading.selection import AddressClaim
from reconciler.core.safety.policy import NO_BASE, BasePolicy, KnownBase, UnknownBase, hold_to_base
from reconciler.core.settings import Policy, Settings
from reconciler.core.target import Desired
from reconciler.core.traits import Traits
from reconciler.effects.context import Context
from reconciler.effects.files import SETTINGS, Files, read_files
from reconciler.effects.yaml import read_yaml


@dataclass(frozen=True, slots=True)
class Repository:
    """The files, checked. `names` are all profiles, also those that are wrong; `desired` only the sound ones."""

    settings: Settings
    # What the profiles were resolved from, for resolving one again whose file is about to say something else.
    sources: Sources
    names: tuple[str, ...] = ()
    desired: tuple[Desired, ...] = ()
    # The fields that every profile begins with, as written.
    defaults: Mapping[str, object] = field(default_factory=dict)
    claims: tuple[AddressClaim, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    # What the settings of a later revision are held to where this one is its base.
    footing: BasePolicy = NO_BASE

    def sound(self) -> Settings:
        """Return the settings; raises InvalidInput with everything there is to say when any file has an error."""
        if errors_of(self.diagnostics):
            raise InvalidInput(self.diagnostics)
        return self.settings


def read_repository(
    context: Context,
    providers: Mapping[str, type[Provider]],
    *,
    footing: BasePolicy = NO_BASE,
    said: tuple[Diagnostic, ...] = (),
) -> Repository:
    """Load, validate and resolve everything, the settings held to `footing`; what is `said` already is said with it."""
    files = read_files(context.profiles)
    checked = _settings(files, _traits(providers), permissions=context.permissions)
    document = files.settings or Document(file="", data={})
    # Of settings that cannot be read nothing is said but that.
    trusted = hold_to_base(checked.settings, footing if files.settings else NO_BASE, document=document)
    sources = Sources(
        settings=trusted.settings,
        settings_document=document,
        providers=providers,
        profiles=files.profiles,
        templates=files.templates,
        pictures=files.pictures,
        permissions=context.permissions,
        broken_accounts=checked.broken,
        broken_templates=files.broken,
    )
    resolved = resolve(sources)
    accepted = read_acknowledgements(files.ignored, files.names) if files.ignored is not None else Acknowledgements()
    problems = (*said, *files.problems, *checked.problems, *trusted.diagnostics, *accepted.problems)
    return Repository(
        settings=trusted.settings,
        names=files.names,
        desired=resolved.desired,
        defaults=_defaults(document),
        claims=resolved.claims,
        acknowledgements=accepted.entries,
        diagnostics=_in_order((*problems, *resolved.diagnostics)),
        footing=_footing(files, checked),
        sources=sources,
    )


def read_base_policy(context: Context, providers: Mapping[str, type[Provider]]) -> BasePolicy:
    """Return what the settings alone hold others to; profiles are not read, and no settings are unknown ones."""
    file = context.profiles / SETTINGS
    document = read_yaml(file.read_bytes(), f"{context.profiles.name}/{SETTINGS}") if file.is_file() else ()
    if not isinstance(document, Document):
        return UnknownBase()
    return _held_by(accounts(document, _traits(providers), permissions=context.permissions))


def _held_by(checked: Checked) -> BasePolicy:
    return UnknownBase() if errors_of(checked.problems) else KnownBase(checked.settings)


def _traits(providers: Mapping[str, type[Provider]]) -> Mapping[str, Traits]:
    return {name: provider.traits for name, provider in providers.items()}


def _defaults(document: Document) -> Mapping[str, object]:
    return document.data.get("defaults", {}) if isinstance(document.data, dict) else {}


def _footing(files: Files, checked: Checked) -> BasePolicy:
    if files.settings is None:
        # Profiles without rules are no beginning: somebody took the rules away.
        return UnknownBase() if SETTINGS in files.broken or files.profiles else NO_BASE
    return _held_by(checked)


def _settings(files: Files, traits: Mapping[str, Traits], *, permissions: Permissions) -> Checked:
    """Check the settings. Where there are none, every account that a profile names is taken to be in them."""
    if files.settings is not None:
        return accounts(files.settings, traits, permissions=permissions)
    data = (document.data for document in files.profiles.values())
    named = (fields.get("account") for fields in data if isinstance(fields, dict))
    return Checked(Settings(accounts={}, policy=Policy()), broken={name: "" for name in named if isinstance(name, str)})


def _in_order(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.order))

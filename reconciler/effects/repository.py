"""repository: a folder → settings and desired profiles, with every problem of every file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.core.accounts import Checked, Permissions, accounts
from reconciler.core.diagnostics import Diagnostic, errors_of
from reconciler.core.document import Document
from reconciler.core.errors import InvalidInput
from reconciler.core.provider import Provider
from reconciler.core.resolve import Sources, resolve
from reconciler.core.settings import Policy, Settings
from reconciler.core.target import Desired
from reconciler.core.traits import Traits
from reconciler.core.twins import Claim
from reconciler.effects.context import Context
from reconciler.effects.files import Files, load


@dataclass(frozen=True, slots=True)
class Repository:
    """The files, checked. `names` are all profiles, also those that are wrong; `desired` only the sound ones."""

    settings: Settings
    names: tuple[str, ...] = ()
    desired: tuple[Desired, ...] = ()
    # The fields that every profile begins with, as written.
    defaults: Mapping[str, object] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def sound(self) -> Settings:
        """Return the settings; raises InvalidInput with everything there is to say when any file has an error."""
        if errors_of(self.diagnostics):
            raise InvalidInput(self.diagnostics)
        return self.settings


def read_repository(context: Context, providers: Mapping[str, type[Provider]]) -> Repository:
    """Load, validate and resolve everything."""
    files = load(context.profiles)
    traits = {name: provider.traits for name, provider in providers.items()}
    checked = _settings(files, traits, permissions=context.permissions)
    sources = Sources(
        settings=checked.settings,
        settings_document=files.settings or Document(file="", data={}),
        providers=providers,
        profiles=files.profiles,
        templates=files.templates,
        pictures=files.pictures,
        permissions=context.permissions,
        broken_accounts=checked.broken,
        broken_templates=files.broken,
    )
    resolved = resolve(sources)
    problems = (*files.problems, *checked.problems, *resolved.diagnostics)
    written = files.settings.data if files.settings is not None else {}
    defaults = written.get("defaults", {}) if isinstance(written, dict) else {}
    return Repository(
        settings=checked.settings,
        names=files.names,
        desired=resolved.desired,
        defaults=defaults,
        claims=resolved.claims,
        diagnostics=_in_order(problems),
    )


def _settings(files: Files, traits: Mapping[str, Traits], *, permissions: Permissions) -> Checked:
    """Check the settings. Where there are none, every account that a profile names is taken to be in them."""
    if files.settings is not None:
        return accounts(files.settings, traits, permissions=permissions)
    data = (document.data for document in files.profiles.values())
    named = (fields.get("account") for fields in data if isinstance(fields, dict))
    return Checked(Settings(accounts={}, policy=Policy()), broken={name: "" for name in named if isinstance(name, str)})


def _in_order(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.order))

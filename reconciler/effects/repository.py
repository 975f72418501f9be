"""repository: a folder → settings and desired profiles, with every problem of every file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.core.accounts import accounts
from reconciler.core.diagnostics import Diagnostic, errors_of
from reconciler.core.errors import InvalidInput
from reconciler.core.provider import Provider
from reconciler.core.resolve import Sources, resolve
from reconciler.core.settings import Settings
from reconciler.core.target import Desired
from reconciler.effects.context import Context
from reconciler.effects.files import load


@dataclass(frozen=True, slots=True)
class Repository:
    """The files, checked. `settings` is None when they are too broken to say."""

    settings: Settings | None
    desired: tuple[Desired, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def sound(self) -> Settings:
        """Return the settings; raises InvalidInput with everything there is to say when any file has an error."""
        if self.settings is None or errors_of(self.diagnostics):
            raise InvalidInput(self.diagnostics)
        return self.settings


def read_repository(context: Context, providers: Mapping[str, type[Provider]]) -> Repository:
    """Load, validate and resolve everything."""
    files = load(context.profiles)
    if files.settings is None:
        return Repository(None, diagnostics=_in_order(files.problems))
    traits = {name: provider.traits for name, provider in providers.items()}
    settings = accounts(files.settings, traits, permissions=context.permissions)
    if isinstance(settings, tuple):
        return Repository(None, diagnostics=_in_order((*files.problems, *settings)))
    sources = Sources(
        settings=settings,
        settings_document=files.settings,
        providers=providers,
        profiles=files.profiles,
        templates=files.templates,
        pictures=files.pictures,
        permissions=context.permissions,
    )
    resolved = resolve(sources)
    return Repository(settings, resolved.desired, _in_order((*files.problems, *resolved.diagnostics)))


def _in_order(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.order))

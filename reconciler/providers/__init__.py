"""The providers, one file each: a module of this package with a `PROVIDER` is one. Adding one edits no other file.

A provider translates between the canonical profile and one API. It opens no connection and takes no decision. What two
providers have in common lives in `shared`. ADDING.md says how a provider is added.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from reconciler.core.provider import Provider
from reconciler.core.traits import Traits


@cache
def providers() -> Mapping[str, type[Provider]]:
    """Return every provider by the name that stands in settings."""
    found: dict[str, type[Provider]] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        provider = getattr(module, "PROVIDER", None)
        if provider is not None:
            found[provider.traits.name] = provider
    return MappingProxyType(found)


def provider_traits() -> dict[str, Traits]:
    """Return every provider's traits by its name."""
    return {name: provider.traits for name, provider in providers().items()}

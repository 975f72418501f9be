"""The stands, one file each: a module of this package with a `STAND` is one. Adding one edits no other file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from tests.contract.stand import Stand


def stands() -> Mapping[str, Stand]:
    """Return every stand by its provider's name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module.STAND for module in modules if hasattr(module, "STAND")]
    return {stand.name: stand for stand in found}

"""The files named requirements*.lock, read and written as data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.readme import ROOT

MAIN = ROOT / "requirements.lock"
DEV = ROOT / "requirements-dev.lock"
# What builds the project out of its folder: hatchling, and what it needs.
BUILDING = frozenset({"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"})


@dataclass(frozen=True)
class Pin:
    """One package of a lock, and the hashes of its files."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The package's name, as an index writes it."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The one version that is installed."""
        (only,) = self.requirement.specifier
        return only.version

    def holds(self, environment: dict[str, str] | None = None) -> bool:
        """Return whether the package is installed there; without an environment: here."""
        marker = self.requirement.marker
        return marker is None or marker.evaluate(environment)


def read_lock(lock: Path) -> tuple[Pin, ...]:
    """Return the pins of a lock in their order."""
    blocks = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return tuple(_pin(*block.split(" \\\n    --hash=")) for block in blocks)


def write_lock(lock: Path, pins: Iterable[Pin]) -> None:
    """Write a lock the way `read_lock` reads it."""
    blocks = (" \\\n    --hash=".join((str(pin.requirement), *pin.hashes)) for pin in pins)
    lock.write_text("".join(f"{block}\n" for block in blocks), encoding="utf-8")


def _pin(requirement: str, *hashes: str) -> Pin:
    return Pin(Requirement(requirement), hashes)

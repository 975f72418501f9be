"""select: (profiles' names, the paths a person named) → those meant, or why a path means nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.parsing import did_you_mean


def select(names: Sequence[str], paths: Sequence[str]) -> tuple[str, ...] | tuple[Diagnostic, ...]:
    """Return the names below any of `paths`: files or folders, also without `profiles/`; all when none is named."""
    if not paths:
        return tuple(names)
    below: dict[str, list[str]] = {}
    for profile in names:
        for name in _ancestry(profile):
            below.setdefault(name, []).append(profile)
    chosen: set[str] = set()
    problems: list[Diagnostic] = []
    for path in dict.fromkeys(paths):
        name = profile_name(path)
        meant = below.get(name, ())
        chosen.update(meant)
        if not meant:
            hint = did_you_mean(name, names) or "there is no profile yet"
            problems.append(error("unknown-path", f"{path!r} is no profile and no folder with profiles", hint=hint))
    return tuple(problems) or tuple(sorted(chosen))


def _ancestry(profile: str) -> Iterator[str]:
    """Yield the profile's name and every folder above it, up to profiles/ itself."""
    while profile:
        yield profile
        profile = posixpath.dirname(profile)
    yield "."


def profile_name(path: str) -> str:
    """Return what a path means below profiles/: the profile's name or the folder.

    Nothing is nowhere: `apply "$FILE"` with an empty variable must not mean every profile.
    """
    if not path:
        return ""
    inner = posixpath.normpath(path.replace("\\", "/")).removeprefix("profiles/")
    stem, suffix = posixpath.splitext("." if inner == "profiles" else inner)
    return stem if suffix in (".yaml", ".yml") else stem + suffix

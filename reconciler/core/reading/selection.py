"""select: (profiles' names, the paths a person named) → the profiles that are meant, or why a path means none."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from reconciler.core.basics import Diagnostic, error
from reconciler.core.reading.suggestions import did_you_mean, nearest

# As many profiles as a person reads.
_MOST_NAMES = 3


def select(names: Sequence[str], paths: Sequence[str]) -> tuple[str, ...] | tuple[Diagnostic, ...]:
    """Return the names below any of `paths`: files or folders, with or without `profiles/`; all if none is named."""
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
            hint = _meant(name, below) or did_you_mean(name, names) or "there is no profile yet"
            problems.append(error("unknown-path", f"{path!r} is no profile and no folder with profiles", hint=hint))
    return tuple(problems) or tuple(sorted(chosen))


def _meant(name: str, below: Mapping[str, Sequence[str]]) -> str:
    """Return the profiles and folders that a wrong name may mean: of the same last part, or spelt alike."""
    last = posixpath.basename(name)
    known = [one for one in below if one != "."]
    same = (one for one in known if last and posixpath.basename(one).casefold() == last.casefold())
    found = list(dict.fromkeys((*same, *nearest(name, known, most=_MOST_NAMES))))[:_MOST_NAMES]
    shown = [one if one in below[one] else f"the folder {one}" for one in found]
    return f"did you mean {' or '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}?" if shown else ""


def _ancestry(profile: str) -> Iterator[str]:
    """Yield the profile's name and every folder above it, up to profiles/ itself."""
    while profile:
        yield profile
        profile = posixpath.dirname(profile)
    yield "."


def profile_name(path: str) -> str:
    """Return the profile's name or the folder, below profiles/, that a path means.

    The empty path means none: `apply "$FILE"` with an empty variable must not mean every profile.
    """
    if not path:
        return ""
    inner = posixpath.normpath(path.replace("\\", "/")).removeprefix("profiles/")
    stem, suffix = posixpath.splitext("." if inner == "profiles" else inner)
    return stem if suffix in (".yaml", ".yml") else stem + suffix

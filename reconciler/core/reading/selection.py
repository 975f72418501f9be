"""Which profiles a command means.

select: (profiles' names, the paths a person named, those left out) → the profiles, or why a path means none.
filtered: (profiles, filters, the accounts and providers) → the profiles that pass, or why a filter cannot be meant.
narrowed: (a profile, fields) → the profile with no others.

A path may be a glob: `*`, `?` and `[…]` stay inside of one folder, `**` means any number of them. A word that means
nothing is an error, never an empty selection. Only filters that are true of no profile leave an empty one.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from reconciler.core.basics import Diagnostic, error
from reconciler.core.comparing.spellings import is_same_number, one_spelling
from reconciler.core.reading.suggestions import did_you_mean, nearest
from reconciler.core.reading.table import is_table
from reconciler.core.target import Desired

# As many profiles as a person reads.
_MOST_NAMES = 3
# At least seven digits, as no profile is called that stands for itself.
_NUMBER = re.compile(r"\+?[0-9](?:[ ()./\u00a0-]?[0-9]){6,}")
# The folder's own files, by their names without suffix.
_SHARED = ("reconciler", "drift-ignore")
_WILD = re.compile(r"[*?[]")
# People write numbers with these between the digits; in brackets of a glob they mean something else.
_BETWEEN_DIGITS = re.compile(r"(\[[^\]]*\])|[ ()./\u00a0-]")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a selection besides its paths. Two of one kind widen the selection, and two kinds narrow it.

    `exclude` are paths of profiles that are left out. With `fields` no other field is planned, and a profile that
    manages none of them is left out.
    """

    accounts: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


NO_FILTERS = Filters()


NO_TABLES: Mapping[str, Sequence[str]] = {}


def select(
    names: Sequence[str],
    paths: Sequence[str],
    exclude: Sequence[str] = (),
    tables: Mapping[str, Sequence[str]] = NO_TABLES,
) -> tuple[str, ...] | tuple[Diagnostic, ...]:
    """Return the names below any of `paths` and below none of `exclude`.

    Both are files, folders or globs, with or without `profiles/`; without `paths` all names are meant. `tables` are
    the paths of files that hold several profiles, with the names of these.
    """
    if not (paths or exclude):
        return tuple(names)
    below: dict[str, list[str]] = {}
    for profile in names:
        for name in _ancestry(profile):
            below.setdefault(name, []).append(profile)
    known = {*names} if tables else set()
    for table, rows in tables.items():
        below[table] = [name for name in rows if name in known]
    problems: list[Diagnostic] = []
    meant = _below(paths, below, problems, names) if paths else set(names)
    left_out = _below(exclude, below, problems, names)
    return tuple(problems) or tuple(sorted(meant - left_out))


def _below(
    paths: Iterable[str], below: Mapping[str, Sequence[str]], problems: list[Diagnostic], names: Sequence[str]
) -> set[str]:
    """Return the profiles below `paths`; a path that means none is added to `problems`."""
    found: set[str] = set()
    for path in dict.fromkeys(paths):
        name = profile_name(path)
        meant = below.get(name) or [one for known in below if _matches(known, name) for one in below[known]]
        found.update(meant)
        if not meant and name not in below:
            hint = _other(path, name) or _meant(name, below) or did_you_mean(name, names) or "there is no profile yet"
            problems.append(error("unknown-path", f"{path!r} is no profile and no folder with profiles", hint=hint))
    return found


def _other(path: str, name: str) -> str:
    """Return how to choose by what is no path of a profile: a number, or a file that profiles share."""
    if _NUMBER.fullmatch(path):
        return f"a number is chosen by --number {shlex.quote(path)}"
    shared = name in _SHARED or name.startswith("templates/") or posixpath.basename(name) == "defaults"
    return "profiles share it: name them, or no path for all of them" if shared else ""


def _matches(name: str, glob: str) -> bool:
    """Return whether a profile's or a folder's name matches a glob, folder by folder."""
    return bool(_WILD.search(glob)) and name != "." and _each_matches(name.split("/"), glob.split("/"))


def _each_matches(parts: Sequence[str], globs: Sequence[str]) -> bool:
    if not globs:
        return not parts
    first, rest = globs[0], globs[1:]
    if first == "**":
        return any(_each_matches(parts[skipped:], rest) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], first) and _each_matches(parts[1:], rest)


def filtered(
    desired: Sequence[Desired], filters: Filters, *, accounts: Collection[str], providers: Collection[str]
) -> tuple[Desired, ...] | tuple[Diagnostic, ...]:
    """Return the profiles that pass, with all their fields; or an error for each word that no profile can pass."""
    known_numbers = [one.target.number for one in desired]
    problems = (
        *(_unknown("account", name, accounts) for name in filters.accounts if not _among(name, accounts)),
        *(_unknown("provider", name, providers) for name in filters.providers if not _among(name, providers)),
        *(_unknown("number", one, known_numbers) for one in filters.numbers if not _is_number(one, known_numbers)),
    )
    return problems or tuple(one for one in desired if _passes(one, filters))


def _passes(one: Desired, filters: Filters) -> bool:
    target = one.target
    return (
        (not filters.accounts or any(fnmatchcase(target.account, name) for name in filters.accounts))
        and (not filters.providers or any(fnmatchcase(target.provider, name) for name in filters.providers))
        and (not filters.numbers or any(_has_number(target.number, glob) for glob in filters.numbers))
        and (not filters.fields or any(field.name in filters.fields for field in one.fields))
    )


def _among(glob: str, known: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for name in known)


def _is_number(glob: str, known: Iterable[str]) -> bool:
    """Return whether `glob` can be meant: a number in full must be a profile's, a glob may match none."""
    return bool(_WILD.search(glob)) or any(_has_number(number, glob) for number in known)


def _has_number(number: str, glob: str) -> bool:
    """Return whether a number matches, however it is spelled; the plus may be missing."""
    digits = _BETWEEN_DIGITS.sub(r"\1", glob).removeprefix("+")
    if not _WILD.search(glob):
        return is_same_number(number, f"+{digits}")
    return any(fnmatchcase(one.removeprefix("+"), digits) for one in (number, one_spelling(number)))


def _unknown(what: str, word: str, known: Collection[str]) -> Diagnostic:
    hint = did_you_mean(word, known) or "there is none yet"
    return error("unknown-filter", f"--{what} {word!r}: there is no such {what} here", hint=hint)


def narrowed(one: Desired, fields: Collection[str]) -> Desired:
    """Return the profile with only `fields`."""
    return replace(one, fields=tuple(field for field in one.fields if field.name in fields))


def _meant(name: str, below: Mapping[str, Sequence[str]]) -> str:
    """Return the profiles and folders that a wrong name may mean: of the same last part, or spelt alike."""
    last = posixpath.basename(name)
    known = [one for one in below if one != "."]
    same = (one for one in known if last and posixpath.basename(one).casefold() == last.casefold())
    found = list(dict.fromkeys((*same, *nearest(name, known, most=_MOST_NAMES))))[:_MOST_NAMES]
    shown = [one if is_table(one) or one in below[one] else f"the folder {one}" for one in found]
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

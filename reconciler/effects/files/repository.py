"""The files under profiles/: reading them all, and resolving them into settings and desired profiles.

read_files: a folder → parsed documents and opened pictures, and every problem at once.
read_repository: (a folder, what holds its settings) → settings and desired profiles, and every problem.
read_base_policy: a folder → only what its settings hold others to.

Every file under profiles/ that ends in .yaml or .yml is a profile, except the settings, drift-ignore.yaml, the
templates, and what begins with a dot or lies in such a folder. Nothing is followed out of that folder: a symbolic link
is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.core.basics import Diagnostic, Document, InvalidInput, Location, error, errors_of, in_order
from reconciler.core.fields import Picture
from reconciler.core.provider import Provider
from reconciler.core.reading.accounts import Checked, Permissions, accounts
from reconciler.core.reading.acknowledgements import Acknowledgement, Acknowledgements, read_acknowledgements
from reconciler.core.reading.layers import defaults
from reconciler.core.reading.resolve import Sources, resolve
from reconciler.core.reading.selection import AddressClaim
from reconciler.core.reading.slips import SLIP_ERRORS, slipped
from reconciler.core.safety.policy import NO_BASE, BasePolicy, KnownBase, UnknownBase, hold_to_base
from reconciler.core.settings import Policy, Settings
from reconciler.core.target import Desired
from reconciler.core.traits import Traits
from reconciler.effects.files.pictures import open_picture
from reconciler.effects.files.regular import is_link, read_regular
from reconciler.effects.files.unread import SUFFIXES, is_hidden, lost_in_a_clone, misnamed, reserved, unread_outside
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.world import Context

SETTINGS = "reconciler.yaml"
IGNORED = "drift-ignore.yaml"
# One byte more than the reader allows, so that it notices that there is more.
_MOST_BYTES = 256 * 1024 + 1


@dataclass(slots=True)
class Files:
    """The contents of the folder. `settings` is None if it is missing or broken; `problems` says why.

    `ignored` is the file of accepted live values, None if there is none. `broken` are the paths of files that are there
    and could not be read.
    """

    settings: Document | None = None
    ignored: Document | None = None
    profiles: dict[str, Document] = field(default_factory=dict)
    templates: dict[str, Document] = field(default_factory=dict)
    pictures: Mapping[str, Picture | str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all profiles, including those that could not be read."""
        unread = {_name(path) for path in self.broken if path not in (SETTINGS, IGNORED) and not _is_template(path)}
        return tuple(sorted(self.profiles.keys() | unread))


def read_folder(folder: Path) -> Files:
    """Read every file below `folder` (profiles/), and every picture that one of them names."""
    files = Files()
    if folder.is_symlink():
        # No revision would show the files that it leads to.
        hint, where = "put the folder itself there", Location(file=folder.name)
        files.problems.append(error("symlink", "symbolic links are not followed", hint=hint, location=where))
        return files
    for relative in _yaml_files(folder, files.problems):
        document = _document(folder, relative, files.problems)
        if document is None:
            files.broken.add(relative)
        elif relative == SETTINGS:
            files.settings = document
        elif relative == IGNORED:
            files.ignored = document
        elif _is_template(relative):
            files.templates[relative] = document
        else:
            _add_profile(files, relative, document)
    if files.settings is None and not any(p.location.file == f"{folder.name}/{SETTINGS}" for p in files.problems):
        hint = "run the command in a repository with profiles/reconciler.yaml, or name one with -C DIR"
        where = Location(file=f"{folder.name}/{SETTINGS}")
        files.problems.append(error("no-settings", "there is no settings file", hint=hint, location=where))
    names = {name for document in _all(files) for name in _picture_names(document)}
    files.pictures = {name: open_picture(folder, name) for name in sorted(names)}
    return files


def _yaml_files(folder: Path, problems: list[Diagnostic]) -> Iterator[str]:
    """Yield the paths below `folder`, sorted, with slashes on every system."""

    def unreadable(problem: OSError) -> None:
        # A missing folder is reported by the missing settings file.
        if not isinstance(problem, FileNotFoundError):
            file = Path(folder.name, Path(problem.filename).relative_to(folder)).as_posix()
            why = f"the folder cannot be read: {problem.strerror}"
            problems.append(error("unreadable-folder", why, location=Location(file=file)))

    every: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        seen = [name for name in names if not is_hidden(name)]
        every += (Path(parent, name).relative_to(folder).as_posix() for name in seen)
        mine = {name for name in seen if name.endswith(SUFFIXES)}
        for name in sorted({*seen} - mine):
            where = Location(file=Path(folder.name, Path(parent, name).relative_to(folder)).as_posix())
            problems += filter(None, [misnamed(Path(parent, name), where)])
        for name in sorted((*mine, *folders)):
            path = Path(parent, name)
            relative = path.relative_to(folder).as_posix()
            if not relative.isprintable():
                # The name identifies the profile everywhere, and so goes to terminals and into JSON.
                where = Location(file=f"{folder.name}/{relative.encode('unicode_escape').decode('ascii')}")
                problems.append(error("file-name", "the name holds a character that cannot be shown", location=where))
            elif is_link(path):
                where = Location(file=f"{folder.name}/{relative}")
                hint = "put the file itself there"
                problems.append(error("symlink", "symbolic links are not followed", hint=hint, location=where))
            elif wrong := reserved(relative, Location(file=f"{folder.name}/{relative}")):
                problems.append(wrong)
            elif name in mine:
                yield relative
    problems += lost_in_a_clone(every, folder.name)


def _document(folder: Path, relative: str, problems: list[Diagnostic]) -> Document | None:
    shown = f"{folder.name}/{relative}"
    try:
        content, _ = read_regular(folder / relative, _MOST_BYTES)
    except OSError as problem:
        why = f"the file cannot be read: {problem.strerror}"
        problems.append(error("unreadable-file", why, location=Location(file=shown)))
        return None
    found = read_yaml(content, shown)
    if isinstance(found, Document):
        return found
    problems.extend(found)
    return None


def _is_template(relative: str) -> bool:
    return relative.startswith("templates/")


def _name(relative: str) -> str:
    return relative.rpartition(".")[0]


def _add_profile(files: Files, relative: str, document: Document) -> None:
    name = _name(relative)
    other = files.profiles.setdefault(name, document)
    if other is not document:
        summary = f"{document.file} and {other.file} are both the profile {name!r}"
        files.problems.append(error("same-name", summary, hint="rename one of them", location=document.at(())))


def _all(files: Files) -> Iterator[Document]:
    yield from (one for one in (files.settings, files.ignored) if one is not None)
    yield from files.templates.values()
    yield from files.profiles.values()


def _picture_names(document: Document) -> Iterator[str]:
    data = document.data
    for key in ("profile", "defaults"):
        fields = data.get(key) if isinstance(data, dict) else None
        name = fields.get("picture") if isinstance(fields, dict) else None
        if isinstance(name, str) and name:
            yield name


@dataclass(frozen=True, slots=True)
class Repository:
    """The files, checked. `names` are all profiles, sound or not; `desired` only the sound ones."""

    settings: Settings
    # The inputs of resolving, for resolving a profile again whose file is about to change.
    sources: Sources
    names: tuple[str, ...] = ()
    desired: tuple[Desired, ...] = ()
    # The fields that every profile begins with, as written.
    defaults: Mapping[str, object] = field(default_factory=dict)
    claims: tuple[AddressClaim, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    # What holds the settings of a later revision whose base is this one.
    base_policy: BasePolicy = NO_BASE

    def sound(self) -> Settings:
        """Return the settings; raises InvalidInput with all diagnostics if any file has an error."""
        if errors_of(self.diagnostics):
            raise InvalidInput(self.diagnostics)
        return self.settings


def read_repository(
    context: Context,
    providers: Mapping[str, type[Provider]],
    *,
    base_policy: BasePolicy = NO_BASE,
    said: tuple[Diagnostic, ...] = (),
) -> Repository:
    """Load, validate and resolve everything, the settings held to `base_policy`; `said` is added to what is wrong."""
    files = read_folder(context.profiles)
    checked = _settings(files, _traits(providers), permissions=context.permissions)
    document = files.settings or Document(file="", data={})
    # Unreadable settings get no other diagnostic than that.
    trusted = hold_to_base(checked.settings, base_policy if files.settings else NO_BASE, document=document)
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
    outside = unread_outside(context.root, context.profiles.name)
    problems = (*said, *files.problems, *outside, *checked.problems, *trusted.diagnostics, *accepted.problems)
    return Repository(
        settings=trusted.settings,
        names=files.names,
        desired=resolved.desired,
        defaults=defaults(document).fields,
        claims=resolved.claims,
        acknowledgements=accepted.entries,
        diagnostics=in_order(_once(files, (*problems, *resolved.diagnostics))),
        base_policy=_base_policy(files, checked),
        sources=sources,
    )


def read_base_policy(context: Context, providers: Mapping[str, type[Provider]]) -> BasePolicy:
    """Return what the settings hold others to; profiles are not read, and missing settings count as unknown."""
    file = context.profiles / SETTINGS
    document = read_yaml(file.read_bytes(), f"{context.profiles.name}/{SETTINGS}") if file.is_file() else ()
    if not isinstance(document, Document):
        return UnknownBase()
    return _held_by(accounts(document, _traits(providers), permissions=context.permissions))


def _held_by(checked: Checked) -> BasePolicy:
    return UnknownBase() if errors_of(checked.problems) else KnownBase(checked.settings)


def _traits(providers: Mapping[str, type[Provider]]) -> Mapping[str, Traits]:
    return {name: provider.traits for name, provider in providers.items()}


def _base_policy(files: Files, checked: Checked) -> BasePolicy:
    if files.settings is None:
        # Profiles without rules are no beginning: the rules were taken away.
        return UnknownBase() if SETTINGS in files.broken or files.profiles else NO_BASE
    return _held_by(checked)


def _settings(files: Files, traits: Mapping[str, Traits], *, permissions: Permissions) -> Checked:
    """Check the settings. If there are none, every account that a profile names counts as declared and broken."""
    if files.settings is not None:
        return accounts(files.settings, traits, permissions=permissions)
    data = (document.data for document in files.profiles.values())
    named = (fields.get("account") for fields in data if isinstance(fields, dict))
    return Checked(Settings(accounts={}, policy=Policy()), broken={name: "" for name in named if isinstance(name, str)})


def _once(files: Files, problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the problems without those that only follow from a slip at the same place."""
    places = frozenset[Location]().union(*map(slipped, _all(files)))
    return (problem for problem in problems if problem.location not in places or problem.code in SLIP_ERRORS)

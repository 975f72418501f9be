"""The repository: what stands under profiles/, resolved into settings and desired profiles.

read_repository: (a folder, what holds its settings) → settings and desired profiles, and every problem.
read_base_policy: a folder → only what its settings hold others to.

A profile's document is dropped as soon as it is resolved. A file that resolved to a sound profile at the base is not
resolved again where its file and everything around it are the same here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.core.basics import Diagnostic, InvalidInput, errors_of, in_order
from reconciler.core.fields import Picture
from reconciler.core.provider import Provider
from reconciler.core.reading.accounts import Checked, Permissions, accounts
from reconciler.core.reading.acknowledgements import Acknowledgement, Acknowledgements, read_acknowledgements
from reconciler.core.reading.cells import CELL_ERRORS
from reconciler.core.reading.resolve import ResolvedProfile, Resolver, Sources
from reconciler.core.reading.slips import SLIP_ERRORS
from reconciler.core.safety.policy import NO_BASE, BasePolicy, KnownBase, UnknownBase, hold_to_base
from reconciler.core.settings import Policy, Settings
from reconciler.core.target import Desired
from reconciler.core.traits import Traits
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.folder import Files, ProfileFile, read_folder
from reconciler.effects.files.paths import SETTINGS, unread_outside
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.world import Context


@dataclass(frozen=True, slots=True)
class _Kept:
    """The resolution of a file's profile, for this digest and these pictures."""

    relative: str
    digest: bytes
    pictures: Mapping[str, Picture | str]
    profile: ResolvedProfile


@dataclass(frozen=True, slots=True)
class Resolutions:
    """What sound profiles came to beside `sources`, by their names: for a second reading of them."""

    sources: Sources
    profiles: dict[str, _Kept] = field(default_factory=dict)

    def keep(self, file: ProfileFile, pictures: Mapping[str, Picture | str], profile: ResolvedProfile) -> None:
        """Keep what a file came to, if there is nothing to say of it."""
        if profile.desired is not None and not (profile.problems or profile.unused):
            self.profiles[file.name] = _Kept(file.relative, file.digest, pictures, profile)

    def same(self, file: ProfileFile, files: Files) -> ResolvedProfile | None:
        """Return what the same file came to, if its pictures are the same here too."""
        kept = self.profiles.get(file.name)
        if kept is None or kept.relative != file.relative or kept.digest != file.digest:
            return None
        return kept.profile if kept.pictures == files.opened(kept.pictures) else None


@dataclass(frozen=True, slots=True)
class Repository:
    """The files, checked. `names` are all profiles, sound or not; `desired` only the sound ones."""

    settings: Settings
    # The inputs of resolving, for resolving a profile again whose file is about to change.
    sources: Sources
    names: tuple[str, ...] = ()
    # The profiles of each table, by its path below profiles/; a broken table has none.
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    desired: tuple[Desired, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    # What holds the settings of a later revision whose base is this one.
    base_policy: BasePolicy = NO_BASE
    # The resolutions of the sound profiles, if they are kept.
    resolutions: Resolutions | None = None

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
    earlier: Resolutions | None = None,
    keep: bool = False,
) -> Repository:
    """Load, validate and resolve everything, the settings held to `base_policy`; `said` is added to what is wrong.

    A file that is the same as in `earlier` is not resolved again. To `keep` is to make a later reading's `earlier`.
    """
    files = read_folder(context.profiles, providers.values())
    checked = _settings(files, _traits(providers), permissions=context.permissions)
    document = files.settings or Document(file="", data={})
    # Unreadable settings get no other diagnostic than that.
    trusted = hold_to_base(checked.settings, base_policy if files.settings else NO_BASE, document=document)
    sources = _sources(files, document, replace(checked, settings=trusted.settings), context, providers)
    resolver, kept = Resolver(sources), Resolutions(sources) if keep else None
    known = earlier if earlier is not None and earlier.sources == sources else Resolutions(sources)
    resolved = resolver.together(_profiles(files, resolver, known=known, kept=kept))
    accepted = read_acknowledgements(files.ignored, files.names) if files.ignored is not None else Acknowledgements()
    outside = unread_outside(context.root, context.profiles.name)
    problems = (*said, *files.problems, *outside, *checked.problems, *trusted.diagnostics, *accepted.problems)
    return Repository(
        settings=trusted.settings,
        names=files.names,
        tables=files.rows,
        desired=resolved.desired,
        acknowledgements=accepted.entries,
        diagnostics=in_order(_once(files, (*problems, *resolved.diagnostics))),
        base_policy=_base_policy(files, checked),
        sources=replace(sources, pictures=files.pictures),
        resolutions=kept,
    )


def _sources(
    files: Files, document: Document, checked: Checked, context: Context, providers: Mapping[str, type[Provider]]
) -> Sources:
    return Sources(
        settings=checked.settings,
        settings_document=document,
        providers=providers,
        templates=files.templates,
        folders=files.folders,
        pictures={name: it for one in files.shared for name, it in files.pictures_of(one).items()},
        permissions=context.permissions,
        broken_accounts=checked.broken,
        broken_files=frozenset(files.broken),
    )


def _profiles(
    files: Files, resolver: Resolver, *, known: Resolutions, kept: Resolutions | None
) -> Iterator[ResolvedProfile]:
    """Yield what each profile comes to, one file after the other; what is `known` is taken as it is."""
    for file in files.contents():
        found = known.same(file, files)
        if found is None:
            document = files.read(file)
            if document is None:
                continue
            pictures = files.pictures_of(document)
            found = resolver.profile(file.name, document, pictures)
            if kept is not None:
                kept.keep(file, pictures, found)
        yield found


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
    # Read for this alone: the same problems are found when the profiles are read.
    found = read_folder(files.folder)
    documents = map(found.read, found.contents())
    data = (document.data for document in (*documents, *files.folders.values()) if document is not None)
    named = (fields.get("account") for fields in data if isinstance(fields, dict))
    return Checked(Settings(accounts={}, policy=Policy()), broken={name: "" for name in named if isinstance(name, str)})


def _once(files: Files, problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the problems without those that only follow from a slip at the same place, or from a cell of the row."""
    for one in problems:
        follows = one.location in files.slipped and one.code not in (*SLIP_ERRORS, *CELL_ERRORS)
        if not follows and (one.code != "nothing-managed" or one.location not in files.half_read):
            yield one

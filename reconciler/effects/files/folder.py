"""The files under profiles/: which there are, and what stands in each.

read_folder: a folder → the settings, the templates, what else there is to read, and every problem with the names.

Every file under profiles/ that ends in .yaml or .yml is a profile, except the settings, drift-ignore.yaml, the
templates, and what begins with a dot or lies in such a folder. Nothing is followed out of that folder: a symbolic link
is an error.

Profiles are read one by one, for there may be a hundred thousand of them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.core.basics import Diagnostic, Document, Location, error
from reconciler.core.fields import Picture
from reconciler.core.reading.slips import slipped
from reconciler.effects.files.pictures import open_picture
from reconciler.effects.files.regular import is_link, read_regular
from reconciler.effects.files.unread import SUFFIXES, is_hidden, lost_in_a_clone, misnamed, reserved
from reconciler.effects.files.yaml import read_yaml

SETTINGS = "reconciler.yaml"
IGNORED = "drift-ignore.yaml"
_TEMPLATES = "templates/"
# One byte more than the reader allows, so that it notices that there is more.
_MOST_BYTES = 256 * 1024 + 1


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One profile's file as it is now: its name, and its path below the folder."""

    name: str
    relative: str
    content: bytes

    @property
    def digest(self) -> bytes:
        """What tells it from a file of other content."""
        return hashlib.sha256(self.content).digest()


@dataclass(slots=True)
class Files:
    """What is in the folder. `settings` is None if it is missing or broken; `problems` says why.

    `ignored` is the file of accepted live values, None if there is none. `profiles` are the paths of the profiles'
    files by the profiles' names. `broken` are the paths of files that are there and could not be read. `pictures` are
    those that were named so far, by their names. `slipped` are places at which a message follows from a slip.
    """

    folder: Path
    settings: Document | None = None
    ignored: Document | None = None
    profiles: dict[str, str] = field(default_factory=dict)
    templates: dict[str, Document] = field(default_factory=dict)
    pictures: dict[str, Picture | str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    slipped: set[Location] = field(default_factory=set)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all profiles, including those that cannot be read."""
        return tuple(sorted(self.profiles))

    @property
    def shared(self) -> tuple[Document, ...]:
        """What several profiles may take their fields from."""
        return (*(one for one in (self.settings,) if one is not None), *self.templates.values())

    def contents(self) -> Iterator[ProfileFile]:
        """Read each profile's file; one that cannot be read is a problem."""
        for name, relative in self.profiles.items():
            content = self._content(relative)
            if content is not None:
                yield ProfileFile(name, relative, content)

    def document(self, relative: str, content: bytes) -> Document | None:
        """Return the data of a file, or None after adding its problems."""
        found = read_yaml(content, f"{self.folder.name}/{relative}")
        if isinstance(found, Document):
            self.slipped |= slipped(found)
            return found
        self.problems.extend(found)
        self.broken.add(relative)
        return None

    def pictures_of(self, document: Document) -> Mapping[str, Picture | str]:
        """Return the pictures that a document names, each opened once."""
        return self.opened(_picture_names(document))

    def opened(self, names: Iterable[str]) -> Mapping[str, Picture | str]:
        """Return the pictures of these names."""
        found = {}
        for name in names:
            if name not in self.pictures:
                self.pictures[name] = open_picture(self.folder, name)
            found[name] = self.pictures[name]
        return found

    def take(self, relative: str) -> None:
        """Take in one file by its path: a profile is left to be read, every other is read."""
        if relative not in (SETTINGS, IGNORED) and not relative.startswith(_TEMPLATES):
            self._take_profile(relative)
            return
        content = self._content(relative)
        document = self.document(relative, content) if content is not None else None
        if document is None:
            return
        if relative == SETTINGS:
            self.settings = document
        elif relative == IGNORED:
            self.ignored = document
        else:
            self.templates[relative] = document

    def _take_profile(self, relative: str) -> None:
        name = relative.rpartition(".")[0]
        other = self.profiles.setdefault(name, relative)
        if other != relative:
            shown = f"{self.folder.name}/{relative}"
            summary = f"{shown} and {self.folder.name}/{other} are both the profile {name!r}"
            where = Location(file=shown, line=1, column=1)
            self.problems.append(error("same-name", summary, hint="rename one of them", location=where))

    def _content(self, relative: str) -> bytes | None:
        try:
            return read_regular(self.folder / relative, _MOST_BYTES)[0]
        except OSError as problem:
            where = Location(file=f"{self.folder.name}/{relative}")
            why = f"the file cannot be read: {problem.strerror}"
            self.problems.append(error("unreadable-file", why, location=where))
            self.broken.add(relative)
            return None


def read_folder(folder: Path) -> Files:
    """Read every file below `folder` (profiles/) but the profiles, and the names of those."""
    files = Files(folder)
    if folder.is_symlink():
        # No revision would show the files that it leads to.
        hint, where = "put the folder itself there", Location(file=folder.name)
        files.problems.append(error("symlink", "symbolic links are not followed", hint=hint, location=where))
        return files
    for relative in _yaml_files(folder, files.problems):
        files.take(relative)
    if files.settings is None and not any(p.location.file == f"{folder.name}/{SETTINGS}" for p in files.problems):
        hint = "run the command in a repository with profiles/reconciler.yaml, or name one with -C DIR"
        where = Location(file=f"{folder.name}/{SETTINGS}")
        files.problems.append(error("no-settings", "there is no settings file", hint=hint, location=where))
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
        mine = {name for name in seen if name.endswith(SUFFIXES)}
        above = Path(parent).relative_to(folder).as_posix()
        before = "" if above == "." else f"{above}/"
        every += (f"{before}{name}" for name in seen)
        for name in sorted({*seen} - mine):
            where = Location(file=f"{folder.name}/{before}{name}")
            problems += filter(None, [misnamed(Path(parent, name), where)])
        for name in sorted((*mine, *folders)):
            relative = f"{before}{name}"
            if wrong := _wrong_name(folder, relative):
                problems.append(wrong)
            elif name in mine:
                yield relative
    problems += lost_in_a_clone(every, folder.name)


def _wrong_name(folder: Path, relative: str) -> Diagnostic | None:
    if not relative.isprintable():
        # The name identifies the profile everywhere, and so goes to terminals and into JSON.
        where = Location(file=f"{folder.name}/{relative.encode('unicode_escape').decode('ascii')}")
        return error("file-name", "the name holds a character that cannot be shown", location=where)
    where = Location(file=f"{folder.name}/{relative}")
    if is_link(folder / relative):
        return error("symlink", "symbolic links are not followed", hint="put the file itself there", location=where)
    return reserved(relative, where)


def _picture_names(document: Document) -> Iterator[str]:
    data = document.data
    for key in ("profile", "defaults"):
        fields = data.get(key) if isinstance(data, dict) else None
        name = fields.get("picture") if isinstance(fields, dict) else None
        if isinstance(name, str) and name:
            yield name

"""The files under profiles/: what stands in each.

read_folder: a folder → the settings, the folders' defaults, the templates, what else there is to read, and every
problem with the names.

Profiles are read one by one, for there may be a hundred thousand of them.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.fields import Picture
from reconciler.core.provider import Provider
from reconciler.core.reading.cells import row_document
from reconciler.core.reading.slips import slipped
from reconciler.core.reading.table import (
    TABLE_SUFFIX,
    Meanings,
    ProfileRow,
    Table,
    is_table,
    meanings,
    named_rows,
    own_columns,
)
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.paths import (
    IGNORED,
    SETTINGS,
    is_profile,
    is_template,
    named_files,
    read_regular,
    repository_above,
)
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.files.table import LARGEST_TABLE, read_table
from reconciler.effects.files.yaml import read_yaml

# One byte more than the reader allows, so that it notices that there is more.
_MOST_BYTES = 256 * 1024 + 1


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One profile as it is written now: its name, and the path of its file below the folder; `row` if that is a table.

    `content` is all that it depends on besides what every profile does. Of a row, that is also where it stands.
    """

    name: str
    relative: str
    content: bytes
    row: ProfileRow | None = None

    @property
    def digest(self) -> bytes:
        """What tells it from a file of other content."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """One table: its cells and what its columns mean, and each profile's row."""

    cells: Table
    rows: Mapping[str, ProfileRow]
    meant: Meanings

    def profile(self, name: str, relative: str) -> ProfileFile:
        """Return a row as the profile that it is."""
        row, header, text = self.rows[name], self.cells.header, self.cells.text
        written = (text[header.begin : header.end], str(row.line), text[row.begin : row.end])
        return ProfileFile(name, relative, "\n".join(written).encode(), row)


@dataclass(slots=True)
class Files:
    """What is in the folder. `settings` is None if it is missing or broken; `problems` says why.

    `ignored` is the file of accepted live values, None if there is none. `profiles` are the paths of the profiles'
    files by the profiles' names. `tables` are the cells of those files that are tables, in which `providers` have
    columns for their keys. `broken` are the paths of files that are there and could not be read. `pictures` are those
    that were named so far, by their names. `slipped` are places at which a message follows from a slip, and
    `half_read` those of rows of which a cell was not taken.
    """

    folder: Path
    providers: Collection[type[Provider]] = ()
    settings: Document | None = None
    ignored: Document | None = None
    profiles: dict[str, str] = field(default_factory=dict)
    tables: dict[str, ProfileTable] = field(default_factory=dict)
    templates: dict[str, Document] = field(default_factory=dict)
    # The defaults of each folder that has some, by its path; that of profiles/ itself is empty.
    folders: dict[str, Document] = field(default_factory=dict)
    pictures: dict[str, Picture | str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    slipped: set[Location] = field(default_factory=set)
    half_read: set[Location] = field(default_factory=set)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all profiles, including those that cannot be read."""
        return tuple(sorted(self.profiles))

    @property
    def rows(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the profiles in each table, by its path; a broken table has none."""
        broken = {relative: () for relative in self.broken if is_table(relative)}
        return {**broken, **{relative: tuple(table.rows) for relative, table in self.tables.items()}}

    @property
    def shared(self) -> tuple[Document, ...]:
        """What several profiles may take their fields from."""
        settings = () if self.settings is None else (self.settings,)
        return (*settings, *self.folders.values(), *self.templates.values())

    def contents(self) -> Iterator[ProfileFile]:
        """Read each profile's file; one that cannot be read is a problem."""
        for name, relative in self.profiles.items():
            table = self.tables.get(relative)
            if table is not None:
                yield table.profile(name, relative)
                continue
            content = self._content(relative)
            if content is not None:
                yield ProfileFile(name, relative, content)

    def read(self, file: ProfileFile) -> Document | None:
        """Return a profile as it is written, or None after adding the problems of its file."""
        if file.row is None:
            return self.document(file.relative, file.content)
        table = self.tables[file.relative]
        document, problems = row_document(table.cells, file.row, table.meant)
        self.problems += problems
        # Other messages about a cell of the wrong form follow from that.
        self.slipped |= {one.location for one in problems}
        if problems or table.meant.problems:
            self.half_read.add(document.at(()))
        return document

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
        if relative.endswith(TABLE_SUFFIX):
            self._take_table(relative)
            return
        if is_profile(relative):
            self._take_profile(relative.rpartition(".")[0], relative)
            return
        content = self._content(relative)
        document = self.document(relative, content) if content is not None else None
        if document is None:
            return
        if relative == SETTINGS:
            self.settings = document
        elif relative == IGNORED:
            self.ignored = document
        elif is_template(relative):
            self.templates[relative] = document
        else:
            self.folders[posixpath.dirname(relative)] = document

    def _take_profile(self, name: str, relative: str, line: int = 1) -> None:
        other = self.profiles.setdefault(name, relative)
        if other != relative:
            shown = f"{self.folder.name}/{relative}"
            row = self.tables[other].rows[name] if other in self.tables else None
            there = f"{self.folder.name}/{other}{f':{row.line}' if row is not None else ''}"
            summary = f"{shown} and {there} are both the profile {name!r}"
            where = Location(file=shown, line=line, column=1)
            self.problems.append(error("same-name", summary, hint="rename one of them", location=where))

    def _take_table(self, relative: str) -> None:
        content = self._content(relative, LARGEST_TABLE + 1)
        if content is None:
            return
        cells = read_table(content, f"{self.folder.name}/{relative}")
        if not isinstance(cells, Table):
            self.problems.extend(cells)
            self.broken.add(relative)
            return
        rows, problems = named_rows(cells, relative.removesuffix(TABLE_SUFFIX))
        table = ProfileTable(cells, dict(rows), meanings(cells, own_columns(self.providers)))
        self.tables[relative] = table
        self.problems += problems
        if self.providers:
            self.problems += table.meant.problems
        for name, row in rows:
            self._take_profile(name, relative, row.line)

    def _content(self, relative: str, most: int = _MOST_BYTES) -> bytes | None:
        try:
            return read_regular(self.folder / relative, most)[0]
        except OSError as problem:
            where = Location(file=f"{self.folder.name}/{relative}")
            why = f"the file cannot be read: {problem.strerror}"
            self.problems.append(error("unreadable-file", why, location=where))
            self.broken.add(relative)
            return None


def read_folder(folder: Path, providers: Collection[type[Provider]] = ()) -> Files:
    """Read every file below `folder` (profiles/) but the profiles, and the names of those; tables are read too.

    `providers` add columns to tables. Without any, nothing but the names in a table is judged.
    """
    files = Files(folder, providers)
    if folder.is_symlink():
        # No revision would show the files that it leads to.
        hint, where = "put the folder itself there", Location(file=folder.name)
        files.problems.append(error("symlink", "symbolic links are not followed", hint=hint, location=where))
        return files
    for relative in named_files(folder, files.problems):
        files.take(relative)
    if files.settings is None and not any(p.location.file == f"{folder.name}/{SETTINGS}" for p in files.problems):
        hint = "run the command in a repository with profiles/reconciler.yaml, or name one with -C DIR"
        if above := repository_above(folder):
            option = shlex.quote(os.path.relpath(above) if Path.cwd().is_relative_to(above) else str(above))
            hint = f"there is one in a folder above: run the command there, or with -C {option}"
        where = Location(file=f"{folder.name}/{SETTINGS}")
        files.problems.append(error("no-settings", "there is no settings file", hint=hint, location=where))
    return files


def _picture_names(document: Document) -> Iterator[str]:
    data = document.data
    inner = data.get("accounts") if isinstance(data, dict) else None
    accounts = inner.values() if isinstance(inner, dict) else ()
    found = [data.get(key) for key in ("profile", "defaults")] if isinstance(data, dict) else []
    for fields in (*found, *(one.get("defaults") for one in accounts if isinstance(one, dict))):
        name = fields.get("picture") if isinstance(fields, dict) else None
        if isinstance(name, str) and name:
            yield name

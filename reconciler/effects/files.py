"""files: a repository's folder → parsed documents and opened pictures, or every problem at once.

Everything under profiles/ that ends in .yaml or .yml is a profile, except the settings and the templates. Nothing is
followed out of that folder: a symbolic link is an error, not a way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.core.diagnostics import Diagnostic, Location, error
from reconciler.core.document import Document
from reconciler.core.value import Picture
from reconciler.effects.pictures import open_picture
from reconciler.effects.yaml import read

SETTINGS = "reconciler.yaml"
_RESERVED = frozenset({SETTINGS, "drift-ignore.yaml"})
_SUFFIXES = (".yaml", ".yml")
# A byte more than the reader allows, so that it can say that there is more.
_MOST_BYTES = 256 * 1024 + 1


@dataclass(slots=True)
class Files:
    """What lies in the folder. `settings` is None when it is missing or broken; `problems` says why."""

    settings: Document | None = None
    profiles: dict[str, Document] = field(default_factory=dict)
    templates: dict[str, Document] = field(default_factory=dict)
    pictures: Mapping[str, Picture | str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)


def load(folder: Path) -> Files:
    """Read every file below `folder` (profiles/), and every picture that one of them names."""
    files = Files()
    for relative in _yaml_files(folder, files.problems):
        document = _document(folder, relative, files.problems)
        if document is None:
            continue
        if relative == SETTINGS:
            files.settings = document
        elif relative.startswith("templates/"):
            files.templates[relative] = document
        else:
            _add_profile(files, relative, document)
    if files.settings is None and not any(p.location.file.endswith(SETTINGS) for p in files.problems):
        hint = "run the command in a repository with profiles/reconciler.yaml, or name one with -C DIR"
        where = Location(file=f"{folder.name}/{SETTINGS}")
        files.problems.append(error("no-settings", "there is no settings file", hint=hint, location=where))
    names = {name for document in _all(files) for name in _picture_names(document)}
    files.pictures = {name: open_picture(folder, name) for name in sorted(names)}
    return files


def _yaml_files(folder: Path, problems: list[Diagnostic]) -> Iterator[str]:
    """Yield the paths below `folder`, sorted, with slashes on every system."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted([*names, *folders]):
            path = Path(parent, name)
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink() and (name in folders or name.endswith(_SUFFIXES)):
                where = Location(file=f"{folder.name}/{relative}")
                hint = "put the file itself there"
                problems.append(error("symlink", "symbolic links are not followed", hint=hint, location=where))
            elif name in names and name.endswith(_SUFFIXES) and (relative == SETTINGS or relative not in _RESERVED):
                yield relative


def _document(folder: Path, relative: str, problems: list[Diagnostic]) -> Document | None:
    shown = f"{folder.name}/{relative}"
    try:
        with (folder / relative).open("rb") as stream:
            content = stream.read(_MOST_BYTES)
    except OSError as problem:
        why = f"the file cannot be read: {problem.strerror}"
        problems.append(error("unreadable-file", why, location=Location(file=shown)))
        return None
    found = read(content, shown)
    if isinstance(found, Document):
        return found
    problems.extend(found)
    return None


def _add_profile(files: Files, relative: str, document: Document) -> None:
    name = relative.rpartition(".")[0]
    other = files.profiles.setdefault(name, document)
    if other is not document:
        summary = f"{document.file} and {other.file} are both the profile {name!r}"
        files.problems.append(error("same-name", summary, hint="rename one of them", location=document.at(())))


def _all(files: Files) -> Iterator[Document]:
    yield from (files.settings,) if files.settings is not None else ()
    yield from files.templates.values()
    yield from files.profiles.values()


def _picture_names(document: Document) -> Iterator[str]:
    data = document.data
    for key in ("profile", "defaults"):
        fields = data.get(key) if isinstance(data, dict) else None
        name = fields.get("picture") if isinstance(fields, dict) else None
        if isinstance(name, str) and name:
            yield name

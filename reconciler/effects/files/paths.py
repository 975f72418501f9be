"""Which files there are, what each is by its name, and its bytes. Every path here is foreign.

named_files: (profiles/) → the path of each file to read, and every problem with the names.
is_profile, is_template, is_folder_defaults: (such a path) → what is in the file.
lost_in_a_clone: (all files below profiles/) → a warning for each that has another one's name on macOS and Windows.
repository_above: (a path of profiles/) → the next folder above that has settings.
unread_outside: (the repository's folder) → a warning for each file beside profiles/ that looks like one of its files.
read_regular: (a path, how much) → the content of a regular file, and its mode.
is_link: (a path) → whether it is a symbolic link.

Every file under profiles/ that ends in .yaml or .yml is a profile. The exceptions are the settings, drift-ignore.yaml,
the templates, and each folder's defaults.yaml. A .csv holds a profile in each row. Names that begin with a dot are
skipped, and so is what lies in such a folder. A symbolic link is an error: none is followed out of the folder. A pipe
is opened without waiting for a writer, and refused.

A file that only looks like one of these is a warning. The name tells most, as `berlin.yaml.txt`. Where it does not, the
keys of a profile at the beginning of the text do. A hidden name is never meant: editors and file managers leave such
files.
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from reconciler.core.basics import Diagnostic, Location, error, warning
from reconciler.core.reading.inheritance import FOLDER_DEFAULTS
from reconciler.core.reading.table import TABLE_SUFFIX

SETTINGS = "reconciler.yaml"
IGNORED = "drift-ignore.yaml"
_TEMPLATES = "templates/"
_SUFFIXES = (".yaml", ".yml")
# As much of a file as its first keys need.
_BEGINNING = 4096
_TABLE_NAME = re.compile(r"(?P<stem>.+?)\.csv(?![A-Za-z0-9])", re.IGNORECASE)
# Suffixes of a spreadsheet's own files, and of tables with other signs between their cells.
_SHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers", ".tsv", ".tab")
_YAML_NAME = re.compile(r"(?P<stem>.+?)\.ya?ml(?![A-Za-z0-9])", re.IGNORECASE)
# Suffixes of a text file whose suffix was mistyped or forgotten.
_TEXT_SUFFIXES = ("", ".txt", ".text", ".json", ".yam", ".yalm", ".ymal", ".yaml2", ".yml2")
_KEYS = (
    re.compile(rb'^[ \t{]*"?account"?[ \t]*:', re.MULTILINE),
    re.compile(rb'^[ \t]*"?number"?[ \t]*:', re.MULTILINE),
)
_SETTINGS = re.compile(rb'^[ \t{]*"?accounts"?[ \t]*:', re.MULTILINE)
_AS_DEFAULTS = (FOLDER_DEFAULTS, "defaults.yml")
# The two titles that every table of numbers has, in its first line.
_TITLES = tuple(re.compile(rb'\A(?:[^\r\n]*[,;\t"])?%b[,;\t"\r\n]' % title) for title in (b"name", b"number"))
_RESERVED = {"reconciler.yml": "reconciler.yaml", "drift-ignore.yml": "drift-ignore.yaml"}


def is_hidden(name: str) -> bool:
    """True for a file or folder that programs leave for themselves."""
    return name.startswith(".")


def is_template(relative: str) -> bool:
    """True for the path of a template below profiles/."""
    return relative.startswith(_TEMPLATES)


def is_folder_defaults(relative: str) -> bool:
    """True for the path of a folder's defaults below profiles/."""
    return posixpath.basename(relative) == FOLDER_DEFAULTS and not is_template(relative)


def is_profile(relative: str) -> bool:
    """True for the path of a profile's file below profiles/."""
    return relative not in (SETTINGS, IGNORED) and not is_template(relative) and not is_folder_defaults(relative)


def named_files(folder: Path, problems: list[Diagnostic]) -> Iterator[str]:
    """Yield the path of each file to read below `folder` (profiles/), sorted, with slashes on every system.

    What is wrong with a name is added to `problems`.
    """

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
        above = Path(parent).relative_to(folder).as_posix()
        before = "" if above == "." else f"{above}/"
        wanted = _SUFFIXES if f"{before}".startswith(_TEMPLATES) else (*_SUFFIXES, TABLE_SUFFIX)
        mine = {name for name in seen if name.endswith(wanted)}
        every += (f"{before}{name}" for name in seen)
        for name in sorted({*seen} - mine):
            where = Location(file=f"{folder.name}/{before}{name}")
            problems += filter(None, [_misnamed(Path(parent, name), where)])
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
    return _reserved(relative, where)


def _reserved(relative: str, where: Location) -> Diagnostic | None:
    """Return the error for a file that would be a profile, and seems to be one of the folder's own files."""
    last = relative.rpartition("/")[2]
    defaults = last.casefold() in _AS_DEFAULTS and last != FOLDER_DEFAULTS and not is_template(relative)
    if relative not in _RESERVED and not defaults:
        return None
    name = _RESERVED.get(relative, FOLDER_DEFAULTS)
    return error("file-name", f"it is not read: the name is {name}", hint=f"rename it to {name}", location=where)


def lost_in_a_clone(files: Iterable[str], folder: str) -> Iterator[Diagnostic]:
    """Yield a warning for each file whose path differs from another's only in capitals, or in how accents are spelt.

    macOS and Windows take both for one file, so a clone there has one of them, under either name.
    """
    first: dict[str, str] = {}
    for file in sorted(files):
        other = first.setdefault(unicodedata.normalize("NFC", file).lower(), file)
        if other != file:
            summary = f"on macOS and Windows it is the same file as {folder}/{other}, and a clone there loses one"
            yield warning("file-name", summary, hint="rename one of them", location=Location(file=f"{folder}/{file}"))


def _misnamed(path: Path, where: Location) -> Diagnostic | None:
    """Return the warning for a file that looks like a profile, but is not one by its name."""
    name = path.name
    if name.endswith(TABLE_SUFFIX):
        hint = "move it out of the templates: each of its rows is a profile"
        return warning("file-name", "it is not read: a table is no template", hint=hint, location=where)
    if name.lower().endswith((*_SUFFIXES, TABLE_SUFFIX)):
        return warning("file-name", "it is not read: write its suffix in small letters", location=where)
    if name.lower().endswith(_SHEETS):
        hint = "save it as `CSV UTF-8` beside it, or move it elsewhere if it declares no numbers"
        return warning("file-name", "it is not read: a table of numbers is a .csv file", hint=hint, location=where)
    if found := _TABLE_NAME.match(name):
        summary = "it looks like a table of numbers and is not read: its name does not end in .csv"
        hint = f"rename it to {found['stem']}.csv, or delete it if it is a copy"
        return warning("file-name", summary, hint=hint, location=where)
    if found := _YAML_NAME.match(name):
        stem = found["stem"]
    elif PurePosixPath(name).suffix.lower() in _TEXT_SUFFIXES and _is_profile(_beginning(path)):
        stem = PurePosixPath(name).stem
    else:
        return None
    summary = "it looks like a profile and is not read: its name does not end in .yaml or .yml"
    return warning("file-name", summary, hint=f"rename it to {stem}.yaml, or delete it if it is a copy", location=where)


def repository_above(folder: Path) -> Path | None:
    """Return the next folder above the place of `folder` (profiles/) in which such a folder has settings."""
    tops = folder.absolute().parent.parents
    return next((top for top in tops if (top / folder.name / SETTINGS).is_file()), None)


def unread_outside(root: Path, folder: str) -> Iterator[Diagnostic]:
    """Yield a warning for each profile or settings file at the top, or in a folder whose name is nearly `folder`.

    Where the command runs below a repository, none of them is at the top.
    """
    if not (root / folder / SETTINGS).is_file() and repository_above(root / folder):
        return
    for path, stem, suffix in _candidates(root, folder):
        begins = _beginning(path)
        settings = stem == "reconciler" and _SETTINGS.search(begins) is not None
        is_table = suffix == TABLE_SUFFIX
        if settings or (all(title.search(begins) for title in _TITLES) if is_table else _is_profile(begins)):
            where = Location(file=path.relative_to(root).as_posix())
            what = "the settings" if settings else "a table of numbers" if is_table else "a profile"
            summary = f"it looks like {what} and is not read: "
            hint = f"move it to {folder}/{stem}{suffix}"
            yield warning("misplaced", f"{summary}only what lies below {folder}/ is", hint=hint, location=where)


def _candidates(root: Path, folder: str) -> Iterator[tuple[Path, str, str]]:
    """Yield each path that may be YAML or a table, with its name as far as the suffix, and the suffix."""
    near = {folder.removesuffix("s"), folder}
    with suppress(OSError):
        for path in sorted(root.iterdir()):
            if path.name.casefold() in near and path.name != folder and path.is_dir():
                yield from _named(sorted(path.iterdir()))
            else:
                yield from _named([path])


def _named(paths: Iterable[Path]) -> Iterator[tuple[Path, str, str]]:
    for path in paths:
        for pattern, suffix in ((_YAML_NAME, ".yaml"), (_TABLE_NAME, TABLE_SUFFIX)):
            if not is_hidden(path.name) and (match := pattern.match(path.name)):
                yield path, match["stem"], suffix


def _is_profile(begins: bytes) -> bool:
    return all(key.search(begins) for key in _KEYS)


def _beginning(path: Path) -> bytes:
    """Return the first bytes of a regular file, and none if it cannot be read. A pipe is not waited for."""
    try:
        return read_regular(path, _BEGINNING)[0]
    except OSError:
        return b""


def is_link(path: Path) -> bool:
    """Return whether the path is a symbolic link; False if the system cannot say, as when the path is too long."""
    try:
        return path.is_symlink()
    except OSError:
        return False


def read_regular(path: Path, most: int = -1) -> tuple[bytes, int]:
    """Return the content, of which at most `most` bytes are read, and the mode; raises OSError for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return _content(stream, found.st_size, most), stat.S_IMODE(found.st_mode)


def _content(stream: BinaryIO, size: int, most: int) -> bytes:
    """Read a file that has `size` bytes. To make room for the most that it may have takes longer than to read it."""
    room = size + 1 if most < 0 else min(size + 1, most)
    content = stream.read(room)
    if len(content) < room or room == most:
        return content
    # It has grown meanwhile, or is one of the system's own, which have no size.
    return content + stream.read(-1 if most < 0 else most - room)

"""archive: the bytes of an artifact → the one file of it that is asked for, or why it is not to be trusted.

An artifact is made by whoever may run a workflow. Nothing of it is unpacked: one plain file is read, within a bound.
"""

from __future__ import annotations

import stat
import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo


def one_file_of(content: bytes, name: str, *, most: int) -> bytes | str:
    """Return what the file `name` holds, or why nothing of the archive is used; `most` is in bytes."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            why = next((why for entry in entries if (why := _odd(entry))), "") or _missing(entries, name, most=most)
            # Its checksum is checked by reading to the end.
            return why or archive.read(name)
    except (BadZipFile, struct.error, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return "it is no sound zip archive"


def _odd(entry: ZipInfo) -> str:
    """Return why an entry is none that the workflow's own upload writes, or an empty text."""
    if "/" in entry.filename or "\\" in entry.filename or entry.filename in ("", ".", ".."):
        return "it holds folders"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "it is packed in a way that no upload uses"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return "it holds something that is no plain file" if kind not in (0, stat.S_IFREG) else ""


def _missing(entries: list[ZipInfo], name: str, *, most: int) -> str:
    found = [entry for entry in entries if entry.filename == name]
    if len(found) != 1:
        return f"it holds {len(found)} files {name}, and one is needed"
    return f"its {name} is larger than {most // 1024**2} MiB" if found[0].file_size > most else ""

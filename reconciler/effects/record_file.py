"""read_record: (the path of a run's record) → the record; raises InvalidInput where it is none."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.basics import Location, error
from reconciler.core.errors import InvalidInput
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.stored import loaded, record_from_json

# A record of ten thousand profiles in which every field was sent has about half of it.
LARGEST_RECORD = 128 * 1024 * 1024
HINT = "name the file that `apply --record FILE` wrote, or a run that `reconciler history` lists"


def read_record(path: str) -> RunRecord:
    """Read what `apply --record` wrote; the path is as the shell knows it, as it was for `--record`."""
    try:
        with Path(path).open("rb") as file:
            # One byte more than a record may have, so that who reads it can tell.
            content = file.read(LARGEST_RECORD + 1)
    except OSError as problem:
        raise _refused(path, f"it cannot be read: {problem.strerror}") from None
    data = loaded(content, "record", most=LARGEST_RECORD)
    if isinstance(data, str):
        raise _refused(path, data)
    try:
        return record_from_json(data)
    except ValueError as problem:
        raise _refused(path, f"it is {problem}") from None


def _refused(path: str, why: str) -> InvalidInput:
    return InvalidInput((error("record", why, hint=HINT, location=Location(file=path)),))

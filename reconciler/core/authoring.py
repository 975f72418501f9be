"""What is to be written into people's files, and what came of it: for `drift --adopt` and for `rollback`."""

from __future__ import annotations

import json
from typing import assert_never

from reconciler.core.diagnostics import Location
from reconciler.core.model import Model
from reconciler.core.target import Desired
from reconciler.core.value import Json, Picture, Value, Webhook, canonical_url
from reconciler.core.variables import literal


class Authored(Model):
    """A field that a profile's own file now says; `detail` is what else is worth knowing."""

    profile: str
    file: str
    field: str
    detail: str = ""


class LeftOut(Model):
    """A field that was not written, and why. `failed` where it should have been, and the machine did not let it."""

    profile: str
    file: str
    field: str
    reason: str
    failed: bool = False


class WantedFields(Model):
    """A value that a profile's own file is to say."""

    field: str
    value: Value
    detail: str = ""


class FileChanges(Model):
    """One profile's part: what its file is to say, and what it is not, each with its reason."""

    desired: Desired
    wanted: tuple[WantedFields, ...] = ()
    left: tuple[LeftOut, ...] = ()


def left_out(desired: Desired, field: str, reason: str, *, failed: bool = False) -> LeftOut:
    """Return that a field of a profile is not written."""
    return LeftOut(profile=desired.target.profile, file=desired.file, field=field, reason=reason, failed=failed)


def overrides(source: Location, desired: Desired) -> str:
    """Return what the profile's own file then says otherwise, where the field is written elsewhere."""
    return f"overrides {source.file}:{source.line}" if source.file not in ("", desired.file) else ""


def spelled(value: Value, desired: Value) -> Value:
    """Return a value in which the links that the files have too are spelled as there: what is live was rewritten."""
    if not isinstance(value, tuple) or not isinstance(desired, tuple):
        return value
    known = {canonical_url(link): link for link in desired}
    return tuple(known.get(canonical_url(link), link) for link in value)


def as_written(value: Value, *, picture: str = "") -> Json:
    """Return a value as it is written in YAML: a `${` that is meant is doubled, a picture is where it lies."""
    match value:
        case Picture():
            return picture or value.file
        case str():
            return literal(value)
        case tuple():
            return [literal(link) for link in value]
        case Webhook():
            return {"url": literal(value.url)}
        case _:
            assert_never(value)


def is_text(data: Json) -> bool:
    """Say whether everything in `data` can stand in a file: half of a character cannot."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True

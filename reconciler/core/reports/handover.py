"""A command's result as one document, which goes from the job that read to the job that may write at GitHub.

handover_json, read_handover: a Handover ↔ the document.

The job that holds a provider's credential may not write a comment, and the job that may holds no credential: only this
document passes between them. It is foreign to its reader, and can cause nothing but words.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import Field, ValidationError

from reconciler.core.basics import Model
from reconciler.core.formats import HANDOVER_FORMAT
from reconciler.core.memory.stored import loaded

# GitHub takes 65,536 characters. A comment stays below 60,000 bytes with its marker and the text around it.
COMMENT_BYTES: Final = 60_000
TEXT_BYTES: Final = 57_000
# A document about ten thousand profiles that all drifted in every field is smaller.
LARGEST_HANDOVER: Final = 32 * 1024 * 1024
# The largest whole number that every reader of JSON keeps exactly.
_MOST_REMEMBERED: Final = 2**53

_T = TypeVar("_T")
# Strict models take no list for a tuple and no text for an enum; JSON has nothing else.
_List: TypeAlias = Annotated[tuple[_T, ...], Field(strict=False)]


class HandoverKind(StrEnum):
    """The command whose result it is."""

    VALIDATE = "validate"
    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"


class MovedField(Model):
    """One field that differs from its file although the file did not change; `live` is the live value's hash."""

    profile: str
    field: str
    live: str = ""


class UnreadField(Model):
    """What could not be read: one field of a profile, or all of it if `field` is empty."""

    profile: str
    field: str = ""


class Handover(Model):
    """One command's result, for people.

    `quiet` says that no person needs to be told, `failed` that a person has to act. A command without a result is
    `errored`, and has only a `text`. `commit` is what was checked out, empty if it is not known.

    `moved` are the fields that a person should look at. `waiting` are others that differ: as far as the ledger
    remembers, they were never sent. Of `remembered` targets it held something; None if it was not read. `no_apply` says
    that it held no trace of any apply. `shard` is the part of the profiles that it is of, as in 3/8; empty for all.
    """

    format_version: str = HANDOVER_FORMAT
    kind: Annotated[HandoverKind, Field(strict=False)]
    text: str
    commit: str = ""
    exit_code: int = 0
    quiet: bool = False
    complete: bool = False
    errored: bool = False
    moved: _List[MovedField] = ()
    waiting: _List[MovedField] = ()
    unread: _List[UnreadField] = ()
    remembered: Annotated[int, Field(ge=0, le=_MOST_REMEMBERED)] | None = None
    no_apply: bool = False
    shard: str = ""

    @property
    def failed(self) -> bool:
        """Whether a person has to act: anything but done and changes found."""
        return self.exit_code not in (0, 2)


def handover_json(page: Handover) -> dict[str, Any]:
    """Return `page` as the document that the next job reads."""
    return page.model_dump(mode="json", exclude=set() if page.shard else {"shard"})


def read_handover(content: bytes) -> Handover | str:
    """Return the handover in `content`, or why it is not one."""
    data = loaded(content, "page", most=LARGEST_HANDOVER)
    if isinstance(data, str):
        return data
    try:
        page = Handover.model_validate(data)
        page.text.encode()
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        return f"it is not a page that this program writes: {'.'.join(map(str, first['loc']))[:80]}"
    except UnicodeEncodeError:
        return "its text holds half of a character, which cannot be shown"
    if page.format_version != HANDOVER_FORMAT:
        return f"its format is not {json.dumps(HANDOVER_FORMAT)}, the one that this program reads"
    return page

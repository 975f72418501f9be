"""page: what a command found, as one text that goes from the job that looked to the job that may write at GitHub.

The job that holds a provider's credential may not write a comment, and the job that may holds no credential: this is
all that passes between them. The document is foreign to whoever reads it, and can make nothing happen but words.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import Field, ValidationError

from reconciler.core.basics import Model
from reconciler.core.memory.stored import FORMAT_VERSION, loaded

# GitHub takes 65,536 characters. A comment stays below 60,000 bytes with its marker and what stands around a text.
COMMENT_BYTES: Final = 60_000
TEXT_BYTES: Final = 57_000
# A page of ten thousand profiles that all drifted in every field has less.
LARGEST_HANDOVER: Final = 32 * 1024 * 1024

_T = TypeVar("_T")
# Strict models take no list for a tuple and no text for an enum; JSON has nothing else.
_List: TypeAlias = Annotated[tuple[_T, ...], Field(strict=False)]


class HandoverKind(StrEnum):
    """Which command a page is of."""

    VALIDATE = "validate"
    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"


class MovedField(Model):
    """One field that is not as its file says although the file did not change; `live` names what it shows."""

    profile: str
    field: str
    live: str = ""


class UnreadField(Model):
    """What could not be read: one field of a profile, or all of it where `field` is empty."""

    profile: str
    field: str = ""


class Handover(Model):
    """One command's result, for people.

    `quiet` says that nobody needs to be told, `failed` that somebody has to act. Where the command did not get as far
    as a result it is `errored`: there is only `text`. `commit` is what was checked out, empty where nobody knows.
    """

    format_version: str = FORMAT_VERSION
    kind: Annotated[HandoverKind, Field(strict=False)]
    text: str
    commit: str = ""
    exit_code: int = 0
    quiet: bool = False
    complete: bool = False
    errored: bool = False
    moved: _List[MovedField] = ()
    unread: _List[UnreadField] = ()

    @property
    def failed(self) -> bool:
        """Whether a person has to act: anything but done and changes found."""
        return self.exit_code not in (0, 2)


def handover_json(page: Handover) -> dict[str, Any]:
    """Return `page` as the document that the next job reads."""
    return page.model_dump(mode="json")


def read_handover(content: bytes) -> Handover | str:
    """Return the page that `content` is, or why it is none."""
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
        return "its text holds half of a character, and nobody can be shown that"
    if page.format_version != FORMAT_VERSION:
        return f"its format is not {json.dumps(FORMAT_VERSION)}, the one that this program reads"
    return page

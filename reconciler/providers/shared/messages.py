"""What replies say for people, numbers that are spelt as text, and what an HTTP status alone tells.

one_reason: (texts of a reply) → them as one sentence after the other, each once.
whole_number: (a piece of a reply) → the number it is, also where it is spelt as text.
denies_success: (a reply's body) → whether it names an error, or says that it did not succeed, beside its status.
kind_by_status: (an HTTP status) → the kind of a failure that nothing else classifies.

How a reply spells things differs from one server to the next behind one API (facts K-8, P-9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from reconciler.core.provider import FailureKind

KIND_OF_STATUS: Final = MappingProxyType(
    {401: FailureKind.UNAUTHORISED, 403: FailureKind.FORBIDDEN, 429: FailureKind.THROTTLED}
)
_ENDS = (".", "!", "?", "…", ":")
_DIGITS = re.compile(r"[0-9]{1,9}\Z")


def one_reason(*texts: object, beside: str = "") -> str:
    """Return the texts as one, without those that `beside` or another one says already; what is no text is left out."""
    found: list[str] = []
    for text in texts:
        piece = " ".join(text.split()) if isinstance(text, str) else ""
        if piece and not any(piece.casefold() in said.casefold() for said in (beside, *found)):
            found.append(piece)
    return " ".join([*(piece if piece.endswith(_ENDS) else f"{piece}." for piece in found[:-1]), *found[-1:]])


def whole_number(data: object) -> int | None:
    """Return `data` as a whole number, or None if it is none: `100` and `"100"` are the same, `true` is no number."""
    if isinstance(data, str) and _DIGITS.match(data.strip()):
        return int(data)
    return data if isinstance(data, int) and not isinstance(data, bool) else None


_NO = ("", "0", "no", "false")


def denies_success(body: Mapping[str, Any]) -> bool:
    """Return whether a body speaks against the success that its status claims, in whichever letters its keys are."""
    told = {key.casefold(): value for key, value in body.items()}
    said = told.get("success", True)
    wrong = said.strip().casefold() in _NO if isinstance(said, str) else not said
    twice = len(told) < len(body)
    return wrong or twice or bool(told.get("error")) or bool(told.get("errors"))


def kind_by_status(status: int) -> FailureKind:
    """Return the kind where only the status tells: by the table, else a server's fault, or a refusal."""
    return KIND_OF_STATUS.get(status, FailureKind.TRANSIENT if status >= 500 else FailureKind.REJECTED)

"""How a run ends, in every JSON document: all the reasons, and the code that the process ends with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.core.memory.runs import Reason, exit_code


def ends(reasons: Iterable[Reason], *, signal: int = 0) -> dict[str, Any]:
    """Return `reasons` and the exit code that they make; `signal` is the one that ended the run, if one did."""
    found = frozenset(reasons)
    return {"reasons": sorted(found), "exit_code": exit_code(found, signal=signal)}

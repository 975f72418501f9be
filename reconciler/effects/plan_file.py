"""read_plan: (the path of a plan document) → the approved plan that it is; raises InvalidInput where it is none."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.basics import Location, error
from reconciler.core.errors import InvalidInput
from reconciler.core.safety.approval import LARGEST_PLAN, ApprovedPlan, approved


def read_plan(path: str) -> ApprovedPlan:
    """Read what `plan --out` wrote; the path is as the shell knows it, as it was for `--out`."""
    try:
        with Path(path).open("rb") as file:
            # One byte more than a plan may have, so that who reads it can tell.
            content = file.read(LARGEST_PLAN + 1)
    except OSError as problem:
        why, hint = f"it cannot be read: {problem.strerror}", "name the file that `plan --out FILE` wrote"
        raise InvalidInput((error("plan-unreadable", why, hint=hint, location=Location(file=path)),)) from None
    found = approved(content, file=path)
    if not isinstance(found, ApprovedPlan):
        raise InvalidInput(found)
    return found

"""calls_of: (work) → how many functions of Python it calls.

A count is the same on every machine and on every day, so what a law says of it is never a matter of noise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from types import FrameType


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions of Python are called until `work` is done."""
    counted = count()

    def count_calls(_: FrameType, event: str, __: object) -> None:
        if event == "call":
            next(counted)

    sys.setprofile(count_calls)
    try:
        work()
    finally:
        sys.setprofile(None)
    return next(counted)

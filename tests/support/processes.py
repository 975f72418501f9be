"""Processes that a test did not start itself."""

from __future__ import annotations

import select
from typing import IO


def ended(pipe: IO[bytes]) -> bool:
    """True if the process at the other end of an unbuffered pipe has ended, or ends soon."""
    readable, _, _ = select.select([pipe], [], [], 20)
    return bool(readable) and pipe.read(1) == b""

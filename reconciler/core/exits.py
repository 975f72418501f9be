"""exit_code: the reasons of a run → the code the process ends with. Frozen; scripts and workflows depend on it.

| code | meaning |
|---|---|
| 0 | done: nothing pending, everything applied, superseded, or drift left alone by policy |
| 1 | error |
| 2 | changes or drift, only with `--detailed-exitcode` |
| 3 | stopped by a gate or by something unreviewed |
| 4 | stale: with `--require-tip`, this commit is not to be applied, and none has taken its place |
| 5 | partly applied |
| 6 | incomplete: something could not be read, verified or recorded |
| 64 | usage |
| 130, 143 | interrupted, terminated |
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.core.outcome import Reason

USAGE = 64

# In the order in which they win; interruption and usage errors are decided before there are reasons.
_CODES = (
    (Reason.ERROR, 1),
    (Reason.STALE, 4),
    (Reason.STOPPED, 3),
    (Reason.PARTLY, 5),
    (Reason.INCOMPLETE, 6),
    (Reason.CHANGES, 2),
)


def exit_code(reasons: Collection[Reason], *, signal: int = 0) -> int:
    """Return 128 + `signal` when one came, else the code of the first reason in the order above; 0 when none holds."""
    if signal:
        return 128 + signal
    return next((code for reason, code in _CODES if reason in reasons), 0)


def reason_of(code: int) -> Reason:
    """Return the reason that a run ends with `code` for; an error where none of them has it."""
    return next((reason for reason, known in _CODES if known == code), Reason.ERROR)

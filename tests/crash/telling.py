"""untold: (what a run said, what was sent) → what it should have said, and did not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tests.crash.prepared import Copy
from tests.crash.shops import NUMBERS, Where, word
from tests.crash.world import Sent

_SURE = {"applied", "acknowledged"}
_MAYBE = {*_SURE, "unknown", "not converged"}


def untold(copy: Copy, out: str, received: Sequence[Sent]) -> Iterator[str]:
    """Return what is wrong with a run's report: of everything that was sent it says that it was, or may have been.

    What the ledger does not know in the end must be said to be unknown, or that it is not recorded.
    """
    snapshot = copy.ledger.read()
    said, unrecorded = _said(out)
    for where in {one.where for one in received}:
        status = said.get(where, "nothing")
        if status not in _MAYBE:
            yield f"{where} was sent, and the report says {status}"
        entry = snapshot.entries.get((where[0], "sandbox", where[1]))
        record = entry.get(word(where)) if entry is not None else None
        if record is None or (record.intent is None and record.sent != copy.prepared.truth.wanted[where]):
            yield f"{where} was sent, and the ledger does not know of it: {record}"
        elif record.intent is not None and status in _SURE and not unrecorded:
            yield f"{where} is {status} in the report, and open in the ledger"


def _said(out: str) -> tuple[dict[Where, str], str]:
    report = json.loads(out or "{}")
    found: dict[Where, str] = {}
    for outcome in (report.get("run") or {}).get("outcomes", ()):
        number = NUMBERS[outcome["profile"]]
        for field in outcome["fields"]:
            name = "contact_email" if (number[0], field["field"]) == ("kaleyra", "email") else field["field"]
            found[*number, name] = field["status"]
    return found, str(report.get("unrecorded") or "")

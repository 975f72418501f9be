"""acknowledge: (a plan, acknowledgements, today) → the plan in which accepted differences are marked.

acceptable: (a target's plan, a change) → the hash that names its live value in profiles/drift-ignore.yaml.

An acknowledgement ends when the live value changes, and after its last day. The difference then counts like every other
one, with a note that it was acknowledged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from operator import attrgetter

from reconciler.core.comparing.kinds import to_json
from reconciler.core.explanations import FINDINGS
from reconciler.core.fields import Picture, Value, canonical_json
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reading.acknowledgements import Acknowledgement
from reconciler.core.target import Change, Known


def fingerprint(value: Value) -> str:
    """Return the hash that names a value in a file: a picture's own, else that of its canonical JSON."""
    if isinstance(value, Picture):
        return f"sha256:{value.sha256}"
    # A provider may send half of a surrogate pair.
    text = canonical_json(to_json(value)).encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def acceptable(planned: TargetPlan, change: Change) -> str:
    """Return the hash that names the live value in profiles/drift-ignore.yaml; "" if nothing can be accepted."""
    # Where a profile is only observed, the files asked for none of its differences.
    elsewhere = planned.status is TargetStatus.OBSERVED or change.origin in FINDINGS
    return fingerprint(change.before.value) if elsewhere and isinstance(change.before, Known) else ""


def acknowledged(entries: Iterable[Acknowledgement], profile: str, *, change: Change, today: date) -> str:
    """Return why and until when the live value that `change` would replace is accepted; "" if it is not."""
    held = [one for one in _same_value(entries, profile, change) if today <= one.until]
    latest = max(held, key=attrgetter("until"), default=None)
    return f"{latest.reason}, until {latest.until}" if latest is not None else ""


def acknowledge(plan: Plan, entries: Sequence[Acknowledgement], *, today: date) -> Plan:
    """Return the plan in which accepted differences say so, and those that are no longer accepted say that."""
    by_profile: dict[str, list[Acknowledgement]] = {}
    for entry in entries:
        by_profile.setdefault(entry.profile, []).append(entry)
    targets = tuple(_of(one, by_profile.get(one.target.profile, ()), today=today) for one in plan.targets)
    return replace(plan, targets=targets)


def _of(planned: TargetPlan, entries: Sequence[Acknowledgement], *, today: date) -> TargetPlan:
    if not entries:
        return planned
    profile = planned.target.profile
    found: list[Change] = []
    for change in planned.differences:
        if not acceptable(planned, change):
            found.append(change)
        elif why := acknowledged(entries, profile, change=change, today=today):
            found.append(replace(change, acknowledged=why))
        else:
            notes = (change.note, _woken(entries, profile, change=change))
            found.append(replace(change, note="; ".join(filter(None, notes))))
    return replace(planned, differences=tuple(found))


def _woken(entries: Iterable[Acknowledgement], profile: str, *, change: Change) -> str:
    """Return why an acknowledgement of this field no longer holds; "" if there is none."""
    mine = [one for one in entries if (one.profile, one.field) == (profile, change.field)]
    past = _same_value(mine, profile, change)
    latest = max(past or mine, key=attrgetter("until"), default=None)
    if latest is None:
        return ""
    if past:
        return f"no longer accepted: it was until {latest.until} ({latest.reason})"
    return f"no longer accepted: this is another value than the accepted one ({latest.reason})"


def _same_value(entries: Iterable[Acknowledgement], profile: str, change: Change) -> list[Acknowledgement]:
    shown = fingerprint(change.before.value) if isinstance(change.before, Known) else ""
    return [one for one in entries if (one.profile, one.field, one.value) == (profile, change.field, shown)]

"""diff: (desired, observed) → one comparison for each managed field. details: (a list, another) → which links moved.

Equality of canonical JSON *is* the diff; Python's own would call 1 and True the same. Both sides are canonicalised
at the border, so that a provider's spelling never shows up as a change. What makes two values of one kind the same
stands in `kinds`.

Unmentioned means unmanaged: a field that the profile does not hold is never compared. An explicit empty value means
clear. `null` never comes this far. A field that could not be read is compared with nothing.

This is the only user of deepdiff. It runs only for lists that differ, to say which item moved. A provider's spelling of
an item that stayed is not a move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.core.fields import Value, canonical_url
from reconciler.core.kinds import Equality, equality
from reconciler.core.target import Desired, DesiredField, Detail, Known, LiveField, Observed


@dataclass(frozen=True, slots=True)
class Comparison:
    """A managed field beside its live value; `equality` is None if the live value is not known."""

    field: DesiredField
    live: LiveField
    equality: Equality | None


def diff(desired: Desired, observed: Observed) -> tuple[Comparison, ...]:
    """Compare every managed field with what was observed, in the order of the field table."""
    return tuple(_compare(field, observed.get(field.name)) for field in desired.fields)


def _compare(field: DesiredField, live: LiveField) -> Comparison:
    known = equality(field.value, live.value) if isinstance(live, Known) else None
    return Comparison(field=field, live=live, equality=known)


def details(before: Value, after: Value) -> tuple[Detail, ...]:
    """Say which links of a list moved, in canonical form; nothing for values that are one piece."""
    if not (isinstance(before, tuple) and isinstance(after, tuple)):
        return ()
    from deepdiff import DeepDiff

    tree = DeepDiff([*map(canonical_url, before)], [*map(canonical_url, after)], view="tree")
    found = [_detail(item) for kind in sorted(tree) for item in tree[kind]]
    return tuple(sorted(found, key=lambda detail: detail.path))


def _detail(item: Any) -> Detail:
    path = "".join(f"[{part}]" for part in item.path(output_format="list"))
    before, after = (side if isinstance(side, str) else None for side in (item.t1, item.t2))
    return Detail(path=path, before=before, after=after)

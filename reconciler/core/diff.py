"""diff: (desired, observed) → one comparison for each managed field.

Unmentioned means unmanaged: a field that the profile does not hold is never looked at. An explicit empty value means
clear. `null` never comes this far. A field that could not be read is compared with nothing.

This is the only user of deepdiff, and it runs only for lists that differ, to say which item moved. A provider's
spelling of an item that stayed is no move.
"""

from __future__ import annotations

from typing import Any

from reconciler.core.change import Detail
from reconciler.core.equality import Equality, equality
from reconciler.core.model import Model
from reconciler.core.target import Desired, DesiredField, Known, LiveField, Observed
from reconciler.core.value import Value, canonical_url


class Comparison(Model):
    """A managed field beside its live value; `equality` is None where the live value is not known."""

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

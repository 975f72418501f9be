"""need_not_read: (profiles, what they asked for before, the ledger) → the targets whose reading would change nothing.

A plan against a base says what the files ask for. A profile is read if it asks for something else than at the base, or
if the ledger does not say that all of it was applied and shown. Reading any other profile could only find drift. An
apply leaves drift alone, and `drift` reads every profile. Where drift would be overwritten, or a field is to be sent
once more, every target is read.

A target that was not read is never said to be in sync.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from reconciler.core.comparing.kinds import is_identical
from reconciler.core.fields import Webhook
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState
from reconciler.core.planning.base import TargetKey
from reconciler.core.target import Desired, DesiredField


def need_not_read(
    desired: Iterable[Desired],
    entries: Mapping[TargetKey, LedgerEntry],
    *,
    unmoved: Callable[[Desired], bool],
    marks: Mapping[TargetKey, tuple[str, ...]],
    resend: Collection[str] = (),
    unvouched: bool = False,
) -> frozenset[TargetKey]:
    """Return the targets that need not be read. `unmoved` says of a profile that it asks for nothing new.

    `marks` stand for the secrets in webhooks, one for each key of the ledger. The fields `resend` are sent even where
    nothing differs. With `unvouched`, memory counts that no mark vouches for.
    """
    return frozenset(
        one.target.key
        for one in desired
        if unmoved(one)
        and (entry := entries.get(one.target.key)) is not None
        and all(
            field.name not in resend
            and (record := entry.memory(field.name)) is not None
            and (record.vouched or unvouched)
            and _is_as_sent(field, record, marks.get(one.target.key, ()))
            for field in one.fields
        )
    )


def _is_as_sent(field: DesiredField, record: FieldRecord, marks: tuple[str, ...]) -> bool:
    """True if the field's value was sent or seen, was shown as it was sent, and nothing of it is open."""
    if record.sent is None or record.shown is None:
        return False
    if record.state is not RecordState.SETTLED or record.intent is not None or record.asked is not None:
        return False
    other_secrets = isinstance(field.value, Webhook) and bool(marks and record.mark) and record.mark not in marks
    return is_identical(record.sent, field.value) and not (record.altered or other_secrets)

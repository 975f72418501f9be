"""attribute: (comparison, the ledger's record, the base revision) → no change, or a change and why it exists.

Thirteen rows, first match wins, so every combination has exactly one answer. H is the desired value now, B the desired
value at the base revision, L the live value, A what the ledger's record holds of a value that was sent or seen, and Q
what it holds of a value that was asked for and not sent. The last column is for a record that is not vouched for.

    #  when                                                           result                     unvouched
    1  A has an open intent and L, which is not H, cannot settle it   unsettled                  the same, gated
    2  L = H, or A with H = sent and L = shown or a spelling of sent  no change, or altered      by L = H alone
    3  L write-only, A with H = sent                                  no change, assumed         from 9 on if B ≠ H
    4  A with H ≠ sent, and L is shown, sent or write-only            edited, or pending         the same, gated
    5  A, B given, L = B ≠ H                                          edited                     the same
    6  A with H ≠ sent, Q = H, and L is as it was when Q was asked    edited, or pending         conflict (row 8)
    7  A with H = sent, and B not given or B = H                      drifted                    the same
    8  A                                                              conflict                   the same
    9  no A; B none, or no base and no entry for the whole target,    adopted                    the same
       or no base and L is empty or was never touched
    10 no A, Q, and L is not B and holds something or may             adopted                    the same
    11 no A, B given, B ≠ H, and L = B or write-only,                 edited, or pending         the same
       or L is empty or was never touched
    12 no A, B given, B ≠ H                                           conflict                   the same
    13 otherwise                                                      unrecorded                 the same

Rows 4 and 11 are `pending` if B is given and B = H, and row 6 also if B is not given; otherwise they are `edited`.

Assume that unvouched memory is forged. It may explain a change, and must not hide one: where it alone says "no change",
the rows from 9 on decide. A spelling of H is H to every customer, and stays in row 2. It opens no gate: "gated" means
that `first-contact` still asks, as it does for `adopted`. What it explains or assumes is said "by memory", and counts
for drift. Q supplies no value and opens no gate, so it needs no vouching in row 10. `field_plan` says for what git
vouches where no key of the ledger is here.

A write that was acknowledged and never showed (A unconverged, H = sent, L = before) is `pending`. After the second time
it is no change but a warning: the provider does not take this value. Once H is another value, L = before says that live
has not moved, as L = shown does in row 4.

A spelling differs in nothing that a customer notices, as `rewriting` says. It is in sync only where it was sent: a
value of the file that was not sent yet is a change, even where live is a spelling of it. A field that shows anything
else than what was sent is `altered`. It is no change, since sending it again would show the same. It is never in sync.

The last case of row 9 is a field that was added to a known profile. The last case of row 11 is a field whose first
apply never came through. In both, sending the file's value loses nothing. Row 6 is an edit of row 5 and row 10 a first
contact that was refused, stopped by a gate or never tried: later commits, where B = H, do not make it forgotten.

Row 7 does not apply to a field that the base revision did not manage: this pull request added it.

If live was not read, as in an offline plan, every L is write-only. Then a field without A and Q is held against B
alone: no change, assumed, if B = H; otherwise edited.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from reconciler.core.comparing.kinds import Equality, equality, is_identical, is_same, is_worth_keeping
from reconciler.core.comparing.spellings import is_benign, live_instead, shown_as
from reconciler.core.explanations import FINDINGS
from reconciler.core.fields import Picture, Value, Webhook
from reconciler.core.memory.records import Asked, FieldRecord, RecordState, cannot_settle, has_not_converged, settle
from reconciler.core.planning.comparison import Comparison
from reconciler.core.target import Known, LiveField, Origin, WriteOnly


class SameReason(StrEnum):
    """Why a managed field needs no change."""

    IN_SYNC = "in sync"
    ALREADY_LIVE = "already live"
    LOOKS_THE_SAME = "looks the same"
    ECHO = "as the provider shows it"
    ASSUMED = "assumed"
    CANNOT_TELL = "cannot tell"
    IGNORED = "ignored by the provider"
    ALTERED = "altered by the provider"


# The other reasons do not prove that the field is in sync.
CERTAIN = frozenset({SameReason.IN_SYNC, SameReason.ALREADY_LIVE, SameReason.ECHO})
# The value was sent and taken, and something else is live. Only another value, or a move of live, leads on from here.
NOT_AS_SENT = frozenset({SameReason.IGNORED, SameReason.ALTERED})


@dataclass(frozen=True, slots=True)
class Unchanged:
    """No change, and why; `note` is for people only. For an assumed value, `since` and `run` say who sent it."""

    reason: SameReason
    note: str = ""
    since: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """A change, and why; `note` is for people only."""

    origin: Origin
    note: str = ""


Attribution = Unchanged | Movement


@dataclass(frozen=True, slots=True)
class BaseValue:
    """What the base revision wanted of this field; None means that it did not manage it."""

    value: Value | None


@dataclass(frozen=True, slots=True)
class _Sent:
    """A record with an acknowledged value: A of the table."""

    value: Value
    record: FieldRecord


@dataclass(frozen=True, slots=True)
class _Case:
    desired: Value
    live: LiveField
    base: BaseValue | None
    target_known: bool
    loses: bool
    marks: tuple[str, ...] = ()
    offline: bool = False
    asked: Asked | None = None

    @property
    def base_value(self) -> Value | None:
        return self.base.value if self.base is not None else None

    @property
    def edited_here(self) -> bool:
        """B given and B ≠ H."""
        return self.base_value is not None and not is_identical(self.base_value, self.desired)

    @property
    def live_is_base(self) -> bool:
        return self.base_value is not None and self.shows(self.base_value)

    @property
    def only_looks_alike(self) -> bool:
        """H and L are pictures of different bytes."""
        return isinstance(self.desired, Picture) and not (
            isinstance(self.live, Known) and is_identical(self.desired, self.live.value)
        )

    def other_secrets(self, sent: _Sent | None) -> bool:
        """H is the webhook that was sent, except for the references to its secrets, which no provider shows."""
        if sent is None or not isinstance(self.desired, Webhook):
            return False
        return is_same(self.desired, sent.value) and not is_identical(self.desired, sent.value)

    def new_secrets(self, sent: _Sent | None) -> bool:
        """The secrets behind the same references differ from those that were sent, as far as marks tell."""
        return sent is not None and bool(self.marks and sent.record.mark) and sent.record.mark not in self.marks

    @property
    def asked_over_this(self) -> bool:
        """H was asked for and not sent, and L is as it was then."""
        return self.asked is not None and is_identical(self.asked.value, self.desired) and self.shows(self.asked.over)

    def shows(self, value: Value | None) -> bool:
        """L is known to be `value`."""
        return value is not None and isinstance(self.live, Known) and is_same(self.live.value, value)


def attribute(
    comparison: Comparison,
    record: FieldRecord | None,
    *,
    base: BaseValue | None = None,
    target_known: bool = False,
    marks: tuple[str, ...] = (),
    offline: bool = False,
) -> Attribution:
    """Say why the field differs, or that it does not; the live value must be known or write-only.

    `base` is None if no base revision was given. `target_known` says that the ledger knows the target at all. `marks`
    are of the secrets in the desired value, if they are at hand. `offline` says that live was not read.
    """
    settled = settle(record, comparison.live) if record is not None else None
    sent = _Sent(settled.sent, settled) if settled is not None and settled.sent is not None else None
    live = comparison.live
    loses = not isinstance(live, Known) or is_worth_keeping(comparison.field.name, live.value)
    asked = settled.asked if settled is not None else None
    case = _Case(comparison.field.value, live, base, target_known, loses, marks, offline, asked)
    hidden = settled is not None and cannot_settle(settled)
    unchanged = _live_is_desired(case, sent) if comparison.equality is Equality.SAME and not hidden else None
    if unchanged is not None:
        return _unless_new_secrets(unchanged, case, sent)
    if settled is not None and settled.intent is not None:
        tried = settled.tried or settled.stamp
        note = f"sent {tried.at} by run {tried.run}, and whether it arrived is not known"
        return Movement(origin=Origin.UNSETTLED, note=note)
    found = _as_sent(case, sent) if sent is not None else None
    if sent is None or (isinstance(found, Unchanged) and not sent.record.vouched and not _files_agree(case, sent)):
        return _with_asked(_unrecorded(case), case)
    return _with_asked(_recorded(case, sent), case) if found is None else _unless_new_secrets(found, case, sent)


def _files_agree(case: _Case, sent: _Sent) -> bool:
    """True if a field that only a forged record may call in sync is so by the files, or may be so unseen."""
    if isinstance(case.live, Known):
        # Live is a spelling of the file's value, so a record could only hide what no customer notices.
        return is_benign(sent.record.field, case.desired, case.live.value)
    return not case.edited_here


def _with_asked(found: Attribution, case: _Case) -> Attribution:
    """Say of a change that is to be sent who asked for it before, and why it was not sent then."""
    asked = case.asked
    if not isinstance(found, Movement) or found.origin in FINDINGS:
        return found
    if asked is None or not is_identical(asked.value, case.desired):
        return found
    return replace(found, note=f"asked for {asked.stamp.at} by run {asked.stamp.run}: {asked.why}")


def _unless_new_secrets(found: Attribution, case: _Case, sent: _Sent | None) -> Attribution:
    """A webhook whose token or header has a new value must be sent, although no visible value differs."""
    if isinstance(found, Unchanged) and case.new_secrets(sent):
        return Movement(origin=Origin.EDITED, note="what is secret in it has another value than the one that was sent")
    return found


def _live_is_desired(case: _Case, sent: _Sent | None) -> Unchanged | None:
    """Row 2, its first half: L = H."""
    if case.other_secrets(sent):
        return None
    if case.only_looks_alike:
        if sent is not None and not is_identical(case.desired, sent.value):
            # With a record, a different file is always a change, even if it looks like the live picture.
            return None
        if sent is None or not (sent.record.vouched and case.shows(sent.record.shown)):
            return Unchanged(reason=SameReason.LOOKS_THE_SAME)
    return Unchanged(reason=SameReason.ALREADY_LIVE if case.edited_here else SameReason.IN_SYNC)


def _as_sent(case: _Case, sent: _Sent) -> Attribution | None:
    """H = sent and L is how the provider showed it (row 2), cannot be read (row 3), or never moved."""
    if not is_identical(case.desired, sent.value):
        return None
    record, stamp = sent.record, sent.record.stamp
    if not isinstance(case.live, Known):
        shown = record.shown if record.altered else None
        note = f"when last read, {live_instead(sent.value, shown)}" if shown is not None else ""
        return Unchanged(reason=SameReason.ASSUMED, note=note, since=stamp.at, run=stamp.run)
    live = case.live.value
    if is_benign(record.field, sent.value, live):
        reason = SameReason.ALREADY_LIVE if case.edited_here else SameReason.ECHO
        return Unchanged(reason=reason, note=shown_as(record.field, sent.value, live))
    if has_not_converged(record):
        return _stuck(case, record, live)
    return _echo(case, record, live)


def _echo(case: _Case, record: FieldRecord, live: Value) -> Unchanged | None:
    """L is not a spelling of the sent value. If L is what the provider showed then, the provider made it so."""
    verdict = Equality.DIFFERENT if record.shown is None else equality(live, record.shown)
    if verdict is not Equality.DIFFERENT and record.altered:
        return Unchanged(reason=SameReason.ALTERED, note=live_instead(case.desired, live))
    match verdict:
        case Equality.SAME:
            # A picture, for anything else is a spelling or altered.
            return Unchanged(reason=SameReason.ALREADY_LIVE if case.edited_here else SameReason.IN_SYNC)
        case Equality.CANNOT_TELL:
            return Unchanged(
                reason=SameReason.CANNOT_TELL, note="the picture served now differs a little from the one served before"
            )
        case Equality.DIFFERENT:
            return None
        case _:
            assert_never(verdict)


def _stuck(case: _Case, record: FieldRecord, live: Value) -> Attribution | None:
    """An acknowledged write of this very value that never showed."""
    if not case.shows(record.before):
        return None
    note = f"sent {record.stamp.at}, still shows the value from before"
    if record.state is RecordState.IGNORED:
        return Unchanged(reason=SameReason.IGNORED, note=f"{note}; {live_instead(case.desired, live)}")
    return Movement(origin=Origin.PENDING, note=note)


def _recorded(case: _Case, sent: _Sent) -> Movement:
    """Rows 4 to 8."""
    base_is_desired = case.base_value is not None and not case.edited_here
    swallowed = sent.record.before if has_not_converged(sent.record) else None
    unmoved = isinstance(case.live, WriteOnly) or any(map(case.shows, (sent.record.shown, sent.value, swallowed)))
    if not is_identical(case.desired, sent.value) and unmoved:
        return Movement(origin=Origin.PENDING if base_is_desired else Origin.EDITED)
    if case.edited_here and case.live_is_base:
        return Movement(origin=Origin.EDITED)
    if not is_identical(case.desired, sent.value) and sent.record.vouched and case.asked_over_this:
        return Movement(origin=Origin.EDITED if case.edited_here else Origin.PENDING)
    if is_identical(case.desired, sent.value) and (case.base is None or base_is_desired):
        return Movement(origin=Origin.DRIFTED, note=f"last in sync {sent.record.stamp.at}")
    return Movement(origin=Origin.CONFLICT)


def _unrecorded(case: _Case) -> Attribution:
    """Rows 9 to 13."""
    if case.asked is not None and case.loses and not case.live_is_base:
        return Movement(origin=Origin.ADOPTED)
    if case.offline and case.base_value is not None:
        if case.edited_here:
            return Movement(origin=Origin.EDITED, note="the value before is the one that the base revision has")
        return Unchanged(reason=SameReason.ASSUMED, note="as the base revision has it")
    unmanaged_before = case.base is not None and case.base_value is None
    if unmanaged_before or (case.base is None and not (case.target_known and case.loses)):
        return Movement(origin=Origin.ADOPTED)
    if case.edited_here:
        arrived = isinstance(case.live, WriteOnly) or case.live_is_base or not case.loses
        return Movement(origin=Origin.EDITED if arrived else Origin.CONFLICT)
    return Movement(origin=Origin.UNRECORDED if case.loses else Origin.PENDING)

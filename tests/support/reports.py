"""Hypothesis strategies: any plan and any report, in which every text is drawn from a given strategy."""

from __future__ import annotations

import re
from typing import TypeVar

from hypothesis import strategies as st

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.basics import Cause, Diagnostic, Location, Reason, Severity
from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.fields import FIELD_NAMES, Header, Mode, Picture, SecretRef, Value, Webhook
from reconciler.core.memory.records import FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.planning.base import Unmanaged
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport, ValidateReport
from reconciler.core.roster import Business
from reconciler.core.safety.approval import Unapproved
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import (
    Assumed,
    Before,
    Change,
    Desired,
    DesiredField,
    Known,
    Linked,
    Live,
    LiveField,
    Observed,
    Origin,
    Target,
    Unknown,
    Unreadable,
    WriteOnly,
)

T = TypeVar("T")
Texts = st.SearchStrategy[str]
Report = PlanReport | ApplyReport | DriftReport | ShowReport | ValidateReport
FIELDS = st.sampled_from(FIELD_NAMES)
NUMBERS = st.integers(0, 10**7)
# What must never reach a terminal: controls but the line feed, turns of direction, the unseen, half characters.
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\u2028\u2029\ud800-\udfff]")


def _some(items: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(items, max_size=2).map(tuple)


def values(text: Texts) -> st.SearchStrategy[Value]:
    """Any value of any field, also one that the field cannot have."""
    pictures = st.builds(
        Picture,
        sha256=text,
        mime=text,
        size=NUMBERS,
        width=NUMBERS,
        height=NUMBERS,
        grid=text,
        alpha=st.booleans(),
        file=text,
    )
    names = text.map(lambda name: name or "WEBHOOK_VERIFY")
    secrets = st.builds(SecretRef, env=names) | st.builds(SecretRef, file=names)
    headers = _some(st.builds(Header, name=text, secret=st.none() | secrets))
    webhooks = st.builds(Webhook, url=text, verify_token=st.none() | secrets, headers=headers)
    return st.one_of(text, _some(text), pictures, webhooks)


def locations(text: Texts) -> st.SearchStrategy[Location]:
    """Any place in a file, or none."""
    return st.builds(Location, file=text, line=NUMBERS, column=NUMBERS)


def targets(text: Texts) -> st.SearchStrategy[Target]:
    """Any target."""
    return st.builds(Target, provider=text, endpoint=text, address=text, account=text, profile=text, number=text)


def changes(text: Texts) -> st.SearchStrategy[Change]:
    """Any change, of a value that is known, assumed or unknown."""
    befores: st.SearchStrategy[Before] = st.one_of(
        st.builds(Known, value=values(text)),
        st.builds(Assumed, value=values(text), since=text, run=text),
        st.just(Unknown()),
    )
    details = st.builds(
        Detail,
        path=text,
        became=st.sampled_from(Became),
        before=st.none() | text,
        after=st.none() | text,
        came_from=text,
        pieces=_some(st.builds(Piece, became=st.sampled_from(Became), text=text)),
        note=text,
    )
    return st.builds(
        Change,
        field=FIELDS,
        before=befores,
        after=values(text),
        origin=st.sampled_from(Origin),
        source=locations(text),
        details=_some(details),
        note=text,
        acknowledged=text,
    )


def target_plans(text: Texts) -> st.SearchStrategy[TargetPlan]:
    """Any part of a plan."""
    return st.builds(
        TargetPlan,
        target=targets(text),
        status=st.sampled_from(TargetStatus),
        file=text,
        reason=text,
        differences=_some(changes(text)),
        unchanged=_some(
            st.builds(UnchangedField, field=FIELDS, reason=st.sampled_from(SameReason), note=text, since=text, run=text)
        ),
        unreadable=_some(st.builds(UnreadableField, field=FIELDS, reason=text, cause=causes(text))),
        notes=_some(text),
        cause=causes(text),
        business=st.builds(Business, text, text, text, text),
    )


def causes(text: Texts) -> st.SearchStrategy[Cause | None]:
    """Any reason of a failed call, or none."""
    return st.none() | st.builds(Cause, message=text, reason=text, code=text, trace=text, hint=text)


def diagnostics(text: Texts) -> st.SearchStrategy[Diagnostic]:
    """Any problem."""
    severities = st.sampled_from(Severity)
    return st.builds(
        Diagnostic, severity=severities, code=text, summary=text, hint=text, location=locations(text), profile=text
    )


def plans(text: Texts) -> st.SearchStrategy[Plan]:
    """Any plan."""
    key, commits = st.tuples(text, text, text), st.sampled_from(["", "c" * 40])
    gone = st.builds(Unmanaged, key=key, profile=text, fields=_some(FIELDS), whole=st.booleans())
    return st.builds(
        Plan,
        targets=_some(target_plans(text)),
        diagnostics=_some(diagnostics(text)),
        released=_some(gone),
        base=commits,
        head=commits,
        offline=st.booleans(),
    )


def plan_reports(text: Texts) -> st.SearchStrategy[PlanReport]:
    """Any plan with any gates."""
    return st.builds(PlanReport, plan=plans(text), tripped=_gates(text))


def _gates(text: Texts) -> st.SearchStrategy[tuple[Tripped, ...]]:
    rules = st.sampled_from(Rule)
    return _some(st.builds(Tripped, gate=text, rule=rules, summary=text, hint=text, profiles=_some(text)))


def apply_reports(text: Texts) -> st.SearchStrategy[ApplyReport]:
    """Any end of an apply."""
    fields = st.builds(FieldOutcome, field=FIELDS, status=st.sampled_from(FieldStatus), detail=text, cause=causes(text))
    outcomes = _some(
        st.builds(
            Outcome,
            target=targets(text),
            fields=_some(fields),
            detail=text,
            skipped=st.booleans(),
            reasons=_some(st.sampled_from(Reason)),
        )
    )
    records = st.builds(
        RunRecord, run=text, commit=text, started=text, finished=text, digest=text, outcomes=outcomes, interrupted=text
    )
    return st.builds(
        ApplyReport,
        plan=plans(text),
        tripped=_gates(text),
        outcomes=outcomes,
        stopped=text,
        record=st.none() | records,
        unrecorded=text,
        unapproved=_some(_unapproved(text)),
        gone=_some(text),
    )


def _unapproved(text: Texts) -> st.SearchStrategy[Unapproved]:
    return st.builds(
        Unapproved,
        target=targets(text),
        file=text,
        now=changes(text),
        approved_for=st.none() | targets(text),
        approved=st.none() | changes(text),
    )


def drift_reports(text: Texts) -> st.SearchStrategy[DriftReport]:
    """Any look at what moved elsewhere."""
    written = st.builds(Authored, profile=text, file=text, field=FIELDS, detail=text)
    left = st.builds(LeftOut, profile=text, file=text, field=FIELDS, reason=text, failed=st.booleans())
    looked = {"remembered": st.none() | st.integers(0, 3), "no_apply": st.booleans(), "unrecorded": text}
    return st.builds(DriftReport, plan=plans(text), adopted=_some(written), not_adopted=_some(left), **looked)


def show_reports(text: Texts) -> st.SearchStrategy[ShowReport]:
    """Any profile, read or not, remembered or not."""
    fields = _some(st.builds(DesiredField, name=FIELDS, value=values(text), file=text, line=NUMBERS, column=NUMBERS))
    modes = st.sampled_from(Mode)
    return st.builds(
        ShowReport,
        desired=st.builds(Desired, target=targets(text), fields=fields, mode=modes, file=text),
        live=_live(text),
        entry=st.none() | _entries(text),
        planned=target_plans(text),
    )


def _live(text: Texts) -> st.SearchStrategy[Live | None]:
    fields: st.SearchStrategy[LiveField] = st.one_of(
        st.builds(Known, value=values(text)),
        st.just(WriteOnly()),
        st.builds(Unreadable, reason=text),
        st.builds(Linked, url=text),
    )
    seen = st.builds(Observed, fields=st.dictionaries(FIELDS, fields, max_size=3), blocked=text, notes=_some(text))
    return st.one_of(st.none(), st.builds(Unreadable, reason=text), seen)


def _entries(text: Texts) -> st.SearchStrategy[LedgerEntry]:
    records = st.builds(
        FieldRecord,
        field=FIELDS,
        state=st.sampled_from(RecordState),
        stamp=st.builds(Stamp, at=text, run=text, commit=text),
        sent=st.none() | values(text),
    )
    return st.builds(LedgerEntry, key=st.tuples(text, text, text), records=_some(records))


def validate_reports(text: Texts) -> st.SearchStrategy[ValidateReport]:
    """Any end of a validation."""
    return st.builds(ValidateReport, profiles=st.integers(0, 3), diagnostics=_some(diagnostics(text)))


def reports(text: Texts) -> st.SearchStrategy[Report]:
    """Any report of any command."""
    return st.one_of(
        plan_reports(text), apply_reports(text), drift_reports(text), show_reports(text), validate_reports(text)
    )

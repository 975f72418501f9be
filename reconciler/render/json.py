"""Reports as JSON documents. The plan's is versioned and has a schema; the same report always gives the same bytes.

Every character beyond printable ASCII is escaped, so that no terminal or log acts on the text of a profile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, assert_never

from reconciler.core.basics import Diagnostic, to_dict
from reconciler.core.comparing.kinds import to_json
from reconciler.core.fields import Value, Webhook
from reconciler.core.formats import PLAN_FORMAT, RESULT_FORMAT
from reconciler.core.memory.stored import record_to_json
from reconciler.core.planning.acknowledged import acceptable
from reconciler.core.planning.digest import change_digest
from reconciler.core.planning.field_plan import UnchangedField
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.planning.treatment import Consent, summarize, treated
from reconciler.core.reports.causes import causes_json, unread_groups, unsent_groups
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ValidateReport
from reconciler.core.roster import NO_BUSINESS
from reconciler.core.safety.approval import Unapproved
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.target import (
    Assumed,
    Before,
    Change,
    Known,
    Target,
    Unknown,
)
from reconciler.render.safe_text import Inert
from reconciler.render.text.changes import was_not_read
from reconciler.render.text.drift import adopting_json
from reconciler.render.text.plan import released_json
from reconciler.render.words import ends


def dumps(document: dict[str, Any]) -> Inert:
    """Return `document` as text with sorted keys.

    A line begins with a quote, a bracket, a number or a word, never with `::`. A CI runner obeys `##[` anywhere in a
    line, so it is written with an escape. So is DEL, the one control character that JSON lets pass.
    """
    text = json.dumps(document, indent=2, sort_keys=True)
    return Inert(text.replace("##[", r"##\u005b").replace("\x7f", r"\u007f"))


def plan_json(report: PlanReport) -> dict[str, Any]:
    """Return the plan document, as schemas/plan.schema.json says."""
    held = {origin.value: number for origin, number in report.held.items()}
    return {
        **_plan_document(report.plan, report.consent),
        "gates": _gates(report.tripped),
        "further_gates": _gates(report.further),
        "held": held,
        **ends(report.reasons),
    }


def _plan_document(plan: Plan, consent: Consent) -> dict[str, Any]:
    """Return what every document about a plan holds; `base` and `head` are null if there is no such commit."""
    summary = summarize(plan, consent)
    return {
        "format_version": PLAN_FORMAT,
        "digest": plan.digest,
        "has_changes": summary.will_be_sent > 0,
        "complete": plan.complete,
        "errored": plan.errored,
        "summary": to_dict(summary),
        "offline": plan.offline,
        **({"fields": list(plan.fields)} if plan.fields else {}),
        **_shard(plan),
        "base": plan.base or None,
        "head": plan.head or None,
        "diagnostics": diagnostics_json(plan.diagnostics),
        "targets": [
            {**_planned(planned, consent), **(_beside(planned) if plan.shard else {})} for planned in plan.targets
        ],
        "released": released_json(plan.released),
        "causes": causes_json(unread_groups(plan.targets)),
    }


def _shard(plan: Plan) -> dict[str, Any]:
    """Return what `plan merge` compares; only the plan of a shard has it."""
    parts = {"shard": plan.shard, "selection": plan.selection, "program": plan.program}
    return parts if plan.shard else {}


def _beside(planned: TargetPlan) -> dict[str, Any]:
    """Return what people see beside a target and no plan differs by, so that a merged plan shows it as well."""
    business = {"business": to_dict(planned.business)} if planned.business != NO_BUSINESS else {}
    return business | ({"line": planned.line} if planned.line else {})


def _planned(planned: TargetPlan, consent: Consent) -> dict[str, Any]:
    differences = [_difference(planned, change, consent) for change in planned.differences]
    return {
        **_target(planned.target),
        "file": planned.file,
        "status": planned.status,
        "reason": planned.reason,
        "changes": differences if planned.changes else [],
        "not_applied": differences if not planned.changes else [],
        "unchanged": [_unchanged(field) for field in planned.unchanged],
        "unreadable": [to_dict(field) for field in planned.unreadable],
        "notes": list(planned.notes),
        "offline": planned.offline,
        "cause": to_dict(planned.cause) if planned.cause is not None else None,
    }


def _unchanged(one: UnchangedField) -> dict[str, Any]:
    return to_dict(one, without=() if one.by_memory else ("by_memory",))


def _difference(planned: TargetPlan, change: Change, consent: Consent) -> dict[str, Any]:
    """Return a change, and what an apply does with it."""
    return {**_change(planned.target, change), "treatment": treated(planned, change, consent)}


def _target(target: Target) -> dict[str, Any]:
    return to_dict(target)


def _change(target: Target, change: Change) -> dict[str, Any]:
    before = change.before_value
    return {
        "field": change.field,
        "action": change.action,
        "origin": change.origin,
        "classes": list(change.classes),
        "before": to_json(before) if before is not None else None,
        "before_is": _before_is(change.before),
        **({"before_doubt": doubt} if (doubt := getattr(change.before, "doubt", "")) else {}),
        "before_since": change.before.since if isinstance(change.before, Assumed) else None,
        "before_run": change.before.run if isinstance(change.before, Assumed) else None,
        "before_sensitive": _sensitive(before),
        "after": to_json(change.after),
        "after_sensitive": _sensitive(change.after),
        "details": [to_dict(detail) for detail in change.details],
        "note": change.note,
        "acknowledged": change.acknowledged,
        "via": {one.name: one.value for one in change.via},
        "source": to_dict(change.source),
        "digest": change_digest(target, change),
        **({"by_memory": True} if change.by_memory else {}),
    }


def _before_is(before: Before) -> str:
    match before:
        case Known():
            return "known"
        case Assumed():
            return "assumed"
        case Unknown():
            return "unknown"
        case _:
            assert_never(before)


def _sensitive(value: Value | None) -> dict[str, Any]:
    """Return the parts of a value that stand for a secret, in the shape of the value."""
    if not isinstance(value, Webhook):
        return {}
    token = {"verify_token": True} if value.verify_token is not None else {}
    return token | ({"headers": {header.name: True for header in value.headers}} if value.headers else {})


def _gates(tripped: Iterable[Tripped]) -> list[dict[str, Any]]:
    return [{**to_dict(gate), "profiles": list(gate.profiles)} for gate in tripped]


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Return problems as JSON."""
    return [to_dict(diagnostic) for diagnostic in diagnostics]


def validate_json(report: ValidateReport) -> dict[str, Any]:
    """Return the result of validating."""
    return {
        "format_version": RESULT_FORMAT,
        "profiles": report.profiles,
        "diagnostics": diagnostics_json(report.diagnostics),
        **ends(report.reasons),
    }


def apply_json(report: ApplyReport) -> dict[str, Any]:
    """Return the plan that was applied, and what each change came to."""
    return {
        **_plan_document(report.plan, report.consent),
        "gates": _gates(report.tripped),
        "causes": causes_json((*unread_groups(report.plan.targets), *unsent_groups(report.outcomes))),
        "came_to": {status.replace(" ", "_"): number for status, number in report.came_to.items()},
        "superseded": report.superseded or None,
        "stale": report.stale,
        "stopped": report.stopped,
        "unapproved": [_unapproved(one) for one in report.unapproved],
        "gone": list(report.gone),
        "waiting": [{"profile": p.target.profile, "field": c.field, "why": why} for p, c, why in report.waiting],
        "unrecorded": report.unrecorded,
        "run": record_json(report),
        **ends(report.reasons, signal=report.signal),
    }


def _unapproved(one: Unapproved) -> dict[str, Any]:
    """Return a change that would be sent now, beside the change that was approved in its place."""
    was = one.approved_for
    return {
        **_target(one.target),
        "file": one.file,
        "elsewhere": [*one.elsewhere, *(moved.name for moved in one.rerouted)],
        "planned_offline": one.planned_offline,
        "now": _change(one.target, one.now),
        "approved_for": _target(was) if was is not None else None,
        "approved": _change(was, one.approved) if was is not None and one.approved is not None else None,
    }


def record_json(report: ApplyReport) -> dict[str, Any] | None:
    """Return the record of the run; None if no write was begun."""
    return record_to_json(report.record) if report.record is not None else None


def drift_json(report: DriftReport) -> dict[str, Any]:
    """Return what moved elsewhere, and separately what differs for other reasons."""

    def listed(found: Iterable[tuple[TargetPlan, Change]]) -> list[dict[str, Any]]:
        return [
            {
                **_target(p.target),
                "file": p.file,
                **_difference(p, c, report.consent),
                "before_hash": acceptable(p, c) or None,
            }
            for p, c in found
        ]

    return {
        "format_version": RESULT_FORMAT,
        "complete": report.plan.complete,
        "summary": to_dict(report.summary),
        "drifted": listed(report.drifted),
        "observed": listed(report.observed),
        "unrecorded": listed(report.unknown_since),
        "by_memory": listed(report.by_memory),
        "newly_managed": listed(report.newly_managed),
        "acknowledged": listed(report.acknowledged),
        "pending": listed(report.pending),
        "never_sent": listed(report.never_sent),
        "assumed": _fields(report.assumed),
        "not_as_sent": _fields(report.not_as_sent),
        "shown_otherwise": _fields(report.shown_otherwise),
        **_memory(report),
        **_shard_look(report),
        "not_recorded": report.unrecorded,
        **adopting_json(report),
        "blocked": [_planned(p, report.consent) for p in report.plan.targets if p.status is TargetStatus.BLOCKED],
        "unreadable": [_planned(p, report.consent) for p in report.plan.targets if was_not_read(p)],
        "causes": causes_json(unread_groups(report.plan.targets)),
        "unasked": [_target(target) for target in report.unasked],
        "diagnostics": diagnostics_json(report.plan.diagnostics),
        **ends(report.reasons),
    }


def _fields(found: Iterable[tuple[TargetPlan, UnchangedField]]) -> list[dict[str, Any]]:
    return [{**_target(p.target), "file": p.file, **_unchanged(field)} for p, field in found]


def _shard_look(report: DriftReport) -> dict[str, Any]:
    """Return what `drift merge` reads; only the look of a shard that wrote nothing into files has it."""
    if not report.plan.shard or report.adopted or report.not_adopted or report.accepted is not None:
        return {}
    plan = {**_plan_document(report.plan, report.consent), "gates": [], "held": {}, **ends(report.reasons)}
    return {"plan": plan, "narrowed": report.narrowed}


def _memory(report: DriftReport) -> dict[str, Any]:
    """Return how much the ledger held when the look began."""
    return {"remembered": report.remembered, "no_apply": report.no_apply}

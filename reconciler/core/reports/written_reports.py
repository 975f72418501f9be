"""What the run of one shard wrote with --json, as the report that it was written from.

shard_plan: (a plan document) → its plan, or why it was altered.
read_look: (what `drift --shard` wrote) → the look of that shard, or why it cannot be read.
read_apply: (what `apply --shard` wrote) → what that apply came to, or why it cannot be read.

A document is foreign, as a plan's is: it can cause nothing but words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from reconciler.core.basics import SIGNALLED, Diagnostic, Location, checked, error
from reconciler.core.memory.stored import loaded, record_from_json
from reconciler.core.planning.document_reader import change_from_document, plan_from_document
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.safety.approval import ALTERED, LARGEST_PLAN, Unapproved, checked_document
from reconciler.core.safety.gates import Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Target

if TYPE_CHECKING:
    from reconciler.core.planning.document import PlanDocument

_Report = TypeVar("_Report", DriftReport, ApplyReport)
_Data = Mapping[str, Any]
_TARGET = ("provider", "endpoint", "address", "account", "profile", "number")


def read_look(content: bytes, *, file: str) -> DriftReport | tuple[Diagnostic, ...]:
    """Return the look that `content` is of; `file` is the name that problems are reported under."""
    return _read(content, lambda data: data["plan"], _look, file=file, command="drift --shard I/N --json")


def read_apply(content: bytes, *, file: str) -> ApplyReport | tuple[Diagnostic, ...]:
    """Return the apply that `content` is of; `file` is the name that problems are reported under."""
    return _read(content, lambda data: data, _apply, file=file, command="apply PLAN.json --shard I/N --json")


def _read(
    content: bytes,
    planned: Callable[[_Data], _Data],
    make: Callable[[_Data, Plan], _Report],
    *,
    file: str,
    command: str,
) -> _Report | tuple[Diagnostic, ...]:
    data = loaded(content, "result", most=LARGEST_PLAN)
    if isinstance(data, str):
        return (_problem(file, data, command),)
    if why := _stopped(data):
        return (_problem(file, f"the run was stopped before it had a result: {why}", command),)
    try:
        plan = _plan(planned(data), file)
        return plan if isinstance(plan, tuple) else make(data, plan)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        return (_problem(file, f"it is not what `{command}` writes", command),)


def _problem(file: str, summary: str, command: str) -> Diagnostic:
    return error("shards", summary, hint=f"make it with `{command}`", location=Location(file=file))


def _stopped(data: _Data) -> str:
    """Return the first problem that stopped a run before it had a plan, "" where it has one."""
    found = data.get("diagnostics")
    if data.get("errored") is not True or "summary" in data or not isinstance(found, list):
        return ""
    said = (one["summary"] for one in found if isinstance(one, dict) and isinstance(one.get("summary"), str))
    return next((f"{summary:.200}" for summary in said), "its log says why")


def _plan(data: _Data, file: str) -> Plan | tuple[Diagnostic, ...]:
    from reconciler.core.planning.document import PlanDocument

    names = PlanDocument.model_fields
    document = checked_document({"held": {}} | {name: data[name] for name in names if name in data}, file=file)
    if isinstance(document, tuple):
        return document
    return shard_plan(document, file)


def shard_plan(document: PlanDocument, file: str) -> Plan | tuple[Diagnostic, ...]:
    """Return the plan in a shard's document, whole and unaltered, or why it is not."""
    wrong: list[str] = []
    made = plan_from_document(document, wrong)
    if not wrong and made.digest != document.digest:
        wrong.append(ALTERED)
    return tuple(error("plan-document", what, location=Location(file=file)) for what in wrong) or made


def _look(data: _Data, plan: Plan) -> DriftReport:
    told = {"narrowed": data["narrowed"], "remembered": data["remembered"], "no_apply": data["no_apply"]}
    unasked = tuple(checked(Target, one) for one in data["unasked"])
    made = {"plan": plan, "consent": Consent(), "unasked": unasked, "unrecorded": data["not_recorded"], **told}
    return checked(DriftReport, made)


def _apply(data: _Data, plan: Plan) -> ApplyReport:
    changes = {(planned.target.profile, one.field): (planned, one) for planned, one in plan.changes}
    run, code = data["run"], data["exit_code"]
    made = {
        "plan": plan,
        "tripped": tuple(map(_gate, data["gates"])),
        "superseded": data["superseded"] or "",
        "stale": data["stale"],
        "stopped": data["stopped"],
        "unrecorded": data["unrecorded"],
        "unapproved": tuple(map(_unapproved, data["unapproved"])),
        "gone": tuple(data["gone"]),
        "waiting": tuple((*changes[one["profile"], one["field"]], one["why"]) for one in data["waiting"]),
        "signal": max(code - SIGNALLED, 0),
    }
    record = record_from_json(run) if run is not None else None
    outcomes = record.outcomes if record is not None else ()
    return checked(ApplyReport, {**made, "record": record, "outcomes": outcomes})


def _gate(data: _Data) -> Tripped:
    return checked(Tripped, {**data, "rule": Rule(data["rule"]), "profiles": tuple(data["profiles"])})


def _unapproved(data: _Data) -> Unapproved:
    was, approved = data["approved_for"], data["approved"]
    return checked(
        Unapproved,
        {
            "target": _target(data),
            "file": data["file"],
            "now": change_from_document(data["now"]),
            "approved_for": _target(was) if was is not None else None,
            "approved": change_from_document(approved) if approved is not None else None,
            "planned_offline": data["planned_offline"],
        },
    )


def _target(data: _Data) -> Target:
    return checked(Target, {name: data[name] for name in _TARGET})

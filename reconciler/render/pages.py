"""A report and its sheet → the handover that the next job puts into a comment or an issue.

commands: problems → workflow commands; a runner shows each at its line of the pull request.

Paths in commands start at the top of the repository: `folder` is the files' folder in it, with a slash at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.planning.acknowledged import acceptable
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.planning.treatment import ChangePairs
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ValidateReport
from reconciler.core.reports.handover import TEXT_BYTES, Handover, HandoverKind, MovedField, UnreadField
from reconciler.core.safety.gates import PlanReport
from reconciler.render.markdown.sheet import Sheet, fitted
from reconciler.render.safe_text import Inert, command_message, command_property

# GitHub shows ten of a kind for each step (W-7 in forge/github/APIS.md), and nothing says that there were more.
_MOST_OF_A_KIND = 10


def commands(diagnostics: Iterable[Diagnostic], *, folder: str = "") -> Inert:
    """Return a command for each problem that has a file; foreign text in it cannot start another command.

    Of each kind there are at most ten. The tenth counts the others, which the log has, if there are more.
    """
    found = [one for one in diagnostics if one.location.file]
    return Inert("\n".join(line for kind in Severity for line in _of_a_kind(kind, found, folder)))


def _of_a_kind(kind: Severity, found: Iterable[Diagnostic], folder: str) -> Iterator[str]:
    of_it = [one for one in found if one.severity is kind]
    shown = of_it if len(of_it) <= _MOST_OF_A_KIND else of_it[: _MOST_OF_A_KIND - 1]
    yield from (_command(one, folder) for one in shown)
    if more := len(of_it) - len(shown):
        yield f"::{kind} title=reconciler::{more:,} more of this kind stand in the log of this step."


def _command(diagnostic: Diagnostic, folder: str) -> str:
    properties = ",".join(f"{name}={command_property(text)}" for name, text in _properties(diagnostic, folder))
    message = "\n".join(part for part in (diagnostic.summary, diagnostic.hint) if part)
    return f"::{diagnostic.severity} {properties}::{command_message(message)}"


def _properties(diagnostic: Diagnostic, folder: str) -> Iterator[tuple[str, str]]:
    at = diagnostic.location
    yield "file", folder + at.file
    if at.line:
        yield "line", str(at.line)
        if at.column:
            yield "col", str(at.column)
    yield "title", diagnostic.code


_ELSEWHERE = "; the job's summary and the artifact have them"


def validate_page(report: ValidateReport, sheet: Sheet, *, exit_code: int, commit: str = "") -> Handover:
    """Return the page of the files themselves."""
    quiet = bool(report.profiles) and not _wrong(report)
    return Handover(
        kind=HandoverKind.VALIDATE, text=_text(sheet), commit=commit, exit_code=exit_code, quiet=quiet, complete=True
    )


def _wrong(report: ValidateReport) -> bool:
    return any(diagnostic.severity is not Severity.NOTICE for diagnostic in report.diagnostics)


def plan_page(report: PlanReport, sheet: Sheet, *, exit_code: int) -> Handover:
    """Return the page of a plan; `quiet` if no reviewer has anything to look at."""
    plan = report.plan
    return Handover(
        kind=HandoverKind.PLAN,
        text=_text(sheet),
        commit=plan.head,
        exit_code=exit_code,
        quiet=not report.tripped and _quiet(plan),
        complete=plan.complete,
        shard=plan.shard,
    )


def _quiet(plan: Plan) -> bool:
    differs = any(planned.differences for planned in plan.targets)
    said = any(diagnostic.severity is not Severity.NOTICE for diagnostic in plan.diagnostics)
    return plan.complete and not (differs or said or plan.released)


def apply_page(report: ApplyReport, sheet: Sheet, *, exit_code: int) -> Handover:
    """Return the page of an apply; `quiet` if it found nothing to do and nothing went wrong.

    A superseded apply did nothing for its own commit either, so it is not complete.
    """
    fields = any(outcome.fields or outcome.skipped for outcome in report.outcomes)
    said = report.superseded or report.stale or report.stopped or report.unrecorded
    return Handover(
        kind=HandoverKind.APPLY,
        text=_text(sheet),
        commit=report.plan.head,
        exit_code=exit_code,
        quiet=exit_code == 0 and not (fields or said),
        complete=report.plan.complete and not report.superseded,
        shard=report.plan.shard,
    )


def drift_page(report: DriftReport, sheet: Sheet, *, exit_code: int) -> Handover:
    """Return the page of a look for drift, with what moved and what could not be read: the drift issue needs both."""
    moved = _moved((*report.drifted, *report.observed, *report.unexplained))
    kept = (MovedField(profile=planned.target.profile, field=field.field) for planned, field in report.not_as_sent)
    moved += tuple(kept)
    unread = (*_unread(report.plan), *(UnreadField(profile=target.profile) for target in report.unasked))
    unread += tuple(UnreadField(profile=p.target.profile, field=change.field) for p, change in report.blindly_new)
    part = report.blindly_new or report.narrowed or report.plan.shard
    return Handover(
        kind=HandoverKind.DRIFT,
        text=_text(sheet),
        commit=report.plan.head,
        exit_code=exit_code,
        quiet=exit_code == 0 and not (moved or unread),
        complete=report.plan.complete and report.sees_anything and not part,
        moved=moved,
        waiting=() if report.no_apply else _moved(report.newly_managed),
        unread=unread,
        remembered=report.remembered,
        no_apply=report.no_apply,
        shard=report.plan.shard,
    )


def _moved(found: ChangePairs) -> tuple[MovedField, ...]:
    return tuple(
        MovedField(profile=planned.target.profile, field=change.field, live=acceptable(planned, change))
        for planned, change in found
    )


def _unread(plan: Plan) -> list[UnreadField]:
    found: list[UnreadField] = []
    for planned in plan.targets:
        if planned.status is TargetStatus.UNREADABLE:
            found.append(UnreadField(profile=planned.target.profile))
        found += [UnreadField(profile=planned.target.profile, field=field.field) for field in planned.unreadable]
    return found


def problems_page(kind: HandoverKind, sheet: Sheet, *, exit_code: int, commit: str = "") -> Handover:
    """Return the page of a command that was stopped before it had a result."""
    return Handover(kind=kind, text=_text(sheet), commit=commit, exit_code=exit_code, errored=True)


def crashed_page(kind: HandoverKind, *, commit: str = "") -> Handover:
    """Return the page of a command in which the program itself failed, without any text that the command had."""
    text = (
        "### WhatsApp profiles: the program failed\n\n"
        "The program failed; its log has the details. What it did until then is not known here.\n"
    )
    return Handover(kind=kind, text=text, commit=commit, exit_code=1, errored=True)


def _text(sheet: Sheet) -> str:
    return fitted(sheet, TEXT_BYTES, elsewhere=_ELSEWHERE)

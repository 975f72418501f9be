"""what_next: (an apply's report, where links lead) → what a person does about it, by how the run ended.

stopping_gates: (the report) → the gates that stopped it.

No repetition passes a gate, and none makes a commit the newest. So each exit code has advice of its own.
"""

from __future__ import annotations

from dataclasses import asdict, replace

from reconciler.core.basics import exit_code
from reconciler.core.memory.runs import FieldStatus
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.decision import ALLOWABLE
from reconciler.core.safety.gates import Tripped
from reconciler.core.settings import Rule
from reconciler.render.markdown.buttons import PageWords
from reconciler.render.markdown.sheet import Links
from reconciler.render.safe_text import code_span

_STOPPED, _INCOMPLETE = 3, 6
_NEXT: dict[int, str] = {
    1: (
        "nothing more was written. Mend what is named here. A change of a file is applied by its merge; after any "
        "other, {again}"
    ),
    4: ("a repetition cannot help, because this commit is not the one to apply. To apply the newest one, {start}"),
    5: "{again}: it looks first, finds what was written in sync, and sends only the rest",
    6: "{again}: it looks first, and sends only what is not there",
}
_KEPT_OTHERWISE = (
    "write in the file what the provider can keep: it shows something else than what was sent, and the same value is "
    "not sent again"
)
_UNREVIEWED = "what would be sent now was never reviewed: open a {pull}, so that it is planned and approved anew"
_INTERRUPTED = "{again}: what had not begun was not sent"
_INTERRUPTED_AT_THE_END = "everything had been sent: nothing needs to run again for that"
_DENIED = "a repetition stops at the same. No label lets {gates} pass: change the files, or that rule in the settings"
_ASKED = "a repetition stops at the same. Change the files; or, to let it pass, {start} with {what} {allow}"
_LABEL = ". Before a merge, {labels} that on the {pull}"


def what_next(report: ApplyReport, links: Links) -> str:
    """Return what to do, and the exit code with its reasons; "" if nothing is to be done."""
    # An apply is started where it ran.
    words = replace(links, applies=links.workflow).words
    code = exit_code(report.reasons, signal=report.signal)
    what = _stopped(report, words) if code == _STOPPED else _advice(report, code).format(**asdict(words))
    reasons = ", ".join(sorted(report.reasons)) or "interrupted"
    return f"**What to do next:** {what}. The exit code is {code}: {reasons}." if what else ""


def _advice(report: ApplyReport, code: int) -> str:
    if report.signal:
        done = not report.came_to[FieldStatus.NOT_SENT]
        return _INTERRUPTED_AT_THE_END if done and not report.reasons else _INTERRUPTED
    return _KEPT_OTHERWISE if code == _INCOMPLETE and report.only_altered else _NEXT.get(code, "")


def stopping_gates(report: ApplyReport) -> tuple[Tripped, ...]:
    """Return the gates that may have stopped the run, if it was stopped; what `--allow` opened did not."""
    allowed = report.consent.allowed
    closed = (gate for gate in report.tripped if gate.stops(allowed=allowed, answered=False))
    return tuple(closed) if report.stopped else ()


def _stopped(report: ApplyReport, words: PageWords) -> str:
    """Return the way past what stopped the run: what exactly has to be named, or that nothing opens it."""
    if report.unapproved:
        return _UNREVIEWED.format(pull=words.pull)
    closed = stopping_gates(report)
    denied = [gate.gate for gate in closed if gate.rule is Rule.DENY or gate.gate not in ALLOWABLE]
    if denied:
        return _DENIED.format(gates=" and ".join(map(code_span, denied)))
    names = dict.fromkeys((*(gate.gate for gate in closed), *_left(report)))
    what = code_span(" ".join(names)) if names else "what may pass"
    asked = _ASKED.format(start=words.start, what=what, allow=words.allow)
    labels = " and ".join(words.label(f"allow-{name}") for name in names)
    several = f"the labels {labels} do" if len(names) > 1 else f"the label {labels} does"
    label = _LABEL.format(labels=several, pull=words.pull)
    return f"{asked}{label if names else ''}"


def _left(report: ApplyReport) -> list[str]:
    """Return what sends the changes that wait for a person to decide."""
    waiting = {
        (outcome.target.key, field.field)
        for outcome in report.outcomes
        for field in outcome.fields
        if field.status is FieldStatus.FOR_A_PERSON
    }
    return sorted({change.origin for p, change in report.plan.changes if (p.target.key, change.field) in waiting})

"""What a new repository came to, as text and as JSON, and the sentences of the demo.

init_text, init_json: (a report) → the files, the import, the check, the plan, and the steps by hand.
demo_opening, demo_step, demo_ending, demo_stopped: the sentences around the commands of the demo.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.core.authoring.example_fleet import DemoStep
from reconciler.core.authoring.next_steps import NextStep
from reconciler.core.formats import RESULT_FORMAT
from reconciler.core.reports.account_reports import ImportReport
from reconciler.core.reports.setup_report import InitReport, NotDone
from reconciler.core.safety.gates import PlanReport
from reconciler.render.safe_text import cell, terminal
from reconciler.render.terminal import Look, aligned, styled
from reconciler.render.text.doctor import doctor_json, doctor_text
from reconciler.render.text.importing import import_json, import_text
from reconciler.render.text.plan import plan_text
from reconciler.render.words import ends


def init_text(report: InitReport, *, verbose: bool = False) -> str:
    """Return what was written, left alone and found, and then the steps that are left."""
    blocks = [
        _block("Written", _columns([(one.path, one.what) for one in report.written])),
        _block("Left alone", _columns([(one.path, one.why) for one in report.left])),
        _block("Not written", _columns([(one.path, one.why) for one in report.failed])),
    ]
    if isinstance(report.imported, ImportReport):
        blocks.append(_block("Import", import_text(report.imported, verbose=verbose).splitlines()))
    elif report.imported.why:
        blocks.append(f"No import yet: {terminal(report.imported.why)}.")
    if report.checked is not None:
        blocks.append(_block("Check", doctor_text(report.checked, verbose=verbose).splitlines()))
    if isinstance(report.planned, PlanReport):
        blocks.append(_block("Plan", plan_text(report.planned, verbose=verbose).splitlines()))
    else:
        blocks.append(f"No plan yet: {terminal(report.planned.why)}.")
    blocks.append(_block("To be done by hand", _steps(report.steps)))
    return "\n\n".join(filter(None, blocks))


def _block(title: str, lines: Sequence[str]) -> str:
    """Return a title with its lines below it, or "" if there are none."""
    if not lines:
        return ""
    return "\n".join([styled(title, Look.HEADING), *(f"  {line}".rstrip() for line in lines)])


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    names = aligned([cell(name) for name, _ in rows])
    return [f"{name}  {terminal(said)}" for name, (_, said) in zip(names, rows, strict=True)]


def _steps(steps: Sequence[NextStep]) -> list[str]:
    return [line for number, one in enumerate(steps, 1) for line in _step(number, one)]


def _step(number: int, one: NextStep) -> Iterator[str]:
    yield f"{number:>2}. {terminal(one.said)}"
    if one.command:
        yield f"      {styled(terminal(one.command), Look.NOTICE)}"


def init_json(report: InitReport, plan: dict[str, Any] | None) -> dict[str, Any]:
    """Return the report as a document; `plan` is its plan as one."""
    imported, planned = report.imported, report.planned
    return {
        "format_version": RESULT_FORMAT,
        "written": [{"path": one.path, "what": one.what} for one in report.written],
        "left": [{"path": one.path, "why": one.why} for one in report.left],
        "failed": [{"path": one.path, "why": one.why} for one in report.failed],
        "import": None if isinstance(imported, NotDone) else import_json(imported),
        "no_import": imported.why if isinstance(imported, NotDone) else "",
        "check": None if report.checked is None else doctor_json(report.checked),
        "plan": plan,
        "no_plan": planned.why if isinstance(planned, NotDone) else "",
        "steps": [{"said": one.said, "command": one.command} for one in report.steps],
        **ends(report.reasons),
    }


def demo_opening(folder: str) -> str:
    """Return what stands above the first command."""
    said = (
        "A bakery has three shops, and each has a WhatsApp number: two at Meta, one at 360dialog.\n"
        "Their profiles are files. The sandbox stands in for both providers, so nothing reaches WhatsApp."
    )
    return f"{said}\n\n{styled(f'$ cd {terminal(shlex.quote(folder))}', Look.HEADING)}"


def demo_step(step: DemoStep, *, quiet: bool) -> str:
    """Return what stands above the output of a command: its sentences, unless `quiet`, and the command."""
    command = styled(f"$ {step.typed}", Look.HEADING)
    return f"\n{command}" if quiet else f"\n{step.said}\n\n{command}"


def demo_stopped(code: int, kept: str) -> str:
    """Return what is said after a command that was stopped, or failed."""
    what = "Stopped." if code in (130, 143) else f"The demo ends here: the command ended with {code}."
    return f"\n{what} {f'The files are in {terminal(kept)}.' if kept else 'The files are gone.'}"


def demo_ending(kept: str) -> str:
    """Return what stands below the last output: where the files are, and how to go on."""
    if kept:
        where = f"The files are in {terminal(kept)}. Change a word in profiles/berlin.yaml there, and plan again."
    else:
        where = "The files are gone. `reconciler demo --keep DIR` keeps them in DIR."
    typed = "To type these commands yourself, in an empty folder: `reconciler init --sandbox`"
    return f"\n{where}\n{typed}\nTo begin with your own numbers, in the folder of your repository: `reconciler init`"

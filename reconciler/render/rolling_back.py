"""What `rollback` put back into the files, as text and as JSON."""

from __future__ import annotations

from typing import Any

from reconciler.core.authoring.edits import RollbackReport
from reconciler.core.memory.stored import FORMAT_VERSION
from reconciler.render.adopting import authored_lines, left_lines
from reconciler.render.ends import ends
from reconciler.render.safe_text import terminal
from reconciler.render.words import count


def rollback_text(report: RollbackReport) -> str:
    """Return what the files say again, what they do not and why, and what to do next."""
    run = f"run {terminal(report.run)} of {terminal(report.started)}"
    parts = [
        *authored_lines("Put back: the files say again what was there before", report.written),
        *left_lines("Not put back:", report.left),
    ]
    files = count(len({one.file for one in report.written}), "file")
    done = f"{count(len(report.written), 'field')} in {files} put back" if report.written else "nothing put back"
    left = f", {len(report.left)} not" if report.left else ""
    already = f"; {count(report.already, 'field')} as before already" if report.already else ""
    nothing = "; it sent nothing" if not (report.written or report.left or report.already) else ""
    parts.append(f"Rollback of {run}: {done}{left}{already}{nothing}.")
    if report.written:
        parts.append(
            "Nothing was sent. Review it like any edit: `git diff`, `reconciler plan`, then `reconciler apply`."
        )
    return "\n".join(parts)


def rollback_json(report: RollbackReport) -> dict[str, Any]:
    """Return the report as a document."""
    return {
        "format_version": FORMAT_VERSION,
        "run": report.run,
        "started": report.started,
        "written": [one.model_dump() for one in report.written],
        "not_written": [one.model_dump() for one in report.left],
        "already": report.already,
        **ends(report.reasons),
    }

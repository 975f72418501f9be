"""Words about what a repository lacks at its forge: setup_text for a terminal, setup_json as a document. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from reconciler.core.basics import count
from reconciler.core.formats import RESULT_FORMAT
from reconciler.forge.rules.finding import SetupReport, SetupState
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, aligned, styled
from reconciler.render.words import ends

_LOOKS: Final = {
    SetupState.OK: Look.GOOD,
    SetupState.MISSING: Look.BAD,
    SetupState.WRONG: Look.BAD,
    SetupState.NOT_SET: Look.DOUBTFUL,
    SetupState.UNSEEN: Look.DOUBTFUL,
}


def setup_text(report: SetupReport) -> str:
    """Return one line for each thing, below it the command that mends it, and at the end what they come to."""
    server = report.server.partition("://")[2]
    head = f"{terminal(report.repository)} at {terminal(server)}"
    return "\n".join([styled(head, Look.HEADING), *_lines(report), "", _closing(report)])


def _lines(report: SetupReport) -> Iterator[str]:
    names = aligned([terminal(one.about) for one in report.findings])
    for name, one in zip(names, report.findings, strict=True):
        yield f"{name}  {styled(one.state, _LOOKS[one.state])}: {terminal(one.detail)}"
        if one.mends:
            yield f"      {terminal(one.mends)}"


def _closing(report: SetupReport) -> str:
    bad = report.counted(SetupState.MISSING, SetupState.WRONG)
    parts = [f"{count(bad, 'thing')} to mend" if bad else "nothing to mend"]
    if unset := report.counted(SetupState.NOT_SET):
        parts.append(f"{unset} not set, which can stay so")
    if unseen := report.counted(SetupState.UNSEEN):
        parts.append(f"{unseen} cannot be told with this token")
    return f"{count(len(report.findings), 'thing')} looked at: {'; '.join(parts)}."


def setup_json(report: SetupReport) -> dict[str, Any]:
    """Return the report as a document."""
    told = TypeAdapter(SetupReport).dump_python(report, mode="json")
    return {"format_version": RESULT_FORMAT, **told, **ends(report.reasons)}

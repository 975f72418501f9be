"""Pages about the files themselves: what `validate` found, and what stopped a command before it had a result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.reports import ValidateReport
from reconciler.render.markdown.blocks import problems
from reconciler.render.markdown.links import Links
from reconciler.render.markdown.sheet import Block, Sheet
from reconciler.render.words import many


def validate_sheet(report: ValidateReport, links: Links) -> Sheet:
    """Return every problem in the files, and how many profiles are sound."""
    if not (report.profiles or report.diagnostics):
        return Sheet(lead="### WhatsApp profiles: nothing is selected")
    sound = f"{many(report.profiles, 'profile')} {'is' if report.profiles == 1 else 'are'} sound."
    lead = f"### WhatsApp profiles: {_counted(report.diagnostics) or 'no problems'}\n\n{sound}"
    return Sheet(lead=lead, blocks=_separate(report.diagnostics, links))


def problems_sheet(found: Sequence[Diagnostic], links: Links) -> Sheet:
    """Return what stopped a command."""
    lead = f"### WhatsApp profiles: {_counted(found) or 'stopped'}\n\nNothing was done."
    return Sheet(lead=lead, blocks=_separate(found, links))


def _separate(found: Iterable[Diagnostic], links: Links) -> tuple[Block, ...]:
    blocks = problems(found, links)
    return (*(block.model_copy(update={"follows": False}) for block in blocks[:1]), *blocks[1:])


def _counted(found: Iterable[Diagnostic]) -> str:
    severities = [diagnostic.severity for diagnostic in found]
    return ", ".join(many(severities.count(one), one) for one in Severity if one in severities)

"""The review page of a case, as tests read it."""

from __future__ import annotations

from typing import Any

from reconciler.core.reports.cards import ReviewReport, Thumbnail, cards
from reconciler.render.html.plan import plan_html
from reconciler.render.markdown.sheet import Links
from tests.support.cases import Case
from tests.support.webpage import Webpage

LINKS = Links(repository="https://github.com/goldcrust/profiles", commit="c" * 40)


def made(case: Case, **small: Thumbnail) -> ReviewReport:
    """Return the review of a case; `small` are small pictures by the mark of the large ones."""
    report = case.plan_report()
    found = cards(report, case.desired, case.live)
    return ReviewReport(report, found, {mark * 64: picture for mark, picture in small.items()})


def read(case: Case | dict[str, Any], **small: Thumbnail) -> str:
    """Return the text of a case's page."""
    case = case if isinstance(case, Case) else Case({"endpoint": "https://graph.facebook.com", **case})
    return Webpage(plan_html(made(case, **small), LINKS)).text


def one(**profile: Any) -> str:
    """Return the text of the page of one profile."""
    return read({"profiles": {"berlin": profile}})

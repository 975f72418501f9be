"""The fleet as a page, as tests read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.memory.spending import Looks
from reconciler.core.reports.cards import Thumbnail, every_card
from reconciler.core.reports.fleet import FleetReport, ListReport, listed_profiles
from reconciler.core.reports.timeline import timeline
from reconciler.core.roster import Business
from reconciler.core.target import Target
from reconciler.render.html.fleet import fleet_html
from tests.support.cases import Case
from tests.support.review_page import LINKS
from tests.support.webpage import Webpage

TODAY = date(2026, 12, 1)


def run_on(day: str, target: Target, *statuses: FieldStatus) -> RunRecord:
    """Return the record of an apply on a day: one field of a target for each status."""
    fields = tuple(FieldOutcome("about", status) for status in statuses)
    return RunRecord("12", "c" * 40, f"{day}T06:00:00Z", "", "", (Outcome(target, fields),))


def fleet(
    case: Case,
    *days: tuple[str, Sequence[FieldStatus]],
    live: bool = True,
    looks: Sequence[Looks] = (),
    **small: Thumbnail,
) -> FleetReport:
    """Return the fleet of a case, of runs on some days that wrote to its first profile, and of looks."""
    report, desired = case.plan_report(), case.desired
    first = report.plan.targets[0].target if report.plan.targets else None
    runs = [run_on(day, first, *statuses) for day, statuses in days if first is not None][::-1]
    rows = listed_profiles(report.plan, desired, case.entries, runs)
    listed = ListReport(rows, report.plan, live=live)
    keys = {one.target.key for one in desired}
    found = every_card(report, desired, case.live)
    past = timeline(runs, keys, TODAY, looks=looks)
    return FleetReport(listed, found, {mark * 64: one for mark, one in small.items()}, past)


def text_of(made: FleetReport) -> str:
    """Return the text of its page."""
    return Webpage(fleet_html(made, LINKS)).text


BREAD: dict[str, Any] = {"about": "Fresh bread", "email": "shop@goldcrust.example"}
# A profile in each condition.
USUAL: dict[str, Any] = {
    "endpoint": "https://graph.facebook.com",
    "profiles": {
        "shops/berlin": {
            "files": {**BREAD, "about": "Cake"},
            "live": BREAD,
            "ledger": {"about": {"sent": "Fresh bread"}, "email": {"sent": BREAD["email"]}},
            "base": BREAD,
            "business": {"name": "Goldcrust Berlin", "quality": "GREEN"},
        },
        "shops/munich": {
            "files": BREAD,
            "live": {**BREAD, "about": "Sold out!"},
            "ledger": {name: {"sent": value} for name, value in BREAD.items()},
        },
        "shops/vienna": {"files": BREAD, "live": BREAD},
        "kiel": {"files": BREAD, "unreadable": "503 Service Unavailable"},
        "legacy/ulm": {
            "files": BREAD,
            "write_only": list(BREAD),
            "ledger": {name: {"sent": value} for name, value in BREAD.items()},
        },
        "popup": {"files": BREAD, "mode": "paused"},
    },
}
_APPLIED, _LEFT, _FAILED = FieldStatus.APPLIED, FieldStatus.LEFT_ALONE, FieldStatus.FAILED
PAST: tuple[tuple[str, Sequence[FieldStatus]], ...] = (
    ("2026-09-07", [_APPLIED] * 24),
    ("2026-09-21", [_APPLIED, _APPLIED, _LEFT]),
    ("2026-10-06", [_APPLIED] * 3),
    ("2026-10-13", [_LEFT, _LEFT]),
    ("2026-11-03", [_APPLIED] * 9),
    ("2026-11-04", [_FAILED, _FAILED, _APPLIED]),
    ("2026-11-30", [_APPLIED] * 6 + [_LEFT]),
)


def usual() -> FleetReport:
    """Return a fleet with a profile in each condition, and a past of some weeks."""
    return fleet(Case(USUAL), *PAST)


def hostile_fleet(text: str) -> FleetReport:
    """Return a fleet in which `text` stands wherever a text of another party can."""
    made, business = usual(), Business(text, text, text, text)
    rows = tuple(
        replace(
            row,
            target=replace(row.target, account=text, profile=text, number=text),
            file=text,
            unread=text if row.unread else "",
            business=business,
        )
        for row in made.report.profiles
    )
    cards = tuple(
        replace(card, planned=replace(card.planned, target=row.target, business=business, reason=text, file=text))
        for row, card in zip(rows, made.cards, strict=True)
    )
    return replace(made, report=replace(made.report, profiles=rows), cards=cards)

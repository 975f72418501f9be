"""How long a browser needs for the review page of 5,000 changes, beside a plain table of as many rows.

Run with `python -m pytest tests/benchmarks -m benchmark -s`. Without Chromium it is skipped.
"""

from __future__ import annotations

import html
import statistics
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.reports.cards import ReviewReport
from reconciler.render.html.plan import plan_html
from tests.support.browser import Browser, browsing, found
from tests.support.cases import Case
from tests.support.review_page import LINKS, made

pytestmark = pytest.mark.benchmark
PROFILES, FIELDS = 1_000, 5
LIMIT = 3.0
ROUNDS = 3
# The page is open when its first picture is on the screen, after all of it was loaded.
OPEN = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
_TEXTS = {
    "about": "Fresh bread in town {town}, every day from {hour}.",
    "description": "Sourdough, rye and cakes since 1911, baked every night in our own ovens. Open from {hour} to six.",
    "address": "Torstraße {town}, 10119 Berlin, open from {hour}",
    "email": "{hour}{town}@goldcrust.example",
    "industry": "{industry}",
}


def _values(town: int, hour: str, industry: str) -> dict[str, str]:
    return {name: text.format(town=town, hour=hour, industry=industry) for name, text in _TEXTS.items()}


def _profile(town: int) -> dict[str, Any]:
    old = _values(town, "six", "RETAIL")
    return {
        "files": _values(town, "seven", "RESTAURANT"),
        "live": old,
        "ledger": {n: {"sent": v} for n, v in old.items()},
    }


def table(review: ReviewReport) -> str:
    """Return the same changes as a plain table."""
    rows = (
        (planned.target.profile, change.field, str(change.before_value), str(change.after), change.origin)
        for planned, change in review.report.plan.changes
    )
    cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    body = "\n".join(f"<tr>{row}</tr>" for row in cells)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Plan</title><table>{body}</table></html>'


def milliseconds(browser: Browser, file: Path) -> float:
    """Return how long a browser takes to open a page."""
    with browser.open(file) as page:
        taken: float = page.run(OPEN)
        return taken


def test_five_thousand_changes_open_within_three_times_a_plain_table(tmp_path: Path) -> None:
    program = found()
    if program is None:
        pytest.skip("no Chromium on this machine: the review page was not measured")
    review = made(Case({"profiles": {f"shops/p{town}": _profile(town) for town in range(PROFILES)}}))
    assert len(review.report.plan.changes) == PROFILES * FIELDS
    files = {"cards": tmp_path / "cards.html", "table": tmp_path / "table.html"}
    page = plan_html(review, LINKS)
    assert page.count("<article") == PROFILES
    files["cards"].write_text(page, encoding="utf-8")
    files["table"].write_text(table(review), encoding="utf-8")
    with browsing(program) as browser:
        taken = [{name: milliseconds(browser, file) for name, file in files.items()} for _ in range(ROUNDS)]
    ratio = statistics.median(one["cards"] / one["table"] for one in taken)
    both = ", ".join(f"{name} {statistics.median(one[name] for one in taken):.0f} ms" for name in files)
    print(f"\n5,000 changes: {both}, ratio {ratio:.2f} (limit {LIMIT:g}), {len(page.encode()) / 1e6:.1f} MB")
    assert ratio <= LIMIT

"""chart_sections: (what applies did and looks found over time) → bars, and the same in tables for people who see none.

The bars are a drawing in the page itself. They need no script, and their colours follow light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.basics import many
from reconciler.core.reports.timeline import PeriodNumbers, Timeline
from reconciler.render.html.elements import NO_MARKUP, Markup, element, joined
from reconciler.render.words import day_words

# The drawing in its own units. Its words stand outside, where they keep their size on a phone.
_WIDTH, _HEIGHT = 720, 140
_WIDEST = 40
# A look that found nothing is a line on the ground, and no look is none.
_LOWEST = 2.0


@dataclass(frozen=True, slots=True)
class _Chart:
    """One chart: its title, what it counts, its sentence, and from the bottom of a bar up what each part is called."""

    id: str
    title: str
    noun: str
    told: str
    parts: Mapping[str, str]

    def numbers(self, one: PeriodNumbers) -> dict[str, int]:
        """Return the number of each part that a span has."""
        found = ((part, getattr(one, part)) for part in self.parts)
        return {part: number for part, number in found if number is not None}

    def height(self, one: PeriodNumbers) -> int:
        """Return how much a span's whole bar is."""
        return sum(self.numbers(one).values())


_APPLIES: Final = _Chart(
    "over-time",
    "Applies",
    "applies",
    "Fields of these profiles by the applies that the ledger remembers.",
    {"applied": "applied", "left": "changed elsewhere and left alone", "failed": "failed, or not known"},
)
_LOOKS: Final = _Chart(
    "drift-over-time",
    "Drift",
    "looks",
    "Fields that differed when drift last looked at everything in the accounts of these profiles.",
    {"found": "changed elsewhere"},
)

CHART_STYLE: Final = """
.chart{background:var(--page);border:1px solid var(--line);border-radius:18px;padding:16px 20px;margin-top:18px}
.chart h2{margin:0 0 8px}.chart svg{display:block;width:100%;height:140px;margin-top:10px}
.chart line{stroke:var(--line)}.chart p{color:var(--soft);font-size:14px}
.chart .ends{display:flex;justify-content:space-between;gap:12px;font-size:13px;margin:4px 0 8px}
.bar-applied{fill:#1f9d55}.bar-left{fill:#d29922}.bar-failed{fill:#d0483a}.bar-found{fill:#d29922}
.chart ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft)}
.chart li svg{display:inline-block;width:11px;height:11px;margin:0 6px 0 0;vertical-align:-1px}
.chart details{margin-top:8px;font-size:14px}.chart summary{cursor:pointer;color:var(--soft)}
.chart table{border-collapse:collapse;margin-top:8px}.chart caption{text-align:left;color:var(--soft)}
.chart td,.chart th{padding:3px 16px 3px 0;text-align:right;font-weight:400}.chart th:first-child{text-align:left}
"""


def chart_sections(found: Timeline) -> Markup:
    """Return a section for applies and one for looks, each only where one is remembered."""
    applies = any(_APPLIES.height(one) for one in found.spans)
    looks = any(one.found is not None for one in found.spans)
    shown = ((_APPLIES, applies), (_LOOKS, looks))
    return joined(_section(found, chart) for chart, there in shown if there)


def _section(found: Timeline, chart: _Chart) -> Markup:
    used = [part for part in chart.parts if any(getattr(one, part) for one in found.spans)]
    earlier = f" Earlier {chart.noun} are not shown." if found.cut else ""
    return element(
        "section",
        element("h2", f"{chart.title} by {found.span}", id=chart.id),
        element("ul", *(element("li", _sample(part), chart.parts[part]) for part in used)) if used else NO_MARKUP,
        _drawing(found, chart),
        _ends(found, chart),
        element("p", f"{chart.told}{earlier}"),
        element("details", element("summary", "The same as a table"), _table(found, chart)),
        class_="chart",
        aria_labelledby=chart.id,
    )


def _sample(part: str) -> Markup:
    square = element("rect", width="11", height="11", rx="2", class_=f"bar-{part}")
    return element("svg", square, viewBox="0 0 11 11", aria_hidden="true")


def _tallest(found: Timeline, chart: _Chart) -> int:
    return max(chart.height(one) for one in found.spans)


def _drawing(found: Timeline, chart: _Chart) -> Markup:
    """Return the bars. A screen reader says the whole in one sentence, and the table has each number."""
    step = _WIDTH / len(found.spans)
    bars = [bar for number, _ in enumerate(found.spans) for bar in _bars(found, number, step, chart)]
    ground = element("line", x1="0", x2=str(_WIDTH), y1=str(_HEIGHT), y2=str(_HEIGHT))
    return element(
        "svg",
        ground,
        *bars,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_said(found, chart),
    )


def _ends(found: Timeline, chart: _Chart) -> Markup:
    """Return what stands below the bars: the first day, how much the tallest bar is, and the last day."""
    first, last = (day_words(one.begins.isoformat()) for one in (found.spans[0], found.spans[-1]))
    middle = f"{many(_tallest(found, chart), 'field')} at most in a {found.span}"
    said = (first, middle, *((last,) if first != last else ()))
    return element("div", *(element("p", one) for one in said), class_="ends")


def _bars(found: Timeline, number: int, step: float, chart: _Chart) -> Iterator[Markup]:
    """Yield the parts of one bar, from the bottom up. Each says what it is to a pointer that rests on it."""
    one, tallest, top = found.spans[number], max(_tallest(found, chart), 1), float(_HEIGHT)
    width = min(step * 0.7, _WIDEST)
    left = number * step + (step - width) / 2
    for part, size in chart.numbers(one).items():
        if size or chart is _LOOKS:
            height = max(size / tallest * (_HEIGHT - 4), _LOWEST)
            top -= height
            told = element("title", f"{day_words(one.begins.isoformat())}: {size:,} {chart.parts[part]}")
            yield element(
                "rect",
                told,
                x=f"{left:.1f}",
                y=f"{top:.1f}",
                width=f"{width:.1f}",
                height=f"{height:.1f}",
                class_=f"bar-{part}",
            )


def _said(found: Timeline, chart: _Chart) -> str:
    """Return the bars in one sentence. What applies did adds up, and what a look found is as of then."""
    first, last = (day_words(one.begins.isoformat()) for one in (found.spans[0], found.spans[-1]))
    begin = f"Bars for {many(len(found.spans), str(found.span))} from {first} to {last}."
    if chart is _LOOKS:
        newest = [number for one in found.spans for number in chart.numbers(one).values()][-1]
        return f"{begin} Fields: {newest:,} changed elsewhere at the last look."
    sums = [f"{sum(getattr(one, part) for one in found.spans):,} {words}" for part, words in chart.parts.items()]
    return f"{begin} Fields: {', '.join(sums)}."


def _table(found: Timeline, chart: _Chart) -> Markup:
    """Return each span that has anything as a row."""
    head = [element("th", title, scope="col") for title in (f"{found.span} of".capitalize(), *chart.parts.values())]
    rows = [
        element(
            "tr",
            element("th", day_words(one.begins.isoformat()), scope="row"),
            *(element("td", f"{size:,}") for size in chart.numbers(one).values()),
        )
        for one in reversed(found.spans)
        if chart.height(one) or (chart is _LOOKS and one.found is not None)
    ]
    caption = element("caption", "Fields, the newest first")
    return element("table", caption, joined((element("thead", element("tr", *head)), element("tbody", *rows))))

"""chart_section: (what applies did over time) → bars, and the same in a table for people who do not see them.

The bars are a drawing in the page itself. They need no script, and their colours follow light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.core.plurals import many
from reconciler.core.timeline import PeriodNumbers, Timeline
from reconciler.render.html.elements import NO_MARKUP, Markup, element, joined
from reconciler.render.words import day_words

# The drawing in its own units. Its words stand outside, where they keep their size on a phone.
_WIDTH, _HEIGHT = 720, 140
_WIDEST = 40
# From the bottom of a bar up, with what people call each part.
_PARTS: Final = {
    "applied": "applied",
    "left": "changed elsewhere and left alone",
    "failed": "failed, or not known",
}

CHART_STYLE: Final = """
.chart{background:var(--page);border:1px solid var(--line);border-radius:18px;padding:16px 20px;margin-top:18px}
.chart h2{margin:0 0 8px}.chart svg{display:block;width:100%;height:140px;margin-top:10px}
.chart line{stroke:var(--line)}.chart p{color:var(--soft);font-size:14px}
.chart .ends{display:flex;justify-content:space-between;gap:12px;font-size:13px;margin:4px 0 8px}
.bar-applied{fill:#1f9d55}.bar-left{fill:#d29922}.bar-failed{fill:#d0483a}
.chart ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft)}
.chart li svg{display:inline-block;width:11px;height:11px;margin:0 6px 0 0;vertical-align:-1px}
.chart details{margin-top:8px;font-size:14px}.chart summary{cursor:pointer;color:var(--soft)}
.chart table{border-collapse:collapse;margin-top:8px}.chart caption{text-align:left;color:var(--soft)}
.chart td,.chart th{padding:3px 16px 3px 0;text-align:right;font-weight:400}.chart th:first-child{text-align:left}
"""


def chart_section(found: Timeline) -> Markup:
    """Return the section, or nothing where no apply is remembered."""
    if not found.spans:
        return NO_MARKUP
    used = [part for part in _PARTS if any(getattr(one, part) for one in found.spans)]
    earlier = " Earlier applies are not shown." if found.cut else ""
    told = "Fields of these profiles by the applies that the ledger remembers."
    return element(
        "section",
        element("h2", f"Applies by {found.span}", id="over-time"),
        element("ul", *(element("li", _sample(part), _PARTS[part]) for part in used)),
        _drawing(found),
        _ends(found),
        element("p", f"{told}{earlier}"),
        element("details", element("summary", "The same as a table"), _table(found)),
        class_="chart",
        aria_labelledby="over-time",
    )


def _sample(part: str) -> Markup:
    square = element("rect", width="11", height="11", rx="2", class_=f"bar-{part}")
    return element("svg", square, viewBox="0 0 11 11", aria_hidden="true")


def _drawing(found: Timeline) -> Markup:
    """Return the bars. A screen reader says the whole in one sentence, and the table has each number."""
    tallest = max(one.whole for one in found.spans)
    step = _WIDTH / len(found.spans)
    bars = [bar for number, one in enumerate(found.spans) for bar in _bars(one, number, step, tallest)]
    ground = element("line", x1="0", x2=str(_WIDTH), y1=str(_HEIGHT), y2=str(_HEIGHT))
    return element(
        "svg",
        ground,
        *bars,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_said(found),
    )


def _ends(found: Timeline) -> Markup:
    """Return what stands below the bars: the first day, how much the tallest bar is, and the last day."""
    tallest = max(one.whole for one in found.spans)
    first, last = (day_words(one.begins.isoformat()) for one in (found.spans[0], found.spans[-1]))
    middle = f"{many(tallest, 'field')} at most in a {found.span}"
    said = (first, middle, *((last,) if first != last else ()))
    return element("div", *(element("p", one) for one in said), class_="ends")


def _bars(one: PeriodNumbers, number: int, step: float, tallest: int) -> Iterator[Markup]:
    """Yield the parts of one bar, from the bottom up. Each says what it is to a pointer that rests on it."""
    top = float(_HEIGHT)
    width = min(step * 0.7, _WIDEST)
    left = number * step + (step - width) / 2
    for part, words in _PARTS.items():
        if size := getattr(one, part):
            height = size / tallest * (_HEIGHT - 4)
            top -= height
            told = element("title", f"{day_words(one.begins.isoformat())}: {size:,} {words}")
            yield element(
                "rect",
                told,
                x=f"{left:.1f}",
                y=f"{top:.1f}",
                width=f"{width:.1f}",
                height=f"{height:.1f}",
                class_=f"bar-{part}",
            )


def _said(found: Timeline) -> str:
    first, last = (day_words(one.begins.isoformat()) for one in (found.spans[0], found.spans[-1]))
    sums = [f"{sum(getattr(one, part) for one in found.spans):,} {words}" for part, words in _PARTS.items()]
    return f"Bars for {many(len(found.spans), str(found.span))} from {first} to {last}. Fields: {', '.join(sums)}."


def _table(found: Timeline) -> Markup:
    """Return each span that has anything as a row."""
    head = [element("th", title, scope="col") for title in (f"{found.span} of".capitalize(), *_PARTS.values())]
    rows = [
        element(
            "tr",
            element("th", day_words(one.begins.isoformat()), scope="row"),
            *(element("td", f"{getattr(one, part):,}") for part in _PARTS),
        )
        for one in reversed(found.spans)
        if one.whole
    ]
    caption = element("caption", "Fields, the newest first")
    return element("table", caption, joined((element("thead", element("tr", *head)), element("tbody", *rows))))

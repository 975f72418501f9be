"""fleet_html: (each profile with its card, what applies did, where links lead) → the fleet as one page for a browser.

The cards and the filters are those of the review page. A profile that differs has two cards and the reasons, another
one has a card alone. The cards stand under what is to be known of them first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.core.basics import many
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.reports.cards import Card, pictures
from reconciler.core.reports.fleet import Condition, FleetReport, ListedProfile
from reconciler.render.html.cards import account_key, business_and_number, card_figure, folder_key, pair
from reconciler.render.html.chart import CHART_STYLE, chart_sections
from reconciler.render.html.elements import NO_MARKUP, Markup, element, joined, link
from reconciler.render.html.page import (
    MOST_PICTURES,
    PAGE_BYTES,
    RESERVED,
    faces,
    filter_bar,
    fitting,
    page_end,
    page_head,
)
from reconciler.render.html.reasons import TITLES, PageOfCards, reasons_table
from reconciler.render.markdown.sheet import Links, View, place_address
from reconciler.render.safe_text import Inert
from reconciler.render.text.fleet import FROM_LEDGER, drift_words, standing_totals
from reconciler.render.words import business_words, day_words, listed, provider_words

_ORDER = list(Condition)
# What stands on a card where nothing of it was read.
_UNREAD_CAPTIONS = {
    TargetStatus.PAUSED: "What the file says; the profile is paused",
    TargetStatus.UNREADABLE: "What the file says; WhatsApp could not be read",
    TargetStatus.NOT_READ: "What the file says; it was not read",
}


def fleet_html(fleet: FleetReport, links: Links, *, most: int = PAGE_BYTES) -> Inert:
    """Return the page in at most `most` bytes of UTF-8. It needs no network and runs no foreign text."""
    rows = sorted(zip(fleet.report.profiles, fleet.cards, strict=True), key=lambda one: _ORDER.index(one[0].condition))
    shown, styles, unpictured = faces(pictures(fleet.cards), fleet.thumbnails, min(MOST_PICTURES, most // 2))
    page = PageOfCards(view=View(links=links, based=False), faces=shown, alike={})
    before = joined((_header(fleet), _bar(rows)))
    chart = chart_sections(fleet.timeline)
    room = most - RESERVED - len(styles) - len(before.encode()) - len(chart.encode())
    articles = fitting((_article(row, card, number, page) for number, (row, card) in enumerate(rows)), room)
    left = _left_out([row for row, _ in rows[len(articles) :]])
    main = element("main", chart, left, *_sections([row for row, _ in rows], articles))
    return Inert("\n".join((page_head(_title(fleet), (styles, CHART_STYLE)), before, main, page_end(unpictured))))


def _title(fleet: FleetReport) -> str:
    number = len(fleet.report.profiles)
    return f"WhatsApp profiles: {many(number, 'profile') if number else 'nothing is selected'}"


def _header(fleet: FleetReport) -> Markup:
    number = len(fleet.report.profiles)
    return element(
        "header",
        element("h1", many(number, "profile") if number else "Nothing is selected"),
        element("p", " · ".join(standing_totals(fleet.report))),
        NO_MARKUP if fleet.report.live else element("p", FROM_LEDGER),
    )


def _bar(rows: Sequence[tuple[ListedProfile, Card]]) -> Markup:
    """Return the filters: of the review page's reasons, the conditions take the place."""
    cards = [card for _, card in rows]
    found = {one.name for card in cards for one in card.fields}
    conditions = {row.condition for row, _ in rows}
    return filter_bar(
        {
            "account": ("Account", "All accounts", {key: key for key in map(account_key, cards)}),
            "folder": (
                "Folder",
                "All folders",
                {key: key if key != "/" else "profiles/ itself" for key in map(folder_key, cards)},
            ),
            "why": ("State", "Every state", {_key(one): _words(one) for one in _ORDER if one in conditions}),
            "field": ("Field", "All fields", {name: title for name, title in TITLES.items() if name in found}),
        }
    )


def _key(condition: Condition) -> str:
    """Return what the filter calls a condition: one word."""
    return condition.name.lower()


def _words(condition: Condition) -> str:
    return f"{condition[:1].upper()}{condition[1:]}"


def _article(row: ListedProfile, card: Card, number: int, page: PageOfCards) -> Markup:
    """Return one profile; `number` is its place on the page."""
    target, name, planned = row.target, f"c{number}", card.planned
    where = link(str(row.place), place_address(row.place, page.view.links))
    account = f"{target.account} · {provider_words(target.provider, target.endpoint)}"
    alone = element("div", card_figure(card, page, _caption(card)), class_="pair")
    return element(
        "article",
        element("h3", target.profile, id=name),
        element("p", business_and_number(card), " · ", account, " · ", where),
        element("p", " · ".join(_facts(row))),
        element("p", element("strong", planned.reason)) if planned.reason else NO_MARKUP,
        joined((pair(card, page), reasons_table(card, page))) if card.changed else alone,
        tabindex="0",
        aria_labelledby=name,
        data_account=account_key(card),
        data_folder=folder_key(card),
        data_why=_key(row.condition),
        data_field=" ".join(one.name for one in card.fields),
    )


def _facts(row: ListedProfile) -> Iterator[str]:
    """Yield what is known of a profile besides its fields."""
    yield f"drift: {drift_words(row)}"
    yield f"last apply {day_words(row.last.at)} by run {row.last.run}" if row.last is not None else "never applied"
    yield row.mode.value
    yield from (f"{what} {words}" for what, words in business_words(row.business).items() if words and what != "name")


def _caption(card: Card) -> str:
    """Return what a card alone shows, and never that it was read where it was not."""
    if (said := _UNREAD_CAPTIONS.get(card.planned.status)) is not None:
        return said
    if card.planned.offline:
        return "What the file says; no provider was asked"
    return "Now on WhatsApp" if card.planned.seen else "What the file says; it cannot be read back"


def _sections(rows: Sequence[ListedProfile], articles: Sequence[Markup]) -> Iterator[Markup]:
    """Yield the cards under what is to be known of them first."""
    for condition, mine in groupby(zip(rows, articles, strict=False), key=lambda one: one[0].condition):
        yield element("section", element("h2", _words(condition)), *(article for _, article in mine), class_="cards")


def _left_out(rows: Sequence[ListedProfile]) -> Markup:
    """Say which profiles found no room on the page."""
    if not rows:
        return NO_MARKUP
    said = element("p", element("strong", "Not on this page: "), many(len(rows), "profile"), ". The JSON has them.")
    names = element("p", f"Profiles: {listed(tuple(row.target.profile for row in rows))}")
    return element("div", said, names, class_="box problem")

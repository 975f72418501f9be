"""reasons_table: (a card, its page) → each field that differs: why, what is in the way, its place, and what to do.

TITLES: what people call each field. PageOfCards: what the cards of one page have in common.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.core.basics import Location, many
from reconciler.core.comparing.kinds import is_empty
from reconciler.core.explanations import ORIGINS
from reconciler.core.planning.treatment import LEFT, Treatment
from reconciler.core.reports.cards import Card, CardField
from reconciler.core.safety.gates import Tripped
from reconciler.core.target import Change
from reconciler.render.html.elements import LINE_END, NO_MARKUP, Markup, element, joined, lines, link
from reconciler.render.markdown.sheet import View, place_address, replaced, why
from reconciler.render.pieces import notes_of
from reconciler.render.text.changes import is_only_moved, value_lines
from reconciler.render.words import note_words

# In the order of a card: the picture, then what stands below it, then what no customer sees.
TITLES: Mapping[str, str] = {
    "picture": "Picture",
    "about": "About",
    "industry": "Business category",
    "description": "Description",
    "address": "Address",
    "email": "Email",
    "websites": "Websites",
    "webhook": "Webhook",
}


@dataclass(frozen=True, slots=True)
class PageOfCards:
    """What the cards of one page have in common.

    `faces` are the classes of small pictures by the SHA-256 of the large ones. `alike` is how many profiles one line of
    the files changes. `gates` stop an apply.
    """

    view: View
    faces: Mapping[str, str]
    alike: Mapping[tuple[str, int, str], int]
    gates: tuple[Tripped, ...] = ()


def reasons_table(card: Card, page: PageOfCards) -> Markup:
    """Return a table: each field that differs, why, where it is written, and what a person can do."""
    waits = any(one.way in LEFT for one, _ in card.changed)
    titles = ("Field", "Why", "Where", *(("What to do",) if waits else ()))
    head = element("thead", element("tr", *(element("th", title, scope="col") for title in titles)))
    order = list(TITLES)
    changed = sorted(card.changed, key=lambda pair: order.index(pair[0].name))
    rows = [_reason(one, change, card, page, waits=waits) for one, change in changed]
    return element("table", head, element("tbody", *rows), class_="why")


def _reason(one: CardField, change: Change, card: Card, page: PageOfCards, *, waits: bool) -> Markup:
    place = change.source
    where = link(_place(place), place_address(place, page.view.links)) if place.file else NO_MARKUP
    cells = [
        element("td", TITLES[one.name]),
        element("td", *_why(one, change, card, page)),
        element("td", where),
        *([element("td", *_ways(one, change, card, page))] if waits else []),
    ]
    return element("tr", *cells)


def _place(place: Location) -> str:
    return f"{place.file}:{place.line}" if place.line else place.file


def _why(one: CardField, change: Change, card: Card, page: PageOfCards) -> Iterator[Markup]:
    """Yield the reason, the gates in the way, and what is to be known of the value."""
    sent = one.way is Treatment.SENT
    offline = card.planned.offline
    reason = "differs" if one.way is Treatment.OBSERVED else why(change, page.view, offline=offline)
    yield element("span", reason, class_="chip" if sent else "chip held")
    for gate in page.gates:
        if sent and gate.gate in change.classes:
            yield held_by(gate.gate)
    for note in _remarks(one, change, page):
        yield element("small", note)
    if one.name == "webhook":
        yield element("small", *_before_and_after(change, sent=sent))


def held_by(gate: str) -> Markup:
    """Return that a gate is in the way."""
    return joined((" ", element("span", "in the way: ", element("strong", gate), class_="chip held")))


def _remarks(one: CardField, change: Change, page: PageOfCards) -> Iterator[str]:
    if one.way is Treatment.SENT and (said := replaced(change)):
        yield said.removeprefix("; ")
    alike = page.alike.get((change.source.file, change.source.line, one.name), 0)
    if alike > 1:
        yield f"this line changes {many(alike, 'profile')}"
    if one.way is Treatment.SENT and is_empty(change.after):
        yield "it will be empty"
    if is_only_moved(change):
        yield "the same links in another order"
    yield from notes_of(change)
    if change.note:
        yield note_words(change.note)
    if change.acknowledged:
        yield f"accepted: {change.acknowledged}"


def _before_and_after(change: Change, *, sent: bool) -> Iterator[Markup]:
    """Yield a value that no customer sees, before and after."""
    before, after = ("del", "ins") if sent else ("mark", "mark")
    if change.before_value is not None:
        yield element(before, lines("\n".join(value_lines(change.before_value))))
        yield LINE_END
    yield element(after, lines("\n".join(value_lines(change.after))))


def _ways(one: CardField, change: Change, card: Card, page: PageOfCards) -> Iterator[Markup]:
    """Yield what a person can do about a difference that an apply leaves."""
    if one.way not in LEFT:
        return
    name, at_forge = card.planned.target.profile, bool(page.view.links.repository)
    for way in () if change.acknowledged else ORIGINS[change.origin].ways:
        if way.sends and at_forge:
            continue
        command = way.command.format(names=f" {shlex.quote(name)}")
        yield joined((f"{way.what}: ", element("code", command) if "{names}" in way.command else command, LINE_END))
    here = f"with this {page.view.links.words.pull}: the label "
    yield joined((here, element("code", f"allow-{change.origin}")))

"""card_article: (a card, the page that it stands on) → one profile: the card now beside the card after, and why.

Both sides have the same lines in the same order, so that a screen reader reads them as a person compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core.comparing.difference import Became
from reconciler.core.comparing.kinds import is_empty
from reconciler.core.fields import FIELD, INDUSTRIES, Picture, Value, ValueKind
from reconciler.core.planning.treatment import Treatment
from reconciler.core.reports.cards import Card, CardField
from reconciler.core.target import Assumed, Change
from reconciler.render.html.elements import LINE_END, NO_MARKUP, Markup, element, joined, lines, link
from reconciler.render.html.reasons import TITLES, PageOfCards, held_by, reasons_table
from reconciler.render.markdown.sheet import place_address
from reconciler.render.pieces import new_items, old_items
from reconciler.render.words import day_words, on_whose_word, provider_words

# What stands on the card below the picture and the name, in WhatsApp's order.
_ROWS = ("about", "industry", "description", "address", "email", "websites")
# A value that is sent takes the place of one that goes. Where nothing is sent, the two only differ.
_SENT_MARKS = {Became.REMOVED: "del", Became.ADDED: "ins"}
_OTHER_MARKS = {Became.REMOVED: "mark", Became.ADDED: "mark"}
WAYS: Mapping[Treatment, str] = {
    Treatment.SENT: "Will be sent",
    Treatment.FOR_A_PERSON: "Waits for a person",
    Treatment.LEFT_ALONE: "Left alone",
    Treatment.BLOCKED: "Cannot be written",
    Treatment.OBSERVED: "Only observed, never applied",
}


def card_article(card: Card, number: int, page: PageOfCards) -> Markup:
    """Return one profile; `number` is its place on the page."""
    target, name = card.planned.target, f"c{number}"
    account = f"{target.account} · {provider_words(target.provider, target.endpoint)}"
    file = card.planned.place
    about = (
        business_and_number(card),
        " · ",
        account,
        " · ",
        link(str(file), place_address(file, page.view.links)),
    )
    return element(
        "article",
        element("h3", target.profile, id=name),
        element("p", *about, *_held(card, page)),
        element("p", element("strong", card.planned.reason)) if card.planned.reason else NO_MARKUP,
        pair(card, page),
        reasons_table(card, page),
        tabindex="0",
        aria_labelledby=name,
        data_account=account_key(card),
        data_folder=folder_key(card),
        data_why=" ".join(sorted({change.origin for _, change in card.changed})),
        data_field=" ".join(one.name for one, _ in card.changed),
    )


def _held(card: Card, page: PageOfCards) -> Iterator[Markup]:
    """Yield the gates in the way of the profile as a whole; those of one field stand beside that field."""
    named = {gate for _, change in card.changed for gate in change.classes}
    for gate in page.gates:
        if card.planned.target.profile in gate.profiles and gate.gate not in named:
            yield held_by(gate.gate)


def business_and_number(card: Card) -> Markup:
    """Return the business that customers see, with the number, or the number alone if the name is not known."""
    name, number = card.planned.business.name, card.planned.target.number
    # A name in Arabic or Hebrew must not turn the number around.
    return joined((element("bdi", name), f" ({number})")) if name else joined((number,))


def _head(card: Card) -> tuple[Markup, ...]:
    """Return the business, and below it the number, as a customer sees them; the number alone if no name is known."""
    name, number = card.planned.business.name, card.planned.target.number
    return (element("bdi", name), joined((" ",)), element("small", number)) if name else (joined((number,)),)


def account_key(card: Card) -> str:
    """Return what the filter of accounts calls this card's."""
    target = card.planned.target
    return f"{target.account} · {provider_words(target.provider, target.endpoint)}"


def folder_key(card: Card) -> str:
    """Return the folder below profiles/ that the profile is in, with a slash at its end."""
    folder, slash, _ = card.planned.target.profile.rpartition("/")
    return f"{folder}{slash}" if slash else "/"


def pair(card: Card, page: PageOfCards) -> Markup:
    """Return a profile that differs as two cards, beside each other."""
    sides = (
        card_figure(card, page, _now_caption(card)),
        card_figure(card, page, _after_caption(card, page), after=True),
    )
    return element("div", *sides, class_="pair")


def card_figure(card: Card, page: PageOfCards, caption: str, *, after: bool = False) -> Markup:
    """Return one card with its caption."""
    fields = {one.name: one for one in card.fields}
    picture = fields.get("picture")
    rows = [_row(fields[name], card, after=after) for name in _ROWS if name in fields]
    inside = (
        _face(picture, card, page, after=after),
        element("h4", *_head(card)),
        *_picture_words(picture, card, after=after),
        element("dl", *rows) if rows else NO_MARKUP,
    )
    shown = element("div", *inside, class_="card after" if after else "card")
    return element("figure", element("figcaption", caption), shown)


def _now_caption(card: Card) -> str:
    return "Last recorded; no provider was asked" if card.planned.offline else "Now on WhatsApp"


def _after_caption(card: Card, page: PageOfCards) -> str:
    if card.way is Treatment.SENT:
        return "After the merge" if page.view.based else "After the apply"
    return f"What the file says ({WAYS[card.way][0].lower()}{WAYS[card.way][1:]})"


def _stays(one: CardField, card: Card) -> bool:
    """Return whether a field that differs is left as it is, on a card of which other fields are sent."""
    return one.change is not None and one.way is not Treatment.SENT and card.way is Treatment.SENT


def _face(one: CardField | None, card: Card, page: PageOfCards, *, after: bool) -> Markup:
    """Return the picture in its round frame, with a frame of its own if it changes."""
    value = _side(one, card, after=after)
    shown = page.faces.get(value.sha256, "none") if isinstance(value, Picture) else "none"
    changes = one is not None and one.change is not None and not _stays(one, card)
    sent = changes and one is not None and one.way is Treatment.SENT
    frame = f" {'new' if after else 'old'}" if sent else " other" if changes else ""
    if one is None:
        return element("div", class_="face none")
    label = f"{'Picture after' if after else 'Picture now'}: {_picture_label(one, value)}"
    return element("div", class_=f"face {shown}{frame}", role="img", aria_label=label)


def _picture_label(one: CardField, value: Value | None) -> str:
    if isinstance(value, Picture):
        return picture_label(value)
    return "none" if value is not None else one.unread or "not known"


def picture_label(picture: Picture) -> str:
    """Return a picture's name and size, as people speak of it."""
    size = f"{picture.width} × {picture.height}"
    return f"{picture.file.rpartition('/')[2]}, {size}" if picture.file else f"{size} pixels"


def _picture_words(one: CardField | None, card: Card, *, after: bool) -> Iterator[Markup]:
    """Yield the picture in words below the name, if it differs."""
    if one is None or one.change is None:
        return
    said = f"picture: {_picture_label(one, _side(one, card, after=after))}"
    if _stays(one, card):
        file = f"; {one.way}, the file says: {_picture_label(one, one.change.after)}" if after else ""
        yield element("p", said, file, class_="pic")
    else:
        marks = _SENT_MARKS if one.way is Treatment.SENT else _OTHER_MARKS
        yield element("p", element(marks[Became.ADDED if after else Became.REMOVED], said), class_="pic")


def _side(one: CardField | None, card: Card, *, after: bool) -> Value | None:
    """Return a field's value on one of the two cards."""
    if one is None:
        return None
    return one.after if after and not _stays(one, card) else one.now


def _row(one: CardField, card: Card, *, after: bool) -> Markup:
    held = "" if one.way is Treatment.SENT else " held"
    changed = "" if one.change is None else f" chg{held}"
    title = element("dt", TITLES[one.name], _length(one) if after and not _stays(one, card) else "")
    said = element("dd", _said(one, card, after=after), *_notes(one, card, after=after))
    return element("div", title, said, class_=f"row f-{one.name}{changed}")


def _length(one: CardField) -> str:
    """Return the length of a text that changes, and its limit."""
    spec, change = FIELD[one.name], one.change
    if change is None or spec.kind is not ValueKind.TEXT or not isinstance(change.after, str) or not change.after:
        return ""
    return f" · {len(change.after)} of {change.limit or spec.limit}"


def _said(one: CardField, card: Card, *, after: bool) -> Markup:
    """Return the value of one side, with what differs from the other side marked."""
    value = _side(one, card, after=after)
    if value is None:
        unread = f"could not be read: {one.unread}" if one.unread else "cannot be read back"
        return element("em", "not read" if card.planned.offline and not one.unread else unread)
    if is_empty(value):
        return element("em", "empty")
    if one.change is None or _stays(one, card):
        return joined([lines(text) for text in _texts(one.name, value)], LINE_END)
    marks = _SENT_MARKS if one.way is Treatment.SENT else _OTHER_MARKS
    return _marked(one.name, one.change, value, marks[Became.ADDED if after else Became.REMOVED], after=after)


def _marked(name: str, change: Change, value: Value, mark: str, *, after: bool) -> Markup:
    """Return a value with its words, or its links, that the other side does not have within `mark`."""
    other, here = (Became.REMOVED, Became.ADDED) if after else (Became.ADDED, Became.REMOVED)
    pieces = change.details[0].pieces if len(change.details) == 1 and isinstance(value, str) else ()
    if name != "industry" and any(piece.became is Became.KEPT for piece in pieces):
        mine = [piece for piece in pieces if piece.became is not other]
        return joined(_run(mark if piece.became is here else "", piece.text) for piece in mine)
    if items := new_items(change) if after else old_items(change):
        moved = [f" (was number {one.was})" if one.was else "" for one in items]
        runs = [_run(mark if one.became is here else "", one.link) for one in items]
        return joined([joined(pair) for pair in zip(runs, moved, strict=True)], LINE_END)
    return joined([_run(mark, text) for text in _texts(name, value)], LINE_END)


def _run(mark: str, text: str) -> Markup:
    """Return a text within its mark; a line's end before or after it is outside, for it would be marked as a space."""
    if not mark:
        return lines(text)
    bare = text.strip("\n")
    before, after = text[: len(text) - len(text.lstrip("\n"))], text[len(text.rstrip("\n")) :] if bare else ""
    return joined((lines(before), element(mark, lines(bare)) if bare else "", lines(after)))


def _texts(name: str, value: Value) -> tuple[str, ...]:
    """Return a value of a row as texts; an industry by its name."""
    if isinstance(value, str):
        return (INDUSTRIES.get(value, value) if name == "industry" else value,)
    return value if isinstance(value, tuple) else ()


def _notes(one: CardField, card: Card, *, after: bool) -> Iterator[Markup]:
    """Yield what is said below a value: on whose word it is there, or what the file says where it is left."""
    change = one.change
    if change is None:
        return
    if not after and isinstance(change.before, Assumed) and change.before.since:
        since = day_words(change.before.since)
        yield element("small", on_whose_word(since, change.before.run, offline=card.planned.offline))
    if after and _stays(one, card):
        file = joined([element("mark", lines(text)) for text in _texts(one.name, change.after)], LINE_END)
        said = element("em", "empty") if is_empty(change.after) else file
        yield element("small", f"{one.way}; the file says: ", said)

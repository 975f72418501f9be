"""plan_html: (a review, where links lead, how large a file may be) → the review page, one file for a browser.

What is in the way comes first, then the cards in the order of what an apply does with them. A page that would be too
large first leaves out the fields that stay, then whole cards, and says so. Pictures have a share of it, so that they
never take the place of texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from reconciler.core.basics import Diagnostic, Severity
from reconciler.core.cards import Card, ReviewReport, Thumbnail, pictures
from reconciler.core.causes import CauseGroup, by_problem, unread_groups
from reconciler.core.explanations import Treatment
from reconciler.core.planning.plan import Plan
from reconciler.core.plurals import many
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.render.html.cards import WAYS, account_key, card_article, folder_key
from reconciler.render.html.elements import NO_MARKUP, Markup, element, joined, link, pictured, policy, raw
from reconciler.render.html.look import SCRIPT, STYLE
from reconciler.render.html.reasons import TITLES, PageOfCards
from reconciler.render.markdown.sheet import SHORT, Links, View, commit_address, why
from reconciler.render.safe_text import Inert
from reconciler.render.text.plan import calm_profiles
from reconciler.render.words import listed

# A browser opens ten million bytes of this at once, and GitHub's viewer of artifacts takes them.
PAGE_BYTES: Final = 10_000_000
_RESERVED = 100_000
# Of these the pictures take at most so many.
_PICTURES = 4_000_000
_MOST_PROBLEMS = 50


def plan_html(review: ReviewReport, links: Links, *, most: int = PAGE_BYTES) -> Inert:
    """Return the page in at most `most` bytes of UTF-8. It needs no network and runs no foreign text."""
    report = review.report
    faces, styles, unpictured = _faces(review, min(_PICTURES, most // 2))
    page = PageOfCards(
        view=View(links=links, based=bool(report.plan.base)),
        faces=faces,
        alike=_alike(review.cards),
        gates=tuple(gate for gate in report.tripped if report.stopped_by(gate)),
    )
    before = joined((_header(report, links), _bar(review.cards, page.view)))
    boxes = joined([*_gates(report), *_problems(report.plan.diagnostics), *_unread(report.plan)])
    room = most - _RESERVED - len(styles) - len(boxes.encode()) - len(before.encode())
    articles, slim = _fitting(review.cards, page, room), False
    if len(articles) < len(review.cards):
        articles, slim = _fitting([_slim(card) for card in review.cards], page, room), True
    left = _left_out(review.cards, len(articles), slim=slim)
    main = element("main", boxes, left, *_sections(review.cards, articles))
    end = _footer(unpictured)
    return Inert("\n".join((_head(report, styles), before, main, end, raw("script", SCRIPT), "</body></html>")))


def _head(report: PlanReport, pictures: str) -> Markup:
    allowed = policy((STYLE, pictures), (SCRIPT,))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        # No text of an attribute is quoted twice, so the policy's own quotes are written as they are.
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"WhatsApp profiles: {_title(report)}"),
        raw("style", STYLE),
        raw("style", pictures),
    )
    return Markup(f'<!doctype html><html lang="en">{head}<body>')


def _title(report: PlanReport) -> str:
    summary = report.summary
    if summary.will_be_sent:
        return f"{many(summary.will_be_sent, 'change')} in {many(summary.changed, 'profile')} will be sent"
    if not report.plan.targets:
        return "nothing is selected"
    return "nothing will be sent" if report.plan.has_changes else "nothing is planned"


def _header(report: PlanReport, links: Links) -> Markup:
    plan, summary = report.plan, report.summary
    title = _title(report)
    found = (
        f"{many(summary.left_alone, 'difference')} left alone" if summary.left_alone else "",
        f"{many(summary.left_for_a_person, 'difference')} left for a person" if summary.left_for_a_person else "",
        *calm_profiles(plan, summary),
    )
    commits = [_commit(name, links) for name in (plan.head, plan.base) if name]
    said: list[str] = [" · ".join(filter(None, found))]
    if commits:
        said += [" · commit " if said[0] else "commit ", joined(commits, " against ")]
    offline = element("p", "No provider was asked. What is remembered stands in for what is live.")
    return element(
        "header",
        element("h1", f"{title[0].upper()}{title[1:]}"),
        element("p", *said),
        offline if plan.offline else NO_MARKUP,
    )


def _commit(name: str, links: Links) -> Markup:
    return link(name[:SHORT], commit_address(name, links))


def _bar(cards: Sequence[Card], view: View) -> Markup:
    """Return the filters; the script shows them, for without it they do nothing."""
    accounts = {key: key for key in map(account_key, cards)}
    folders = {key: key if key != "/" else "profiles/ itself" for key in map(folder_key, cards)}
    changes = [(one, change) for card in cards for one, change in card.changed]
    origins = {change.origin.value: why(change, view, offline=False) for _, change in changes}
    fields = {name: title for name, title in TITLES.items() if name in {one.name for one, _ in changes}}
    chosen = (
        _select("account", "Account", "All accounts", accounts),
        _select("folder", "Folder", "All folders", folders),
        _select("why", "Reason", "Every reason", origins),
        _select("field", "Field", "All fields", fields),
    )
    search = element(
        "input",
        type="search",
        name="search",
        aria_label="Search profiles, numbers and texts",
        aria_keyshortcuts="/",
        placeholder="Search  ( / )   next card  ( j )   previous  ( k )",
        autocomplete="off",
    )
    form = element("form", search, *chosen, element("output", aria_live="polite"), role="search")
    return element("div", form, class_="bar", hidden="")


def _select(name: str, label: str, every: str, options: Mapping[str, str]) -> Markup:
    """Return one filter; one that has nothing to choose from is there for the script alone."""
    found = [element("option", text, value=key) for key, text in sorted(options.items())]
    hidden = "" if len(found) < 2 else None
    return element("select", element("option", every, value=""), *found, name=name, aria_label=label, hidden=hidden)


def _gates(report: PlanReport) -> Iterator[Markup]:
    """Yield a box for each gate: those that stop an apply first."""
    for stops in (True, False):
        for gate in report.tripped:
            if report.stopped_by(gate) is stops:
                yield _gate(gate, report, stops=stops)


def _gate(gate: Tripped, report: PlanReport, *, stops: bool) -> Markup:
    title = f"In the way: {gate.gate}." if stops else f"Passes: {gate.gate}."
    names = element("p", f"Profiles: {listed(gate.profiles)}") if gate.profiles else NO_MARKUP
    said = element("p", element("strong", title), " ", f"{gate.summary[:1].upper()}{gate.summary[1:]}.")
    opens = element("p", *_opens(gate, report))
    return element("div", said, names, opens, class_="box gate" if stops else "box")


def _opens(gate: Tripped, report: PlanReport) -> Iterator[str]:
    """Yield what opens a gate: a reviewer's label if its rule is to ask, the settings if it is denied."""
    if gate.rule is Rule.WARN:
        yield "It only warns."
    elif gate.gate in report.consent.allowed and gate.rule is Rule.ASK:
        yield "Let through by "
        yield element("code", f"--allow {gate.gate}")
    elif gate.rule is Rule.DENY or gate.gate == "empty":
        yield f"No label opens it: {gate.hint.rpartition('; ')[2]}."
    else:
        yield "A reviewer other than the author adds the label "
        yield element("code", f"allow-{gate.gate}")
        yield " after the last push."


def _problems(found: Sequence[Diagnostic]) -> Iterator[Markup]:
    """Yield the problems in the files, each kind once."""
    groups = [group for group in by_problem(found) if group.first.severity is not Severity.NOTICE]
    told = [
        element("li", f"{group.first.location}: " if group.first.location.file else "", group.first.summary)
        for group in groups[:_MOST_PROBLEMS]
    ]
    more = [element("li", f"and {len(groups) - len(told):,} more")] if len(groups) > len(told) else []
    if told:
        title = element("p", element("strong", f"{many(len(groups), 'problem')}."))
        yield element("div", title, element("ul", *told, *more), class_="box problem")


def _unread(plan: Plan) -> Iterator[Markup]:
    """Yield what could not be read, each cause once."""
    groups = unread_groups(plan.targets)
    told = [element("li", _cause(group)) for group in groups[:_MOST_PROBLEMS]]
    more = [element("li", f"and {len(groups) - len(told):,} causes more")] if len(groups) > len(told) else []
    if told:
        title = element("p", element("strong", "Could not be read, so nothing is planned for it."))
        yield element("div", title, element("ul", *told, *more), class_="box problem")


def _cause(group: CauseGroup) -> str:
    fields = f" ({', '.join(group.fields)})" if group.fields else ""
    return f"{listed(group.profiles)}{fields}: {group.cause.text()}"


def _alike(cards: Sequence[Card]) -> Mapping[tuple[str, int, str], int]:
    """Count the profiles that each line of the files changes."""
    changes = (change for card in cards for one, change in card.changed if one.way is Treatment.SENT)
    return Counter((change.source.file, change.source.line, change.field) for change in changes if change.source.line)


def _faces(review: ReviewReport, room: int) -> tuple[dict[str, str], str, int]:
    """Return the class of each small picture, their styles, and how many pictures found no room."""
    faces: dict[str, str] = {}
    classes: dict[Thumbnail, str] = {}
    styles: list[str] = []
    left = 0
    for sha256 in pictures(review.cards):
        small = review.thumbnails.get(sha256)
        if small is not None and small not in classes:
            style = pictured(len(classes), small)
            if len(style) > room:
                left += 1
                continue
            room -= len(style)
            styles.append(style)
            classes[small] = f"p{len(classes)}"
        if small is not None:
            faces[sha256] = classes[small]
    return faces, "".join(styles), left


def _fitting(cards: Sequence[Card], page: PageOfCards, room: int) -> list[Markup]:
    """Return the cards that fit, up to the first that does not."""
    found: list[Markup] = []
    for number, card in enumerate(cards):
        article = card_article(card, number, page)
        room -= len(article.encode())
        if room < 0:
            break
        found.append(article)
    return found


def _sections(cards: Sequence[Card], articles: Sequence[Markup]) -> Iterator[Markup]:
    """Yield the cards under what an apply does with them."""
    pairs = zip(cards, articles, strict=False)
    for way, mine in groupby(pairs, key=lambda pair: pair[0].way):
        yield element("section", element("h2", WAYS[way]), *(article for _, article in mine), class_="cards")


def _slim(card: Card) -> Card:
    """Return a card with only the fields that differ: the others take the most room, and they stay as they are."""
    return replace(card, fields=tuple(one for one in card.fields if one.change is not None))


def _left_out(cards: Sequence[Card], shown: int, *, slim: bool) -> Markup:
    """Say what found no room on the page."""
    if not slim:
        return NO_MARKUP
    title = element("strong", "The cards show only the fields that differ.")
    said = [element("p", title, " All do not fit on one page.")]
    if rest := cards[shown:]:
        changes = sum(len(card.changed) for card in rest)
        number = f"{many(changes, 'difference')} in {many(len(rest), 'profile')}"
        title = element("strong", "Not on this page: ")
        said.append(element("p", title, number, ". The plan as JSON has them."))
        said.append(element("p", f"Profiles: {listed(tuple(card.planned.target.profile for card in rest))}"))
    return element("div", *said, class_="box problem")


def _footer(unpictured: int) -> Markup:
    said = f" {many(unpictured, 'picture')} found no room on this page." if unpictured else ""
    return element("footer", element("p", f"Made by reconciler. The page is one file and calls nothing.{said}"))

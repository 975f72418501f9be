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

from reconciler.core.basics import Diagnostic, Severity, many
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Treatment
from reconciler.core.reports.cards import Card, ReviewReport, pictures
from reconciler.core.reports.causes import CauseGroup, by_problem, unread_groups
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.render.html.cards import WAYS, account_key, card_article, folder_key
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
from reconciler.render.html.reasons import TITLES, PageOfCards
from reconciler.render.markdown.sheet import SHORT, Links, View, commit_address, why
from reconciler.render.safe_text import Inert
from reconciler.render.text.plan import calm_profiles
from reconciler.render.words import listed, no_profile

_MOST_PROBLEMS = 50


def plan_html(review: ReviewReport, links: Links, *, most: int = PAGE_BYTES) -> Inert:
    """Return the page in at most `most` bytes of UTF-8. It needs no network and runs no foreign text."""
    report = review.report
    shown, styles, unpictured = faces(pictures(review.cards), review.thumbnails, min(MOST_PICTURES, most // 2))
    page = PageOfCards(
        view=View(links=links, based=bool(report.plan.base)),
        faces=shown,
        alike=_alike(review.cards),
        gates=tuple(gate for gate in report.tripped if report.stopped_by(gate)),
    )
    before = joined((_header(report, links), _bar(review.cards, page.view)))
    boxes = joined([*_gates(report), *_problems(report.plan.diagnostics), *_unread(report.plan)])
    room = most - RESERVED - len(styles) - len(boxes.encode()) - len(before.encode())
    articles, slim = fitting(_articles(review.cards, page), room), False
    if len(articles) < len(review.cards):
        articles, slim = fitting(_articles([_slim(card) for card in review.cards], page), room), True
    left = _left_out(review.cards, len(articles), slim=slim)
    main = element("main", boxes, left, *_sections(review.cards, articles))
    head = page_head(f"WhatsApp profiles: {_title(report)}", (styles,))
    return Inert("\n".join((head, before, main, page_end(unpictured))))


def _articles(cards: Sequence[Card], page: PageOfCards) -> Iterator[Markup]:
    return (card_article(card, number, page) for number, card in enumerate(cards))


def _title(report: PlanReport) -> str:
    summary = report.summary
    if summary.will_be_sent:
        return f"{many(summary.will_be_sent, 'change')} in {many(summary.changed, 'profile')} will be sent"
    if not report.plan.targets:
        return no_profile(report.plan)
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
    """Return the filters."""
    accounts = {key: key for key in map(account_key, cards)}
    folders = {key: key if key != "/" else "profiles/ itself" for key in map(folder_key, cards)}
    changes = [(one, change) for card in cards for one, change in card.changed]
    origins = {change.origin.value: why(change, view, offline=False) for _, change in changes}
    fields = {name: title for name, title in TITLES.items() if name in {one.name for one, _ in changes}}
    return filter_bar(
        {
            "account": ("Account", "All accounts", accounts),
            "folder": ("Folder", "All folders", folders),
            "why": ("Reason", "Every reason", origins),
            "field": ("Field", "All fields", fields),
        }
    )


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

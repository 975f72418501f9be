"""What every page of cards has: its head, its bar of filters, its small pictures, and as many cards as fit.

page_head: (a title, styles beside the common one) → the page's begin. page_end: → its script and its end.
filter_bar: (what can be chosen of each kind) → the filters. faces: (pictures, small ones) → their classes and styles.
fitting: (articles, how much room) → those that fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reconciler.core.basics import many
from reconciler.core.fields import Picture
from reconciler.core.reports.cards import Thumbnail
from reconciler.render.html.elements import Markup, element, pictured, policy, raw
from reconciler.render.html.look import SCRIPT, STYLE

# A browser opens ten million bytes of this at once, and GitHub's viewer of artifacts takes them.
PAGE_BYTES: Final = 10_000_000
RESERVED: Final = 100_000
# Of these the pictures take at most so many.
MOST_PICTURES: Final = 4_000_000


def page_head(title: str, styles: Sequence[str]) -> Markup:
    """Return the beginning of a page. A browser runs its own styles and script, and no others."""
    allowed = policy((STYLE, *styles), (SCRIPT,))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        # No text of an attribute is quoted twice, so the policy's own quotes are written as they are.
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        *(raw("style", style) for style in (STYLE, *styles)),
    )
    return Markup(f'<!doctype html><html lang="en">{head}<body>')


def page_end(unpictured: int) -> Markup:
    """Return the end of a page; it says how many pictures found no room."""
    said = f" {many(unpictured, 'picture')} found no room on this page." if unpictured else ""
    made = element("footer", element("p", f"Made by reconciler. The page is one file and calls nothing.{said}"))
    return Markup(f"{made}\n{raw('script', SCRIPT)}\n</body></html>")


def filter_bar(kinds: Mapping[str, tuple[str, str, Mapping[str, str]]]) -> Markup:
    """Return the filters, each with its label, what it says when nothing is chosen, and what can be chosen.

    The script shows them, for without it they do nothing.
    """
    search = element(
        "input",
        type="search",
        name="search",
        aria_label="Search profiles, numbers and texts",
        aria_keyshortcuts="/",
        placeholder="Search  ( / )   next card  ( j )   previous  ( k )",
        autocomplete="off",
    )
    chosen = (_select(name, *told) for name, told in kinds.items())
    form = element("form", search, *chosen, element("output", aria_live="polite"), role="search")
    return element("div", form, class_="bar", hidden="")


def _select(name: str, label: str, every: str, options: Mapping[str, str]) -> Markup:
    """Return one filter; one that has nothing to choose from is there for the script alone."""
    found = [element("option", text, value=key) for key, text in sorted(options.items())]
    hidden = "" if len(found) < 2 else None
    return element("select", element("option", every, value=""), *found, name=name, aria_label=label, hidden=hidden)


def faces(
    found: Mapping[str, Picture], thumbnails: Mapping[str, Thumbnail], room: int
) -> tuple[dict[str, str], str, int]:
    """Return the class of each small picture, their styles, and how many pictures found no room."""
    named: dict[str, str] = {}
    classes: dict[Thumbnail, str] = {}
    styles: list[str] = []
    left = 0
    for sha256 in found:
        small = thumbnails.get(sha256)
        if small is not None and small not in classes:
            style = pictured(len(classes), small)
            if len(style) > room:
                left += 1
                continue
            room -= len(style)
            styles.append(style)
            classes[small] = f"p{len(classes)}"
        if small is not None:
            named[sha256] = classes[small]
    return named, "".join(styles), left


def fitting(articles: Iterable[Markup], room: int) -> list[Markup]:
    """Return the cards that fit, up to the first that does not."""
    found: list[Markup] = []
    for article in articles:
        room -= len(article.encode())
        if room < 0:
            break
        found.append(article)
    return found

"""element: (its name, what stands in it, its attributes) → mark-up. A plain text in it, or in an attribute, is escaped.

joined, lines, link: several pieces, a text of several lines, a text that may lead somewhere → mark-up.
policy: (what the page's own styles and scripts say) → the rule that lets a browser run these and nothing else.

`Markup` is made here alone. So a text that did not pass here can only be shown as it is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from reconciler.core.basics import many
from reconciler.core.reports.cards import Thumbnail
from reconciler.render.safe_text import html_text

# Elements without an end.
_VOID = frozenset({"br", "input", "meta"})
# As much of one text as a page shows. No provider takes so much, but what a provider sends is foreign.
_MOST = 4_000


class Markup(str):
    """Mark-up of our own, in which every foreign text is escaped."""

    __slots__ = ()


NO_MARKUP = Markup()
LINE_END = Markup("<br>")


def element(tag: str, /, *inside: str, **attributes: str | None) -> Markup:
    """Return an element. An attribute that is None is left out; `class_` is `class`, `data_field` is `data-field`."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html_text(value)}"' if value else f" {key.rstrip('_')}"
        for key, value in attributes.items()
        if value is not None
    )
    begin = f"<{tag}{named}>"
    return Markup(begin if tag in _VOID else f"{begin}{joined(inside)}</{tag}>")


def joined(pieces: Iterable[str], between: str = "") -> Markup:
    """Return pieces one after the other; `between` stands between two of them."""
    return Markup(_escaped(between).join(map(_escaped, pieces)))


def _escaped(piece: str) -> str:
    return piece if isinstance(piece, Markup) else html_text(piece)


def lines(text: str) -> Markup:
    """Return a text line under line, and of a very long one the beginning."""
    shown = joined(text[:_MOST].split("\n"), LINE_END)
    return shown if len(text) <= _MOST else joined((shown, f" … and {many(len(text) - _MOST, 'character')} more"))


def link(text: str, address: str) -> Markup:
    """Return code that leads to an address of our own making, or code alone if there is none."""
    code = element("code", text)
    return element("a", code, href=address, rel="noreferrer") if address else code


def raw(name: str, text: str) -> Markup:
    """Return the page's own style or script, which is not escaped."""
    return Markup(f"<{name}>{text}</{name}>")


def policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Return the content security policy of a page with exactly these styles and scripts, and pictures in itself."""
    parts = (
        "default-src 'none'",
        f"style-src {' '.join(map(_hash, styles))}",
        f"script-src {' '.join(map(_hash, scripts))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def pictured(number: int, small: Thumbnail) -> str:
    """Return the style that shows a small picture wherever its number is the class."""
    data = base64.b64encode(small.content).decode()
    return f'.p{number}{{background-image:url("data:{small.mime};base64,{data}")}}\n'

"""What a page looks like at GitHub: GitHub's own cmark-gfm turns its Markdown into HTML, which is then read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from cmarkgfm import cmark, github_flavored_markdown_to_html  # type: ignore[import-untyped]  # it has no types

# The elements that this program writes; every other one would come from foreign text.
OURS = frozenset(
    "h3 h4 h5 p strong del code pre br ul li a details summary table thead tbody tr th td".split()  # noqa: SIM905 - a list
)
_EMPTY = frozenset({"br", "img", "hr", "input"})


class Shown(HTMLParser):
    """What people see of a page, and of what it is made.

    `words` is what stands outside of code, where GitHub looks for people and issues to link; `text` is all of it.
    """

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.links: list[str] = []
        self.cells: list[str] = []
        self.codes: list[str] = []
        self.words = self.text = ""
        self.open: list[str] = []
        self.feed(html(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag in {"td", "th"}:
            self.cells.append("")
        if tag == "code":
            self.codes.append("")
        if tag == "br":
            self._more("\n")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that the element has ended, and that it was the one that was open."""
        if tag not in _EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what is seen."""
        self._more(data)

    def handle_comment(self, data: str) -> None:
        """Note a comment, which a page does not show."""
        self.elements.append(f"<!--{data}")

    def _more(self, text: str) -> None:
        self.text += text
        if {"td", "th"} & set(self.open):
            self.cells[-1] += text
        if "code" in self.open:
            self.codes[-1] += text
            # A piece of code between two pieces of text keeps them apart.
            self.words += "\0"
        else:
            self.words += text

    @property
    def foreign(self) -> list[str]:
        """The elements that no page of ours is made of."""
        return [name for name in self.elements if name not in OURS]

    @property
    def referring(self) -> list[str]:
        """What GitHub would make a link of although Markdown does not: people, issues, commits, and pictures."""
        pattern = r"@[\w-]|#[0-9]|\b(?:gh|ghsa|cve)-[0-9]|\b[0-9a-f]{7,40}\b|:(?![0-9]{2}:)[\w+-]+:|\$"
        return re.findall(pattern, self.words, re.IGNORECASE | re.ASCII)

    @property
    def referring_at_gitlab(self) -> list[str]:
        """The same at GitLab: people, issues, merge requests, labels, milestones, snippets, epics, issues elsewhere."""
        named = r"@[\w-]|[#!$&][0-9]|[~%][\w\"]|\b(?-i:[A-Z][A-Z0-9_]+)-[0-9]"
        shown = r"\b[0-9a-f]{7,40}\b|:(?![0-9]{2}:)[\w+-]+:"
        return re.findall(f"{named}|{shown}", self.words, re.IGNORECASE | re.ASCII)


def html(markdown: str) -> str:
    """Return what GitHub's own library makes of Markdown; raw HTML stays, as it does at GitHub before it is cleaned."""
    made: str = github_flavored_markdown_to_html(markdown, cmark.Options.CMARK_OPT_UNSAFE)
    return made


def spaced(text: str) -> str:
    """Return text as a browser shows it: white space is one space."""
    return " ".join(text.split())

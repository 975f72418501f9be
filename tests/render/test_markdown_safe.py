"""Foreign text in Markdown, held against GitHub's own library: all of it is seen, and none of it does anything."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.render.markdown.blocks import table
from reconciler.render.safe_text import code_span, fenced, html_code, prose, terminal
from tests.support.laws import tried
from tests.support.markdown import Shown

HOSTILE = st.sampled_from(
    [
        *(
            "`",
            "``",
            "```",
            "|",
            "\\",
            "\\|",
            "<!--",
            "-->",
            "<b>",
            "</code>",
            "</td>",
            "<img src=x>",
            "*",
            "_",
            "~~",
            "$",
        ),
        *(
            "@octocat",
            "#1",
            "GH-1",
            "owner/repo#1",
            "www.x.example",
            "https://x.example",
            "a@b.example",
            "mailto:a@b.example",
        ),
        *(
            ":smile:",
            ":",
            "[x](https://x.example)",
            "![x](y)",
            "[^1]",
            "[ ]",
            "> ",
            "# ",
            "- ",
            "1. ",
            "---",
            "===",
            "~~~",
        ),
        *(
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\u202e",
            "&amp;",
            "&",
            "&#64;",
            "x",
            "0123456",
            "cve-2024-1",
            "<details>",
            "(",
            ")",
            '"',
        ),
        *(
            "word",
            "ﬂ",
            "👩\u200d🍳",
            "\ud800",
            "\x1b[2J",
            "http",
            "://",
            "www",
            ".",
            "!",
            "=",
            "+",
            "^",
            ":-:",
            "{",
            "}",
        ),
    ]
)
TEXTS = st.lists(HOSTILE | st.text(st.characters(exclude_categories=()), max_size=4), max_size=8).map("".join)
LAW = tried(200)


def seen(text: str) -> str:
    """Return what people are to see of a text; what begins a comment is broken."""
    return terminal(text).replace("<!--", "<! --")


def inked(text: str) -> str:
    """Return a text without backticks and white space."""
    return "".join(text.replace("`", "").split())


@given(TEXTS)
@example("`")
@example(" x ")
@example("  ")
@example("\\|")
@LAW
def test_code_shows_all_of_a_text_and_nothing_else(text: str) -> None:
    shown = Shown(f"### before {code_span(text)} after")
    expected = seen(text)
    assert shown.foreign == []
    assert shown.text.rstrip("\n") == f"before {expected or '(empty)'} after"
    assert shown.codes == ([expected] if expected else [])


@given(st.lists(TEXTS, min_size=2, max_size=3))
@LAW
def test_code_in_a_table_ends_no_cell(texts: list[str]) -> None:
    shown = Shown(table(("a",) * len(texts), [tuple(map(code_span, texts))] * 2))
    cells = [seen(text) or "(empty)" for text in texts]
    # A cell shows no space at its ends; in code there are some.
    assert shown.cells == [*("a" for _ in texts), *cells, *cells]
    assert shown.foreign == []


@given(TEXTS)
@example("1. x")
@example("- x")
@example("x @octocat,")
@example("東京CVE-2026-1234")
@example("東京GH-1")
@example("(`a` `b c`, `d`)")
@example("`a``b`")
@example(":smile")
@LAW
def test_prose_is_words_and_code(text: str) -> None:
    shown = Shown(f"{prose(text)}: x\n\n- {prose(text)}\n\n{prose(text)}")
    assert [name for name in shown.elements if name not in {"p", "ul", "li", "code"}] == []
    assert shown.elements.count("li") == 1
    assert shown.referring == []
    plain = seen(text)
    # Backticks are mark-up there, and white space is what a browser makes of it.
    assert inked(shown.text) == inked(f"{plain}: x {plain} {plain}")


@given(TEXTS)
@LAW
def test_prose_in_a_table_ends_no_cell(text: str) -> None:
    shown = Shown(table(("a", "b"), [(prose(text), "x")]))
    assert [name for name in shown.foreign if name != "a"] == []
    assert len(shown.cells) == 4
    assert shown.cells[-1] == "x"


@given(TEXTS)
@LAW
def test_a_block_shows_all_lines_and_ends_where_it_ends(text: str) -> None:
    shown = Shown(f"{fenced(text, language='yaml')}\n\nafter")
    expected = "\n".join(seen(line) for line in text.split("\n"))
    assert shown.elements == ["pre", "code", "p"]
    assert shown.codes == [f"{expected}\n"]


@given(TEXTS)
@LAW
def test_code_within_html_is_all_of_a_text(text: str) -> None:
    shown = Shown(f"<details>\n<summary>{html_code(text)}</summary>\n\nx\n\n</details>")
    assert shown.elements == ["details", "summary", "code", "p"]
    assert shown.codes == [terminal(text)]
    assert shown.open == []


@given(TEXTS)
@LAW
def test_nothing_foreign_is_a_marker(text: str) -> None:
    """A comment of ours is found again by a comment that nobody sees; what is quoted in it must hold none."""
    assert "<!--" not in code_span(text) + prose(text) + fenced(text) + html_code(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("Fresh bread & butter (100 %)", "Fresh bread &amp; butter (100 %)"),
        ("set `policy: {clear: allow}` in profiles/x.yaml.", "set `policy: {clear: allow}` in profiles/x.yaml."),
        ("sent 2026-08-02T09:30:00Z by run 12", "sent 2026-08-02T09:30:00Z by run 12"),
        ("from {env: META_TOKEN} now", "from `{env: META_TOKEN}` now"),
        ("ask @octocat, see #12 and GH-3", "ask `@octocat`, see `#12` and `GH-3`"),
        ("set {env: A}; (write a@b.example)", "set `{env: A}`; (write `a@b.example`)"),
        ("call f(#1).", "call `f(#1)`."),
        ("#).", "`#`)."),
        ("1. one - two", "`1`. one - two"),
        ("number 493012345678", "number `493012345678`"),
        ("an odd ` one", "an odd `` ` `` one"),
        ("Straße und Crêpes in 東京", "Straße und Crêpes in 東京"),
    ],
)
def test_prose_reads_as_it_was_written(text: str, written: str) -> None:
    assert prose(text) == written


def test_a_very_long_text_is_no_slower_than_long() -> None:
    text = "`a " * 50_000
    assert len(re.findall("a", prose(text))) == 50_000

"""Hostile values, by a seed: what may act in a terminal, a log, a page, a table or a file; and huge ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

_TERMINAL = (
    *("\x1b[2J", "\x1b[31m", "\x1b]0;owned\x07", "\x1b]8;;https://evil.example\x1b\\", "\x1bP1$r\x1b\\", "\x1b[6n"),
    *("\x9b2J", "\x9d0;x\x9c", "\x08\x08\x08", "\x7f", "\r", "\x0b", "\x0c", "\x07", "\x00", "\x1b(0", "\x0e"),
)
_UNSEEN = (
    *("\u202e", "\u2066", "\u2069", "\u061c", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0f", "\u034f"),
    *("\U000e0041", "\U000e007f", "\u206a", "\ufff9", "\u2800", "\ue000", "\U0010fffe", "\ud800", "\udc00", "\u3164"),
)
_LINES = ("\n", "\r\n", "\u2028", "\u2029", "\x85", "\x1c", "\x1e", " \t", "\u3000", "\u00a0")
_COMMANDS = (
    *(
        "::error::owned",
        "::set-output name=digest::owned",
        "::add-mask::e",
        "::stop-commands::x",
        "::set-env name=A::b",
    ),
    *(
        "##[error]owned",
        "##[set-env name=PATH]x",
        "##vso[task.setvariable]x",
        "::endgroup::",
        "%0A::error::x",
        "::debug::",
    ),
)
_MARKDOWN = (
    *(
        "`",
        "``",
        "```",
        "~~~~",
        "|",
        "\\|",
        "\\",
        "*x*",
        "__x__",
        "~~x~~",
        "$x$",
        "# x",
        "> x",
        "- [ ] x",
        "1. x",
        "---",
    ),
    *(
        "===",
        "[x](https://evil.example)",
        "![x](https://evil.example/p.png)",
        "[^1]",
        "[x]: https://evil.example",
        "    x",
    ),
    *(
        "<b>",
        "</td></tr></table>",
        "</details>",
        "<!--",
        "-->",
        "<!-- reconciler:comment {} -->",
        "<img src=x onerror=y>",
    ),
    *("<script>alert(1)</script>", "<a href='javascript:x'>", "</code>", "</pre>", "&lt;", "&#64;octocat", "&#x202e;"),
    *("@octocat", "@org/team", "#1", "GH-1", "owner/repo#1", "owner/repo@0123456789abcdef", "CVE-2026-1234", ":tada:"),
    *(
        "https://evil.example",
        "www.evil.example",
        "a@evil.example",
        "mailto:a@evil.example",
        "0123456789abcdef",
        "fixes #1",
    ),
)
_GITLAB = (
    *(
        "/merge",
        "/label ~bug",
        "\n/close",
        "  /assign @root",
        "!1",
        "group/x!1",
        "~bug",
        '~"a bug"',
        "%1",
        '%"v1"',
        "%v1",
    ),
    *("$1", "&1", "group&1", "^alert#1", "[vulnerability:1]", "*iteration:1", "ABC-1", "[[_TOC_]]", "{+ x +}"),
)
_TABLES = (
    "=1+1",
    '=HYPERLINK("https://evil.example")',
    "+1",
    "-1+2",
    "@SUM(A1)",
    "=cmd|'/C calc'!A0",
    '"',
    ",",
    ";",
    "\t=1",
)
_FILES = (
    *("a: b", ": ", " #x", "- x", "&a", "*a", "!!python/object:os.system", "<<: *a", "{a: b}", "[a", "? a", "|-", ">+"),
    *(
        "%YAML 1.2",
        "--- ",
        "...",
        "null",
        "~",
        "true",
        "0o17",
        "1e3",
        "2026-08-02",
        "mode: paused",
        "${a}",
        "$${a}",
        "${",
    ),
    *(
        "'",
        '"',
        "\\u0000",
        '"}, "account": "x"',
        "../../etc/passwd",
        "C:\\x",
        "a=b\nc=d",
        "EOF\nname=x",
        "<<EOF",
        "$(id)",
    ),
)
_HARMLESS = ("Fresh bread", "Crêpes", "東京", "مخبز", "👩\u200d🍳", "x", " ", "1", "word word", ".")
KINDS = (_TERMINAL, _UNSEEN, _LINES, _COMMANDS, _MARKDOWN, _GITLAB, _TABLES, _FILES, _HARMLESS)
# Every so often one is as large as a provider may send it.
_HUGE_EVERY, _HUGE = 1_000, 60_000


def hostile(seed: str, number: int) -> str:
    """Return the value of a number: pieces of one kind or of several, with or without words around them."""
    random = Random(f"{seed} {number}")
    kinds = random.choice((KINDS, (random.choice(KINDS), _HARMLESS), (random.choice(KINDS), _LINES)))
    pieces = [random.choice(random.choice(kinds)) for _ in range(random.randint(1, 6))]
    if random.random() < 0.1:
        pieces.append(chr(random.randrange(0x110000)))
    text = random.choice(("", " ", "x")).join(pieces)
    return text * (_HUGE // max(1, len(text))) if number % _HUGE_EVERY == _HUGE_EVERY - 1 else text


def values(seed: str, begin: int, end: int) -> Iterator[str]:
    """Yield the values of some numbers, again and again."""
    for number in count():
        yield hostile(seed, begin + number % (end - begin))

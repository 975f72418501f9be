"""Foreign text made harmless, one function for each place where people read it.

Live values, file contents and server messages are foreign. Nothing in them may move a cursor, reorder a line, hide
itself, or act as a command in the program that shows it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import count, groupby
from unicodedata import bidirectional

from reconciler.core.comparing.characters import hidden_kind, is_drawn

# Between these, text is put in order by itself: its first letter with a direction decides.
ISOLATE, ISOLATE_END = "\u2068", "\u2069"
# Letters and digits of scripts that are written from right to left.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SHOWN = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
# In Markdown text: words that a person quoted as code, and the pieces between spaces.
_QUOTED = re.compile(r"([(\"']*)`([^`]+)`([)\"'.,;:!?]*)")
_PIECES = re.compile(r"(?:`[^`]+`|[^ ])+")
# Markdown gives these characters no meaning, and none beyond ASCII ...
_PLAIN = re.compile(r"[A-Za-z0-9.,;:'\"()?!%/+=&\x80-\U0010ffff-]+")
# ... but GitHub makes a link or a picture of these: addresses, `:names:`, GH-1, CVE-1, the names of commits ...
_LINKED = re.compile(r"://|www\.|:[\w+-]|(?<![0-9a-z])(?:(?:gh|ghsa|cve)-|[0-9a-f]{7,}(?![0-9a-z]))", re.IGNORECASE)
# ... and GitLab of these: !1, %1 and %"name", &1, /commands, and the names of issues elsewhere, as in ABC-1 ...
_LINKED_AT_GITLAB = re.compile(r"[!&][0-9]|%[\w\"]|(?<![\w.])/\w|(?<![A-Za-z0-9])[A-Z][A-Z0-9_]+-[0-9]")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z[.,;]?")
# ... and these begin a list, a line or a table if they come first.
_BEGINS = re.compile(r"[-+=:]+|[0-9]+[.)]")
_QUICK_ACTION = re.compile(r"(?:(?<=[\r\n\v\f\x1c-\x1e\x85\u2028\u2029])|\A)([^\S\r\n]*)/")
# Of the characters that no text spells out, those that XML has no way to write.
_NO_XML = "\ufffe\uffff"
_LINES = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class Inert(str):
    """Text that cannot act, wherever it is printed: even a runner's log shows it as it is."""

    __slots__ = ()


def terminal(text: str) -> str:
    """Return `text` as one line in which control, direction, invisible and lone-surrogate characters are spelled out.

    Variation selectors and tags stay in emoji; joiners stay there and in words of a script that is written with them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_char(text, index) for index in range(len(text)))


def turns(text: str) -> bool:
    """Return whether a word of `text` is written from right to left, and so may turn around what stands beside it."""
    return not text.isascii() and any(bidirectional(char) in _RIGHT_TO_LEFT for char in text)


def isolated(shown: str) -> str:
    """Return text that passed here already so that it turns nothing around that stands beside it, on the same line.

    An isolate is the one turn of direction that the program writes. One in the text itself was spelled out.
    """
    return f"{ISOLATE}{shown}{ISOLATE_END}" if turns(shown) else shown


def cell(text: str) -> str:
    """Return `text` for a column of a terminal: no word in it turns another column around."""
    return isolated(terminal(text))


def quoted(text: str) -> str:
    """Return `text` for a terminal in quotes, so that its ends are visible."""
    return isolated(f'"{terminal(text)}"')


def _char(text: str, index: int) -> str:
    char = text[index]
    if char in _SHOWN:
        return _SHOWN[char]
    return _spelled(char) if hidden_kind(char) and not is_drawn(text, index) else char


def _spelled(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def ci_log(text: str) -> str:
    """Return `text` so that no runner takes a line of it for a command.

    A runner obeys `::command::` after any leading white space, and `##[command]` anywhere in a line.
    """
    lines = _LINES.split(text)
    return "\n".join(f"| {line.replace('##[', '## [')}" if line else "|" for line in lines)


def code_span(text: str) -> str:
    """Return `text` as code within a line of Markdown: all of it is visible, and none of it has a meaning.

    In a table, the row escapes its bars.
    """
    shown = _unmarked(terminal(text))
    if not shown:
        return "(empty)"
    runs = {len(run) for run in re.findall("`+", shown)}
    fence = "`" * next(length for length in count(1) if length not in runs)
    trimmed = shown[0] == shown[-1] == " " and not shown.isspace()
    pad = " " if trimmed or "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str) -> str:
    """Return a sentence for Markdown that may quote foreign text: no mention, link, reference, element or mark-up.

    Text between backticks is code, and so is every piece that could be more than a word.
    """
    words = _PIECES.findall(_unmarked(terminal(text)))
    return " ".join(_said(words))


def _said(words: list[str]) -> Iterator[str]:
    """Yield the words; consecutive pieces that are not words become code together."""
    kinds = [(_kind(word, first=not number), word) for number, word in enumerate(words)]
    for kind, group in groupby(kinds, key=lambda one: one[0]):
        found = [word for _, word in group]
        if kind == "code":
            yield _ended(" ".join(found))
        elif kind == "plain":
            yield " ".join(found).replace("&", "&amp;")
        else:
            yield from (_QUOTED.sub(_as_code, word) for word in found)


def _ended(words: str) -> str:
    """Return words as code, without the punctuation that ends their sentence or parenthesis."""
    bare = words.rstrip(".,;!?")
    bare = bare if "(" in bare else bare.rstrip(")")
    return f"{code_span(bare)}{words[len(bare) :]}" if bare else code_span(words)


def _kind(word: str, *, first: bool) -> str:
    if _QUOTED.fullmatch(word):
        return "quoted"
    if _TIME.fullmatch(word):
        return "plain"
    linked = _LINKED.search(word) or _LINKED_AT_GITLAB.search(word)
    plain = _PLAIN.fullmatch(word) and not linked and not (first and _BEGINS.fullmatch(word))
    return "plain" if plain else "code"


def _as_code(quoted: re.Match[str]) -> str:
    before, code, after = quoted.groups()
    return f"{before}{code_span(code)}{after}"


def fenced(text: str, *, language: str = "") -> str:
    """Return lines as a block of code in Markdown, with a fence that no line in it can end."""
    lines = [_unmarked(terminal(line)) for line in text.split("\n")]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def html_code(text: str) -> str:
    """Return `text` as code inside an HTML element, where Markdown is not read."""
    return f"<code>{html.escape(terminal(text))}</code>"


def html_text(text: str) -> str:
    """Return `text` for HTML, in an element or between quotes: no mark-up, and no command to the runner of a log."""
    return html.escape(terminal(text)).replace("##[", "##&#91;")


def without_quick_actions(body: str) -> str:
    """Return Markdown in which no line begins with a slash: GitLab obeys one such as `/merge`.

    Our own lines begin with none. A backslash before it shows the same slash, or stands beside it in a block of code.
    """
    return _QUICK_ACTION.sub(r"\1\\/", body)


def xml_text(text: str) -> str:
    """Return `text` for XML 1.0, in an element or between quotes: no mark-up, and no character that XML forbids."""
    return "".join(_spelled(char) if char in _NO_XML else char for char in html_text(text))


def sarif_message(text: str) -> str:
    """Return `text` as a message of SARIF, where brackets would make a link of it."""
    return re.sub(r"[\\\[\]]", r"\\\g<0>", terminal(text))


def _unmarked(text: str) -> str:
    """Break the beginning of a comment: the program recognises its own texts by one."""
    return text.replace("<!--", "<! --")


def command_message(text: str) -> str:
    """Return lines as the message of a workflow command, escaped as the runner reads it."""
    lines = (terminal(line).replace("##[", "## [").replace("%", "%25") for line in text.split("\n"))
    return "%0A".join(lines)


def command_property(text: str) -> str:
    """Return `text` as a property of a workflow command, escaped as the runner reads it."""
    return terminal(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C").replace("##[", "## [")

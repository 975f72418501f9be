"""explain: why the parser gave up → one message that an author of shop texts can act on.

Must: give one sentence, the place that has to be changed and what to do there. Must never: show the parser's own dump.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reconciler.core.basics import Diagnostic, error
from reconciler.core.reading.slips import TYPOGRAPHIC_QUOTES, lookalike_error, quotes_error
from reconciler.core.yaml_documents import Mark
from reconciler.effects.files.yaml.source import BrokenError, location, lookalike

_BRACKET = "yaml-unclosed-bracket"
_CUT = "the bracket that closes this one stands after a hash, so it is a part of the comment that begins there"
_QUOTE_IT = "put the whole text in quotes"
_SPACE_BEHIND = re.compile(r":\s")
_TYPED = re.compile(rf"[^:]*: +(?P<quote>[{''.join(sorted(TYPOGRAPHIC_QUOTES))}])")
# The first hash tells: where no bracket follows it, none follows a later one.
_CUT_BRACKET = re.compile(r"(?>[^'\"]*?\s#\S).*[\]}]")
# A variable as it is typed in a text, behind texts in quotes or none.
_VARIABLE = re.compile(r"""(?:[^'"#$]|'[^']*'|"(?:[^"\\]|\\.)*"|\$(?!\{))*+\$\{""")
_NO_SPACE_BEHIND = re.compile(r"""\s*(?:- +)*[^\s"'#]+:[^\s:/]""")


class _Finding(NamedTuple):
    """A diagnostic without its file."""

    code: str
    summary: str
    hint: str
    mark: Mark


_MISSING_COLON = (
    "this line has no `: ` (a colon and a space) after its name",
    "Write `name: value`; a text of several lines needs each further line indented.",
)
# The parser's words, then ours. These are reported at the place where the broken construct began.
_WHERE_IT_BEGAN = (
    (
        "while scanning a quoted scalar",
        "yaml-unclosed-quote",
        "the text that starts with this quote has no closing quote",
        "Write the same quote at the end of the text; inside 'single quotes' write an apostrophe twice.",
    ),
    (
        "could not find expected ':'",
        "yaml-missing-colon",
        *_MISSING_COLON,
    ),
    (
        "while parsing a flow",
        _BRACKET,
        "the bracket that opens here is not closed, or something between the brackets is not separated by a comma",
        f"Close the bracket; or, if it is part of a text, {_QUOTE_IT}.",
    ),
)
# As above, but reported at the place where the parser stopped.
_WHERE_IT_STOPPED = (
    (
        "found character '\\t'",
        "yaml-tab",
        "a tab stands where YAML allows only spaces",
        "Replace it by spaces; indent each level by two spaces.",
    ),
    (
        "sequence entries are not allowed here",
        "yaml-list-item",
        "a list item (`- `) may not start here",
        f"Start the list on its own line, indented by two spaces; or, if this is a text, {_QUOTE_IT}.",
    ),
    (
        "mapping keys are not allowed here",
        "yaml-reserved-start",
        "a text may not start with `? `",
        f"If it is a text, {_QUOTE_IT}.",
    ),
    (
        "while scanning a block scalar",
        "yaml-block-text",
        "after `|` or `>` the text starts on the next line, and its first line sets the indentation",
        f"Start the text on the next line, indented by two spaces; or, if the sign is part of a text, {_QUOTE_IT}.",
    ),
    (
        "document end",
        "yaml-second-document",
        "the line `...` ends the file, but something stands with it or after it",
        f"Write one file for each document; or, if it is a text, {_QUOTE_IT}.",
    ),
)


def explain(broken: BrokenError, file: str, *, lines: list[str]) -> Diagnostic:
    """Return the problem at which the parser gave up; `lines` are the file's."""
    for line in sorted({broken.began.line, broken.mark.line - 1, broken.mark.line} - {0}):
        if found := lookalike(lines[line - 1]):
            return lookalike_error(found[1], location(file, Mark(line, found[0])))
    if "mapping values" in broken.problem and (quote := _TYPED.match(lines[broken.mark.line - 1])):
        return quotes_error(quote["quote"], location(file, Mark(broken.mark.line, quote.start("quote") + 1)))
    finding = _finding(broken, lines)
    return error(finding.code, finding.summary, hint=finding.hint, location=location(file, finding.mark))


def _finding(broken: BrokenError, lines: list[str]) -> _Finding:
    problem = broken.problem
    if "escape" in problem:
        return _bad_escape(broken.mark, lines)
    for needle, code, summary, hint in _WHERE_IT_BEGAN:
        if needle in problem:
            found = _Finding(code, summary, hint, broken.began)
            return _bracket(found, lines[broken.began.line - 1]) if code == _BRACKET else found
    for needle, code, summary, hint in _WHERE_IT_STOPPED:
        if needle in problem:
            return _Finding(code, summary, hint, broken.mark)
    if "mapping values are not allowed here" in problem:
        return _stray_colon(broken.mark, lines)
    return _stray(broken.mark, lines)


def _bracket(found: _Finding, line: str) -> _Finding:
    """Return why a bracket is not closed, where the line that it opens on tells."""
    if _CUT_BRACKET.match(line, found.mark.column):
        return found._replace(summary=_CUT, hint=f"To keep the hash, {_QUOTE_IT}.")
    if typed := _VARIABLE.match(line, found.mark.column):
        return _Finding(
            found.code,
            "a text with `${` needs quotes between brackets",
            f'{_QUOTE_IT.capitalize()}, as in `{{about: "Bread in ${{city}}"}}`. For a secret write {{env: NAME}}.',
            Mark(found.mark.line, typed.end() - 1),
        )
    return found


def _bad_escape(mark: Mark, lines: list[str]) -> _Finding:
    column = lines[mark.line - 1].rfind("\\", 0, mark.column) + 1
    return _Finding(
        "yaml-escape",
        "this backslash starts an escape that does not exist",
        "Write `\\\\` for a backslash in double quotes, or use single quotes, where it means itself.",
        Mark(mark.line, column),
    )


def _stray_colon(mark: Mark, lines: list[str]) -> _Finding:
    before = lines[mark.line - 1][: mark.column - 1]
    if _SPACE_BEHIND.search(before):
        return _Finding(
            "yaml-colon-in-text",
            "a text with a colon before a space or at its end needs quotes",
            f'To keep the colon, {_QUOTE_IT}, as in `about: "Open: every day"`.',
            mark,
        )
    above = mark.line - 1
    while above > 0 and not lines[above - 1].strip():
        above -= 1
    indent = _indent(before)
    if above == 0 or _indent(lines[above - 1]) != indent:
        return _indentation(Mark(mark.line, indent + 1))
    if colon := _NO_SPACE_BEHIND.match(lines[above - 1]):
        return _Finding(
            "yaml-missing-colon",
            "this line has no space after the colon",
            "Write `name: value`, with a space after the colon.",
            Mark(above, colon.end()),
        )
    return _Finding("yaml-missing-colon", *_MISSING_COLON, Mark(above, indent + 1))


def _stray(mark: Mark, lines: list[str]) -> _Finding:
    line = lines[mark.line - 1]
    before, here = line[: mark.column - 1].rstrip(), line[mark.column - 1 : mark.column]
    if before.endswith(('"', "'")):
        return _Finding(
            "yaml-text-after-quote",
            "text stands after a closing quote",
            "Quote the whole text; inside 'single quotes' write an apostrophe twice. Or a quote is open above.",
            mark,
        )
    if before.endswith(("]", "}")):
        return _Finding(
            "yaml-text-after-bracket",
            "text stands after a closing bracket",
            f"If the brackets are part of a text, {_QUOTE_IT}.",
            mark,
        )
    if here and here in ",]}":
        return _Finding(
            "yaml-reserved-start", f"a text may not start with `{here}`", f"If it is a text, {_QUOTE_IT}.", mark
        )
    return _indentation(mark)


def _indentation(mark: Mark) -> _Finding:
    return _Finding(
        "yaml-indentation",
        "this line is not indented like the lines that it belongs to",
        "Start all lines of one level in the same column, two spaces further right than the line they belong to.",
        mark,
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

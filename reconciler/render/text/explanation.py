"""What a word of a message means, as text and as a document.

explanation_text: (an explanation) → lines for a terminal
words_text: every word with its first sentence
explanation_json: explanations → a document
"""

from __future__ import annotations

import textwrap
from typing import Any

from reconciler.core.basics import to_dict
from reconciler.core.explaining import Explanation
from reconciler.core.explaining.dictionary import CHAPTERS
from reconciler.core.formats import RESULT_FORMAT
from reconciler.render.terminal import Look, styled

# A line that is longer is hard to read, however wide the terminal is.
_WIDEST = 88


def explanation_text(one: Explanation, *, width: int) -> str:
    """Return what the word says, why it matters, an example and the cure, in lines of at most `width` columns."""
    wide = min(width, _WIDEST)
    blocks = [styled(one.word, Look.HEADING), _filled(one.what, wide), _filled(f"Why: {one.why}", wide)]
    if one.says:
        blocks.append(f"For example:\n{textwrap.indent(one.says, '    ')}")
    if one.wrong:
        blocks.append(f"For example, in {one.file}:\n{_marked(one.wrong, '- ', Look.FAILED)}")
        blocks.append(f"Instead:\n{_marked(one.right, '+ ', Look.DONE)}")
    return "\n\n".join([*blocks, _filled(f"What to do: {one.cure}", wide)])


def words_text(*, width: int) -> str:
    """Return every word, by chapter, with what it says."""
    widest = max(len(one.word) for chapter in CHAPTERS.values() for one in chapter)
    lines: list[str] = []
    for title, chapter in CHAPTERS.items():
        lines += ["", styled(title, Look.HEADING)]
        for one in chapter:
            lines += textwrap.wrap(
                one.what,
                max(width, widest + 24),
                initial_indent=f"  {one.word:<{widest}}  ",
                subsequent_indent=" " * (widest + 4),
            )
    return "\n".join([*lines, "", "reconciler explain WORD says more of each."]).lstrip("\n")


def explanation_json(*explanations: Explanation) -> dict[str, Any]:
    """Return explanations as a document."""
    return {"format_version": RESULT_FORMAT, "explanations": [to_dict(one) for one in explanations]}


def _filled(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _marked(text: str, sign: str, look: Look) -> str:
    return "\n".join(styled(f"    {sign}{line}", look) for line in text.splitlines())

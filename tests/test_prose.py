"""The prose of the documents: one idea a sentence, its subject named.

A sentence has at most 25 words. A subject has a name: the reviewer, the last apply, Meta, the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_WORDS = 25
NAMELESS = re.compile(r"\b((no|some|any|every)body|whoever)\b", re.IGNORECASE)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a page: no code, table, heading or picture. A code span is one word."""
    text = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("|", "#", "!", "<")))
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[*-]|\d+\.) )", kept):
        flat = re.sub(r"`[^`]*`", "CODE", re.sub(r"\]\([^)]*\)", "]", " ".join(block.split())))
        yield from re.split(r"(?<=[.!?:;])\**\s+(?=[A-Z*\[])|(?<=;)\s|\s·\s", re.sub(r"^(?:[*-]|\d+\.) ", "", flat))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_sentence_is_short_and_names_its_subject(path: Path) -> None:
    found = [*sentences(path.read_text(encoding="utf-8"))]
    assert [one for one in found if len(re.findall(r"[\w'-]+", one)) > MOST_WORDS or NAMELESS.search(one)] == []


def test_a_long_sentence_and_a_nameless_subject_are_found() -> None:
    long = "one " * (MOST_WORDS + 1)
    (first, second, _) = sentences(
        f"# Title\n\n{long.strip()}. Somebody writes `a b c` there.\n\n```text\nnobody\n```\nEnd."
    )
    assert (len(first.split()), bool(NAMELESS.search(second))) == (MOST_WORDS + 1, True)

"""The README's two commands and the tables of the documents, as they stand there and as the program has them.

    python -m tests.support.readme

writes docs/messages.md, and the table of what each provider manages in docs/providers.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reconciler.core.explaining import Explanation
from reconciler.core.explaining.dictionary import CHAPTERS
from reconciler.providers import provider_traits
from reconciler.render.text.providers import capability_rows

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def page(name: str) -> str:
    """Return the text of a page below docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def table(text: str, heading: str) -> dict[str, tuple[str, ...]]:
    """Return the rows of the first table after a line that begins with `heading`, by their first cell."""
    after = text.split(f"\n{heading}", 1)[1]
    lines = [line for line in after.split("\n\n|", 1)[1].split("\n\n")[0].splitlines() if line.strip()]
    rows = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines[2:]]
    return {row[0]: row[1:] for row in rows}


def commands() -> tuple[str, ...]:
    """Return every shell block that makes the environment, word for word."""
    return tuple(re.findall(r"^```sh\n(python3 -m venv .*?)^```$", README, re.MULTILINE | re.DOTALL))


def installing(command: str) -> str:
    """Return the command without its last step: what it installs, and not what it then runs."""
    return command.rpartition(" &&\n")[0]


MESSAGES = """\
# Messages

Every message ends with a word in brackets, such as `[too-long]`. This page says what each word means, why it matters
and what to do. `reconciler explain WORD` says the same at a terminal.

"""


def messages_markdown() -> str:
    """Return the page that has every word: a chapter each, in the order of `explain`."""
    return "\n".join(line for title, chapter in CHAPTERS.items() for line in _chapter(title, chapter))


def _chapter(title: str, chapter: tuple[Explanation, ...]) -> Iterator[str]:
    yield f"## {title}\n"
    for one in chapter:
        yield f"### `{one.word}`\n\n{one.what} {one.why}\n"
        if one.says:
            yield f"```text\n{one.says}\n```\n"
        if one.wrong:
            yield f"```diff\n{_signed(one.wrong, '-')}\n{_signed(one.right, '+')}\n```\n"
        yield f"{one.cure}\n"


def _signed(text: str, sign: str) -> str:
    return "\n".join(f"{sign} {line}" for line in text.splitlines())


def providers_markdown() -> str:
    """Return the table of what each provider manages."""
    head, *rows = capability_rows(provider_traits())
    titles = [f"`{title}`" if title else title for title in head]
    lines = [titles, ["---"] * len(head), *([f"`{first}`", *rest] for first, *rest in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    made = providers_markdown()
    (ROOT / "docs" / "messages.md").write_text(MESSAGES + messages_markdown(), encoding="utf-8")
    before, _, after = page("providers").partition(made.partition("\n")[0])
    rest = after.partition("\n\n")[2]
    (ROOT / "docs" / "providers.md").write_text(f"{before}{made}\n\n{rest}", encoding="utf-8")

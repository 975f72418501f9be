"""The README's two commands and the tables of the documents, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

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


if __name__ == "__main__":
    from reconciler.render.text.explanation import messages_markdown

    (ROOT / "docs" / "messages.md").write_text(MESSAGES + messages_markdown(), encoding="utf-8")

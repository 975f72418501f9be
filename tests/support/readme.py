"""The README's two commands, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> tuple[str, ...]:
    """Return every shell block that makes the environment, word for word."""
    return tuple(re.findall(r"^```sh\n(python3 -m venv .*?)^```$", README, re.MULTILINE | re.DOTALL))


def installing(command: str) -> str:
    """Return the command without its last step: what it installs, and not what it then runs."""
    return command.rpartition(" &&\n")[0]

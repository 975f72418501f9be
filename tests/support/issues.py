"""What people see of a repository's only issue."""

from __future__ import annotations

from tests.support.conversing import Talk
from tests.support.github.world import Thread


def only(talk: Talk) -> Thread:
    """Return the one issue that there is."""
    (thread,) = talk.fake.repository.threads.values()
    return thread


def body(talk: Talk) -> str:
    """Return what people see of the issue, without its hidden lines."""
    lines = (only(talk).body or "").splitlines()
    return "\n".join(line for line in lines if not line.startswith("<!--"))


def comments(talk: Talk) -> list[str]:
    return [remark.body for remark in talk.fake.said(only(talk).number)]

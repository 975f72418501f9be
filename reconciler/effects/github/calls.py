"""Call: one question or order to GitHub, in words for people and in HTTP for GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from reconciler.core.errors import EnvironmentProblem

Method = Literal["GET", "POST", "PATCH"]


@dataclass(frozen=True, slots=True)
class GitHubCall:
    """What is asked for: `what` completes "cannot …", `path` is below the repository.

    `needs` are the permissions that a job's token must have for it, as a workflow writes them.
    """

    what: str
    path: str
    needs: str
    method: Method = "GET"
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def reads(self) -> bool:
        """Whether asking twice is the same as asking once."""
        return self.method == "GET"


def segment(text: str) -> str:
    """Return `text` as one part of a path; raises EnvironmentProblem for what would lead elsewhere."""
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if quoted in ("", ".", ".."):
        raise EnvironmentProblem(f"{text!a:.100} is no name that GitHub can be asked about")
    return quoted

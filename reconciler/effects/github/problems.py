"""GitHubProblem: (a call, what came of it) → one sentence on which a person can act. The token is in none of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.provider import Failure, Reply
from reconciler.effects.github.calls import GitHubCall

_SAID = 200
_SHORTEST_TOKEN = 8
_QUOTED_ERRORS = 3
_YEAR = 366 * 24 * 3600.0
_PULLS_NOT_ALLOWED = "not permitted to create or approve pull requests"
_ALLOW_PULLS = (
    "tick `Allow GitHub Actions to create and approve pull requests` in the repository's Settings → Actions → General "
    "→ Workflow permissions (where it is greyed out, in the organization's), or give the token of an app"
)


class GitHubProblem(EnvironmentProblem):
    """GitHub refused, or was not reached. `status` is that of its reply, 0 where there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def problem(call: GitHubCall, outcome: Reply | Failure, *, token: str) -> GitHubProblem:
    """Return what became of `call`, whose outcome is none that it hoped for."""
    doubt = "" if call.reads else "; GitHub may have done it all the same: look before you run it again"
    if isinstance(outcome, Failure):
        return GitHubProblem(f"cannot {call.what}: {outcome.summary}{doubt if outcome.sent else ''}")
    said = _said(outcome, token)
    answers = f"cannot {call.what}: GitHub answers {outcome.status}{f', {said}' if said else ''}"
    advice = f"; {hint}" if (hint := _advice(call, outcome.status, said)) else ""
    return GitHubProblem(f"{answers}{advice}{doubt if outcome.status >= 500 else ''}", status=outcome.status)


def held_back(call: GitHubCall, wait: float, *, now: datetime) -> GitHubProblem:
    """Return that GitHub takes no call for longer than this command has time."""
    until = now.astimezone(UTC) + timedelta(seconds=min(wait, _YEAR))
    when = until.strftime("%Y-%m-%d %H:%M:%S UTC")
    message = (
        f"cannot {call.what}: GitHub takes no more calls with this token before {when}; run the command again then"
    )
    return GitHubProblem(message, status=429)


def unexpected(call: GitHubCall, reply: Reply, why: str) -> GitHubProblem:
    """Return that a reply is none that GitHub documents."""
    message = f"cannot {call.what}: what answers is not GitHub's API ({why}); check GITHUB_API_URL and the network"
    return GitHubProblem(message, status=reply.status)


def _advice(call: GitHubCall, status: int, said: str) -> str:
    if _PULLS_NOT_ALLOWED in said:
        return _ALLOW_PULLS
    needs = f"the job needs `permissions:` with {call.needs}"
    match status:
        case 301 | 302 | 307 | 308:
            return "the repository has another name now: correct GITHUB_REPOSITORY"
        case 401:
            return "the token in GITHUB_TOKEN is wrong or no longer valid: that of a job ends with the job"
        case 403:
            return needs
        case 404:
            return f"it is not there, or the token may not see it: {needs}"
        case 410:
            return "it was there, and is gone for good or switched off in the repository's settings"
        case _:
            return ""


def _said(reply: Reply, token: str) -> str:
    """Return GitHub's own words, as one line of printable text without the token."""
    data = reply.json()
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    more = [_error(error) for error in errors[:_QUOTED_ERRORS]] if isinstance(errors, list) else []
    text = "; ".join(part for part in (_text(data.get("message")), *more) if part)
    # A shorter one opens nothing, and would take harmless text with it.
    return _line(text.replace(token, "⟨token⟩") if len(token) >= _SHORTEST_TOKEN else text)


def _error(error: Any) -> str:
    """Return one of the reasons of a 422: a text, or an object that may say which field of what is wrong, and how."""
    if not isinstance(error, dict):
        return _text(error)
    return _text(error.get("message")) or " ".join(
        part for part in (_text(error.get(key)) for key in ("resource", "field", "code")) if part
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _line(text: str) -> str:
    """Return the beginning of foreign text on one line; whoever prints it makes it harmless for its own place."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:_SAID]

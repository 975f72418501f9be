"""GitHubCall: one question or order to GitHub, in words for people and in HTTP for GitHub.

github_place: (what the CI system says) → which repository at which GitHub, and its token; or all that is missing.
GitHubProblem: (a call, what came of it) → one sentence on which a person can act. The token is in none of them.

The token goes only to the API's own origin: https, or plain http on this machine if RECONCILER_ALLOW_ENDPOINT names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.provider import Failure, Reply
from reconciler.core.reading.accounts import allowed_endpoints
from reconciler.core.scrubbing import SecretMatcher
from reconciler.effects.world import Context

Method = Literal["GET", "POST", "PATCH"]


@dataclass(frozen=True, slots=True)
class GitHubCall:
    """One call: `what` completes "cannot …", `path` is below the repository.

    `needs` are the permissions that the job's token must have for it, as a workflow writes them.
    """

    what: str
    path: str
    needs: str
    method: Method = "GET"
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def reads(self) -> bool:
        """True if making the call twice is the same as making it once."""
        return self.method == "GET"


def segment(text: str) -> str:
    """Return `text` as one part of a path; raises EnvironmentProblem for a text that would lead elsewhere."""
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if quoted in ("", ".", ".."):
        raise EnvironmentProblem(f"{text!a:.100} is no name that GitHub can be asked about")
    return quoted


API = "https://api.github.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9_-]+/(?!\.{1,2}\Z)[A-Za-z0-9._-]+\Z")
_API = re.compile(r"(https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?)((?:/[A-Za-z0-9_-]+)*)/?\Z")
_TOKEN = re.compile(r"[!-~]+\Z")


@dataclass(frozen=True, slots=True)
class GitHubPlace:
    """A repository, `owner/name`, at the GitHub whose API is at `api`. No representation of it shows the token."""

    repository: str
    api: str = API
    token: str = field(default="", repr=False)

    @property
    def owner(self) -> str:
        """The account that the repository belongs to."""
        return self.repository.partition("/")[0]


@dataclass(frozen=True, slots=True)
class GitHubAddress:
    """Where calls go: `origin` has an endpoint's form, and all paths are below `prefix`."""

    origin: str
    prefix: str


def github_place(context: Context) -> GitHubPlace:
    """Return the place that GitHub's runner names; raises EnvironmentProblem with all that is missing or wrong."""
    ci = context.ci
    place = GitHubPlace(ci.repository, ci.api or API, ci.token)
    github_address(place, context=context)
    return place


def github_address(place: GitHubPlace, *, context: Context) -> GitHubAddress:
    """Return where the calls of `place` go; raises EnvironmentProblem with everything that is wrong with it."""
    way = _way(place.api, context)
    wrong = [
        problem
        for problem in (_repository(place.repository), way if isinstance(way, str) else "", _token(place.token))
        if problem
    ]
    if wrong or isinstance(way, str):
        raise EnvironmentProblem(f"GitHub cannot be asked: {'; '.join(wrong)}")
    return way


def _repository(name: str) -> str:
    if not name:
        return "GITHUB_REPOSITORY is not set: owner/name, as GitHub's runner sets it"
    return "" if _REPOSITORY.match(name) else f"GITHUB_REPOSITORY is not owner/name: {name[:100]!r}"


def _token(token: str) -> str:
    if not token:
        return "GITHUB_TOKEN is not set: in a workflow, `GITHUB_TOKEN: ${{ github.token }}` under `env:` of the step"
    return "" if _TOKEN.match(token) else "GITHUB_TOKEN holds what no token has: a space, or a character beyond ASCII"


def _way(api: str, context: Context) -> GitHubAddress | str:
    """Return the address, or what is wrong with it; it may hold a password, so it is not repeated."""
    match = _API.match(api)
    origins = allowed_endpoints(match[1]) if match else frozenset()
    if not match or not origins:
        return f"GITHUB_API_URL is no address of an API: {API}, or https://HOST/api/v3"
    (origin,) = origins
    if origin.startswith("http:") and origin not in context.permissions.endpoints:
        return (
            f"GITHUB_API_URL is plain http: set RECONCILER_ALLOW_ENDPOINT={origin} in the environment if a token may "
            f"go there"
        )
    return GitHubAddress(origin, match[2])


_SAID = 200
_QUOTED_ERRORS = 3
_YEAR = 366 * 24 * 3600.0
_PULLS_NOT_ALLOWED = "not permitted to create or approve pull requests"
_ALLOW_PULLS = (
    "tick `Allow GitHub Actions to create and approve pull requests` in the repository's Settings → Actions → General "
    "→ Workflow permissions (where it is greyed out, in the organization's), or give the token of an app"
)


class GitHubProblem(EnvironmentProblem):
    """GitHub refused, or was not reached. `status` is that of its reply, 0 if there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def problem(call: GitHubCall, outcome: Reply | Failure, *, secrets: SecretMatcher) -> GitHubProblem:
    """Return the problem of a `call` that failed, without a secret in its words."""
    doubt = "" if call.reads else "; GitHub may have done it all the same: look before you run it again"
    if isinstance(outcome, Failure):
        return GitHubProblem(f"cannot {call.what}: {secrets.without(outcome.summary)}{doubt if outcome.sent else ''}")
    said = _said(outcome, secrets)
    answers = f"cannot {call.what}: GitHub answers {outcome.status}{f', {said}' if said else ''}"
    advice = f"; {hint}" if (hint := _advice(call, outcome.status, said)) else ""
    return GitHubProblem(f"{answers}{advice}{doubt if outcome.status >= 500 else ''}", status=outcome.status)


def held_back(call: GitHubCall, wait: float, *, now: datetime) -> GitHubProblem:
    """Return the problem that GitHub takes no call for longer than this command has time."""
    until = now.astimezone(UTC) + timedelta(seconds=min(wait, _YEAR))
    when = until.strftime("%Y-%m-%d %H:%M:%S UTC")
    message = (
        f"cannot {call.what}: GitHub takes no more calls with this token before {when}; run the command again then"
    )
    return GitHubProblem(message, status=429)


def unexpected(call: GitHubCall, reply: Reply, why: str) -> GitHubProblem:
    """Return the problem of a reply that GitHub does not document."""
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


def _said(reply: Reply, secrets: SecretMatcher) -> str:
    """Return GitHub's own words, as one line of printable text without the token."""
    data = reply.json()
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    more = [_error(error) for error in errors[:_QUOTED_ERRORS]] if isinstance(errors, list) else []
    text = "; ".join(part for part in (_text(data.get("message")), *more) if part)
    return _line(secrets.without(text))


def _error(error: Any) -> str:
    """Return one reason of a 422: a text, or an object that may name the resource, the field and the code."""
    if not isinstance(error, dict):
        return _text(error)
    return _text(error.get("message")) or " ".join(
        part for part in (_text(error.get(key)) for key in ("resource", "field", "code")) if part
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _line(text: str) -> str:
    """Return the beginning of foreign text on one line; each output makes it harmless for its own place."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:_SAID]

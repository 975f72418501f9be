"""place_of: (the environment) → which repository at which GitHub, and the token that opens it; or all that is missing.

The token goes to the API's own origin alone: https, or plain http on this machine where RECONCILER_ALLOW_ENDPOINT
names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.reading.accounts import allowed_endpoints
from reconciler.effects.world import Context

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
    """Where calls go: `origin` is as an endpoint is written, `prefix` the path that all of them are below."""

    origin: str
    prefix: str


def github_place(context: Context) -> GitHubPlace:
    """Return the place that GitHub's runner names; raises EnvironmentProblem with all that is missing or wrong."""
    named = {name: context.environ.get(name, "").strip() for name in ("GITHUB_REPOSITORY", "GITHUB_API_URL")}
    token = context.environ.get("GITHUB_TOKEN", "").strip()
    place = GitHubPlace(named["GITHUB_REPOSITORY"], named["GITHUB_API_URL"] or API, token)
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
    """Return the way, or what is wrong with the address; the address may hold a password, so it is not repeated."""
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

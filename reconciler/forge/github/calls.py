"""github_place: (what the CI system says) → which repository at which GitHub, and its token; or all that is missing.

github_server: (a place) → where its calls go, and what GitHub's refusals ask people to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reconciler.ci import ForgeKind
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeCall, ForgeServer, server_way, token_fault

API = "https://api.github.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9_-]+/(?!\.{1,2}\Z)[A-Za-z0-9._-]+\Z")
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_PULLS_NOT_ALLOWED = "not permitted to create or approve pull requests"
_ALLOW_PULLS = (
    "tick `Allow GitHub Actions to create and approve pull requests` in the repository's Settings → Actions → General "
    "→ Workflow permissions (where it is greyed out, in the organization's), or give the token of an app"
)


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


def github_place(context: Context) -> GitHubPlace:
    """Return the place that GitHub's runner names; raises EnvironmentProblem with all that is missing or wrong."""
    ci = context.ci
    if ci.forge is not ForgeKind.GITHUB:
        raise EnvironmentProblem("this command is for a job at GitHub: at GitLab it is `reconciler gitlab`")
    place = GitHubPlace(ci.repository, ci.api or API, ci.token)
    github_server(place, context=context)
    return place


def github_server(place: GitHubPlace, *, context: Context) -> ForgeServer:
    """Return where the calls of `place` go; raises EnvironmentProblem with everything that is wrong with it."""
    ci = context.ci
    way = server_way(place.api, variable=ci.api_name, example=f"{API}, or https://HOST/api/v3", context=context)
    missing = "in a workflow, `GITHUB_TOKEN: ${{ github.token }}` under `env:` of the step"
    token = token_fault(place.token, variable=ci.token_name, missing=missing)
    wrong = [one for one in (_repository(place.repository), way if isinstance(way, str) else "", token) if one]
    if wrong or isinstance(way, str):
        raise EnvironmentProblem(f"GitHub cannot be asked: {'; '.join(wrong)}")
    origin, path = way
    return ForgeServer(
        name="GitHub",
        origin=origin,
        prefix=f"{path}/",
        project=f"{path}/repos/{place.repository}/",
        address=ci.api_name,
        token=place.token,
        headers={**_HEADERS, "Authorization": f"Bearer {place.token}"},
        advice=_advice,
    )


def _repository(name: str) -> str:
    if not name:
        return "GITHUB_REPOSITORY is not set: owner/name, as GitHub's runner sets it"
    return "" if _REPOSITORY.match(name) else f"GITHUB_REPOSITORY is not owner/name: {name[:100]!r}"


def _advice(call: ForgeCall, status: int, said: str) -> str:
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

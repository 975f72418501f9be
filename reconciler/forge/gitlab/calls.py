"""gitlab_place: (what the CI system says) → which project at which GitLab, and its token; or all that is missing.

gitlab_server: (a place) → where its calls go, and what GitLab's refusals ask people to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from reconciler.ci import ForgeKind
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeCall, ForgeServer, server_way, token_fault

# A path of groups. None of them is only dots, which a path below the server would follow upwards.
_PATH = re.compile(r"(?!\.+/)[A-Za-z0-9_.-]+(?:/(?!\.+(?:/|\Z))[A-Za-z0-9_.-]+)+\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}\Z")
_TOKEN_FROM = (
    "make a project access token with the scope `api`, and set it as a masked variable of the project "
    "(docs/gitlab.md says which)"
)


@dataclass(frozen=True, slots=True)
class GitLabPlace:
    """The project with the number `project` and the path `repository`, at the GitLab whose API is at `api`.

    Where only the path is known, `project` is that path as one part of an address.

    Its pages for people are below `home`. No representation of it shows the token.
    """

    repository: str
    project: str
    api: str
    home: str = ""
    token: str = field(default="", repr=False)


def gitlab_place(context: Context) -> GitLabPlace:
    """Return the place that GitLab's runner names; raises EnvironmentProblem with all that is missing or wrong."""
    ci = context.ci
    if ci.forge is not ForgeKind.GITLAB:
        raise EnvironmentProblem("this command is for a job at GitLab, whose runner sets GITLAB_CI=true")
    place = GitLabPlace(ci.repository, ci.project, ci.api, home=ci.home, token=ci.token)
    gitlab_server(place, context=context)
    return place


def gitlab_server(place: GitLabPlace, *, context: Context) -> ForgeServer:
    """Return where the calls of `place` go; raises EnvironmentProblem with everything that is wrong with it."""
    ci = context.ci
    way = server_way(place.api, variable=ci.api_name, example="https://HOST/api/v4", context=context)
    token = token_fault(place.token, variable=ci.token_name, missing=_TOKEN_FROM)
    wrong = [one for one in (*_project(place), way if isinstance(way, str) else "", token) if one]
    if not isinstance(way, str) and not _same_server(way[0], ci.server):
        wrong.append(f"{ci.api_name} and {ci.server_name} name two servers, and the token is for one of them")
    if wrong or isinstance(way, str):
        raise EnvironmentProblem(f"GitLab cannot be asked: {'; '.join(wrong)}")
    origin, path = way
    return ForgeServer(
        name="GitLab",
        origin=origin,
        prefix=f"{path}/",
        project=f"{path}/projects/{place.project}/",
        address=ci.api_name,
        token=place.token,
        headers={"Accept": "application/json", "PRIVATE-TOKEN": place.token},
        advice=_advice,
    )


def _project(place: GitLabPlace) -> tuple[str, ...]:
    """Return what is wrong with the project's number and path."""
    known = _NUMBER.match(place.project) or (place.repository and place.project == quote(place.repository, safe=""))
    number = "" if known else f"CI_PROJECT_ID is no number: {place.project[:100]!r}"
    path = "" if _PATH.match(place.repository) else f"CI_PROJECT_PATH is not group/name: {place.repository[:100]!r}"
    return number, path


def _same_server(origin: str, server: str) -> bool:
    """True if the API is at the server for people, whose address may have a path."""
    return server.lower() == origin or server.lower().startswith(f"{origin}/")


def _advice(call: ForgeCall, status: int, _: str) -> str:
    match status:
        case 301 | 302 | 307 | 308:
            return "the project has another address now: look at CI_API_V4_URL and CI_PROJECT_ID"
        case 401:
            return "the token in RECONCILER_GITLAB_TOKEN is wrong, expired or revoked: make a new one"
        case 403:
            return f"the token needs {call.needs}"
        case 404:
            return f"it is not there, or the token may not see it: it needs {call.needs}"
        case _:
            return ""

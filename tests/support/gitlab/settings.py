"""What the fake GitLab answers about settings, as its documentation shows it. There is no answer about variables."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.gitlab.server import Answer, Question, Refused
from tests.support.gitlab.world import PROJECT


class ByPath:
    """A project can be asked for by its path, as one part of the address, instead of its number."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the number in the place of the path."""
        if f"/projects/{quote(self.path, safe='')}".encode() in scope.get("raw_path", b""):
            path = scope["path"].replace(f"/projects/{self.path}", f"/projects/{PROJECT}", 1)
            scope = {**scope, "path": path}
        await self.app(scope, receive, send)


def branches(ask: Question) -> Response:
    """List the protected branches."""
    ask.may(40, writes=False)
    return ask.page(ask.project.settings.branches)


def environments(ask: Question) -> Response:
    """List the protected environments."""
    ask.may(40, writes=False)
    found = ask.project.settings.environments
    if found is None:
        raise Refused(404, "404 Not Found")
    return ask.page(found)


def schedules(ask: Question) -> Response:
    """List the schedules, of one scope if that is asked."""
    scope, found = ask.asks("scope"), ask.project.settings.schedules
    return ask.page([one for one in found if scope in ("", "active" if one["active"] else "inactive")])


def labels(ask: Question) -> Response:
    """List the labels."""
    names = enumerate(ask.project.settings.labels, start=1)
    return ask.page([{"id": number, "name": name, "color": "#428BCA"} for number, name in names])


def raw(ask: Question) -> Response:
    """Give a file of main as it is."""
    found = ask.project.settings.files.get(ask.request.path_params["file"])
    if found is None or ask.asks("ref") != "main":
        raise Refused(404, "404 File Not Found")
    return PlainTextResponse(found)


def protected(name: str, *, push: int = 0, force: bool = False, owners: bool = False) -> dict[str, object]:
    """Return a protection of branches as GitLab shows it; a level of 0 is no account."""
    level = {"id": 1, "access_level": push, "access_level_description": "x", "user_id": None, "group_id": None}
    return {
        "id": 1,
        "name": name,
        "push_access_levels": [level],
        "merge_access_levels": [{**level, "access_level": 40}],
        "allow_force_push": force,
        "code_owner_approval_required": owners,
    }


def schedule(ref: str, *, active: bool = True) -> dict[str, object]:
    """Return a schedule as GitLab lists it."""
    return {
        "id": 13,
        "description": "drift",
        "ref": ref,
        "cron": "17 5 * * *",
        "cron_timezone": "UTC",
        "active": active,
    }


OF_SETTINGS: list[tuple[str, str, Answer]] = [
    ("GET", "/protected_branches", branches),
    ("GET", "/protected_environments", environments),
    ("GET", "/pipeline_schedules", schedules),
    ("GET", "/labels", labels),
    ("GET", "/repository/files/{file}/raw", raw),
]

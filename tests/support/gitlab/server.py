"""What the fake GitLab answers: (a request) → a document, a page of documents, or a refusal in GitLab's words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.gitlab.documents import Json, Writer
from tests.support.gitlab.world import PROJECT, Issue, MergeRequest, Project, Token

if TYPE_CHECKING:
    from tests.support.gitlab import FakeGitLab

_API = "/api/v4"
_LONGEST = 1_000_000
_TITLE = 255
_READS = ("api", "read_api")


class Refused(Exception):
    """A reply that is an error."""

    def __init__(self, status: int, message: object) -> None:
        super().__init__(message)
        self.reply = JSONResponse({"message": message}, status)


class Question:
    """One request, the token that it carries, and what it may see."""

    def __init__(self, fake: FakeGitLab, request: Request, token: Token, data: Json) -> None:
        self.fake, self.request, self.token, self.data = fake, request, token, data
        self.project: Project = fake.project
        self.writer = Writer(fake.project, f"{request.url.scheme}://{request.url.netloc}")

    def asks(self, name: str, default: str = "") -> str:
        """Return a part of the query."""
        return self.request.query_params.get(name, default)

    def at(self, name: str) -> int:
        """Return a number in the path."""
        return int(self.request.path_params[name])

    def may(self, level: int, *, writes: bool) -> None:
        """Refuse a token of another scope or a lower role."""
        scopes = ("api",) if writes else _READS
        if not set(scopes) & set(self.token.scopes):
            raise Refused(403, "403 Forbidden - insufficient_scope")
        if self.token.level < level:
            raise Refused(403, "403 Forbidden")

    def page(self, found: list[Json]) -> Response:
        """Answer with a page of a list, and how to get the next one."""
        number, size = int(self.asks("page", "1")), int(self.asks("per_page", "20"))
        shown = found[(number - 1) * size : number * size]
        more = number * size < len(found)
        headers = {"x-page": str(number), "x-per-page": str(size), "x-next-page": str(number + 1) if more else ""}
        headers |= {"x-total": str(len(found)), "x-total-pages": str(max(1, -(-len(found) // size)))}
        if more:
            url = self.request.url.include_query_params(page=number + 1)
            headers["link"] = f'<{url}>; rel="next"'
        return JSONResponse(shown, headers=headers)

    @property
    def merge_request(self) -> MergeRequest:
        """The merge request in the path."""
        found = self.project.merge_requests.get(self.at("iid"))
        if found is None:
            raise Refused(404, "404 Not found")
        return found

    @property
    def issue(self) -> Issue:
        """The issue in the path."""
        found = self.project.issues.get(self.at("iid"))
        if found is None:
            raise Refused(404, "404 Issue Not Found")
        return found

    def text(self, key: str, *, most: int = _LONGEST) -> str:
        """Return a text of the body, and refuse one that is too long or missing."""
        if key not in self.data:
            raise Refused(400, f"{key} is missing")
        if len(self.data[key]) > most:
            raise Refused(400, {key: [f"is too long (maximum is {most} characters)"]})
        return self.fake.written(str(self.data[key]))


Answer = Callable[[Question], Response]


def user(ask: Question) -> Response:
    """Say whose the token is."""
    return JSONResponse(ask.writer.user(ask.token.author))


def users(ask: Question) -> Response:
    """List the accounts of a name."""
    return ask.page([ask.writer.user(login) or {} for login in ask.project.accounts if login == ask.asks("username")])


def project(ask: Question) -> Response:
    """Show the project."""
    name, waits = ask.project.path, ask.project.settings.waits_for_pipeline
    more = {"default_branch": "main", "only_allow_merge_if_pipeline_succeeds": waits}
    return JSONResponse({"id": PROJECT, "path_with_namespace": name, **more})


def notes(ask: Question, sign: str) -> Response:
    """List the notes, the oldest first if that is asked."""
    iid = (ask.merge_request if sign == "!" else ask.issue).iid
    found = [one for one in ask.project.notes.values() if (one.sign, one.iid) == (sign, iid)]
    found.sort(key=lambda one: one.id, reverse=ask.asks("sort", "desc") == "desc")
    return ask.page([ask.writer.note(one) for one in found])


def note(ask: Question, sign: str) -> Response:
    """Write a note, in the name of the token."""
    ask.may(20, writes=True)
    iid = (ask.merge_request if sign == "!" else ask.issue).iid
    made = ask.fake.say(iid, ask.token.author, ask.text("body"), sign=sign)
    return JSONResponse(ask.writer.note(ask.project.notes[made]), 201)


def edit_note(ask: Question) -> Response:
    """Write a note anew: only its author may."""
    ask.may(20, writes=True)
    found = ask.project.notes.get(ask.at("note"))
    if found is None or (found.sign, found.iid) != ("!", ask.merge_request.iid):
        raise Refused(404, "404 Not found")
    if found.author != ask.token.author:
        raise Refused(403, "403 Forbidden")
    found.body = ask.text("body")
    return JSONResponse(ask.writer.note(found))


def issues(ask: Question) -> Response:
    """List the issues."""
    wanted, state = [name for name in ask.asks("labels").split(",") if name], ask.asks("state", "all")
    found = [
        one
        for one in ask.project.issues.values()
        if set(wanted) <= set(one.labels) and state in ("all", "opened" if one.open else "closed")
    ]
    found.sort(key=lambda one: one.iid, reverse=ask.asks("sort", "desc") == "desc")
    return ask.page([ask.writer.issue(one) for one in found])


def open_issue(ask: Question) -> Response:
    """Open an issue."""
    ask.may(20, writes=True)
    title, labels = ask.text("title", most=_TITLE), ask.data.get("labels", "")
    text = ask.text("description") if "description" in ask.data else ""
    made = ask.project.issues[ask.fake.issue(ask.token.author, title, text, labels=labels)]
    made.assignees += ask.data.get("assignee_ids", [])
    return JSONResponse(ask.writer.issue(made), 201)


def show_issue(ask: Question) -> Response:
    """Show an issue."""
    return JSONResponse(ask.writer.issue(ask.issue))


def edit_issue(ask: Question) -> Response:
    """Change an issue, close it or open it again."""
    ask.may(20, writes=True)
    found = ask.issue
    found.description = ask.text("description") if "description" in ask.data else found.description
    found.open = {"close": False, "reopen": True}.get(ask.data.get("state_event", ""), found.open)
    return JSONResponse(ask.writer.issue(found))


def merge_requests(ask: Question) -> Response:
    """List the merge requests, forks' too."""
    wanted = {"branch": ask.asks("source_branch"), "target": ask.asks("target_branch"), "state": ask.asks("state")}
    found = [
        one
        for one in ask.project.merge_requests.values()
        if all(value in ("", "all", getattr(one, name)) for name, value in wanted.items())
    ]
    return ask.page([ask.writer.merge_request(one) for one in reversed(found)])


def open_merge_request(ask: Question) -> Response:
    """Open a merge request, of which a branch has one at a time."""
    ask.may(30, writes=True)
    branch, target = ask.data["source_branch"], ask.data["target_branch"]
    for one in ask.project.merge_requests.values():
        if (one.state, one.branch, one.target) == ("opened", branch, target):
            raise Refused(409, [f"Another open merge request already exists for this source branch: !{one.iid}"])
    title, text = ask.text("title", most=_TITLE), ask.text("description")
    sha = ask.fake.head_of(branch)
    made = ask.fake.merge_request(ask.token.author, title, sha=sha, branch=branch, target=target, description=text)
    return JSONResponse(ask.writer.merge_request(ask.project.merge_requests[made]), 201)


def merge_request(ask: Question) -> Response:
    """Show a merge request."""
    return JSONResponse(ask.writer.merge_request(ask.merge_request))


def edit_merge_request(ask: Question) -> Response:
    """Change a merge request."""
    ask.may(30, writes=True)
    ask.merge_request.description = ask.text("description")
    return JSONResponse(ask.writer.merge_request(ask.merge_request))


def label_events(ask: Question) -> Response:
    """List who put on which label."""
    iid = ask.merge_request.iid
    return ask.page([ask.writer.label_event(one) for one in ask.project.label_events if one.iid == iid])


def versions(ask: Question) -> Response:
    """List what a merge request held, the newest first."""
    found = enumerate(ask.merge_request.versions, start=1)
    return ask.page([ask.writer.version(number, sha, at) for number, (sha, at) in reversed([*found])])


def member(ask: Question) -> Response:
    """Show a member, by inheritance too."""
    numbers = {number: login for login, number in ask.project.accounts.items()}
    login = numbers.get(ask.at("user"), "")
    if not ask.project.levels.get(login):
        raise Refused(404, "404 Not found")
    return JSONResponse(ask.writer.member(login))


def commit(ask: Question) -> Response:
    """Show a commit."""
    sha = ask.request.path_params["sha"]
    return JSONResponse({"id": sha, "short_id": sha[:8], "parent_ids": ask.project.parents.get(sha, ["b" * 40])})


def of_commit(ask: Question) -> Response:
    """List the merge requests of a commit."""
    found = dict.fromkeys(ask.project.commits.get(ask.request.path_params["sha"], []))
    return ask.page([ask.writer.merge_request(ask.project.merge_requests[iid]) for iid in found])


def events(ask: Question) -> Response:
    """List the pushes, the newest first."""
    found = sorted(ask.project.pushes, key=lambda one: (one.at, one.id), reverse=True)
    return ask.page([ask.writer.push(one) for one in found])


def pipelines(ask: Question) -> Response:
    """List the pipelines of a merge request, the newest first; a fork's are the fork's own."""
    found = [one for one in ask.project.pipelines.values() if one.iid == ask.merge_request.iid]
    return ask.page([ask.writer.listed_pipeline(one) for one in sorted(found, key=lambda one: -one.id)])


def pipeline(ask: Question) -> Response:
    """Show a pipeline of this project."""
    found = ask.project.pipelines.get(ask.at("pipeline"))
    if found is None or found.project != ask.at("id"):
        raise Refused(404, "404 Not found")
    return JSONResponse(ask.writer.pipeline(found))


def jobs(ask: Question) -> Response:
    """List the jobs of a pipeline; those that were retried only if that is asked."""
    again = ask.asks("include_retried").lower() == "true"
    found = [one for one in ask.project.jobs.values() if one.pipeline == ask.at("pipeline")]
    return ask.page([ask.writer.job(one) for one in sorted(found, key=lambda one: -one.id) if again or not one.retried])


def artifact(ask: Question) -> Response:
    """Give one file that a job kept."""
    found = ask.project.jobs.get(ask.at("job"))
    content = (found.files or {}).get(ask.request.path_params["path"]) if found is not None else None
    if content is None:
        raise Refused(404, "404 Not found")
    return Response(content, media_type="application/octet-stream")


_MR = "/merge_requests/{iid:int}"
_OF_PROJECT: list[tuple[str, str, Answer]] = [
    ("GET", "", project),
    ("GET", f"{_MR}/notes", lambda ask: notes(ask, "!")),
    ("POST", f"{_MR}/notes", lambda ask: note(ask, "!")),
    ("PUT", f"{_MR}/notes/{{note:int}}", edit_note),
    ("GET", "/issues/{iid:int}/notes", lambda ask: notes(ask, "#")),
    ("POST", "/issues/{iid:int}/notes", lambda ask: note(ask, "#")),
    ("GET", "/issues", issues),
    ("POST", "/issues", open_issue),
    ("GET", "/issues/{iid:int}", show_issue),
    ("PUT", "/issues/{iid:int}", edit_issue),
    ("GET", "/merge_requests", merge_requests),
    ("POST", "/merge_requests", open_merge_request),
    ("GET", _MR, merge_request),
    ("PUT", _MR, edit_merge_request),
    ("GET", f"{_MR}/resource_label_events", label_events),
    ("GET", f"{_MR}/versions", versions),
    ("GET", f"{_MR}/pipelines", pipelines),
    ("GET", "/members/all/{user:int}", member),
    ("GET", "/repository/commits/{sha}", commit),
    ("GET", "/repository/commits/{sha}/merge_requests", of_commit),
    ("GET", "/events", events),
    ("GET", "/pipelines/{pipeline:int}", pipeline),
    ("GET", "/pipelines/{pipeline:int}/jobs", jobs),
    ("GET", "/jobs/{job:int}/artifacts/{path:path}", artifact),
]


def application(fake: FakeGitLab) -> Starlette:
    """Return the server as an application."""
    from tests.support.gitlab.settings import OF_SETTINGS, ByPath

    routes = [Route(f"{_API}/user", _endpoint(fake, user)), Route(f"{_API}/users", _endpoint(fake, users))]
    below = f"{_API}/projects/{{id:int}}"
    table = [*_OF_PROJECT, *OF_SETTINGS]
    routes += [Route(f"{below}{path}", _endpoint(fake, answer), methods=[how]) for how, path, answer in table]
    return Starlette(routes=routes, middleware=[Middleware(ByPath, path=fake.project.path)])


def _endpoint(fake: FakeGitLab, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        body = await request.body()
        fake.asked.append(f"{request.method} {request.url.path.removeprefix(_API)}")
        token = fake.tokens.get(request.headers.get("private-token", ""))
        if token is None:
            return JSONResponse({"message": "401 Unauthorized"}, 401)
        for one in fake.troubles:
            if one.times and one.path in request.url.path:
                one.times -= 1
                return JSONResponse({"message": one.message}, one.status, dict(one.headers))
        data: Any = json.loads(body) if body else {}
        question = Question(fake, request, token, data)
        try:
            question.may(10, writes=False)
            return answer(question)
        except Refused as refused:
            return refused.reply

    return answered

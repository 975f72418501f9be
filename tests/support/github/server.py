"""The fake GitHub's front: reads a request, checks its token, applies troubles, answers, and checks that too."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.github.actions import SIGNATURE
from tests.support.github.documents import refusal
from tests.support.github.openapi import Exchange, complaints
from tests.support.github.operations import OPERATIONS, Operation
from tests.support.github.question import Question, Refused

if TYPE_CHECKING:
    from tests.support.github import FakeGitHub, Trouble

ENTERPRISE = "/api/v3"


def application(fake: FakeGitHub) -> Watched:
    """Return the ASGI application of `fake`."""
    routes = [Route(one.route, _endpoint(fake, one), methods=[one.method]) for one in OPERATIONS]
    app = Starlette(routes=[*routes, Route("/signed/{artifact:int}", _signed(fake))])
    app.router.redirect_slashes = False
    return Watched(app, fake)


class Watched:
    """Writes down every request, and holds every exchange with the API against GitHub's description of it."""

    def __init__(self, app: ASGIApp, fake: FakeGitHub) -> None:
        self._app, self._fake = app, fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        from tests.support.github import Asked

        request = Request(scope, receive)
        body = await request.body()
        self._fake.asked.append(Asked(request.method, str(request.url), dict(request.headers)))
        path = self._own(scope)
        start, content = await self._answer(scope, body)
        if not path.startswith("/signed/"):
            headers = {name.decode(): value.decode() for name, value in start["headers"]}
            query = tuple(request.query_params.multi_items())
            self._fake.violations += complaints(
                Exchange(request.method, path, query, body, start["status"], headers, content)
            )
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _own(self, scope: Scope) -> str:
        """Return the path as the description has it: a prefix and the repository's id are aliases."""
        repository = self._fake.repository
        path: str = scope["path"].removeprefix(ENTERPRISE)
        alias = f"/repositories/{repository.id}/"
        if path.startswith(alias):
            path = f"/repos/{repository.name}/{path.removeprefix(alias)}"
        scope["state"] = {"api": (scope["path"].startswith(ENTERPRISE) and ENTERPRISE) or ""}
        scope["path"], scope["raw_path"] = path, path.encode()
        return path

    async def _answer(self, scope: Scope, body: bytes) -> tuple[MutableMapping[str, Any], bytes]:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def _endpoint(fake: FakeGitHub, operation: Operation) -> Any:
    async def answer(request: Request) -> Response:
        trouble = _trouble(fake, request)
        if trouble is not None and not trouble.late:
            return _troubled(trouble)
        response = await _answered(fake, operation, request)
        return _troubled(trouble) if trouble is not None else response

    return answer


async def _answered(fake: FakeGitHub, operation: Operation, request: Request) -> Response:
    token = fake.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
    if token is None:
        return _said("Bad credentials", 401)
    if f"{request.path_params['owner']}/{request.path_params['repo']}" != fake.repository.name:
        return _said("Not Found", 404)
    body = await request.body()
    question = Question(fake, request, token, json.loads(body) if body else {})
    fake.violations += [
        f"the fake knows no filter {name}" for name in request.query_params if name not in operation.filters
    ]
    try:
        ways = operation.needs(question)
        if not any(all(token.may(scope, operation.level) for scope in way) for way in ways):
            return _said("Resource not accessible by integration", 403)
        return operation.answer(question)
    except Refused as refused:
        return JSONResponse(refused.body, refused.status)


def _trouble(fake: FakeGitHub, request: Request) -> Trouble | None:
    for trouble in fake.troubles:
        if trouble.method in ("", request.method) and trouble.path in request.url.path:
            trouble.times -= 1
            if trouble.times <= 0:
                fake.troubles.remove(trouble)
            return trouble
    return None


def _troubled(trouble: Trouble) -> Response:
    return JSONResponse(refusal(trouble.message, trouble.status), trouble.status, headers=dict(trouble.headers))


def _said(message: str, status: int) -> Response:
    return JSONResponse(refusal(message, status), status)


def _signed(fake: FakeGitHub) -> Any:
    """Return the store of artifacts: who has the address needs no more, and a token there is an error."""

    async def answer(request: Request) -> Response:
        if "authorization" in request.headers or request.url.query != SIGNATURE:
            return Response(b"<?xml version='1.0'?><Error><Code>InvalidAuthenticationInfo</Code></Error>", 400)
        return Response(fake.repository.artifacts[request.path_params["artifact"]].content)

    return answer

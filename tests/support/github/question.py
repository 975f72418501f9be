"""Question: one permitted call, with its token, its request and its repository; and the forms of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.github.documents import Json, Writer, refusal
from tests.support.github.world import Repository, Thread, Token

if TYPE_CHECKING:
    from tests.support.github import FakeGitHub

_USUAL, _MOST = 30, 100


class Refused(Exception):  # as in reconciler.core.basics: named for what it says
    """GitHub refuses."""

    def __init__(self, body: Json) -> None:
        super().__init__(body["message"])
        self.body = body
        self.status = int(body["status"])


@dataclass(frozen=True)
class Question:
    """One call."""

    fake: FakeGitHub
    request: Request
    token: Token
    data: Any

    @property
    def repository(self) -> Repository:
        """Where it is asked."""
        return self.fake.repository

    @property
    def api(self) -> str:
        """The address of the API as the client knows it."""
        url = self.request.url
        return f"{url.scheme}://{url.netloc}{self.request.state.api}"

    @property
    def writer(self) -> Writer:
        """What writes the documents of the answer."""
        return Writer(self.repository, self.api)

    @property
    def thread(self) -> Thread:
        """The issue or pull request that it is about."""
        thread: Thread = self.found(self.repository.threads, "number")
        return thread

    @property
    def pull(self) -> Thread:
        """The pull request that it is about."""
        if self.thread.pull is None:
            raise Refused(refusal("Not Found", 404))
        return self.thread

    def found(self, things: Any, name: str) -> Any:
        """Return the thing whose number the path holds, or refuse."""
        try:
            return things[int(self.request.path_params[name])]
        except KeyError:
            raise Refused(refusal("Not Found", 404)) from None

    def asks(self, name: str, usual: str = "") -> str:
        """Return a part of the query."""
        return self.request.query_params.get(name, usual)

    def one(self, document: Json, status: int = 200) -> Response:
        """Answer with one document."""
        return JSONResponse(document, status)

    def page(self, documents: Sequence[Json], *, key: str = "", cursor: str = "page") -> Response:
        """Answer with one page of a list, below `key` where there is one, and say where the others are.

        `cursor` is the part of the query that names a page.
        """
        size = min(int(self.asks("per_page", str(_USUAL))), _MOST)
        number, last = int(self.asks(cursor, "1")), max(1, -(-len(documents) // size))
        shown = list(documents[(number - 1) * size : number * size])
        links = {"next": number + 1, "last": last} if number < last else {}
        links |= {"prev": number - 1, "first": 1} if number > 1 else {}
        header = (
            {"Link": ", ".join(f'<{self._page(at, cursor)}>; rel="{name}"' for name, at in links.items())}
            if links
            else {}
        )
        content: Any = {"total_count": len(documents), key: shown} if key else shown
        return JSONResponse(content, headers=header)

    def _page(self, number: int, cursor: str) -> URL:
        """Return the address of another page; GitHub writes the repository's id into it."""
        path = self.request.url.path.removeprefix(f"/repos/{self.repository.name}/")
        url = URL(f"{self.api}/repositories/{self.repository.id}/{path}?{self.request.url.query}")
        return url.include_query_params(**{cursor: number})

"""Front: a server on a real socket with the sandbox behind it, which spoils the replies that it is told to spoil.

It finds out what each request is about without a word of the program's own code: by path, key, number and picture, and
by what earlier replies told. So a fault can be meant for one step of one profile, whatever else happens meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.types import ASGIApp, Message

from tests.figures.faults import Answer, Fault, sent
from tests.support.sockets import Act, Heard, Server

# What a request is for. A read after the profile's first write is a read-back.
MUTATING = frozenset({"open upload", "upload", "write", "webhook"})


@dataclass
class Placed:
    """A fault, and where it strikes: one step of one profile, at the first time or each time.

    With `after` the provider does its work first; a fault that keeps the reply always comes after it.
    """

    fault: Fault
    step: str
    profile: int
    after: bool = True
    always: bool = True
    strikes: int = 0


@dataclass(frozen=True)
class Directory:
    """How requests name the profiles: by address, key, number or application, and by the size of their pictures."""

    names: Mapping[str, int]
    sizes: Mapping[int, int]


@dataclass
class Front:
    """Serves `app` on one port for as long as the context lasts; `placed` are the faults of the moment."""

    directory: Directory = Directory({}, {})
    app: ASGIApp | None = None
    placed: Sequence[Placed] = ()
    steps: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = Server(self._script)
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        # Pieces of earlier replies by which later requests name their profile.
        self._told: dict[str, int] = {}
        self._written: set[int] = set()

    @property
    def origin(self) -> str:
        """Where it listens."""
        return self._server.origin

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
        self._loop.close()

    def begin(self, app: ASGIApp, directory: Directory) -> None:
        """Serve another application, without faults."""
        self.strike(())
        with self._lock:
            self.app, self.directory = app, directory
            self._told = {}

    def strike(self, placed: Sequence[Placed]) -> None:
        """Begin with other faults."""
        self._server.listen()
        # The memory at its peak is that of one run, and not of all that were heard.
        self._server.heard.clear()
        with self._lock:
            self.placed, self.steps, self._written = placed, [], set()

    def _script(self, heard: Heard) -> Act:
        with self._lock:
            step, profile = self._place(heard)
            self.steps.append((step, profile))
            fault = self._struck(step, profile)
            if fault is not None and fault.fault.refused:
                self._server.refuse()
                return _closing(self._answered(heard, profile))
            if fault is not None and step in MUTATING and not (fault.after or fault.fault.keeps):
                answer = Answer(503, (), b"")
            else:
                answer = self._answered(heard, profile)
            self._written |= {profile} if step in MUTATING else set()
            return fault.fault.act(answer) if fault is not None else sent(answer)

    def _struck(self, step: str, profile: int) -> Placed | None:
        for one in self.placed:
            if one.step == step and profile in (one.profile, -1) and (one.always or not one.strikes):
                one.strikes += 1
                return one
        return None

    def _place(self, heard: Heard) -> tuple[str, int]:
        """Return what a request is for and whose profile it is about; -1 is the account."""
        path = urlsplit(heard.target).path
        step = _step(heard.method, path)
        profile = self._profile(heard, path)
        return ("read back" if step == "read" and profile in self._written else step), profile

    def _profile(self, heard: Heard, path: str) -> int:
        query = parse_qs(urlsplit(heard.target).query)
        if heard.target in self._told:
            return self._told[heard.target]
        session = heard.target.rpartition("/upload:")[2]
        if "/upload:" in path and session in self._told:
            return self._told[session]
        if key := heard.headers.get("d360-api-key"):
            return self.directory.names[key]
        if "file_length" in query:
            return self.directory.sizes[int(query["file_length"][0])]
        pieces = [*path.split("/"), *map(str, _values(heard.body))]
        return next((self.directory.names[one] for one in pieces if one in self.directory.names), -1)

    def _answered(self, heard: Heard, profile: int) -> Answer:
        """Let the sandbox answer, and remember what its reply will be asked for."""
        answer = self._loop.run_until_complete(answered(self.app, heard)) if self.app is not None else None
        assert answer is not None
        said = _values(answer.body)
        for one in filter(lambda one: isinstance(one, str), said):
            text = str(one)
            if text.startswith("upload:"):
                self._told[text.removeprefix("upload:")] = profile
            elif text.startswith(self.origin):
                self._told[text.removeprefix(self.origin)] = profile
        return answer


def _closing(answer: Answer) -> Act:
    last = Answer(answer.status, (*answer.headers, (b"connection", b"close")), answer.body)

    def act(connection: Any, _: Heard) -> None:
        connection.send(last.whole)
        connection.socket.shutdown(socket.SHUT_RDWR)

    return act


_STEPS = (
    ("GET", r"/phone_numbers$", "list"),
    ("GET", r"^/health_status$", "list"),
    ("GET", r"^/v/t61", "picture"),
    ("GET", r"/upload:", "resume"),
    ("GET", r"/whatsapp_business_profile$", "read"),
    ("GET", r"/webhook$", "read webhook"),
    ("GET", r"", "node"),
    ("POST", r"/uploads$", "open upload"),
    ("POST", r"/upload:", "upload"),
    ("POST", r"/whatsapp_business_profile$", "write"),
    ("PUT", r"/whatsapp/number$", "write"),
    ("POST", r"/update-profile$", "write"),
    ("POST", r"", "webhook"),
)


def _step(method: str, path: str) -> str:
    return next(step for verb, pattern, step in _STEPS if verb == method and re.search(pattern, path))


def _values(body: bytes) -> list[Any]:
    """Return every plain value of a JSON body."""
    try:
        waiting = [json.loads(body)] if body[:1] in (b"{", b"[") else []
    except ValueError:
        return []
    found = []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one
        else:
            found.append(one)
    return found


async def answered(app: ASGIApp, heard: Heard) -> Answer:
    """Return what an application answers to a request."""
    target = urlsplit(heard.target)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": heard.method,
        "scheme": "http",
        "path": unquote(target.path),
        "raw_path": target.path.encode(),
        "query_string": target.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in heard.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": heard.body, "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in said)
    return Answer(said[0]["status"], tuple(said[0].get("headers", ())), body)

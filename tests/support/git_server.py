"""A smart HTTP server for git repositories on loopback: git's own, behind a front that can demand a login and fail."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass
class GitServer:
    """What the server does, for a test to change while it runs, and what it saw."""

    root: Path
    header: str = ""
    origin: str = ""
    # Statuses to answer instead of git, by method; 0 hangs up, after git has done what it was asked.
    instead: dict[str, int] = field(default_factory=dict)
    location: str = ""
    # Whether it speaks git's newer protocol, in which any commit can be asked for.
    protocol: bool = True
    seen: list[tuple[str, str]] = field(default_factory=list)
    # Called while git waits for the reply.
    meanwhile: Callable[[], None] = lambda: None


@contextmanager
def git_server(root: Path) -> Iterator[GitServer]:
    """Serve the repositories below `root`."""
    server = GitServer(root)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Request(server, *given))
    server.origin = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


class _Request(BaseHTTPRequestHandler):
    def __init__(self, server: GitServer, *given: Any) -> None:
        self._server = server
        super().__init__(*given)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._server.seen.append((f"{self.command} {self.path}", self.headers.get("Authorization", "")))
        self._server.meanwhile()
        instead = self._server.instead.get(f"{self.command} {urlsplit(self.path).path.rpartition('/')[2]}")
        if self._server.header and self.headers.get("Authorization") != self._server.header:
            self._send(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
        elif instead:
            self._send(instead, [("Location", self._server.location)] * bool(self._server.location), b"")
        else:
            status, headers, content = self._git(body)
            if instead is None:
                self._send(status, headers, content)
            self.close_connection = True

    def _git(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        parts = urlsplit(self.path)
        environ = {
            "GIT_PROJECT_ROOT": str(self._server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", "") if self._server.protocol else "",
            # Every named user may push.
            "REMOTE_USER": "somebody",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        ran = subprocess.run(["git", "http-backend"], input=body, env=environ, capture_output=True, check=False)
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        return status, [pair for pair in headers if pair[0] != "Status"], content

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        # A git that was ended meanwhile takes no reply.
        with suppress(ConnectionError):
            self.end_headers()
            self.wfile.write(content)

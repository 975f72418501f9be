"""A server with scripted behaviour on a real socket of this machine, for faults that only a socket can cause."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

# How long a thread waits before it looks again whether its client has gone; nothing is asserted about it.
_GLANCE = 0.005


@dataclass(frozen=True)
class Heard:
    """One request as it came in; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    head: bytes


Act = Callable[["ClientSocket", Heard], None]
Script = Callable[[Heard], Act]


class HungUpError(Exception):
    """The client has gone, or the server ends."""


class ClientSocket:
    """One client's connection, as the acts see it."""

    def __init__(self, plain: socket.socket, closing: threading.Event) -> None:
        self.socket = plain
        self.closing = closing
        self._kept = b""

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.socket.sendall(data)

    def until_gone(self, between: Callable[[], None] = lambda: None) -> None:
        """Wait until the client hangs up, or the server ends; call `between` again and again."""
        self.socket.settimeout(_GLANCE)
        while not self.closing.is_set():
            between()
            with contextlib.suppress(TimeoutError):
                if not self.socket.recv(65536):
                    return

    def reset(self) -> None:
        """End the connection as a crashed machine does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HungUpError

    def request(self) -> Heard:
        """Read one whole request."""
        while b"\r\n\r\n" not in self._kept:
            self._more()
        head, _, rest = self._kept.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = [line.partition(":") for line in lines]
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get("content-length", "0"))
        self._kept = rest
        while len(self._kept) < length:
            self._more()
        body, self._kept = self._kept[:length], self._kept[length:]
        return Heard(method, target, headers, body, head)

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise HungUpError
        self._kept += data


class Server:
    """Answers every request with the act that `script` names; use it as a context manager.

    `heard` holds the requests, `most` the number of connections that were open at once. With `refuse_unread` a
    connection is reset as soon as something comes that could be read.
    """

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None, refuse_unread: bool = False) -> None:
        self.heard: list[Heard] = []
        self._came = threading.Event()
        self.most = 0
        self.connections = 0
        self._open = 0
        self._script = script
        self._tls = tls
        self._refuse_unread = refuse_unread
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._refusing = False

    @property
    def origin(self) -> str:
        """Where the server is, as an endpoint is written."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def seen(self) -> list[str]:
        """Method and target of every request."""
        return [f"{heard.method} {heard.target}" for heard in self.heard]

    def first(self, brake: float = 60.0) -> Heard:
        """Return the first request; a client that gave up can be ahead of the thread that reads it."""
        assert self._came.wait(brake), "no request came"
        return self.heard[0]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def refuse(self) -> None:
        """Take no further connection; those that are open go on."""
        self._refusing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def listen(self) -> None:
        """Take connections again, on the same port."""
        if self._refusing:
            self._refusing = False
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self._start(self._accept)

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.refuse()
        with self._lock:
            left = list(self._sockets)
        for one in left:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        with self._lock:
            # A server of thousands of requests keeps nothing of the connections that ended.
            self._threads = [one for one in self._threads if one.is_alive()]
            thread.start()
            self._threads.append(thread)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                self._start(partial(self._serve, plain))

    def _serve(self, plain: socket.socket) -> None:
        with self._counted(plain), contextlib.suppress(OSError, HungUpError):
            connection = ClientSocket(plain, self._closing)
            if self._refuse_unread and plain.recv(1, socket.MSG_PEEK):
                connection.reset()
            if self._tls is not None:
                connection.socket = self._tls.wrap_socket(plain, server_side=True)
            with connection.socket:
                while True:
                    heard = connection.request()
                    self.heard.append(heard)
                    self._came.set()
                    self._script(heard)(connection, heard)

    @contextlib.contextmanager
    def _counted(self, plain: socket.socket) -> Iterator[None]:
        with plain:
            with self._lock:
                self._sockets.append(plain)
                self.connections += 1
                self._open += 1
                self.most = max(self.most, self._open)
            try:
                yield
            finally:
                with self._lock:
                    self._open -= 1
                    self._sockets.remove(plain)


def head(status: int, length: int | None, **headers: str) -> bytes:
    """Return the head of a reply; header names are written with underscores."""
    size = {} if length is None else {"content_length": str(length)}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**size, **headers}.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Told", *lines, "", ""]).encode("latin-1")


def reply(body: bytes | dict[str, Any] | list[Any] = b"{}", status: int = 200, **headers: str) -> Act:
    """Answer as servers do."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda connection, _: connection.send(head(status, len(content), **headers) + content)


def verbatim(data: bytes) -> Act:
    """Send exactly `data`, and hang up."""

    def act(connection: ClientSocket, _: Heard) -> None:
        connection.send(data)
        raise HungUpError

    return act


def reset(connection: ClientSocket, _: Heard) -> None:
    """Reset the connection after the whole request was read."""
    connection.reset()


def hang(connection: ClientSocket, _: Heard) -> None:
    """Say nothing until the client gives up."""
    connection.until_gone()


def drip(connection: ClientSocket, _: Heard) -> None:
    """Begin a good reply and then send it byte by byte, without an end."""
    connection.send(head(200, 10**6))
    connection.until_gone(lambda: connection.send(b" "))


def slow_head(connection: ClientSocket, _: Heard) -> None:
    """Send one header line after another, without an end."""
    connection.send(b"HTTP/1.1 200 OK\r\n")
    connection.until_gone(lambda: connection.send(b"X-More: 1\r\n"))


def pipe(port: int) -> Act:
    """Be a proxy: pass everything on to `port` of this machine."""

    def act(connection: ClientSocket, _: Heard) -> None:
        with socket.create_connection(("127.0.0.1", port)) as beyond:
            connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_pump, args=(beyond, connection.socket))
            back.start()
            _pump(connection.socket, beyond)
            back.join()
        raise HungUpError

    return act


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)


def each(*acts: Act) -> Script:
    """Answer the first request with the first act and so on; the last one serves all that come after."""
    left = list(acts)
    lock = threading.Lock()

    def script(_: Heard) -> Act:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script

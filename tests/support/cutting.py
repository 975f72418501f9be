"""A way to a server that is cut in the middle: where the client says a word, or before the server's answer to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Way:
    """The port of the way, and how often it is cut `before` the server hears the word, or `after` it did it."""

    port: int
    word: bytes
    before: int = 0
    after: int = 0
    threads: list[threading.Thread] = field(default_factory=list)
    clients: list[socket.socket] = field(default_factory=list)


@contextmanager
def way_to(port: int, word: bytes) -> Iterator[Way]:
    """Lend a way to a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        way = Way(listening.getsockname()[1], word)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    way.clients.append(client)
                    way.threads.append(threading.Thread(target=_carry, args=(client, port, way)))
                    way.threads[-1].start()

        way.threads.append(threading.Thread(target=accept))
        way.threads[0].start()
        try:
            yield way
        finally:
            # What only closes it does not wake the thread that waits in it.
            for one in (listening, *way.clients):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for thread in way.threads:
                thread.join()


def _carry(client: socket.socket, port: int, way: Way) -> None:
    """Carry one connection until either side ends, or until it is cut."""
    with closing(client), socket.create_connection(("127.0.0.1", port)) as server:
        back = threading.Thread(target=_back, args=(server, client))
        back.start()
        with suppress(OSError):
            while said := client.recv(65536):
                if way.word in said and way.before:
                    way.before -= 1
                    break
                if way.word in said and way.after:
                    way.after -= 1
                    # Nothing comes back from here on; what the server does with the word, it has done by its own end.
                    client.shutdown(socket.SHUT_WR)
                    server.sendall(said)
                    server.shutdown(socket.SHUT_WR)
                    break
                server.sendall(said)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)
        back.join()


def _back(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while heard := server.recv(65536):
            client.sendall(heard)
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)

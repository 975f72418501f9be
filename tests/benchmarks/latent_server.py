"""A Cloud API that takes its time: every reply comes `latency` seconds after its request. Run as a process of its own.

It is as small as can be, so that what is measured is the program and not its judge.
"""

from __future__ import annotations

import asyncio
import json
import sys


class Latent(asyncio.Protocol):
    """Answers GET on a kept-alive connection."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request, later."""
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            answer = reply(head.split(b" ", 2)[1].decode())
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, answer)


def reply(path: str) -> bytes:
    """Return the number's node, or its profile."""
    address = path.split("/")[2].partition("?")[0]
    if "whatsapp_business_profile" in path:
        body = json.dumps({"data": [{"about": "Fresh bread", "vertical": "RESTAURANT"}]}).encode()
    else:
        body = json.dumps({"id": address, "display_phone_number": "+" + address[3:]}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def main(latency: float) -> None:
    """Serve until standard input ends; print the port first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Latent(latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))

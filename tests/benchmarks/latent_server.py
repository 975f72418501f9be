"""A Cloud API that takes its time: every reply comes `latency` seconds after its request. Run as a process of its own.

It is as small as can be, so that what is measured is the program and not its judge. It knows every number, and an
account of as many numbers as its id is above LEAST_ACCOUNT. It answers octoDNS as well, with as much for each zone.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

LEAST_ACCOUNT = 900_000_000_000_000
FIRST_NUMBER = 493010000000
PROFILE = {
    "about": "Fresh bread",
    "address": "Torstrasse 1, 10119 Berlin",
    "description": "Sourdough, rye and cakes since 1911. Baked every night in our own ovens, and open from six to six.",
    "email": "shop@goldcrust-bakery.com",
    "vertical": "RESTAURANT",
    "websites": ["https://goldcrust-bakery.com/shop"],
}


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


def address_of(index: int) -> str:
    """Return the id of a number: the digits of its phone number stand behind the first three."""
    return f"100{FIRST_NUMBER + index}"


def node(address: str) -> dict[str, Any]:
    """Return what is said of a number."""
    return {"id": address, "display_phone_number": f"+{address[3:]}", "platform_type": "CLOUD_API"}


@cache
def page(account: int, after: int, *, profiles: bool) -> dict[str, Any]:
    """Return a hundred numbers of an account, with their profiles if these are wanted."""
    numbers = account - LEAST_ACCOUNT
    edge = {"whatsapp_business_profile": {"data": [PROFILE]}} if profiles else {}
    rows = [node(address_of(index)) | edge for index in range(after, min(after + 100, numbers))]
    more = {"cursors": {"after": str(after + 100)}, "next": "https://next"} if after + 100 < numbers else {}
    return {"data": rows, "paging": more}


def reply(path: str) -> bytes:
    """Return the account's list, the number's node, its profile, or a zone's records."""
    parts = urlsplit(path)
    address = parts.path.split("/")[2]
    if parts.path.endswith("phone_numbers"):
        query = parse_qs(parts.query)
        after = int(query.get("after", ["0"])[0])
        found: Any = page(int(address), after, profiles="whatsapp_business_profile" in query["fields"][0])
    elif "whatsapp_business_profile" in path or parts.path.startswith("/zones/"):
        found = {"data": [PROFILE]}
    else:
        found = node(address)
    body = json.dumps(found).encode()
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

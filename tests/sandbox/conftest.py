from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from reconciler.sandbox.application import create_app
from reconciler.sandbox.world import World


class InProcess(httpx.BaseTransport):
    """Lets a plain client talk to an ASGI application, each request in an event loop of its own."""

    def __init__(self, app: Starlette) -> None:
        self._app = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""

        async def answer() -> httpx.Response:
            reply = await self._app.handle_async_request(request)
            return httpx.Response(reply.status_code, headers=reply.headers, content=await reply.aread())

        return asyncio.run(answer())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "world.sqlite"


@pytest.fixture
def now() -> list[float]:
    """Give the sandbox's clock: set now[0] to move it."""
    return [1_760_000_000.0]


@pytest.fixture
def app(path: Path, now: list[float]) -> Starlette:
    return create_app(path, clock=lambda: now[0])


@pytest.fixture
def world(path: Path) -> Iterator[World]:
    """Open the same world once more, as another process would."""
    seen = World(path)
    yield seen
    seen.close()


@pytest.fixture
def mount() -> Callable[[Starlette], httpx.Client]:
    """Make a client of an application in this process."""

    def client_of(app: Starlette) -> httpx.Client:
        headers = {"Authorization": "Bearer sesame"}
        return httpx.Client(transport=InProcess(app), base_url="https://graph.facebook.com", headers=headers)

    return client_of


@pytest.fixture
def client(app: Starlette, mount: Callable[[Starlette], httpx.Client]) -> Iterator[httpx.Client]:
    with mount(app) as made:
        yield made


@pytest.fixture
def png() -> bytes:
    """Draw a wide picture, transparent on its left half."""
    picture = Image.new("RGBA", (900, 700), (200, 30, 30, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 450, 700))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def upload(client: httpx.Client) -> Callable[[bytes, str], str]:
    """Upload bytes as a type and give the handle."""

    def upload_as(content: bytes, kind: str) -> str:
        query = {"file_length": str(len(content)), "file_type": kind, "file_name": "p"}
        session = client.post("/v23.0/app/uploads", params=query).json()["id"]
        return str(client.post(f"/v23.0/{session}", content=content, headers={"file_offset": "0"}).json()["h"])

    return upload_as

"""What is answered where no provider has the path or the method: JSON in the shape of the provider that was meant.

Graph's own paths, those that begin with a version or with an object's id, are refused in `meta.py`. Which provider
another path is meant for is told by the host, or else by the header of the credential, or else by the path. What tells
nothing is Graph's.

Only Graph's words for it are known (C). Every other provider's shape is known (B), and not what it says of a path: the
words and codes are the sandbox's own choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from reconciler.sandbox.control import CONTROLS
from reconciler.sandbox.dialog360_keys import detailed
from reconciler.sandbox.exchange import Exchange, exchange_of
from reconciler.sandbox.graph import endpoint, unknown_path
from reconciler.sandbox.kaleyra import KaleyraError

NO_PATH = 99404
"""As Picky Assist's other codes here: outside the documented list."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How one provider is known, and how it says that a path is unknown."""

    hosts: tuple[str, ...]
    header: str = "no header"
    prefixes: tuple[str, ...]
    reply: Callable[[int, str], Response]
    """(status, words) → the refusal."""

    def at_host(self, name: str) -> bool:
        """Say whether a host, in lower case and without its port, is this provider's."""
        return any(name == host or name.endswith(f".{host}") for host in self.hosts)

    def meant(self, x: Exchange) -> bool:
        """Say whether a request to a host that tells nothing is meant for this provider."""
        return self.header in x.headers or x.path.startswith(self.prefixes)


def _dialog360(status: int, words: str) -> Response:
    return detailed(status, words).reply


def _kaleyra(status: int, words: str) -> Response:
    refusal = KaleyraError(f"E{status}", message=words, kind="NOT_FOUND")
    return JSONResponse({"error": refusal.error}, status_code=status)


def _pickyassist(status: int, words: str) -> Response:
    return JSONResponse({"status": NO_PATH, "message": words}, status_code=status)


def _pictures(status: int, words: str) -> Response:
    return PlainTextResponse(words, status_code=status)


_DIALOG360 = (
    "/whatsapp_business_profile",
    "/upload",
    "/health_status",
    "/v1/configs/",
    "/waba_webhook",
    "/multi_webhook",
)
SHAPES: Mapping[str, Shape] = {
    "360dialog": Shape(hosts=("360dialog.io",), header="d360-api-key", prefixes=_DIALOG360, reply=_dialog360),
    "kaleyra": Shape(hosts=("kaleyra.io", "kaleyra.ai"), header="api-key", prefixes=("/v1/", "/v2/"), reply=_kaleyra),
    "pickyassist": Shape(hosts=("pickyassist.com",), prefixes=("/api/", "/app/"), reply=_pickyassist),
    "whatsapp.net": Shape(hosts=("whatsapp.net",), prefixes=("/v/",), reply=_pictures),
}


def provider_meant(x: Exchange) -> str:
    """Name the provider that a request is meant for by all but a path of its own; "" is Graph."""
    host = x.headers.get("host", "").partition(":")[0].lower()
    known = host.endswith("facebook.com") or any(shape.at_host(host) for shape in SHAPES.values())
    meant = (name for name, shape in SHAPES.items() if (shape.at_host(host) if known else shape.meant(x)))
    return next(meant, "")


async def refuse(request: Request, error: Exception) -> Response:
    """Answer a request that no route took."""
    x = exchange_of(request)
    status = error.status_code if isinstance(error, HTTPException) else 404
    words = "Method Not Allowed" if status == 405 else "Not Found"
    if x.path.startswith(CONTROLS):
        return JSONResponse({"error": words}, status_code=status)
    if name := provider_meant(x):
        return SHAPES[name].reply(status, words)
    answer: Response = await endpoint(_graph)(request)
    return answer


def _graph(x: Exchange, **_: str) -> dict[str, object]:
    """Refuse with the path behind its first part, where Graph has its version."""
    raise unknown_path("/" + x.path.removeprefix("/").partition("/")[2])

"""exchanged: (a client, a request, how much and how long) → the whole reply, or why there is none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.core.provider import Failure, FailureKind, Reply

if TYPE_CHECKING:
    import httpx


async def exchanged(client: httpx.AsyncClient, request: httpx.Request, *, cap: int, deadline: float) -> Reply | Failure:
    """Send `request` and read its reply, at most `cap` bytes of it, within `deadline` seconds on the clock on the wall.

    httpx's own timeouts are for each chunk: a byte now and then would satisfy them for ever.
    """
    import httpx

    try:
        async with asyncio.timeout(deadline):
            response = await client.send(request, stream=True)
            try:
                body = await _capped(response, cap)
            finally:
                await response.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.PoolTimeout) as problem:
        return _unreachable(request, f"no connection ({_said(problem)})", sent=False)
    except TimeoutError:
        return _unreachable(request, f"no whole reply within {deadline:.0f} s")
    except httpx.TimeoutException:
        return _unreachable(request, "it stopped answering")
    except httpx.RemoteProtocolError:
        return _unreachable(request, "the connection ended, or what came is no HTTP reply")
    except httpx.LocalProtocolError:
        # What it says quotes the header it does not like, and that may be the credential.
        return _unreachable(request, "the request cannot be written", sent=False)
    except httpx.TransportError as problem:
        return _unreachable(request, f"the connection broke ({_said(problem)})")
    if body is None:
        return Failure(kind=FailureKind.GARBAGE, summary=f"the reply is larger than {cap} bytes")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, body=body)


async def _capped(response: httpx.Response, cap: int) -> bytes | None:
    """Return the body, or None when it is larger than `cap`; what lies beyond is never held."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > cap:
            return None
    return bytes(body)


def _unreachable(request: httpx.Request, why: str, *, sent: bool = True) -> Failure:
    summary = f"{request.url.host} cannot be reached: {why}"
    return Failure(kind=FailureKind.UNREACHABLE, summary=summary, hint="check the network and the endpoint", sent=sent)


def _said(problem: Exception) -> str:
    return str(problem) or type(problem).__name__

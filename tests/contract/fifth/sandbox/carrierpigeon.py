"""The made-up loft: cards that are written by hand, so that many spaces become one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox.exchange import Exchange, exchange_of

PROVIDER = "carrierpigeon"

_LINES = ("line", "roost", "mail", "trade", "perches")
_NEVER_EMPTY = ("line", "trade")


def address_of(_: Exchange, path_params: Mapping[str, str]) -> str:
    """Name the pigeon."""
    return path_params["pigeon"]


async def _card(request: Request) -> Response:
    """Show a pigeon's card."""
    x = exchange_of(request)
    if not x.headers.get("x-loft-key", "").startswith("Key "):
        return _trouble("WRONG_KEY", status=401)
    state = x.world.view(PROVIDER, x.address, surface="card")
    return JSONResponse({"card": {name: state[name] for name in _LINES if name in state}})


async def _flight(request: Request) -> Response:
    """Write the lines that are brought; an empty one wipes it, where the card may have it empty."""
    x = exchange_of(request)
    body = json.loads(x.body)
    if not x.headers.get("x-loft-key", "").startswith("Key ") or "ring" not in body:
        return _trouble("WRONG_KEY", status=401)
    lines = {name: _by_hand(body[name]) for name in _LINES if name in body}
    if any(not lines.get(name, "x") for name in _NEVER_EMPTY) or len(lines.get("line") or "") > 40:
        return _trouble("TOO_HEAVY", status=422)
    if not x.take("swallow"):
        stale = x.take("stale")
        changes = {name: value or None for name, value in lines.items()}
        x.world.write(PROVIDER, x.address, changes, surface="card", stale_reads=stale.reads if stale else 0)
    return JSONResponse({"home": True})


def _by_hand(value: Any) -> Any:
    return re.sub(r" +", " ", value) if isinstance(value, str) else value


def _trouble(code: str, *, status: int) -> Response:
    return JSONResponse({"trouble": {"code": code, "said": "No."}}, status_code=status)


ROUTES = [
    Route("/pigeons/{pigeon}", _card, methods=["GET"]),
    Route("/pigeons/{pigeon}", _flight, methods=["PUT"]),
]

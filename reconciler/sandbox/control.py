"""The sandbox's own interface under `/_sandbox/`: look at the journal, see and edit numbers, ask for faults."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox.exchange import exchange_of, read_json
from reconciler.sandbox.faults import BadFaultError

CONTROLS = "/_sandbox/"
"""Where the paths of the controls begin."""

PROVIDER = ""
"""No provider: faults do not touch the controls."""


async def requests(request: Request) -> Response:
    """List, or forget, the requests seen."""
    world = exchange_of(request).world
    if request.method == "DELETE":
        return JSONResponse({"forgotten": world.forget()})
    return JSONResponse({"requests": world.journal()})


async def numbers(request: Request) -> Response:
    """See a number as it is in truth, or edit it behind the tool's back: null removes a field."""
    world = exchange_of(request).world
    provider, address = request.path_params["provider"], request.path_params["address"]
    if not address:
        return _refusal("the address is missing")
    if request.method == "PUT":
        fields = await _json(request)
        if not isinstance(fields, dict):
            return _refusal("the body must be a JSON object of fields")
        return JSONResponse(world.edit(provider, address, **fields))
    return JSONResponse(world.state(provider, address))


async def faults(request: Request) -> Response:
    """List, replace or clear the faults in force."""
    world = exchange_of(request).world
    if request.method == "DELETE":
        return JSONResponse(world.faults([]))
    if request.method != "PUT":
        return JSONResponse(world.faults())
    wanted = await _json(request)
    if not (isinstance(wanted, list) and all(isinstance(fault, dict) for fault in wanted)):
        return _refusal("the body must be a JSON array of faults")
    try:
        return JSONResponse(world.faults(wanted))
    except BadFaultError as error:
        return _refusal(str(error))


async def _json(request: Request) -> object:
    """Parse the body; None if it is not JSON, which every caller refuses."""
    try:
        return read_json(content) if (content := await request.body()) else None
    except ValueError:
        return None


def _refusal(message: str) -> Response:
    return JSONResponse({"error": message}, status_code=400)


ROUTES = [
    Route(CONTROLS + "requests", requests, methods=["GET", "DELETE"]),
    Route(CONTROLS + "numbers/{provider}/{address:path}", numbers, methods=["GET", "PUT"]),
    Route(CONTROLS + "faults", faults, methods=["GET", "PUT", "DELETE"]),
]

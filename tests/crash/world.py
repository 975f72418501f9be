"""The sandbox's side of a trial: what was sent to it, and what is live there in truth; in each provider's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.sandbox.world import World
from tests.crash.shops import NUMBERS, WORLD, Number, Where

_GRAPH = {"profile_picture_handle": "picture"}


@dataclass(frozen=True)
class Sent:
    """One field in a request that the sandbox took, or began to take when its process was killed."""

    where: Where
    value: Any


def live(root: Path) -> dict[Where, Any]:
    """Return every field of every shop as it is in truth, in the provider's own words."""
    world = World(root / WORLD)
    found = {(*number, name): value for number in NUMBERS.values() for name, value in world.state(*number).items()}
    world.close()
    return found


def sent(root: Path) -> list[Sent]:
    """Return every field of every write that reached the sandbox and was not refused, oldest first."""
    world = World(root / WORLD)
    entries = [entry for entry in world.journal() if entry["method"] != "GET" and entry["status"] in (None, 200)]
    world.close()
    return [one for entry in entries for one in _fields(entry)]


def _fields(entry: Mapping[str, Any]) -> Iterator[Sent]:
    path, body = entry["path"], entry["body"]
    if "/upload" in path:
        return
    number = _number(path.strip("/").split("/"))
    if "webhook_configuration" in body:
        yield Sent((*number, "webhook"), body["webhook_configuration"]["override_callback_uri"])
    elif path.endswith("/webhook"):
        yield Sent((*number, "webhook"), body["url"])
    else:
        for name, value in body.items():
            if name not in ("messaging_product", "wa_number"):
                yield Sent((*number, _GRAPH.get(name, name)), value)


def _number(path: Sequence[str]) -> Number:
    match path:
        case ["v1", _, "whatsapp", "number"]:
            return NUMBERS["mumbai"]
        case ["whatsapp_business_profile"] | ["v1", "configs", "webhook"]:
            return NUMBERS["hamburg"]
        case _:
            return ("meta", path[1])

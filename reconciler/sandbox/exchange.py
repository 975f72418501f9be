"""One request on its way through the sandbox: what it asks, which number it is about, and which faults hit it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus

from starlette.requests import Request
from starlette.types import Scope

from reconciler.sandbox.faults import Fault
from reconciler.sandbox.world import World

SCOPE_KEY = "reconciler.sandbox"
PROXIED_HEADER = "x-sandbox-proxied"
"""Set only by the proxy of `serve`: socket faults can be enacted for this request."""
FAULT_HEADER = "x-sandbox-fault"
"""On a reply: asks the proxy to enact a socket fault; never reaches the client."""

_CREDENTIAL_HEADERS = ("authorization", "d360-api-key", "api-key")
_TOLD_HEADERS = ("content-type", "content-length", "user-agent", "accept-encoding", "file_offset", "if-none-match")
_SECRET_KEYS = frozenset({"token", "access_token", "appsecret_proof", "verify_token", "authorization", "headers"})
_NAMES = re.compile(r"[^\[\]]+")
"""The names in a parameter's name: two in `webhook_configuration[verify_token]`."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request under way. Not frozen: provider, address and group become known while it travels inwards."""

    world: World
    clock: Callable[[], float]
    method: str
    origin: str
    """Scheme and host that the request went to."""
    path: str
    """Path as sent, still percent-encoded."""
    query_string: str
    headers: Mapping[str, str]
    """Names are in lower case."""
    body: bytes
    provider: str = ""
    address: str = ""
    group: str = ""
    enacted: list[str] = field(default_factory=list)
    """Kinds of the faults that hit this request."""
    faults: list[tuple[int, Fault]] | None = None

    @property
    def target(self) -> str:
        """Path and query, as sent."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; the last one counts where a name is repeated."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def proxied(self) -> bool:
        """True if socket faults can be enacted."""
        return PROXIED_HEADER in self.headers

    def take(self, *kinds: str) -> Fault | None:
        """Find the first fault of these kinds that matches this request, and use it up once."""
        if self.faults is None:
            self.faults = [pair for pair in self.world.standing() if self._is_meant(pair[1])]
        for key, fault in self.faults:
            if fault.kind in kinds and self.world.use_up(key, fault=fault):
                self.enacted.append(fault.kind)
                return fault
        return None

    def _is_meant(self, fault: Fault) -> bool:
        return fault.matches(provider=self.provider, address=self.address, method=self.method, path=self.target)


def exchange_of(carrier: Request | Scope) -> Exchange:
    """Find the exchange that a request, or its ASGI scope, belongs to."""
    found = carrier[SCOPE_KEY]
    if not isinstance(found, Exchange):
        raise TypeError("the request did not come through the sandbox's Recorder")
    return found


def open_exchange(scope: Scope, body: bytes, *, world: World, clock: Callable[[], float]) -> Exchange:
    """Make the exchange for an ASGI request."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return Exchange(
        world=world,
        clock=clock,
        method=scope["method"],
        origin=f"{scope['scheme']}://{headers.get('host', '')}",
        path=raw_path.decode("latin-1"),
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
    )


def fingerprint(secret: str) -> str:
    """Return a mark that is the same for the same secret and does not give the secret away."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:12]


def journal_entry(x: Exchange) -> dict[str, Any]:
    """Return the journal's entry for a request: secrets only as fingerprints, binary bodies only as length and hash."""
    credential = next(filter(None, map(x.headers.get, _CREDENTIAL_HEADERS)), x.query.get("access_token", ""))
    return {
        "at": x.clock(),
        "method": x.method,
        "origin": x.origin,
        "path": _told_target(x),
        "headers": {name: x.headers[name] for name in _TOLD_HEADERS if name in x.headers},
        # Without its scheme: the same token is the same, as Bearer or as OAuth.
        "credential": fingerprint(credential.rpartition(" ")[2]) if credential else None,
        "body": _told_body(x),
    }


def read_json(content: bytes | str) -> Any:
    """Read JSON that was sent; raises ValueError for what is none, or could be neither journaled nor answered.

    That is `NaN`, half of a surrogate pair, and what is nested too deeply.
    """
    try:
        found = json.loads(content)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return found


def parsed_body(x: Exchange) -> Any:
    """Parse a body: JSON, a form, or a form in several parts; raises ValueError when it is none of them."""
    match x.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/x-www-form-urlencoded":
            return _parameters(parse_qsl(x.body.decode(), keep_blank_values=True, errors="strict"))
        case "multipart/form-data":
            return _parameters(_parts(x))
        case _:
            return read_json(x.body)


def query_parameters(x: Exchange) -> dict[str, Any]:
    """Read the parameters that stand in the query, as a form's."""
    return _parameters(parse_qsl(x.query_string, keep_blank_values=True))


def _parameters(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Give a form's parameters: a list for a name that ends in `[]`; of any other name the last value counts."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            earlier = found.get(name.removesuffix("[]"))
            found[name.removesuffix("[]")] = [*(earlier if isinstance(earlier, list) else []), value]
        else:
            found[name] = value
    return found


def _parts(x: Exchange) -> Iterator[tuple[str, Any]]:
    """Read a form in several parts; a file among them is told as its length and hash."""
    from email.message import Message
    from email.parser import BytesParser

    form = BytesParser().parsebytes(f"Content-Type: {x.headers['content-type']}\r\n\r\n".encode("latin-1") + x.body)
    payload = form.get_payload()
    parts = [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
    if form.defects or not parts:
        raise ValueError("the body is not the form in several parts that its header announces")
    for part in parts:
        content = b"".join(each for each in [part.get_payload(decode=True)] if isinstance(each, bytes))
        name = part.get_param("name", "", header="content-disposition")
        yield str(name), _told_bytes(content) if part.get_filename() else content.decode()


def _told_target(x: Exchange) -> str:
    """Write path and query as sent, with fingerprints in place of secrets."""
    pairs = "&".join(map(_told_pair, x.query_string.split("&")))
    return f"{x.path}?{pairs}" if x.query_string else x.path


def _told_pair(pair: str) -> str:
    name, sign, value = pair.partition("=")
    plain = unquote_plus(value)
    told = _without_secrets(plain, key=unquote_plus(name))
    if told in (plain, _json_object(plain)):
        return pair
    return f"{name}{sign}{quote(told if isinstance(told, str) else json.dumps(told), safe=':')}"


def _told_body(x: Exchange) -> Any:
    if not x.body:
        return None
    try:
        return _without_secrets(parsed_body(x))
    except ValueError:
        return _told_bytes(x.body)


def _told_bytes(content: bytes) -> dict[str, Any]:
    return {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _without_secrets(value: Any, *, key: str = "") -> Any:
    name = ["", *_NAMES.findall(key.lower())][-1]
    match value:
        case dict() if name == "headers":  # HTTP headers that a webhook is to be called with
            return {k: fingerprint(str(v)) for k, v in value.items()}
        case dict():
            return {k: _without_secrets(v, key=k) for k, v in value.items()}
        case list():
            return [_without_secrets(v, key=key) for v in value]
        case str() if name in _SECRET_KEYS:
            return fingerprint(value)
        case str() if (found := _json_object(value)) is not None:  # a form carries objects as JSON text
            return _without_secrets(found)
        case _:
            return value


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        found = read_json(text) if text.startswith("{") else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None

"""ForgeCall: one question or order to a forge, in words for people and in HTTP for the forge.

ForgeServer: where the calls go, whose token they carry, and what the forge's refusals ask people to do.
ForgeProblem: (a call, what came of it) → one sentence on which a person can act. The token is in none of them.
server_way: (the address of an API) → its origin and the path below it, or what is wrong with it.
read_response: (a reply's JSON) → a shape of the forge, or a ForgeProblem where the forge documents another.

The token goes only to the API's own origin: https, or plain http on this machine if RECONCILER_ALLOW_ENDPOINT names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.provider import Failure, Reply
from reconciler.core.reading.accounts import allowed_endpoints
from reconciler.core.scrubbing import SecretMatcher
from reconciler.effects.world import Context

Method = Literal["GET", "POST", "PATCH", "PUT"]


@dataclass(frozen=True, slots=True)
class ForgeCall:
    """One call: `what` completes "cannot …", `path` is below the repository, or if not `of_project` below the API.

    `needs` is what the token must be allowed for it, in the words of the forge's settings.
    """

    what: str
    path: str
    needs: str
    method: Method = "GET"
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    of_project: bool = True

    @property
    def reads(self) -> bool:
        """True if making the call twice is the same as making it once."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class ForgeServer:
    """A forge called `name`. All its pages are below `prefix` at `origin`, and a repository's below `project`.

    `address` is the variable that holds the API's address. `advice` says what to do about a call that was answered
    with a status and the forge's own words. No representation shows the headers: the token is among them.
    """

    name: str
    origin: str
    prefix: str
    project: str
    address: str
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    advice: Callable[[ForgeCall, int, str], str]


def segment(text: str, *, forge: str = "GitHub") -> str:
    """Return `text` as one part of a path; raises EnvironmentProblem for a text that would lead elsewhere."""
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError:
        quoted = ""
    if quoted in ("", ".", ".."):
        raise EnvironmentProblem(f"{text!a:.100} is no name that {forge} can be asked about")
    return quoted


_API = re.compile(r"(https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?)((?:/[A-Za-z0-9_-]+)*)/?\Z")
_TOKEN = re.compile(r"[!-~]+\Z")


def server_way(api: str, *, variable: str, example: str, context: Context) -> tuple[str, str] | str:
    """Return the origin and the path of an API, or what is wrong; it may hold a password, so it is not repeated."""
    match = _API.match(api)
    origins = allowed_endpoints(match[1]) if match else frozenset()
    if not match or not origins:
        return f"{variable} is no address of an API: {example}"
    (origin,) = origins
    if origin.startswith("http:") and origin not in context.permissions.endpoints:
        return (
            f"{variable} is plain http: set RECONCILER_ALLOW_ENDPOINT={origin} in the environment if a token may "
            f"go there"
        )
    return origin, match[2]


def token_fault(token: str, *, variable: str, missing: str) -> str:
    """Return what is wrong with a token, or "": `missing` says where one that is not set comes from."""
    if not token:
        return f"{variable} is not set: {missing}"
    return "" if _TOKEN.match(token) else f"{variable} holds what no token has: a space, or a character beyond ASCII"


_SAID = 200
_QUOTED_ERRORS = 3
_YEAR = 366 * 24 * 3600.0


class ForgeProblem(EnvironmentProblem):
    """The forge refused, or was not reached. `status` is that of its reply, 0 if there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def problem(call: ForgeCall, outcome: Reply | Failure, *, server: ForgeServer, secrets: SecretMatcher) -> ForgeProblem:
    """Return the problem of a `call` that failed, without a secret in its words."""
    name = server.name
    doubt = "" if call.reads else f"; {name} may have done it all the same: look before you run it again"
    if isinstance(outcome, Failure):
        return ForgeProblem(f"cannot {call.what}: {secrets.without(outcome.summary)}{doubt if outcome.sent else ''}")
    said = _said(outcome, secrets)
    answers = f"cannot {call.what}: {name} answers {outcome.status}{f', {said}' if said else ''}"
    advice = f"; {hint}" if (hint := server.advice(call, outcome.status, said)) else ""
    return ForgeProblem(f"{answers}{advice}{doubt if outcome.status >= 500 else ''}", status=outcome.status)


def held_back(call: ForgeCall, wait: float, *, server: ForgeServer, now: datetime) -> ForgeProblem:
    """Return the problem that the forge takes no call for longer than this command has time."""
    until = now.astimezone(UTC) + timedelta(seconds=min(wait, _YEAR))
    when = until.strftime("%Y-%m-%d %H:%M:%S UTC")
    message = (
        f"cannot {call.what}: {server.name} takes no more calls with this token before {when}; "
        f"run the command again then"
    )
    return ForgeProblem(message, status=429)


def unexpected(call: ForgeCall, reply: Reply, why: str, *, server: ForgeServer) -> ForgeProblem:
    """Return the problem of a reply that the forge does not document."""
    message = (
        f"cannot {call.what}: what answers is not {server.name}'s API ({why}); check {server.address} and the network"
    )
    return ForgeProblem(message, status=reply.status)


def _said(reply: Reply, secrets: SecretMatcher) -> str:
    """Return the forge's own words, as one line of printable text without the token."""
    data = reply.json()
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    more = [_error(error) for error in errors[:_QUOTED_ERRORS]] if isinstance(errors, list) else []
    # GitLab's `message` is a text, a list of texts, or an object of such lists. Its `error` is a text.
    said = data.get("message") or data.get("error")
    return _line(secrets.without("; ".join(part for part in (*_texts(said), *more) if part)))


def _texts(said: Any) -> list[str]:
    match said:
        case str():
            return [said]
        case list():
            return [one for one in said[:_QUOTED_ERRORS] if isinstance(one, str)]
        case dict():
            found = [(name, one) for name, value in said.items() for one in _texts(value)]
            return [f"{name} {one}" for name, one in found[:_QUOTED_ERRORS]]
        case _:
            return []


def _error(error: Any) -> str:
    """Return one reason of a 422: a text, or an object that may name the resource, the field and the code."""
    if not isinstance(error, dict):
        return _text(error)
    return _text(error.get("message")) or " ".join(
        part for part in (_text(error.get(key)) for key in ("resource", "field", "code")) if part
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _line(text: str) -> str:
    """Return the beginning of foreign text on one line; each output makes it harmless for its own place."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:_SAID]


_T = TypeVar("_T")


class Response(BaseModel):
    """A part of a document; strict, and open to keys that it does not name."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


def read_response(shape: type[_T], reply: Reply, *, call: ForgeCall, server: ForgeServer) -> _T:
    """Return the content of a reply; raises ForgeProblem."""
    try:
        found: _T = TypeAdapter(shape).validate_json(reply.body)
    except ValidationError as fault:
        # Only the place and the kind of the error: its message would quote the server.
        first = fault.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))[:80]
        why = "its reply is not JSON" if first["type"] == "json_invalid" else f"{where or 'its reply'}: {first['type']}"
        raise unexpected(call, reply, why, server=server) from None
    return found

"""Faults on request, as data: one `Fault` says what goes wrong, with which requests and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

BODY_FAULTS = frozenset(
    {"swallow", "stale", "upload_cut", "usage", "proof", *("unexpanded", "edge", "unbatched", "dropped")}
)
"""Taken by the code that imitates the provider, at the moment when they matter."""
REPLY_FAULTS = frozenset({"latency", "reply"})
"""Enacted before the provider's code runs."""
SOCKET_FAULTS = frozenset({"reset", "hang", "drip", "truncate", "garbage"})
"""Enacted by the proxy of `serve`; in process they are passed over and not used up."""
KINDS = BODY_FAULTS | REPLY_FAULTS | SOCKET_FAULTS

_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("kind", "provider", "address", "method", "path", "when", "secret"), str),
    **dict.fromkeys(("status", "reads", "bytes", "percent", "minutes"), int),
    "times": int | None,
    "seconds": int | float | None,
    "headers": dict,
}
_DEFAULT_SECONDS = {"latency": 0.1, "drip": 0.01}


class BadFaultError(ValueError):
    """A requested fault makes no sense; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong with the requests that match it.

    Empty `provider`, `address`, `method` and `path` match everything; `path` is a substring of path and query. A fault
    with `times` ends after that many uses.
    """

    kind: str
    provider: str = ""
    address: str = ""
    method: str = ""
    path: str = ""
    times: int | None = None
    seconds: float | None = None
    """latency: how long; drip: pause after each byte."""
    status: int = 503
    """reply: the HTTP status."""
    body: Any = ""
    """reply: text, or anything else as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """reply: additional headers."""
    reads: int = 2
    """stale: how many reads still show what was there before the write."""
    bytes: int = 0
    """upload_cut, truncate: how many bytes get through."""
    percent: int = 95
    """usage: how much of the budget is used, in percent."""
    minutes: int = 0
    """usage: `estimated_time_to_regain_access`."""
    secret: str = ""
    """proof: the secret of the app that demands a proof of it; without one, that of the sandbox's own demanding app."""
    when: str = "after"
    """reset, hang: `after` the provider did the work (the reply is lost), or `before` (nothing was done)."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadFaultError(f"unknown kind {self.kind!r}: use one of {', '.join(sorted(KINDS))}")
        if self.when not in {"before", "after"}:
            raise BadFaultError(f"when is {self.when!r}: use before or after")
        if self.times is not None and self.times < 1:
            raise BadFaultError("times must be at least 1; leave it out for always")

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read a fault from JSON data; unknown keys are mistakes, not extensions."""
        unknown = sorted(set(data) - {f.name for f in fields(cls)})
        if unknown or "kind" not in data:
            raise BadFaultError(f"unknown keys: {', '.join(unknown)}" if unknown else "a fault needs a kind")
        for name, value in data.items():
            if not isinstance(value, _TYPES.get(name, object)):
                raise BadFaultError(f"{name} cannot be {value!r}")
        return cls(**data)

    def as_data(self) -> dict[str, Any]:
        """Give the fault as JSON data, without what was left at its default."""
        plain = Fault(kind=self.kind)
        return {k: v for k, v in asdict(self).items() if k == "kind" or v != getattr(plain, k)}

    @property
    def pause(self) -> float:
        """Seconds to wait, where the fault waits."""
        return _DEFAULT_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds

    def matches(self, *, provider: str, address: str, method: str, path: str) -> bool:
        """True if this fault is meant for such a request."""
        return (
            self.provider in {"", provider}
            and self.address in {"", address}
            and self.method in {"", method}
            and self.path in path
        )

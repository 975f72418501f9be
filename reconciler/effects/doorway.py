"""Doorway: where an account's calls go: the provider, an allowed endpoint, or the sandbox in this process.

One origin for each account, one SSL context for all. A client made here has one connection, follows no redirect and
keeps no cookie; a worker owns it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from reconciler.core.provider import Traits
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Target
from reconciler.effects.context import Context

if TYPE_CHECKING:
    import ssl

    import httpx

_CHUNK_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Doorway:
    """The way to one account's endpoint. `sandbox` is the stand-in's application, when that is where it leads."""

    origin: str
    picture_hosts: tuple[str, ...]
    sandbox: object = field(default=None, repr=False)

    def client(self) -> httpx.AsyncClient:
        """Return a new client with one connection; it sends no credential of its own."""
        import httpx

        return httpx.AsyncClient(
            transport=self._transport(),
            timeout=httpx.Timeout(_CHUNK_TIMEOUT),
            headers={"Accept-Encoding": "identity", "User-Agent": "reconciler"},
            follow_redirects=False,
        )

    def _transport(self) -> httpx.AsyncBaseTransport:
        import httpx

        if self.sandbox is not None:
            return httpx.ASGITransport(app=self.sandbox)  # type: ignore[arg-type] # an application is opaque here
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        secure = self.origin.startswith("https:")
        proxy = _proxy(self.origin) if secure else None
        return httpx.AsyncHTTPTransport(verify=_ssl_context() if secure else False, limits=limits, proxy=proxy)

    def serves_picture(self, url: str) -> bool:
        """Say whether a picture may be fetched from `url`: https and a picture host, or the allowed endpoint itself."""
        import httpx

        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            return False
        if origin_of(parsed) == self.origin and not self.picture_hosts:
            return True
        return (
            parsed.scheme == "https"
            and parsed.port is None
            and not parsed.userinfo
            and any(fnmatch.fnmatchcase(parsed.host, pattern) for pattern in self.picture_hosts)
        )


def origin_of(url: httpx.URL) -> str:
    """Return scheme://host[:port] of `url`."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{f':{url.port}' if url.port else ''}"


def doorway(account: Account, traits: Traits, targets: Iterable[Target], *, context: Context) -> Doorway:
    """Return the way to `account`; the sandbox learns from `targets` which number has which address."""
    if account.endpoint == SANDBOX:
        return Doorway(traits.hosts[0], traits.picture_hosts, _sandbox(account, traits, targets, context))
    own = account.endpoint in traits.hosts
    return Doorway(account.endpoint, traits.picture_hosts if own else ())


def _sandbox(account: Account, traits: Traits, targets: Iterable[Target], context: Context) -> object:
    from reconciler.sandbox import Number, create_app

    context.memory.mkdir(exist_ok=True)
    numbers = [Number(*facts) for facts in sandbox_numbers(account, targets)]
    hosts = {host.removeprefix("https://") for host in traits.hosts} | set(traits.picture_hosts)
    return create_app(context.world, numbers=numbers, hosts=frozenset(hosts))


def sandbox_numbers(account: Account, targets: Iterable[Target]) -> list[tuple[str, str, str, str]]:
    """Return provider, address, number and group of each target: what the owner of the numbers has registered."""
    group = str(getattr(account.options, "waba_id", "") or "")
    return [(target.provider, target.address, target.number, group) for target in targets]


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for the process: making one costs milliseconds. Honours SSL_CERT_FILE."""
    import httpx

    return httpx.create_ssl_context()


def _proxy(origin: str) -> str | None:
    """Return the proxy that the environment names for `origin` (HTTPS_PROXY, unless NO_PROXY)."""
    from urllib.request import getproxies, proxy_bypass

    host = origin.partition("://")[2]
    proxies: Mapping[str, str] = getproxies()
    return None if proxy_bypass(host) else proxies.get("https") or None

"""Connection: where an account's calls go: the provider, an allowed endpoint, or the sandbox in this process.

connect: (an account, its provider, its targets) → a Connection.

One origin for each account, one SSL context for all.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Target
from reconciler.core.traits import Traits
from reconciler.effects.http.plain_client import PlainClient, has_port
from reconciler.effects.world import Context, Patience, make_memory

if TYPE_CHECKING:
    import ssl

    import httpx

# An ASGI application; its arguments are between it and httpx.
Application = Callable[..., Coroutine[None, None, None]]

# Longer than a worker waits for its turn where the provider's rate is what it waits for, and shorter than servers and
# networks keep a connection that is quiet: a write that is lost with its connection may have acted.
KEPT_SECONDS = 30.0

_DISTRIBUTION = "wa-reconciler"
# A reply may choose only plain host names: how a resolver or a proxy reads other ones is unknown.
_HOST = re.compile(r"[a-z0-9.-]+\Z")


@dataclass(frozen=True, slots=True)
class Connection:
    """The way to one account's endpoint. `sandbox` is the stand-in's application, if the endpoint is the sandbox.

    `picture_hosts` are patterns of hosts, for https alone. An origin among them serves pictures as it is.
    """

    origin: str
    picture_hosts: tuple[str, ...]
    sandbox: Application | None = field(default=None, repr=False)
    # Seconds to wait for each chunk of a reply.
    chunk: float = field(default=Patience().chunk, repr=False)

    def client(self) -> PlainClient:
        """Return a new client with one connection; it sends no credential of its own."""
        return PlainClient(self._transport(), self._mounts(), agent=_agent(), chunk=self.chunk)

    def _transport(self) -> httpx.AsyncBaseTransport:
        import httpx

        if self.sandbox is not None:
            return httpx.ASGITransport(app=self.sandbox)
        if not self.origin.startswith("https:"):
            return httpx.AsyncHTTPTransport(verify=False, limits=_one_connection())
        return _verifying(self.origin)

    def _mounts(self) -> dict[str, httpx.AsyncBaseTransport]:
        """Return the way to the provider's picture hosts by its scheme, if the endpoint itself is plain http."""
        hosts = [host for host in self.picture_hosts if "://" not in host]
        if self.sandbox is not None or not hosts or self.origin.startswith("https:"):
            return {}
        return {"https": _verifying(f"https://{hosts[0].removeprefix('*.')}")}

    def leads_to(self, url: httpx.URL) -> bool:
        """True if `url` lies below the endpoint, so that it may be sent the credential."""
        return _origin(url) == _parsed_origin(self.origin) and not url.userinfo

    def serves_picture(self, url: str) -> bool:
        """True if a picture may be fetched from `url`: https at a picture host, or an allowed endpoint itself."""
        import httpx

        try:
            parsed = httpx.URL(url)
            # It is decoded here: `xn--` alone is a name that none is made of.
            host = parsed.host
        except (httpx.InvalidURL, ValueError):
            return False
        if self.origin in self.picture_hosts and self.leads_to(parsed):
            return True
        return (
            parsed.scheme == "https"
            and parsed.port is None
            and not parsed.userinfo
            and _HOST.match(host) is not None
            and any(fnmatch.fnmatchcase(host, pattern) for pattern in self.picture_hosts)
        )


def _one_connection() -> httpx.Limits:
    import httpx

    return httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_SECONDS)


def _verifying(origin: str) -> httpx.AsyncBaseTransport:
    """Return a transport that checks certificates, through the proxy that the environment names for `origin`."""
    import httpx

    return httpx.AsyncHTTPTransport(verify=_ssl_context(), limits=_one_connection(), proxy=_proxy(origin))


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    """Return the origin, as httpx reads it: a scheme's default port is None."""
    return (url.scheme, url.raw_host, url.port)


@cache
def _parsed_origin(origin: str) -> tuple[str, bytes, int | None]:
    """Each request is held against its account's origin, and a run has few of those."""
    import httpx

    return _origin(httpx.URL(origin))


def connect(account: Account, traits: Traits, targets: Iterable[Target], *, context: Context) -> Connection:
    """Return the connection to `account`; the sandbox learns from `targets` which number has which address."""
    if account.endpoint == SANDBOX:
        host = account.host or traits.hosts[0]
        return Connection(host, traits.picture_hosts, _sandbox(account, traits, targets, context))
    # An endpoint that is not the provider's may pass the provider's links on, or serve the pictures itself.
    here = () if account.endpoint in traits.hosts else (account.endpoint,)
    way = Connection(account.endpoint, (*traits.picture_hosts, *here), chunk=context.patience.chunk)
    # Once before any worker does, so that an unusable certificate or proxy is reported once and plainly.
    way.client()
    return way


def _sandbox(account: Account, traits: Traits, targets: Iterable[Target], context: Context) -> Application:
    hosts = {host.removeprefix("https://") for host in traits.hosts} | set(traits.picture_hosts)
    return sandbox_application(sandbox_numbers(account, traits, targets), context, hosts=frozenset(hosts))


def sandbox_application(
    numbers: Iterable[tuple[str, str, str, str]], context: Context, *, hosts: frozenset[str] | None = None
) -> Application:
    """Return the stand-in with this machine's world, which learns `numbers`; None as `hosts` answers at every host.

    Raises EnvironmentProblem if the world cannot be kept or read.
    """
    import sqlite3

    from reconciler.sandbox.application import create_app
    from reconciler.sandbox.world import Number

    try:
        make_memory(context.memory)
    except OSError as problem:
        raise EnvironmentProblem(f"the folder {context.memory} cannot be made: {problem.strerror}") from None
    try:
        return create_app(context.world, numbers=[Number(*facts) for facts in numbers], hosts=hosts)
    except sqlite3.Error as problem:
        why = f"the sandbox's world {context.memory.name}/{context.world.name} cannot be used: {problem}"
        raise EnvironmentProblem(f"{why}; move it away to begin a new one") from None


def sandbox_numbers(account: Account, traits: Traits, targets: Iterable[Target]) -> list[tuple[str, str, str, str]]:
    """Return provider, address, number and group of each target: what the owner of the numbers has registered."""
    group = str(getattr(account.options, traits.group_option, "") or "") if traits.group_option else ""
    return [(target.provider, target.address, target.number, group) for target in targets if target.address]


@cache
def _agent() -> str:
    """Return the name that every call gives: the distribution's, with its version where that is known."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{_DISTRIBUTION}/{version(_DISTRIBUTION)}"
    except PackageNotFoundError:
        return _DISTRIBUTION


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for the process, because making one costs milliseconds. Honours SSL_CERT_FILE."""
    import ssl

    import httpx

    try:
        return httpx.create_ssl_context()
    except OSError as problem:
        why = "it holds no certificate" if isinstance(problem, ssl.SSLError) else problem.strerror
        raise EnvironmentProblem(f"SSL_CERT_FILE cannot be used: {why}") from None


def _proxy(origin: str) -> httpx.Proxy | None:
    """Return the proxy that the environment names for `origin` (HTTPS_PROXY, unless NO_PROXY)."""
    from urllib.request import getproxies, proxy_bypass

    import httpx

    named = getproxies().get("https", "")
    if not named or proxy_bypass(origin.partition("://")[2]):
        return None
    try:
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    except (httpx.InvalidURL, ValueError):
        proxy = None
    # A proxy's address may hold a password, so it is not repeated.
    if proxy is None or proxy.url.scheme not in ("http", "https") or not proxy.url.host or not has_port(proxy.url):
        raise EnvironmentProblem("HTTPS_PROXY is not the address of a proxy: write http://host:port")
    return proxy

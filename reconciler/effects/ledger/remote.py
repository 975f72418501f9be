"""remote: (the world, git) → where the ledger's branch is, or the remote origin, and what opens it.

A credential is given to git only through the environment, only for the remote's own origin and only where the way there
is encrypted or ends on this machine. One that stands in the remote's address is taken out of it: git would pass it on
as an argument, which everybody on the machine can read.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from reconciler.core.errors import EnvironmentProblem
from reconciler.effects.context import Context
from reconciler.effects.ledger.plumbing import Git, Settings, users

BRANCH = "reconciler-ledger"
OVERRIDE = "RECONCILER_LEDGER_REMOTE"
TOKEN = "RECONCILER_LEDGER_TOKEN"
_PROTOCOLS = ("https", "ssh", "file")
_GITHUB = "https://github.com"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP = re.compile(r"[^/:\s-][^/:\s]*:(?!:)")
# What a name of git's cannot hold, or not in every place.
_NO_REF = str.maketrans({".": "%2E", "~": "%7E"})
_INSTEAD = "or keep the memory on this machine with --ledger local"


class NoRemote(EnvironmentProblem):
    """There is no remote that can be used; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The remote's address without a credential, what git is told besides, and what must never be shown.

    `branch` is the ledger's: a folder inside of what git calls the repository has one of its own.
    """

    url: str
    settings: Settings = ()
    secrets: tuple[str, ...] = ()
    protocols: tuple[str, ...] = _PROTOCOLS
    branch: str = BRANCH

    @property
    def environ(self) -> dict[str, str]:
        """What git may speak, for its environment."""
        return {"GIT_ALLOW_PROTOCOL": ":".join(self.protocols)}

    def scrubbed(self, text: str) -> str:
        """Return `text` without anything that must not be shown."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def find_remote(context: Context, git: Git) -> Remote:
    """Return the ledger's: `origin` of the repository that holds the profiles, or what the environment names."""
    url = context.environ.get(OVERRIDE, "").strip()
    try:
        remote = _remote(context, git, url or _origin(context, git), source=OVERRIDE if url else "the remote origin")
    except NoRemote as problem:
        raise NoRemote(f"the git ledger is a branch at a remote, and {problem}, {_INSTEAD}") from None
    return replace(remote, branch=_branch(context, git))


def find_origin(context: Context, git: Git) -> Remote:
    """Return the remote that the clone came from, wherever the ledger is; raises NoRemote."""
    return _remote(context, git, _origin(context, git), source="the remote origin")


def _branch(context: Context, git: Git) -> str:
    """Return the ledger's branch; what is below another folder must not be taken for what is gone from this one."""
    found = git.run("-C", str(context.root), "rev-parse", "--show-prefix", environ=users(context.environ))
    folder = quote(found.out.rstrip(b"/\n"), safe="").translate(_NO_REF)
    return f"{BRANCH}-{folder}" if folder else BRANCH


def _remote(context: Context, git: Git, url: str, *, source: str) -> Remote:
    if match := _SCHEME.match(url):
        return _opened(url, match[1].lower(), environ=context.environ, source=source)
    if _SCP.match(url):
        return Remote(url)
    if not url or url.startswith("-") or "::" in url.partition("/")[0] or not url.isprintable():
        raise _unusable(source, "is none that git can use here")
    return Remote(str((_top(context, git) / url).resolve()))


def _origin(context: Context, git: Git) -> str:
    found = git.run("-C", str(context.root), "remote", "get-url", "origin", environ=users(context.environ))
    if found.code == 2:
        raise NoRemote("the repository has no remote origin: git remote add origin ADDRESS")
    if found.code:
        why = next(iter(found.err.strip().splitlines()), "git does not say why").removeprefix("fatal: ")
        raise NoRemote(f"git finds no repository that holds the profiles ({why}): run in a clone")
    return found.out.decode("utf-8", "replace").rstrip("\n")


def _top(context: Context, git: Git) -> Path:
    """Return the top of the working copy, from where a relative path leads; without one, the folder itself."""
    found = git.run("-C", str(context.root), "rev-parse", "--show-toplevel", environ=users(context.environ))
    return context.root.resolve() / found.out.decode("utf-8", "surrogateescape").rstrip("\n")


def _opened(url: str, scheme: str, *, environ: Mapping[str, str], source: str) -> Remote:
    """Return a remote with a scheme, and over HTTP with its credential."""
    if scheme in ("ssh", "file"):
        return Remote(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable(source, "cannot be read") from None
    here = scheme == "http" and _is_loopback(host)
    if not here and (scheme != "https" or not host):
        raise _unusable(source, f"begins with {scheme}://, and git goes over https, ssh or a path here")
    protocols: tuple[str, ...] = (*_PROTOCOLS, "http") if here else _PROTOCOLS
    more: Settings = (("http.proxy", ""),) if here else ()
    at = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    pair = _credential(parts, f"{scheme}://{at}", environ)
    bare = parts._replace(scheme=scheme, netloc=at).geturl()
    if not pair:
        return Remote(bare, more, protocols=protocols)
    encoded = b64encode(pair.encode("utf-8", "surrogateescape")).decode()
    header = (f"http.{scheme}://{at}/.extraheader", f"Authorization: Basic {encoded}")
    user, _, password = pair.partition(":")
    written = parts.password or parts.username or ""
    secrets = {encoded, password or user, written, unquote(written)} - {""}
    return Remote(bare, (*more, header), tuple(sorted(secrets)), protocols)


def _credential(parts: SplitResult, origin: str, environ: Mapping[str, str]) -> str:
    """Return user and password: our own token's, else the address's own, else GitHub's token, at GitHub only."""
    if token := environ.get(TOKEN, "").strip():
        return f"x-access-token:{token}"
    if parts.username or parts.password:
        return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    server = (environ.get("GITHUB_SERVER_URL", "").strip() or _GITHUB).rstrip("/").lower()
    token = environ.get("GITHUB_TOKEN", "").strip()
    return f"x-access-token:{token}" if token and origin == server else ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _unusable(source: str, why: str) -> NoRemote:
    """Say that the address cannot be used; it is not shown, for who knows what stands in it."""
    return NoRemote(f"the address of {source} {why}: correct it")

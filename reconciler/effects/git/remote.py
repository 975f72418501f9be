"""Remotes: the ledger's branch, and the remote that the clone came from.

find_remote: (the world, git) → the ledger's remote, with its credential. find_origin: the same for the remote origin.
OriginRemote: origin, with a repository of our own that is fetched into and pushed from.

The address comes from the environment or from the clone's own configuration, never from a file that can be committed.
The ledger's token goes only to a host that is configured outside the repository. That is the host in the environment's
address; else RECONCILER_LEDGER_HOST; else, in a CI job that has it, the host of GITHUB_SERVER_URL or CI_SERVER_URL;
else origin's host. If origin is at another host, the token is not sent, and the error says what to set.

Git gets a credential only through the environment, only for the remote's own origin, and only if the way there is
encrypted or ends on this machine. A credential in the remote's address is taken out of it: git would pass it on as an
argument, which every user of the machine can read.

Nothing is written in the user's clone: it may be shallow, locked, with hooks and settings of its own.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, quote, unquote, urlsplit

from reconciler.ci import JOB_USER, ForgeKind, ci_of
from reconciler.core.addresses import address_secrets, without_passwords
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.clone import Clone, NoClone, find_clone
from reconciler.effects.git.process import Bare, Git, GitSettings, Ran, alone
from reconciler.effects.git.refusals import in_words, without_secrets, without_warnings
from reconciler.effects.world import LEDGER_REMOTE, LEDGER_TOKEN, Context

BRANCH = "reconciler-ledger"
HOST = "RECONCILER_LEDGER_HOST"
_ORIGIN = "the remote origin"
_PROTOCOLS = ("https", "ssh", "file")
_GITHUB = "https://github.com"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SSH_PASSWORD = re.compile(r"(?<=//)([^/?#:]*):[^/?#]*@")
_SCP = re.compile(r"[^/:\s-][^/:\s]*:(?!:)")
# Characters that a name in git cannot hold, or not in every place.
_NO_REF = str.maketrans({".": "%2E", "~": "%7E"})
_INSTEAD = "or keep the memory on this machine with --ledger local"


class NoRemote(EnvironmentProblem):
    """No remote can be used; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class LedgerRemote:
    """The remote's address without a credential, further settings for git, and the texts that must never be shown.

    No representation shows the last two: what git is told holds the credential.
    `branch` is the ledger's: profiles in a subfolder of git's repository have a branch of their own.
    """

    url: str
    settings: GitSettings = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    protocols: tuple[str, ...] = _PROTOCOLS
    branch: str = BRANCH

    @property
    def environ(self) -> dict[str, str]:
        """The protocols that git may speak, for its environment."""
        return {"GIT_ALLOW_PROTOCOL": ":".join(self.protocols)}

    @property
    def shown(self) -> str:
        """The address for people: a query or a path may hold a secret that git needs there."""
        return without_passwords(self.url)


def find_remote(context: Context, git: Git) -> LedgerRemote:
    """Return the ledger's remote: `origin` of the repository with the profiles, or the environment's address."""
    clone = _clone(context, git)
    url = context.environ.get(LEDGER_REMOTE, "").strip()
    try:
        if url:
            remote = _remote(context, clone, url, source=LEDGER_REMOTE)
        else:
            remote = _remote(context, clone, _origin(clone), source=_ORIGIN)
    except NoRemote as problem:
        raise NoRemote(f"the git ledger is a branch at a remote, and {problem}, {_INSTEAD}") from None
    return replace(_kept_back(remote, context), branch=_branch(clone))


def find_origin(context: Context, git: Git) -> LedgerRemote:
    """Return the remote that the clone came from, wherever the ledger is; raises NoRemote."""
    clone = _clone(context, git)
    return _kept_back(_remote(context, clone, _origin(clone), source=_ORIGIN), context)


def _kept_back(remote: LedgerRemote, context: Context) -> LedgerRemote:
    """Return `remote`, whose secrets no message shows from now on."""
    for secret in remote.secrets:
        context.secrets.add(secret, "the password of the remote")
    return remote


def _clone(context: Context, git: Git) -> Clone | NoClone:
    """Return the clone, or why there is none: a ledger with a given address needs none."""
    try:
        return find_clone(context.root, git, context.environ)
    except NoClone as problem:
        return problem


def _branch(clone: Clone | NoClone) -> str:
    """Return the ledger's branch. Profiles of another folder must not be taken for profiles gone from this one."""
    if isinstance(clone, NoClone):
        return BRANCH
    found = clone.run("rev-parse", "--show-prefix")
    folder = quote(found.out.rstrip(b"/\n"), safe="").translate(_NO_REF)
    return f"{BRANCH}-{folder}" if folder else BRANCH


def _remote(context: Context, clone: Clone | NoClone, url: str, *, source: str) -> LedgerRemote:
    if match := _SCHEME.match(url):
        return _opened(url, match[1].lower(), environ=context.environ, source=source)
    if _SCP.match(url):
        return LedgerRemote(url)
    if not url or url.startswith("-") or "::" in url.partition("/")[0] or not url.isprintable():
        raise _unusable(source, "is none that git can use here")
    # A relative path starts at the top of the working copy.
    top = context.root.resolve() if isinstance(clone, NoClone) else clone.top
    return LedgerRemote(str((top / url).resolve()))


def _origin(clone: Clone | NoClone) -> str:
    if isinstance(clone, NoClone):
        raise NoRemote(f"git finds no repository that holds the profiles ({clone}): run in a clone")
    found = clone.run("remote", "get-url", "origin")
    if found.code == 2:
        raise NoRemote("the repository has no remote origin: git remote add origin ADDRESS")
    if found.code:
        why = next(iter(found.err.strip().splitlines()), "git does not say why").removeprefix("fatal: ")
        raise NoRemote(f"git does not say where the remote origin is ({why}): see what `git remote -v` says")
    return found.out.decode("utf-8", "replace").rstrip("\n")


def _opened(url: str, scheme: str, *, environ: Mapping[str, str], source: str) -> LedgerRemote:
    """Return a remote with a scheme, and over HTTP with its credential."""
    if scheme == "file":
        return LedgerRemote(url)
    hidden = address_secrets(url)
    if scheme == "ssh":
        # Neither git nor ssh can use a password there; as an argument, every user of the machine could read it.
        return LedgerRemote(_SSH_PASSWORD.sub(r"\1@", url), secrets=tuple(sorted(hidden)))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable(source, "cannot be read") from None
    here = scheme == "http" and _is_loopback(host)
    if not here and (scheme != "https" or not host):
        raise _unusable(source, f"begins with {scheme}://, and git goes over https, ssh or a path here")
    protocols: tuple[str, ...] = (*_PROTOCOLS, "http") if here else _PROTOCOLS
    more: GitSettings = (("http.proxy", ""),) if here else ()
    at = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    if source == _ORIGIN and environ.get(LEDGER_TOKEN, "").strip():
        _require_host(at, environ)
    pair = _credential(parts, f"{scheme}://{at}", environ)
    bare = parts._replace(scheme=scheme, netloc=at).geturl()
    if not pair:
        return LedgerRemote(bare, more, tuple(sorted(hidden)), protocols)
    encoded = b64encode(pair.encode("utf-8", "surrogateescape")).decode()
    header = (f"http.{scheme}://{at}/.extraheader", f"Authorization: Basic {encoded}")
    user, _, password = pair.partition(":")
    written = parts.password or parts.username or ""
    secrets = {*hidden, encoded, password or user, written, unquote(written)} - {""}
    return LedgerRemote(bare, (*more, header), tuple(sorted(secrets)), protocols)


def _require_host(at: str, environ: Mapping[str, str]) -> None:
    """Raise NoRemote unless the token may go to the host (and port) of origin."""
    named = environ.get(HOST, "").strip()
    ci = ci_of(environ)
    meant, said = (named, f"as {HOST} says") if named else (ci.host, f"as {ci.server_name} says")
    if meant and meant.lower() != at.lower():
        raise NoRemote(
            f"{LEDGER_TOKEN} is sent to {meant} only, {said}, while the remote origin is at {at}: "
            f"set {HOST}={at} if the token is for that host"
        )


def _credential(parts: SplitResult, origin: str, environ: Mapping[str, str]) -> str:
    """Return user and password: our own token's, else the address's own, else the forge's, at that forge only.

    A job's token that the runner wrote into the address may only read. The forge's comes before it.
    """
    if token := environ.get(LEDGER_TOKEN, "").strip():
        return f"x-access-token:{token}"
    ci = ci_of(environ)
    server = ci.server or (_GITHUB if ci.forge is ForgeKind.GITHUB else "")
    at_forge = ci.git_login if origin == server.lower() else ""
    if (parts.username or parts.password) and not (at_forge and parts.username == JOB_USER):
        return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return at_forge


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _unusable(source: str, why: str) -> NoRemote:
    """Say that the address cannot be used; it is not shown, because it may hold a secret."""
    return NoRemote(f"the address of {source} {why}: correct it")


_QUIET = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class OriginRemote:
    """The remote origin, and the repository that it is fetched into and pushed from, for as long as this lives."""

    def __init__(self, context: Context, git: Git, *, more: Mapping[str, str] = _NOTHING) -> None:
        """Find it; raises EnvironmentProblem if there is none. `more` goes into the environment of our git."""
        self._remote, self._secrets = find_origin(context, git), context.secrets
        self.bare = Bare(git, {**alone(context.environ, self._remote.settings), **self._remote.environ, **more})

    @property
    def url(self) -> str:
        """Its address, without a credential where git can do without."""
        return self._remote.url

    @property
    def shown(self) -> str:
        """Its address for people."""
        return self._secrets.without(self._remote.shown)

    @property
    def objects(self) -> Path:
        """The folder of the fetched objects, for another repository to look into."""
        return self.bare.folder / "objects"

    def fetch(self, what: str, *options: str) -> str:
        """Fetch `what`, and return why that failed, or ""; raises Late."""
        # A remote that may leave files out is named by its address, and no such name may begin with a slash.
        address = Path(self.url).as_uri() if self.url.startswith("/") else self.url
        ran = self.bare.run("fetch", *_QUIET, *options, "--", address, what)
        return self.in_words(ran) if ran.code else ""

    def in_words(self, ran: Ran) -> str:
        """Return the words of git and the server about a failure, without any secret."""
        return in_words(without_warnings(self.heard(ran).err))

    def heard(self, ran: Ran) -> Ran:
        """Return what git and the server said, without any secret."""
        return without_secrets(ran, self._secrets)


def looking_into(objects: Path) -> dict[str, str]:
    """Return the environment that lets a git find objects in another repository's folder too.

    The folder is in quotes, as git reads it: its name may hold a character that would otherwise end it.
    """
    return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": json.dumps(str(objects), ensure_ascii=False)}


def hash_of(commit: str) -> dict[str, str]:
    """Return the environment that makes a new repository hash its objects as `commit` is hashed."""
    return {"GIT_DEFAULT_HASH": "sha256" if len(commit) == 64 else "sha1"}

"""became_of: (how git ended at the server) → the result of a push, or why it is refused.

without_secrets: (how git ended, the secrets of the run) → the same, with none of them in its words.

in_words, advice: git's words → the sentences worth showing, and what to do.

Git tells a lost race, a refusal and a lost connection apart only by its words, which are English here. Other words
count as a lost connection: the branch is then read again, and that decides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum, auto

from reconciler.effects.git.process import Ran
from reconciler.effects.world import KnownSecrets

_REJECTED = re.compile(r"^!\t[^\t]*\t\[(rejected|remote rejected)\] \((.*)\)$", re.MULTILINE)
# The server found another commit there than the one that was built upon; the last word is its word for a lock.
_OVERTAKEN = re.compile(
    r"stale info|fetch first|non-fast-forward|incorrect old value|cannot lock ref|failed to update ref|already exists"
    r"|reference .* not found|remote ref updated since checkout|failed to lock"
)
_NOT_ALLOWED = re.compile(
    r"\b40[134]\b|denied|declined|protected|authentication failed|could not read (username|password)|not found"
    r"|access rights|does not appear to be a git repository|read-only|archived|not allowed|invalid credentials"
    r"|host key verification failed",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:remote:|fatal:|error:|\s)+")
_NOISE = re.compile(r"^(hint:|To )|failed to push some refs|^Please make sure|^and the repository exists")
_MOST_LINES, _MOST_CHARACTERS = 6, 600
_RULES = (
    "where a ruleset or a protection covers the branch, let the app or deploy key that pushes create and update it; "
    "no force push is needed"
)
_FOLDER = "see that this folder is there and is a git repository that this user may read and write"
NETWORK = "see that the address of the remote is right and the network reaches it"


class RemoteTransport(Enum):
    """How git reaches the remote; each way needs another kind of access."""

    HTTP = auto()
    SSH = auto()
    FOLDER = auto()


ACCESS = {
    RemoteTransport.HTTP: (
        "give a token that may read and write contents as RECONCILER_LEDGER_TOKEN, or in a GitHub workflow "
        "`permissions: contents: write` and GITHUB_TOKEN"
    ),
    RemoteTransport.SSH: (
        "give ssh on this machine a key that may read and write there, and put the server's own key into known_hosts"
    ),
    RemoteTransport.FOLDER: _FOLDER,
}
ALLOW = {
    RemoteTransport.HTTP: f"the token needs `contents: write`, and {_RULES}",
    RemoteTransport.SSH: f"the key that ssh uses must be one that may write there, and {_RULES}",
    RemoteTransport.FOLDER: f"{_FOLDER}, and that none of its hooks refuses the branch",
}


class PushAnswer(Enum):
    """The result of a push that no server refused."""

    TAKEN = auto()
    OVERTAKEN = auto()
    UNKNOWN = auto()


class PushRefused(Exception):
    """The server does not take it, and will not take it the next time; says why."""


def became_of(ran: Ran) -> PushAnswer:
    """Return the result of a push; raises PushRefused if the server does not take it."""
    if ran.code == 0:
        return PushAnswer.TAKEN
    said = _REJECTED.search(ran.out.decode("utf-8", "replace"))
    if said is not None and _OVERTAKEN.search(said[2]):
        return PushAnswer.OVERTAKEN
    if said is not None:
        words = in_words(ran.err)
        raise PushRefused(words if said[2] in words else f"{said[2]}: {words}")
    if _NOT_ALLOWED.search(ran.err):
        raise PushRefused(in_words(ran.err))
    return PushAnswer.UNKNOWN


def without_secrets(ran: Ran, secrets: KnownSecrets) -> Ran:
    """Return what git said at a server without a secret; it is cut after that, so that no half of one is left."""
    out = secrets.without(ran.out.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return replace(ran, out=out, err=secrets.without(ran.err))


def without_warnings(err: str) -> str:
    """Return what git said without its own warnings, which are not why it failed."""
    return "\n".join(line for line in err.splitlines() if not line.startswith("warning: "))


def in_words(err: str) -> str:
    """Return the sentences of git and the server, without those that only lead to git's manual."""
    lines = (_PREFIX.sub("", line).strip() for line in err.splitlines() if not _NOISE.search(_PREFIX.sub("", line)))
    found = [line.rstrip(".") for line in lines if line]
    return "; ".join(found[:_MOST_LINES])[:_MOST_CHARACTERS] or "git does not say why"


def advice(why: str, url: str) -> str:
    """Return what to do if the branch at `url` cannot be read."""
    way = remote_transport(url)
    return ACCESS[way] if way is RemoteTransport.FOLDER or _NOT_ALLOWED.search(why) else NETWORK


def remote_transport(url: str) -> RemoteTransport:
    """Return how git reaches a remote's address, whose scheme may be written in any case."""
    scheme = url.partition("://")[0].lower()
    if scheme in ("http", "https"):
        return RemoteTransport.HTTP
    return RemoteTransport.FOLDER if scheme == "file" or url.startswith("/") else RemoteTransport.SSH

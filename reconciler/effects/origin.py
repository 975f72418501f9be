"""origin: (the world, git) → the remote that the clone came from, and a repository of our own that speaks to it.

In the user's clone nothing is written: it may be shallow, locked, with hooks and settings of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from reconciler.effects.context import Context
from reconciler.effects.ledger.plumbing import Bare, Git, Ran, alone
from reconciler.effects.ledger.refusals import in_words
from reconciler.effects.ledger.remote import find_origin

_QUIET = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
_WARNING = "warning: "
_NOTHING: Mapping[str, str] = MappingProxyType({})


class OriginRemote:
    """The remote origin, and the repository that it is fetched into and pushed from; gone when nobody has this."""

    def __init__(self, context: Context, git: Git, *, more: Mapping[str, str] = _NOTHING) -> None:
        """Find it; raises EnvironmentProblem where there is none. `more` goes into the environment of our git."""
        self._remote = find_origin(context, git)
        self.bare = Bare(git, {**alone(context.environ, self._remote.settings), **self._remote.environ, **more})

    @property
    def url(self) -> str:
        """Its address, without a credential."""
        return self._remote.url

    @property
    def objects(self) -> Path:
        """The folder of what was fetched, for another repository to look into."""
        return self.bare.folder / "objects"

    def fetch(self, what: str, *options: str) -> str:
        """Fetch `what`, and return why that failed, or nothing; raises Late."""
        ran = self.bare.run("fetch", *_QUIET, *options, "--", self.url, what)
        return self.in_words(ran) if ran.code else ""

    def in_words(self, ran: Ran) -> str:
        """Return what git and the server said of a failure; what must not be shown is not in it."""
        return in_words(
            "\n".join(line for line in self.scrubbed(ran.err).splitlines() if not line.startswith(_WARNING))
        )

    def scrubbed(self, text: str) -> str:
        """Return `text` without anything that must not be shown."""
        return self._remote.scrubbed(text)


def looking_into(objects: Path) -> dict[str, str]:
    """Return what lets a git find objects in another repository's folder too, for its environment.

    In quotes, as git reads it: a folder's name may hold what it would otherwise take for the end of the name.
    """
    return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": json.dumps(str(objects), ensure_ascii=False)}


def hash_of(commit: str) -> dict[str, str]:
    """Return what makes a new repository name its objects as `commit` is named, for git's environment."""
    return {"GIT_DEFAULT_HASH": "sha256" if len(commit) == 64 else "sha1"}

"""A clone with profiles that came from a remote, edits in it, and what the remote then has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.effects.git import process
from reconciler.effects.git.checkout import Edits, edits
from reconciler.effects.world import Context
from reconciler.forge.runs.propose import Pushed, committer, propose
from reconciler.forge.vocabulary import GITHUB
from tests.support.repository import Git

BRANCH = "reconciler/adopt"
ENVIRON = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"}


@dataclass(frozen=True)
class Desk:
    """A clone below `folder`, beside the remote that it came from."""

    folder: Path

    @property
    def root(self) -> Path:
        """The clone."""
        return self.folder / "clone"

    @property
    def git(self) -> Git:
        """The clone's git."""
        return Git(self.root)

    @property
    def remote(self) -> Git:
        """The remote's git."""
        return Git(self.folder / "origin.git")

    @property
    def context(self) -> Context:
        """The clone, with no environment but git's, at noon."""
        return Context(self.root, environ=ENVIRON, now=lambda: datetime(2026, 8, 2, 12, tzinfo=UTC))

    def write(self, name: str, content: str | bytes = "edited") -> None:
        """Write a file of the clone."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def shallow(self) -> Desk:
        """Return another clone as a runner makes it: one commit, and nothing of its past."""
        folder = self.folder / "runner"
        folder.mkdir()
        (folder / "origin.git").symlink_to(self.folder / "origin.git")
        Git(folder)("clone", "-q", "--depth=1", f"file://{self.folder}/origin.git", "clone")
        return Desk(folder)

    def edits(self, git: process.Git | None = None) -> Edits:
        """Return what differs."""
        return edits(self.context, git or process.Git(), author=committer(self.context.now(), email=GITHUB.email))

    def propose(self, message: str = "Adopt") -> Pushed:
        """Push what differs."""
        return propose(self.context, self.edits(), branch=BRANCH, message=message, git=process.Git())

    def pushed(self) -> str:
        """Return the commit that the remote's branch has, empty where there is no branch."""
        return self.remote("for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")

    def changed(self) -> dict[str, str]:
        """Return what the branch's commit does to each path, as git says it in one letter."""
        said = self.remote("diff-tree", "-r", "--no-renames", "--name-status", "-z", f"{BRANCH}^", BRANCH).split("\0")
        return dict(zip(said[1::2], said[::2], strict=False))


def desk(folder: Path) -> Desk:
    """Return a clone of two commits that are at the remote, of which the second has two profiles."""
    Git(folder)("init", "-q", "--bare", "-b", "main", str(folder / "origin.git"))
    made = Desk(folder)
    made.write("README.md", "A shop")
    made.git.commit()
    made.write("profiles/berlin.yaml", "one\n")
    made.write("profiles/munich.yaml", "one\n")
    made.git.commit()
    made.git("remote", "add", "origin", "../origin.git")
    made.git("push", "-q", "origin", "main")
    return made

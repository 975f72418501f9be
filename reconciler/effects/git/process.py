"""Running git: within a bounded time, with a chosen environment, in a repository of our own.

Git: (words, input, environment) → how it ended and what it said. Bare: a temporary repository of our own.

In our own repository, the configuration, hooks, helpers and prompts of the user and the machine take no part. From the
environment git gets only what it needs to reach a server: no provider's secret, and nothing that misleads it.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reconciler.core.addresses import without_passwords
from reconciler.core.basics import EnvironmentProblem

GitSettings = tuple[tuple[str, str], ...]
SECONDS = 30.0
# Bytes that a slow connection or disk still moves in a second, for the time that a call may take.
BYTES_A_SECOND = 256 * 1024
# A call that still brings something is given as much time again, so many times.
_MOST_EXTENSIONS = 20
# Seconds between two checks of a waiting call whether it was told to hurry.
_LOOK_SECONDS = 0.05
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_KEPT = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
        *("GIT_CEILING_DIRECTORIES", *_PROXIES, *map(str.lower, _PROXIES)),
    )
)
# No person is there to be asked, and git's words must be the ones that this program knows. A replaced object is not
# the one that a commit names, and a clone can have fetched the replacement with the branches.
_NOBODY = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_ALONE = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
_SETTINGS: GitSettings = (
    ("core.hooksPath", os.devnull),
    ("credential.helper", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    # If a server redirects its callers, the credential would go along.
    ("http.followRedirects", "false"),
)


class Late(Exception):
    """Git did not end in time, and was stopped."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How git ended, and what it said."""

    code: int
    out: bytes
    err: str


class Git:
    """Runs git. Another thread can cut a call short, which is seen every `look` seconds.

    Every call ends within `seconds` and the time that its bytes take. One whose folder grows is given more time.
    """

    def __init__(self, seconds: float = SECONDS, *, look: float = _LOOK_SECONDS) -> None:
        self.seconds = seconds
        self._look = look
        self._ends = math.inf

    def hurry(self, seconds: float) -> None:
        """Let nothing run longer than this from now on, not even a call that runs already."""
        self._ends = min(self._ends, time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether it was told to hurry, and that time has passed: nothing runs any more."""
        return self._left(math.inf) <= 0

    def run(
        self,
        *words: str,
        environ: Mapping[str, str],
        given: bytes = b"",
        into: IO[bytes] | None = None,
        size: int = 0,
        grows: Path | None = None,
    ) -> Ran:
        """Run git with its input `given`; raises Late, and EnvironmentProblem if there is no git.

        Its output goes `into` a file if one is given: a revision's pictures need not be held in memory. `size` is how
        many bytes it reads or sends, and `grows` the folder that fills while it receives some.
        """
        latest = time.monotonic() + self.seconds + max(size, len(given)) / BYTES_A_SECOND
        if self._left(latest) <= 0:
            raise Late
        try:
            process = _started(words, environ, given, into=into)
        except OSError as problem:
            why = f"git cannot be run: {problem.strerror}"
            raise EnvironmentProblem(f"{why}; install it, or keep the memory without it: --ledger local") from None
        try:
            out, err = self._communicate(process, latest, grows)
        finally:
            _end(process)
        # Git repeats addresses as they are configured, with their passwords.
        return Ran(process.returncode, out or b"", without_passwords(err.decode("utf-8", "replace")))

    def _communicate(self, process: subprocess.Popen[bytes], latest: float, grows: Path | None) -> tuple[bytes, bytes]:
        extensions, there = 0, _bytes_in(grows)
        while True:
            left = self._left(latest)
            try:
                return process.communicate(timeout=max(0.0, min(left, self._look)))
            except subprocess.TimeoutExpired:
                if left > 0:
                    continue
                before, there = there, _bytes_in(grows)
                extensions += 1
                # From now on: a machine that stood still for a moment does not make the server a silent one.
                latest = time.monotonic() + self.seconds
                if there <= before or extensions > _MOST_EXTENSIONS or self.is_over:
                    raise Late from None

    def _left(self, latest: float) -> float:
        return min(latest, self._ends) - time.monotonic()


def _bytes_in(folder: Path | None) -> int:
    """Return how many bytes the files below a folder have; one may go while it is counted."""
    found = 0
    for path in folder.rglob("*") if folder is not None else ():
        with suppress(OSError):
            found += path.lstat().st_size
    return found


def _started(
    words: Sequence[str], environ: Mapping[str, str], given: bytes, *, into: IO[bytes] | None
) -> subprocess.Popen[bytes]:
    """Start git in a session of its own: its children end with it, and none of them can ask at the terminal.

    Its input is a file: Python forgets the rest of a long input if it waits in short steps.
    """
    with tempfile.TemporaryFile() as source:
        source.write(given)
        source.seek(0)
        return subprocess.Popen(  # noqa: S603 - never through a shell, and no word of it is foreign
            ["git", *words],  # noqa: S607 - the git that people use
            stdin=source,
            stdout=into if into is not None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop git and every process that it started, if it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def users(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for reading the user's own clone, with the user's own configuration."""
    own = ("GIT_CONFIG_", "XDG_CONFIG_HOME")
    configured = {name: value for name, value in environ.items() if name.startswith(own)}
    return {**_NOBODY, **_kept(environ), **configured}


def alone(environ: Mapping[str, str], settings: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Return the environment for our own repository. It holds `settings` too: others can read a command line."""
    told: dict[str, str] = {}
    every = (*_SETTINGS, *settings)
    for number, (name, value) in enumerate(every):
        told |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {**_NOBODY, **_kept(environ), **_ALONE, **told, "GIT_CONFIG_COUNT": str(len(every))}


def _kept(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept of an environment. In PATH "" and "." are the folder at hand: its files are a checkout's."""
    kept = {name: value for name, value in environ.items() if name in _KEPT}
    if "PATH" in kept:
        kept["PATH"] = os.pathsep.join(filter(os.path.isabs, kept["PATH"].split(os.pathsep)))
    return kept


# A name in a tree, the mode, and the name of the object.
TreeRow = tuple[str, str, str]


class Bare:
    """A bare repository of our own, in a temporary folder that is removed with this object."""

    def __init__(self, git: Git, environ: Mapping[str, str]) -> None:
        self._git = git
        self._environ = environ
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="reconciler-git-"))
        except OSError as problem:
            raise EnvironmentProblem(f"git needs a temporary folder: {problem.strerror}") from None
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        made = git.run("init", "--quiet", "--bare", "--template=", str(self.folder), environ=environ)
        if made.code:
            raise EnvironmentProblem(f"git's temporary repository cannot be made: {made.err.strip()}")

    def run(self, *words: str, given: bytes = b"", size: int = 0) -> Ran:
        """Run git in this repository. `size` is how many bytes it reads or sends; what it receives is counted here."""
        where = f"--git-dir={self.folder}"
        return self._git.run(where, *words, environ=self._environ, given=given, size=size, grows=self.folder)

    def ask(self, *words: str, given: bytes = b"", size: int = 0) -> bytes:
        """Return git's output about this repository; raises EnvironmentProblem if git fails."""
        ran = self.run(*words, given=given, size=size)
        if ran.code:
            raise EnvironmentProblem(f"git's temporary repository cannot be used: {ran.err.strip()}")
        return ran.out

    def made(self, stream: bytes) -> str:
        """Return the commit that git fast-import makes of `stream`, which asks for its name."""
        return (
            self.ask("fast-import", "--quiet", "--force", "--date-format=now", "--done", given=stream).decode().strip()
        )

    def trees(self, trees: Sequence[str], *, most: int) -> list[list[TreeRow] | None]:
        """Return the rows of each of `trees`, by their names or `COMMIT^{tree}`; None for one that is too large.

        So many bytes are read of all of them at `most`. Raises EnvironmentProblem for one that is not there: taken for
        an empty one, it would be a memory that was lost.
        """
        left, small = most, dict[str, int]()
        for name, size in zip(trees, self.sizes(trees), strict=True):
            if size is None:
                raise EnvironmentProblem("git's temporary repository cannot be used: a part of a commit is missing")
            if size <= left:
                small[name] = size
                left -= size
        found = dict(zip(small, self.contents(small, size=sum(small.values())), strict=True))
        # A tree has the names of objects as bytes, and they are half as long.
        width = {name: len(name.partition("^")[0]) // 2 for name in small}
        return [_tree_rows(found[name] or b"", width[name]) if name in found else None for name in trees]

    def sizes(self, objects: Iterable[str]) -> list[int | None]:
        """Return the size of each of `objects` in bytes, None for a missing one. No content is read."""
        asked = "".join(f"{name}\n" for name in objects)
        told = self.ask("cat-file", "--batch-check", given=asked.encode()) if asked else b""
        return [_size(head) for head in told.splitlines()]

    def contents(self, objects: Iterable[str], *, size: int = 0) -> list[bytes | None]:
        """Return the content of each of `objects`, None for a missing one; `size` is how many bytes all have."""
        asked = "".join(f"{name}\n" for name in objects)
        told = self.ask("cat-file", "--batch", given=asked.encode(), size=size) if asked else b""
        found: list[bytes | None] = []
        # Walked by index: what is left would otherwise be copied for each object.
        at = 0
        while at < len(told):
            end = told.index(b"\n", at)
            length = _size(told[at:end])
            at = end + 1
            found.append(told[at : at + length] if length is not None else None)
            at += length + 1 if length is not None else 0
        return found


def _tree_rows(content: bytes, width: int) -> list[TreeRow]:
    rows: list[TreeRow] = []
    at = 0
    while at < len(content):
        end = content.index(b"\0", at)
        mode, _, name = content[at:end].partition(b" ")
        at = end + 1 + width
        rows.append((name.decode("utf-8", "surrogateescape"), mode.decode("ascii"), content[end + 1 : at].hex()))
    return rows


def _size(head: bytes) -> int | None:
    """Return the size in a line of git cat-file; None for an object that is not there."""
    return int(head.rsplit(b" ", 1)[1]) if not head.endswith(b" missing") else None

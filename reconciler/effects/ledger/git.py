"""The `git` ledger: the branch reconciler-ledger at the remote of the repository that holds the profiles.

One file for each target, one commit for each batch, and a push that the server takes only if no other run pushed since.
So it is audit log, memory and lock, even if every run has a new machine. The user's clone is read for the remote's
address and is otherwise left alone. A killed run leaves a temporary folder behind and no lock.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.memory.lease import UNREADABLE, Lease
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.runs import RunRecord, with_outcomes
from reconciler.core.memory.spending import AccountRecord
from reconciler.core.memory.upkeep import MOST_BYTES, LedgerPart, Limits, SetAside
from reconciler.core.memory.vouching import NO_KEYS, LedgerKeys
from reconciler.effects.git.process import Bare, Git, Late, alone
from reconciler.effects.git.refusals import (
    ALLOW,
    PushAnswer,
    PushRefused,
    advice,
    became_of,
    in_words,
    remote_transport,
    without_secrets,
    without_warnings,
)
from reconciler.effects.git.remote import BRANCH, LedgerRemote, find_remote
from reconciler.effects.ledger import Answer, Batch, Committed, Conflict, Snapshot, Unsure, tree
from reconciler.effects.world import Context

_THERE, _NEXT = "refs/there", "refs/next"
# More commits than any branch has. Git's own `--unshallow` fails for a branch that is here whole already.
_ALL = 2**31 - 1
_ABSENT = re.compile(r"couldn't find remote ref", re.IGNORECASE)
_MOST_UNSURE = 3
_WHAT, _FLOOD = "files", "files, or names that are too long"
# So many bytes are held as text at a time.
_PIECE_BYTES = 8 * 1024 * 1024
# The names of the files are held all at once: those of 250,000 have 15 MB.
_TREE_BYTES = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Races:
    """How lost races are handled: the first and the longest pause, in seconds, and how many may be lost in a row."""

    first_pause: float = 0.05
    longest_pause: float = 2.0
    most: int = 50


_RACES = Races()
_ANSWERS: dict[PushAnswer, Callable[[str], Answer]] = {
    PushAnswer.TAKEN: Committed,
    PushAnswer.OVERTAKEN: lambda _: Conflict(),
    PushAnswer.UNKNOWN: Unsure,
}


class GitLedger:
    """The store at the remote. Runs on any number of machines may use it at once."""

    gather = 5.0

    def __init__(
        self, context: Context, *, git: Git | None = None, races: Races = _RACES, keys: LedgerKeys = NO_KEYS
    ) -> None:
        self.limits = Limits()
        self._context = context
        self._keys = keys
        self._git = git or Git()
        self._races = races
        self._using = threading.Lock()
        self._hurried = threading.Event()
        self._remote: LedgerRemote | None = None
        self._bare: Bare | None = None
        # The commits that are here, and each file's content by path and object: nothing is read a second time.
        self._here: set[str] = set()
        self._parts: dict[tuple[str, str], tree.LedgerFile | SetAside] = {}
        self._lost: list[Answer] = []

    def read(self) -> Snapshot:
        """Return everything; a missing branch is empty."""
        with self._used() as bare:
            version = self._fetch(bare)
            return self._snapshot(bare, version) if version else Snapshot("", {}, keyless=not self._keys)

    def commit(self, batch: Batch, *, version: str) -> Answer:
        """Commit `batch` on top of `version` and push that, if the branch is still there."""
        with self._used() as bare:
            here = not version or version in self._here or self._fetch(bare) == version
            answer = self._pushed(bare, batch, version) if here else Conflict()
        self._wait_after(answer)
        return answer

    def runs(self) -> tuple[RunRecord, ...]:
        """Return the last record of the newest runs; records that cannot be read are skipped."""
        with self._used() as bare:
            version = self._fetch(bare, depth=_ALL)
            if not version:
                return ()
            words = ("log", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=AMT", "--format=")
            versions = tree.versions_in(bare.ask(*words, version, "--", tree.RUN_FILE, tree.OUTCOMES))
            known = dict(zip(versions, bare.sizes(name for _, name in versions), strict=True))
            sizes = self._newest({one: size for one, size in known.items() if size is not None and size <= MOST_BYTES})
            stored = bare.contents((name for _, name in sizes), size=sum(sizes.values()))
        found = ((path, content) for (path, _), content in zip(sizes, stored, strict=True))
        return tree.records_in(found, self._keys)

    def keep(self, version: str) -> str:
        """Return the commit: the branch keeps every one."""
        return f"commit {version[:12]} of the branch {self._found().branch}"

    def hurry(self, seconds: float) -> None:
        """Stop every git process that takes longer, and pause no more."""
        self._git.hurry(seconds)
        self._hurried.set()

    @contextmanager
    def _used(self) -> Iterator[Bare]:
        """Lend the repository to one thread. If git was cut off in it, it may be locked for good, and is given up."""
        with self._using:
            bare, self._bare = self._bare, None
            try:
                bare = bare or self._begun()
                yield bare
            except Late:
                raise EnvironmentProblem(late(self._git)) from None
            self._bare = bare

    def _begun(self) -> Bare:
        self._here = set()
        remote = self._found()
        return Bare(self._git, alone(self._context.environ, remote.settings) | remote.environ)

    def _found(self) -> LedgerRemote:
        self._remote = self._remote or find_remote(self._context, self._git)
        return self._remote

    @property
    def _name(self) -> str:
        return f"refs/heads/{self._found().branch}"

    def _fetch(self, bare: Bare, *, depth: int = 1) -> str:
        """Fetch the branch and return its commit, or "" if there is no branch."""
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
        url = self._found().url
        # A folder has no server that could leave large files out.
        limit = () if url.startswith("/") else (f"--filter=blob:limit={MOST_BYTES + 1}",)
        words = ("fetch", *quiet, f"--depth={depth}", *limit, "--", url, f"+{self._name}:{_THERE}")
        ran = without_secrets(bare.run(*words), self._context.secrets)
        if limit:
            # Git notes here that it may fetch what the server left out as soon as that is asked for. It may not.
            bare.run("config", "--remove-section", f"remote.{url}")
        if ran.code and _ABSENT.search(ran.err):
            return ""
        if ran.code:
            why = in_words(without_warnings(ran.err))
            raise self._problem("cannot be read", why, hint=advice(why, url))
        version = bare.ask("rev-parse", "--verify", _THERE).decode().strip()
        self._here.add(version)
        return version

    def _snapshot(self, bare: Bare, version: str) -> Snapshot:
        there_is, flooded = tree.tree_files(version, partial(bare.trees, most=_TREE_BYTES), most=self.limits.parts)
        if tree.TOP in flooded:
            why = f"the names of the files at its top have more than {_TREE_BYTES:,} bytes"
            raise self._problem("cannot be read", why, hint="put an earlier commit of the branch back")
        listed = {path: found for path, found in there_is.items() if tree.is_ours(path)}
        there = {(path, name): mode for path, (mode, name) in listed.items()}
        self._read({item: mode for item, mode in there.items() if item not in self._parts}, bare)
        self._parts = {item: self._parts[item] for item in there}
        parts = self._parts.values()
        entries = {part.key: part for part in parts if isinstance(part, LedgerEntry)}
        leases = sorted((part for part in parts if isinstance(part, Lease)), key=lambda one: one.shard)
        lease = next((one for one in leases if not one.shard), None)
        records = {path: part for (path, _), part in self._parts.items() if isinstance(part, RunRecord)}
        last = records.pop(tree.RUN_FILE, None)
        if last is not None and records:
            last = with_outcomes(last, records.values())
        folders = (tree.set_aside(one, self.limits.flooded(_FLOOD)) for one in flooded if one in tree.FOLDERS)
        aside = (*(part for part in parts if isinstance(part, SetAside)), *folders)
        if any(part.part is LedgerPart.LEASE for part in aside):
            lease = UNREADABLE
        accounts = {part.key: part for part in parts if isinstance(part, AccountRecord)}
        shards = tuple(one for one in leases if one.shard)
        found = Snapshot(version, entries, lease, last, aside, keyless=not self._keys)
        return replace(found, accounts=accounts, shards=shards)

    def _read(self, fresh: Mapping[tuple[str, str], str], bare: Bare) -> None:
        """Read the files at these paths and of these objects, with their modes; sizes come before contents."""
        plain: list[tuple[str, str]] = []
        for (path, name), mode in fresh.items():
            with self._usable(path, name):
                tree.require_plain(mode)
                plain.append((path, name))
        small: dict[tuple[str, str], int] = {}
        for (path, name), size in zip(plain, bare.sizes(name for _, name in plain), strict=True):
            with self._usable(path, name):
                small[path, name] = tree.checked_size(path, size)
        small = self._within_limits(small)
        for piece in _pieces(small):
            contents = bare.contents((name for _, name in piece), size=sum(piece.values()))
            for (path, name), content in zip(piece, contents, strict=True):
                with self._usable(path, name):
                    self._parts[path, name] = tree.part_at(path, content or b"", self._keys)

    def _newest(self, sizes: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Return the first of the files, as many as have few bytes together."""
        together = accumulate(sizes.values())
        most = self.limits.together // 2
        return {item: sizes[item] for item, size in zip(sizes, together, strict=True) if size <= most}

    def _within_limits(self, sizes: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Return the files that are read, the smallest first: those of runs are small, and a forger's need not be."""
        fitting: dict[tuple[str, str], int] = {}
        left = self.limits.together
        for (path, name), size in sorted(sizes.items(), key=lambda one: (one[1], one[0])):
            left -= size
            with self._usable(path, name):
                if left < 0:
                    raise tree.Unusable(self.limits.over(_WHAT))
                fitting[path, name] = size
        return fitting

    @contextmanager
    def _usable(self, path: str, name: str) -> Iterator[None]:
        """Set the file aside if it turns out to be unusable."""
        try:
            yield
        except tree.Unusable as problem:
            self._parts[path, name] = tree.set_aside(path, str(problem))

    def _pushed(self, bare: Bare, batch: Batch, version: str) -> Answer:
        """Commit here and push. The server compares the branch with `version` at the moment of moving it."""
        stream = tree.stream(batch, parent=version, ref=_NEXT, keys=self._keys)
        made = bare.made(stream)
        lease = f"--force-with-lease={self._name}:{version}"
        words = ("push", "--porcelain", "--no-verify", "--no-recurse-submodules", lease)
        try:
            ran = bare.run(*words, "--", self._found().url, f"{made}:{self._name}", size=len(stream))
            answer = _ANSWERS[became_of(without_secrets(ran, self._context.secrets))](made)
        except Late:
            return Unsure(made)
        except PushRefused as problem:
            raise self._problem(
                "cannot be written", str(problem), hint=ALLOW[remote_transport(self._found().url)]
            ) from None
        if isinstance(answer, Committed):
            self._here.add(made)
        return answer

    def _wait_after(self, answer: Answer) -> None:
        """Let other runs go first after a lost race, longer after more of them: otherwise no run comes through."""
        if isinstance(answer, Committed):
            self._lost.clear()
            return
        self._lost.append(answer)
        unsure = sum(isinstance(lost, Unsure) for lost in self._lost)
        if unsure >= _MOST_UNSURE or len(self._lost) >= self._races.most:
            self._lost.clear()
            why = "the connection is lost each time" if unsure else "others write all the time"
            raise self._problem("cannot be written", why, hint="try again later")
        pause = self._races.first_pause * 2 ** len(self._lost)
        self._hurried.wait(self._context.chance() * min(self._races.longest_pause, pause))

    def _problem(self, what: str, why: str, *, hint: str) -> EnvironmentProblem:
        remote = self._found()
        said = f"the ledger, {remote.branch} at {remote.shown}, {what}: {why}; {hint}"
        return EnvironmentProblem(self._context.secrets.without(said))


def _pieces(sizes: Mapping[tuple[str, str], int]) -> Iterator[dict[tuple[str, str], int]]:
    """Yield the files with their sizes, so many at a time as have few bytes together."""
    piece, left = dict[tuple[str, str], int](), _PIECE_BYTES
    for item, size in sizes.items():
        if piece and size > left:
            yield piece
            piece, left = {}, _PIECE_BYTES
        piece[item] = size
        left -= size
    if piece:
        yield piece


def late(git: Git) -> str:
    """Return the message for a remote that did not answer in time."""
    within = f"within {git.seconds:.0f} seconds, or before the run had to end"
    return f"the ledger, {BRANCH} at the remote, did not answer {within}; try again"

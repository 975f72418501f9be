"""The world as one value.

Context: clock, sleep, chance, environment, known secrets, the repository's folder, and where progress is shown.
make_memory: (the folder of this machine's own memory) → it is there, and git leaves it alone.
Progress: what a run's workers do and wait for → the standing of its stage, for a display or a log.
KnownSecrets: every secret that this run came to know, and the one matcher that finds them in foreign text.
environment_secrets: (the environment) → the secrets that are in it for the program itself, with their names.

Only this module asks the machine for these, so a test owns time by passing its own.

Each secret is added where it is looked up, so that no code can use one that the matcher does not know.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from reconciler.ci import CI, ci_of
from reconciler.core.addresses import address_secrets, login_secrets
from reconciler.core.progress import Headway, Stage
from reconciler.core.reading.accounts import Permissions, allowed_endpoints
from reconciler.core.scrubbing import SecretMatcher, secret_matcher


def make_memory(folder: Path) -> None:
    """Make the folder of this machine's own memory where it is missing; raises OSError.

    Git is told to leave all of it alone: a ledger among a repository's files could come from any person who may push.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        (folder / ".gitignore").write_text("*\n", encoding="ascii")


class Progress:
    """The stage that a run is in. Each of `shows` is called with each new standing, and with None when it has ended."""

    def __init__(self, shows: Sequence[Callable[[Headway | None], None]] = ()) -> None:
        self._shows = shows
        self._standing: Headway | None = None
        self._waits: Counter[str] = Counter()

    @contextmanager
    def stage(
        self, stage: Stage, total: int, *, clock: Callable[[], float], note: str = ""
    ) -> Iterator[Callable[[], None]]:
        """Begin a stage of `total` profiles, and yield what to call after each. Without a display it is not counted."""
        seen = total > 0 and bool(self._shows)
        if seen:
            self._became(replace(Headway.begun(stage, total, now=clock(), note=note), waits=self._reasons))

        def advance() -> None:
            if self._standing is not None:
                self._became(self._standing.advanced(clock()))

        try:
            yield advance
        finally:
            if seen:
                self._became(None)

    @contextmanager
    def waiting(self, why: str, *, clock: Callable[[], float]) -> Iterator[None]:
        """Say that a worker waits, and for what; several may wait for the same."""
        self._waits[why] += 1
        self._waits_changed(clock)
        try:
            yield
        finally:
            self._waits[why] -= 1
            self._waits_changed(clock)

    def waits_on(self, *, clock: Callable[[], float]) -> None:
        """Say that what is waited for is still waited for."""
        if self._standing is not None:
            self._became(self._standing.at(clock()))

    @property
    def _reasons(self) -> tuple[str, ...]:
        return tuple(sorted(why for why, workers in self._waits.items() if workers))

    def _waits_changed(self, clock: Callable[[], float]) -> None:
        if self._standing is not None and self._standing.waits != self._reasons:
            self._became(replace(self._standing.at(clock()), waits=self._reasons))

    def _became(self, standing: Headway | None) -> None:
        self._standing = standing
        for show in self._shows:
            show(standing)


def _silent(_: str) -> None:
    return None


# asyncio is imported where it is used: what calls no provider needs no event loop, and it is slow to import.
async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run waits, in seconds.

    `request` is for one request with its whole reply, in wall-clock time. `chunk` is for each piece of a reply. `store`
    is for another process that writes in the local ledger. After `notice`, the run says which host it waits for.
    """

    request: float = 30.0
    chunk: float = 30.0
    store: float = 10.0
    notice: float = 10.0


LEDGER_KEY = "RECONCILER_LEDGER_KEY"
LEDGER_TOKEN = "RECONCILER_LEDGER_TOKEN"
LEDGER_REMOTE = "RECONCILER_LEDGER_REMOTE"
LEDGER_URL = "RECONCILER_LEDGER_URL"
# The variable from which libpq takes a password that is not in the address.
_LIBPQ_PASSWORD = "PGPASSWORD"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class KnownSecrets:
    """The secrets of one run. All its workers share it. No representation shows one."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._matcher: SecretMatcher | None = None

    def add(self, secret: str, name: str) -> None:
        """Keep `secret` back from now on; `name` is what people call it."""
        if secret and secret not in self._names:
            self._names[secret] = name
            self._matcher = None

    @property
    def matcher(self) -> SecretMatcher:
        """The matcher of all of them; it is compiled anew only after another was added."""
        found = self._matcher
        if found is None:
            # A copy, because a thread may add one meanwhile.
            found = self._matcher = secret_matcher(dict(self._names))
        return found

    def without(self, text: str) -> str:
        """Return `text` with a mark in the place of each of them."""
        return self.matcher.without(text)


def environment_secrets(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the secrets that no file refers to: the ledger's, the CI system's, and the passwords of addresses."""
    for name in (LEDGER_KEY, LEDGER_TOKEN, _LIBPQ_PASSWORD):
        yield environ.get(name, "").strip(), name
    for key in environ.get(LEDGER_KEY, "").split():
        yield key, LEDGER_KEY
    yield ci_of(environ).token, "the token of the CI system"
    addresses = (LEDGER_REMOTE, *_PROXIES, *map(str.lower, _PROXIES))
    passwords = [*((name, address_secrets) for name in addresses), (LEDGER_URL, login_secrets)]
    for name, secrets_in in passwords:
        if address := environ.get(name, ""):
            yield from ((secret, f"the password in {name}") for secret in sorted(secrets_in(address)))


@dataclass(frozen=True, slots=True)
class Context:
    """What a run may know of its surroundings.

    `log` takes lines for people; results never go there. `warnings` takes the lines that must be read. Without it they
    go to the log. `secrets` are those that the run came to know. `progress` is told how far the run is.
    """

    root: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = _sleep
    chance: Callable[[], float] = random.random
    log: Callable[[str], None] = _silent
    warnings: Callable[[str], None] | None = None
    patience: Patience = Patience()
    secrets: KnownSecrets = field(default_factory=KnownSecrets, compare=False, repr=False)
    progress: Progress = field(default_factory=Progress, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Keep back what the environment holds for the program itself."""
        for secret, name in environment_secrets(self.environ):
            self.secrets.add(secret, name)

    @property
    def profiles(self) -> Path:
        """The folder that holds the settings, the profiles, the templates and the pictures."""
        return self.root / "profiles"

    @property
    def memory(self) -> Path:
        """The folder of this machine's own memory: the local ledger and the sandbox's world."""
        return self.root / ".reconciler"

    @property
    def world(self) -> Path:
        """The file of the sandbox's world."""
        return self.memory / "sandbox.sqlite3"

    @property
    def ci(self) -> CI:
        """What the CI system says of the job that this runs in."""
        return ci_of(self.environ)

    @property
    def permissions(self) -> Permissions:
        """The endpoints and names that the environment allows beyond the closed lists in code."""
        return Permissions(
            endpoints=allowed_endpoints(self.environ.get("RECONCILER_ALLOW_ENDPOINT", "")),
            secret_names=frozenset(self.environ.get("RECONCILER_ALLOW_ENV", "").replace(",", " ").split()),
        )

    def warn(self, text: str) -> None:
        """Say what must be known while the run goes on, also where the log is not shown."""
        (self.warnings or self.log)(text)

    def timestamp(self) -> str:
        """Return the time now as ISO 8601 in UTC, to the second."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""pair: (shops, what two applies are of, how far apart they begin) → both at once, and everything that is wrong then.

Which of them sent something is known by its credential, of which the sandbox's journal has a fingerprint.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.sandbox.exchange import fingerprint
from reconciler.sandbox.world import World
from tests.crash.cancel import ALLOW, PROJECT
from tests.crash.prepared import Copy, Prepared, copied
from tests.crash.shops import LEFT_ALONE, NUMBERS, WORLD
from tests.crash.slow import late
from tests.crash.world import sent

# All is done; partly applied, for the other one recorded something of it first; the other one keeps writing; what was
# planned has moved meanwhile, for the other one wrote all of it between this one's plan and its turn.
_ENDS = (0, 5, 1, 3)
_LATE_SECONDS = 0.3
_PATIENCE = 120.0
_NAMES = ("first", "second")


@dataclass(frozen=True)
class Pair:
    """The shops that each of two applies is of (all, where none are named), and how much later the second begins."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    apart: float


@dataclass(frozen=True)
class Paired:
    """How both ended, whether one waited for the other, and everything that is wrong."""

    pair: Pair
    codes: tuple[int, ...]
    waited: bool
    problems: tuple[str, ...]


def paired(prepared: Prepared, pair: Pair) -> Paired:
    """Start two applies that answer late, judge what both did together, and let another one finish."""
    with copied(prepared) as copy:
        with late(copy, _LATE_SECONDS):
            first = _begun(copy, "first", pair.one)
            time.sleep(pair.apart)
            running = (first, _begun(copy, "second", pair.other))
            codes = tuple(process.wait(_PATIENCE) for process in running)
        said = [(copy.folder / f"{name}.err").read_text(encoding="utf-8") for name in _NAMES]
        ends = list(zip(codes, said, strict=True))
        found = [f"one ended with {code}: {text[-2000:]}" for code, text in ends if code not in _ENDS]
        found += [f"one broke: {text[-2000:]}" for _, text in ends if "Traceback" in text]
        found += [*_mixed(copy), *_asked(pair, copy)]
        found += copy.finish(sent(copy.root))
        return Paired(pair, codes, any("Waiting" in text for text in said), tuple(found))


def _begun(copy: Copy, name: str, of: Sequence[str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "reconciler", "-C", str(copy.root), "apply", *ALLOW, "-v"]
    words += [f"profiles/{shop}.yaml" for shop in of]
    mine = {"META_TOKEN": name, "KALEYRA_API_KEY": name, "PYTHONPATH": str(PROJECT), "TMPDIR": str(copy.folder)}
    # The machine's own remain outside, as everywhere in the tests.
    with (copy.folder / f"{name}.err").open("wb") as err:
        return subprocess.Popen(words, env={**copy.environ, **mine}, stdout=err, stderr=err, cwd=os.sep)


def _mixed(copy: Copy) -> Iterator[str]:
    """Say which target both wrote to, and which was written again."""
    world = World(copy.root / WORLD)
    entries = [entry for entry in world.journal() if entry["method"] != "GET"]
    world.close()
    writers: dict[tuple[str, str], set[str]] = {}
    by = {fingerprint(name): name for name in _NAMES}
    for entry in entries:
        number = (entry.get("provider", ""), entry.get("address", ""))
        if number in NUMBERS.values() and entry["credential"] in by:
            writers.setdefault(number, set()).add(by[entry["credential"]])
    if not writers:
        yield "nobody is known to have written anything"
    yield from (f"{number} was written by both" for number, names in writers.items() if len(names) > 1)
    times = [one.where for one in sent(copy.root)]
    yield from (f"{where} was written {times.count(where)} times" for where in set(times) if times.count(where) > 1)


def _asked(pair: Pair, copy: Copy) -> Iterator[str]:
    """Say what was sent that neither of the two was of."""
    of = {*pair.one, *pair.other} if pair.one and pair.other else set(NUMBERS)
    meant = {NUMBERS[name] for name in of}
    for one in sent(copy.root):
        if one.where[:2] not in meant or one.where in LEFT_ALONE:
            yield f"{one.where} was sent, and neither asked for it"

"""Bench: shops at one provider, applied once and edited since; a copy of them for each apply whose replies are spoilt.

Bench.tried: (cells, each with a profile of its own) → what is wrong after one spoilt apply and the next whole one.

What a run says is held against the sandbox's own world: it alone knows what was done.
"""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from reconciler.core.memory.runs import FieldStatus
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context, Patience
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.validating import sandbox_numbers_run
from reconciler.render.json import apply_json
from reconciler.render.text.apply import apply_text
from reconciler.sandbox.application import create_app
from reconciler.sandbox.world import Number, World
from tests.contract.shop import Shops
from tests.contract.stand import Stand
from tests.figures.faults import Fault
from tests.figures.front import Directory, Front, Placed
from tests.support.fleet import YES

WABA = "104996122399160"
# Pixels of the first shop's pictures.
_SIDES = {"old": 64, "new": 80}
# What a run calls done.
_DONE = (FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED)
# The clock on the wall ends only what hangs; all other waiting passes on the clock of the run.
_HURRIED = Patience(request=0.25, chunk=0.25)
_BRAKE = 120.0
# Seconds beyond the deadline of a run in which it may read back what it wrote.
_LANDING = 10.0

Truth = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Cell:
    """One fault at one step of one profile; told `after` the provider's work or before it, once or `always`."""

    provider: str
    step: str
    fault: Fault
    profile: int
    after: bool = True
    always: bool = True

    def __str__(self) -> str:
        when = f"{'after' if self.after else 'before'} the work, {'always' if self.always else 'once'}"
        return f"{self.provider}: {self.step}: {self.fault.name}: shop{self.profile}, {when}"

    def placed(self) -> list[Placed]:
        """Return the faults that make the cell: what an upload resumes at is asked only after one that broke off."""
        whose = -1 if self.step == "list" and self.provider == "meta" else self.profile
        found = [Placed(self.fault, self.step, whose, self.after, self.always)]
        broken = Fault("500", lambda _: _turned_away)
        return [*found, Placed(broken, "upload", whose, after=False, always=False)] if self.step == "resume" else found


def _turned_away(connection: Any, _: object) -> None:
    connection.send(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")


class Bench:
    """`count` shops in `folder`, ready to be copied. An apply of them takes `steps`, and brings `truth`."""

    def __init__(self, folder: Path, stand: Stand, front: Front, *, fields: Sequence[str], count: int = 4) -> None:
        keys = {f"D360_API_KEY_SHOP{at}": key for at, key in enumerate(map(_key, range(count)))}
        samples = {name: stand.samples[name] for name in fields if name in stand.samples}
        self._stand = replace(stand, environ={**stand.environ, **keys}, samples=samples)
        self._front, self._count, self._folder, self._copies = front, count, folder, 0
        names = [(name, at) for at in range(count) for name in _names(stand, at)]
        sizes = {len(_noise(side + at)): at for side in _SIDES.values() for at in range(count)}
        self._directory = Directory(dict(names), sizes)
        self._prepare()
        self.steps: set[str] = set()
        for listed in (False, True)[: 2 if stand.name == "meta" else 1]:
            with self._copied(listed=listed) as (shops, world):
                report = shops.apply()
                assert not report.reasons, (report.reasons, report.outcomes)
                self.truth = self._live(world)
                self.steps |= {step for step, _ in front.steps}

    def _prepare(self) -> None:
        shops = self._shops(self._folder / "first", listed=False)
        for at in range(self._count):
            for name, side in _SIDES.items():
                (shops.root / "profiles" / f"{name}{at}.png").write_bytes(_noise(side + at))
        self._write(shops, "old")
        facts = sandbox_numbers_run(self._shops(shops.root, listed=True).context)
        self._numbers = [Number(*one) for one in facts]
        with self._served(self._shops(shops.root, listed=False)):
            report = shops.apply()
            assert not report.reasons, (report.reasons, report.outcomes)
        self._write(shops, "new")

    def _write(self, shops: Shops, name: str) -> None:
        fields = self._stand.firsts if name == "old" else self._stand.seconds
        for at in range(self._count):
            picture = {"picture": f"{name}{at}.png"} if "picture" in fields else {}
            shops.profile(f"shop{at}", at, **{**fields, **picture})

    def _shops(self, root: Path, *, listed: bool) -> Shops:
        lists = self._stand.name == "meta" and listed
        stand = replace(self._stand, account={**self._stand.account, "waba_id": WABA}) if lists else self._stand
        shops = Shops(root, stand=stand)
        shops.environ["RECONCILER_ALLOW_ENDPOINT"] = self._front.origin
        shops.settings(self._front.origin)
        return shops

    @contextmanager
    def _served(self, shops: Shops) -> Iterator[World]:
        shops.context.memory.mkdir(exist_ok=True)
        app = create_app(shops.context.world, numbers=self._numbers)
        world: World = app.state.world
        self._front.begin(app, self._directory)
        try:
            yield world
        finally:
            world.close()

    @contextmanager
    def _copied(self, *, listed: bool) -> Iterator[tuple[Shops, World]]:
        self._copies += 1
        root = self._folder / f"copy{self._copies}"
        shutil.copytree(self._folder / "first", root)
        shops = self._shops(root, listed=listed)
        try:
            with self._served(shops) as world:
                yield shops, world
        finally:
            shutil.rmtree(root)

    def _live(self, world: World) -> Truth:
        """Return what each shop shows in truth, of the fields that are managed."""
        managed = {key for sample in self._stand.samples.values() for key in sample.second.world}
        states = {at: world.state(self._stand.name, self._stand.address(at)) for at in range(self._count)}
        return {f"shop{at}": {key: state.get(key) for key in managed} for at, state in states.items()}

    def tried(self, cells: Sequence[Cell]) -> list[Tried]:
        """Return what is wrong with each of `cells`, whose faults strike in one apply."""
        listed = any(cell.step == "list" for cell in cells)
        with self._copied(listed=listed) as (shops, world):
            placed = [cell.placed() for cell in cells]
            self._front.strike([one for some in placed for one in some])
            hurried = any(cell.fault.hangs for cell in cells)
            first = _ran(shops, hurried=hurried)
            done = self._live(world)
            self._front.strike(())
            found = [*_outlived(shops, first), *self._converged(shops, world)]
            return [
                Tried(cell, some[0].strikes > 0, (*found, *self._false(cell, cells, first, done)))
                for cell, some in zip(cells, placed, strict=True)
            ]

    def _false(self, cell: Cell, cells: Sequence[Cell], ran: ApplyReport | str, done: Truth) -> Iterator[str]:
        """Yield what a run calls done and is not, at the profile of a cell, and at those that no cell is about."""
        if isinstance(ran, str):
            yield ran
            return
        others = {f"shop{one.profile}" for one in cells} - {f"shop{cell.profile}"}
        for outcome in ran.outcomes:
            name = outcome.target.profile
            for field in () if name in others else outcome.fields:
                keys = self._stand.samples[field.field].second.world
                arrived = all(done[name][key] == self.truth[name][key] for key in keys)
                if field.status in _DONE and not arrived:
                    yield f"{field.field} of {name} is called {field.status}, and is not there"
                elif field.status not in _DONE and not cell.fault.whole and name != f"shop{cell.profile}":
                    yield f"{field.field} of {name}, which no fault is about, is {field.status}: {field.detail}"

    def _converged(self, shops: Shops, world: World) -> Iterator[str]:
        """Yield what is wrong with the next run, and what is left to be planned after it."""
        ran = _ran(shops)
        if isinstance(ran, str):
            yield f"the second run: {ran}"
            return
        left = [planned.target.profile for planned, _ in shops.plan().plan.changes]
        if ran.reasons or left:
            yield f"the second run ended with {sorted(ran.reasons)}, and {left} have changes after it"
        wrong = [name for name, state in self._live(world).items() if state != self.truth[name]]
        if wrong:
            yield f"the second run left {wrong} otherwise than asked for"


@dataclass(frozen=True)
class Tried:
    """What one cell showed. One whose fault was never `reached` says nothing."""

    cell: Cell
    reached: bool
    problems: tuple[str, ...]


def _ran(shops: Shops, *, hurried: bool = False) -> ApplyReport | str:
    """Apply, and return the report or what went wrong with the run itself."""
    shops.patience = _HURRIED if hurried else Patience()

    async def bounded(context: Context) -> ApplyReport:
        return await asyncio.wait_for(apply_run(context, ApplyRequest(Scope(), YES), stop=Stop()), _BRAKE)

    try:
        report = shops.run(bounded)
        apply_text(report)
        apply_json(report)
    except TimeoutError:
        return f"it did not end within {_BRAKE:.0f} s"
    except Exception:  # noqa: BLE001 - each of them is a finding
        return traceback.format_exc(limit=-3)
    return report


def _outlived(shops: Shops, ran: ApplyReport | str) -> Iterator[str]:
    """Say if a run lasted longer than it said at its beginning, and when it learnt that it has to wait."""
    said = re.findall(r"within (\d+) minutes|take (\d+) minutes longer", "\n".join(shops.said))
    minutes = sum(int(within or longer) for within, longer in said)
    if said and shops.clock.seconds > 60 * minutes + _LANDING:
        yield f"it waited {shops.clock.seconds:.0f} s, and had {minutes} minutes"


def _noise(side: int) -> bytes:
    """Return a picture of which no other one has the size in bytes."""
    content = BytesIO()
    Image.frombytes("L", (side, side), random.Random(side).randbytes(side * side)).save(content, "PNG")
    return content.getvalue()


def _key(at: int) -> str:
    return f"sandbox-4930{12345000 + at}"


def _names(stand: Stand, at: int) -> tuple[str, ...]:
    """Return the words by which a request can name a shop: its key, its address, and the parts of that."""
    address = stand.address(at)
    return (_key(at), address, address.rpartition("/")[2])

"""The steps of a sequence: files are edited, runs come and die, other parties write, and memory is lost.

Each step is drawn by a seeded generator, done, and judged at once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from reconciler.core.basics import EnvironmentProblem
from reconciler.core.explanations import FINDINGS
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.safety.decision import Approval
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.render.json import dumps, plan_json
from tests.contract.stand import Said
from tests.laws.mishaps import Mishap, struck
from tests.laws.promises import Memory, Report, Step, broken, calmly, forgotten, opened, unsettled_end
from tests.laws.town import SHOPS, Place, Town, sample
from tests.support.fleet import YES, Clock

AUTO = Approval(auto=True)
ALL = replace(YES, allowed=YES.allowed | set(FINDINGS))
# The gates are tried in their own tests: here they stay open, but for the first contact with a number.
POLICY = "{bulk: {profiles: 100, percent: 100, never_above: 100}, webhook: allow, clear: allow}"
_THEIRS = {"email": "theirs@else.example", "industry": "HOTEL", "vertical": "HOTEL"}
_MISHAPS = (("dies", 60), ("reply lost", 20), ("ledger fails", 5))
_SPOILT: tuple[Mapping[str, Any], ...] = (
    {"kind": "swallow"},
    {"kind": "swallow", "times": 1},
    {"kind": "stale", "reads": 2, "times": 1},
    {"kind": "stale", "reads": 9, "times": 1},
    {"kind": "reply", "status": 503},
    {"kind": "reply", "status": 500, "times": 1},
    {"kind": "reply", "status": 200, "body": "<html></html>"},
    {"kind": "reply", "status": 200, "body": {"success": False}, "times": 1},
    {"kind": "reply", "status": 503, "method": "GET"},
)


class _Slow(Clock):
    """Time for two runs at once: a sleep takes so little of it that the other run can end meanwhile."""

    async def sleep(self, seconds: float) -> None:
        """Let a moment pass."""
        self.seconds += min(seconds, 0.02)
        await asyncio.sleep(0.001)


@dataclass
class Play:
    """One sequence on its way: the town, the judge's memory, and everything that was wrong."""

    town: Town
    random: Random
    memory: Memory = field(default_factory=Memory)
    told: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Write the first files, and apply them."""
        self.town.settings(policy=POLICY)
        for name, shop in SHOPS.items():
            for one in self.random.sample(sorted(shop.stand.samples), self.random.randint(1, 5)):
                self.town.wanted[name][one] = shop.stand.samples[one].first
            self.town.rewrite(name)
        self.apply(YES)

    def step(self) -> None:
        """Do one step."""
        kinds: list[tuple[Callable[[], None], int]] = [
            *((self.edit, 6), (self.outside, 4), (self.look, 3), (self.lose, 1), (self.wait, 1), (self.mode, 1)),
            *((self.plainly, 4), (self.amiss, 4), (self.spoilt, 3), (self.pair, 1), (self.by_plan, 2), (self.adopt, 1)),
        ]
        (chosen,) = self.random.choices([one for one, _ in kinds], [weight for _, weight in kinds])
        chosen()

    def _place(self, *, readable: bool = False) -> Place:
        shops = [name for name, shop in SHOPS.items() if shop.stand.readable or not readable]
        shop = self.random.choice(shops)
        return shop, self.random.choice(sorted(SHOPS[shop].stand.samples))

    def edit(self) -> None:
        """Edit up to three fields of the files: another value, none, or no longer managed."""
        for _ in range(self.random.randint(1, 3)):
            place = self._place()
            one = sample(place)
            said = self.random.choice([one.first, one.second, one.second, one.cleared, None])
            if said is None:
                self.town.wanted[place[0]].pop(place[1], None)
                self.memory.agreed.pop(place, None)
                # What was let go and is managed again has no memory: a person decides.
                self.memory.touched.add(place)
            else:
                self.town.wanted[place[0]][place[1]] = said
            self.town.rewrite(place[0])
            self.told.append(f"edit {place} {said.yaml if said else '(unmanaged)'}")

    def mode(self) -> None:
        """Let a profile be managed, observed or paused."""
        shop = self.random.choice(sorted(SHOPS))
        self.town.modes[shop] = self.random.choice(["managed", "managed", "observe", "paused"])
        self.town.rewrite(shop)
        self.told.append(f"{shop} is {self.town.modes[shop]}")

    def outside(self) -> None:
        """Let another party change a number."""
        place = self._place(readable=True)
        one = sample(place)
        (key, *_) = one.first.world
        now = self.town.truth()[place[0]].get(key)
        theirs: Any = _THEIRS.get(key, f"Theirs {self.random.randint(1, 3)}")
        if key in ("websites", "webhook", "picture"):
            theirs = {"websites": ["https://theirs.example/"], "webhook": "https://theirs.example/wa"}.get(key)
            theirs = theirs or self.random.choice(list(self.town.served.values()))
        value = self.random.choice([theirs, theirs, one.second.world[key], None])
        if key == "picture" and value not in (theirs, None):
            value = theirs
        if value == now or (value is None and one.cleared is None and key != "picture"):
            return
        self.town.outside(place, **{key: value})
        self.memory.foreign[place] = self.town.held(self.town.truth(), place)
        self.memory.touched.add(place)
        self.told.append(f"outside {place} {value}")

    def lose(self) -> None:
        """Lose the ledger."""
        self.town.lose_the_ledger()
        self.memory.lose()
        self.told.append("the ledger is lost")

    def wait(self) -> None:
        """Let an hour pass."""
        self.town.clock.seconds += timedelta(hours=1).total_seconds()
        self.told.append("an hour passes")

    def look(self) -> None:
        """Plan, or look for drift."""
        drift = self.random.random() < 0.6
        look: Callable[[], Report] = self.town.drift if drift else self.town.plan
        self._run("drift" if drift else "plan", lambda: [look()])

    def plainly(self) -> None:
        """Apply, with nothing in the way, and what a plan said before."""
        approval = self.random.choice([AUTO, AUTO, YES, ALL])
        planned = self.town.plan().summary.will_be_sent if approval is AUTO else None
        self.town.forget()
        self.apply(approval, planned=planned)

    def amiss(self) -> None:
        """Apply, and let the run die, lose a reply, or lose its ledger."""
        kind, most = self.random.choice(_MISHAPS)
        at = self.random.randint(1, most)
        self.apply(self.random.choice([AUTO, YES, ALL]), mishap=Mishap(kind, at))

    def spoilt(self) -> None:
        """Apply while one shop's provider refuses, swallows or delays."""
        shop = self.random.choice(sorted(SHOPS))
        refusals: list[Mapping[str, Any]] = [
            {"kind": "reply", "status": one.status, "body": one.quoting(SHOPS[shop].stand.secret)}
            for one in SHOPS[shop].stand.refusals
        ]
        fault = self.random.choice([*_SPOILT, *refusals])
        method = {"method": "PUT" if shop == "mumbai" else "POST"} if fault["kind"] == "reply" else {}
        self.town.spoil(shop, **{**method, **fault})
        if fault["kind"] == "stale":
            self.memory.late.add(shop)
        self.apply(self.random.choice([YES, ALL]), spoilt=shop, why=f"{shop}: {fault}")
        self.town.faults()

    def by_plan(self) -> None:
        """Make a plan, let something move, and apply the plan."""
        document = dumps(plan_json(self.town.plan()))
        self.town.forget()
        move = self.random.choice([self.edit, self.outside, self.wait])
        move()
        found = approved(document.encode(), file="plan.json")
        assert isinstance(found, ApprovedPlan), found
        self.apply(Approval(plan=found, allowed=frozenset({"first-contact"})), name="apply a plan")

    def adopt(self) -> None:
        """Take what moved into the files."""
        self._run("adopt", lambda: [self.town.drift(adopt=True)])
        truth = self.town.truth()
        for shop, fields in self.town.wanted.items():
            written = YAML(typ="safe").load(self.town.root / "profiles" / f"{shop}.yaml")["profile"] or {}
            for name, said in list(fields.items()):
                if name in written and json.loads(json.dumps(written[name])) != said.yaml:
                    self._taken_in((shop, name), said, written[name], truth)

    def _taken_in(self, place: Place, said: Said, yaml: Any, truth: Any) -> None:
        """Judge a value that was written into a file, and remember it: it is the live one."""
        self.told.append(f"adopted {place} {yaml}")
        world = {key: truth[place[0]].get(key) for key in self.town.as_live(place, said)}
        key = next(iter(sample(place).first.world))
        plain = yaml if place[1] != "webhook" else yaml["url"]
        # An observed profile may differ from the first look on.
        if place not in self.memory.touched and self.town.modes[place[0]] != "observe":
            self.problems.append(f"5: {place} was adopted, and no other party changed it")
        if place[1] == "picture":
            served = (self.town.root / "profiles" / yaml).read_bytes()
            self.problems += [] if served else [f"3: {place} was adopted without its picture"]
            self.town.served[yaml] = world["picture"]
        elif (world[key] or type(plain)()) != plain:
            self.problems.append(f"12: {place} was adopted as {plain}, and live is {world[key]}")
        self.town.wanted[place[0]][place[1]] = Said(
            yaml=yaml, wire=dict.fromkeys(list(said.wire)[:1], plain), world=world
        )

    def apply(self, approval: Approval, **more: Any) -> None:
        """Apply."""
        name = more.pop("name", "apply")
        self._run(name, lambda: [self.town.apply(approval=approval)], approval=approval, **more)

    def pair(self) -> None:
        """Let two runs apply at once."""
        before, self.town.clock = self.town.clock, _Slow(self.town.clock.seconds)
        first, second = self.town.context, self.town.context
        later = replace(second, now=lambda: second.now() + timedelta(milliseconds=7))

        async def both(_: Context) -> list[ApplyReport | BaseException]:
            request = ApplyRequest(Scope(), YES)
            runs: list[Awaitable[ApplyReport]] = [apply_run(one, request, stop=Stop()) for one in (first, later)]
            return await asyncio.gather(*runs, return_exceptions=True)

        def run() -> list[Report]:
            ended = self.town.run(both)
            for one in ended:
                if isinstance(one, BaseException) and not isinstance(one, EnvironmentProblem):
                    raise one
            return [one for one in ended if isinstance(one, ApplyReport)]

        self._run("pair", run, approval=YES)
        before.seconds, self.town.clock = self.town.clock.seconds, before

    def _run(
        self, name: str, run: Callable[[], Sequence[Report]], *, approval: Approval | None = None, **what: Any
    ) -> None:
        """Run, and judge what came of it."""
        mishap: Mishap = what.get("mishap") or Mishap()
        self.told.append(" ".join(filter(None, (name, what.get("why", ""), f"{mishap.kind} {mishap.at}".strip(" 0")))))
        # No two runs begin in the same millisecond, for their names would be the same.
        self.town.clock.seconds += 1
        before, open_ones = self.town.truth(), opened(self.town)
        self.town.forget()
        self.town.said.clear()
        reports: Sequence[Report] = ()
        try:
            with struck(mishap):
                reports = run()
        except EnvironmentProblem as problem:
            self.problems += [] if mishap.happened else [f"7: {name} ended with {problem}"]
        except BaseException as problem:
            if not (mishap.happened and mishap.kind == "dies"):
                raise
            self.told.append(f"  it died: {type(problem).__name__}")
        step = Step(
            *(name, before, self.town.truth(), self.town.written(), self.town.requests(), reports),
            spoilt=what.get("spoilt", ""),
            mishap=mishap.kind if mishap.happened else "",
            died=mishap.happened and mishap.kind == "dies",
            allowed=approval.allowed if approval is not None else frozenset(),
            open=open_ones,
            planned=None if any(getattr(one, "stopped", "") for one in reports) else what.get("planned"),
        )
        self.told += [f"  {one}" for one in step.writes]
        self.problems += broken(self.town, self.memory, step)
        if step.died:
            self.problems += forgotten(self.town, step)
            for path in (self.town.root / ".reconciler").glob("recovery-*"):
                path.unlink()
        records = name != "plan" and bool(reports) and not step.mishap
        whole = records and all(calmly(one) and not getattr(one, "stopped", "") for one in reports)
        self.memory.take_in(self.town, step.writes, step.after, whole=whole)

    def end(self) -> None:
        """Let two undisturbed applies finish: one that asks for no more than before, and one that may overwrite."""
        self.town.faults()
        self.wait()
        for approval, agreed in ((YES, False), (ALL, True)):
            self.apply(approval)
            self.problems += unsettled_end(self.town, self.memory, self.town.plan(), agreed=agreed)
        self.town.forget()
        self.apply(ALL)
        self.problems += [f"6: {one} was sent once more" for one in self.town.written()]


def played(seed: str, folder: Path, *, length: int = 8) -> Play:
    """Play the sequence of a seed in `folder`."""
    play = Play(Town(folder / "town"), Random(seed))
    play.begin()
    for _ in range(length):
        play.step()
        if play.problems:
            return play
    play.end()
    return play

"""The promises, judged after each step by the sandbox's journal and world and by the files, never by a report alone.

A report is held against the truth: what it says was done was done, and what was done it says. `memory` is the judge's
own: which values the tool sent or saw in sync, and which ones another party put there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.basics import Reason, exit_code
from reconciler.core.memory.runs import FieldStatus
from reconciler.core.planning.origin import CERTAIN, SameReason
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.treatment import Treatment, with_treatment
from reconciler.core.reports.command_reports import ApplyReport, DriftReport
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Origin
from reconciler.render.json import apply_json, drift_json, dumps, plan_json
from reconciler.render.text.apply import apply_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text
from tests.contract.stand import Said
from tests.laws.town import ENVIRON, SHOPS, Place, Town, Write, demanded, readable, words

Report = PlanReport | ApplyReport | DriftReport
_TAKEN = {FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED, FieldStatus.ALTERED, FieldStatus.UNCONVERGED}
_MAYBE = {*_TAKEN, FieldStatus.UNKNOWN}


@dataclass
class Memory:
    """What the judge knows of the past. Values are as the world holds them.

    `ours` are all that the tool sent to a place or saw in sync there. `foreign` is what another party put there last.
    `sent` is what a write-only place was sent last, where a run lived to record it. `agreed` are what the files asked
    for when a run last saw or made a readable place so. `touched` are the places that another party ever changed, and
    `unseen` the write-only ones whose last write the provider took and forgot. `late` are shops whose provider showed
    older values for a while.
    """

    ours: dict[Place, set[str]] = field(default_factory=dict)
    foreign: dict[Place, str] = field(default_factory=dict)
    sent: dict[Place, Said] = field(default_factory=dict)
    agreed: dict[Place, Said] = field(default_factory=dict)
    touched: set[Place] = field(default_factory=set)
    unseen: set[Place] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    ever_lost: bool = False

    def lose(self) -> None:
        """The ledger is gone."""
        self.sent.clear()
        self.agreed.clear()
        self.ever_lost = True

    def take_in(self, town: Town, writes: Sequence[Write], truth: Mapping[str, Any], *, whole: bool) -> None:
        """Learn from a run that ended; a `whole` one looked at every profile and could record it."""
        for place, said in town.places("managed"):
            if town.shows(truth, place, said) and whole:
                self.ours.setdefault(place, set()).add(town.held(truth, place))
                # A picture that only looks like the one in the file is not taken to be in sync.
                if place[1] != "picture" or any(one.place == place for one in writes):
                    self.agreed[place] = said
                self.foreign.pop(place, None)
        for one in writes:
            self.foreign.pop(one.place, None)
            self.ours.setdefault(one.place, set()).add(town.held(truth, one.place))
            if not readable(one.place):
                self.sent.pop(one.place, None)
                (self.unseen.add if one.swallowed else self.unseen.discard)(one.place)
                file = town.wanted[one.place[0]].get(one.place[1])
                if whole and one.taken and file is not None:
                    self.sent[one.place] = file
        managed = {place for place, _ in town.places("managed", "observe", "paused")}
        for place in [*self.agreed, *self.sent]:
            if place not in managed:
                self.agreed.pop(place, None)
                self.sent.pop(place, None)


@dataclass(frozen=True)
class Step:
    """One step as it was: its name, the world before and after, what was sent, and what the program reported.

    `spoilt` names the one shop at which something went wrong, `mishap` what happened to the run, `died` whether it did.
    `open` are the places of which the ledger held an open intent before.
    """

    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    writes: Sequence[Write]
    requests: Sequence[Mapping[str, Any]]
    reports: Sequence[Report]
    spoilt: str = ""
    mishap: str = ""
    died: bool = False
    allowed: frozenset[str] = frozenset()
    open: frozenset[Place] = frozenset()
    planned: int | None = None

    @property
    def calm(self) -> bool:
        """Nothing went wrong, and one run alone was at it."""
        return not (self.spoilt or self.mishap or self.died) and len(self.reports) == 1


def broken(town: Town, memory: Memory, step: Step) -> list[str]:
    """Return each promise that a step broke, with its number."""
    found = [*_what_travelled(town, memory, step), *_secrets(town, step)]
    for report in step.reports:
        found += [*_said_of_plan(town, step, report.plan), *_one_object(report)]
        if isinstance(report, ApplyReport):
            found += _said_of_apply(town, step, report)
        if isinstance(report, DriftReport):
            found += _green(town, step, report)
    if step.name not in ("apply", "pair", "apply a plan"):
        found += [f"1: {step.name} sent {one}" for one in step.writes]
    if step.calm and step.planned is not None:
        number = len({one.place for one in step.writes})
        found += [] if number == step.planned else [f"14: the plan said {step.planned}, and {number} were sent"]
    return found


def _what_travelled(town: Town, memory: Memory, step: Step) -> Iterator[str]:
    """Promises 2, 3, 5 and 12, of each field that was sent."""
    managed = dict(town.places("managed"))
    for one in step.writes:
        said = managed.get(one.place)
        if said is None:
            yield f"3: {one.place} was sent, and no file manages it"
        elif words(said.wire.values()) != words(one.value.values()) and one.place[1] != "picture":
            yield f"12: {one.place} was sent as {one.value}, and the file says {said.wire}"
        else:
            yield from _needed(town, memory, step, one.place, said)
    for entry in step.requests:
        yield from _bodies(town, entry)
    often = Counter(one.place for one in step.writes if one.taken)
    if step.calm or step.name == "pair":
        yield from (f"2: {place} was sent {times} times" for place, times in often.items() if times > 1)


def _needed(town: Town, memory: Memory, step: Step, place: Place, said: Said) -> Iterator[str]:
    if place in step.open:
        return
    if not readable(place):
        if memory.sent.get(place) is said:
            yield f"2: {place} was sent again"
        return
    tells = place[1] not in ("webhook", "picture") and place[0] not in memory.late
    if tells and town.shows(step.before, place, said):
        yield f"2: {place} was live already, and was sent"
    there = memory.foreign.get(place)
    if there is None or there in memory.ours.get(place, ()) or there != town.held(step.before, place):
        return
    # Where a lost ledger left no memory of a field, one that another party emptied is like a field that is new.
    new = place not in memory.agreed and not any(json.loads(there).values())
    if not step.allowed and not new:
        yield f"5: {place} was overwritten, and no person agreed"
    elif memory.agreed.get(place) is said and "drifted" not in step.allowed:
        yield f"5: {place} had drifted, and was overwritten"


def _bodies(town: Town, entry: Mapping[str, Any]) -> Iterator[str]:
    """Promise 2: a body holds fields that were noted as sent, and what the API demands."""
    if entry["method"] == "GET" or "/upload" in entry["path"]:
        return
    known = {key for shop in SHOPS.values() for one in shop.stand.samples.values() for key in one.first.wire}
    known |= {key for shop in SHOPS.values() for key in demanded(shop)}
    if foreign := {*entry["body"]} - known:
        yield f"2: a body holds {sorted(foreign)}"


def _secrets(town: Town, step: Step) -> Iterator[str]:
    """Promises 9 and 10."""
    hosts: dict[str, set[str]] = {}
    for entry in step.requests:
        hosts.setdefault(str(entry["credential"]), set()).add(entry["origin"])
    yield from (f"9: {one} went to {sorted(at)}" for one, at in hosts.items() if one != "None" and len(at) > 1)
    shown = "\n".join([*map(_as_text, step.reports), *map(_as_document, step.reports), *town.said])
    ledger = b"".join(path.read_bytes() for path in (town.root / ".reconciler").glob("ledger.sqlite3*"))
    for name, secret in ENVIRON.items():
        if secret in shown or secret.encode() in ledger:
            yield f"10: {name} was shown or stored"


def _as_text(report: Report) -> str:
    match report:
        case PlanReport():
            return plan_text(report)
        case ApplyReport():
            return apply_text(report)
        case DriftReport():
            return drift_text(report)


def _as_document(report: Report) -> str:
    match report:
        case PlanReport():
            return dumps(plan_json(report))
        case ApplyReport():
            return dumps(apply_json(report))
        case DriftReport():
            return dumps(drift_json(report))


def _one_object(report: Report) -> Iterator[str]:
    """Promise 11."""
    document = json.loads(_as_document(report))
    said = (document["exit_code"], document["reasons"])
    if said != (exit_code(report.reasons), sorted(report.reasons)):
        yield f"11: the document says {said}, and the program ends with {exit_code(report.reasons)}"


def _said_of_plan(town: Town, step: Step, plan: Plan) -> Iterator[str]:
    """Promise 4: what is called in sync is so in truth, and was read."""
    asked = {entry.get("address") for entry in step.requests if entry["method"] == "GET" and entry["status"] == 200}
    wanted = dict(town.places("managed", "observe", "paused"))
    for planned in plan.targets:
        shop = SHOPS[planned.target.profile]
        for one in planned.unchanged:
            place = (shop.name, one.field)
            if not shop.stand.readable and one.reason is not SameReason.ASSUMED:
                yield f"4: {place} cannot be read, and is called {one.reason}"
            if shop.stand.readable and shop.address not in asked:
                yield f"4: {place} was not read, and is called {one.reason}"
            true = any(town.shows(truth, place, wanted[place]) for truth in (step.before, step.after))
            if shop.stand.readable and one.reason in CERTAIN and not true:
                yield f"4: {place} is called {one.reason}, and live is {town.held(step.after, place)}"


def _said_of_apply(town: Town, step: Step, report: ApplyReport) -> Iterator[str]:
    """Promises 4, 5 and 8: what is called applied is live, what was sent is told, and each shop fails alone."""
    said = {(o.target.profile, f.field): f.status for o in report.outcomes for f in o.fields}
    for place, status in said.items():
        file = town.wanted[place[0]].get(place[1])
        if status is FieldStatus.APPLIED and (file is None or not town.shows(step.after, place, file)):
            yield f"4: {place} is called applied, and live is {town.held(step.after, place)}"
        taken = any(one.taken and one.place == place for one in step.writes)
        if status is FieldStatus.ACKNOWLEDGED and not taken:
            yield f"4: {place} is called acknowledged, and was not taken"
    if step.name != "pair":
        for one in step.writes:
            if one.taken and said.get(one.place) not in _MAYBE:
                yield f"8: {one.place} was sent and taken, and is called {said.get(one.place)}"
    if report.stopped or report.stale:
        yield from (f"5: it stopped, and {one.place} was sent" for one in step.writes)
    elif step.spoilt and not step.mishap:
        yield from _alone(step, report, said)


def _alone(step: Step, report: ApplyReport, said: Mapping[Place, FieldStatus]) -> Iterator[str]:
    """Promise 8: what was to be sent to other shops was sent, although one shop was spoilt."""
    for planned, change in with_treatment(report.plan, report.consent, Treatment.SENT):
        place = (planned.target.profile, change.field)
        if place[0] != step.spoilt and said.get(place) not in (FieldStatus.APPLIED, FieldStatus.ACKNOWLEDGED):
            yield f"8: {step.spoilt} was spoilt, and {place} is {said.get(place)}"


def _green(town: Town, step: Step, report: DriftReport) -> Iterator[str]:
    """Promise 4: a look that ends well saw every field, and what differs in truth is called pending or accepted."""
    if report.reasons:
        return
    waiting = {(p.target.profile, c.field) for p, c in (*report.pending, *report.newly_managed, *report.never_sent)}
    for place, said in town.places("managed", "observe"):
        if readable(place) and place not in waiting and not town.shows(step.after, place, said):
            yield f"4: drift ends well, and {place} is {town.held(step.after, place)}"


def unsettled_end(town: Town, memory: Memory, plan: PlanReport, *, agreed: bool) -> list[str]:
    """Promises 6, 7 and 13: after an apply that nothing disturbs nothing is left, but what was named.

    Where a person `agreed` to everything, that is all; else it is what no other party touched.
    """
    truth = town.truth()
    named = {(p.target.profile, f.field) for p, f in plan.plan.not_as_sent}
    left = {(p.target.profile, c.field): c.origin for p, c in plan.plan.changes}
    # Where nothing can be read and no base is given, what was never sent waits for a person. Once every other field of
    # the number is let go, it counts as a new number.
    first = (Origin.UNRECORDED, Origin.ADOPTED)
    waits = {place for place, origin in left.items() if origin in first and not readable(place)}
    excused = named | memory.unseen | (set() if agreed else memory.touched | waits)
    found = []
    for place, said in town.places("managed"):
        if place not in excused and (agreed or not memory.ever_lost) and not town.shows(truth, place, said):
            found.append(f"{6 if agreed else 13}: {place} is {town.held(truth, place)} at the end ({left.get(place)})")
    if agreed:
        managed = dict(town.places("managed"))
        found += [f"6: the plan after the last apply has {place} ({origin})" for place, origin in left.items()]
        found += [] if plan.plan.complete else ["6: the plan after the last apply is not complete"]
        found += [f"7: {place} is open at the end" for place in opened(town) & managed.keys()]
    return found


def opened(town: Town) -> frozenset[Place]:
    """Return the places of which the ledger holds an open intent."""
    entries = town.entries().values()
    return frozenset(
        (one.profile, record.field) for one in entries for record in one.records if record.intent is not None
    )


def forgotten(town: Town, step: Step) -> list[str]:
    """Promise 7: of everything that a run sent before it died, the ledger knows."""
    entries = {one.profile: one for one in town.entries().values()}
    found = []
    for one in step.writes:
        shop, name = one.place
        entry = entries.get(shop)
        record = entry.get(name) if entry is not None else None
        values = (record.sent, record.intent) if record is not None else ()
        said = town.wanted[shop].get(name)
        plain = said is not None and name not in ("picture", "webhook") and said.yaml not in ("", [])
        if not any(value is not None for value in values) or (plain and said is not None and said.value not in values):
            found.append(f"7: {one.place} was sent as {one.value}, and the ledger knows {values}")
    return found


def calmly(report: Report) -> bool:
    """Say whether every profile was read."""
    return report.plan.complete and Reason.INCOMPLETE not in report.reasons

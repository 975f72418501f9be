"""The contract: twelve things that every provider must do, whoever it is.

Welcome, if you are adding one. Write a stand (stands/meta.py is one to read), run this file with `-k yourprovider`, and
let it tell you what is missing. The real pipeline runs here, on the sandbox. What is looked at is what a user would
see, and what the sandbox heard. Your provider's own word is taken for one thing only: of which class a refusal is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import InvalidInput, Reason
from reconciler.core.fields import FIELD, FIELD_NAMES, ValueKind
from reconciler.core.memory.runs import FieldStatus, OutcomeStatus
from reconciler.core.planning.origin import CERTAIN, SameReason
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.provider import DID_NOTHING
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.decision import Approval, Question
from reconciler.core.target import Action, Assumed, Known, Observed, Origin, Unknown, WriteOnly
from reconciler.effects.files.repository import read_repository
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.providers import providers
from tests.contract.cases import POINTS, every, every_provider, readable, table, write_only
from tests.contract.shop import Sent, Shops, changed, fates
from tests.contract.stand import Misfit, Refusal, Said, Stand
from tests.support.fleet import YES

BLANK: Mapping[ValueKind, Any] = {ValueKind.URLS: [], ValueKind.WEBHOOK: {}}
LOST = {"kind": "reply", "status": 502, "body": "<html>Bad Gateway</html>"}


@every_provider(readable)
def test_01_say_hello_and_show_what_is_there(stand: Stand, tmp_path: Path) -> None:
    """Somebody filled the profile in long ago. Read every field, and show it as it is."""
    shops = Shops(tmp_path, stand=stand)
    plain = {name: one.first for name, one in stand.samples.items() if FIELD[name].kind is not ValueKind.PICTURE}
    shops.edit(**{key: value for said in plain.values() for key, value in said.world.items()})
    shops.profile(**{name: stand.samples[name].second.yaml for name in plain})
    assert {c.field: c.before for c in shops.planned().changes} == {
        name: Known(value=said.value) for name, said in plain.items()
    }
    assert shops.sent() == []


@every_provider(write_only)
def test_01_say_hello_to_somebody_who_never_answers(stand: Stand, tmp_path: Path) -> None:
    """Nothing can be read back? Then say so of every field, and ask nobody."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    live = shops.show().live
    assert isinstance(live, Observed)
    assert {name: type(one) for name, one in live.fields.items()} == dict.fromkeys(stand.samples, WriteOnly)
    assert [change.before for change in shops.planned().changes] == [Unknown()] * len(stand.samples)
    assert shops.requests() == []


@every_provider()
def test_02_say_nothing_when_there_is_nothing_to_say(stand: Stand, tmp_path: Path) -> None:
    """What is as it should be is not sent again, by no command."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    shops.apply()
    shops.forget()
    assert (changed(shops.plan()), shops.drift().plan.changes, shops.apply().outcomes) == ([], (), ())
    assert shops.sent() == []


@every("name", lambda stand: ((name, name) for name in stand.samples))
def test_03_change_one_thing_and_send_nothing_else(stand: Stand, name: str, tmp_path: Path) -> None:
    """One line of the file was edited: one field travels, with what your API demands besides, and nothing more."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[name]
    shops.profile(**stand.firsts)
    shops.apply()
    shops.profile(**{**stand.firsts, name: sample.second.yaml})
    assert changed(shops.plan()) == [("shop0", name)]
    shops.forget()
    assert fates(shops.apply()) == {("shop0", name): stand.done}
    *errands, write = shops.sent()
    assert write == Sent(sample.door.method, sample.door.path, {**sample.door.demands, **sample.second.wire})
    assert [
        (piece in sent.path, sent.body) for (piece, _), sent in zip(sample.second.errands, errands, strict=True)
    ] == [(True, body) for _, body in sample.second.errands]
    assert shops.holds(*(one.first for one in stand.samples.values() if one is not sample), sample.second)


@every_provider()
def test_02_say_nothing_where_nothing_is_to_be_sent(stand: Stand, tmp_path: Path) -> None:
    """Whatever a file asks for: of what is left alone nothing travels, not even a call without a field."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    repository = read_repository(shops.context, providers())
    (one,) = repository.desired
    assert providers()[stand.name](repository.settings.accounts[one.target.account]).write(one, ()) == ()


@every_provider()
def test_04_change_everything_at_once(stand: Stand, tmp_path: Path) -> None:
    """Every field is another one: all of them travel, through each door once."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    shops.apply()
    shops.profile(**stand.seconds)
    assert {change.action for change in shops.planned().changes} == {Action.REPLACE}
    shops.forget()
    assert set(fates(shops.apply()).values()) == {stand.done}
    doors = _through_doors(stand, {name: one.second for name, one in stand.samples.items()})
    assert [sent for sent in shops.sent() if (sent.method, sent.path) in doors] == list(doors.values())
    assert shops.holds(*(one.second for one in stand.samples.values()))


@every_provider()
def test_04_clear_all_that_can_be_cleared(stand: Stand, tmp_path: Path) -> None:
    """An empty value in the file empties the field, and no other one."""
    shops = Shops(tmp_path, stand=stand)
    clearings = {name: one.cleared for name, one in stand.samples.items() if one.cleared is not None}
    shops.profile(**stand.firsts)
    shops.apply()
    shops.profile(**{**stand.firsts, **{name: said.yaml for name, said in clearings.items()}})
    assert [(c.field, c.action) for c in shops.planned().changes] == [(name, Action.CLEAR) for name in clearings]
    shops.forget()
    shops.apply()
    gone = {key for name in clearings for key in stand.samples[name].first.world}
    assert gone.isdisjoint(shops.live())
    assert shops.holds(*(one.first for name, one in stand.samples.items() if name not in clearings))
    assert shops.sent() == list(_through_doors(stand, clearings).values())
    assert changed(shops.plan()) == []


def _through_doors(stand: Stand, said: Mapping[str, Said]) -> dict[tuple[str, str], Sent]:
    """Return what must go through each door, in order: all of it at once, with what is demanded there."""
    doors: dict[tuple[str, str], Sent] = {}
    for name, one in said.items():
        door = stand.samples[name].door
        sent = doors.setdefault((door.method, door.path), Sent(door.method, door.path, {**door.demands}))
        sent.body.update(one.wire)
    return doors


def _kept(stand: Stand) -> Iterable[tuple[str, str]]:
    return ((name, name) for name, one in stand.samples.items() if one.cleared is None)


@every("name", _kept)
def test_04_be_refused_the_clearing_that_the_provider_cannot_do(stand: Stand, name: str, tmp_path: Path) -> None:
    """Your API cannot empty it, or nobody knows: then the file is wrong, at this line, and the fact says why."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**{name: BLANK.get(FIELD[name].kind, "")})
    (problem,) = shops.validate().diagnostics
    assert (problem.code, problem.location.file) == ("not-clearable", "profiles/shop0.yaml")
    assert problem.location.line > 0
    assert re.search(r"\([A-Z]+-[0-9]+ in providers/APIS.md\)", problem.hint)


@every_provider(readable)
def test_05_converge(stand: Stand, tmp_path: Path) -> None:
    """Apply, plan again, find nothing: the one thing that users feel."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    assert shops.apply().reasons == frozenset()
    again = shops.plan()
    assert (again.plan.changes, again.reasons, again.summary.in_sync) == ((), frozenset(), 1)
    assert {field.reason for field in again.plan.targets[0].unchanged} <= CERTAIN


@every_provider(write_only)
def test_05_converge_on_our_own_word(stand: Stand, tmp_path: Path) -> None:
    """Nothing is left to send, and nobody claims to have seen it: it is assumed, since when and by which run."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    assert shops.apply().reasons == frozenset()
    planned = shops.planned()
    assert (planned.changes, planned.certain) == ((), False)
    assert {field.reason for field in planned.unchanged} == {SameReason.ASSUMED}


@every_provider(readable)
def test_06_their_spelling_is_no_change(stand: Stand, tmp_path: Path) -> None:
    """They show it a little differently than it was sent. That is their way, and no reason to send it again."""
    shops, rewritten = Shops(tmp_path, stand=stand), stand.rewritten
    assert rewritten is not None, "say at the stand what the API spells anew"
    shops.profile(**{rewritten.field: rewritten.written})
    shops.apply()
    live = shops.show().live
    assert isinstance(live, Observed)
    assert live.get(rewritten.field) == Known(value=rewritten.shown)
    assert rewritten.shown not in (rewritten.written, tuple(rewritten.written))
    shops.forget()
    assert (changed(shops.plan()), shops.apply().outcomes, shops.sent()) == ([], (), [])
    assert [(one.field, one.reason) for one in shops.planned().unchanged] == [(rewritten.field, rewritten.reason)]


@every_provider(write_only)
def test_06_their_spelling_is_never_seen(stand: Stand, tmp_path: Path) -> None:
    """Whatever they make of it, what is compared with the file is what was sent: to the letter, and nothing else."""
    shops, name = Shops(tmp_path, stand=stand), stand.plainest
    first, second = stand.samples[name].first, stand.samples[name].second
    shops.profile(**{name: first.yaml})
    shops.apply()
    shops.edit(**{key: f" {value} ".upper() for key, value in first.world.items()})
    assert [(field.field, field.reason) for field in shops.planned().unchanged] == [(name, SameReason.ASSUMED)]
    shops.profile(**{name: second.yaml})
    (change,) = shops.planned().changes
    assert isinstance(change.before, Assumed)
    assert (change.before.value, change.before.since) == (first.value, "2026-08-02T12:00:00Z")


@every_provider()
def test_07_say_it_twice_when_the_first_answer_is_lost(stand: Stand, tmp_path: Path) -> None:
    """The write arrived, its reply did not. It is said again, in the same words, and the world is as after one."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    shops.profile(**{stand.plainest: sample.first.yaml})
    with shops.on_a_socket():
        shops.faults({"kind": "reset", "method": sample.door.method, "times": 1})
        assert fates(shops.apply()) == {("shop0", stand.plainest): stand.done}
        first, second = shops.sent()
        assert first == second
        assert shops.holds(sample.first)
        assert changed(shops.plan()) == []


@every_provider()
def test_07_say_it_again_in_the_next_run_when_no_answer_ever_comes(stand: Stand, tmp_path: Path) -> None:
    """Reading back may tell that it arrived. Where it cannot, the next run says it once more: no harm is done."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    shops.profile(**{stand.plainest: sample.first.yaml})
    with shops.on_a_socket():
        shops.faults({"kind": "reset", "method": sample.door.method})
        expected = FieldStatus.APPLIED if stand.readable else FieldStatus.UNKNOWN
        assert fates(shops.apply()) == {("shop0", stand.plainest): expected}
        shops.faults()
        assert [c.origin for c in shops.planned().changes] == ([] if stand.readable else [Origin.UNSETTLED])
        assert shops.apply().reasons == frozenset()
        assert shops.holds(sample.first)
        assert changed(shops.plan()) == []


@every_provider()
def test_08_be_interrupted_and_leave_the_rest_to_the_next_plan(stand: Stand, tmp_path: Path) -> None:
    """Somebody pressed Ctrl-C over the first of three: it lands, the others are not begun, and nothing is forgotten."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    for index in range(3):
        shops.profile(f"shop{index}", index, **{stand.plainest: sample.first.yaml})
    shops.faults({"kind": "latency", "method": sample.door.method, "seconds": 0.05})
    report = shops.run(lambda context: _interrupted(shops, context))
    assert {name: status for (name, _), status in fates(report).items()} == {
        "shop0": stand.done,
        "shop1": FieldStatus.NOT_SENT,
        "shop2": FieldStatus.NOT_SENT,
    }
    assert (report.signal, len(shops.sent())) == (15, 1)
    assert changed(shops.plan()) == [("shop1", stand.plainest), ("shop2", stand.plainest)]


async def _interrupted(shops: Shops, context: Context) -> ApplyReport:
    stop = Stop()
    main = asyncio.ensure_future(apply_run(context, ApplyRequest(Scope(), YES), stop=stop))
    while not (shops.sent() or main.done()):  # noqa: ASYNC110 - the world is a file, and has no event to wait for
        await asyncio.sleep(0)
    stop.ask(15, main=main)
    return await main


@every_provider(readable)
def test_09_be_overtaken_and_write_nothing(stand: Stand, tmp_path: Path) -> None:
    """While somebody thought about the plan, somebody else edited the profile. Theirs stays: plan again."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    shops.profile(**{stand.plainest: sample.first.yaml})
    report = shops.apply(approval=Approval(ask=lambda _: _overtaken(shops)))
    assert [(outcome.status, outcome.reasons) for outcome in report.outcomes] == [
        (OutcomeStatus.SKIPPED, (Reason.PARTLY,))
    ]
    assert shops.sent() == []
    assert shops.holds(sample.second)


@every_provider(write_only)
def test_09_be_overtaken_without_any_way_to_see_it(stand: Stand, tmp_path: Path) -> None:
    """Nobody can see theirs, so ours is written. The plan had said as much: what was there before is unknown to it."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    shops.profile(**{stand.plainest: sample.first.yaml})
    report = shops.apply(approval=Approval(ask=lambda _: _overtaken(shops)))
    assert [change.before for _, change in report.plan.changes] == [Unknown()]
    assert fates(report) == {("shop0", stand.plainest): stand.done}
    assert shops.holds(sample.first)
    _overtaken(shops)
    assert [field.reason for field in shops.planned().unchanged] == [SameReason.ASSUMED]


@every_provider(write_only)
def test_09_be_overtaken_by_another_run_and_write_nothing(stand: Stand, tmp_path: Path) -> None:
    """What nobody can read, the ledger remembers: another run sent something since, and that one stays."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    shops.profile(**{stand.plainest: sample.first.yaml})

    def thinks(question: Question) -> bool:
        key = question.sending[0][0].target.key
        shops.remember(key, stand.plainest, "sent by the other one")
        shops.clock.seconds += 60
        return True

    report = shops.apply(approval=Approval(ask=thinks))
    assert [(outcome.status, outcome.reasons) for outcome in report.outcomes] == [
        (OutcomeStatus.SKIPPED, (Reason.PARTLY,))
    ]
    assert shops.sent() == []


def _overtaken(shops: Shops) -> bool:
    shops.edit(**shops.stand.samples[shops.stand.plainest].second.world)
    shops.clock.seconds += 60
    return True


@every("refusal", lambda stand: ((refusal.name, refusal) for refusal in stand.refusals))
def test_10_be_turned_away_and_say_why(stand: Stand, refusal: Refusal, tmp_path: Path) -> None:
    """They said no, in one of their ways: know which one, repeat their words, and never the secret that they quote."""
    shops, sample = Shops(tmp_path, stand=stand), stand.samples[stand.plainest]
    shops.profile(**{stand.plainest: sample.first.yaml})
    body = refusal.quoting(stand.secret)
    failure = shops.classified(refusal.status, body)
    assert failure is not None
    assert failure.kind is refusal.kind
    shops.faults({"kind": "reply", "method": sample.door.method, "status": refusal.status, "body": body})
    report = shops.apply()
    expected = FieldStatus.FAILED if refusal.kind in DID_NOTHING else FieldStatus.UNKNOWN
    assert fates(report) == {("shop0", stand.plainest): expected}
    (field,) = report.outcomes[0].fields
    assert field.cause is not None
    assert refusal.says in field.cause.text(credential=False)
    assert field.cause.text() in field.detail
    # A credential that was refused is told by its place.
    assert bool(field.cause.credential) is failure.refuses_credential
    assert stand.secret not in f"{report} {shops.said} {shops.entries()}"
    assert changed(shops.plan()) == [("shop0", stand.plainest)]


@every_provider()
def test_10_be_turned_away_by_somebody_who_quotes_the_secret(stand: Stand, tmp_path: Path) -> None:
    """Lay out at least one reply that quotes the credential: servers do that."""
    assert any(stand.secret in refusal.quoting(stand.secret) for refusal in stand.refusals)


@every("misfit", lambda stand: ((f"{misfit.field}-{n}", misfit) for n, misfit in enumerate(stand.misfits)))
def test_11_stay_in_your_lane(stand: Stand, misfit: Misfit, tmp_path: Path) -> None:
    """Your provider has no such field, or not this value: say so before anything is called, and at which line."""
    shops = Shops(tmp_path, stand=stand, without=misfit.without)
    shops.profile(**{misfit.field: misfit.yaml})
    (problem,) = shops.validate().diagnostics
    assert (problem.code, problem.location.file) == (misfit.code, "profiles/shop0.yaml")
    assert problem.location.line > 0
    assert misfit.fact in problem.hint
    with pytest.raises(InvalidInput):
        shops.apply()
    assert shops.requests() == []


@every_provider()
def test_11_every_field_is_either_there_or_said_to_be_lacking(stand: Stand, tmp_path: Path) -> None:
    """No field is passed over: each has its sample, or is refused with the fact that says so."""
    lacking = {misfit.field: misfit.fact for misfit in stand.misfits if misfit.code == "unsupported"}
    assert {*stand.samples, *lacking} == set(FIELD_NAMES)
    assert all(lacking.values())


@every_provider(readable)
def test_12_be_unreadable_and_change_nothing(stand: Stand, tmp_path: Path) -> None:
    """No answer is no empty profile: nothing is planned from it, nothing is written, and the run is not done."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    shops.faults({**LOST, "method": "GET"})
    planned = shops.planned()
    assert (planned.status, planned.complete, planned.changes) == (TargetStatus.UNREADABLE, False, ())
    assert planned.reason
    assert {shops.plan().reasons, shops.drift().reasons, shops.apply().reasons} == {frozenset({Reason.INCOMPLETE})}
    assert shops.sent() == []


@every_provider(write_only)
def test_12_be_unreadable_by_nature_and_call_nobody(stand: Stand, tmp_path: Path) -> None:
    """There is nothing to read, so looking needs no credential and no network, and never says that all is in sync."""
    shops = Shops(tmp_path, stand=stand)
    shops.profile(**stand.firsts)
    shops.apply()
    assert shops.plan().summary.in_sync == 0
    drift = shops.drift()
    assert {field.reason for field in drift.plan.targets[0].unchanged} == {SameReason.ASSUMED}
    assert (drift.drifted, drift.reasons) == ((), frozenset({Reason.INCOMPLETE}))
    shops.environ.clear()
    shops.environ["RECONCILER_ALLOW_ENDPOINT"] = "https://nobody.example"
    shops.settings("https://nobody.example")
    report = shops.plan()
    assert ([*dict(changed(report))], report.reasons) == (["shop0"], frozenset({Reason.CHANGES}))
    assert report.summary.in_sync == 0


def test_every_point_is_tested_with_every_provider() -> None:
    """Twelve points, every provider, and nobody is excused."""
    assert table(globals()) == {(point, name) for point in POINTS for name in providers()}

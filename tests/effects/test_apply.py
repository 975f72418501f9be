"""What is sent of a target's work, and what becomes of it where memory or a reply fails."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable

import pytest

from reconciler.core.errors import EnvironmentProblem
from reconciler.core.ledger import LedgerEntry
from reconciler.core.outcome import FieldOutcome, FieldStatus, Outcome, Reason
from reconciler.core.settings import Account
from reconciler.core.target import Target
from reconciler.core.value import Value
from reconciler.effects.apply import FRESH_SECONDS, apply
from reconciler.effects.fate import Work
from reconciler.effects.stop import Stop
from reconciler.providers.pickyassist import PickyAssist, PickyAssistOptions
from tests.support import NUMBER, STAMP, change, desired, entry, record
from tests.support.effects import TOKEN, Clock, line
from tests.support.planning import wanted
from tests.support.sockets import Script, Server, each, reply

TAKEN = each(reply({"status": 100}))
# Of which field it speaks, the documents do not say.
REFUSED = each(reply({"status": 899, "message": "No"}))
GONE = "the ledger .reconciler/ledger.sqlite3 cannot be used: Permission denied"
UNKNOWN = "No [899] (this code is not among the documented ones: is the token right?)"
LEFT = FieldOutcome(field="address", status=FieldStatus.LEFT_ALONE, detail="drift")


def number(profile: str = "berlin") -> Target:
    return Target(
        provider="pickyassist",
        endpoint="https://pickyassist.com",
        address=f"PICKYASSIST_TOKEN/{NUMBER}",
        account="shop",
        profile=profile,
        number=NUMBER,
    )


def work(
    to: Target | None = None,
    *,
    recall: Callable[[], LedgerEntry | None] = lambda: None,
    previous: LedgerEntry | None = None,
    left: tuple[FieldOutcome, ...] = (),
    **fields: Value,
) -> Work:
    """Return a target's work, whose `fields` are all to be sent, and the address besides where it is left alone."""
    apart: dict[str, Value] = {one.field: "Nobody said so" for one in left}
    managed = wanted(fields | apart, to=to or number())
    changes = tuple(change(name, after=value) for name, value in fields.items())
    return Work(managed, changes, left=left, read_at=0.0, previous=previous, recall=recall)


def applied(
    *works: Work, script: Script = TAKEN, send: str = "changed", age: float = 0.0
) -> tuple[tuple[Outcome, ...], list[dict[str, Value]]]:
    """Return what becomes of `works` that were planned `age` seconds ago, and what was sent, without the token."""
    options = PickyAssistOptions.model_validate({"send": send})
    account = Account(name="shop", provider="pickyassist", endpoint="", concurrency=1, credentials={}, options=options)
    clock = Clock(now=age)
    with Server(script) as server:
        way = dataclasses.replace(line(server.origin, clock=clock), provider=PickyAssist(account))

        async def run() -> tuple[Outcome, ...]:
            kept: list[object] = []
            return await apply(
                works, {"shop": way}, workers={"shop": 1}, stamp=lambda: STAMP, keep=kept.append, stop=Stop()
            )

        outcomes = asyncio.run(run())
    sent = [json.loads(heard.body) for heard in server.heard]
    assert [body.pop("token") for body in sent] == [TOKEN] * len(sent)
    return outcomes, sent


def statuses(outcome: Outcome) -> dict[str, tuple[FieldStatus, str]]:
    return {one.field: (one.status, one.detail) for one in outcome.fields}


# What may travel


@pytest.mark.parametrize("left", [(), (LEFT,), (LEFT, LEFT.model_copy(update={"field": "email"}))])
def test_what_may_travel_is_all_that_is_managed_but_what_is_left_alone(left: tuple[FieldOutcome, ...]) -> None:
    found = work(left=left, about="New", description="Bread")
    assert [field.name for field in found.sendable.fields] == ["about", "description"]
    assert found.sendable.target == found.target == number()
    assert found.sendable.model_copy(update={"fields": found.desired.fields}) == found.desired


def test_a_field_that_is_left_alone_although_the_profile_does_not_hold_it_changes_nothing() -> None:
    """The file may have been edited since."""
    managed = desired(to=number(), about="New")
    assert Work(managed, (change(),), left=(LEFT,)).sendable == managed


def test_where_all_that_is_managed_is_sent_nothing_of_what_is_left_alone_is() -> None:
    (outcome,), sent = applied(work(left=(LEFT,), about="New", email="a@b.example"), send="all")
    assert sent == [{"about": "New", "email": "a@b.example"}]
    assert statuses(outcome)["address"] == (FieldStatus.LEFT_ALONE, "drift")


# Which field was refused


def test_where_each_field_can_be_sent_alone_the_one_that_was_refused_is_found_out() -> None:
    _, sent = applied(work(about="New", email="a@b.example"), script=REFUSED)
    assert sent == [{"about": "New", "email": "a@b.example"}, {"about": "New"}, {"email": "a@b.example"}]


def test_a_step_that_is_not_divisible_is_not_sent_field_by_field() -> None:
    """Every call would be the same one again, and the second refusal would tell no more than the first."""
    (outcome,), sent = applied(work(about="New", email="a@b.example"), script=REFUSED, send="all")
    assert sent == [{"about": "New", "email": "a@b.example"}]
    assert statuses(outcome) == dict.fromkeys(("about", "email"), (FieldStatus.FAILED, UNKNOWN))


# What was sent meanwhile


def broken() -> LedgerEntry | None:
    raise EnvironmentProblem(GONE)


def test_a_target_of_which_memory_cannot_be_asked_is_skipped_and_the_others_go_on() -> None:
    """Where nothing can be read back, only memory knows what another run sent since."""
    works = [work(number("berlin"), recall=broken, about="New"), work(number("munich"), about="Bread")]
    (berlin, munich), sent = applied(*works, age=FRESH_SECONDS + 1)
    why = f"what was sent meanwhile cannot be looked up: {GONE}"
    fields = (FieldOutcome(field="about", status=FieldStatus.NOT_SENT, detail=why),)
    assert berlin == Outcome(
        target=number("berlin"), fields=fields, detail=why, skipped=True, reasons=(Reason.INCOMPLETE,)
    )
    assert statuses(munich)["about"][0] is FieldStatus.ACKNOWLEDGED
    assert sent == [{"about": "Bread"}]


def test_what_was_just_planned_needs_no_memory() -> None:
    (outcome,), _ = applied(work(recall=broken, about="New"), age=FRESH_SECONDS)
    assert statuses(outcome)["about"][0] is FieldStatus.ACKNOWLEDGED


def test_what_another_run_sent_meanwhile_is_not_overwritten() -> None:
    then, now = entry(record(sent="Old")), entry(record(sent="Theirs"))
    (outcome,), sent = applied(work(recall=lambda: now, previous=then, about="New"), age=FRESH_SECONDS + 1)
    assert (outcome.detail, outcome.reasons) == ("about changed since it was planned; plan again", (Reason.PARTLY,))
    assert sent == []
    _, sent = applied(work(recall=lambda: then, previous=then, about="New"), age=FRESH_SECONDS + 1)
    assert sent == [{"about": "New"}]

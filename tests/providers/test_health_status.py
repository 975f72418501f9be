"""Which number a credential opens: what is asked, and what is made of each reply and of each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.provider import Failure, FailureKind, Read, Reply
from reconciler.core.roster import NumberFacts
from reconciler.core.target import Observed, Opened
from reconciler.providers.shared.graph import ON_BUSINESS_APP
from reconciler.providers.shared.health_status import asked_number, opened_number
from tests.providers.test_dialog360 import answer, dialog360
from tests.support import target
from tests.support.exchange import Played, play, reply

ID, OTHER, WABA = "106540352242922", "106540352242923", "102290129340398"
FULL = Read("/health_status", (("fields", "id,display_phone_number,is_on_biz_app"),))
ONLY_ID = Read("/health_status", (("fields", "id"),))
PLAIN = Read("/health_status")
KNOWN = NumberFacts(number="", keys={"phone_number_id": ID})


def entity(kind: str, identity: Any) -> dict[str, Any]:
    return {"entity_type": kind, "id": identity, "can_send_message": "AVAILABLE"}


def health(*entities: Any, **more: Any) -> dict[str, Any]:
    return {"health_status": {"can_send_message": "AVAILABLE", "entities": list(entities)}, **more}


def asked(*answers: Reply | Failure) -> Played[NumberFacts]:
    return play(asked_number(), *answers)


def refused(summary: str, kind: FailureKind = FailureKind.REJECTED, status: int = 400) -> Failure:
    return Failure(kind=kind, summary=summary, status=status)


def test_a_key_is_asked_once_where_the_number_is_told() -> None:
    played = asked(reply({"id": ID, "display_phone_number": "+49 30 12345678", "is_on_biz_app": False}))
    assert played.calls == (FULL,)
    assert played.result == NumberFacts(number="+493012345678", keys={"phone_number_id": ID})


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        ({"id": ID}, KNOWN),
        ({"id": int(ID)}, KNOWN),
        ({"id": ID, "display_phone_number": None}, KNOWN),
        ({"id": None, "display_phone_number": "+52 1 664 163 3345"}, NumberFacts(number="+5216641633345")),
        ({"id": ID, "is_on_biz_app": True}, NumberFacts("", blocked=ON_BUSINESS_APP, keys={"phone_number_id": ID})),
        (health(entity("PHONE_NUMBER", ID), entity("WABA", WABA)), KNOWN),
        (health(entity("PHONE_NUMBER", ID), id=ID), KNOWN),
        (health("text", None, {"entity_type": "PHONE_NUMBER"}, entity("PHONE_NUMBER", ID)), KNOWN),
    ],
)
def test_a_number_is_told_by_its_own_fields_or_by_its_health(body: dict[str, Any], facts: NumberFacts) -> None:
    assert asked(reply(body)).result == facts


def test_what_is_refused_is_asked_with_less_until_it_is_told() -> None:
    played = asked(refused("no such field"), refused("no fields"), reply(health(entity("PHONE_NUMBER", ID))))
    assert (played.calls, played.result) == ((FULL, ONLY_ID, PLAIN), KNOWN)
    assert asked(refused("no such field"), reply({"id": ID})).calls == (FULL, ONLY_ID)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "x"},
        {"id": True},
        {"id": "1234"},
        {"display_phone_number": "unknown"},
        {"health_status": []},
        {"health_status": {"entities": {}}},
        health(entity("WABA", WABA)),
        health(entity("PHONE_NUMBER", ID), entity("PHONE_NUMBER", OTHER)),
        health(entity("PHONE_NUMBER", ID), id=OTHER),
    ],
)
def test_a_reply_that_names_no_number_or_two_tells_nothing(body: dict[str, Any]) -> None:
    played = asked(reply(body), reply(body), reply(body))
    assert (played.result, len(played.calls)) == (NumberFacts(number="", untold="the reply names no number"), 3)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *((FailureKind.FORBIDDEN, 403), (FailureKind.NOT_FOUND, 404), (FailureKind.UNREGISTERED, 400)),
        *((FailureKind.GARBAGE, 200), (FailureKind.GARBAGE, 404)),
    ],
)
def test_a_refusal_of_every_question_means_not_told(kind: FailureKind, status: int) -> None:
    said = refused("no", kind, status)
    assert asked(said, said, refused("the last word")).result == NumberFacts(number="", untold="the last word")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *((FailureKind.UNAUTHORISED, 401), (FailureKind.THROTTLED, 400), (FailureKind.TRANSIENT, 500)),
        *((FailureKind.UNREACHABLE, 0), (FailureKind.GARBAGE, 502)),
    ],
)
def test_a_failure_that_says_nothing_of_the_number_fails_the_read(kind: FailureKind, status: int) -> None:
    failed = refused("down", kind, status)
    assert (asked(failed).failure, asked(failed).calls) == (failed, (FULL,))


def test_360dialog_is_asked_at_its_health_status() -> None:
    played = play(dialog360().identify(target()), answer({"id": ID}))
    assert (played.calls, played.result) == ((FULL,), KNOWN)


def test_what_was_told_goes_with_what_is_read() -> None:
    facts = NumberFacts("+493012345678", blocked=ON_BUSINESS_APP, keys={"phone_number_id": ID})
    played = play(dialog360().read(target(), facts, wanted={"about"}), reply({"data": [{"about": "Hi"}]}))
    assert isinstance(played.result, Observed)
    assert (played.result.opened, played.result.blocked) == (opened_number(facts), ON_BUSINESS_APP)
    assert opened_number(facts) == Opened(number="+493012345678", identity=ID)
    assert opened_number(NumberFacts("", untold="no")) == Opened(untold="no")

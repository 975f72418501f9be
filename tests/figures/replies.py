"""Replies of each provider, and what its code makes of one, whatever stands in it.

sound_replies: (a stand) → replies that its API gives.
read_reply: (a provider, a body, chance) → whether it was taken for a success.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from reconciler.core.fields import FIELD_NAMES, SecretRef, Webhook
from reconciler.core.provider import CallFailed, Exchange, Failure, Provider, Reply
from reconciler.core.scrubbing import LONG_SECRET, secret_matcher
from reconciler.core.target import Observed, Unreadable
from reconciler.effects.http.guarded import guarded, guarded_failure
from reconciler.effects.http.plain_client import served
from tests.contract.stand import Stand
from tests.support import ADDRESS, NUMBER, change, desired, picture, target

_TOKEN = "EAAG-very-secret-token"
_SECRETS = secret_matcher({_TOKEN: "META_TOKEN"})
# As much of a credential must not be told. A text whose change hit both ends of it has no credential in it any more.
_PIECES = (_TOKEN[:LONG_SECRET], _TOKEN[-LONG_SECRET:])
_STATUSES = (200, 200, 200, 200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 429, 500, 502, 503)
_HEADERS = ("retry-after", "x-business-use-case-usage", "x-app-usage", "facebook-api-version", "x-fb-trace-id")
_TIMES = ("7", "9" * 400, "-1", "soon", "Fri, 31 Dec 9999 23:59:59 GMT", '{"1":[{"call_count":100}]}', "[[]]", "٣")
# More calls than a read of one number, or an upload, makes.
_MOST_CALLS = 8

_PROFILE = {
    "messaging_product": "whatsapp",
    "about": "Bread",
    "address": "Main Street 1",
    "description": "A bakery.",
    "email": "a@bread.example",
    "vertical": "RETAIL",
    "websites": ["https://bread.example/"],
    "profile_picture_url": "https://pps.whatsapp.net/v/t61.24694-24/1_n.jpg?oe=1",
}
_NODE = {
    "id": ADDRESS,
    "display_phone_number": NUMBER,
    "platform_type": "CLOUD_API",
    "is_on_biz_app": False,
    "webhook_configuration": {"phone_number": "https://hooks.example/old", "application": "https://hooks.example/"},
}
_GRAPH: tuple[Any, ...] = (
    {"data": [_PROFILE]},
    {"data": [{"business_profile": _PROFILE}]},
    _NODE,
    {"data": [_NODE], "paging": {"cursors": {"before": "a", "after": "b"}, "next": "https://graph.facebook.com/"}},
    {"success": True},
    {"id": "upload:MTphdHRhY2g?sig=ARaB", "file_offset": 0},
    {"h": "4::aW1hZ2UvcG5n:ARa"},
    {"url": "https://hooks.example/old", "headers": {"X-Shop": "1"}},
    {"health_status": {"entities": [{"entity_type": "PHONE_NUMBER", "id": ADDRESS}]}, **_NODE},
)
_WRITE_ONLY: tuple[Any, ...] = (
    {"status": 200, "message": "Updated", "data": [], "error": {}},
    {"status": "accepted"},
    {"status": 100, "message": "Success"},
)


def sound_replies(stand: Stand) -> Iterator[bytes]:
    """Yield what the provider answers, when all is well and when it refuses."""
    yield from (json.dumps(one).encode() for one in (_GRAPH if stand.readable else _WRITE_ONLY))
    yield from (one.quoting(_TOKEN).encode() for one in stand.refusals)


def read_reply(provider: Provider, body: bytes, random: Random) -> bool:
    """Give a reply to everything that the provider asks; return whether it took the reply for a success."""
    headers = {name: random.choice(_TIMES) for name in random.sample(_HEADERS, random.randrange(3))}
    received = datetime(2026, 8, 2, 12, tzinfo=UTC)
    reply = Reply(random.choice(_STATUSES), headers, body, received)
    provider.usage(reply)
    failure = provider.failure(reply)
    for exchange in _exchanges(provider):
        _drive(exchange, reply, failure)
    if failure is not None:
        _said(failure)
    picture_failure = served(reply)
    if isinstance(picture_failure, Failure):
        _said(picture_failure)
    return failure is None


def _exchanges(provider: Provider) -> Iterator[Exchange[Any]]:
    one = target(address=f"PICKYASSIST_TOKEN/8/{NUMBER}" if provider.traits.name == "pickyassist" else ADDRESS)
    yield from filter(None, (provider.roster(), provider.identify(one)))
    yield provider.read(one, None, wanted=FIELD_NAMES)
    webhook = Webhook(url="https://hooks.example/new", verify_token=SecretRef(env="WEBHOOK_VERIFY"))
    new_picture = change("picture", before=picture(), after=picture("b"))
    new_webhook = change("webhook", before=Webhook(url=""), after=webhook)
    for step in provider.write(desired(to=one, about="New"), (change(), new_picture, new_webhook)):
        yield step.exchange


def _drive(exchange: Exchange[Any], reply: Reply, failure: Failure | None) -> None:
    try:
        next(exchange)
        for _ in range(_MOST_CALLS):
            exchange.send(reply) if failure is None else exchange.throw(CallFailed(failure))
        exchange.close()
    except StopIteration as done:
        _read(guarded(done.value, _SECRETS))
    except CallFailed as failed:
        _said(failed.failure)


def _read(result: object) -> None:
    match result:
        case Unreadable():
            assert result.reason, "what cannot be read has no reason"
        case Observed():
            reasons = [one.reason for one in result.fields.values() if isinstance(one, Unreadable)]
            assert all(reasons), "a field that cannot be read has no reason"


def _said(failure: Failure) -> None:
    """Hold that a failure says what happened, in words that fit."""
    clean = guarded_failure(failure, _SECRETS)
    assert clean.summary, "a failure says nothing"
    assert not any(one in clean.cause.text(trace=True) for one in _PIECES), "a failure tells a credential"

"""guarded: (what a provider said, the matcher of the run's secrets) → the same, with no credential in it.

guarded_failure: (a failure, the matcher) → the same with no credential in its texts, each of a sane length.

A message loses the secrets that it quotes. A live value is not rewritten, because it is compared: one that holds a
credential becomes a field that cannot be read, so it is neither shown nor stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar, cast

from reconciler.core.basics import cut
from reconciler.core.fields import Picture, Value, Webhook
from reconciler.core.provider import Failure, RosterPage
from reconciler.core.roster import NO_BUSINESS, Business, NumberFacts
from reconciler.core.scrubbing import SecretMatcher
from reconciler.core.target import Known, LiveField, Observed, Opened, Unreadable

_T = TypeVar("_T")
# Characters of a code or a trace, which are short.
_MOST_MARK = 80
# Characters of a message that are looked through: far more than is shown of it, whatever its secrets shrink to.
_MOST_READ = 64 * 1024


def guarded_failure(failure: Failure, secrets: SecretMatcher) -> Failure:
    """Return `failure` without a secret in its texts, which are then cut: a server may quote what it was sent."""

    def clean(text: str) -> str:
        return secrets.without(text[:_MOST_READ])

    return replace(
        failure,
        summary=cut(clean(failure.summary)),
        reason=cut(clean(failure.reason)),
        hint=clean(failure.hint),
        code=cut(clean(failure.code), _MOST_MARK),
        trace=cut(clean(failure.trace), _MOST_MARK),
    )


def guarded(said: _T, secrets: SecretMatcher) -> _T:
    """Return what an exchange made of its replies, without a secret. Anything but a provider's text stays as it is."""
    return cast("_T", _guarded(said, secrets))


def _guarded(said: object, secrets: SecretMatcher) -> object:
    match said:
        case Observed():
            return _observed(said, secrets)
        case Unreadable():
            return _unreadable(said, secrets)
        case NumberFacts():
            return _facts(said, secrets)
        case RosterPage():
            numbers = {secrets.without(address): _facts(facts, secrets) for address, facts in said.numbers.items()}
            return replace(said, numbers=numbers)
        case _:
            return said


def _observed(live: Observed, secrets: SecretMatcher) -> Observed:
    opened = live.opened
    if opened is not None:
        texts = (opened.number, opened.identity, opened.untold)
        opened = Opened(*map(secrets.without, texts))
    return Observed(
        fields=_fields(live.fields, secrets),
        blocked=secrets.without(live.blocked),
        notes=tuple(map(secrets.without, live.notes)),
        opened=opened,
        business=_business(live.business, secrets),
    )


def _business(business: Business, secrets: SecretMatcher) -> Business:
    if business == NO_BUSINESS:
        return NO_BUSINESS
    texts = (business.name, business.name_status, business.quality, business.limit)
    clean = Business(*(cut(secrets.without(text[:_MOST_READ]), _MOST_MARK) for text in texts))
    # A text that was clean stays the same object: the number's facts and its profile both hold it.
    return business if clean == business else clean


def _fields(fields: Mapping[str, LiveField], secrets: SecretMatcher) -> Mapping[str, LiveField]:
    """Return the fields as they are where none of them holds a secret, as in nearly every number."""
    texts = [text for one in fields.values() if isinstance(one, Known) for text in _texts_of(one.value)]
    if secrets.none_in(texts) and not any(isinstance(one, Unreadable) for one in fields.values()):
        return fields
    return {name: _field(one, secrets) for name, one in fields.items()}


def _field(live: LiveField, secrets: SecretMatcher) -> LiveField:
    match live:
        case Known(value=value):
            held = next(filter(None, map(secrets.named_in, _texts_of(value))), "")
            return Unreadable(reason=f"holds {held}") if held else live
        case Unreadable():
            return _unreadable(live, secrets)
        case _:
            # The address of a picture is called, and never shown.
            return live


def _texts_of(value: Value) -> tuple[str, ...]:
    """Return every text of a live value that could be shown or stored."""
    match value:
        case str():
            return (value,)
        case Webhook():
            return (value.url, *(header.name for header in value.headers))
        case Picture():
            return (value.file,)
        case _:
            return value


def _unreadable(live: Unreadable, secrets: SecretMatcher) -> Unreadable:
    cause = live.cause
    if cause is not None:
        names = ("message", "reason", "code", "trace", "hint")
        cause = replace(cause, **{name: secrets.without(getattr(cause, name)) for name in names})
    return Unreadable(reason=secrets.without(live.reason), cause=cause)


def _facts(facts: NumberFacts, secrets: SecretMatcher) -> NumberFacts:
    """Return what a list says of a number. Its webhook stays: it becomes a live value, and is judged as one."""
    return replace(
        facts,
        number=secrets.without(facts.number),
        blocked=secrets.without(facts.blocked),
        untold=secrets.without(facts.untold),
        business=_business(facts.business, secrets),
        keys={name: secrets.without(key) for name, key in facts.keys.items()},
    )

"""What a provider says holds no credential by the time that anything else sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.basics import Cause
from reconciler.core.fields import Header, Picture, Webhook
from reconciler.core.provider import Failure, FailureKind, Reply, RosterPage
from reconciler.core.roster import NO_BUSINESS, Business, NumberFacts
from reconciler.core.scrubbing import secret_matcher
from reconciler.core.target import Known, Linked, LiveField, Observed, Opened, Unreadable, WriteOnly
from reconciler.effects.http.guarded import guarded, guarded_failure

SECRET = "EAAGm0PX4ZCpsBAKZC"
KNOWN = secret_matcher({SECRET: "META_TOKEN"})
PICTURE = Picture(sha256="0" * 64, mime="image/png", size=1, width=1, height=1, grid="")


def live(value: LiveField) -> LiveField:
    """Return what becomes of one live field."""
    return guarded(Observed({"about": value}), KNOWN).fields["about"]


@pytest.mark.parametrize(
    "value",
    [
        f"Hi {SECRET}",
        f"Hi {SECRET.lower()}",
        ("https://a.example", f"https://b.example/?{SECRET}"),
        Webhook(f"https://a.example/{SECRET}"),
        Webhook("https://a.example", headers=(Header(f"X-{SECRET}"),)),
        replace(PICTURE, file=f"pictures/{SECRET}.png"),
    ],
)
def test_a_live_value_that_holds_a_credential_cannot_be_read(value: str | tuple[str, ...] | Webhook | Picture) -> None:
    assert live(Known(value)) == Unreadable("holds META_TOKEN")


@pytest.mark.parametrize(
    "value",
    [
        *(Known("Fresh  bread\n"), Known(("https://a.example",)), Known(Webhook("https://a.example")), Known(PICTURE)),
        *(Linked(f"https://a.example/{SECRET}"), WriteOnly(), Unreadable("no")),
    ],
)
def test_every_other_live_value_is_compared_as_it_came(value: LiveField) -> None:
    """The link to a picture is called, and never shown."""
    assert live(value) == value


def test_every_word_about_a_number_is_without_a_credential() -> None:
    text, shown = f"a {SECRET} b", "a ⟨secret⟩ b"
    cause = Cause(text, text, text, text, text)
    assert live(Unreadable(text, cause)) == Unreadable(shown, Cause(shown, shown, shown, shown, shown))
    assert guarded(Unreadable(text), KNOWN) == Unreadable(shown)
    seen = Observed({}, blocked=text, notes=(text, "b"), opened=Opened(text, text, text))
    assert guarded(seen, KNOWN) == Observed({}, blocked=shown, notes=(shown, "b"), opened=Opened(shown, shown, shown))
    listed = {text: NumberFacts(number=text, webhook=text, blocked=text, untold=text, keys={"id": text})}
    # The webhook becomes a live value, and is judged as one.
    facts = NumberFacts(number=shown, webhook=text, blocked=shown, untold=shown, keys={"id": shown})
    # What leads to the next page is given back as it came, and never shown.
    assert guarded(RosterPage(listed, after=text), KNOWN) == RosterPage({shown: facts}, after=text)


def test_a_reply_that_was_not_read_yet_and_the_end_of_a_write_stay() -> None:
    reply = Reply(200, {}, SECRET.encode())
    assert guarded(reply, KNOWN) is reply
    assert guarded(None, KNOWN) is None


def test_a_failure_loses_its_secrets_before_it_is_cut() -> None:
    text = f"{'x' * 290}{SECRET}"
    failure = Failure(FailureKind.REJECTED, summary=text, hint=SECRET, code=SECRET, reason=f"{'y' * 10**6}", trace=text)
    found = guarded_failure(failure, KNOWN)
    assert found.summary == f"{'x' * 290}⟨secret⟩"
    assert (found.hint, found.code, found.trace) == ("⟨secret⟩", "⟨secret⟩", f"{'x' * 79}…")
    assert len(found.reason) == 300
    assert guarded_failure(replace(failure, trace=f"a {SECRET} b"), KNOWN).trace == "a ⟨secret⟩ b"


def test_what_is_told_of_a_business_holds_no_credential_and_has_a_sane_length() -> None:
    long, told = "x" * 500, Business(f"Shop {SECRET}", SECRET, "GREEN", "TIER_1K")
    assert guarded(Observed({}, business=told), KNOWN).business == Business(
        "Shop ⟨secret⟩", "⟨secret⟩", "GREEN", "TIER_1K"
    )
    facts = guarded(RosterPage({"1": NumberFacts(number="", business=Business(long))}), KNOWN).numbers["1"]
    assert len(facts.business.name) == 80


def test_what_is_told_of_a_business_without_a_credential_stays_one_value() -> None:
    """Of a fleet both the number's facts and its profile hold it."""
    told = Business("Shop", "APPROVED", "GREEN", "TIER_1K")
    assert guarded(Observed({}, business=told), KNOWN).business is told
    assert guarded(Observed({}, business=Business()), KNOWN).business is NO_BUSINESS

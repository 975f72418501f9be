"""What was read of a number as the profile that says exactly that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.authoring.import_draft import DraftSource, ImportDraft, draft_profile
from reconciler.core.fields import FIELD_NAMES, Header, Mode, SecretRef, Value, Webhook
from reconciler.core.target import Linked, LiveField, Observed, Unreadable, WriteOnly
from reconciler.providers import providers
from reconciler.providers.kaleyra import KaleyraOptions
from reconciler.render.profile_yaml import profile_yaml
from tests.support import ADDRESS, observed, picture, target
from tests.support.authoring import HEAD, fields, resolved, said

TRAITS = {name: provider.traits for name, provider in providers().items()}
LOGO = "pictures/bakery/493012345678.png"
FILE = picture(file=LOGO)
SHOWN = picture("b", file="")
SECRET = "what is secret in it cannot be read back; add it to manage the webhook"
UNTOUCHED = "Hey there! I am using WhatsApp."
PIECES = ["${", "$${", "$", "{", "}", "${city}", "\n", " ", "\0", "\ud800", "é", "word " * 20, "\ufeff", "a@b.example"]
ANY = st.text(st.characters(), max_size=40) | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


def from_live(
    live: Observed | Mapping[str, Value | LiveField],
    provider: str = "meta",
    *,
    options: object = None,
    defaults: Mapping[str, object] | None = None,
) -> ImportDraft:
    """Return the draft of a number; what a test does not name was never set."""
    if not isinstance(live, Observed):
        unset: dict[str, Any] = dict.fromkeys(FIELD_NAMES, "") | {"websites": (), "webhook": Webhook(url="")}
        live = observed(**unset | dict(live))
    origin = DraftSource(TRAITS[provider], options=options, defaults=defaults or {}, pictures={LOGO: FILE})
    start = ImportDraft(target(), keys={"phone_number_id": ADDRESS}, credentials={"token": SecretRef(env="META_A")})
    return draft_profile(start, live, LOGO, origin=origin)


def managed(draft: ImportDraft) -> tuple[object, ...]:
    return (draft.fields, draft.asides, draft.omit, draft.inherited)


def test_what_is_live_is_what_the_profile_says() -> None:
    live: dict[str, Value | LiveField] = {
        "about": "Fresh bread",
        "address": "Main Street 1\n10115 Berlin",
        "description": "Bread",
        "email": "a@b.example",
        "industry": "RETAIL",
        "websites": ("https://a.example/", "http://b.example"),
        "picture": SHOWN,
    }
    found = from_live(live)
    assert found.fields == live | {"websites": ["https://a.example/", "http://b.example"], "picture": LOGO}
    assert (found.managed, found.asides, found.omit) == (FIELD_NAMES[:7], (), ())
    assert (found.mode, found.write_only, found.file) == (Mode.MANAGED, False, "berlin.yaml")


def test_whom_it_is_of_stays_as_it_was() -> None:
    found = from_live({})
    assert (found.target, found.keys) == (target(), {"phone_number_id": ADDRESS})
    assert found.credentials == {"token": SecretRef(env="META_A")}


@pytest.mark.parametrize("live", [{}, {"about": UNTOUCHED}, {"websites": ()}, {"webhook": Webhook(url="")}])
def test_a_field_that_was_never_set_is_left_out(live: dict[str, Value | LiveField]) -> None:
    """An empty field in a file is one that is to be empty."""
    assert managed(from_live(live)) == ({}, (), (), ())


def test_what_the_defaults_say_as_well_is_left_to_them() -> None:
    live: dict[str, Value | LiveField] = {
        "about": "Fresh",
        "websites": ("https://a.example",),
        "email": "a@b.example",
    }
    found = from_live(live, defaults={"about": "Fresh", "websites": ["https://a.example"], "email": "b@b.example"})
    assert managed(found) == ({"email": "a@b.example"}, (), (), ("about", "websites"))
    assert found.managed == ("about", "email", "websites")


def test_a_default_that_only_looks_the_same_is_not_the_same() -> None:
    """As written, `${city}` in the defaults is a variable."""
    found = from_live({"about": "In ${city}"}, defaults={"about": "In ${city}"})
    assert managed(found) == ({"about": "In $${city}"}, (), (), ())
    assert from_live({"about": "In ${city}"}, defaults={"about": "In $${city}"}).inherited == ("about",)


def test_what_the_defaults_would_bring_along_is_left_out_by_name() -> None:
    defaults = {"about": "x", "email": "a@b.example", "webhook": {"url": "https://h.example"}, "address": "y"}
    live: dict[str, Value | LiveField] = {
        "about": UNTOUCHED,
        "email": Unreadable(reason="a timeout"),
        "address": "Here",
    }
    found = from_live(live, defaults=defaults)
    assert found.fields == {"address": "Here"}
    assert found.omit == ("about", "email", "webhook")


def test_what_the_provider_does_not_have_is_left_out_by_name_and_not_spoken_of() -> None:
    live: dict[str, Value | LiveField] = dict.fromkeys(FIELD_NAMES, WriteOnly())
    found = from_live(live, "pickyassist", defaults={"webhook": {"url": "https://h.example"}})
    assert found.omit == ("webhook",)
    assert "webhook" not in {name for name, *_ in found.asides}
    assert from_live(live, "pickyassist").omit == ()


def test_of_what_is_only_written_nothing_is_managed() -> None:
    live: dict[str, Value | LiveField] = dict.fromkeys(FIELD_NAMES, WriteOnly())
    found = from_live(live, "kaleyra", defaults={"about": "Fresh"})
    asides = tuple((name, "", "it cannot be read back") for name in FIELD_NAMES)
    assert (found.write_only, *managed(found)) == (True, {}, asides, ("about",), ())


def test_a_number_that_may_not_be_written_is_only_looked_at() -> None:
    found = from_live(observed("it is on the Business app", about="Fresh"))
    assert (found.mode, found.fields) == (Mode.OBSERVE, {"about": "Fresh"})


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (Unreadable(reason="a timeout"), "it could not be read: a timeout"),
        (WriteOnly(), "it cannot be read back"),
    ],
)
def test_what_is_not_known_is_not_managed(live: LiveField, why: str) -> None:
    assert managed(from_live({"about": live})) == ({}, (("about", "", why),), (), ())


def test_what_the_reply_does_not_say_is_not_known() -> None:
    found = from_live(observed(about="Fresh"))
    why = "it could not be read: the reply does not say"
    assert found.asides == tuple((name, "", why) for name in FIELD_NAMES if name != "about")


def test_a_link_is_a_mistake_of_the_stage_before() -> None:
    with pytest.raises(AssertionError, match=r"^a link is made a value before it is drafted$"):
        from_live({"picture": Linked(url="https://pps.whatsapp.net/1")})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("about", "x" * 140, "about is 140 characters, 1 over Meta's limit of 139"),
        ("about", " ", "about is nothing but white space"),
        ("email", "nobody", "email is not an e-mail address: An email address must have an @-sign."),
        ("industry", "NOT_A_BIZ", "'NOT_A_BIZ' is not an industry"),
        ("websites", ("ftp://a.example",), "websites[0] is not a link: it must begin with http:// or https://"),
        ("description", "half \ud83d", "it holds half of a character"),
    ],
)
def test_what_validate_would_not_take_stands_beside_it_with_the_reason(name: str, value: Value, why: str) -> None:
    known = json.dumps(list(value) if isinstance(value, tuple) else value)
    assert managed(from_live({name: value})) == ({}, ((name, known, why),), (), ())


def test_what_only_a_warning_is_said_of_is_written() -> None:
    live = {"about": " Fresh ", "description": "x" * 300}
    assert managed(from_live(live)) == (live, (), (), ())


@pytest.mark.parametrize(
    ("provider", "webhook"),
    [
        ("meta", Webhook(url="https://h.example/a")),
        ("360dialog", Webhook(url="https://h.example/a", headers=(Header(name="X-Key"),))),
    ],
)
def test_a_webhook_with_a_secret_is_not_managed(provider: str, webhook: Webhook) -> None:
    ((name, known, why),) = from_live({"webhook": webhook}, provider).asides
    assert (name, json.loads(known)["url"], why) == ("webhook", webhook.url, SECRET)
    assert "webhook" not in from_live({"webhook": webhook}, provider).managed


def test_a_webhook_without_a_secret_is_managed() -> None:
    found = from_live({"webhook": Webhook(url="https://h.example/${a}")}, "360dialog")
    assert managed(found) == ({"webhook": {"url": "https://h.example/$${a}"}}, (), (), ())


def test_what_an_account_must_say_first_keeps_a_field_out() -> None:
    """No provider that can be read needs it today."""
    options = KaleyraOptions(sid="HX1")
    ((name, known, why),) = from_live({"picture": SHOWN}, "kaleyra", options=options).asides
    assert (name, why) == ("picture", "Kaleyra fetches pictures from a public address, and the account names none")
    assert "grid" not in json.loads(known)
    options = KaleyraOptions(sid="HX1", picture_base_url="https://a.example/")
    assert from_live({"picture": SHOWN}, "kaleyra", options=options).fields == {"picture": LOGO}


# Laws


TEXTS = st.fixed_dictionaries(dict.fromkeys(("about", "address", "email", "industry"), ANY))


@given(texts=TEXTS, websites=st.lists(ANY, max_size=3).map(tuple), url=ANY)
@example(texts=dict.fromkeys(("about", "address", "email", "industry"), "a\ud800@b.example"), websites=(), url="")
@example(texts={"about": "\ud800"}, websites=("\ud800", "https://a.example/\ud800"), url="\ud800")
def test_whatever_a_number_shows_its_profile_is_valid_and_says_the_same(
    texts: dict[str, str], websites: tuple[str, ...], url: str
) -> None:
    """What is read again and resolved is what was live, or stands beside it."""
    live: dict[str, Value | LiveField] = {**texts, "websites": websites, "webhook": Webhook(url=url)}
    found = from_live(live)
    assert all(known.isascii() and known.isprintable() for _, known, _ in found.asides)
    again = resolved(profile_yaml(replace(found, credentials={}), TRAITS["meta"]))
    assert [one for one in said(again.diagnostics) if " warning " not in one] == []
    assert fields(again) == {name: live[name] for name in found.managed}


@given(ANY)
def test_every_text_is_escaped_so_that_filling_it_gives_it_back(text: str) -> None:
    found = from_live({"address": text})
    assert "address" in found.fields or found.asides or not text
    if "address" in found.fields:
        again = resolved(f"{HEAD}profile: {{address: {json.dumps(found.fields['address'])}}}")
        assert fields(again) == {"address": text}

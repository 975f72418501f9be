"""Answers about a new account: what is taken, and what is said of the rest."""

from __future__ import annotations

import pytest

from reconciler.core.authoring.answers import (
    account_problem,
    guess_place,
    host_answer,
    number_problems,
    open_options,
    option_value,
    public_folder,
    read_owners,
    typed_numbers,
)
from reconciler.core.authoring.new_repository import RunPlace
from reconciler.providers import provider_traits

KNOWN = provider_traits()


def test_only_what_a_person_knows_is_asked() -> None:
    assert {name: open_options(traits) for name, traits in KNOWN.items()} == {
        "360dialog": (),
        "kaleyra": ("sid", "picture_base_url"),
        "meta": ("waba_id",),
        "pickyassist": ("application", "picture_base_url"),
    }


@pytest.mark.parametrize(
    ("provider", "name", "text", "value"),
    [
        ("meta", "waba_id", "102290129340398", "102290129340398"),
        ("kaleyra", "sid", "HX123", "HX123"),
        ("kaleyra", "picture_base_url", "https://static.example/profiles/", "https://static.example/profiles/"),
        ("pickyassist", "application", "12", 12),
        ("pickyassist", "send", "all", "all"),
    ],
)
def test_an_option_has_the_type_of_its_file(provider: str, name: str, text: str, value: object) -> None:
    assert option_value(KNOWN[provider], name, text) == value


@pytest.mark.parametrize(
    ("provider", "name", "text", "said"),
    [
        ("meta", "waba_id", "12", "'12' is no waba_id: it is an id of 5 to 25 digits"),
        ("kaleyra", "sid", "H-1", "'H-1' is no sid: it is the account's SID: 3 to 64 letters and digits"),
        ("kaleyra", "picture_base_url", "http://a/", "'http://a/' is no picture_base_url: it is a public https folder"),
        ("pickyassist", "application", "twelve", "'twelve' is no application: see `reconciler schema`"),
        ("meta", "sid", "H1", "an account at Meta has no option sid; its options: api_version, waba_id"),
        ("360dialog", "sid", "H1", "an account at 360dialog has no option sid; its options: none"),
    ],
)
def test_another_value_is_refused_with_what_it_should_be(provider: str, name: str, text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        option_value(KNOWN[provider], name, text)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("typed", ["api.in.kaleyra.io", "https://api.in.kaleyra.io", "https://api.in.kaleyra.io/"])
def test_a_host_is_taken_as_people_copy_it(typed: str) -> None:
    assert host_answer(KNOWN["kaleyra"], typed) == "api.in.kaleyra.io"


def test_another_host_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'evil.example' is no host of Meta: it has graph.facebook.com"):
        host_answer(KNOWN["meta"], "evil.example")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shops", ""),
        ("Shops", "'Shops' cannot be the name of an account: use lower-case letters, digits, '.', '_' and '-'"),
        ("templates", "an account cannot be named 'templates': that folder of profiles/ is taken"),
    ],
)
def test_the_name_of_an_account_is_judged_as_in_its_file(name: str, said: str) -> None:
    assert account_problem(name) == said


def test_numbers_are_judged_as_an_import_judges_them() -> None:
    assert [*number_problems(["+493012345678=D360_API_KEY_BERLIN"], KNOWN["360dialog"], allowed=())] == []
    (said,) = number_problems(["+493012345678=META_TOKEN", "+493012345678"], KNOWN["360dialog"], allowed=())
    assert said.startswith("+493012345678=META_TOKEN: ")
    (said,) = number_problems(["+493012345678=x"], KNOWN["kaleyra"], allowed=())
    assert said == "+493012345678=x: +493012345678: at Kaleyra a number needs nothing after it"


def test_owners_are_people_and_teams() -> None:
    assert read_owners("@ada @acme/marketing, ada@acme.example @group/sub/team") == (
        "@ada",
        "@acme/marketing",
        "ada@acme.example",
        "@group/sub/team",
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("@OWNER", "@OWNER is a placeholder; name the people or the team who review"),
        ("marketing", "marketing is no owner; write @user, @organisation/team or an e-mail address"),
        ("@a\u202eb", "@a\u202eb is no owner; write @user, @organisation/team or an e-mail address"),
    ],
)
def test_what_is_no_owner_is_said(typed: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_owners(f"@ada {typed}")
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("origin", "place", "public"),
    [
        ("git@github.com:acme/wa.git", RunPlace.GITHUB, "https://raw.githubusercontent.com/acme/wa/main/eu/profiles/"),
        ("https://github.com/acme/wa", RunPlace.GITHUB, "https://raw.githubusercontent.com/acme/wa/main/eu/profiles/"),
        (
            "ssh://git@github.com/acme/w.a/",
            RunPlace.GITHUB,
            "https://raw.githubusercontent.com/acme/w.a/main/eu/profiles/",
        ),
        ("https://gitlab.com/acme/wa.git", RunPlace.GITLAB, ""),
        ("git@gitlab.acme.example:acme/wa.git", RunPlace.GITLAB, ""),
        ("https://notgithub.com/acme/wa", RunPlace.NONE, ""),
        ("/srv/git/wa.git", RunPlace.NONE, ""),
        ("", RunPlace.NONE, ""),
    ],
)
def test_the_remote_suggests_a_place(origin: str, place: RunPlace, public: str) -> None:
    assert guess_place(origin) is place
    assert public_folder(origin, "eu/") == public


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("+493012345678, +498912345678=106540352242923", ["+493012345678", "+498912345678=106540352242923"]),
        # As WhatsApp Manager shows it: the spaces are a part of the number.
        ("+49 30 12345678 +49 (89) 123-45678=106", ["+49 30 12345678", "+49 (89) 123-45678=106"]),
        ("493012345678 +493012345678 498912345678", ["493012345678", "+493012345678", "498912345678"]),
        ("+4930=1 23", ["+4930=1", "23"]),
        ("", []),
    ],
)
def test_a_number_with_spaces_is_one(text: str, numbers: list[str]) -> None:
    assert [*typed_numbers(text)] == numbers


def test_of_a_number_with_spaces_one_thing_is_said() -> None:
    (said,) = number_problems(typed_numbers("+49 30 12345678=106540352242922"), KNOWN["meta"], allowed=())
    assert said.endswith("must be written as +493012345678; write it in full: +493012345678")

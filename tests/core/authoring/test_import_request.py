"""A number as it is typed, and which numbers are imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from reconciler.core.authoring.import_request import ImportRequest, choose_numbers, read_import_request, unusable
from reconciler.core.basics import Diagnostic, Model, error
from reconciler.core.fields import SecretRef
from reconciler.core.roster import NumberFacts
from reconciler.core.traits import Traits
from reconciler.providers import providers

ONE, TWO = "+493012345678", "+4989123456"
ID = "106540352242922"
TRAITS = {name: provider.traits for name, provider in providers().items()}
META, D360, KALEYRA, PICKY = (TRAITS[name] for name in ("meta", "360dialog", "kaleyra", "pickyassist"))
IN_FULL = f"write it in full: {ONE}"
FROM_SCRATCH = "write a plus, the country's code and the rest of the number, without spaces"
IN_SETTINGS = "`waba_id` into the account in reconciler.yaml"


def facts(number: str, key: str) -> NumberFacts:
    return NumberFacts(number=number, keys={"phone_number_id": key})


def a_key(key: str = "D360_BERLIN") -> ImportRequest:
    return ImportRequest(ONE, credentials={"api_key": SecretRef(env=key)})


# What is typed


@pytest.mark.parametrize("traits", TRAITS.values(), ids=TRAITS)
@pytest.mark.parametrize("text", [ONE, f"{ONE}="])
def test_a_number_alone_is_taken_everywhere(traits: Traits, text: str) -> None:
    assert read_import_request(text, traits) == ImportRequest(ONE)


@pytest.mark.parametrize("traits", TRAITS.values(), ids=TRAITS)
@pytest.mark.parametrize(
    ("number", "why", "hint"),
    [
        ("", "'' is not a phone number in international form", FROM_SCRATCH),
        ("berlin", "'berlin' is not a phone number in international form", FROM_SCRATCH),
        (
            "030 12345678",
            "'030 12345678' is not a phone number in international form",
            "write a plus and the country's code in place of the first 0",
        ),
        ("0049 30 12345678", "'0049 30 12345678' is not a phone number in international form", IN_FULL),
        ("+49 30 12345678", "'+49 30 12345678' must be written as +493012345678", IN_FULL),
        (
            "+4412",
            "'+4412' is too short or too long for its country",
            "look it up again: digits are missing, or there are too many",
        ),
        (
            "4.93012E+11",
            "'4.93012E+11' has lost its last digits",
            "a spreadsheet shortened it: copy it again with all its digits",
        ),
    ],
)
@pytest.mark.parametrize("key", ["", f"={ID}", "=D360_BERLIN"])
def test_what_is_no_number_is_refused_whatever_stands_behind_it(
    traits: Traits, number: str, why: str, hint: str, key: str
) -> None:
    assert read_import_request(number + key, traits) == error("number", f"number {why}", hint=hint)


@pytest.mark.parametrize(
    ("text", "traits", "keys"),
    [
        (f"{ONE}={ID}", META, {"phone_number_id": ID}),
        (f"{ONE}=5", PICKY, {"application": 5}),
    ],
)
def test_an_id_behind_the_number_is_the_profiles_key(text: str, traits: Traits, keys: dict[str, Any]) -> None:
    assert read_import_request(text, traits) == ImportRequest(ONE, keys=keys)


@pytest.mark.parametrize(
    ("key", "traits", "name"),
    [
        ("12", META, "phone_number_id"),
        (f"{ID}/../2", META, "phone_number_id"),
        (f"{ID}\n", META, "phone_number_id"),
        (f"{ID}={ID}", META, "phone_number_id"),
        ("0", PICKY, "application"),
        ("five", PICKY, "application"),
        ("9" * 30, PICKY, "application"),
    ],
)
def test_what_is_no_id_is_refused_and_not_repeated(key: str, traits: Traits, name: str) -> None:
    """Somebody may have typed a secret there."""
    summary = f"{ONE}: what stands after the = is no {name}"
    assert read_import_request(f"{ONE}={key}", traits) == error("wrong-value", summary)


def test_an_id_that_a_spreadsheet_shortened_has_to_be_copied_again() -> None:
    found = read_import_request(f"{ONE}=1.0654E+14", META)
    assert isinstance(found, Diagnostic)
    assert found.hint == "a spreadsheet shortened it: copy it again with all its digits"


def test_a_number_of_a_length_that_no_country_is_known_to_have_is_taken_where_the_list_tells() -> None:
    odd = "+22520301234"
    assert read_import_request(odd, META) == ImportRequest(odd)
    assert isinstance(read_import_request(odd, KALEYRA), Diagnostic)


def test_where_a_number_says_nothing_besides_nothing_may_follow_it() -> None:
    summary = f"{ONE}: at Kaleyra a number needs nothing after it"
    assert read_import_request(f"{ONE}=x", KALEYRA) == error("unknown-key", summary)


def test_where_each_number_has_its_own_credential_its_variable_is_named() -> None:
    assert read_import_request(f"{ONE}=D360_BERLIN", D360) == a_key()
    assert read_import_request(f"{ONE}=BERLIN_KEY", D360, allowed={"BERLIN_KEY"}) == a_key("BERLIN_KEY")


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("META_TOKEN", "META_TOKEN is not a name that may be read here: only names that begin with D360_ are"),
        ("Kx9v2b", "this is not a name that may be read here: only names that begin with D360_ are"),
        ("kX9v-2b", "this is not the name of an environment variable"),
        ("D360_A=b", "this is not the name of an environment variable"),
    ],
)
def test_another_variable_is_refused_and_a_secret_is_not_repeated(key: str, why: str) -> None:
    hint = f"after the = stands the name of a variable, for {ONE}"
    assert read_import_request(f"{ONE}={key}", D360) == error("secret-name", why, hint=hint)


def test_the_variable_that_holds_everybodys_is_nobodys() -> None:
    """The profile would not be valid, and the whole object would be sent as a key."""
    assert isinstance(read_import_request(f"{ONE}=D360_API_KEYS", D360), Diagnostic)


@given(text=st.text(max_size=12) | st.text(max_size=12).map(f"{ONE}=".__add__), name=st.sampled_from(sorted(TRAITS)))
def test_whatever_is_typed_is_a_request_or_one_mistake(text: str, name: str) -> None:
    found = read_import_request(text, TRAITS[name])
    assert isinstance(found, Diagnostic) or found.number == ONE


# Which are imported


def test_what_is_asked_for_is_imported_in_its_order_and_nothing_else() -> None:
    roster = {"1": facts(ONE, ID), "2": facts(TWO, "22222"), "3": facts("+4940123456", "33333")}
    assert choose_numbers([ImportRequest(TWO), ImportRequest(ONE)], roster, META) == [
        ImportRequest(TWO, keys={"phone_number_id": "22222"}),
        ImportRequest(ONE, keys={"phone_number_id": ID}),
    ]


def test_without_a_request_every_listed_number_is_imported() -> None:
    assert choose_numbers([], {"1": facts(ONE, ID), "2": facts(TWO, "22222")}, META) == [
        ImportRequest(ONE, keys={"phone_number_id": ID}),
        ImportRequest(TWO, keys={"phone_number_id": "22222"}),
    ]
    assert choose_numbers([], {}, META) == []


def test_what_is_typed_wins_over_the_list() -> None:
    typed = ImportRequest(ONE, keys={"phone_number_id": "77777"})
    assert choose_numbers([typed], {"1": facts(ONE, ID)}, META) == [typed]
    assert choose_numbers([a_key()], {"1": NumberFacts(number=ONE)}, D360) == [a_key()]


@pytest.mark.parametrize("roster", [None, {}, {"2": facts(TWO, "22222")}])
def test_a_number_with_an_unknown_id_is_reported_and_the_others_are_kept(roster: dict[str, NumberFacts] | None) -> None:
    known = ImportRequest(TWO, keys={"phone_number_id": "22222"})
    summary = f"{ONE} is not in the account's list, and its phone_number_id is not known"
    hint = f"write {ONE}=PHONE_NUMBER_ID"
    if roster is None:
        summary = f"the phone_number_id of {ONE} is not known"
        hint += f", or write {IN_SETTINGS}, so that it lists its numbers"
    missing = error("missing-key", summary, hint=hint)
    assert choose_numbers([ImportRequest(ONE), known], roster, META) == [missing, known]


@pytest.mark.parametrize("traits", [D360, KALEYRA, PICKY], ids=lambda traits: traits.name)
def test_where_a_profile_need_say_nothing_besides_the_number_is_enough(traits: Traits) -> None:
    assert choose_numbers([ImportRequest(ONE)], None, traits) == [ImportRequest(ONE)]


@pytest.mark.parametrize(
    ("traits", "example"),
    [
        (D360, "+493012345678=D360_API_KEY_BERLIN"),
        (KALEYRA, "+493012345678"),
        (PICKY, "+493012345678"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_where_nothing_is_listed_the_numbers_must_be_named(traits: Traits, example: str) -> None:
    summary = f"{traits.title} cannot list the account's numbers, so name them"
    assert choose_numbers([], None, traits) == [error("no-numbers", summary, hint=f"write each as {example}")]


def test_an_account_that_could_list_its_numbers_is_not_said_to_be_unable_to() -> None:
    hint = f"write {IN_SETTINGS}, or name each number as +493012345678=PHONE_NUMBER_ID"
    summary = "Meta cannot list the account's numbers without its waba_id"
    assert choose_numbers([], None, META) == [error("no-numbers", summary, hint=hint)]


@pytest.mark.parametrize(
    ("shown", "other"),
    [("+5215512345678", "+525512345678"), ("+556481234567", "+5564981234567"), ("+22997123456", "+2290197123456")],
)
def test_a_number_is_found_in_the_list_in_either_spelling_and_written_as_it_is_listed(shown: str, other: str) -> None:
    listed = ImportRequest(shown, keys={"phone_number_id": ID})
    for typed in (shown, other):
        assert choose_numbers([ImportRequest(typed)], {"1": facts(shown, ID)}, META) == [listed]
    assert choose_numbers([ImportRequest(shown), ImportRequest(other)], {"1": facts(shown, ID)}, META) == [listed]
    # A key that is typed is taken at its word, and so is the number before it.
    typed_key = ImportRequest(other, keys={"phone_number_id": "77777"})
    assert choose_numbers([typed_key], {"1": facts(shown, ID)}, META) == [typed_key]


def test_what_the_list_shows_is_a_number_whatever_its_length() -> None:
    for shown in ("+5215512345678", "+22520301234", "+123456789012345"):
        assert choose_numbers([], {"1": facts(shown, ID)}, META) == [ImportRequest(shown, keys={"phone_number_id": ID})]


def test_two_lines_that_spell_one_number_in_two_ways_are_one_number() -> None:
    roster = {"1": facts("+5215512345678", ID), "2": facts("+525512345678", "22222")}
    assert len(choose_numbers([], roster, META)) == 1
    assert unusable(roster, META) == [facts("+525512345678", "22222")]


def test_a_number_is_imported_once_however_often_it_is_typed() -> None:
    """Its file would be written twice, and remembered twice."""
    assert len(choose_numbers([a_key(), a_key()], None, D360)) == 1


@pytest.mark.parametrize("number", ["", "+1", "+493012345678901234"])
def test_a_line_of_the_list_without_a_number_makes_no_profile(number: str) -> None:
    """`display_phone_number` is the provider's; the file `bakery/.yaml` would not even be read."""
    found = choose_numbers([], {"1": facts(number, ID), "2": facts(TWO, "22222")}, META)
    assert [one.number for one in found if isinstance(one, ImportRequest)] == [TWO]


@pytest.mark.parametrize("key", ["1", "abc", f"{ID}/x"])
def test_an_id_of_the_list_that_no_profile_may_hold_is_not_taken(key: str) -> None:
    found = choose_numbers([], {"1": facts(ONE, key)}, META)
    assert [one for one in found if isinstance(one, ImportRequest)] == []


# What of the list cannot be imported


def test_of_two_lines_with_one_number_the_first_counts() -> None:
    roster = {"1": facts(ONE, ID), "2": facts(TWO, "22222"), "3": facts(ONE, "33333")}
    assert choose_numbers([], roster, META) == [
        ImportRequest(ONE, keys={"phone_number_id": ID}),
        ImportRequest(TWO, keys={"phone_number_id": "22222"}),
    ]
    assert unusable(roster, META) == [facts(ONE, "33333")]


def test_an_unusable_line_does_not_block_its_number() -> None:
    roster = {"1": facts(ONE, "abc"), "2": facts(ONE, ID)}
    assert choose_numbers([], roster, META) == [ImportRequest(ONE, keys={"phone_number_id": ID})]
    assert unusable(roster, META) == [facts(ONE, "abc")]


def test_what_cannot_be_used_is_told_in_the_order_of_the_list() -> None:
    odd = [facts("", ID), facts(TWO, "1"), facts("", "44444"), NumberFacts(number=ONE, keys={}), facts(ONE, f"{ID}/x")]
    roster = {str(n): one for n, one in enumerate([*odd, facts(ONE, ID)])}
    assert unusable(roster, META) == odd
    assert choose_numbers([], roster, META) == [ImportRequest(ONE, keys={"phone_number_id": ID})]


def test_a_number_that_was_typed_is_not_looked_up_in_a_line_that_cannot_be_used() -> None:
    (missing,) = choose_numbers([ImportRequest(ONE)], {"1": facts(ONE, "abc")}, META)
    assert isinstance(missing, Diagnostic)
    assert missing.code == "missing-key"


@pytest.mark.parametrize("roster", [None, {}, {"1": facts(ONE, ID), "2": facts(TWO, "22222")}])
def test_where_every_line_is_sound_none_is_left_over(roster: dict[str, NumberFacts] | None) -> None:
    assert unusable(roster, META) == []


@given(
    st.dictionaries(
        st.text("123", min_size=1, max_size=2),
        st.builds(facts, st.sampled_from([ONE, TWO, "+1", ""]), st.sampled_from([ID, "22222", "1", "x"])),
    )
)
def test_every_line_of_a_list_is_imported_or_left_over_and_none_is_both(roster: dict[str, NumberFacts]) -> None:
    found = [one for one in choose_numbers([], roster, META) if isinstance(one, ImportRequest)]
    assert len(found) == len({one.number for one in found}) == len(choose_numbers([], roster, META))
    assert len(found) + len(unusable(roster, META)) == len(roster)
    assert {one.number for one in found} == {one.number for one in roster.values()} - {"+1", ""} - {
        one.number
        for one in roster.values()
        if all(other.keys["phone_number_id"] in ("1", "x") for other in roster.values() if other.number == one.number)
    }


class TwoKeys(Model):
    """A profile that may say one thing and must say another."""

    alias: str | None = None
    node: Annotated[str, Field(pattern="^[a-z]+$")]


@pytest.mark.parametrize(("group_option", "roster"), [("waba_id", {}), ("", None)])
def test_the_key_that_is_asked_for_is_the_one_that_is_needed(
    group_option: str, roster: dict[str, NumberFacts] | None
) -> None:
    traits = replace(META, keys=TwoKeys, group_option=group_option)
    (missing,) = choose_numbers([ImportRequest(ONE)], roster, traits)
    assert isinstance(missing, Diagnostic)
    assert missing.hint == f"write {ONE}=NODE"

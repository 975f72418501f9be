"""Profiles that would undo each other's work: one number, one address, or one credential that decides."""

from __future__ import annotations

import pytest

from tests.support.authoring import document, resolved, said
from tests.support.authoring import settings as settings_of

D360 = "version: 1\naccounts: {bakery: {provider: 360dialog}}\n"
VARIABLE = "PICKYASSIST_TOKEN"
TOKEN = f"credentials: {{token: {{env: {VARIABLE}}}}}"
PICKY = f"version: 1\naccounts: {{bakery: {{provider: pickyassist, {TOKEN}}}}}\n"
DECIDES = ", which decides the number that is written to"
CREDENTIAL = "give one of them another credential under `credentials`"
APPLICATION = "give one of them its own application"


def profile(index: int, more: str = "", account: str = "bakery") -> str:
    written = f"{more}\n" if more else ""
    return f'account: {account}\nnumber: "+49301234567{index}"\n{written}profile: {{about: Fresh}}\n'


def told(rules: str, **profiles: str) -> list[str]:
    return said(resolved({name.replace("__", "/"): text for name, text in profiles.items()}, rules=rules).diagnostics)


def claimed(file: str, names: str, credential: str, *, hint: str = CREDENTIAL) -> str:
    what = f"{names} use the same credential ({credential}){DECIDES}"
    return f"profiles/{file}.yaml:2:9 same-target: {what} | {hint}"


def same(what: str) -> str:
    hint = "keep one of profiles/b.yaml and profiles/a.yaml"
    return f"profiles/b.yaml:2:9 same-target: b and a are the same {what} | {hint}"


# 360dialog: the key decides


def test_one_id_in_two_profiles_is_an_error() -> None:
    one, other = 'phone_number_id: "106540352242922"', 'phone_number_id: "106540352242923"'
    assert told(D360, a=profile(1, one), b=profile(2, other)) == []
    assert told(D360, a=profile(1, one), b=profile(2, one)) == [same("number (id 106540352242922)")]


def test_an_id_that_is_none_is_an_error() -> None:
    (found,) = told(D360, a=profile(1, 'phone_number_id: "x"'))
    assert "phone_number_id must be an id of 5 to 25 digits, in quotes" in found


def test_numbers_with_keys_of_their_own_are_no_twins() -> None:
    named = profile(3, "credentials: {api_key: {env: D360_C}}")
    assert told(D360, a=profile(1), b=profile(2), c=named) == []


@pytest.mark.parametrize(
    ("one", "other", "own"),
    [("b-2", "b_2", "B_2"), ("z-rich", "zürich", "Z_RICH"), ("cafes-vienna", "cafes/vienna", "CAFES_VIENNA")],
)
def test_two_profiles_of_which_one_name_is_made_are_an_error(one: str, other: str, own: str) -> None:
    """Which of them the variable would belong to, nobody can tell."""
    found = resolved({one: profile(1), other: profile(2)}, rules=D360)
    later, first = sorted((one, other), reverse=True)
    assert said(found.diagnostics) == [claimed(later, f"{later} and {first}", f"{{env: D360_API_KEY_{own}}}")]


def test_a_key_that_one_of_them_names_itself_tells_them_apart() -> None:
    named = profile(2, "credentials: {api_key: {env: D360_B}}")
    assert said(resolved({"b-2": profile(1), "b_2": named}, rules=D360).diagnostics) == []


@pytest.mark.parametrize("ref", ["{env: D360_X}", "{file: D360_x}"])
def test_one_key_named_in_two_profiles_is_an_error(ref: str) -> None:
    named = f"credentials: {{api_key: {ref}}}"
    assert told(D360, a=profile(1, named), b=profile(2, named)) == [claimed("b", "b and a", ref)]


def test_a_key_that_is_named_and_also_made_of_anothers_name_is_an_error() -> None:
    named = profile(1, "credentials: {api_key: {env: D360_API_KEY_B}}")
    assert told(D360, a=named, b=profile(2)) == [claimed("b", "b and a", "{env: D360_API_KEY_B}")]


def test_two_accounts_change_nothing_about_that() -> None:
    rules = "version: 1\naccounts: {bakery: {provider: 360dialog}, other: {provider: 360dialog}}\n"
    named = "credentials: {api_key: {env: D360_X}}"
    found = told(rules, a=profile(1, named), b=profile(2, named, "other"))
    assert found == [claimed("b", "b and a", "{env: D360_X}")]


def test_the_sandbox_is_another_world() -> None:
    rules = "version: 1\naccounts: {bakery: {provider: 360dialog}, toy: {provider: 360dialog, endpoint: sandbox}}\n"
    named = "credentials: {api_key: {env: D360_X}}"
    assert told(rules, a=profile(1, named), b=profile(1, named, "toy")) == []


def test_one_number_twice_is_said_once_and_of_the_address_first() -> None:
    named = "credentials: {api_key: {env: D360_X}}"
    assert told(D360, a=profile(1, named), b=profile(1, named)) == [same("number at 360dialog (+493012345671)")]


# Picky Assist: the token and the channel decide


def test_two_profiles_on_one_token_without_an_application_are_an_error() -> None:
    assert told(PICKY, a=profile(1), b=profile(2)) == [
        claimed("b", "b and a", "{env: PICKYASSIST_TOKEN}", hint=APPLICATION)
    ]


def test_different_applications_tell_them_apart() -> None:
    found = resolved({"a": profile(1, "application: 5"), "b": profile(2, "application: 6")}, rules=PICKY)
    assert found.diagnostics == ()
    assert [one.target.address for one in found.desired] == [
        f"{VARIABLE}/5/+493012345671",
        f"{VARIABLE}/6/+493012345672",
    ]


def test_one_application_twice_is_an_error_and_named() -> None:
    application = "application: 6"
    found = told(PICKY, a=profile(1, application), b=profile(2, application), c=profile(3, "application: 7"))
    assert found == [claimed("b", "b and a", "{env: PICKYASSIST_TOKEN}, channel 6", hint=APPLICATION)]


def test_a_profiles_application_wins_over_the_accounts() -> None:
    rules = PICKY.replace("pickyassist, ", "pickyassist, application: 5, ")
    found = resolved({"a": profile(1), "b": profile(2, "application: 7")}, rules=rules)
    assert [one.target.address for one in found.desired] == [
        f"{VARIABLE}/5/+493012345671",
        f"{VARIABLE}/7/+493012345672",
    ]
    assert told(rules, a=profile(1), b=profile(2)) == [
        claimed("b", "b and a", "{env: PICKYASSIST_TOKEN}, channel 5", hint=APPLICATION),
    ]
    assert told(rules, a=profile(1), b=profile(2, "application: 5")) == [
        claimed("b", "b and a", "{env: PICKYASSIST_TOKEN}, channel 5", hint=APPLICATION),
    ]


def test_at_the_sandbox_without_a_credential_the_account_is_what_is_shared() -> None:
    rules = "version: 1\naccounts: {bakery: {provider: pickyassist, endpoint: sandbox}}\n"
    assert told(rules, a=profile(1), b=profile(2)) == [claimed("b", "b and a", "account bakery", hint=APPLICATION)]
    assert told(rules, a=profile(1, "application: 5"), b=profile(2, "application: 6")) == []


def test_two_accounts_with_tokens_of_their_own_are_no_twins() -> None:
    rules = PICKY.replace("}}}\n", "}}, other: {provider: pickyassist, credentials: {token: {env: PICKYASSIST_B}}}}\n")
    assert set(getattr(settings_of(rules), "accounts", {})) == {"bakery", "other"}
    found = resolved({"a": profile(1), "b": profile(2, account="other")}, rules=rules)
    assert found.diagnostics == ()
    assert [one.target.address for one in found.desired] == [f"{VARIABLE}/+493012345671", "PICKYASSIST_B/+493012345672"]
    assert told(rules, a=profile(1), b=profile(1, account="other")) == [same("number (+493012345671)")]


def test_at_the_sandbox_without_a_credential_an_address_begins_with_the_account() -> None:
    rules = "version: 1\naccounts: {bakery: {provider: pickyassist, endpoint: sandbox}}\n"
    found = resolved({"a": profile(1, "application: 5")}, rules=rules)
    assert [one.target.address for one in found.desired] == ["bakery/5/+493012345671"]


def test_what_decides_besides_the_credential_goes_with_the_profile() -> None:
    channels = resolved({"a": profile(1, "application: 5")}, rules=PICKY).desired
    assert [one.channel for one in (*channels, *resolved({"a": profile(1)}, rules=D360).desired)] == ["5", ""]


def test_one_token_at_both_hosts_of_a_provider_is_one_token() -> None:
    """Both hosts lead to one provider: the token decides the number at either."""
    rules = (
        "version: 1\naccounts:\n"
        f"  bakery: {{provider: pickyassist, host: pickyassist.com, {TOKEN}}}\n"
        f"  other: {{provider: pickyassist, host: app.pickyassist.com, {TOKEN}}}\n"
    )
    found = told(rules, a=profile(1), b=profile(2, account="other"))
    assert found == [claimed("b", "b and a", "{env: PICKYASSIST_TOKEN}", hint=APPLICATION)]


@pytest.mark.parametrize("application", ["0", "-1", "10000000000000000", "'5'", "5.0", "true"])
def test_what_is_no_application_is_refused(application: str) -> None:
    found = resolved(profile(1, f"application: {application}"), rules=PICKY)
    (line,) = said(found.diagnostics)
    assert line.startswith(("3:14 wrong-value: application", "3:14 wrong-type: application"))
    assert found.desired == ()


# Kaleyra: every call names the number


def test_where_every_call_names_the_number_a_credential_may_serve_many() -> None:
    rules = (
        "version: 1\naccounts: {bakery: {provider: kaleyra, sid: HX1, host: api.in.kaleyra.io,"
        " credentials: {api_key: {env: KALEYRA_API_KEY}}}}\n"
    )
    found = resolved({"a": profile(1), "b": profile(2)}, rules=rules)
    assert (found.diagnostics, [one.target.address for one in found.desired]) == (
        (),
        ["HX1/+493012345671", "HX1/+493012345672"],
    )
    assert told(rules, a=profile(1), b=profile(1)) == [same("number at kaleyra (HX1/+493012345671)")]


@pytest.mark.parametrize(
    ("other", "what"), [("HX1", "number at kaleyra (HX1/+493012345671)"), ("HX2", "number (+493012345671)")]
)
def test_a_number_is_the_same_one_at_every_host_of_its_provider(other: str, what: str) -> None:
    key = "credentials: {api_key: {env: KALEYRA_API_KEY}}"
    rules = (
        "version: 1\naccounts:\n"
        f"  bakery: {{provider: kaleyra, sid: HX1, host: api.in.kaleyra.io, {key}}}\n"
        f"  other: {{provider: kaleyra, sid: {other}, host: api.kaleyra.io, {key}}}\n"
        f"  toy: {{provider: kaleyra, sid: {other}, host: api.kaleyra.io, endpoint: sandbox}}\n"
    )
    assert told(rules, a=profile(1), b=profile(1, account="other")) == [same(what)]
    assert told(rules, a=profile(1), b=profile(1, account="toy")) == []


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("4930123456", 'write it in full and in quotes: "+4930123456"'),
        ("030 1234567", "write a plus and the country's code in place of the first 0"),
        ("+49 30 12345678", 'write it in full and in quotes: "+493012345678"'),
        ("+493", "write a plus, the country's code and the rest of the number, without spaces, in quotes"),
        ("+15550123", "look it up again: digits are missing, or there are too many"),
    ],
)
@pytest.mark.parametrize("rules", [D360, PICKY])
def test_what_is_no_number_in_full_is_refused_and_claims_nothing(rules: str, number: str, hint: str) -> None:
    text = f'account: bakery\nnumber: "{number}"\nprofile: {{about: Fresh}}\n'
    assert document(text).at(("number",)).line == 2
    found = resolved({"a": text, "b": text}, rules=rules)
    assert [line.partition(" ")[0] for line in said(found.diagnostics)] == [
        "profiles/a.yaml:2:9",
        "profiles/b.yaml:2:9",
    ]
    assert {(one.code, one.hint) for one in found.diagnostics} == {("number", hint)}


# A number has two spellings

MX, MX_SHOWN = "+525512345678", "+5215512345678"


def spelled(number: str, more: str = "", account: str = "bakery") -> str:
    return profile(1, more, account).replace("+493012345671", number)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(MX, MX_SHOWN), ("+5564981234567", "+556481234567"), ("+2290197123456", "+22997123456")],
)
def test_two_spellings_of_one_number_are_one_address_wherever_the_number_is_the_address(
    number: str, shown: str
) -> None:
    kaleyra = (
        "version: 1\naccounts: {bakery: {provider: kaleyra, sid: HX1, host: api.in.kaleyra.io,"
        " credentials: {api_key: {env: KALEYRA_API_KEY}}}}\n"
    )
    for rules, what in ((D360, f"number at 360dialog ({number})"), (kaleyra, f"number at kaleyra (HX1/{number})")):
        whole = f"{what}: {shown} and {number} are one number"
        assert told(rules, a=spelled(number), b=spelled(shown)) == [same(whole)]
        addresses = {resolved({"a": spelled(text)}, rules=rules).desired[0].target.address for text in (number, shown)}
        assert len(addresses) == 1


def test_two_spellings_under_two_ids_are_one_number() -> None:
    rules = "version: 1\naccounts: {bakery: {provider: meta, credentials: {token: {env: META_TOKEN}}}}\n"
    one, other = (f'phone_number_id: "10654035224292{digit}"' for digit in "23")
    found = told(rules, a=spelled(MX, one), b=spelled(MX_SHOWN, other))
    assert found == [same(f"number ({MX_SHOWN}): {MX_SHOWN} and {MX} are one number")]
    assert told(rules, a=spelled(MX, one), b=spelled("+525512345679", other)) == []
    # One id for two numbers is one address, and says nothing of how they are spelled.
    assert told(rules, a=spelled(MX, one), b=spelled("+525512345679", one)) == [
        same("number at meta (106540352242922)")
    ]


def test_a_number_is_sent_as_the_file_spells_it() -> None:
    (found,) = resolved({"a": spelled(MX_SHOWN)}, rules=D360).desired
    assert (found.target.number, found.target.address) == (MX_SHOWN, MX)

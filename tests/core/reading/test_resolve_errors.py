"""Every error of every file at once, in order, each once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import picture
from tests.support.authoring import HEAD, resolved, said
from tests.support.authoring import settings as settings_of

# While the provider is unknown, a key of any provider may be right.
ANY_KEYS = "known here: account, application, credentials, extends, mode, number, omit, phone_number_id, profile, vars"
KEYS = "known here: account, credentials, extends, mode, number, omit, phone_number_id, profile, vars"
UNUSED = "write ${city} in a text field or a link, or remove it"
WRITE = "write a value there, or leave it out"
E164 = 'write it in full and in quotes: "+493012345678"'
TRUNK = "write a plus and the country's code in place of the first 0"
LOST = "a spreadsheet shortened it: copy it again with all its digits, and write them in quotes"
NO_NUMBER = "is not a phone number in international form"
TOO_LONG, COMPARES = "is too short or too long for its country", "a plan compares the two"
NO_TEXT = "wrong-type: number must be text, not a number"


def told(profiles: Any, **more: Any) -> list[str]:
    """Return what is said; nothing that has an error may be desired."""
    found = resolved(profiles, **more)
    wrong = {one.profile for one in found.diagnostics if one.severity == "error"}
    assert not {one.target.profile for one in found.desired} & wrong
    return said(found.diagnostics)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "0:0 null: the file is empty | write account and number, or delete it"),
        ("[a]", "1:1 wrong-type: the file must be a mapping of keys to values, not a list"),
        ("hello", "1:1 wrong-type: the file must be a mapping of keys to values, not text"),
    ],
)
def test_a_file_that_is_no_mapping_is_said_once(text: str, expected: str) -> None:
    assert told(text) == [expected]


def test_one_wrong_key_hides_no_other_mistake() -> None:
    text = (
        "acount: bakery\n"
        "number: +493012345678\n"
        "phone_number_id: 106540352242922\n"
        "extends: templates/a.yaml\n"
        "vars: {zip: 10119}\n"
        "mode: managd\n"
        "profile:\n"
        "  abot: ${zip}\n"
        "  address: ${city}\n"
        "  email: berlin\n"
        "colour: red\n"
    )
    assert told(text) == [
        (
            "1:1 missing-key: account is missing | it is one of the accounts in profiles/reconciler.yaml; "
            "the folder's defaults.yaml can name it for all profiles"
        ),
        "1:1 unknown-key: unknown key acount | did you mean account?",
        '2:9 wrong-type: number must be text, not a number | write it in full and in quotes: "+493012345678"',
        "4:10 wrong-type: extends must be a list, not text | put it in brackets, as in `extends: [ONE, TWO]`",
        '5:13 wrong-type: vars.zip must be text, not a number | write it in quotes: "10119"',
        "6:7 wrong-value: mode must be managed, observe or paused",
        "8:3 unknown-field: unknown field 'abot' | did you mean about?",
        "10:10 email: email is not an e-mail address: An email address must have an @-sign.",
        f"11:1 unknown-key: unknown key colour | {ANY_KEYS}",
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("account: bakry", ["1:10 unknown-account: unknown account 'bakry' | did you mean bakery?"]),
        ("account:", [f"1:1 null: account is null (nothing stands after the colon) | {WRITE}"]),
        (
            "phone_number_id: 106540352242922",
            ['3:18 wrong-type: phone_number_id must be text, not a number | write it in quotes: "106540352242922"'],
        ),
        ("phone_number_id: '12'", ["3:18 wrong-value: phone_number_id must be an id of 5 to 25 digits, in quotes"]),
        (
            'phone_number_id: "10654\\n"',
            ["3:18 wrong-value: phone_number_id must be an id of 5 to 25 digits, in quotes"],
        ),
        (
            "phone_number_id: '1065/../2'",
            ["3:18 wrong-value: phone_number_id must be an id of 5 to 25 digits, in quotes"],
        ),
        (
            "number: '030 12345678'",
            [f"2:9 number: number '030 12345678' is not a phone number in international form | {TRUNK}"],
        ),
        (
            "number: '+49 30 12345678'",
            [f"2:9 number: number '+49 30 12345678' must be written as +493012345678 | {E164}"],
        ),
        (
            "number: '0049 40 1234'",
            [f"2:9 number: number '0049 40 1234' {NO_NUMBER} | write it in full and in quotes: " + '"+49401234"'],
        ),
        ("number: 0049401234", [f'2:9 {NO_TEXT} | write it in full and in quotes: "+49401234"']),
        ("number: 030123456", [f"2:9 {NO_TEXT} | {TRUNK}"]),
        ("number: '4.93012E+11'", [f"2:9 number: number '4.93012E+11' has lost its last digits | {LOST}"]),
        (
            "number: 4.93012E+11",
            [f"2:9 wrong-type: number must be text, not a decimal number | {LOST}"],
        ),
        (
            "phone_number_id: 1.0654E+14",
            [f"3:18 wrong-type: phone_number_id must be text, not a decimal number | {LOST}"],
        ),
        (
            "phone_number_id: '1.0654E+14'",
            [f"3:18 wrong-value: phone_number_id must be an id of 5 to 25 digits, in quotes | {LOST}"],
        ),
        # Meta shows the number, and a plan compares: the list of the world's numbers may be older than the number.
        (
            "number: '+22520301234'",
            [f"2:9 warning number: number '+22520301234' {TOO_LONG} | it is right if Meta shows it so; {COMPARES}"],
        ),
        ("number: '+5215512345678'", []),
        (
            "extends: [1, templates/x.yaml]",
            ['5:11 wrong-type: extends[0] must be text, not a number | write it in quotes: "1"'],
        ),
        (
            "extends: [templates/x.yaml]",
            ["5:11 unknown-template: there is no template 'templates/x.yaml' | templates lie in profiles/templates/"],
        ),
        ("mode: paused now", ["5:7 wrong-value: mode must be managed, observe or paused"]),
        ("mode: 1", ["5:7 wrong-value: mode must be managed, observe or paused"]),
        ("nubmer: x", ["5:1 unknown-key: unknown key nubmer | did you mean number?"]),
        ("phone_number: x", ["5:1 unknown-key: unknown key phone_number | did you mean phone_number_id?"]),
        ("vars: [a]", ["5:7 wrong-type: vars must be a mapping of keys to values, not a list"]),
        ("vars: {a: }", [f"5:8 null: vars.a is null (nothing stands after the colon) | {WRITE}"]),
    ],
)
def test_a_wrong_key_is_said_where_it_stands(lines: str, expected: list[str]) -> None:
    key = lines.partition(":")[0]
    written = {
        "account": "account: bakery",
        "number": 'number: "+493012345678"',
        "phone_number_id": 'phone_number_id: "106540352242922"',
        "profile": "profile: {about: Fresh}",
    }
    assert told("\n".join({**written, key: lines}.values())) == expected


def test_a_missing_key_of_the_provider_is_said() -> None:
    assert told(HEAD.replace("phone_number_id", "phone_number_di") + "profile: {about: x}") == [
        (
            "1:1 missing-key: phone_number_id is missing | it is the provider's own key of the number; "
            "`reconciler import` writes it into what it makes"
        ),
        "3:1 unknown-key: unknown key phone_number_di | did you mean phone_number_id?",
    ]


@pytest.mark.parametrize("written", ["[about]", "about", "5"])
def test_fields_that_are_no_mapping_make_nothing_else_wrong(written: str) -> None:
    kind = {"[": "a list", "a": "text", "5": "a number"}[written[0]]
    assert told(f"{HEAD}vars: {{city: Berlin}}\nprofile: {written}\n") == [
        f"5:10 wrong-type: profile must be a mapping of keys to values, not {kind}"
    ]


def test_with_an_unknown_account_the_fields_are_held_to_the_widest_limits() -> None:
    text = (
        HEAD.replace("bakery", "nobody")
        + f"profile: {{about: {'x' * 140}, webhook: {{url: 'https://h.example'}}, address: ''}}"
    )
    rules = "version: 1\naccounts: {}\n"
    assert told(text, rules=rules) == [
        "1:10 unknown-account: unknown account 'nobody' | declare it under `accounts` in reconciler.yaml",
        "4:18 too-long: about is 140 characters, 1 over the limit of 139 | shorten it by 1",
    ]


@pytest.mark.parametrize(
    "profile", ["profile: {about: '${ctiy}'}", "profile: {websites: ['https://a.example/${ctiy}']}"]
)
def test_an_unknown_variable_is_an_error_and_an_unused_one_a_warning(profile: str) -> None:
    unknown, unused = told(f"{HEAD}vars: {{city: Berlin}}\n{profile}\n")[::-1]
    assert unknown.split(" ", 1)[1] == (
        "unknown-variable: ${ctiy} is not declared under `vars` | did you mean city?; a literal is $${"
    )
    assert unused == (f"4:8 warning unused-variable: the variable 'city' is not used | {UNUSED}")


@pytest.mark.parametrize(
    "profile",
    ["websites: '${city}'", "abot: '${city}'", "webhook: {url: '${city}'}", "about: '${city} ${'"],
)
def test_a_variable_in_a_field_that_is_wrong_is_not_called_unused(profile: str) -> None:
    assert not any("unused" in line for line in told(f"{HEAD}vars: {{city: Berlin}}\nprofile: {{{profile}}}\n"))


ASKS = {"about: Our own words": "'Bread in ${city}'", "websites: []": "['https://a.example/${city}']"}


@pytest.mark.parametrize("own", ASKS)
def test_a_variable_that_a_template_asks_for_is_used_also_where_the_profile_says_something_itself(own: str) -> None:
    """Overriding one text of a template must not make the file wrong."""
    template = f"profile: {{{own.partition(':')[0]}: {ASKS[own]}}}"
    text = f"{HEAD}extends: [templates/a.yaml]\nvars: {{city: Berlin, zip: '1'}}\nprofile: {{{own}}}\n"
    found = told(text, templates={"templates/a.yaml": template})
    assert [line.partition(" | ")[0] for line in found] == [
        "5:22 warning unused-variable: the variable 'zip' is not used"
    ]


@pytest.mark.parametrize("count", [3, 5])
def test_an_edited_template_leaves_every_shop_sound_and_few_warnings(count: int) -> None:
    texts = {}
    for n in range(count):
        head = HEAD.replace("5678", f"567{n}").replace("2922", f"292{n}")
        texts[f"p{n}"] = f"{head}vars: {{city: Berlin}}\nextends: [templates/a.yaml]\n"
    found = resolved(texts, templates={"templates/a.yaml": "profile: {about: Fresh bread}\n"})
    each = f"4:8 warning unused-variable: the variable 'city' is not used | {UNUSED}"
    many = f"the variable 'city' is not used in 5 profiles | {UNUSED}; found for p0, p1, p2 and 2 more"
    expected = [each] * 3 if count == 3 else [f"4:8 warning unused-variable: {many}"]
    assert [line.partition(".yaml:")[2] for line in said(found.diagnostics)] == expected
    assert len(found.desired) == count


def test_a_pictures_name_is_not_filled_in() -> None:
    text = f"{HEAD}vars: {{city: berlin}}\nprofile: {{picture: '${{city}}.png'}}\n"
    assert told(text, pictures={"${city}.png": picture()}) == [
        f"4:8 warning unused-variable: the variable 'city' is not used | {UNUSED}"
    ]


SECRET = "s3cret-EAAGm0PX4ZCps"
SOUND = {
    "version": 1,
    "accounts": {
        "bakery": {"provider": "meta", "endpoint": "sandbox", "credentials": {"token": {"env": "META_TOKEN"}}}
    },
    "policy": {"bulk": {"profiles": 5}, "clear": "ask"},
    "defaults": {"webhook": {"url": "https://h.example", "verify_token": {"env": "WEBHOOK_X"}}},
}
PROFILE = {
    "account": "bakery",
    "number": "+493012345678",
    "phone_number_id": "106540352242922",
    "vars": {"city": "Berlin"},
    "profile": {"about": "${city}", "webhook": {"url": "https://h.example", "verify_token": {"env": "WEBHOOK_X"}}},
}


def mappings(data: Any) -> list[tuple[str, ...]]:
    """Return the path of every mapping inside `data`."""
    inner = [(key, *path) for key, value in data.items() if isinstance(value, dict) for path in mappings(value)]
    return [(), *inner]


def replaced(data: Any, path: tuple[str, ...], value: object) -> Any:
    """Return `data` with `value` at `path`."""
    return {**data, path[0]: replaced(data[path[0]], path[1:], value)} if path else value


@settings(max_examples=80)
@given(
    st.sampled_from([*((SOUND, path) for path in mappings(SOUND)), *((PROFILE, path) for path in mappings(PROFILE))]),
    st.sampled_from(
        [SECRET, [SECRET], [{"x": SECRET}], {"env": SECRET}, {"file": SECRET}, {"url": SECRET}, {"y": [SECRET]}]
    ),
)
def test_a_secret_that_stands_where_a_mapping_belongs_is_never_repeated(place: Any, pasted: object) -> None:
    whole, path = place
    text = json.dumps(replaced(whole, path, pasted))
    found: Any = settings_of(text) if whole is SOUND else resolved(text).diagnostics
    user = json.dumps({**PROFILE, "profile": {"about": "${city}"}})
    diagnostics = found if isinstance(found, tuple) else resolved(user, rules=text).diagnostics
    assert diagnostics
    assert SECRET not in repr(diagnostics)


def test_a_key_of_another_provider_is_said_to_belong_there() -> None:
    """Nearly always the profile moved to another account."""
    kaleyra = "version: 1\naccounts: {bakery: {provider: kaleyra, sid: HX1, endpoint: sandbox}}\n"
    hint = "it belongs to profiles at 360dialog and Meta, and this account is at Kaleyra: take it out"
    assert told(f"{HEAD}profile: {{about: x}}", rules=kaleyra) == [
        f"3:1 unknown-key: unknown key phone_number_id | {hint}"
    ]

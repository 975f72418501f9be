"""`omit`: fields that come from elsewhere and are not wanted here."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.core.fields import FIELD_NAMES
from reconciler.core.reading.resolve import Resolved
from tests.support.authoring import HEAD, SETTINGS, fields, resolved, said

DEFAULTS = f"{SETTINGS}defaults: {{email: a@b.example, about: Always}}\n"
BREAD = {"templates/bread.yaml": "profile: {description: Bread, address: Street 1}\n"}


def found(lines: str, *, templates: Mapping[str, str] = BREAD, rules: str = DEFAULTS) -> Resolved:
    """Resolve a profile whose own lines begin in line 4."""
    return resolved(HEAD + lines, templates=templates, rules=rules)


def told(lines: str, *, templates: Mapping[str, str] = BREAD, rules: str = DEFAULTS) -> list[str]:
    return said(found(lines, templates=templates, rules=rules).diagnostics)


def test_a_field_of_a_template_or_the_defaults_is_left_out() -> None:
    one = found("extends: [templates/bread.yaml]\nomit: [description, email]\n")
    assert one.diagnostics == ()
    assert fields(one) == {"about": "Always", "address": "Street 1"}


def test_a_field_that_is_left_out_is_not_managed_rather_than_cleared() -> None:
    """That is what it is for: what the provider has stays."""
    (one,) = found("omit: [email]\n").desired
    assert one.get("email") is None


def test_an_empty_list_leaves_nothing_out() -> None:
    assert fields(found("omit: []\n")) == {"about": "Always", "email": "a@b.example"}


def test_what_a_template_says_wrong_does_not_matter_where_it_is_left_out() -> None:
    templates = {"templates/bread.yaml": "profile: {email: nobody, websites: [7], about: '${city}'}\n"}
    one = found(
        "extends: [templates/bread.yaml]\nomit: [email, websites, about]\n", templates=templates, rules=SETTINGS
    )
    assert [problem for problem in one.diagnostics if problem.severity == "error"] == []


def test_a_field_that_the_provider_lacks_is_left_out_as_its_message_says() -> None:
    rules = (
        "version: 1\naccounts: {bakery: {provider: pickyassist, endpoint: sandbox}}\n"
        "defaults: {webhook: {url: 'https://h.example'}}\n"
    )
    head = 'account: bakery\nnumber: "+493012345678"\nprofile: {about: Fresh}\n'
    (refused,) = resolved(head, rules=rules).diagnostics
    assert "`omit: [webhook]`" in refused.hint
    one = resolved(f"{head}omit: [webhook]\n", rules=rules)
    assert (one.diagnostics, fields(one)) == ((), {"about": "Fresh"})


# What is wrong with it


def test_an_unknown_field_is_said_with_what_it_may_have_meant() -> None:
    assert told("omit: [email, descripton]\n") == [
        "4:15 unknown-field: unknown field 'descripton' | did you mean description?"
    ]


def test_a_field_that_is_like_no_other_is_said_with_all_there_are() -> None:
    assert told("omit: [xyzzy]\n") == [
        f"4:8 unknown-field: unknown field 'xyzzy' | known here: {', '.join(sorted(FIELD_NAMES))}"
    ]


def test_a_field_cannot_be_written_and_left_out() -> None:
    assert told("omit: [about]\nprofile: {about: Fresh}\n") == [
        "4:8 omitted: about is written under `profile` and left out by `omit` | remove it from `profile` or from `omit`"
    ]


def test_omitting_a_field_that_no_layer_sets_is_a_warning() -> None:
    one = found("omit: [websites]\n")
    assert said(one.diagnostics) == ["4:8 warning not-needed: nothing sets websites, so `omit` changes nothing"]
    assert len(one.desired) == 1


def test_it_is_said_once_however_often_it_stands_there() -> None:
    lines = told("omit: [websites, websites]\n")
    assert [line.partition(": ")[2] for line in lines] == ["nothing sets websites, so `omit` changes nothing"]


def test_what_is_in_a_template_that_cannot_be_read_may_be_left_out() -> None:
    """What it would have set is not known."""
    assert told("extends: [templates/none.yaml]\nomit: [websites]\n", templates={}) == [
        "4:11 unknown-template: there is no template 'templates/none.yaml' | templates lie in profiles/templates/"
    ]


def test_every_mistake_is_said_at_once() -> None:
    assert told("omit: [abot, about, picture]\nprofile: {about: Fresh, emial: x}\n") == [
        "4:8 unknown-field: unknown field 'abot' | did you mean about?",
        (
            "4:14 omitted: about is written under `profile` and left out by `omit`"
            " | remove it from `profile` or from `omit`"
        ),
        "4:21 warning not-needed: nothing sets picture, so `omit` changes nothing",
        "5:25 unknown-field: unknown field 'emial' | did you mean email?",
    ]


def test_leaving_out_everything_manages_nothing() -> None:
    expected = ["1:1 warning nothing-managed: the profile manages no field"]
    assert told("", rules=SETTINGS) == expected
    assert told("omit: [about, email]\n") == expected


@pytest.mark.parametrize(
    ("omit", "expected"),
    [
        ("about", "4:7 wrong-type: omit must be a list, not text | put it in brackets, as in `omit: [ONE, TWO]`"),
        ("{about: x}", "4:7 wrong-type: omit must be a list, not a mapping"),
        ("7", "4:7 wrong-type: omit must be a list, not a number"),
        ("[1]", '4:8 wrong-type: omit[0] must be text, not a number | write it in quotes: "1"'),
        ("[[about]]", "4:8 wrong-type: omit[0] must be text, not a list"),
        (
            "",
            "4:1 null: omit is null (nothing stands after the colon) | write a value there, or leave it out",
        ),
    ],
)
def test_what_is_no_list_of_names_is_refused(omit: str, expected: str) -> None:
    one = found(f"omit: {omit}\n")
    assert (said(one.diagnostics), one.desired) == ([expected], ())


def test_only_a_profile_leaves_out() -> None:
    templates = {"templates/bread.yaml": "omit: [about]\nprofile: {}\n"}
    assert told("extends: [templates/bread.yaml]\n", templates=templates) == [
        "profiles/templates/bread.yaml:1:1 unknown-key: unknown key omit | known here: extends, profile, vars"
    ]


# Variables


def test_the_variables_of_what_is_left_out_count_as_used() -> None:
    """They are there for the template, and other profiles need them."""
    templates = {"templates/city.yaml": "profile: {description: 'In ${city}', address: '${street}'}\n"}
    extends = "extends: [templates/city.yaml]\nvars: {city: Berlin, street: S, zip: '1'}\n"
    hint = "write ${zip} in a text field or a link, or remove it"
    assert told(f"{extends}omit: [description, address]\n", templates=templates) == [
        f"5:33 warning unused-variable: the variable 'zip' is not used | {hint}"
    ]


def test_a_variable_that_is_not_declared_does_not_matter_where_it_is_left_out() -> None:
    templates = {"templates/city.yaml": "profile: {description: 'In ${city}'}\n"}
    extends = "extends: [templates/city.yaml]\n"
    assert told(f"{extends}omit: [description]\n", templates=templates) == []
    (line,) = told(extends, templates=templates)
    assert "${city} is not declared" in line

"""What several files share: templates, defaults, numbers and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.basics import Diagnostic
from tests.support.authoring import ACCOUNT, HEAD, resolved, said

SAME = "b and a are the same number at meta (106540352242922) | keep one of profiles/b.yaml and profiles/a.yaml"
DISAGREE = "Meta's documents disagree whether more than 256 are allowed"
USES = "extends: [templates/a.yaml]\n"
FIELDS = "known here: about, address, description, email, industry, picture, webhook, websites"


def heads(*names: str) -> dict[str, str]:
    """Return the beginning of each profile, every one with its own number and id."""
    return {name: HEAD.replace("2922", f"{1000 + at}").replace("5678", f"{1000 + at}") for at, name in enumerate(names)}


def told(profiles: Any, **more: Any) -> list[str]:
    """Return what is said."""
    return said(resolved(profiles, **more).diagnostics)


def test_a_templates_mistake_is_said_once_for_all_who_use_it() -> None:
    texts = {name: f"{text}{USES}" for name, text in heads("a", "b", "c").items()}
    found = resolved(texts, templates={"templates/a.yaml": "profile:\n  abot: x\nextend: [x]\n"})
    assert found.desired == ()
    assert said(found.diagnostics) == [
        "profiles/templates/a.yaml:2:3 unknown-field: unknown field 'abot' | did you mean about?",
        "profiles/templates/a.yaml:3:1 unknown-key: unknown key extend | did you mean extends?",
    ]
    assert {one.profile for one in found.diagnostics} == {""}


def test_an_unused_template_is_checked_too() -> None:
    assert told({}, templates={"templates/a.yaml": "[x]"}) == [
        "profiles/templates/a.yaml:1:1 wrong-type: the file must be a mapping of keys to values, not a list"
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_what_profiles_make_of_a_template_names_them(count: int) -> None:
    names = [f"shop{at}" for at in range(count)]
    texts = {name: f"{text}{USES}" for name, text in heads(*names).items()}
    (one,) = resolved(texts, templates={"templates/a.yaml": "profile: {about: 'In ${city}'}"}).diagnostics
    assert isinstance(one, Diagnostic)
    listed = {1: "shop0", 2: "shop0, shop1", 3: "shop0, shop1, shop2", 5: "shop0, shop1, shop2 and 2 more"}[count]
    assert one.hint == f"declare it under `vars`; a literal is $${{; found for {listed}"
    assert one.profile == ("shop0" if count == 1 else "")


def test_only_the_profiles_for_which_a_template_is_wrong_are_named() -> None:
    texts = {name: f"{text}{USES}vars: {{city: {'x' * 138}}}\n" for name, text in heads("long", "short").items()}
    texts["short"] = texts["short"].replace("x" * 138, "Ulm")
    found = resolved(texts, templates={"templates/a.yaml": "profile: {about: 'In ${city}'}"})
    assert [one.target.profile for one in found.desired] == ["short"]
    hint = "shorten it by 2 (M-11 in providers/APIS.md)"
    measured = "about is 141 characters, 2 over Meta's limit of 139"
    assert said(found.diagnostics) == [f"profiles/templates/a.yaml:1:18 too-long: {measured} | {hint}; found for long"]


def test_a_warning_without_a_hint_names_the_profile_too() -> None:
    text = f"{HEAD}{USES}"
    where = "profiles/templates/a.yaml:1:24 warning maybe-too-long"
    assert told(text, templates={"templates/a.yaml": f"profile: {{description: {'x' * 300}}}"}) == [
        f"{where}: description is 300 characters; {DISAGREE} | found for berlin"
    ]


def test_a_missing_template_makes_no_variable_unknown_or_unused() -> None:
    text = (
        f"{HEAD}extends: [templates/b.yaml, templates/q/long-name.yaml]\n"
        "vars: {city: Berlin}\nprofile: {about: '${other}', email: x}\n"
    )
    assert told(text, templates={"templates/a.yaml": ""}) == [
        "4:11 unknown-template: there is no template 'templates/b.yaml' | did you mean templates/a.yaml?",
        "4:29 unknown-template: there is no template 'templates/q/long-name.yaml' | did you mean templates/a.yaml?",
        "6:37 email: email is not an e-mail address: An email address must have an @-sign.",
    ]


def test_a_broken_template_makes_no_variable_unknown_or_unused() -> None:
    text = f"{HEAD}{USES}vars: {{city: Berlin}}\nprofile: {{about: '${{zip}}'}}\n"
    assert told(text, templates={"templates/a.yaml": "vars: {zip: 10119}"}) == [
        'profiles/templates/a.yaml:1:13 wrong-type: vars.zip must be text, not a number | write it in quotes: "10119"'
    ]


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b", "c")])
def test_an_unknown_default_is_said_once_however_many_profiles_there_are(names: tuple[str, ...]) -> None:
    rules = f"version: 1\n{ACCOUNT}\ndefaults: {{abot: x, zzz: 1}}\n"
    found = resolved({name: f"{text}profile: {{about: x}}" for name, text in heads(*names).items()}, rules=rules)
    assert found.desired == ()
    assert said(found.diagnostics) == [
        "3:12 unknown-field: unknown field 'abot' | did you mean about?",
        f"3:21 unknown-field: unknown field 'zzz' | {FIELDS}",
    ]


def test_a_wrong_default_that_every_profile_overrides_harms_no_profile() -> None:
    rules = f"version: 1\n{ACCOUNT}\ndefaults: {{about: 5}}\n"
    assert told(f"{HEAD}profile: {{about: x}}", rules=rules) == []
    assert told(HEAD, rules=rules) == [
        '3:19 wrong-type: defaults.about must be text, not a number | write it in quotes: "5"; found for berlin'
    ]


def test_two_files_with_one_id_are_an_error() -> None:
    texts = {"a": f"{HEAD}profile: {{about: x}}", "b": HEAD.replace("5678", "9999") + "profile: {about: y}"}
    found = resolved(texts)
    assert said(found.diagnostics) == [
        f"profiles/b.yaml:2:9 same-target: {SAME}",
    ]
    assert [one.profile for one in found.diagnostics] == ["b"]


def test_two_files_with_one_number_are_an_error_also_when_one_of_them_has_another() -> None:
    texts = {
        "a": f"{HEAD}profile: {{email: x}}",
        "b": HEAD.replace("2922", "2929") + "profile: {about: y}",
        "c": HEAD.replace("2922", "2928") + "mode: paused\nprofile: {about: y}",
    }
    end = "are the same number (+493012345678) | keep one of"
    assert told(texts) == [
        "profiles/a.yaml:4:18 email: email is not an e-mail address: An email address must have an @-sign.",
        f"profiles/b.yaml:2:9 same-target: b and a {end} profiles/b.yaml and profiles/a.yaml",
        f"profiles/c.yaml:2:9 same-target: c and a {end} profiles/c.yaml and profiles/a.yaml",
    ]


def test_one_file_copied_is_said_once() -> None:
    texts = dict.fromkeys(("a", "b"), f"{HEAD}profile: {{about: x}}")
    assert told(texts) == [
        f"profiles/b.yaml:2:9 same-target: {SAME}",
    ]


def test_one_number_at_two_endpoints_is_two_targets() -> None:
    rules = (
        "version: 1\naccounts:\n  bakery: {provider: meta, endpoint: sandbox}\n"
        "  live: {provider: meta, credentials: {token: {env: META_TOKEN}}}\n"
    )
    texts = {"a": f"{HEAD}profile: {{about: x}}", "b": HEAD.replace("bakery", "live") + "profile: {about: y}"}
    found = resolved(texts, rules=rules)
    assert (said(found.diagnostics), len(found.desired)) == ([], 2)


def test_a_thousand_profiles_with_a_mistake_each_are_a_thousand_lines_in_order() -> None:
    names = [f"shop{at:04}" for at in range(1000)]
    texts = {name: f"account: bakery\nnumber: '+4930{at:08}'\n" for at, name in enumerate(names)}
    found = resolved({name: texts[name] for name in reversed(names)}, templates={})
    missing = [one.profile for one in found.diagnostics if one.summary == "phone_number_id is missing"]
    assert missing == names

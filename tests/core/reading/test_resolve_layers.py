"""defaults < templates in order < the file, and where each value comes from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.fields import Mode, Webhook
from reconciler.core.target import Target
from tests.support.authoring import ACCOUNT, HEAD, SETTINGS, fields, resolved, said

RULES = f"version: 1\n{ACCOUNT}\ndefaults:\n  industry: RESTAURANT\n  about: From the defaults\n"
ONE = "profile:\n  about: From one\n  address: From one\n  websites: [https://one.example]\n"
TWO = "profile:\n  about: From two\n  websites: [https://two.example]\n"
TEMPLATES = {"templates/one.yaml": ONE, "templates/two.yaml": TWO}
EXTENDS = "extends: [templates/one.yaml, templates/two.yaml]\n"


def sources(text: str, **more: Any) -> dict[str, tuple[Any, str]]:
    """Return the value and the place of each field of the one profile."""
    found = resolved(text, **more)
    assert said(found.diagnostics) == []
    (one,) = found.desired
    return {field.name: (field.value, str(field.source)) for field in one.fields}


def test_the_nearest_writing_of_a_field_wins_whole_and_is_where_it_comes_from() -> None:
    text = f"{HEAD}{EXTENDS}profile:\n  description: From the file\n  address: From the file\n"
    assert sources(text, templates=TEMPLATES, rules=RULES) == {
        "about": ("From two", "profiles/templates/two.yaml:2:10"),
        "address": ("From the file", "profiles/berlin.yaml:7:12"),
        "description": ("From the file", "profiles/berlin.yaml:6:16"),
        "industry": ("RESTAURANT", "profiles/reconciler.yaml:4:13"),
        "websites": (("https://two.example",), "profiles/templates/two.yaml:3:13"),
    }


def test_templates_win_in_the_order_in_which_they_are_named() -> None:
    found = sources(f"{HEAD}extends: [templates/two.yaml, templates/one.yaml]\n", templates=TEMPLATES, rules=RULES)
    assert found["about"] == ("From one", "profiles/templates/one.yaml:2:10")


def test_an_explicit_empty_value_wins_too() -> None:
    text = f"{HEAD}{EXTENDS}profile: {{websites: [], address: ''}}\n"
    found = sources(text, templates=TEMPLATES)
    assert (found["websites"][0], found["address"][0]) == ((), "")


def test_what_no_layer_holds_is_not_managed() -> None:
    assert sources(f"{HEAD}profile: {{about: Fresh}}\n") == {"about": ("Fresh", "profiles/berlin.yaml:4:18")}


def test_a_template_that_is_named_again_counts_where_it_is_named_last() -> None:
    again = "extends: [templates/two.yaml, templates/one.yaml, templates/two.yaml, templates/two.yaml]\n"
    assert sources(f"{HEAD}{again}", templates=TEMPLATES) == sources(f"{HEAD}{EXTENDS}", templates=TEMPLATES)


def test_variables_of_templates_are_defaults_for_the_files_own() -> None:
    one = "vars: {city: nowhere, when: always}\nprofile: {about: '${city}, ${when}, ${open}'}\n"
    two = "vars: {when: daily}\n"
    text = f"{HEAD}{EXTENDS}vars: {{city: Berlin, open: from six}}\n"
    found = sources(text, templates={"templates/one.yaml": one, "templates/two.yaml": two})
    assert found["about"][0] == "Berlin, daily, from six"


def test_variables_are_filled_in_in_texts_links_and_webhooks() -> None:
    text = (
        f"{HEAD}vars: {{city: berlin}}\nprofile:\n  email: ${{city}}@bakery.example\n"
        "  websites: ['https://bakery.example/${city}']\n"
        "  webhook: {url: 'https://hooks.example/${city}', verify_token: {env: WEBHOOK_VERIFY}}\n"
    )
    found = fields(resolved(text))
    assert (found["email"], found["websites"]) == ("berlin@bakery.example", ("https://bakery.example/berlin",))
    assert isinstance(found["webhook"], Webhook)
    assert found["webhook"].url == "https://hooks.example/berlin"


def test_a_profile_goes_to_the_address_that_its_provider_gives_it() -> None:
    (one,) = resolved(f"{HEAD}mode: observe\nprofile: {{about: Fresh}}\n").desired
    assert one.target == Target(
        provider="meta",
        endpoint="sandbox",
        address="106540352242922",
        account="bakery",
        profile="berlin",
        number="+493012345678",
    )
    assert (one.mode, one.file) == (Mode.OBSERVE, "profiles/berlin.yaml")


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_can_be_written(mode: Mode) -> None:
    assert resolved(f"{HEAD}mode: {mode}\nprofile: {{about: Fresh}}\n").desired[0].mode is mode


def test_a_profile_that_manages_nothing_is_a_warning() -> None:
    found = resolved(HEAD)
    assert said(found.diagnostics) == ["1:1 warning nothing-managed: the profile manages no field"]
    assert [one.fields for one in found.desired] == [()]


@pytest.mark.parametrize("template", ["", "{}", "profile: {}", "vars: {}"])
def test_a_template_may_be_empty(template: str) -> None:
    found = resolved(
        f"{HEAD}extends: [templates/a.yaml]\nprofile: {{about: x}}", templates={"templates/a.yaml": template}
    )
    assert (fields(found), said(found.diagnostics)) == ({"about": "x"}, [])


def test_warnings_do_not_stop_a_profile() -> None:
    found = resolved(f"{HEAD}profile: {{about: 'x '}}\n")
    assert fields(found) == {"about": "x "}
    assert [(one.severity, one.profile) for one in found.diagnostics] == [("warning", "berlin")]


@settings(max_examples=40)
@given(st.permutations(["berlin", "cafes/graz", "munich"]), st.permutations(list(TEMPLATES)))
def test_the_order_in_which_files_were_read_makes_no_difference(names: list[str], templates: list[str]) -> None:
    texts = {
        name: HEAD.replace("2922", f"29{20 + at}").replace("5678", f"56{70 + at}") + f"{EXTENDS}vars: {{x{at}: y}}\n"
        for at, name in enumerate(sorted(names))
    }
    shuffled = resolved({name: texts[name] for name in names}, templates={name: TEMPLATES[name] for name in templates})
    assert shuffled == resolved(texts, templates=TEMPLATES, rules=SETTINGS)
    assert len(shuffled.diagnostics) == 3

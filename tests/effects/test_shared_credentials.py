"""Profiles that hold one credential where it decides which number is written to, whatever it is called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.settings import Settings
from reconciler.effects.credentials import shared
from reconciler.providers import providers
from tests.support.authoring import resolved, said, settings
from tests.support.effects import Clock
from tests.support.fleet import Fleet

TRAITS = {name: provider.traits for name, provider in providers().items()}
TWO_D360 = "version: 1\naccounts: {one: {provider: 360dialog}, two: {provider: 360dialog}}\n"
TWO_PICKY = """\
version: 1
accounts:
  one: {provider: pickyassist, credentials: {token: {env: PICKYASSIST_A}}}
  two: {provider: pickyassist, credentials: {token: {env: PICKYASSIST_B}}}
"""
TOKENS = {"PICKYASSIST_A": "kX9v2b", "PICKYASSIST_B": "kX9v2b"}
KEYS = {"D360_API_KEY_A": "kX9v2b", "D360_API_KEY_B": "kX9v2b"}


def profile(index: int, account: str = "one", more: str = "") -> str:
    written = f"{more}\n" if more else ""
    return f'account: {account}\nnumber: "+49301234567{index}"\n{written}profile: {{about: Fresh}}\n'


def told(rules: str, environ: Mapping[str, str], **profiles: str) -> list[str]:
    """Return what is said of `profiles` where `environ` is set; that their places are told apart goes before."""
    found = resolved(profiles, rules=rules)
    assert said(found.diagnostics) == []
    known = settings(rules)
    assert isinstance(known, Settings)
    return said(shared(found.desired, known.accounts, TRAITS, Clock().context(environ=environ)))


def same(other: str, name: str) -> str:
    summary = f"{other} and {name} have the same credential, and it decides which number is written to"
    hint = "both would write to one number; look up which is which"
    return f"profiles/{name}.yaml:0:0 same-secret: {summary} | {hint}"


# 360dialog: the key decides


@pytest.mark.parametrize("other", ["one", "two"])
def test_two_variables_that_hold_one_key_are_one_number_in_whichever_accounts(other: str) -> None:
    assert told(TWO_D360, KEYS, a=profile(1), b=profile(2, other)) == [same("a", "b")]


def test_different_keys_are_different_numbers() -> None:
    assert told(TWO_D360, KEYS | {"D360_API_KEY_B": "kX9v2c"}, a=profile(1), b=profile(2)) == []


def test_wherever_the_key_comes_from_and_however_many_hold_it(tmp_path: Path) -> None:
    (tmp_path / "D360_d").write_text("kX9v2b\n")
    environ = {
        "D360_API_KEY_A": "kX9v2b",
        "D360_API_KEYS": json.dumps({"a": "passed over", "b": "kX9v2b", "c": "another"}),
        "D360_X": "kX9v2b",
        "RECONCILER_SECRETS_DIR": str(tmp_path),
    }
    profiles = {"a": profile(1), "b": profile(2), "c": profile(3)}
    profiles |= {"d": profile(4, "two", "credentials: {api_key: {file: D360_d}}")}
    profiles |= {"e": profile(5, more="credentials: {api_key: {env: D360_X}}")}
    assert told(TWO_D360, environ, **profiles) == [same("a", name) for name in "bde"]


def test_a_profile_that_is_paused_holds_its_key_all_the_same() -> None:
    assert told(TWO_D360, KEYS, a=profile(1, more="mode: paused"), b=profile(2)) == [same("a", "b")]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"D360_API_KEY_A": "kX9v2b"},
        {"D360_API_KEY_A": "", "D360_API_KEY_B": ""},
        {"D360_API_KEYS": "no JSON"},
        {"D360_API_KEY_A": "k\nX: 1", "D360_API_KEY_B": "k\nX: 1"},
    ],
)
def test_what_is_missing_or_of_no_use_cannot_be_compared(environ: Mapping[str, str]) -> None:
    """It is said elsewhere, of those that a run needs."""
    assert told(TWO_D360, environ, a=profile(1), b=profile(2)) == []


def test_no_key_is_shown() -> None:
    assert "kX9v2b" not in "".join(told(TWO_D360, KEYS, a=profile(1), b=profile(2)))


# Picky Assist: the token and the channel decide


def test_two_variables_that_hold_one_token_are_one_number() -> None:
    assert told(TWO_PICKY, TOKENS, a=profile(1), b=profile(2, "two")) == [same("a", "b")]


@pytest.mark.parametrize(
    ("one", "two", "problems"),
    [
        ("application: 5", "application: 6", []),
        ("application: 5", "", []),
        ("application: 5", "application: 5", [same("a", "b")]),
    ],
)
def test_the_channel_tells_them_apart(one: str, two: str, problems: list[str]) -> None:
    assert told(TWO_PICKY, TOKENS, a=profile(1, more=one), b=profile(2, "two", two)) == problems


def test_the_accounts_channel_counts_where_the_profile_names_none() -> None:
    rules = TWO_PICKY.replace("PICKYASSIST_B}}", "PICKYASSIST_B}}, application: 5")
    assert told(rules, TOKENS, a=profile(1, more="application: 5"), b=profile(2, "two")) == [same("a", "b")]
    assert told(rules, TOKENS, a=profile(1), b=profile(2, "two")) == []


def test_both_hosts_of_a_provider_are_one() -> None:
    rules = TWO_PICKY.replace("two: {provider: pickyassist", "two: {provider: pickyassist, host: app.pickyassist.com")
    assert told(rules, TOKENS, a=profile(1), b=profile(2, "two")) == [same("a", "b")]


# Where it decides nothing


def test_where_every_call_names_the_number_one_key_may_serve_many() -> None:
    rules = (
        "version: 1\naccounts: {one: {provider: kaleyra, sid: HX1, host: api.in.kaleyra.io,"
        " credentials: {api_key: {env: KALEYRA_API_KEY}}}}\n"
    )
    assert told(rules, {"KALEYRA_API_KEY": "kX9v2b"}, a=profile(1), b=profile(2)) == []


def test_the_sandbox_is_apart_from_what_is_real() -> None:
    rules = TWO_D360.replace("two: {provider: 360dialog", "two: {provider: 360dialog, endpoint: sandbox")
    assert told(rules, KEYS, a=profile(1), b=profile(2, "two")) == []
    assert told(rules, KEYS, a=profile(1, "two"), b=profile(2, "two")) == [same("a", "b")]


def test_two_providers_that_happen_to_have_one_text_are_two() -> None:
    rules = (
        "version: 1\naccounts: {one: {provider: 360dialog},"
        " two: {provider: pickyassist, credentials: {token: {env: PICKYASSIST_A}}}}\n"
    )
    assert told(rules, TOKENS | KEYS, a=profile(1), b=profile(2, "two")) == []


# As a run asks


@pytest.mark.parametrize("paths", [(), ("profiles/a.yaml",), ("profiles/c.yaml",)])
def test_it_stops_a_run_whichever_profiles_are_selected_before_anything_is_sent(
    tmp_path: Path, paths: tuple[str, ...]
) -> None:
    """The one that is selected may be the one whose number it is not."""
    fleet = Fleet(tmp_path, environ=dict(KEYS))
    rules = TWO_D360.replace("360dialog", "360dialog, endpoint: sandbox")
    profiles = {"a": profile(1), "b": profile(2, "two"), "c": profile(3)}
    for name, text in ({"reconciler": rules} | profiles).items():
        fleet.write(f"{name}.yaml", text)
    for run in (fleet.plan, fleet.apply, fleet.drift):
        with pytest.raises(InvalidInput) as wrong:
            run(*paths)
        assert said(wrong.value.diagnostics) == [same("a", "b")]
    assert fleet.requests() == []

"""What decides, besides its target, where a value goes: references and addresses, and only where they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from reconciler.core.fields import SecretRef
from reconciler.core.reading.accounts import number_credentials
from reconciler.core.reading.duplicates import bind_profiles
from reconciler.core.settings import Account
from reconciler.core.target import Desired
from reconciler.providers import providers
from tests.support import desired, picture, target

TRAITS = {name: provider.traits for name, provider in providers().items()}
BASE = "https://static.example/profiles/"
NOTHING: Mapping[str, Any] = MappingProxyType({})
NO_REFS: Mapping[str, SecretRef] = MappingProxyType({})


def account(provider: str, options: Mapping[str, Any] = NOTHING, refs: Mapping[str, SecretRef] = NO_REFS) -> Account:
    traits = TRAITS[provider]
    return Account(
        name="bakery",
        provider=provider,
        endpoint=traits.hosts[0],
        concurrency=4,
        credentials=refs,
        options=traits.options.model_validate(dict(options)),
    )


def ways(of: Account, profile: Desired) -> dict[str, dict[str, str]]:
    """Return what decides where each field goes."""
    (found,) = bind_profiles([profile], {of.name: of}, traits=TRAITS)
    assert [(field.name, field.value) for field in found.fields] == [(one.name, one.value) for one in profile.fields]
    return {field.name: {via.name: via.value for via in field.via} for field in found.fields}


def shop(channel: str | None, *refs: SecretRef) -> Desired:
    wanted = desired(to=target("cafes/vienna"), about="Fresh", picture=picture())
    return replace(wanted, channel=channel, credentials=refs)


def test_where_the_target_says_it_all_the_profile_is_as_it_was() -> None:
    profile, refs = shop(None), {"token": SecretRef(env="META_TOKEN"), "plan_token": SecretRef(env="META_PLAN")}
    (found,) = bind_profiles([profile], {"bakery": account("meta", refs=refs)}, traits=TRAITS)
    assert found is profile


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (NO_REFS, "{env: D360_API_KEY_CAFES_VIENNA} or 'cafes/vienna' in D360_API_KEYS"),
        ({"api_key": SecretRef(file="D360_vienna")}, "{file: D360_vienna}"),
    ],
)
def test_where_each_number_has_a_credential_every_field_goes_where_that_one_leads(
    written: Mapping[str, SecretRef], said: str
) -> None:
    """Also the names that nobody wrote: a profile that is renamed is looked up under another."""
    refs = number_credentials("cafes/vienna", written, TRAITS["360dialog"])
    assert ways(account("360dialog"), shop("", *refs)) == {key: {"credential": said} for key in ("about", "picture")}


def test_where_no_call_names_the_number_the_accounts_credential_decides() -> None:
    token = {"token": SecretRef(env="PICKYASSIST_TOKEN")}
    found = ways(account("pickyassist", {"picture_base_url": BASE}, token), shop("12"))
    credential = {"credential": "{env: PICKYASSIST_TOKEN}"}
    assert found == {"about": credential, "picture": {**credential, "picture_base_url": BASE}}


def test_a_picture_comes_from_where_the_account_says_and_nothing_else_does() -> None:
    refs = {"api_key": SecretRef(env="KALEYRA_API_KEY")}
    found = ways(account("kaleyra", {"sid": "HX1", "picture_base_url": BASE}, refs), shop(None))
    assert found == {"about": {}, "picture": {"picture_base_url": BASE}}


def test_what_is_nowhere_written_decides_nothing() -> None:
    """At the sandbox an account may have no credential; an account without the option can send no picture."""
    assert ways(account("pickyassist"), shop("12")) == {"about": {}, "picture": {}}

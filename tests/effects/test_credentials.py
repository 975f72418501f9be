"""What each account's calls carry, or everything that is missing, before the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from reconciler.core.basics import InvalidInput
from reconciler.core.fields import Mode, SecretRef
from reconciler.core.reading.accounts import number_credentials
from reconciler.core.settings import Account, Policy, Settings
from reconciler.core.target import SANDBOX, Desired
from reconciler.effects.credentials import Held, credentials, unset
from reconciler.effects.http.accounts import connect_accounts
from reconciler.providers import providers
from tests.support import desired, target
from tests.support.authoring import said
from tests.support.effects import NOTHING, Clock

NO_REFS: Mapping[str, SecretRef] = MappingProxyType({})
TRAITS = {name: provider.traits for name, provider in providers().items()}
D360 = TRAITS["360dialog"]
OWN = "set one of them, or write `credentials: {api_key: …}` in profiles/%s.yaml"


def account(
    name: str = "cloud", provider: str = "360dialog", *, endpoint: str = "", refs: Mapping[str, SecretRef] = NO_REFS
) -> Account:
    """Return an account as the settings give it, at its provider's own host unless told otherwise."""
    traits = TRAITS[provider]
    options = traits.options.model_validate({"sid": "HX1"} if provider == "kaleyra" else {})
    host = traits.hosts[0]
    return Account(
        name=name,
        provider=provider,
        endpoint=endpoint or host,
        host=host,
        concurrency=4,
        credentials=refs,
        options=options,
    )


def number(profile: str, of: str = "cloud", *, ref: SecretRef | None = None, mode: Mode = Mode.MANAGED) -> Desired:
    """Return a profile at 360dialog; `ref` is what it names itself."""
    phone = f"+49301234{sum(map(ord, profile)):04d}"
    where = replace(target(profile, address=phone, number=phone), account=of)
    refs = number_credentials(profile, {"api_key": ref} if ref else {}, D360)
    return replace(desired(mode, to=where, about="Fresh"), credentials=refs)


def keys(
    *profiles: Desired,
    accounts: tuple[Account, ...] = (account(),),
    looking: bool = False,
    environ: Mapping[str, str] = NOTHING,
    **more: str,
) -> dict[str, Held]:
    """Return what is held where `environ` and `more` are set."""
    context = Clock().context(environ={**environ, **more})
    return credentials({one.name: one for one in accounts}, profiles, TRAITS, context, read_only=looking)


def refused(
    *profiles: Desired,
    accounts: tuple[Account, ...] = (account(),),
    looking: bool = False,
    environ: Mapping[str, str] = NOTHING,
    **more: str,
) -> list[str]:
    with pytest.raises(InvalidInput) as wrong:
        keys(*profiles, accounts=accounts, looking=looking, environ=environ, **more)
    return [line.removeprefix("0:0 ") for line in said(wrong.value.diagnostics)]


def nowhere(profile: str, *places: str) -> str:
    return f"it has no api_key: it is not in {' nor '.join(places)} ({OWN % profile})"


def absent(profile: str) -> str:
    own = profile.upper().replace("/", "_")
    return nowhere(profile, f"{{env: D360_API_KEY_{own}}}", f"'{profile}' in D360_API_KEYS")


# A key for each number


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"D360_API_KEY_CAFES_VIENNA": "own"}, "own"),
        ({"D360_API_KEYS": '{"cafes/vienna": "member"}'}, "member"),
        ({"D360_API_KEY_CAFES_VIENNA": "own", "D360_API_KEYS": '{"cafes/vienna": "member"}'}, "own"),
        ({"D360_API_KEY_CAFES_VIENNA": "", "D360_API_KEYS": '{"cafes/vienna": "member"}'}, "member"),
        ({"D360_API_KEY_CAFES_VIENNA": "own", "D360_API_KEYS": "no JSON"}, "own"),
    ],
)
def test_a_key_is_the_profiles_variable_or_else_its_member(environ: dict[str, str], key: str) -> None:
    assert keys(number("cafes/vienna"), environ=environ) == {"cloud": Held(numbers={"cafes/vienna": key})}


def test_what_a_profile_names_itself_is_the_only_place() -> None:
    named = number("berlin", ref=SecretRef(env="D360_X"))
    environ = {"D360_API_KEY_BERLIN": "own", "D360_API_KEYS": '{"berlin": "member"}'}
    assert keys(named, D360_X="named", environ=environ)["cloud"].numbers == {"berlin": "named"}
    assert keys(named, environ=environ)["cloud"].absent == {"berlin": nowhere("berlin", "{env: D360_X}")}


def test_a_key_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "D360_berlin").write_text("from-a-file\n")
    named = number("berlin", ref=SecretRef(file="D360_berlin"))
    assert keys(named, RECONCILER_SECRETS_DIR=str(tmp_path))["cloud"].numbers == {"berlin": "from-a-file"}


def test_a_profile_without_a_key_is_its_own_failure_and_says_both_places() -> None:
    profiles = (number("bonn"), number("cafes/vienna"), number("essen"))
    held = keys(*profiles, D360_API_KEY_ESSEN="e", D360_API_KEYS='{"hamburg": "h"}')["cloud"]
    assert held == Held(numbers={"essen": "e"}, absent={"bonn": absent("bonn"), "cafes/vienna": absent("cafes/vienna")})


def test_what_a_whole_account_lacks_is_named_before_any_way_is_made() -> None:
    shop = account("shop", "kaleyra", refs={"api_key": SecretRef(env="KALEYRA_API_KEY")})
    accounts = (account(), account("other"), shop)
    assert refused(number("berlin"), number("bonn", "other"), accounts=accounts) == [
        (
            "missing-secret: the environment variable KALEYRA_API_KEY is not set (for account shop)"
            " | set KALEYRA_API_KEY in the environment"
        )
    ]


@pytest.mark.parametrize("environ", [{"D360_API_KEY_BERLIN": "kX9v2b\nX: 1"}, {"D360_API_KEY_BERLIN": " kX9v2b"}])
def test_a_key_that_cannot_be_used_is_named_and_not_passed_over(environ: dict[str, str]) -> None:
    held = keys(number("berlin"), environ=environ, D360_API_KEYS='{"berlin": "member"}')["cloud"]
    told = held.absent["berlin"]
    assert told.startswith("its api_key cannot be used: the environment variable D360_API_KEY_BERLIN ")
    assert held.numbers == {}
    assert "kX9v2b" not in told


@pytest.mark.parametrize(
    "value", ["kX9v2b", '["kX9v2b"]', '{"berlin": 7}', '{"hamburg": {"api_key": "kX9v2b"}}', "[" * 9999]
)
def test_an_object_that_is_none_is_said(value: str) -> None:
    (told,) = refused(number("berlin"), D360_API_KEYS=value)
    assert "the environment variable D360_API_KEYS is not a JSON object of names and texts" in told
    assert "kX9v2b" not in told


def test_an_object_that_is_none_is_said_once_for_all_profiles() -> None:
    told = refused(*map(number, ("berlin", "bonn", "essen")), D360_API_KEYS="no JSON")
    assert len(told) == 1


def test_that_two_hold_one_key_is_no_matter_of_what_they_hold() -> None:
    """`shared` says it, of all profiles and not only of those that a run is about."""
    held = keys(number("berlin"), number("bonn"), D360_API_KEYS='{"berlin": "kX9v2b", "bonn": "kX9v2b"}')["cloud"]
    assert held.numbers == {"berlin": "kX9v2b", "bonn": "kX9v2b"}


# The sandbox


def test_at_the_sandbox_every_number_has_a_stand_in_of_its_own() -> None:
    profiles = (number("berlin"), number("bonn"))
    held = keys(*profiles, accounts=(account(endpoint=SANDBOX),), D360_API_KEY_BONN="own")["cloud"]
    assert held.numbers == {"berlin": f"sandbox-{profiles[0].target.number[1:]}", "bonn": "own"}


def test_at_the_sandbox_too_a_key_that_cannot_be_used_is_said() -> None:
    (told,) = refused(number("berlin"), accounts=(account(endpoint=SANDBOX),), D360_API_KEYS="no JSON")
    assert "is not a JSON object" in told


# A credential for the account


WRITE_ONLY = {"kaleyra": ("api_key", "KALEYRA_API_KEY"), "pickyassist": ("token", "PICKYASSIST_TOKEN")}


@pytest.mark.parametrize("name", sorted(WRITE_ONLY))
@pytest.mark.parametrize("environ", [{}, {"KALEYRA_API_KEY": "k", "PICKYASSIST_TOKEN": "p"}])
def test_to_look_at_what_can_only_be_written_to_no_credential_is_needed(name: str, environ: Mapping[str, str]) -> None:
    key, variable = WRITE_ONLY[name]
    shop = account("shop", name, refs={key: SecretRef(env=variable)})
    assert keys(accounts=(shop,), looking=True, environ=environ) == {"shop": Held()}


@pytest.mark.parametrize("name", sorted(WRITE_ONLY))
def test_to_write_there_it_is(name: str) -> None:
    key, variable = WRITE_ONLY[name]
    shop = account("shop", name, refs={key: SecretRef(env=variable)})
    assert refused(accounts=(shop,)) == [
        (
            f"missing-secret: the environment variable {variable} is not set (for account shop)"
            f" | set {variable} in the environment"
        )
    ]
    assert keys(accounts=(shop,), environ={variable: "hush"}) == {"shop": Held(account="hush")}


@pytest.mark.parametrize("name", sorted(WRITE_ONLY))
@pytest.mark.parametrize("looking", [True, False])
def test_at_the_sandbox_neither(name: str, looking: bool) -> None:
    shop = account("shop", name, endpoint=SANDBOX)
    assert keys(accounts=(shop,), looking=looking)["shop"].account == ("" if looking else SANDBOX)


def test_a_number_is_looked_at_with_the_key_that_writes() -> None:
    assert keys(number("berlin"), looking=True)["cloud"].absent == {"berlin": absent("berlin")}
    assert keys(number("berlin"), looking=True, D360_API_KEY_BERLIN="own")["cloud"].numbers == {"berlin": "own"}


def test_nothing_shows_what_is_held() -> None:
    assert repr(Held(account="kX9v2b", numbers={"berlin": "kX9v2b"})) == "Held(absent={})"


# Whom nobody can ask


META = {"token": SecretRef(env="META_TOKEN"), "plan_token": SecretRef(env="META_PLAN_TOKEN")}
PLACES = (META["plan_token"], META["token"])


def lacking(*profiles: Desired, of: Account, **environ: str) -> dict[str, tuple[SecretRef, ...]]:
    """Return whose credential is not set, and where it may be."""
    context = Clock().context(environ=environ)
    found = unset(profiles, {of.name: of}, traits=TRAITS, context=context)
    return {one.target.profile: found[one.target.key] for one in profiles if one.target.key in found}


@pytest.mark.parametrize(
    ("environ", "there"),
    [
        ({}, False),
        ({"META_TOKEN": "", "META_PLAN_TOKEN": ""}, False),
        ({"META_TOKEN": "writes"}, True),
        ({"META_PLAN_TOKEN": "looks"}, True),
        ({"META_PLAN_TOKEN": " begins with a space"}, True),
    ],
)
def test_an_account_lacks_its_credential_where_neither_of_the_two_is_set(
    environ: dict[str, str], *, there: bool
) -> None:
    """What is set and cannot be used is no reason to plan without it: it is named as ever."""
    plain = replace(number("berlin"), credentials=())
    assert lacking(plain, of=account(provider="meta", refs=META), **environ) == ({} if there else {"berlin": PLACES})


@pytest.mark.parametrize(
    ("environ", "without"),
    [
        ({}, ["berlin", "bonn"]),
        ({"D360_API_KEYS": '{"berlin": "b"}'}, ["bonn"]),
        ({"D360_API_KEY_BONN": "own"}, ["berlin"]),
        ({"D360_API_KEY_BONN": " own"}, ["berlin"]),
        ({"D360_API_KEYS": "no JSON"}, []),
    ],
)
def test_of_numbers_with_keys_of_their_own_those_lack_one_for_whom_none_is_set(
    environ: dict[str, str], without: list[str]
) -> None:
    profiles = (number("berlin"), number("bonn"))
    refs = {one.target.profile: one.credentials for one in profiles}
    assert lacking(*profiles, of=account(), **environ) == {name: refs[name] for name in without}


@pytest.mark.parametrize(
    "of",
    [
        account(endpoint=SANDBOX),
        account(provider="meta", endpoint=SANDBOX, refs=META),
        account(provider="kaleyra", refs={"api_key": SecretRef(env="KALEYRA_API_KEY")}),
        account(provider="pickyassist", refs={"token": SecretRef(env="PICKYASSIST_TOKEN")}),
    ],
    ids=lambda of: f"{of.provider} at {of.endpoint}",
)
def test_where_none_is_needed_for_looking_none_is_lacking(of: Account) -> None:
    assert lacking(number("berlin"), of=of) == {}


# As a run asks for them


def run(*profiles: Desired, of: Account, **environ: str) -> Mapping[str, str]:
    settings = Settings(accounts={of.name: of}, policy=Policy())
    found = connect_accounts(settings, profiles, providers(), context=Clock().context(environ=environ), read_only=False)
    return found[of.name].credentials


def test_a_profile_that_is_paused_needs_no_key() -> None:
    profiles = (number("berlin"), number("bonn", mode=Mode.PAUSED))
    assert run(*profiles, of=account(), D360_API_KEY_BERLIN="own") == {"berlin": "own"}


def test_a_line_is_made_for_those_that_have_a_key() -> None:
    assert run(number("berlin"), number("bonn"), of=account(), D360_API_KEY_BERLIN="own") == {"berlin": "own"}


# The secret that calls prove to have


META_REFS = {"token": SecretRef(env="META_TOKEN"), "app_secret": SecretRef(env="META_APP_SECRET")}


def at_meta(*, endpoint: str = "", refs: Mapping[str, SecretRef] = META_REFS) -> tuple[Account, Desired]:
    shop = account("shop", "meta", endpoint=endpoint, refs=refs)
    to = replace(target("berlin"), account="shop", endpoint=shop.endpoint)
    return shop, desired(to=to, about="Fresh")


def held(*, endpoint: str = "", refs: Mapping[str, SecretRef] = META_REFS, looking: bool = False, **set_: str) -> Held:
    shop, profile = at_meta(endpoint=endpoint, refs=refs)
    return keys(profile, accounts=(shop,), looking=looking, environ=set_)["shop"]


@pytest.mark.parametrize("looking", [True, False])
def test_an_account_that_names_the_apps_secret_holds_it(looking: bool) -> None:
    found = held(looking=looking, META_TOKEN="token", META_APP_SECRET="shh")
    assert (found.account, found.proof_secret) == ("token", "shh")
    assert "shh" not in repr(found)


def test_a_token_for_looking_goes_with_the_same_secret() -> None:
    refs = META_REFS | {"plan_token": SecretRef(env="META_PLAN_TOKEN")}
    found = held(refs=refs, looking=True, META_PLAN_TOKEN="looks", META_APP_SECRET="shh")
    assert (found.account, found.proof_secret) == ("looks", "shh")


def test_an_account_that_names_none_proves_nothing() -> None:
    only = {"token": SecretRef(env="META_TOKEN")}
    assert held(refs=only, META_TOKEN="token", META_APP_SECRET="shh") == Held(account="token")


def test_an_apps_secret_that_is_named_and_not_set_stops_the_run_with_the_others() -> None:
    shop, profile = at_meta()
    unset_ = "missing-secret: the environment variable {0} is not set (for account shop) | set {0} in the environment"
    both = [unset_.format("META_APP_SECRET"), unset_.format("META_TOKEN")]
    assert refused(profile, accounts=(shop,)) == both
    (quoted,) = refused(profile, accounts=(shop,), META_TOKEN="token", META_APP_SECRET='"shh"')
    assert quoted.endswith("(for account shop) | set META_APP_SECRET anew, with nothing but the secret in it")
    assert "META_APP_SECRET stands in quotation marks" in quoted


def _proof_secret(environ: Mapping[str, str]) -> str:
    shop, profile = at_meta(endpoint=SANDBOX)
    return keys(profile, accounts=(shop,), environ=environ)["shop"].proof_secret


@pytest.mark.parametrize(("environ", "secret"), [({}, ""), ({"META_APP_SECRET": "shh"}, "shh")])
def test_the_sandbox_needs_no_proof_and_takes_one(environ: dict[str, str], secret: str) -> None:
    assert _proof_secret(environ) == secret


@pytest.mark.parametrize(
    ("environ", "lacking"),
    [
        ({}, ("META_TOKEN",)),
        ({"META_TOKEN": "token"}, ("META_APP_SECRET",)),
        ({"META_APP_SECRET": "shh"}, ("META_TOKEN",)),
        ({"META_TOKEN": "token", "META_APP_SECRET": "shh"}, None),
    ],
)
def test_without_the_apps_secret_a_target_cannot_be_read(
    environ: dict[str, str], lacking: tuple[str, ...] | None
) -> None:
    shop, profile = at_meta()
    found = unset([profile], {"shop": shop}, traits=TRAITS, context=Clock().context(environ=environ))
    wanted = {} if lacking is None else {profile.target.key: tuple(SecretRef(env=name) for name in lacking)}
    assert found == wanted


def test_each_credential_is_known_by_where_it_is_kept() -> None:
    refs = META_REFS | {"plan_token": SecretRef(env="META_PLAN_TOKEN")}
    found = held(refs=refs, looking=True, META_PLAN_TOKEN="looks", META_TOKEN="writes", META_APP_SECRET="shh")
    assert found.places == {"writes": "META_TOKEN", "looks": "META_PLAN_TOKEN", "shh": "META_APP_SECRET"}
    assert "looks" not in repr(found)


def test_a_key_of_one_number_is_known_by_its_member_or_its_variable() -> None:
    own = number("berlin", ref=SecretRef(env="D360_API_KEY_BERLIN"))
    one, other = number("kiel"), own
    variable = next(ref.env for ref in one.credentials if str(ref) != f"{{env: {ref.env}}}")
    found = keys(one, other, environ={"D360_API_KEY_BERLIN": "b-key", variable: '{"kiel": "k-key"}'})["cloud"]
    assert found.places == {"b-key": "D360_API_KEY_BERLIN", "k-key": f"'kiel' in {variable}"}


def test_two_places_of_one_credential_go_by_the_first() -> None:
    refs = {"token": SecretRef(env="META_TOKEN"), "plan_token": SecretRef(env="META_PLAN_TOKEN")}
    found = held(refs=refs, META_TOKEN="t", META_PLAN_TOKEN="t")
    assert found.places == {"t": "META_TOKEN"}

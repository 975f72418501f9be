"""Where a credential may stand, and under which names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.fields import MemberRef, SecretRef, refusal
from reconciler.core.reading.accounts import Permissions, number_credentials, variable
from reconciler.core.reading.resolve import Resolved
from reconciler.core.traits import Traits
from reconciler.providers import providers
from tests.support.authoring import account, resolved, said
from tests.support.authoring import settings as settings_of

TRAITS = {name: provider.traits for name, provider in providers().items()}
D360 = TRAITS["360dialog"]
RULES = "version: 1\naccounts: {bakery: {provider: 360dialog}}\n"
META = "version: 1\naccounts: {bakery: {provider: meta, endpoint: sandbox}}\n"
ALLOW = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"
NONE_FOR_AN_ACCOUNT = (
    "credentials: 360dialog has one api_key for each number, and none for an account"
    " | move it into the profile, or set D360_API_KEY_<PROFILE> in the environment"
)


def foreign(name: str, prefix: str = "D360_") -> str:
    return f"secret-name: {name} is not a name that may be read here: only names that begin with {prefix} are | {ALLOW}"


def profile(credentials: str = "", rules: str = RULES) -> Resolved:
    """Return what becomes of a profile; its credentials stand in line 3."""
    keys = 'phone_number_id: "106540352242922"\n' if "meta" in rules else ""
    written = f"credentials: {credentials}\n" if credentials else ""
    return resolved(
        f'account: bakery\nnumber: "+493012345678"\n{written}{keys}profile: {{about: Fresh}}\n', rules=rules
    )


def refused(credentials: str, rules: str = RULES) -> list[str]:
    found = profile(credentials, rules)
    assert found.desired == ()
    return said(found.diagnostics)


def where(name: str, refs: dict[str, SecretRef] | None = None, traits: Traits = D360) -> list[str]:
    return [str(ref) for ref in number_credentials(name, refs or {}, traits)]


# In an account


def test_an_account_at_360dialog_has_no_credential_and_least_of_all_metas() -> None:
    """Both reasons at once, from the files alone."""
    assert account("provider: 360dialog\ncredentials: {api_key: {env: META_TOKEN}}") == [
        f"5:5 {NONE_FOR_AN_ACCOUNT}",
        f"5:28 {foreign('META_TOKEN')}",
    ]


@pytest.mark.parametrize("endpoint", ["", "\nendpoint: sandbox", "\nhost: waba-v2.360dialog.io"])
def test_wherever_its_calls_go(endpoint: str) -> None:
    text = f"provider: 360dialog\ncredentials: {{api_key: {{env: D360_API_KEY}}}}{endpoint}"
    assert account(text) == [f"5:5 {NONE_FOR_AN_ACCOUNT}"]


def test_an_account_at_360dialog_needs_none() -> None:
    found = account("provider: 360dialog")
    assert (found.credentials, found.endpoint) == ({}, "https://waba-v2.360dialog.io")
    assert account("provider: 360dialog\ncredentials: {}").credentials == {}


def test_a_credential_that_is_not_known_there_is_said_besides() -> None:
    assert account("provider: 360dialog\ncredentials: {apikey: {env: D360_X}}") == [
        f"5:5 {NONE_FOR_AN_ACCOUNT}",
        "5:19 unknown-key: unknown credential 'apikey' | did you mean api_key?",
    ]


@pytest.mark.parametrize("name", sorted(set(TRAITS) - {"360dialog"}))
def test_every_other_provider_says_which_credential_is_missing(name: str) -> None:
    traits = TRAITS[name]
    more = "\nhost: api.in.kaleyra.io\nsid: HXIN1700000000IN" if name == "kaleyra" else ""
    write = f"write `credentials: {{{traits.credential}: {{env: {variable(traits)}}}}}`"
    missing = f"4:5 missing-key: accounts.bakery.credentials.{traits.credential} is missing | {write}"
    assert account(f"provider: {name}{more}") == [missing]
    written = f"provider: {name}{more}\ncredentials: {{{traits.credential}: {{env: {variable(traits)}}}}}"
    assert account(written).credentials == {traits.credential: SecretRef(env=variable(traits))}


@pytest.mark.parametrize(("mine", "other"), [(a, b) for a in sorted(TRAITS) for b in sorted(TRAITS) if a != b])
def test_no_provider_may_be_sent_the_credential_of_another(mine: str, other: str) -> None:
    traits, name = TRAITS[mine], variable(TRAITS[other])
    assert refusal(SecretRef(env=name), traits.env_prefix) is not None
    more = "\nhost: api.in.kaleyra.io\nsid: HXIN1700000000IN" if mine == "kaleyra" else ""
    told = account(f"provider: {mine}{more}\ncredentials: {{{traits.credential}: {{env: {name}}}}}")
    assert [line.partition(" ")[2] for line in told if "secret-name" in line] == [foreign(name, traits.env_prefix)]


# In a profile


def test_a_profile_at_360dialog_names_its_own_key() -> None:
    (one,) = profile("{api_key: {env: D360_BERLIN}}").desired
    assert one.credentials == (SecretRef(env="D360_BERLIN"),)
    (other,) = profile("{api_key: {file: D360_berlin}}").desired
    assert other.credentials == (SecretRef(file="D360_berlin"),)


def test_elsewhere_credentials_belong_to_the_account() -> None:
    told = "at Meta credentials belong to the account, not to a profile"
    hint = "move them to the account in profiles/reconciler.yaml"
    assert refused("{token: {env: META_TOKEN}}", META) == [f"3:1 credentials: {told} | {hint}"]
    assert refused("{token: {env: D360_X}}", META) == [
        f"3:1 credentials: {told} | {hint}",
        f"3:22 {foreign('D360_X', 'META_')}",
    ]


def test_no_credentials_are_none_at_any_provider() -> None:
    assert profile("{}", META).diagnostics == ()
    assert profile("", META).desired[0].credentials == ()


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ("{api_key: {env: META_TOKEN}}", f"3:24 {foreign('META_TOKEN')}"),
        ("{api_key: {env: WEBHOOK_VERIFY}}", f"3:24 {foreign('WEBHOOK_VERIFY')}"),
        (
            "{api_key: {file: ../D360_x}}",
            (
                "3:24 secret-name: this is not the name of a file in the secrets directory"
                " | it is a plain name, without folders"
            ),
        ),
        ("{api_key: {}}", "3:24 secret: api_key must be {env: NAME} or {file: NAME}"),
        ("{api_key: {env: D360_A, file: D360_B}}", "3:24 secret: api_key must be {env: NAME} or {file: NAME}"),
        ("{apikey: {env: D360_A}}", "3:15 unknown-key: unknown credential 'apikey' | did you mean api_key?"),
        (
            "{api_key: {env: D360_A, member: berlin}}",
            "3:38 unknown-key: unknown key credentials.api_key.member | known here: env, file",
        ),
        ("[D360_A]", "3:14 wrong-type: credentials must be a mapping of keys to values, not a list"),
        (
            "{api_key: }",
            (
                "3:15 null: credentials.api_key is null (nothing stands after the colon)"
                " | write a value there, or leave it out"
            ),
        ),
    ],
)
def test_a_wrong_credential_is_said_where_it_stands(credentials: str, told: str) -> None:
    assert refused(credentials) == [told]


@pytest.mark.parametrize("secret", ["kX9v2bQsecret", "0kX9v2b-secret", "D360 kX9v2b", "kX9v2b_secret", "sk/kX9v2b="])
@pytest.mark.parametrize("form", ["{api_key: '%s'}", "{api_key: {env: '%s'}}", "{api_key: {file: '/%s'}}", "'%s'"])
def test_a_secret_that_stands_in_a_file_is_refused_and_never_repeated(form: str, secret: str) -> None:
    told = [*refused(form % secret), *account(f"provider: 360dialog\ncredentials: {form % secret}")]
    assert told
    assert "kX9v2b" not in "".join(told)


def test_the_object_of_all_keys_is_no_key() -> None:
    """Naming it would send the keys of all numbers to one."""
    assert refused("{api_key: {env: D360_API_KEYS}}") != []


def test_the_environment_may_allow_another_name() -> None:
    text = (
        "version: 1\naccounts: {a: {provider: kaleyra, host: api.in.kaleyra.io, sid: HX1,"
        " credentials: {api_key: {env: OUR_KEY}}}}"
    )
    assert [line.partition(" ")[2] for line in said(_problems(text))] == [foreign("OUR_KEY", "KALEYRA_")]
    allowed: Any = settings_of(text, permissions=Permissions(secret_names=frozenset({"OUR_KEY"})))
    assert allowed.accounts["a"].credentials == {"api_key": SecretRef(env="OUR_KEY")}


def _problems(text: str) -> Any:
    return settings_of(text)


def test_while_the_provider_is_not_known_nothing_is_said_of_credentials() -> None:
    """The account's name is the mistake; what else would be one cannot be told."""
    text = 'account: bakry\nnumber: "+493012345678"\ncredentials: {token: {env: X}}\nprofile: {about: Fresh}\n'
    found = resolved(text, rules=RULES)
    assert said(found.diagnostics) == ["1:10 unknown-account: unknown account 'bakry' | did you mean bakery?"]


# Names made of a profile's


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("berlin", "BERLIN"),
        ("cafes/vienna", "CAFES_VIENNA"),
        ("cafes/vienna-1.north", "CAFES_VIENNA_1_NORTH"),
        ("7-eleven", "7_ELEVEN"),
        ("zürich", "Z_RICH"),
        ("straße", "STRASSE"),
        ("Москва", "______"),
        ("a b", "A_B"),
    ],
)
def test_a_profile_that_names_none_is_looked_up_under_names_of_its_own(name: str, own: str) -> None:
    assert where(name) == [f"{{env: D360_API_KEY_{own}}}", f"{name!r} in D360_API_KEYS"]
    refs = number_credentials(name, {}, D360)
    assert refs == (SecretRef(env=f"D360_API_KEY_{own}"), MemberRef(env="D360_API_KEYS", member=name))


def test_what_a_profile_names_itself_is_the_only_place() -> None:
    assert where("berlin", {"api_key": SecretRef(env="D360_X")}) == ["{env: D360_X}"]
    assert where("berlin", {"api_key": SecretRef(file="D360_x")}) == ["{file: D360_x}"]


@pytest.mark.parametrize("name", sorted(set(TRAITS) - {"360dialog"}))
def test_where_an_account_has_the_credential_a_number_has_none(name: str) -> None:
    assert where("berlin", traits=TRAITS[name]) == []


@settings(max_examples=200)
@given(st.text(min_size=1, max_size=20))
def test_a_name_that_is_made_is_one_that_the_provider_may_read(name: str) -> None:
    """It is a variable that a shell can set, and never the object of all keys."""
    own, member = number_credentials(name, {}, D360)
    assert refusal(own, D360.env_prefix) is None
    assert refusal(member, D360.env_prefix) is None
    assert own.env != member.env

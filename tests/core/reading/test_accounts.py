"""The settings file, account by account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.fields import SecretRef
from reconciler.core.reading.accounts import Permissions, accounts
from reconciler.core.settings import Bulk, OnFinding, Rule, Settings
from reconciler.providers.meta import MetaOptions
from tests.support.authoring import META, account, document, said, settings

TOKEN = "credentials: {token: {env: META_TOKEN}}"
LIVE = f"provider: meta\n{TOKEN}"
FOREIGN = "is not a name that may be read here: only names that begin with META_ are"
ALLOW = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"
ENV = "accounts.bakery.credentials.token.env"
NAME = "use lower-case letters, digits, '.', '_' and '-'"
NULL = "(nothing stands after the colon) | write a value there, or leave it out"
WRITE = "write `credentials: {token: {env: META_TOKEN}}`"


def test_an_account_is_the_providers_own_host_unless_it_says_otherwise() -> None:
    found = account(LIVE)
    assert (found.name, found.provider, found.endpoint) == ("bakery", "meta", "https://graph.facebook.com")
    assert (found.concurrency, found.credentials) == (16, {"token": SecretRef(env="META_TOKEN")})
    assert found.options == MetaOptions(api_version="v23.0")


def test_an_account_at_the_sandbox_needs_no_credential() -> None:
    found = account("provider: meta\nendpoint: sandbox\nwaba_id: '102290129340398'\nconcurrency: 4")
    assert (found.endpoint, found.credentials, found.concurrency) == ("sandbox", {}, 4)
    assert found.options == MetaOptions(waba_id="102290129340398")


def test_the_rest_of_the_settings_has_its_defaults() -> None:
    found = settings("version: 1\naccounts: {}")
    assert isinstance(found, Settings)
    assert (found.accounts, found.ledger, found.policy.bulk) == (
        {},
        "local",
        Bulk(profiles=5, percent=30, never_above=100),
    )
    rules = (found.policy.clear, found.policy.webhook, found.policy.first_contact, found.policy.empty)
    assert rules == (Rule.ASK, Rule.ASK, Rule.ASK, Rule.DENY)
    assert {found.policy.on_drift, found.policy.on_conflict, found.policy.on_unrecorded} == {OnFinding.REPORT}


def test_the_policy_is_read_as_it_is_written() -> None:
    found = settings(
        "version: 1\naccounts: {}\npolicy: {first-contact: allow, on_drift: overwrite, bulk: {percent: 0}}"
    )
    assert isinstance(found, Settings)
    assert (found.policy.first_contact, found.policy.on_drift) == (Rule.ALLOW, OnFinding.OVERWRITE)
    assert found.policy.bulk == Bulk(percent=0)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("version: 2", "1:10 wrong-value: version must be 1"),
        ("version: '1'", "1:10 wrong-value: version must be 1"),
        (
            "version:",
            "1:1 null: version is null (nothing stands after the colon) | write a value there, or leave it out",
        ),
        ("versoin: 1", "1:1 missing-key: version is missing"),
        ("version: 1\nledger: gist", "2:9 wrong-value: ledger must be local, git or postgres"),
        (
            "version: 1\npolicy: {bulk: {profils: 5}}",
            "2:17 unknown-key: unknown key policy.bulk.profils | did you mean profiles?",
        ),
        ("version: 1\npolicy: {clera: ask}", "2:10 unknown-key: unknown key policy.clera | did you mean clear?"),
        (
            "version: 1\npolicy: {first_contact: ask}",
            "2:10 unknown-key: unknown key policy.first_contact | did you mean first-contact?",
        ),
        ("version: 1\npolicy: {clear: maybe}", "2:17 wrong-value: policy.clear must be allow, warn, ask or deny"),
        ("version: 1\npolicy: {clear: true}", "2:17 wrong-value: policy.clear must be allow, warn, ask or deny"),
        (
            "version: 1\npolicy: {clear: }",
            "2:10 null: policy.clear is null (nothing stands after the colon) | write a value there, or leave it out",
        ),
        ("version: 1\npolicy: {on_drift: ask}", "2:20 wrong-value: policy.on_drift must be report or overwrite"),
        (
            "version: 1\npolicy: {bulk: {percent: 101}}",
            "2:26 wrong-value: policy.bulk.percent must be 100 or less",
        ),
        (
            "version: 1\npolicy: {bulk: {profiles: '5'}}",
            "2:27 wrong-type: policy.bulk.profiles must be a whole number, not text",
        ),
        ("version: 1\ndefaults: [about]", "2:11 wrong-type: defaults must be a mapping of keys to values, not a list"),
        ("version: 1\nacounts: {}", "2:1 unknown-key: unknown key acounts | did you mean accounts?"),
    ],
)
def test_a_wrong_rule_is_said_where_it_stands(rules: str, told: str) -> None:
    text = rules if "acounts" in rules else f"{rules}\naccounts: {{}}"
    found: Any = settings(text)
    assert told in said(found)
    assert len(found) == 1 + ("versoin" in rules or "acounts" in rules)


@pytest.mark.parametrize("name", ["templates", "pictures"])
def test_an_account_cannot_have_the_name_of_a_folder_that_is_taken(name: str) -> None:
    """Its numbers would be imported to where no profile is looked for."""
    found: Any = settings(f"version: 1\naccounts:\n  {name}: {{provider: meta, endpoint: sandbox}}\n")
    assert said(found) == [f"3:3 account-name: an account cannot be named {name!r}: that folder of profiles/ is taken"]
    assert isinstance(settings(f"version: 1\naccounts:\n  {name}s: {{provider: meta, endpoint: sandbox}}\n"), Settings)


def test_an_empty_settings_file_is_said_so() -> None:
    found = accounts(document("", "profiles/reconciler.yaml"), {}, permissions=Permissions())
    assert said(found.problems) == ["0:0 null: the file is empty | write version and accounts, or delete it"]


def test_every_problem_of_the_file_is_said_at_once_in_order() -> None:
    found: Any = settings(
        "version: 1\n"
        "accounts:\n"
        "  Bad Name: {provider: meta, endpoint: sandbox}\n"
        "  one: {provider: mta, concurrency: 0}\n"
        "  two: {provider: meta, api_versoin: v23.0, endpoint: sandbox, concurrency: many}\n"
        "  three:\n"
        "  four: {endpoint: sandbox}\n"
        "policy: {bulk: 5}\n"
    )
    assert said(found) == [
        f"3:3 account-name: 'Bad Name' cannot be the name of an account | {NAME}",
        "4:19 unknown-provider: unknown provider 'mta' | did you mean meta?",
        "4:37 wrong-value: accounts.one.concurrency must be 1 or more",
        "5:25 unknown-key: unknown key accounts.two.api_versoin | did you mean api_version?",
        "5:77 wrong-type: accounts.two.concurrency must be a whole number, not text",
        f"6:3 null: accounts.three is null {NULL}",
        "7:9 missing-key: accounts.four.provider is missing",
        "8:16 wrong-type: policy.bulk must be a mapping of keys to values, not a number",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("provider: meta", [f"4:5 missing-key: accounts.bakery.credentials.token is missing | {WRITE}"]),
        (
            "provider: meta\ncredentials: {plan_token: {env: META_PLAN_TOKEN}}",
            [f"5:18 missing-key: accounts.bakery.credentials.token is missing | {WRITE}"],
        ),
        (
            "provider: meta\nendpoint: sandbox\ncredentials: {tokn: {env: META_TOKEN}}",
            ["6:19 unknown-key: unknown credential 'tokn' | did you mean token?"],
        ),
        (
            "provider: meta\ncredentials: s3cret",
            ["5:18 wrong-type: accounts.bakery.credentials must be a mapping of keys to values, not text"],
        ),
        (
            "provider: meta\ncredentials: {token: s3cret}",
            [
                (
                    "5:26 secret: accounts.bakery.credentials.token must say where the secret is"
                    " | write {env: NAME} or {file: NAME}; a secret never stands in a file"
                )
            ],
        ),
        (
            "provider: meta\ncredentials: {token: {envv: META_TOKEN}}",
            ["5:27 unknown-key: unknown key accounts.bakery.credentials.token.envv | did you mean env?"],
        ),
        (
            "provider: meta\ncredentials: {token: {env: 12}}",
            [f'5:32 wrong-type: {ENV} must be text, not a number | write it in quotes: "12"'],
        ),
        ("provider: meta\ncredentials: {token: {}}", ["5:26 secret: token must be {env: NAME} or {file: NAME}"]),
        ("provider: meta\ncredentials: {token: {env: ''}}", ["5:26 secret: token must be {env: NAME} or {file: NAME}"]),
        (
            "provider: meta\ncredentials: {token: {env: META_A, file: META_B}}",
            ["5:26 secret: token must be {env: NAME} or {file: NAME}"],
        ),
        (
            "provider: meta\ncredentials: {token: {env: WEBHOOK_VERIFY}}",
            [f"5:26 secret-name: WEBHOOK_VERIFY {FOREIGN} | {ALLOW}"],
        ),
        (
            "provider: meta\ncredentials: {token: {file: ../META_x}}",
            [
                (
                    "5:26 secret-name: this is not the name of a file in the secrets directory"
                    " | it is a plain name, without folders"
                )
            ],
        ),
        (
            f"{LIVE}\napi_version: '23'",
            ["6:18 wrong-value: accounts.bakery.api_version must be a version of the Graph API, such as v23.0"],
        ),
        (
            f"{LIVE}\nwaba_id: 102",
            ['6:14 wrong-type: accounts.bakery.waba_id must be text, not a number | write it in quotes: "102"'],
        ),
        (
            f"{LIVE}\nwaba_id:",
            [f"6:5 null: accounts.bakery.waba_id is null {NULL}"],
        ),
        (
            f"{LIVE}\nendpont: sandbox",
            ["6:5 unknown-key: unknown key accounts.bakery.endpont | did you mean endpoint?"],
        ),
        (
            f"{LIVE}\nendpoint: ''",
            ["6:15 wrong-value: accounts.bakery.endpoint: string should have at least 1 character"],
        ),
        (
            "provider: meta\nendpoint: 1",
            ['5:15 wrong-type: accounts.bakery.endpoint must be text, not a number | write it in quotes: "1"'],
        ),
    ],
)
def test_a_wrong_account_is_said_where_it_is_wrong(text: str, told: list[str]) -> None:
    assert account(text) == told


def test_a_credential_can_lie_in_a_file_or_have_a_name_that_the_environment_allows() -> None:
    found = account(
        "provider: meta\ncredentials: {token: {file: META_token}, plan_token: {env: OTHER}}",
        permissions=Permissions(secret_names=frozenset({"OTHER"})),
    )
    assert found.credentials == {"token": SecretRef(file="META_token"), "plan_token": SecretRef(env="OTHER")}


def test_a_provider_without_a_token_for_looking_knows_one_credential() -> None:
    traits = replace(META, looking_credential="")
    text = (
        "version: 1\naccounts:\n  a: {provider: meta, credentials: {token: {env: META_A}, plan_token: {env: META_B}}}"
    )
    found: Any = settings(text, traits={"meta": traits})
    assert said(found) == ["3:59 unknown-key: unknown credential 'plan_token' | did you mean token?"]

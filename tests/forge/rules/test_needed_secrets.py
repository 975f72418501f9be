"""Which secrets the settings need at GitHub, and whether each is where it belongs."""

from __future__ import annotations

import re

import pytest

from reconciler.core.fields import Header, SecretRef, Webhook
from reconciler.core.settings import Account, Policy, Settings
from reconciler.core.target import SANDBOX, Desired
from reconciler.forge.repository_answers import Hidden
from reconciler.forge.rules.finding import SetupState
from reconciler.forge.rules.needed_secrets import (
    PASSED,
    NeededSecret,
    SecretUse,
    needed_secrets,
    secret_findings,
    shared_findings,
)
from reconciler.providers import provider_traits
from tests.support import desired, target
from tests.support.readme import ROOT

KNOWN = provider_traits()
PLAN, APPLY, DRIFT = SecretUse
ALL = frozenset(SecretUse)
KEY = "RECONCILER_LEDGER_KEY"


def account(provider: str, name: str = "bakery", endpoint: str = "", **refs: str) -> Account:
    credentials = {key: SecretRef(env=value) for key, value in refs.items()}
    at = endpoint or KNOWN[provider].hosts[0]
    return Account(name=name, provider=provider, endpoint=at, concurrency=1, credentials=credentials)


def needs(*accounts: Account, profiles: tuple[Desired, ...] = ()) -> dict[str, tuple[set[str], bool]]:
    found = needed_secrets(Settings({one.name: one for one in accounts}, Policy()), profiles, KNOWN)
    return {one.name: ({*one.work}, one.writes) for one in found}


@pytest.mark.parametrize("use", SecretUse)
def test_the_called_workflow_passes_on_what_is_said(use: SecretUse) -> None:
    text = (ROOT / ".github" / "workflows" / f"{use}.yml").read_text()
    passed = {*re.findall(r"^ +([A-Z0-9_]+): \$\{\{ secrets\.\1 \}\}$", text, re.MULTILINE)}
    assert passed - {"RECONCILER_SECRETS", KEY} == {*PASSED[use]}


def test_an_account_at_meta_needs_what_it_names() -> None:
    both = account("meta", token="META_TOKEN", plan_token="META_PLAN_TOKEN", app_secret="META_APP_SECRET")
    assert needs(both) == {
        "META_PLAN_TOKEN": ({PLAN, DRIFT}, False),
        "META_TOKEN": ({APPLY}, True),
        "META_APP_SECRET": ({*ALL}, False),
    }
    assert needs(account("meta", token="META_TOKEN")) == {"META_TOKEN": ({*ALL}, True)}


def test_what_cannot_be_read_needs_nothing_to_look() -> None:
    assert needs(account("kaleyra", api_key="KALEYRA_API_KEY")) == {"KALEYRA_API_KEY": ({APPLY}, True)}


def test_accounts_in_the_sandbox_and_files_need_no_secret() -> None:
    in_file = Account(
        name="a", provider="meta", endpoint="https://x", concurrency=1, credentials={"token": SecretRef(file="META_T")}
    )
    assert needs(account("meta", endpoint=SANDBOX, token="META_TOKEN"), in_file, account("meta", "b")) == {}


def test_numbers_with_keys_of_their_own_share_one_variable_unless_they_name_another() -> None:
    def number(profile: str, *refs: str) -> Desired:
        made = desired(to=target(profile))
        return Desired(made.target, (), credentials=tuple(SecretRef(env=ref) for ref in refs))

    usual, own = number("paris", "D360_API_KEY_PARIS", "D360_API_KEYS"), number("lyon", "D360_LYON")
    at = account("360dialog")
    assert needs(at, profiles=(usual, own)) == {"D360_LYON": ({*ALL}, True), "D360_API_KEYS": ({*ALL}, True)}
    assert [*needs(at, profiles=(own,))] == ["D360_LYON"]
    assert [*needs(at)] == ["D360_API_KEYS"]


def test_webhooks_need_their_secrets_when_they_are_written() -> None:
    hook = Webhook(
        "https://hooks.bakery.example/wa",
        SecretRef(env="WEBHOOK_VERIFY"),
        (Header("X-Key", secret=SecretRef(env="WEBHOOK_KEY")), Header("X-Plain")),
    )
    found = needs(account("meta", token="META_TOKEN"), profiles=(desired(webhook=hook, about="x"),))
    assert [(name, found[name]) for name in ("WEBHOOK_VERIFY", "WEBHOOK_KEY")] == [
        ("WEBHOOK_VERIFY", ({APPLY}, False)),
        ("WEBHOOK_KEY", ({APPLY}, False)),
    ]


def test_a_secret_of_two_accounts_is_needed_once_for_both() -> None:
    first, second = account("meta", token="META_TOKEN", plan_token="META_P"), account("meta", "b", token="META_TOKEN")
    assert needs(first, second)["META_TOKEN"] == ({*ALL}, True)


TOKEN = NeededSecret("META_TOKEN", "account bakery", frozenset({APPLY}), writes=True)
LOOKS = NeededSecret("META_PLAN_TOKEN", "account bakery", frozenset({PLAN, DRIFT}))
PARIS = NeededSecret("WEBHOOK_PARIS", "the webhook of paris", frozenset({APPLY}))
NEEDED = (TOKEN, LOOKS, PARIS)


def said(use: SecretUse, *there: str, marks: bool = True) -> list[tuple[SetupState, str, str]]:
    found = secret_findings(f"e-{use}", use, NEEDED, there, marks=marks)
    return [(one.state, one.detail, one.mends) for one in found]


def test_an_apply_needs_its_secrets_and_the_key() -> None:
    token, paris, key = said(APPLY)
    assert token == (
        SetupState.MISSING,
        "it has no META_TOKEN (account bakery)",
        "gh secret set META_TOKEN --env e-apply",
    )
    assert paris == (
        SetupState.MISSING,
        (
            "it has no WEBHOOK_PARIS (the webhook of paris): no workflow passes it on by name, so it belongs into "
            "RECONCILER_SECRETS as a member"
        ),
        "gh secret set RECONCILER_SECRETS --env e-apply",
    )
    assert key[:2] == (
        SetupState.MISSING,
        "it has no RECONCILER_LEDGER_KEY: each account that may push can forge the memory",
    )
    assert said(APPLY, "META_TOKEN", "WEBHOOK_PARIS", KEY) == [
        (SetupState.OK, "it has META_TOKEN, WEBHOOK_PARIS, RECONCILER_LEDGER_KEY", "")
    ]
    assert said(APPLY, "META_TOKEN", "WEBHOOK_PARIS", marks=False)[0][1] == "it has META_TOKEN, WEBHOOK_PARIS"


def test_what_is_a_member_of_the_one_secret_cannot_be_told() -> None:
    (paris,) = (one for one in said(APPLY, "META_TOKEN", "RECONCILER_SECRETS", KEY) if one[0] is SetupState.UNSEEN)
    whose = "WEBHOOK_PARIS (the webhook of paris)"
    assert paris[1] == f"{whose} may be a member of RECONCILER_SECRETS, whose content GitHub never shows"


def test_looking_goes_on_without_a_secret_and_says_what_it_leaves_out() -> None:
    ((state, words, mends),) = said(PLAN)
    lacks = "it has no META_PLAN_TOKEN (account bakery)"
    assert (state, words) == (SetupState.NOT_SET, f"{lacks}; its numbers are planned offline")
    assert mends == "gh secret set META_PLAN_TOKEN --env e-plan"
    assert said(DRIFT, KEY)[0][1] == f"{lacks}; drift leaves its numbers out"


def test_plans_hold_nothing_that_writes_or_marks() -> None:
    assert said(PLAN, "META_PLAN_TOKEN", "META_TOKEN", KEY)[1:] == [
        (
            SetupState.WRONG,
            "it has META_TOKEN, which writes: each branch's workflow can use it",
            "gh secret delete META_TOKEN --env e-plan",
        ),
        (
            SetupState.WRONG,
            f"it has {KEY}, which marks the memory: each branch's workflow can use it",
            f"gh secret delete {KEY} --env e-plan",
        ),
    ]


def test_secrets_that_a_token_may_not_list_cannot_be_told() -> None:
    (one,) = secret_findings("e", PLAN, NEEDED, Hidden(403, "Environments: read"), marks=True)
    assert one.detail == "this token may not see the secrets in it (403); it needs `Environments: read`"


def test_a_credential_that_each_branch_can_use_is_wrong() -> None:
    gone = Hidden(404, "Secrets: read")
    (own,) = shared_findings(NEEDED, ("META_TOKEN", "NPM_TOKEN"), gone)
    words = "META_TOKEN is a secret of the repository: each branch's workflow can use it; an environment must have it"
    assert (own.state, own.detail, own.mends) == (SetupState.WRONG, words, "gh secret delete META_TOKEN")
    (of_organization,) = shared_findings(NEEDED, (), (KEY,))
    assert (of_organization.state, of_organization.mends) == (SetupState.WRONG, "")
    hidden = Hidden(403, "Secrets: read")
    assert [one.state for one in shared_findings(NEEDED, hidden, hidden)] == [SetupState.UNSEEN] * 2
    assert [one.state for one in shared_findings(NEEDED, (), gone)] == [SetupState.OK]

"""What a pull request cannot open for itself: rules, and where credentials go, are those of the base."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.fields import SecretRef
from reconciler.core.reading.accounts import Permissions, accounts
from reconciler.core.safety.policy import NO_BASE, BasePolicy, HeldSettings, KnownBase, UnknownBase, hold_to_base
from reconciler.core.settings import Account, OnFinding, OnPlaceholder, Policy, Rule, SelfLabel, Settings
from reconciler.providers import providers
from tests.support.authoring import document, said

HEAD = "version: 1\naccounts:\n"
BAKERY = "  bakery: {provider: meta, credentials: {token: {env: META_TOKEN}}}\n"
MERGED = "what is written here counts one merge later"
RELAXED = f"{MERGED}, once an apply of it has finished"
PERMITTED = Permissions(endpoints=frozenset({"https://proxy.example"}))


def settings(text: str) -> Settings:
    """Return the settings that `text` is."""
    known = {name: provider.traits for name, provider in providers().items()}
    found = accounts(document(HEAD + text, "profiles/reconciler.yaml"), known, permissions=PERMITTED)
    assert found.problems == (), said(found.problems)
    return found.settings


def trusted(now: str, base_policy: BasePolicy) -> HeldSettings:
    """Return what counts of the settings `now`."""
    return hold_to_base(settings(now), base_policy, document=document(HEAD + now, "profiles/reconciler.yaml"))


def after(now: str, base: str) -> HeldSettings:
    """Return what counts of the settings `now`, those at the base being `base`."""
    return trusted(now, KnownBase(settings(base)))


def bakery(found: HeldSettings) -> Account:
    return found.settings.accounts["bakery"]


def test_without_a_base_the_settings_count_as_they_are_written() -> None:
    now = BAKERY + "policy: {clear: allow}\n"
    assert trusted(now, NO_BASE) == HeldSettings(settings(now))


def test_where_nothing_differs_nothing_is_said() -> None:
    now = BAKERY + "policy: {clear: allow, bulk: {profiles: 7}}\n"
    assert after(now, now) == HeldSettings(settings(now))


@pytest.mark.parametrize(
    ("now", "base", "lines"),
    [
        ("{clear: allow}", "{}", [f"4:17 notice later: policy.clear is allow here and ask at the base; {RELAXED}"]),
        ("{}", "{clear: deny}", [f"4:9 notice later: policy.clear is ask here and deny at the base; {RELAXED}"]),
        ("{clear: deny}", "{}", [f"4:17 notice later: policy.clear is deny here and ask at the base; {MERGED}"]),
        (
            "{first-contact: allow}",
            "{first-contact: deny}",
            [f"4:25 notice later: policy.first-contact is allow here and deny at the base; {RELAXED}"],
        ),
        (
            "{bulk: {profiles: 50, percent: 10}, on_drift: overwrite}",
            "{bulk: {profiles: 9}}",
            [
                f"4:27 notice later: policy.bulk.profiles is 50 here and 9 at the base; {RELAXED}",
                f"4:40 notice later: policy.bulk.percent is 10 here and 30 at the base; {MERGED}",
                f"4:55 notice later: policy.on_drift is overwrite here and report at the base; {RELAXED}",
            ],
        ),
        (
            "{self_label: allow}",
            "{}",
            [f"4:22 notice later: policy.self_label is allow here and deny at the base; {MERGED}"],
        ),
    ],
)
def test_the_rules_are_those_of_the_base_and_every_difference_is_said(now: str, base: str, lines: list[str]) -> None:
    """Also where a rule is tightened, which needs a merge and no more: whose labels count is asked at the base."""
    found = after(f"{BAKERY}policy: {now}\n", f"{BAKERY}policy: {base}\n")
    assert found.settings.policy == settings(f"{BAKERY}policy: {base}\n").policy
    assert said(found.diagnostics) == lines


def test_another_ledger_counts_at_once_and_is_said() -> None:
    """A pull request that begins a new memory opens nothing by it: what nobody remembers is left alone."""
    found = after(BAKERY + "ledger: git\n", BAKERY)
    assert found.settings.ledger == "git"
    (said_of_it,) = said(found.diagnostics)
    assert said_of_it == (
        "4:9 notice ledger: ledger is git here and local at the base; "
        "what is written here counts at once, and that ledger may know nothing yet"
    )


def test_a_credential_goes_where_the_base_sends_it() -> None:
    """Otherwise a pull request could carry it to a proxy that is allowed for something else."""
    now = "  bakery: {provider: meta, endpoint: 'https://proxy.example', credentials: {token: {env: META_TOKEN}}}\n"
    found = after(now, BAKERY)
    assert bakery(found).endpoint == bakery(found).host == "https://graph.facebook.com"
    (said_of_it,) = said(found.diagnostics)
    assert said_of_it == (
        "3:38 notice later: accounts.bakery.endpoint is https://proxy.example here and absent at the base; "
        "what is written here counts one merge later"
    )


def test_the_credentials_are_those_of_the_base_too() -> None:
    now = "  bakery: {provider: meta, credentials: {token: {env: META_OTHER}}}\n"
    base = "  bakery: {provider: meta, credentials: {token: {env: META_TOKEN}, plan_token: {env: META_PLAN}}}\n"
    found = after(now, base)
    assert bakery(found).credentials == {"token": SecretRef(env="META_TOKEN"), "plan_token": SecretRef(env="META_PLAN")}
    assert [line.partition(";")[0].partition("later: ")[2] for line in said(found.diagnostics)] == [
        "accounts.bakery.credentials.token is {env: META_OTHER} here and {env: META_TOKEN} at the base",
        "accounts.bakery.credentials.plan_token is absent here and {env: META_PLAN} at the base",
    ]


def test_another_host_of_the_provider_is_said_once() -> None:
    def kaleyra(region: str) -> str:
        keys = f"host: api.{region}.kaleyra.io, sid: HX1, credentials: {{api_key: {{env: KALEYRA_API_KEY}}}}"
        return f"  bakery: {{provider: kaleyra, {keys}}}\n"

    found = after(kaleyra("in"), kaleyra("eu"))
    assert (bakery(found).endpoint, bakery(found).host) == ("https://api.eu.kaleyra.io",) * 2
    assert [line.partition(" ")[0] for line in said(found.diagnostics)] == ["3:37"]


def test_everything_else_of_an_account_is_as_it_is_written() -> None:
    """What of it the provider is told is said: from where it fetches pictures, for one."""
    now = BAKERY.replace("meta,", "meta, concurrency: 3, waba_id: '102290129340398',")
    found = after(now, BAKERY)
    assert (bakery(found).concurrency, bakery(found).options.waba_id) == (3, "102290129340398")
    (said_of_it,) = said(found.diagnostics)
    assert said_of_it == (
        "3:53 notice account: accounts.bakery.waba_id is 102290129340398 here and absent at the base; "
        "what is written here counts at once"
    )


@pytest.mark.parametrize("base", ["  other: {provider: meta, endpoint: sandbox}\n", "  bakery: {provider: dialog}\n"])
def test_an_account_that_is_new_here_is_as_it_is_written(base: str) -> None:
    """So is one that is another provider's now: what its credentials were at the base is no use."""
    found = after(BAKERY, base.replace("dialog", "360dialog"))
    assert bakery(found) == settings(BAKERY).accounts["bakery"]
    assert set(found.settings.accounts) == {"bakery"}
    (said_of_it,) = said(found.diagnostics)
    assert said_of_it == (
        "3:3 notice new-account: accounts.bakery is new here: where its calls go, and by which credentials, "
        "counts as written"
    )


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ({}, {}),
        ({"clear": Rule.ALLOW}, {}),
        ({"clear": Rule.DENY}, {"clear": Rule.DENY}),
        ({"first_contact": Rule.WARN, "empty": Rule.ALLOW}, {}),
        ({"removed": Rule.ASK}, {"removed": Rule.ASK}),
        ({"on_drift": OnFinding.OVERWRITE, "on_conflict": OnFinding.OVERWRITE}, {}),
        ({"self_label": SelfLabel.ALLOW}, {}),
        ({"self_label": SelfLabel.DENY}, {}),
        ({"placeholders": OnPlaceholder.ALLOW}, {}),
        ({"placeholders": OnPlaceholder.DENY}, {"placeholders": OnPlaceholder.DENY}),
    ],
)
def test_with_an_unknown_base_each_rule_is_the_stricter_of_its_default_and_what_is_written(
    written: dict[str, Any], counts: dict[str, Any]
) -> None:
    now = replace(settings(BAKERY), policy=Policy(**written))
    found = hold_to_base(now, UnknownBase(), document=document(HEAD + BAKERY))
    assert found.settings.policy == Policy(**counts)
    assert [problem.code for problem in found.diagnostics] == ["base-settings"]


def test_with_an_unknown_base_the_lower_numbers_count_and_accounts_are_as_written() -> None:
    """It may be the first base that this version can read: nothing may keep it from being the next one."""
    found = trusted(
        BAKERY + "policy: {bulk: {profiles: 50, percent: 3, never_above: 1000}, clear: allow}\n", UnknownBase()
    )
    bulk = found.settings.policy.bulk
    assert (bulk.profiles, bulk.percent, bulk.never_above) == (5, 3, 100)
    assert found.settings.accounts == settings(BAKERY).accounts
    (warned,) = said(found.diagnostics)
    assert warned == (
        "4:9 warning base-settings: what the settings were at the base cannot be said, so no rule is laxer here than "
        "its default; accounts count as written | policy.bulk.profiles counts as 5, "
        "policy.bulk.never_above counts as 100, policy.clear counts as ask"
    )


def test_an_unknown_base_without_a_relaxed_rule_is_reported_alone() -> None:
    (warned,) = trusted(BAKERY, UnknownBase()).diagnostics
    assert warned.hint == ""

"""The rules, and where credentials go, are those of the base: nobody opens a gate for the change that needs it open."""

from __future__ import annotations

import pytest

from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number, World
from tests.support.fleet import Fleet
from tests.support.repository import Ran, Shop

PROXIED = "version: 1\naccounts:\n  bakery: {{provider: meta, endpoint: {}, credentials: {{token: {{env: {}}}}}}}\n"


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Shop(fleet, capsys)


def filled(shop: Shop) -> str:
    """Commit a profile with an address that can be cleared, and apply it; return the number's address at Meta."""
    address = shop.fleet.profile(address="Here 1")
    shop.git.commit()
    assert shop.apply().code == 0
    return address


def merged(shop: Shop) -> str:
    """Commit what is written, and return the commit before, which a push names."""
    before = shop.git("rev-parse", "HEAD")
    shop.git.commit()
    return before


def pushed(shop: Shop, *more: str) -> Ran:
    """Commit what is written, and apply it as a workflow does after a push."""
    return shop.run("apply", "-y", "--base", merged(shop), "--json", *more)


def relaxed_and_used(shop: Shop) -> str:
    """Write what relaxes a gate and trips it; return the number's address at Meta, which is filled until it is sent."""
    address = filled(shop)
    shop.fleet.settings(policy="{clear: allow}")
    shop.fleet.profile(address="")
    return address


def test_a_relaxed_rule_does_not_count_where_it_is_written_and_that_is_said(shop: Shop) -> None:
    relaxed_and_used(shop)
    ran = shop.run("plan", "--base", "HEAD")
    assert ran.out.startswith(
        "profiles/reconciler.yaml:4:17: notice: policy.clear is allow here and ask at the base; "
        "what is written here counts one merge later, once an apply of it has finished [later]\n"
    )
    assert "clear (asks first): address of 1 profile would be emptied" in ran.out
    assert pushed(shop).code == 3


def test_a_rule_that_only_this_run_relaxes_needs_no_merge(shop: Shop) -> None:
    filled(shop)
    shop.fleet.profile(address="")
    assert shop.run("apply", "-y", "--base", "HEAD", "--allow", "clear").code == 0


def test_the_first_pull_request_has_its_own_rules(shop: Shop) -> None:
    """Otherwise nobody could ever begin: there is no settings file that could say anything."""
    (shop.fleet.root / "profiles" / "reconciler.yaml").unlink()
    shop.git.commit()
    shop.fleet.settings(policy="{first-contact: allow}")
    address = shop.fleet.profile(about="Fresh bread")
    shop.fleet.edit(address, about="Theirs")
    ran = shop.run("apply", "-y", "--base", "HEAD", "--json")
    assert (ran.code, ran.codes, ran.found) == (0, [], {"berlin.about": "adopted"})


@pytest.mark.parametrize("broken", ["accounts: [", "version: 1\naccounts: {bakery: {provider: metta}}\npolicy: {}\n"])
def test_settings_that_were_broken_at_the_base_open_nothing_and_stop_nothing(shop: Shop, broken: str) -> None:
    filled(shop)
    shop.fleet.write("reconciler.yaml", broken)
    shop.git.commit()
    shop.fleet.settings(policy="{clear: allow, webhook: deny}")
    shop.fleet.profile(address="")
    ran = shop.run("apply", "-y", "--base", "HEAD", "--json")
    assert (ran.code, ran.codes) == (3, ["base-broken", "base-settings"])
    assert "policy.clear counts as ask" in ran.out
    assert shop.run("apply", "-y", "--base", "HEAD", "--allow", "clear").code == 0


def test_another_endpoint_of_a_pull_request_gets_no_credential(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are allowed from outside the repository; which of them an account uses, only a merge can change."""
    (shop.fleet.root / ".reconciler").mkdir()
    worlds = [shop.fleet.root / ".reconciler" / name for name in ("theirs", "ours")]
    known = [Number("meta", shop.fleet.profile(about="Fresh bread"), "+493012345000")]
    with running(create_app(worlds[0], numbers=known)) as theirs, running(create_app(worlds[1], numbers=known)) as ours:
        monkeypatch.setenv("RECONCILER_ALLOW_ENDPOINT", f"{ours} {theirs}")
        monkeypatch.setenv("META_TOKEN", "a-token-of-the-base")
        monkeypatch.setenv("META_OTHER", "a-token-of-the-pull-request")
        shop.fleet.write("reconciler.yaml", PROXIED.format(ours, "META_TOKEN"))
        shop.git.commit()
        shop.fleet.write("reconciler.yaml", PROXIED.format(theirs, "META_OTHER"))
        ran = shop.plan()
    assert (ran.code, ran.codes) == (0, ["later", "later"])
    assert [bool(World(path).journal()) for path in worlds] == [False, True]
    assert [target["endpoint"] for target in ran.json["targets"]] == [ours]
    said = [problem["summary"].partition(";")[0] for problem in ran.json["diagnostics"]]
    assert said == [
        f"accounts.bakery.endpoint is {theirs} here and {ours} at the base",
        "accounts.bakery.credentials.token is {env: META_OTHER} here and {env: META_TOKEN} at the base",
    ]


def test_a_credential_that_only_the_pull_request_names_is_not_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_OTHER", "a-token")
    shop.fleet.write("reconciler.yaml", PROXIED.format("https://graph.facebook.com", "META_TOKEN"))
    shop.fleet.profile(about="Fresh bread")
    shop.git.commit()
    shop.fleet.write("reconciler.yaml", PROXIED.format("https://graph.facebook.com", "META_OTHER"))
    ran = shop.run("plan", "--base", "HEAD")
    assert (ran.code, "META_TOKEN" in ran.err) == (1, True)


def test_a_pull_request_that_gives_a_number_another_ones_credential_is_said_to(shop: Shop) -> None:
    """At 360dialog no call names the number: the key alone decides."""
    shop.fleet.write("reconciler.yaml", "version: 1\naccounts: {shops: {provider: 360dialog, endpoint: sandbox}}\n")
    text = 'account: shops\nnumber: "+493012345000"\ncredentials: {api_key: {env: D360_BERLIN}}\nprofile: {about: A}\n'
    shop.fleet.write("berlin.yaml", text)
    shop.git.commit()
    assert shop.plan().codes == []
    shop.fleet.write("berlin.yaml", text.replace("D360_BERLIN", "D360_MUNICH"))
    ran = shop.run("plan", "--base", "HEAD")
    assert ran.out.startswith(
        "profiles/berlin.yaml: warning: the credential of berlin is {env: D360_MUNICH} here and {env: D360_BERLIN} at "
        "the base [credential]\n    the credential decides which number is written to\n"
    )
    assert "nothing-changed" not in shop.run("plan", "--changed-since", "HEAD", "--json").codes


def test_a_profile_that_needs_an_account_as_it_will_be_is_a_located_error(shop: Shop) -> None:
    """It is not resolved with one account and sent with another."""
    shop.fleet.profile(about="Fresh bread")
    shop.git.commit()
    shop.fleet.settings(policy="{clear: allow}")
    shop.fleet.write("berlin.yaml", "account: bakery\nnumber: 1\n")
    ran = shop.plan()
    assert ran.code == 1
    assert {"later", "wrong-type"} <= set(ran.codes)

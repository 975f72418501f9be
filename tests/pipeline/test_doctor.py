"""`doctor`: credentials, numbers, ledger and clock, each said with what is known of it, and nothing ever written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from reconciler.core.basics import Reason
from reconciler.core.reports.account_reports import CredentialState, DoctorReport, NumberState
from reconciler.pipeline.doctor import doctor_run
from reconciler.render.text.doctor import doctor_text
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from tests.support.fleet import Fleet

SETTINGS = """\
version: 1
accounts:
  bakery:
    provider: meta
    endpoint: {endpoint}
    waba_id: "{waba}"
    credentials: {{token: {{env: META_TOKEN}}, plan_token: {{env: META_PLAN_TOKEN}}}}
  shops: {{provider: 360dialog, endpoint: {endpoint}}}
  india: {{provider: kaleyra, endpoint: {endpoint}, sid: HX1, credentials: {{api_key: {{env: KALEYRA_API_KEY}}}}}}
"""
BERLIN = 'account: bakery\nnumber: "+493012345678"\nphone_number_id: "106540352242922"\nprofile: {about: Hi}\n'
HAMBURG = 'account: shops\nnumber: "+494012345678"\nprofile: {about: Hi}\n'
BREMEN = 'account: shops\nnumber: "+4942112345678"\nprofile: {about: Hi}\n'
MUMBAI = 'account: india\nnumber: "+912266123456"\nprofile: {about: Hi}\n'
WABA = "102290129340398"
UNTRIED = "there is no number to try it with: write `waba_id` into the account, or a profile"


class Shops(Fleet):
    """A repository with accounts at three providers."""

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings and a profile for each account."""
        self.write("reconciler.yaml", SETTINGS.format(endpoint=endpoint, waba=WABA) + f"policy: {policy}\n{more}")
        for name, text in {"berlin": BERLIN, "hamburg": HAMBURG, "bremen": BREMEN, "mumbai": MUMBAI}.items():
            self.write(f"{name}.yaml", text)

    def examined(self) -> DoctorReport:
        """Look, and return what it came to."""
        return self.run(doctor_run)


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


def credentials(report: DoctorReport) -> dict[str, tuple[CredentialState, str]]:
    return {one.name: (one.state, one.detail) for account in report.accounts for one in account.credentials}


def numbers(report: DoctorReport) -> dict[str, tuple[NumberState, str]]:
    return {n.profile or n.number: (n.state, n.detail) for account in report.accounts for n in account.numbers}


def test_at_the_sandbox_no_credential_is_needed(shops: Shops) -> None:
    report = shops.examined()
    assert {state for state, _ in credentials(report).values()} == {CredentialState.NOT_NEEDED}
    assert numbers(report) == {
        "berlin": (NumberState.READ, ""),
        "bremen": (NumberState.READ, ""),
        "hamburg": (NumberState.READ, ""),
        "mumbai": (NumberState.UNSEEN, "Kaleyra has no read"),
    }
    assert (report.profiles, report.errors, report.ledger) == (4, 0, "local, 0 numbers remembered")
    assert (report.clock, report.reasons) == (None, frozenset())


def test_nothing_is_written_to_find_out(shops: Shops) -> None:
    shops.examined()
    # The one POST is a batch, whose items are GETs.
    (batch,) = shops.requests("POST")
    assert batch["path"] == "/v23.0"
    assert {item["method"] for item in json.loads(batch["body"]["batch"])} == {"GET"}
    assert {entry["method"] for entry in shops.requests()} == {"GET", "POST"}
    assert {entry["provider"] for entry in shops.requests()} == {"meta", "360dialog"}


def test_numbers_that_are_in_no_file_are_named_with_what_is_wrong_with_them(shops: Shops) -> None:
    world = shops.world
    with world.transaction():
        world.register("meta", "100000000000700", number="+15550000700", group=WABA)
        world.register("meta", "100000000000100", number="+15550000100", group=WABA)
        world.register("meta", "106540352242999", number="+15550002999", group=WABA)
    report = shops.examined()
    assert report.accounts[0].listed == 4
    found = numbers(report)
    assert found["+15550000700"][0] is NumberState.BLOCKED
    assert "WhatsApp Business app" in found["+15550000700"][1]
    assert found["+15550000100"] == (NumberState.BLOCKED, "it is not registered")
    assert found["+15550002999"] == (NumberState.UNSEEN, "it is in no file")
    assert report.reasons == frozenset()


def served(shops: Shops, environ: Mapping[str, str]) -> DoctorReport:
    """Look at the accounts where they are served on a socket, as a provider is: credentials count there."""
    with running(create_app(shops.context.world)) as url:
        shops.settings(url)
        shops.environ |= {"RECONCILER_ALLOW_ENDPOINT": url, **environ}
        return shops.examined()


def test_each_credential_is_tried_and_each_missing_one_named(shops: Shops) -> None:
    environ = {
        "META_TOKEN": "EAAG-writes-and-reads",
        "META_PLAN_TOKEN": "sandbox-expired-token",
        "D360_API_KEY_HAMBURG": "sandbox-494012345678",
    }
    report = served(shops, environ)
    found = credentials(report)
    assert found["token"] == (CredentialState.VALID, "")
    assert found["plan_token"][0] is CredentialState.REFUSED
    assert "it has expired" in found["plan_token"][1]
    assert found["api_key of hamburg"] == (CredentialState.VALID, "")
    assert found["api_key of bremen"] == (CredentialState.MISSING, "'bremen' in D360_API_KEYS is not set")
    assert found["api_key"] == (CredentialState.MISSING, "the environment variable KALEYRA_API_KEY is not set")
    assert numbers(report)["bremen"] == (NumberState.UNSEEN, "its credential is missing")
    assert numbers(report)["berlin"][0] is NumberState.UNREADABLE  # nobody registered its number there
    assert report.reasons == {Reason.ERROR, Reason.INCOMPLETE}
    assert all(value not in f"{report}{doctor_text(report)}" for value in environ.values())


def test_a_write_only_credential_is_there_and_cannot_be_checked(shops: Shops) -> None:
    report = served(shops, {"KALEYRA_API_KEY": "A123456789"})
    detail = "Kaleyra has no read, so only an apply tells"
    assert credentials(report)["api_key"] == (CredentialState.UNCHECKED, detail)


def test_a_dead_key_is_its_own_numbers_alone(shops: Shops) -> None:
    keys = {"D360_API_KEY_HAMBURG": "sandbox-494012345678", "D360_API_KEY_BREMEN": "sandbox-revoked-4942112345678"}
    report = served(shops, keys)
    found = credentials(report)
    assert found["api_key of hamburg"][0] is CredentialState.VALID
    assert found["api_key of bremen"][0] is CredentialState.REFUSED
    assert "only the newest key of a number works" in found["api_key of bremen"][1]


def test_the_clock_is_compared_with_who_answered_last(shops: Shops) -> None:
    """The run's clock stands at a noon in 2026; the server's is the machine's own."""
    report = served(shops, {"D360_API_KEY_HAMBURG": "sandbox-494012345678"})
    assert report.clock is not None
    assert abs(report.clock) > 300


def test_a_token_that_cannot_be_tried_is_not_called_valid(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    with running(create_app(fleet.context.world)) as url:
        fleet.settings(url)
        fleet.environ |= {"RECONCILER_ALLOW_ENDPOINT": url, "META_TOKEN": "EAAG"}
        report = fleet.run(doctor_run)
    assert credentials(report) == {"token": (CredentialState.UNCHECKED, UNTRIED)}


def test_files_that_are_wrong_hide_no_account(shops: Shops) -> None:
    shops.write("berlin.yaml", BERLIN.replace("about: Hi", "abuot: Hi"))
    shops.write("munich.yaml", BERLIN.replace("account: bakery", "account: bakry"))
    report = shops.examined()
    assert report.errors == 2
    assert len(report.accounts) == 3
    assert report.reasons == {Reason.ERROR}
    shops.write("reconciler.yaml", "version: 1\naccounts: {}\n")
    assert Reason.STOPPED in shops.examined().reasons


def test_a_ledger_that_cannot_be_read_is_said(shops: Shops) -> None:
    (shops.root / ".reconciler" / "ledger.sqlite3").mkdir(parents=True)
    report = shops.examined()
    assert "ledger" in report.ledger_problem
    assert report.reasons == {Reason.INCOMPLETE}


def test_the_text_has_a_line_for_everything(shops: Shops) -> None:
    shops.write("popup.yaml", BREMEN.replace("+4942112345678", "+4942112345679") + "mode: paused\n")
    assert click.unstyle(doctor_text(shops.examined())) == (
        "files   5 profiles, no errors\n"
        "ledger  local, 0 numbers remembered\n"
        "clock   not compared: the sandbox runs in this process\n"
        "\n"
        "bakery (meta at sandbox)\n"
        "  plan_token    {env: META_PLAN_TOKEN}: not needed, at the sandbox\n"
        "  token         {env: META_TOKEN}: not needed, at the sandbox\n"
        "  its list      1 number\n"
        "  many at once  profiles in its list: answered, 100 in a call\n"
        "  many at once  a batch of reads: answered, 50 in a call\n"
        "  berlin        +493012345678: ok\n"
        "  may it write  unknown without writing, and so never tried\n"
        "\n"
        "shops (360dialog at sandbox)\n"
        "  api_key of bremen   {env: D360_API_KEY_BREMEN} or 'bremen' in D360_API_KEYS: not needed, at the sandbox\n"
        "  api_key of hamburg  {env: D360_API_KEY_HAMBURG} or 'hamburg' in D360_API_KEYS: not needed, at the sandbox\n"
        "  its list            none: 360dialog has no call that lists an account's numbers\n"
        "  bremen              +4942112345678: ok\n"
        "  hamburg             +494012345678: ok\n"
        "  popup               +4942112345679: not looked at, paused\n"
        "  may it write        unknown without writing, and so never tried\n"
        "\n"
        "india (kaleyra at sandbox)\n"
        "  api_key       {env: KALEYRA_API_KEY}: not needed, at the sandbox\n"
        "  its list      none: Kaleyra has no call that lists an account's numbers\n"
        "  mumbai        +912266123456: not looked at, Kaleyra has no read\n"
        "  may it write  unknown without writing, and so never tried\n"
        "\n"
        "3 accounts, 5 numbers (2 not looked at): nothing is wrong."
    )


# The secret that calls prove to have


PROVING = """\
version: 1
accounts:
  bakery:
    provider: meta
    endpoint: sandbox
    waba_id: "{waba}"
    credentials: {{token: {{env: META_TOKEN}}, app_secret: {{env: META_APP_SECRET}}}}
"""
DEMANDING = {"META_TOKEN": "sandbox-demanding-token", "META_APP_SECRET": "sandbox-app-secret"}


class Proving(Fleet):
    """A repository whose account names its app's secret."""

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings and one profile."""
        self.write("reconciler.yaml", PROVING.format(waba=WABA).replace(": sandbox", f": {endpoint}"))
        self.write("berlin.yaml", BERLIN)


@pytest.fixture
def proving(tmp_path: Path) -> Proving:
    return Proving(tmp_path)


def judged(of: Proving, endpoint: str = "sandbox", **environ: str) -> dict[str, tuple[CredentialState, str]]:
    of.environ.update(environ)
    of.settings(endpoint)
    return credentials(of.run(doctor_run))


def test_a_secret_that_calls_prove_to_have_is_judged_by_those_calls(proving: Proving) -> None:
    assert judged(proving, **DEMANDING) == {
        "token": (CredentialState.VALID, ""),
        "app_secret": (CredentialState.VALID, "calls with its proof were accepted"),
    }
    found = judged(proving, META_APP_SECRET="another-app-secret")
    assert found["app_secret"] == (CredentialState.UNCHECKED, "no call with its proof was accepted")
    state, detail = found["token"]
    assert (state, detail.partition(":")[0]) == (
        CredentialState.REFUSED,
        "Invalid appsecret_proof provided in the API argument [100] (the token's app demands a proof of its secret",
    )


def test_without_the_secret_that_calls_prove_to_have_none_is_made(proving: Proving) -> None:
    nowhere = "http://127.0.0.1:9"
    proving.environ["RECONCILER_ALLOW_ENDPOINT"] = nowhere
    found = judged(proving, nowhere, META_TOKEN="sandbox-demanding-token")
    both = judged(proving, nowhere, META_APP_SECRET="'quoted'", META_TOKEN="")
    assert found == {
        "token": (CredentialState.UNCHECKED, "no call is made without the app_secret"),
        "app_secret": (CredentialState.MISSING, "the environment variable META_APP_SECRET is not set"),
    }
    assert {name: state for name, (state, _) in both.items()} == {
        "token": CredentialState.MISSING,
        "app_secret": CredentialState.UNUSABLE,
    }


def test_the_sandbox_needs_no_proof(proving: Proving) -> None:
    assert judged(proving) == {
        "token": (CredentialState.NOT_NEEDED, "at the sandbox"),
        "app_secret": (CredentialState.NOT_NEEDED, "at the sandbox"),
    }


@pytest.mark.parametrize("token", ["Bearer EAAGhush", '"EAAGhush"'])
def test_a_token_that_cannot_be_used_is_said_to_be_there_also_at_the_sandbox(proving: Proving, token: str) -> None:
    state, detail = judged(proving, META_TOKEN=token)["token"]
    assert (state, "hush" in detail) == (CredentialState.UNUSABLE, False)

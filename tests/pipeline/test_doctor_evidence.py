"""`doctor` says `valid` only of what was seen to be, and what could have been found out and was not is incomplete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import Reason
from reconciler.core.reports.account_reports import AccountCheck, CredentialState, DoctorReport, NumberState
from reconciler.pipeline.doctor import doctor_run
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number
from tests.support.fleet import Fleet

SETTINGS = """\
version: 1
accounts:
  bakery:
    provider: meta
    endpoint: {endpoint}
    {waba}credentials: {{token: {{env: META_TOKEN}}, plan_token: {{env: META_PLAN_TOKEN}}}}
  shops: {{provider: 360dialog, endpoint: {endpoint}}}
"""
WABA = "102290129340398"
NAMES = ("a", "b", "c")


class Shops(Fleet):
    """Three numbers at Meta and two at 360dialog, served on a socket."""

    waba = f'waba_id: "{WABA}"\n    '

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings and the profiles."""
        text = SETTINGS.format(endpoint=endpoint, waba=self.waba)
        self.write("reconciler.yaml", f"{text}policy: {policy}\n{more}")
        for index, name in enumerate(NAMES):
            head = f'account: bakery\nnumber: "+49301234567{index}"\nphone_number_id: "10654035224292{index}"\n'
            self.write(f"{name}.yaml", f"{head}profile: {{about: Hi}}\n")
        for index in range(2):
            self.write(f"d{index}.yaml", f'account: shops\nnumber: "+49401234567{index}"\nprofile: {{about: Hi}}\n')

    def examined(self, *faults: dict[str, Any], **environ: str) -> DoctorReport:
        """Look at the accounts with these faults and variables."""
        numbers = [Number("meta", f"10654035224292{i}", f"+49301234567{i}", WABA) for i in range(3)]
        with running(create_app(self.context.world, numbers=numbers)) as url:
            self.settings(url)
            keys = {f"D360_API_KEY_D{index}": f"sandbox-49401234567{index}" for index in range(2)}
            self.environ |= {"RECONCILER_ALLOW_ENDPOINT": url, "META_TOKEN": "EAAG", **keys, **environ}
            self.faults(*faults)
            return self.run(doctor_run)


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


def states(account: AccountCheck) -> tuple[dict[str, CredentialState], dict[str, NumberState]]:
    return {c.name: c.state for c in account.credentials}, {n.profile: n.state for n in account.numbers}


def test_a_token_that_may_not_list_is_not_called_valid_with_no_numbers(shops: Shops) -> None:
    report = shops.examined(META_TOKEN="sandbox-forbidden-token")
    credentials, numbers = states(report.accounts[0])
    assert credentials["token"] is CredentialState.REFUSED
    assert report.accounts[0].listed is None
    assert set(numbers.values()) == {NumberState.UNREADABLE}
    assert report.reasons == {Reason.ERROR, Reason.INCOMPLETE}


@pytest.mark.parametrize("body", [{"unexpected": 1}, {"data": None}, {"data": [], "paging": {"next": "x"}}])
def test_a_list_that_is_none_is_not_an_empty_one(shops: Shops, body: dict[str, Any]) -> None:
    report = shops.examined({"kind": "reply", "path": "/phone_numbers", "status": 200, "body": body})
    credentials, _ = states(report.accounts[0])
    assert (credentials["token"], report.accounts[0].listed) == (CredentialState.UNCHECKED, None)
    assert report.reasons == {Reason.INCOMPLETE}


def test_a_reply_that_says_nothing_is_no_evidence(shops: Shops) -> None:
    report = shops.examined({"kind": "reply", "provider": "360dialog", "status": 200, "body": {}})
    credentials, numbers = states(report.accounts[1])
    assert set(credentials.values()) == {CredentialState.UNCHECKED}
    assert set(numbers.values()) == {NumberState.UNREADABLE}
    assert Reason.INCOMPLETE in report.reasons


@pytest.mark.parametrize("waba", [f'waba_id: "{WABA}"\n    ', ""])
def test_where_one_token_is_refused_the_other_looks_at_all_numbers(shops: Shops, waba: str) -> None:
    shops.waba = waba
    report = shops.examined(META_PLAN_TOKEN="sandbox-expired-token")
    credentials, numbers = states(report.accounts[0])
    assert credentials == {"plan_token": CredentialState.REFUSED, "token": CredentialState.VALID}
    assert numbers == dict.fromkeys(NAMES, NumberState.READ)


def test_many_at_once_is_tried_with_the_first_credential_that_is_accepted(shops: Shops) -> None:
    """What a second one would tell of it is shown nowhere."""
    report = shops.examined(META_PLAN_TOKEN="EAAP")
    assert set(states(report.accounts[0])[0].values()) == {CredentialState.VALID}
    assert len(report.accounts[0].bulk) == 2
    trials = ["whatsapp_business_profile" in f"{one}" for one in shops.requests() if "/phone_numbers" in one["path"]]
    assert (trials.count(True), len(shops.requests("POST"))) == (1, 1)


@pytest.mark.parametrize(
    ("environ", "state", "reasons"),
    [
        ({}, CredentialState.NOT_SET, set()),
        ({"META_PLAN_TOKEN": ""}, CredentialState.NOT_SET, set()),
        # Something is there, and every look would be made with it.
        ({"META_PLAN_TOKEN": " EAAP"}, CredentialState.UNUSABLE, {Reason.ERROR}),
        ({"META_PLAN_TOKEN": "EAAP"}, CredentialState.VALID, set()),
        # The token is what an apply needs.
        ({"META_PLAN_TOKEN": "EAAP", "META_TOKEN": ""}, CredentialState.VALID, {Reason.ERROR}),
    ],
)
def test_a_credential_that_need_not_be_set_is_no_failure_where_it_is_not(
    shops: Shops, environ: dict[str, str], state: CredentialState, reasons: set[Reason]
) -> None:
    report = shops.examined(**environ)
    credentials, numbers = states(report.accounts[0])
    assert credentials["plan_token"] is state
    assert numbers == dict.fromkeys(NAMES, NumberState.READ)
    assert (report.reasons, report.wrong, report.unchecked) == (frozenset(reasons), len(reasons), 0)


@pytest.mark.parametrize(
    ("waba", "listed", "said"),
    [
        (
            "",
            None,
            "not asked for: write `waba_id` into the account, and Meta lists its numbers",
        ),
        (f'waba_id: "{WABA}"\n    ', 3, ""),
    ],
)
def test_where_nothing_is_listed_it_is_said_why_and_what_would_list_it(
    shops: Shops, waba: str, listed: int | None, said: str
) -> None:
    shops.waba = waba
    bakery, dialog = shops.examined().accounts
    assert (bakery.listed, bakery.unlisted) == (listed, said)
    assert dialog.unlisted == "none: 360dialog has no call that lists an account's numbers"


def test_a_list_that_could_not_be_read_is_not_said_to_be_none(shops: Shops) -> None:
    report = shops.examined(META_TOKEN="sandbox-forbidden-token")
    assert report.accounts[0].unlisted == "not read, so numbers that are in no file are not known"


def test_a_provider_that_is_down_is_not_fine(shops: Shops) -> None:
    down = {"kind": "reply", "status": 503, "body": "down"}
    report = shops.examined(down, META_PLAN_TOKEN="EAAP")
    credentials, numbers = states(report.accounts[0])
    assert set(credentials.values()) == {CredentialState.UNCHECKED}
    assert set(numbers.values()) == {NumberState.UNREADABLE}
    assert report.reasons == {Reason.INCOMPLETE}


def test_profiles_that_hold_one_key_are_named_and_hide_no_account(shops: Shops) -> None:
    report = shops.examined(META_PLAN_TOKEN="EAAP", D360_API_KEY_D1="sandbox-494012345670")
    assert report.shared == ("d0 and d1 have the same credential, and it decides which number is written to",)
    assert [account.name for account in report.accounts] == ["bakery", "shops"]
    opened = [number.detail for number in report.accounts[1].numbers if number.state is NumberState.OTHER]
    assert ["the number of d0" in detail for detail in opened] == [True]
    assert report.reasons == {Reason.ERROR}


def test_a_number_whose_file_is_wrong_is_not_said_to_be_in_none(shops: Shops) -> None:
    shops.write("wrong.yaml", "account: bakry\n")
    with running(create_app(shops.context.world)):
        world = shops.world
        with world.transaction():
            world.register("meta", "106540352242999", number="+15550002999", group=WABA)
        report = shops.run(doctor_run)
    details = {number.number: number.detail for number in report.accounts[0].numbers}
    assert details["+15550002999"] == "it is in no file that is sound"

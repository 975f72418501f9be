"""Numbers at 360dialog, where the key alone decides which one is read and written, and a webhook that was never set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.core.basics import Reason
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.safety.decision import Approval
from reconciler.pipeline.doctor import doctor_run
from reconciler.pipeline.importing import import_run
from reconciler.sandbox.application import create_app
from reconciler.sandbox.dialog360 import number_id
from reconciler.sandbox.serve import running
from tests.support.fleet import Fleet

A, B = "+493012345678", "+494012345678"
KEYS = {"D360_API_KEY_BERLIN": f"sandbox-{A[1:]}", "D360_API_KEY_HAMBURG": f"sandbox-{B[1:]}"}
SWAPPED = {"D360_API_KEY_BERLIN": f"sandbox-{B[1:]}", "D360_API_KEY_HAMBURG": f"sandbox-{A[1:]}"}
HOOK = "https://hooks.example/wa"
HEALTH = "/health_status"


def keys(word: str) -> dict[str, str]:
    """Return both keys with this quirk."""
    return {name: key.replace("sandbox-", f"sandbox-{word}-") for name, key in KEYS.items()}


class Shops(Fleet):
    """Two numbers at 360dialog, each with its own key."""

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings and the profiles."""
        self.write(
            "reconciler.yaml", f"version: 1\naccounts: {{shops: {{provider: 360dialog, endpoint: {endpoint}}}}}\n"
        )
        self.shop("berlin", A)
        self.shop("hamburg", B)

    def shop(self, name: str, number: str, head: str = "", *, profile: str = "about: Fresh bread") -> None:
        """Write a profile; `head` is a further line of it."""
        self.write(f"{name}.yaml", f'account: shops\nnumber: "{number}"\n{head}profile: {{{profile}}}\n')

    def use(self, environ: Mapping[str, str]) -> None:
        """Set the keys, and forget what was asked so far."""
        self.environ |= environ
        self.forget()

    def asked(self, path: str = HEALTH) -> int:
        """Return how often a path was asked for."""
        return sum(entry["path"].partition("?")[0] == path for entry in self.requests("GET"))


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


def test_two_swapped_keys_write_nothing_and_both_are_named(shops: Shops) -> None:
    shops.use(SWAPPED)
    report = shops.apply()
    assert shops.requests("POST") == []
    planned = {one.target.profile: one for one in report.plan.targets}
    assert {one.status for one in planned.values()} == {TargetStatus.UNREADABLE}
    assert planned["berlin"].reason == (
        f"its api_key opens {B} (phone_number_id {number_id(B)}), the number of hamburg, and the file says {A}: "
        "the api_key of berlin and that of hamburg are swapped"
    )
    assert report.reasons >= {Reason.INCOMPLETE}


def test_ids_in_the_files_find_swapped_keys_where_no_number_is_told(shops: Shops) -> None:
    shops.shop("berlin", A, f'phone_number_id: "{number_id(A)}"\n')
    shops.use({name: key.replace("sandbox-", "sandbox-id-only-") for name, key in SWAPPED.items()})
    shops.apply("berlin")
    assert shops.requests("POST") == []
    reasons = [one.reason for one in shops.plan().plan.targets]
    assert [f"phone_number_id {number_id(B)}, and the file says" in one for one in reasons] == [True, False]
    assert reasons[1] == f"its api_key opens phone_number_id {number_id(A)}, the number of berlin"


def test_each_key_is_asked_once_for_a_run_however_often_its_number_is_read(shops: Shops) -> None:
    shops.use(KEYS)
    assert shops.apply().reasons == frozenset()
    assert (shops.asked(), shops.asked("/whatsapp_business_profile")) == (2, 4)
    shops.forget()
    assert not shops.plan().plan.has_changes
    assert (shops.asked(), len(shops.requests())) == (2, 4)


def test_the_ledger_remembers_which_number_a_key_opened(shops: Shops) -> None:
    shops.use(keys("id-only"))
    first = shops.plan().plan
    assert ["cannot tell whether its api_key opens" in note for one in first.targets for note in one.notes] == [
        True
    ] * 2
    shops.apply()
    shops.apply()
    assert {entry.identity for entry in shops.entries().values()} == {number_id(A), number_id(B)}
    assert [one.notes for one in shops.plan().plan.targets] == [(), ()]
    shops.use({"D360_API_KEY_BERLIN": "sandbox-id-only-498912345678"})
    berlin, hamburg = shops.plan().plan.targets
    assert f"and opened {number_id(A)} before" in berlin.reason
    assert (berlin.status, hamburg.status) == (TargetStatus.UNREADABLE, TargetStatus.PLANNED)


def test_a_provider_that_does_not_tell_stops_nothing_and_it_is_said(shops: Shops) -> None:
    shops.use(keys("no-health"))
    report = shops.apply()
    assert report.reasons == frozenset()
    said = "cannot tell which number its api_key opens: 360dialog does not say (The endpoint is blocked [HTTP 403])"
    assert [one.notes for one in report.plan.targets] == [(said,), (said,)]


def test_a_number_on_the_business_app_is_read_and_not_written(shops: Shops) -> None:
    shops.use(keys("on-app"))
    report = shops.apply()
    assert shops.requests("POST") == []
    assert {one.status for one in report.plan.targets} == {TargetStatus.BLOCKED}


def test_an_import_writes_the_id_and_says_what_nothing_proves(shops: Shops) -> None:
    (shops.root / "profiles" / "berlin.yaml").unlink()
    (shops.root / "profiles" / "hamburg.yaml").unlink()
    shops.environ |= {
        "D360_A": f"sandbox-{A[1:]}",
        "D360_B": f"sandbox-id-only-{B[1:]}",
        "D360_C": "sandbox-no-health-1",
    }
    report = shops.run(lambda context: import_run(context, "shops", [f"{A}=D360_A", f"{B}=D360_B"]))
    texts = [(shops.root / one.file).read_text(encoding="utf-8") for one in report.numbers]
    assert [f'phone_number_id: "{number_id(one)}"' in text for one, text in zip((A, B), texts, strict=True)] == [
        True
    ] * 2
    unproven = f"360dialog does not say that its api_key opens {B}: look up phone_number_id {number_id(B)}"
    assert [one.detail.startswith(unproven) for one in report.numbers] == [False, True]
    assert ["# 360dialog does not say that its api_key opens" in text for text in texts] == [False, True]
    assert [one.notes for one in shops.plan().plan.targets] == [(), ()]


def test_an_import_of_another_number_than_the_keys_writes_no_file(shops: Shops) -> None:
    shops.environ |= {"D360_C": "sandbox-498912345678", "D360_D": "sandbox-no-health-498912345679"}
    named = ["+498912345670=D360_C", "+498912345679=D360_D"]
    wrong, untold = shops.run(lambda context: import_run(context, "shops", named)).numbers
    assert (wrong.file, "its api_key opens +498912345678" in wrong.detail) == ("", True)
    assert untold.detail.endswith("compare what it shows before the first apply")


def test_doctor_says_which_number_a_key_opens_where_it_is_not_the_files(shops: Shops) -> None:
    with running(create_app(shops.context.world)) as url:
        shops.settings(url)
        shops.use({"RECONCILER_ALLOW_ENDPOINT": url, **SWAPPED})
        report = shops.run(doctor_run)
    (account,) = report.accounts
    assert [one.state.value for one in account.credentials] == ["valid", "valid"]
    assert [(one.state.value, "are swapped" in one.detail) for one in account.numbers] == [("another number", True)] * 2
    assert report.reasons == {Reason.ERROR}
    assert (report.wrong, report.unchecked) == (2, 0)


@pytest.mark.parametrize("word", ["no-webhook", "empty-webhook", "nested-webhook"])
def test_a_webhook_that_is_not_set_can_be_set_whatever_the_provider_answers(shops: Shops, word: str) -> None:
    shops.shop("berlin", A, profile=f"webhook: {{url: {HOOK}}}")
    shops.use(keys(word))
    report = shops.apply("berlin")
    assert report.reasons == frozenset()
    assert shops.world.state("360dialog", A)["webhook"] == HOOK
    assert not shops.plan("berlin").plan.has_changes


@pytest.mark.parametrize("allowed", [{"webhook"}, {"first-contact"}])
def test_a_webhook_that_may_be_set_already_passes_both_gates_first(shops: Shops, allowed: set[str]) -> None:
    shops.shop("berlin", A, profile=f"webhook: {{url: {HOOK}}}")
    shops.use(keys("no-webhook"))
    report = shops.apply("berlin", approval=Approval(auto=True, allowed=frozenset(allowed)))
    assert report.reasons == {Reason.STOPPED}
    assert shops.requests("POST") == []
    (change,) = [change for _, change in report.plan.changes]
    assert "Webhook not found [HTTP 404]; that is taken for no webhook (fact D-8)" in change.note

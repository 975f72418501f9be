"""Where nothing can be read back: what is said to be known is on record, since when and by which run, and no more."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from reconciler.core.basics import Reason
from reconciler.core.memory.runs import FieldStatus, OutcomeStatus
from reconciler.core.planning.origin import SameReason
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Assumed, Origin, Unknown
from reconciler.render.text.apply import apply_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text
from tests.support.fleet import YES, Fleet

SETTINGS = """\
version: 1
accounts:
  india: {{provider: kaleyra, endpoint: sandbox, sid: {sid}}}
  legacy: {{provider: pickyassist, endpoint: sandbox, application: 12{send}}}
"""
MUMBAI = 'account: india\nnumber: "+912266123456"\nprofile:\n'
CHENNAI = 'account: legacy\nnumber: "+914422334455"\nprofile:\n'


class Shops(Fleet):
    """Shops whose providers cannot be read."""

    def settings(self, endpoint: str = "", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings; `endpoint` is the SID, `more` stands in Picky Assist's account."""
        self.write("reconciler.yaml", SETTINGS.format(sid=endpoint or "HX1", send=more) + f"policy: {policy}\n")

    def shop(self, head: str, **fields: str) -> None:
        """Write the one profile."""
        self.write("shop.yaml", head + "".join(f"  {name}: {value}\n" for name, value in fields.items()))


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


@pytest.mark.parametrize("head", [MUMBAI, CHENNAI])
def test_what_was_acknowledged_is_never_called_applied_and_later_assumed(shops: Shops, head: str) -> None:
    shops.shop(head, about="Fresh bread")
    report = shops.apply()
    assert [(outcome.status, outcome.fields[0].status) for outcome in report.outcomes] == [
        (OutcomeStatus.ACKNOWLEDGED, FieldStatus.ACKNOWLEDGED)
    ]
    said = click.unstyle(apply_text(report))
    assert said.endswith("0 changes applied · 1 acknowledged (cannot be read back)")
    (field,) = shops.plan().plan.targets[0].unchanged
    assert (field.reason, field.since, field.run) == (
        SameReason.ASSUMED,
        "2026-08-02T12:00:00Z",
        "local-20260802T120000.000",
    )
    assert shops.drift().reasons == {Reason.INCOMPLETE}


@pytest.mark.parametrize("head", [MUMBAI, CHENNAI])
def test_a_write_that_nobody_knows_of_leaves_the_older_one_with_its_own_run(shops: Shops, head: str) -> None:
    shops.shop(head, about="Fresh bread")
    shops.environ["GITHUB_RUN_ID"] = "1"
    shops.apply()
    shops.shop(head, about="Fresh cake")
    shops.environ["GITHUB_RUN_ID"] = "2"
    shops.clock.seconds += 3600
    shops.faults({"kind": "reply", "status": 502, "body": "<html></html>"})
    assert shops.apply().reasons == {Reason.INCOMPLETE}
    shops.faults()
    report = shops.plan()
    ((_, change),) = report.plan.changes
    assert (change.origin, change.before) == (
        Origin.UNSETTLED,
        Assumed(value="Fresh bread", since="2026-08-02T12:00:00Z", run="1"),
    )
    assert "by run 2, and whether it arrived is not known" in change.note
    assert "live:" not in click.unstyle(drift_text(shops.drift()))
    assert shops.apply().reasons == frozenset()
    assert shops.plan().plan.targets[0].unchanged[0].run == "2"


def test_what_travelled_with_a_refused_field_may_have_been_taken(shops: Shops) -> None:
    """Kaleyra's documents do not say that a refused call takes nothing."""
    shops.settings("SANDBOX962")
    shops.shop(MUMBAI, about="Fresh bread", email="a@b.example", picture="pictures/logo.png")
    logo = Path(__file__).parents[2] / "profiles" / "pictures" / "logo.png"
    (shops.root / "profiles" / "pictures").mkdir()
    (shops.root / "profiles" / "pictures" / "logo.png").write_bytes(logo.read_bytes())
    text = (shops.root / "profiles" / "reconciler.yaml").read_text()
    public = "sid: SANDBOX962, picture_base_url: https://static.example/profiles/"
    shops.write("reconciler.yaml", text.replace("sid: SANDBOX962", public))
    (outcome,) = shops.apply().outcomes
    together = "it was in the call that was refused for picture, and may have been taken all the same"
    assert [(field.field, field.status, field.detail) for field in outcome.fields] == [
        ("about", FieldStatus.UNKNOWN, together),
        ("email", FieldStatus.UNKNOWN, together),
        ("picture", FieldStatus.FAILED, "display_image cannot be empty [E962]"),
    ]
    assert {change.origin for _, change in shops.plan().plan.changes} == {Origin.UNSETTLED, Origin.ADOPTED}


def test_sending_all_sends_nothing_that_is_left_alone(shops: Shops) -> None:
    """A field that was added to a known profile is not sent before somebody says so, whatever else is."""
    shops.settings(more=", send: all")
    shops.shop(CHENNAI, about="Fresh bread", email="a@b.example")
    shops.apply()
    shops.forget()
    shops.shop(CHENNAI, about="Fresh cake", email="a@b.example", address="Nobody said so")
    (outcome,) = shops.apply(approval=YES).outcomes
    assert {field.field: field.status for field in outcome.fields} == {
        "about": FieldStatus.ACKNOWLEDGED,
        "address": FieldStatus.FOR_A_PERSON,
    }
    (sent,) = shops.requests("POST")
    token = sent["body"].pop("token")
    assert token.startswith("sha256:")
    assert sent["body"] == {"application": 12, "about": "Fresh cake", "email": "a@b.example"}


@pytest.mark.parametrize("more", ["", ", send: all"])
@pytest.mark.parametrize("head", [MUMBAI, CHENNAI])
def test_where_everything_is_left_alone_no_provider_is_called(shops: Shops, head: str, more: str) -> None:
    """Not even without a field; and what is sent along with each call would be what nobody decided."""
    shops.settings(more=more)
    shops.shop(head, about="Fresh bread", email="a@b.example")
    shops.apply()
    shops.forget()
    shops.shop(head, about="Fresh bread", email="a@b.example", address="Nobody said so")
    report = shops.apply()
    assert [(one.status, one.fields[0].status) for one in report.outcomes] == [
        (OutcomeStatus.SKIPPED, FieldStatus.FOR_A_PERSON)
    ]
    assert report.reasons == {Reason.STOPPED}
    assert shops.requests() == []


def test_under_another_token_nothing_is_known(shops: Shops) -> None:
    shops.shop(CHENNAI, about="Fresh bread")
    shops.apply()
    text = (shops.root / "profiles" / "reconciler.yaml").read_text()
    shops.write("reconciler.yaml", text.replace("legacy:", "other:"))
    shops.shop(CHENNAI.replace("legacy", "other"), about="Fresh bread")
    ((_, change),) = shops.plan().plan.changes
    assert (change.origin, change.before) == (Origin.ADOPTED, Unknown())


def test_a_plan_of_what_cannot_be_read_never_says_in_sync(shops: Shops) -> None:
    shops.shop(MUMBAI, about="Fresh bread")
    first = click.unstyle(plan_text(shops.plan()))
    assert "it cannot be read back, and was never sent from here" in first
    assert shops.apply(approval=Approval(auto=True)).reasons == {Reason.STOPPED}
    shops.apply()
    second = click.unstyle(plan_text(shops.plan()))
    assert "in sync" not in first + second
    sent = "sent 2 August 2026, 12:00 UTC by run local-20260802T120000.000"
    assert f"assumed, for it cannot be read back ({sent})" in second


def test_a_fleet_of_which_nothing_can_be_read_back_is_not_overwritten_unasked(shops: Shops) -> None:
    """The ledger remembers what each number was sent, and all of it would be replaced."""
    (shops.root / "profiles" / "shop.yaml").unlink(missing_ok=True)

    def write(about: str) -> None:
        for n in range(6):
            shops.write(
                f"shop-{n}.yaml", f'account: india\nnumber: "+91226612345{n}"\nprofile: {{about: {about} {n}}}\n'
            )

    write("Bread")
    shops.apply()
    write("Cake")
    shops.forget()
    stopped = shops.apply(approval=Approval(auto=True))
    assert (stopped.stopped, shops.requests("PUT")) == ("the gate bulk stopped it", [])
    shops.apply()
    assert len(shops.requests("PUT")) == 6

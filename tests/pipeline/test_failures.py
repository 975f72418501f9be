"""What goes wrong on the way, and what the tool says and keeps when it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import Reason, exit_code
from reconciler.core.memory.runs import FieldStatus, Outcome, OutcomeStatus
from reconciler.core.planning.plan import TargetStatus
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Origin
from reconciler.effects.signals import Stop
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from tests.pipeline.test_loop import WEBHOOK
from tests.support.fleet import YES, Fleet

UNKNOWN, UNREGISTERED, ON_APP, FORBIDDEN = "100000000000033", "100000000000100", "100000000000700", "100000000000010"
GARBAGE, THROTTLED = "100000000000502", "100000080008"


_SAID_OF_UNKNOWN = (
    f"Unsupported get request. Object with ID '{UNKNOWN}' does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation. Please read the Graph API documentation at "
    "https://developers.facebook.com/docs/graph-api [100/33] (check phone_number_id, and that the token's "
    "system user has this number's account among its assets)"
)


def fields(outcome: Outcome) -> dict[str, tuple[str, str]]:
    return {field.field: (field.status.value, field.detail) for field in outcome.fields}


def rejection(message: str, code: int = 100, status: int = 400) -> dict[str, Any]:
    body = {"error": {"message": message, "type": "OAuthException", "code": code}}
    return {"kind": "reply", "method": "POST", "status": status, "body": body}


def magic(fleet: Fleet, name: str, address: str, number: str) -> None:
    fleet.write(
        f"{name}.yaml",
        f'account: bakery\nnumber: "{number}"\nphone_number_id: "{address}"\nprofile: {{about: Fresh bread}}\n',
    )


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (
            UNKNOWN,
            _SAID_OF_UNKNOWN,
        ),
        (UNREGISTERED, "the number is not registered on the Cloud API: register it, or set `mode: paused`"),
        (GARBAGE, "the reply (HTTP 502) is no JSON object: 502 Bad Gateway 502 Bad Gateway"),
    ],
)
def test_a_number_that_cannot_be_read_is_its_own_trouble(fleet: Fleet, address: str, reason: str) -> None:
    magic(fleet, "odd", address, "+493099999999")
    fleet.profile("berlin", 0, about="Fresh bread")
    report = fleet.apply()
    assert {p.target.profile: p.reason for p in report.plan.targets} == {"berlin": "", "odd": reason}
    assert [(o.target.profile, o.status) for o in report.outcomes] == [("berlin", OutcomeStatus.APPLIED)]
    assert report.reasons == {Reason.INCOMPLETE}
    assert not any(address in entry["path"] for entry in fleet.requests("POST"))


def test_a_number_on_the_business_app_is_shown_and_never_written(fleet: Fleet) -> None:
    magic(fleet, "odd", ON_APP, "+493099999999")
    report = fleet.apply()
    (planned,) = report.plan.targets
    assert (planned.status, [change.field for change in planned.differences]) == (TargetStatus.BLOCKED, ["about"])
    assert (report.outcomes, report.reasons) == ((), frozenset({Reason.INCOMPLETE}))
    assert fleet.requests("POST") == []


def test_an_id_that_belongs_to_another_number_is_not_written(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.plan()
    magic(fleet, "berlin", address, "+498955555555")
    (planned,) = fleet.plan().plan.targets
    said = f"phone_number_id {address} belongs to +493012345000, and the file says +498955555555"
    assert planned.reason.startswith(said)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("sandbox-invalid-token", "it is invalid"),
        ("sandbox-expired-token", "it has expired"),
    ],
)
def test_a_dead_token_says_so_and_is_never_repeated(fleet: Fleet, token: str, said: str) -> None:
    fleet.environ["META_TOKEN"] = token
    fleet.profile(about="Fresh bread")
    report = fleet.plan()
    (planned,) = report.plan.targets
    assert planned.reason.endswith(
        f"(the access token cannot be used: {said}; make a new one in Business settings, System users)"
    )
    assert token not in str(report)
    assert report.reasons == {Reason.INCOMPLETE}


def test_a_throttled_account_is_left_in_peace(fleet: Fleet) -> None:
    """The provider asks for two minutes; nobody waits that long, and nobody asks again."""
    usage = {"kind": "usage", "percent": 100, "minutes": 2}
    body = {"error": {"message": "(#80008) Too many calls", "type": "OAuthException", "code": 80008}}
    fleet.faults({"kind": "reply", "status": 400, "body": body, "headers": {"Retry-After": "120"}}, usage)
    for index in range(5):
        fleet.profile(f"shop{index}", index, about="Fresh bread")
    fleet.settings(more=", concurrency: 1")
    report = fleet.plan()
    assert report.reasons == {Reason.INCOMPLETE}
    assert len(fleet.requests()) == 1
    assert fleet.clock.slept == []


def test_a_field_that_is_refused_by_name_is_left_out_and_the_others_are_sent_once_more(fleet: Fleet) -> None:
    """And so is the webhook, whose call comes after that of the profile."""
    address = fleet.profile(about="Fresh bread", description="A bakery.", webhook=WEBHOOK)
    too_long = "(#100) Param description must be a maximum of 512 characters"
    fleet.faults({**rejection(too_long), "times": 1})
    report = fleet.apply()
    (outcome,) = report.outcomes
    assert fields(outcome) == {
        "about": ("applied", ""),
        "description": ("failed", f"{too_long} [100]"),
        "webhook": ("applied", ""),
    }
    assert (outcome.status, exit_code(report.reasons)) == (OutcomeStatus.PARTIAL, 5)
    assert (fleet.live(address)["about"], fleet.live(address)["webhook"]) == ("Fresh bread", WEBHOOK["url"])
    assert [sorted(entry["body"]) for entry in fleet.requests("POST")] == [
        ["about", "description", "messaging_product"],
        ["about", "messaging_product"],
        ["webhook_configuration"],
    ]
    assert [change.field for _, change in fleet.plan().plan.changes] == ["description"]


def test_several_fields_that_are_refused_by_name_are_left_out_in_turn(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", description="A bakery.", email="a@b.example", address="Main Street 1")
    refusals = [f"(#100) Param {name} is not valid" for name in ("email", "about")]
    fleet.faults(*({**rejection(one), "times": 1} for one in refusals))
    (outcome,) = fleet.apply().outcomes
    assert {name: status for name, (status, _) in fields(outcome).items()} == {
        "about": "failed",
        "address": "applied",
        "description": "applied",
        "email": "failed",
    }
    assert fleet.live(address)["description"] == "A bakery."
    assert len(fleet.requests("POST")) == 3


@pytest.mark.parametrize("second", ["about", "description"])
def test_where_every_field_is_refused_each_is_tried_twice_at_most(fleet: Fleet, second: str) -> None:
    """Also where a reply goes on to name the field that was left out."""
    fleet.profile(about="Fresh bread", description="A bakery.")
    first, other = (rejection(f"(#100) Param {name} is not valid") for name in ("description", second))
    fleet.faults({**first, "times": 1}, other)
    report = fleet.apply()
    assert {status for status, _ in fields(report.outcomes[0]).values()} == {"failed"}
    assert (exit_code(report.reasons), len(fleet.requests("POST"))) == (1, 2)


def test_a_throttle_of_what_is_sent_once_more_ends_it(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", description="A bakery.", webhook=WEBHOOK)
    body = {"error": {"message": "(#80008) Too many calls", "type": "OAuthException", "code": 80008}}
    throttled = {"kind": "reply", "method": "POST", "status": 400, "body": body, "headers": {"Retry-After": "90"}}
    fleet.faults({**rejection("(#100) Param about is not valid"), "times": 1}, throttled)
    (outcome,) = fleet.apply().outcomes
    found = {name: (status, detail[:11]) for name, (status, detail) in fields(outcome).items()}
    assert found == {
        "about": ("failed", "(#100) Para"),
        "description": ("failed", "(#80008) To"),
        "webhook": ("not sent", "about was n"),
    }
    assert len(fleet.requests("POST")) == 2


def test_once_a_field_is_left_out_an_unnamed_refusal_leads_to_each_of_the_others(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", description="A bakery.", email="a@b.example", webhook=WEBHOOK)
    named, unnamed = rejection("(#100) Param about is not valid"), rejection("(#100) Invalid parameter")
    fleet.faults({**named, "times": 1}, {**unnamed, "times": 2})
    (outcome,) = fleet.apply().outcomes
    assert {name: status for name, (status, _) in fields(outcome).items()} == {
        "about": "failed",
        "description": "failed",
        "email": "applied",
        "webhook": "applied",
    }
    assert fleet.live(address)["email"] == "a@b.example"


def test_what_is_in_doubt_is_no_reason_to_go_on_to_the_webhook(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", description="A bakery.", webhook=WEBHOOK)
    doubt = rejection("(#131000) Param about: something went wrong", 131000, 500)
    fleet.faults({**doubt, "times": 2})
    (outcome,) = fleet.apply().outcomes
    assert {name: status for name, (status, _) in fields(outcome).items()} == {
        "about": "unknown",
        "description": "applied",
        "webhook": "not sent",
    }


def test_where_the_reply_does_not_name_the_field_each_is_sent_alone(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", description="A bakery.", email="a@b.example")
    refusal = rejection("(#100) Invalid parameter")
    fleet.faults({**refusal, "times": 2})
    report = fleet.apply()
    (outcome,) = report.outcomes
    assert fields(outcome) == {
        "about": ("failed", "(#100) Invalid parameter [100]"),
        "description": ("applied", ""),
        "email": ("applied", ""),
    }
    assert (outcome.status, report.reasons) == (OutcomeStatus.PARTIAL, frozenset({Reason.PARTLY}))
    assert fleet.live(address)["description"] == "A bakery."
    assert [change.field for _, change in fleet.plan().plan.changes] == ["about"]


def test_131000_is_tried_once_more_and_no_oftener(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults(rejection("(#131000) Something went wrong", 131000, 500))
    report = fleet.apply()
    assert len(fleet.requests("POST")) == 2
    assert fields(report.outcomes[0]) == {"about": ("unknown", "(#131000) Something went wrong [131000]")}
    assert report.reasons == {Reason.INCOMPLETE}


def test_a_write_of_unknown_fate_that_never_arrived_is_sent_again_by_the_next_run(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.faults(rejection("(#131000) Something went wrong", 131000, 500))
    fleet.apply()
    fleet.faults()
    assert [change.origin for _, change in fleet.plan().plan.changes] == [Origin.ADOPTED]
    assert fleet.apply().reasons == frozenset()
    assert (fleet.live(address)["about"], fleet.plan().plan.changes) == ("Fresh bread", ())


def test_a_write_whose_read_back_fails_is_unknown(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.plan()

    async def broken_after_plan(context: Any) -> Any:
        def show(_: Any) -> None:
            fleet.faults({"kind": "reply", "method": "GET", "status": 502, "body": "<html>"})

        return await apply_run(context, ApplyRequest(Scope(), YES), stop=Stop(), show=show)

    report = fleet.run(broken_after_plan)
    detail = "acknowledged, and could not be read back: the reply (HTTP 502) is no JSON object"
    assert fields(report.outcomes[0]) == {"about": ("unknown", detail)}
    fleet.faults()
    assert fleet.plan().plan.changes == ()


def test_a_live_value_that_moves_after_the_plan_is_not_overwritten(fleet: Fleet) -> None:
    """A person thinks for a minute over the plan; meanwhile somebody edits the profile."""
    address = fleet.profile(about="Fresh bread")

    def ask(_: Any) -> bool:
        fleet.edit(address, about="Somebody else's")
        fleet.clock.seconds += 60
        return True

    report = fleet.apply(approval=Approval(ask=ask))
    why = "about changed since it was planned; plan again"
    assert fields(report.outcomes[0]) == {"about": ("not sent", why)}
    assert (report.outcomes[0].status, report.reasons) == (OutcomeStatus.SKIPPED, frozenset({Reason.PARTLY}))
    assert fleet.live(address)["about"] == "Somebody else's"


@pytest.mark.parametrize("seconds", [60, 24 * 3600])
def test_an_old_read_is_made_again_and_an_unmoved_value_is_written(fleet: Fleet, seconds: int) -> None:
    """What a person takes to decide is no time of the run, which would end before."""
    address = fleet.profile(about="Fresh bread")

    def ask(_: Any) -> bool:
        fleet.clock.seconds += seconds
        return True

    assert fleet.apply(approval=Approval(ask=ask)).reasons == frozenset()
    assert fleet.live(address)["about"] == "Fresh bread"


@pytest.mark.parametrize(
    ("fault", "edit", "why", "reason"),
    [
        (
            {"kind": "reply", "status": 502, "body": ""},
            {},
            "it could not be read just before the write: the reply (HTTP 502) is no JSON object",
            Reason.INCOMPLETE,
        ),
        (
            None,
            {"is_on_biz_app": True},
            "the number is on the WhatsApp Business app: its owner edits the profile there, the API cannot",
            Reason.PARTLY,
        ),
    ],
)
def test_a_target_that_became_unfit_is_skipped(
    fleet: Fleet, fault: dict[str, Any] | None, edit: dict[str, Any], why: str, reason: Reason
) -> None:
    # A number is asked about itself again only where a field of its own is sent.
    hook = {"url": "https://hooks.example/one", "verify_token": {"env": "WEBHOOK_TOKEN"}}
    address = fleet.profile(about="Fresh bread", webhook=hook)

    def ask(_: Any) -> bool:
        fleet.faults(*([fault] if fault else []))
        fleet.edit(address, **edit)
        fleet.clock.seconds += 60
        return True

    report = fleet.apply(approval=Approval(ask=ask))
    assert (report.outcomes[0].detail, report.reasons) == (why, frozenset({reason}))
    assert fleet.requests("POST") == []


def test_a_picture_that_changes_after_the_plan_is_not_sent(fleet: Fleet) -> None:
    from tests.pipeline.test_loop import CAFE, LOGO

    folder = fleet.root / "profiles" / "pictures"
    folder.mkdir()
    (folder / "logo.png").write_bytes(LOGO.read_bytes())
    fleet.profile(picture="pictures/logo.png")

    def ask(_: Any) -> bool:
        (folder / "logo.png").write_bytes(CAFE.read_bytes())
        return True

    (outcome,) = fleet.apply(approval=Approval(ask=ask)).outcomes
    assert [field.status for field in outcome.fields] == [FieldStatus.FAILED]


def test_a_number_without_a_key_stops_no_other(tmp_path: Path) -> None:
    """Where every number has a credential of its own, a missing one is that number's failure alone."""
    fleet = Fleet(tmp_path)
    with running(create_app(fleet.context.world)) as url:
        fleet.write("reconciler.yaml", f"version: 1\naccounts: {{shops: {{provider: 360dialog, endpoint: '{url}'}}}}\n")
        for name, number in (("bremen", "+4942112345678"), ("hamburg", "+494012345678")):
            fleet.write(f"{name}.yaml", f'account: shops\nnumber: "{number}"\nprofile: {{about: Fresh bread}}\n')
        fleet.environ |= {"RECONCILER_ALLOW_ENDPOINT": url, "D360_API_KEY_HAMBURG": "sandbox-494012345678"}
        report = fleet.apply()
        plan = fleet.plan()
    assert [(outcome.target.profile, outcome.status) for outcome in report.outcomes] == [
        ("hamburg", OutcomeStatus.APPLIED)
    ]
    assert report.reasons == plan.reasons == frozenset({Reason.INCOMPLETE})
    unread = plan.plan.targets[0]
    assert unread.target.profile == "bremen"
    assert unread.reason.startswith("it has no api_key: it is not in {env: D360_API_KEY_BREMEN} nor 'bremen' in ")

"""What becomes of a write that is cut off, refused in part, put off or answered with nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.core.basics import Reason
from reconciler.core.memory.runs import OutcomeStatus
from reconciler.core.provider import Step
from reconciler.core.safety.decision import Approval
from reconciler.core.target import Change, Desired, Origin
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.providers.meta import Meta
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from tests.pipeline.test_failures import fields, rejection
from tests.pipeline.test_loop import CAFE, LOGO, WEBHOOK
from tests.support.fleet import YES, Fleet


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds in the sandbox's world."""
    while not holds():  # noqa: ASYNC110 - the world is a file, and has no event to wait for
        await asyncio.sleep(0)


def test_a_write_of_unknown_fate_stays_unknown_when_the_read_back_is_cut_off(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults(rejection("(#131000) Something went wrong", 131000, 500))

    async def run(context: Context) -> Any:
        stop = Stop(grace=0.0)
        main = asyncio.ensure_future(apply_run(context, ApplyRequest(Scope(), YES), stop=stop))
        await until(lambda: len(fleet.requests("POST")) == 2)
        fleet.faults({"kind": "latency", "method": "GET", "seconds": 60})
        await until(lambda: fleet.requests()[-1]["method"] == "GET")
        stop.ask(15, main=main)
        return await main

    report = fleet.run(run)
    assert fields(report.outcomes[0]) == {"about": ("unknown", "(#131000) Something went wrong [131000]")}
    (entry,) = fleet.entries().values()
    assert [record.intent for record in entry.records] == ["Fresh bread"]
    assert report.record.interrupted == "SIGTERM"


def test_once_a_stop_is_asked_for_no_further_field_is_tried(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", description="A bakery.", email="a@b.example")
    fleet.faults({"kind": "latency", "method": "POST", "seconds": 0.1}, rejection("(#100) Invalid parameter"))

    async def run(context: Context) -> Any:
        stop = Stop()
        main = asyncio.ensure_future(apply_run(context, ApplyRequest(Scope(), YES), stop=stop))
        await until(lambda: bool(fleet.requests("POST")))
        stop.ask(15, main=main)
        return await main

    report = fleet.run(run)
    assert (len(fleet.requests("POST")), report.signal) == (1, 15)


def test_when_each_field_alone_is_taken_the_next_step_follows(fleet: Fleet) -> None:
    address = fleet.profile(about="Fresh bread", email="a@b.example", webhook=WEBHOOK)
    fleet.faults({**rejection("(#100) Invalid parameter"), "times": 1})
    report = fleet.apply()
    assert [outcome.status for outcome in report.outcomes] == [OutcomeStatus.APPLIED]
    assert fleet.live(address)["webhook"] == "https://hooks.example/wa"


def test_a_throttle_ends_the_search_for_the_refused_field(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread", description="A bakery.", email="a@b.example")
    body = {"error": {"message": "(#80008) Too many calls", "type": "OAuthException", "code": 80008}}
    throttled = {"kind": "reply", "method": "POST", "status": 400, "body": body, "headers": {"Retry-After": "90"}}
    fleet.faults({**rejection("(#100) Invalid parameter"), "times": 1}, throttled)
    report = fleet.apply()
    assert len(fleet.requests("POST")) == 2
    assert report.outcomes[0].status is OutcomeStatus.FAILED


def test_a_picture_that_cannot_be_sent_is_the_one_that_failed(fleet: Fleet) -> None:
    folder = fleet.root / "profiles" / "pictures"
    folder.mkdir()
    (folder / "logo.png").write_bytes(LOGO.read_bytes())
    fleet.profile(about="Fresh bread", picture="pictures/logo.png")

    def ask(_: Any) -> bool:
        (folder / "logo.png").write_bytes(CAFE.read_bytes())
        return True

    (outcome,) = fleet.apply(approval=Approval(ask=ask)).outcomes
    assert {name: status for name, (status, _) in fields(outcome).items()} == {"about": "applied", "picture": "failed"}


def test_a_write_is_not_put_off_until_its_read_is_old(fleet: Fleet) -> None:
    """Throttled with a minute to wait: nobody sends a minute later what was compared a minute ago."""
    fleet.profile(about="Fresh bread")
    body = {"error": {"message": "(#80008) Too many calls", "type": "OAuthException", "code": 80008}}
    fleet.faults({"kind": "reply", "method": "POST", "status": 400, "body": body, "headers": {"Retry-After": "55"}})
    report = fleet.apply()
    assert len(fleet.requests("POST")) == 1
    assert report.outcomes[0].status is OutcomeStatus.FAILED
    assert fleet.clock.seconds < 5


def test_a_field_that_cannot_be_read_before_the_write_did_not_move(fleet: Fleet) -> None:
    folder = fleet.root / "profiles" / "pictures"
    folder.mkdir()
    (folder / "logo.png").write_bytes(LOGO.read_bytes())
    address = fleet.profile(picture="pictures/logo.png")
    fleet.apply()
    (folder / "logo.png").write_bytes(CAFE.read_bytes())

    def ask(_: Any) -> bool:
        fleet.faults({"kind": "reply", "path": "/v/t61", "status": 404, "body": ""})
        fleet.clock.seconds += 60
        return True

    report = fleet.apply(approval=Approval(ask=ask))
    why = "it could not be read just before the write: picture: the picture's host answered HTTP 404"
    assert (report.outcomes[0].detail, report.reasons) == (why, frozenset({Reason.INCOMPLETE}))
    assert fleet.live(address)["picture"]


@pytest.mark.parametrize("handle", [r"\ud83d", "x" * 70_000, "a b"], ids=["half", "endless", "space"])
def test_a_handle_that_no_request_can_carry_is_that_targets_failure_only(fleet: Fleet, handle: str) -> None:
    folder = fleet.root / "profiles" / "pictures"
    folder.mkdir()
    (folder / "logo.png").write_bytes(LOGO.read_bytes())
    fleet.profile("odd", 0, picture="pictures/logo.png")
    fleet.profile("sound", 1, about="Fresh bread")
    fleet.faults({"kind": "reply", "path": "upload:", "status": 200, "body": f'{{"h": "{handle}"}}'})
    report = fleet.apply()
    assert {o.target.profile: o.status for o in report.outcomes} == {
        "odd": OutcomeStatus.UNKNOWN,
        "sound": OutcomeStatus.APPLIED,
    }


def test_a_token_that_a_server_quotes_is_not_repeated(fleet: Fleet) -> None:
    token = "EAAGm0PX4ZCpsBAKZC/secret"
    fleet.environ["META_TOKEN"] = token
    fleet.profile(about="Fresh bread")
    body = {"error": {"message": f"Malformed access token {token}", "type": "OAuthException", "code": 190}}
    fleet.faults({"kind": "reply", "status": 401, "body": body})
    (planned,) = fleet.plan().plan.targets
    assert planned.reason.startswith("Malformed access token ⟨secret⟩ [190, META_TOKEN] (the access token cannot be")


def test_a_webhook_token_that_a_server_quotes_is_not_repeated(fleet: Fleet) -> None:
    """Over a socket: on the way to the sandbox in this process a stand-in goes in its place."""
    with running(create_app(fleet.context.world)) as url:
        fleet.environ |= {"META_TOKEN": "t", "WEBHOOK_VERIFY": "verify-me-please", "RECONCILER_ALLOW_ENDPOINT": url}
        fleet.settings(url)
        fleet.edit(fleet.profile(webhook=WEBHOOK), number="+493012345000")
        fleet.faults(rejection("(#100) verify-me-please was not echoed"))
        report = fleet.apply()
    assert fields(report.outcomes[0]) == {"webhook": ("failed", "(#100) ⟨secret⟩ was not echoed [100]")}


def test_a_webhook_that_is_left_alone_needs_no_secret(fleet: Fleet) -> None:
    """Drift under `report` is not sent, so its token is not asked for."""
    with running(create_app(fleet.context.world)) as url:
        fleet.environ |= {"META_TOKEN": "t", "WEBHOOK_VERIFY": "v", "RECONCILER_ALLOW_ENDPOINT": url}
        fleet.settings(url)
        address = fleet.profile(webhook=WEBHOOK)
        fleet.edit(address, number="+493012345000")
        assert fleet.apply().reasons == frozenset()
        fleet.edit(address, webhook="https://elsewhere.example/wa")
        del fleet.environ["WEBHOOK_VERIFY"]
        report = fleet.apply(approval=Approval(auto=True))
    assert [outcome.status for outcome in report.outcomes] == [OutcomeStatus.SKIPPED]


def test_a_resent_webhook_whose_reply_was_lost_is_unknown_whatever_live_shows(fleet: Fleet) -> None:
    """Its URL was there before, and that its secret arrived is nowhere to be seen."""
    fleet.profile(webhook=WEBHOOK)
    fleet.apply()
    fleet.faults({"kind": "reply", "method": "POST", "status": 502, "body": "<html>"})
    again = fleet.run(lambda context: apply_run(context, ApplyRequest(Scope(resend=("webhook",)), YES), stop=Stop()))
    assert fields(again.outcomes[0]) == {"webhook": ("unknown", "the reply (HTTP 502) is no JSON object")}
    fleet.faults()
    assert [change.origin for _, change in fleet.plan().plan.changes] == [Origin.UNSETTLED]


def test_a_picture_that_only_looks_the_same_never_comes_to_be_in_sync_by_looking(fleet: Fleet) -> None:
    folder = fleet.root / "profiles" / "pictures"
    folder.mkdir()
    (folder / "logo.png").write_bytes(LOGO.read_bytes())
    fleet.profile(picture="pictures/logo.png")
    fleet.apply()
    (fleet.root / ".reconciler" / "ledger.sqlite3").unlink()
    for _ in range(2):
        fleet.drift()
        (planned,) = fleet.plan().plan.targets
        assert [field.reason for field in planned.unchanged] == ["looks the same"]


def test_an_error_of_our_own_at_one_target_loses_nothing_of_the_others(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.profile("odd", 0, about="Fresh bread")
    sound = fleet.profile("sound", 1, about="Fresh bread")
    write = Meta.write

    def broken(self: Meta, desired: Desired, changes: tuple[Change, ...]) -> tuple[Step, ...]:
        if desired.target.profile == "odd":
            raise RuntimeError("a mistake of ours")
        return write(self, desired, changes)

    monkeypatch.setattr(Meta, "write", broken)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        fleet.apply()
    assert fleet.live(sound)["about"] == "Fresh bread"
    assert [entry.key[2] for entry in fleet.entries().values() if entry.managed] == [sound]

"""`doctor` asks the address of a webhook before it is set, and says what the answer is worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from reconciler.core.basics import Reason
from reconciler.core.provider import Failure, FailureKind, Reply
from reconciler.core.reports.account_reports import WebhookState
from reconciler.effects.world import Context
from reconciler.pipeline import doctor
from reconciler.pipeline.doctor import doctor_run
from reconciler.render.text.doctor import doctor_text
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from tests.support.fleet import Fleet

HOOK = "https://hooks.example/wa"
KEYS = {"D360_API_KEY_BERLIN": "sandbox-493012345678", "D360_API_KEY_HAMBURG": "sandbox-494012345678"}


def unreachable(summary: str) -> Failure:
    return Failure(kind=FailureKind.UNREACHABLE, summary=summary, sent=False)


class Shops(Fleet):
    """Two numbers at 360dialog, and one that is paused; all have one webhook."""

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings and the profiles."""
        self.write(
            "reconciler.yaml", f"version: 1\naccounts: {{shops: {{provider: 360dialog, endpoint: {endpoint}}}}}\n"
        )
        for name, number, mode in (
            ("berlin", "+493012345678", "managed"),
            ("hamburg", "+494012345678", "observe"),
            ("kiel", "+4943112345678", "paused"),
        ):
            head = f'account: shops\nnumber: "{number}"\nmode: {mode}\n'
            self.write(f"{name}.yaml", f"{head}profile: {{webhook: {{url: {HOOK}}}}}\n")


@pytest.fixture
def shops(tmp_path: Path) -> Shops:
    return Shops(tmp_path)


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (Reply(status=200), (WebhookState.READY, "", set())),
        (Reply(status=403), (WebhookState.ANSWERS, "HTTP 403 to a call without its secret", set())),
        (Reply(status=405), (WebhookState.ANSWERS, "HTTP 405 to a call without its secret", set())),
        (Reply(status=404), (WebhookState.FAILING, "HTTP 404, and 200 is wanted", {Reason.ERROR})),
        (Reply(status=301), (WebhookState.FAILING, "HTTP 301, and 200 is wanted", {Reason.ERROR})),
        (Reply(status=502), (WebhookState.FAILING, "HTTP 502, and 200 is wanted", {Reason.ERROR})),
        (unreachable("CERTIFICATE: no"), (WebhookState.FAILING, "CERTIFICATE: no", {Reason.ERROR})),
        (unreachable("no connection"), (WebhookState.UNREACHED, "no connection", {Reason.INCOMPLETE})),
    ],
)
def test_an_answer_says_whether_the_address_can_take_messages(
    shops: Shops,
    monkeypatch: pytest.MonkeyPatch,
    answer: Reply | Failure,
    means: tuple[WebhookState, str, set[Reason]],
) -> None:
    asked: list[Sequence[str]] = []

    async def probed(urls: Sequence[str], _: Context) -> dict[str, Reply | Failure]:
        asked.append(urls)
        return dict.fromkeys(urls, answer)

    monkeypatch.setattr(doctor, "probe", probed)
    with running(create_app(shops.context.world)) as url:
        shops.settings(url)
        shops.environ |= {"RECONCILER_ALLOW_ENDPOINT": url, **KEYS}
        report = shops.run(doctor_run)
    (found,) = report.accounts[0].webhooks
    assert asked == [(HOOK,)]
    assert (found.url, found.profiles) == (HOOK, ("berlin", "hamburg"))
    assert (found.state, found.detail, set(report.reasons)) == means


def test_at_the_sandbox_no_address_is_asked(shops: Shops) -> None:
    report = shops.run(doctor_run)
    assert [one.state for one in report.accounts[0].webhooks] == [WebhookState.UNSEEN]
    assert report.reasons == frozenset()
    line = "  webhook of berlin and 1 more  https://hooks.example/wa: not tried, at the sandbox\n"
    assert line in click.unstyle(doctor_text(report))


def test_a_profile_without_a_webhook_has_none_to_ask(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.profile(about="Hi")
    fleet.profile("munich", 1, webhook={})
    assert fleet.run(doctor_run).accounts[0].webhooks == ()

"""An app that demands a proof of its secret: every call carries one, and neither it nor the secret is left anywhere."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from PIL import Image

from reconciler.core.reports.account_reports import ImportStatus
from reconciler.pipeline.importing import import_run
from reconciler.render.json import apply_json, dumps, plan_json
from reconciler.render.text.plan import plan_text
from reconciler.sandbox.graph import DEMANDING_APP, DEMANDING_TOKEN
from tests.support.fleet import Fleet

WABA = "114503234599312"
SETTINGS = """\
version: 1
accounts:
  bakery:
    provider: meta
    endpoint: sandbox
    waba_id: "%s"
    credentials: {token: {env: META_TOKEN}%s}
"""
HERE = ", app_secret: {env: META_APP_SECRET}"
PROOF = hmac.new(DEMANDING_APP.encode(), DEMANDING_TOKEN.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    made = Fleet(tmp_path, environ={"META_TOKEN": DEMANDING_TOKEN, "META_APP_SECRET": DEMANDING_APP})
    made.write("reconciler.yaml", SETTINGS % (WABA, HERE))
    Image.new("RGB", (640, 640), "red").save(tmp_path / "profiles" / "logo.png")
    made.profile(about="Fresh bread", picture="logo.png")
    return made


def test_a_profile_is_planned_written_and_read_back_with_a_proof_in_every_call(fleet: Fleet) -> None:
    before = plan_json(fleet.plan())
    done = fleet.apply()
    assert [field.status for outcome in done.outcomes for field in outcome.fields] == ["applied", "applied"]
    asked = [entry for entry in fleet.requests() if entry["provider"] == "meta"]
    paths = {entry["path"].partition("?")[0].rpartition("/")[2].partition(":")[0] for entry in asked}
    assert {"whatsapp_business_profile", "uploads", "upload"} <= paths
    assert [entry["path"] for entry in asked if "appsecret_proof=sha256:" not in entry["path"]] == []
    told = "".join((dumps(before), dumps(apply_json(done)), *fleet.said))
    left = b"".join(path.read_bytes() for path in fleet.root.rglob("*") if path.is_file())
    assert [hidden for hidden in (PROOF, DEMANDING_APP) if hidden in told or hidden.encode() in left] == []


def test_an_account_is_imported_with_a_proof_in_every_call(fleet: Fleet) -> None:
    fleet.plan()
    (fleet.root / "profiles" / "berlin.yaml").unlink()
    fleet.forget()
    (found,) = fleet.run(lambda context: import_run(context, "bakery", ())).numbers
    assert found.status is ImportStatus.WRITTEN
    asked = [entry["path"] for entry in fleet.requests() if entry["provider"] == "meta"]
    assert any("/phone_numbers?" in path for path in asked)
    assert [path for path in asked if "appsecret_proof=sha256:" not in path] == []


def test_without_the_secret_the_plan_says_what_to_set(fleet: Fleet) -> None:
    fleet.write("reconciler.yaml", SETTINGS % (WABA, ""))
    report = fleet.plan()
    (unread,) = report.plan.targets
    assert unread.cause is not None
    assert (unread.cause.message, unread.cause.code, len(unread.cause.trace) > 9) == (
        "API calls from the server require an appsecret_proof argument",
        "100",
        True,
    )
    assert "write `app_secret: {env: META_APP_SECRET}` into the account's `credentials`" in plan_text(report)
    assert f"[100, META_TOKEN, trace {unread.cause.trace}]" in "\n".join(fleet.said)

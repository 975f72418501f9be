"""The sandbox keeps in a file what it is sent, and that file is nobody's safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.memory.runs import OutcomeStatus
from tests.support.fleet import Fleet

SECRET, VERIFY = "hush/very+secret", "verify-me-please"
META = 'number: "+493012345671"\nphone_number_id: "106540352242922"\n'
SHOPS = {
    "360dialog": (
        'number: "+493012345671"\n',
        "{url: https://h.example/wa, headers: {X-Key: {env: WEBHOOK_KEY}}}",
    ),
    "meta": (META, "{url: https://h.example/wa, verify_token: {env: WEBHOOK_VERIFY}}"),
}


@pytest.mark.parametrize("provider", sorted(SHOPS))
def test_no_secret_of_a_webhook_reaches_the_sandboxs_file(tmp_path: Path, provider: str) -> None:
    fleet = Fleet(tmp_path, environ={"WEBHOOK_KEY": SECRET, "WEBHOOK_VERIFY": VERIFY})
    fleet.write("reconciler.yaml", f"version: 1\naccounts: {{shop: {{provider: {provider}, endpoint: sandbox}}}}\n")
    more, hook = SHOPS[provider]
    fleet.write("berlin.yaml", f"account: shop\n{more}profile:\n  webhook: {hook}\n")
    assert [outcome.status for outcome in fleet.apply().outcomes] == [OutcomeStatus.APPLIED]
    kept = {path.name: path.read_bytes() for path in (tmp_path / ".reconciler").iterdir()}
    assert {"sandbox.sqlite3", "ledger.sqlite3"} <= set(kept)
    for secret in (SECRET, VERIFY):
        assert [name for name, content in kept.items() if secret.encode() in content] == []
    # What was sent is there: the search could have found it.
    assert any(b"https://h.example/wa" in content for name, content in kept.items() if name.startswith("sandbox"))
    assert fleet.plan().plan.changes == ()
